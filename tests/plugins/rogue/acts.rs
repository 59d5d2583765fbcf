//! What it can be told to do.
#![expect(clippy::panic, reason = "that is one of the acts")]

use std::hint::black_box;
use std::time::Duration;

use crate::kernel;

/// Does it, and says what came of it, if anything.
pub(crate) fn act(act: &str) -> String {
    match act {
        "hello" => "hello".to_owned(),
        "connect-tcp" => kernel::connect_tcp(),
        "connect-unix" => kernel::connect_unix(),
        "io-uring" => kernel::io_uring(),
        "run-psql" => kernel::run_psql(),
        "fork" => kernel::fork(),
        "old-calls" => kernel::old_calls(),
        "own-filter" => kernel::own_filter(),
        "environment" => std::env::vars().map(|(name, value)| format!("{name}={value}\n")).collect(),
        "proc" => proc(),
        "sleep" => loop {
            std::thread::sleep(Duration::from_secs(3600));
        },
        "loop" => loop {
            black_box(());
        },
        "panic" => panic!("on purpose"),
        "panic-in-drop" => {
            let _bomb = Bomb;
            "it panics now".to_owned()
        }
        "double-panic" => {
            let _bomb = Bomb;
            panic!("on purpose");
        }
        "abort" => std::process::abort(),
        "exit" => std::process::exit(0),
        "exit-at-once" => kernel::exit_at_once(),
        "segfault" => kernel::segfault(),
        "segfault-unseen" => kernel::segfault_unseen(),
        "kill" => kernel::raise(libc::SIGKILL),
        "terminate" => kernel::raise(libc::SIGTERM),
        "decided-by-arguments" => kernel::decided_by_arguments(),
        "metadata" => kernel::metadata(),
        "handle-signals" => kernel::handle_signals(),
        "say-and-exit-at-end" => kernel::say_and_exit_at_end(),
        "say-and-exit" => kernel::say_and_exit(),
        "print" => kernel::print(),
        "free-what-is-not-there" => kernel::free_what_is_not_there(),
        "print-without-end" => {
            for line in 0..100_000 {
                println!("line {line}");
            }
            "it printed".to_owned()
        }
        "segfault-at-exit" => kernel::segfault_at_exit(),
        "nap" => {
            std::thread::sleep(Duration::from_secs(2));
            "it slept well".to_owned()
        }
        "recurse" => recurse(0).to_string(),
        "recurse-unseen" => {
            kernel::no_other_stack();
            recurse(0).to_string()
        }
        "allocate" => allocate(),
        "allocate-some" => {
            drop(black_box(vec![1_u8; 20 << 20]));
            "20 MiB".to_owned()
        }
        "megabytes" => "x".repeat(20 << 20),
        other => format!("nobody taught it {other}"),
    }
}

/// What the host's process shows of itself.
fn proc() -> String {
    ["environ", "mem", "maps", "cmdline", "fd", "../1/environ"]
        .map(|name| {
            let path = format!("/proc/self/{name}");
            let read = if name == "fd" {
                std::fs::read_dir(path).map(drop)
            } else {
                std::fs::File::open(path).map(drop)
            };
            match read {
                Ok(()) => format!("{name}: open"),
                Err(error) => format!("{name}: {}", error.kind()),
            }
        })
        .join(", ")
}

/// Ever more memory, in pieces, all of it written to.
fn allocate() -> String {
    let mut pieces = Vec::new();
    loop {
        pieces.push(black_box(vec![1_u8; 1 << 20]));
    }
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("on purpose, in drop");
    }
}

#[expect(unconditional_recursion, reason = "that is the act")]
fn recurse(depth: u64) -> u64 {
    let room = black_box([depth; 64]);
    recurse(depth + 1) + room[0]
}

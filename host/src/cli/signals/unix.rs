//! The signals of Unix (signal(7)).

use std::io::{self, IsTerminal};

pub(super) use tokio::signal::unix::Signal;
use tokio::signal::unix::{SignalKind, signal};

use super::Meaning;

/// Signals that mean nothing to us and that end a process which does not catch them (signal(7)); those that
/// tell of a crash apart, and SIGQUIT, which asks for a core dump. Real-time signals are besides.
const MEANINGLESS: [(i32, &str); 10] = [
    (libc::SIGUSR1, "SIGUSR1"),
    (libc::SIGUSR2, "SIGUSR2"),
    (libc::SIGALRM, "SIGALRM"),
    (libc::SIGVTALRM, "SIGVTALRM"),
    (libc::SIGPROF, "SIGPROF"),
    (libc::SIGIO, "SIGIO"),
    (libc::SIGPWR, "SIGPWR"),
    (libc::SIGSTKFLT, "SIGSTKFLT"),
    // With these, what goes beyond a limit of the system's is an error of whoever does it.
    (libc::SIGXCPU, "SIGXCPU"),
    (libc::SIGXFSZ, "SIGXFSZ"),
];

/// Catches every signal that would end the process, from now on.
pub(super) fn caught() -> io::Result<Vec<(Signal, Meaning, String)>> {
    // The terminal that it runs in was closed; a service is asked to read its configuration again.
    let hangup = if io::stdin().is_terminal() { Meaning::End } else { Meaning::Reload };
    let asked = [
        (libc::SIGINT, "Ctrl-C", Meaning::End),
        (libc::SIGTERM, "SIGTERM", Meaning::End),
        (libc::SIGHUP, "SIGHUP", hangup),
    ];
    let asked = asked.map(|(number, name, meaning)| (number, name.to_owned(), meaning));
    let others = MEANINGLESS.map(|(number, name)| (number, name.to_owned(), Meaning::Nothing));
    let real_time = (libc::SIGRTMIN()..=libc::SIGRTMAX())
        .map(|number| (number, format!("signal {number}"), Meaning::Nothing));
    let all = asked.into_iter().chain(others).chain(real_time);
    all.map(|(number, name, meaning)| Ok((signal(SignalKind::from_raw(number))?, meaning, name))).collect()
}

//! Tests of who moves a session's messages, over a socket pair whose other end says what a server says.

use std::io::{Read, Write as _};
use std::os::unix::net::UnixStream as Socket;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config};

use super::*;
use crate::config::TlsMode;
use crate::database::tls::connector;
use crate::database::wire::Kind;

/// Messages of the protocol (manual, chapter 55.7): a type, the length of the rest with itself, the rest.
fn message(kind: u8, rest: &[u8]) -> Vec<u8> {
    let length = u32::try_from(rest.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], rest].concat()
}

fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

/// Reads one message of the client's, with its text.
fn asked(socket: &mut Socket) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    socket.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize - 4;
    let mut rest = vec![0; length];
    socket.read_exact(&mut rest).ok()?;
    Some((head[0], rest))
}

/// Answers simple queries: `slow` after a while, `end` by closing the connection. Gives how many it answered.
fn serve(mut socket: Socket) -> JoinHandle<usize> {
    thread::spawn(move || {
        let mut length = [0; 4];
        socket.read_exact(&mut length).unwrap();
        let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
        socket.read_exact(&mut startup).unwrap();
        socket.write_all(&[message(b'R', &[0; 4]), ready()].concat()).unwrap();
        let mut answered = 0;
        while let Some((b'Q', text)) = asked(&mut socket) {
            match text.as_slice() {
                b"end\0" => break,
                b"slow\0" => thread::sleep(Duration::from_millis(300)),
                _ => {}
            }
            if socket.write_all(&[message(b'C', b"SELECT 0\0"), ready()].concat()).is_err() {
                break;
            }
            answered += 1;
        }
        answered
    })
}

struct Place {
    runtime: Runtime,
    client: Client,
    mover: Arc<ConnectionDriver>,
    server: JoinHandle<usize>,
}

fn place() -> Place {
    let (ours, theirs) = Socket::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let server = serve(theirs);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let line = SharedSocket::new(ours.into(), Kind::Unix);
    let mut config = Config::new();
    config.user("nobody").ssl_mode(SslMode::Disable);
    // Never used: the session is not encrypted.
    let mut tls = connector(TlsMode::Require, None).unwrap();
    let tls = MakeTlsConnect::<SwitchableStream>::make_tls_connect(&mut tls, "localhost").unwrap();
    let (client, connection) =
        runtime.block_on(config.connect_raw(SwitchableStream::new(Arc::clone(&line)), tls)).unwrap();
    let mover = ConnectionDriver::new(line, connection);
    runtime.spawn(Arc::clone(&mover).run());
    Place { runtime, client, mover, server }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[test]
fn hand_and_task_take_turns_in_any_order_and_each_question_is_answered() {
    let Place { runtime, client, mover, server } = place();
    for number in 0..300 {
        match number % 7 {
            // By hand, also several at once.
            0 | 1 | 4 => mover.wait(soon(), client.batch_execute("one")).unwrap().unwrap(),
            2 => {
                let both =
                    futures_util::future::join(client.batch_execute("one"), client.batch_execute("two"));
                let (one, two) = mover.wait(soon(), both).unwrap();
                one.and(two).unwrap();
            }
            // Begun by hand, ended by the task.
            3 => {
                let mut work = Box::pin(client.batch_execute("one"));
                let done = mover.start(work.as_mut());
                mover.by_task();
                done.unwrap_or_else(|| runtime.block_on(work)).unwrap();
            }
            _ => {
                mover.by_task();
                runtime.block_on(client.batch_execute("one")).unwrap();
            }
        }
        assert!(!mover.has_ended());
    }
    drop(client);
    mover.by_task();
    let twice = (0..300).filter(|number| number % 7 == 2).count();
    assert_eq!(server.join().unwrap(), 300 + twice);
}

#[test]
fn who_is_late_gives_up_and_whoever_comes_next_gets_his_own_answer() {
    let Place { runtime, client, mover, server } = place();
    let began = Instant::now();
    let late = mover.wait(began + Duration::from_millis(50), client.batch_execute("slow"));
    assert!(
        matches!(late, Err(DeadlineExceeded)) && began.elapsed() < Duration::from_millis(280),
        "{late:?}"
    );
    mover.wait(soon(), client.batch_execute("next")).unwrap().unwrap();
    assert!(began.elapsed() >= Duration::from_millis(290), "behind the former");
    mover.by_task();
    runtime.block_on(client.batch_execute("by the task")).unwrap();
    drop(client);
    assert_eq!(server.join().unwrap(), 3);
}

#[test]
fn an_end_is_told_whoever_waits_and_whoever_looks() {
    for by_task in [false, true] {
        let Place { runtime, client, mover, server } = place();
        let ended = if by_task {
            mover.by_task();
            runtime.block_on(client.batch_execute("end"))
        } else {
            mover.wait(soon(), client.batch_execute("end")).unwrap()
        };
        assert!(ended.unwrap_err().is_closed(), "by task: {by_task}");
        server.join().unwrap();
        assert!(mover.has_ended());
        assert!(mover.wait(soon(), client.batch_execute("more")).unwrap().is_err());
    }
}

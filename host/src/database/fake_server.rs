//! The server's end of a socket pair: it answers as a server does, and remembers what it was asked.
//!
//! For tests of what moves messages and in which order they go out. What a statement means is tested against
//! a real server.

use std::io::{Read, Write as _};
use std::os::unix::net::UnixStream as Socket;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config};

use super::driver::OwnConnection;
use super::socket::{Kind, SharedSocket, SwitchableStream};
use super::tls::connector;
use crate::config::TlsMode;

/// A session with a server that is a thread, not driven by anything yet.
pub(super) struct Fake {
    pub(super) runtime: Runtime,
    pub(super) client: Client,
    pub(super) connection: OwnConnection,
    pub(super) socket: Arc<SharedSocket>,
    /// Gives, once the client has gone, the texts of what it answered.
    pub(super) server: JoinHandle<Vec<String>>,
}

/// Begins a session. The simple query `slow` is answered after a while, and `end` by closing the connection.
pub(super) fn begin() -> Fake {
    let (ours, theirs) = Socket::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let server = thread::spawn(move || serve(theirs));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let socket = SharedSocket::new(ours.into(), Kind::Unix);
    let mut config = Config::new();
    config.user("nobody").ssl_mode(SslMode::Disable);
    // Never used: the session is not encrypted.
    let mut tls = connector(TlsMode::Require, None).unwrap();
    let tls = MakeTlsConnect::<SwitchableStream>::make_tls_connect(&mut tls, "localhost").unwrap();
    let stream = SwitchableStream::new(Arc::clone(&socket));
    let (client, connection) = runtime.block_on(config.connect_raw(stream, tls)).unwrap();
    Fake { runtime, client, connection, socket, server }
}

/// A message of the protocol (manual, "Message Formats"): a type, the length of the rest with itself, the
/// rest.
fn message(kind: u8, rest: &[u8]) -> Vec<u8> {
    let length = u32::try_from(rest.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], rest].concat()
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

/// The text of a message up to its first zero byte.
fn text(rest: &[u8]) -> String {
    rest.split(|byte| *byte == 0).next().map(String::from_utf8_lossy).unwrap_or_default().into_owned()
}

fn serve(mut socket: Socket) -> Vec<String> {
    let mut length = [0; 4];
    socket.read_exact(&mut length).unwrap();
    let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
    socket.read_exact(&mut startup).unwrap();
    let ready = message(b'Z', b"I");
    let done = message(b'C', b"SELECT 0\0");
    socket.write_all(&[message(b'R', &[0; 4]), ready.clone()].concat()).unwrap();
    let (mut answered, mut prepared) = (Vec::new(), String::new());
    while let Some((kind, rest)) = asked(&mut socket) {
        let answer = match kind {
            b'Q' => {
                let text = text(&rest);
                if text == "end" {
                    break;
                }
                if text == "slow" {
                    thread::sleep(Duration::from_millis(300));
                }
                answered.push(text);
                [done.clone(), ready.clone()].concat()
            }
            b'P' => {
                // Behind the name of the statement.
                prepared = text(rest.splitn(2, |byte| *byte == 0).nth(1).unwrap_or_default());
                message(b'1', b"")
            }
            // Neither parameters nor rows.
            b'D' => [message(b't', &[0; 2]), message(b'n', b"")].concat(),
            b'B' => message(b'2', b""),
            b'E' => {
                answered.push(format!("prepared: {prepared}"));
                done.clone()
            }
            b'S' => ready.clone(),
            _ => break,
        };
        if socket.write_all(&answer).is_err() {
            break;
        }
    }
    answered
}

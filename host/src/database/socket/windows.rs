//! Sockets of TCP alone: those of this machine that PostgreSQL has elsewhere are not there.

use std::io;
use std::os::windows::io::OwnedSocket;
use std::path::Path;
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags, recv, send};
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio_postgres::config::Host;

/// The kind of sockets that servers listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Tcp,
}

/// A socket as the runtime has it.
pub(super) type Registered = TcpStream;

/// Hands a socket to the runtime.
pub(super) fn register(socket: OwnedSocket, Kind::Tcp: Kind) -> io::Result<Registered> {
    TcpStream::from_std(socket.into())
}

/// Writes to a socket.
pub(super) fn write_out(socket: &OwnedSocket, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::io::retry_on_intr(|| send(socket, bytes, SendFlags::empty()))?)
}

/// Reads what has come.
pub(super) fn read_into(socket: &OwnedSocket, buffer: &mut ReadBuf<'_>) -> io::Result<usize> {
    let read = || recv(socket, &mut *buffer.initialize_unfilled(), RecvFlags::empty());
    let (length, _) = rustix::io::retry_on_intr(read)?;
    buffer.advance(length);
    Ok(length)
}

fn unsupported(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, format!("{what} on Windows"))
}

/// Refuses: there is no socket of this machine to connect to.
pub(crate) async fn connect_local(_: &Path, _: u16) -> io::Result<(OwnedSocket, Kind)> {
    Err(unsupported("a server cannot be reached over a socket of this machine"))
}

/// Refuses: whoever asked for it would wait for longer than that.
pub(crate) fn limit_unacknowledged(_: &OwnedSocket, _: Duration) -> io::Result<()> {
    Err(unsupported("tcp_user_timeout of the address is not there"))
}

/// Whether a server can be reached over a socket of this machine.
pub(crate) const LOCAL_SOCKETS: bool = false;

/// Whether there is [`limit_unacknowledged`].
pub(crate) const TCP_USER_TIMEOUT: bool = false;

/// The directory of the server's socket: no host is that.
pub(crate) fn local_directory(_: &Host) -> Option<&Path> {
    None
}

/// The host's name.
pub(crate) fn host_name(Host::Tcp(name): &Host) -> Option<&str> {
    Some(name)
}

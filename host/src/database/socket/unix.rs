//! Sockets of both kinds, read and written by their descriptors.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::io::ReadBuf;
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::Host;
use tokio_util::either::Either;

/// The kinds of sockets that servers listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Tcp,
    Unix,
}

/// A socket as the runtime has it.
pub(super) type Registered = Either<TcpStream, UnixStream>;

/// Hands a socket to the runtime.
pub(super) fn register(socket: OwnedFd, kind: Kind) -> io::Result<Registered> {
    match kind {
        Kind::Tcp => TcpStream::from_std(socket.into()).map(Either::Left),
        Kind::Unix => UnixStream::from_std(socket.into()).map(Either::Right),
    }
}

/// Writes to a socket. Not by `send`, which is refused to the threads of plugins: their code could send over
/// any socket with it.
pub(super) fn write_out(socket: &OwnedFd, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::io::retry_on_intr(|| rustix::io::write(socket, bytes))?)
}

/// Reads what has come.
pub(super) fn read_into(socket: &OwnedFd, buffer: &mut ReadBuf<'_>) -> io::Result<usize> {
    let length = rustix::io::retry_on_intr(|| rustix::io::read(socket, &mut *buffer.initialize_unfilled()))?;
    buffer.advance(length);
    Ok(length)
}

/// Connects to the socket of a server of this machine, in its directory.
pub(crate) async fn connect_local(directory: &Path, port: u16) -> io::Result<(OwnedFd, Kind)> {
    let stream = UnixStream::connect(directory.join(format!(".s.PGSQL.{port}"))).await?;
    Ok((stream.into_std()?.into(), Kind::Unix))
}

/// Has what was sent and is not acknowledged for so long end the connection.
pub(crate) fn limit_unacknowledged(socket: &OwnedFd, limit: Duration) -> io::Result<()> {
    Ok(sockopt::set_tcp_user_timeout(socket, u32::try_from(limit.as_millis()).unwrap_or(u32::MAX))?)
}

/// Whether a server can be reached over a socket of this machine.
pub(crate) const LOCAL_SOCKETS: bool = true;

/// Whether there is [`limit_unacknowledged`].
pub(crate) const TCP_USER_TIMEOUT: bool = true;

/// The directory of the server's socket, if the host is that.
pub(crate) fn local_directory(host: &Host) -> Option<&Path> {
    match host {
        Host::Tcp(_) => None,
        Host::Unix(directory) => Some(directory),
    }
}

/// The host's name; for a directory none, as far as TLS is concerned.
pub(crate) fn host_name(host: &Host) -> Option<&str> {
    match host {
        Host::Tcp(name) => Some(name),
        Host::Unix(_) => None,
    }
}

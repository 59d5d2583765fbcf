//! systemd's two protocols: a datagram socket to tell it by, and descriptors that are inherited.

#![expect(unsafe_code, reason = "a descriptor that was inherited is a number")]

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr as UnixAddress, UnixDatagram};
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{AddressFamily, SocketType, sockopt};
use rustix::time::{ClockId, clock_gettime};

/// The first descriptor that is passed.
const FIRST: RawFd = 3;

/// How long a service manager may take to read what it is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// The socket on which the service manager listens.
#[derive(Debug)]
pub(super) struct Channel(UnixDatagram);

impl Channel {
    /// Opens it by its address: a path, or a name behind an @.
    pub(super) fn open(address: &str) -> io::Result<Self> {
        let address = match address.strip_prefix('@') {
            Some(name) => UnixAddress::from_abstract_name(name)?,
            None => UnixAddress::from_pathname(address)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(socket))
    }

    pub(super) fn send(&self, message: &[u8]) -> io::Result<()> {
        self.0.send(message).map(drop)
    }
}

/// The time by the clock that the service manager compares, in microseconds.
pub(super) fn monotonic_microseconds() -> i128 {
    let now = clock_gettime(ClockId::Monotonic);
    i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1000
}

/// Why a socket that was passed cannot be served on.
#[derive(Debug, thiserror::Error)]
#[error("descriptor {descriptor}, which the service manager passed, is no TCP socket that listens")]
pub(crate) struct PassedSocketError {
    descriptor: RawFd,
    #[source]
    source: Option<io::Error>,
}

/// The first so many descriptors that were passed, as sockets.
pub(super) fn passed(count: i32) -> Result<Vec<(TcpListener, SocketAddr)>, PassedSocketError> {
    (FIRST..FIRST.saturating_add(count)).map(passed_socket).collect()
}

fn passed_socket(descriptor: RawFd) -> Result<(TcpListener, SocketAddr), PassedSocketError> {
    let failed = |source| PassedSocketError { descriptor, source: Some(source) };
    // SAFETY: it is only looked at, whatever it is; where it is not open the kernel says so.
    let seen = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let listens = || -> rustix::io::Result<bool> {
        fcntl_setfd(seen, FdFlags::CLOEXEC)?;
        let is_ip = [AddressFamily::INET, AddressFamily::INET6].contains(&sockopt::socket_domain(seen)?);
        Ok(is_ip && sockopt::socket_type(seen)? == SocketType::STREAM && sockopt::socket_acceptconn(seen)?)
    };
    if !listens().map_err(|error| failed(error.into()))? {
        return Err(PassedSocketError { descriptor, source: None });
    }
    // SAFETY: the service manager opened it for this process, and nobody else in it knows of it.
    let listener = TcpListener::from(unsafe { OwnedFd::from_raw_fd(descriptor) });
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_a_tcp_socket_that_listens_is_served_on() {
        let folder = tempfile::tempdir().unwrap();
        let unix = UnixListener::bind(folder.path().join("socket")).unwrap();
        let file = std::fs::File::open("/dev/null").unwrap();
        for descriptor in [unix.as_raw_fd(), file.as_raw_fd(), 100_000] {
            assert!(passed_socket(descriptor).is_err(), "{descriptor}");
        }
        let tcp = std::mem::ManuallyDrop::new(TcpListener::bind("127.0.0.1:0").unwrap());
        let (listener, address) = passed_socket(tcp.as_raw_fd()).unwrap();
        assert_eq!((listener.as_raw_fd(), address), (tcp.as_raw_fd(), tcp.local_addr().unwrap()));
    }
}

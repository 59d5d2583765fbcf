//! Windows, whose service manager speaks none of this: nobody is told, and no socket is passed.

use std::io;
use std::net::{SocketAddr, TcpListener};

/// The way to a service manager, which there is none of.
#[derive(Debug)]
pub(super) enum Channel {}

impl Channel {
    /// Refuses: whoever set an address meant somebody to be told.
    pub(super) fn open(_: &str) -> io::Result<Self> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "NOTIFY_SOCKET is set, and there is no systemd on Windows",
        ))
    }

    pub(super) fn send(&self, _: &[u8]) -> io::Result<()> {
        match *self {}
    }
}

/// A time by no clock, since nobody is told of it.
pub(super) fn monotonic_microseconds() -> i128 {
    0
}

/// Why a socket that was passed cannot be served on.
#[derive(Debug, thiserror::Error)]
#[error("LISTEN_FDS is set, and no sockets are passed to programs on Windows")]
pub(crate) struct PassedSocketError;

/// Refuses descriptors, which whoever counted them meant to be served on.
pub(super) fn passed(count: i32) -> Result<Vec<(TcpListener, SocketAddr)>, PassedSocketError> {
    if count == 0 { Ok(Vec::new()) } else { Err(PassedSocketError) }
}

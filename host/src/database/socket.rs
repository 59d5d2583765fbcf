//! A connection's socket, which a task of the runtime or a thread of its own may read and write in turn.
//!
//! A thread that waits for an answer by itself has no other thread to wake, nor to be woken by.

#[cfg_attr(unix, path = "socket/unix.rs")]
#[cfg_attr(windows, path = "socket/windows.rs")]
mod system;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::config::Host;

pub(crate) use system::{
    Kind, LOCAL_SOCKETS, TCP_USER_TIMEOUT, connect_local, host_name, limit_unacknowledged, local_directory,
};
use system::{Registered, read_into, register, write_out};

/// A socket, and who sees to it.
#[derive(Debug)]
pub(crate) struct SharedSocket {
    socket: OwnedFd,
    kind: Kind,
    /// Whether a thread drives it, and not the runtime.
    is_inline: AtomicBool,
    /// What that thread knows: whether there may be something to read, and whether the socket takes no more.
    readable: AtomicBool,
    full: AtomicBool,
}

/// A host as addresses have it: the name, or the directory of the server's socket.
pub(crate) fn place_of(host: &Host) -> String {
    let directory = local_directory(host).map(|directory| directory.display().to_string());
    directory.or_else(|| host_name(host).map(str::to_owned)).unwrap_or_default()
}

/// The time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadlineExceeded;

impl SharedSocket {
    /// A shared socket over one that does not block.
    pub(crate) fn new(socket: OwnedFd, kind: Kind) -> Arc<Self> {
        let [is_inline, readable, full] = [false, true, false].map(AtomicBool::new);
        Arc::new(Self { socket, kind, is_inline, readable, full })
    }

    pub(crate) fn is_inline(&self) -> bool {
        self.is_inline.load(Ordering::Acquire)
    }

    /// Says who sees to it from now on. To be called by one at a time, while nobody reads or writes.
    pub(crate) fn set_inline(&self, is_inline: bool) {
        self.readable.store(true, Ordering::Relaxed);
        self.is_inline.store(is_inline, Ordering::Release);
    }

    /// Blocks until the socket can be read, or written to where it was full.
    pub(crate) fn wait(&self, deadline: Instant) -> Result<(), DeadlineExceeded> {
        let mut events = PollFlags::IN;
        events.set(PollFlags::OUT, self.full.load(Ordering::Relaxed));
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(DeadlineExceeded);
            }
            let left = Timespec::try_from(left).ok();
            match poll(&mut [PollFd::new(&self.socket, events)], left.as_ref()) {
                Ok(0) | Err(Errno::INTR) => {}
                // Whatever is wrong with it, reading tells.
                Ok(_) | Err(_) => {
                    self.readable.store(true, Ordering::Relaxed);
                    self.full.store(false, Ordering::Relaxed);
                    return Ok(());
                }
            }
        }
    }

    fn register(&self) -> io::Result<Registered> {
        register(self.socket.try_clone()?, self.kind)
    }

    /// Reads inline what has come.
    fn read(&self, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.readable.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let room = buffer.remaining();
        let read = read_into(&self.socket, buffer);
        // A stream that gave less than it could is empty.
        if !matches!(read, Ok(length) if length == room || length == 0) {
            self.readable.store(false, Ordering::Relaxed);
        }
        match read {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            read => Poll::Ready(read.map(drop)),
        }
    }

    /// Writes inline what the socket takes.
    fn write(&self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match write_out(&self.socket, bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.full.store(true, Ordering::Relaxed);
                Poll::Pending
            }
            written => Poll::Ready(written),
        }
    }
}

/// A stream over a shared socket: it reads and writes by itself where a thread drives inline, else with the
/// runtime's help.
#[derive(Debug)]
pub(crate) struct SwitchableStream {
    socket: Arc<SharedSocket>,
    /// The socket as the runtime has it, as long as that is to see to it: it would wake one of its threads
    /// for every answer.
    registered: Option<Registered>,
}

impl SwitchableStream {
    pub(crate) fn new(socket: Arc<SharedSocket>) -> Self {
        Self { socket, registered: None }
    }

    /// The socket with the runtime, unless a thread drives inline.
    fn registered(&mut self) -> io::Result<Option<Pin<&mut Registered>>> {
        if self.socket.is_inline() {
            self.registered = None;
            return Ok(None);
        }
        let registered = match self.registered.take() {
            Some(registered) => registered,
            None => self.socket.register()?,
        };
        Ok(Some(Pin::new(self.registered.insert(registered))))
    }
}

impl AsyncRead for SwitchableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.registered()? {
            Some(socket) => socket.poll_read(context, buffer),
            None => self.socket.read(buffer),
        }
    }
}

impl AsyncWrite for SwitchableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.registered()? {
            Some(socket) => socket.poll_write(context, bytes),
            None => self.socket.write(bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let down = rustix::net::shutdown(&self.socket.socket, rustix::net::Shutdown::Write);
        Poll::Ready(down.map_err(io::Error::from))
    }
}

#[cfg(test)]
mod tests;

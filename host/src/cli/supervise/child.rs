//! The child's side: it takes what its parent has for it, and says when it is done.
#![expect(unsafe_code, reason = "a descriptor that was inherited is a number")]

use std::io::{self, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;

use rustix::fs::FileType;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Signal, getppid, set_parent_process_death_signal};
use secrecy::ExposeSecret;

use crate::secrets::{SUPERVISOR, Secrets};

/// The parent's end, in a child.
static PARENT: OnceLock<UnixStream> = OnceLock::new();

/// What the parent took out of its environment, if this process is a child of its own program.
pub(in super::super) fn secrets_of_parent(own: &Secrets) -> Option<io::Result<Secrets>> {
    let (parent, socket) = own.get(SUPERVISOR)?.expose_secret().split_once(':')?;
    let (parent, socket) = (parent.parse::<i32>().ok()?, socket.parse::<RawFd>().ok()?);
    // Somebody else's word, or that of a parent that is gone.
    if getppid()?.as_raw_nonzero().get() != parent || socket <= 2 {
        return None;
    }
    Some(take(socket))
}

fn take(socket: RawFd) -> io::Result<Secrets> {
    // SAFETY: it is only looked at, whatever it is.
    let is_socket = unsafe { rustix::fd::BorrowedFd::borrow_raw(socket) };
    if FileType::from_raw_mode(rustix::fs::fstat(is_socket)?.st_mode) != FileType::Socket {
        return Err(io::ErrorKind::NotConnected.into());
    }
    // SAFETY: the parent left it open for this, and nobody else in this process knows of it.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
    // Who waits for this process is gone when the parent is.
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let mut socket = UnixStream::from(socket);
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes)?;
    let secrets = Secrets::from_bytes(&bytes)?;
    let _ = PARENT.set(socket);
    Ok(secrets)
}

/// From now on it is not run again: it prints, or has come to its end.
pub(in super::super) fn done() {
    if let Some(mut parent) = PARENT.get() {
        let _ = parent.write(&[1]);
    }
}

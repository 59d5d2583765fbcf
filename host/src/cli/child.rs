//! The child's side: it takes what its parent has for it, and says when it is done.
#![expect(unsafe_code, reason = "a descriptor that was inherited is a number")]

use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::{Once, OnceLock};

use rustix::fs::FileType;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Signal, getppid, set_parent_process_death_signal};
use secrecy::ExposeSecret;

use crate::support::secrets::{SUPERVISOR, Secrets};

/// The parent's end, in a child.
static PARENT: OnceLock<UnixStream> = OnceLock::new();

/// What a child is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Runs the command.
    Command,
    /// Loads the plugins, and is done.
    Trial,
}

impl Task {
    /// What comes after the death of a plugin.
    pub(super) fn goes_on(self) -> &'static str {
        match self {
            Self::Command => "the command runs again without it",
            Self::Trial => "the command goes on without it",
        }
    }
}

/// What a parent has a child do, and with which secrets.
pub(super) struct Orders {
    pub task: Task,
    pub secrets: Secrets,
}

impl Orders {
    /// How a child finds them that inherits this end of the socket.
    pub(super) fn to(theirs: &UnixStream, task: Task) -> String {
        let task = if task == Task::Trial { ":trial" } else { "" };
        format!("{}:{}{task}", std::process::id(), theirs.as_raw_fd())
    }
}

/// What the parent wants, and what it took out of its environment, if this process is a child of its own
/// program.
pub(super) fn orders_of_parent(own: &Secrets) -> Option<io::Result<Orders>> {
    let word = own.get(SUPERVISOR)?.expose_secret();
    let (word, task) = match word.strip_suffix(":trial") {
        Some(word) => (word, Task::Trial),
        None => (word, Task::Command),
    };
    let (parent, socket) = word.split_once(':')?;
    let (parent, socket) = (parent.parse::<i32>().ok()?, socket.parse::<RawFd>().ok()?);
    // Somebody else's word, or that of a parent that is gone.
    if getppid()?.as_raw_nonzero().get() != parent || socket <= 2 {
        return None;
    }
    Some(take(socket).map(|secrets| Orders { task, secrets }))
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

/// Says that this process is not to be run again: it prints, or has come to its end.
pub(super) fn done() {
    // Once: the parent reads at the end alone, and a socket that nobody reads is full after some hundred.
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        if let Some(mut parent) = PARENT.get() {
            let _ = parent.write(&[1]);
        }
    });
}

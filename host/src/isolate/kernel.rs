//! Installing a filter, and hearing from the kernel what it refused (`seccomp(2)`, `seccomp_unotify(2)`).
#![expect(unsafe_code, reason = "these system calls have no safe interface")]

use std::fmt;
use std::io;
use std::mem::zeroed;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use libc::{seccomp_notif, seccomp_notif_resp, sock_filter, sock_fprog};
use rustix::event::{PollFd, PollFlags, poll};

use super::{Telling, calls};

/// Hears of the system calls that a filter does not allow.
#[derive(Debug)]
pub(crate) struct Listener(OwnedFd);

/// A system call that waits for an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    /// The thread that makes it.
    pub(super) thread: u32,
    pub(super) number: libc::c_long,
    arguments: [u64; 6],
}

/// What ends the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fatal {
    /// With this status.
    Exit(i32),
    Abort,
    /// A signal that the processor caused.
    Crash(i32),
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(status) => write!(f, "it called exit with the status {status}"),
            Self::Abort => f.write_str("it aborted (SIGABRT)"),
            Self::Crash(libc::SIGSEGV) => {
                f.write_str("it crashed by a wild pointer or an endless recursion (SIGSEGV)")
            }
            Self::Crash(libc::SIGBUS) => f.write_str("it crashed by memory that is not there (SIGBUS)"),
            Self::Crash(libc::SIGILL) => f.write_str("it crashed by an instruction that is none (SIGILL)"),
            Self::Crash(libc::SIGFPE) => f.write_str("it crashed in arithmetic (SIGFPE)"),
            Self::Crash(signal) => write!(f, "it crashed by signal {signal}"),
        }
    }
}

impl Call {
    /// What becomes of the process, if this is what ends it.
    pub(super) fn fatal(&self) -> Option<Fatal> {
        let [first, second, ..] = self.arguments.map(|argument| argument as i32);
        match self.number {
            libc::SYS_exit_group => Some(Fatal::Exit(first)),
            libc::SYS_tgkill => Some(Fatal::Abort),
            libc::SYS_prctl => Some(Fatal::Crash(second)),
            _ => None,
        }
    }

    /// What it is called.
    pub(super) fn name(&self) -> &'static str {
        calls::name(self.number)
    }
}

/// Puts a filter on this thread and all that it will start, for ever.
pub(super) fn install(program: &[sock_filter], telling: Telling) -> io::Result<Option<Listener>> {
    // Without this an unprivileged thread may have no filter; and no program could win rights by a set-uid bit.
    rustix::thread::set_no_new_privs(true)?;
    let length = u16::try_from(program.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let program = sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    let flags = match telling {
        Telling::Told => libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
        Telling::Silent => 0,
    };
    // SAFETY: the program outlives the call, which reads as many instructions as it is told of.
    let result =
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((telling == Telling::Told).then(|| {
        // SAFETY: with that flag the result is a new descriptor, which nobody else knows.
        Listener(unsafe { OwnedFd::from_raw_fd(result as RawFd) })
    }))
}

impl Listener {
    /// Refuses every call that it hears of, or lets the process end by it, after telling of it, until the last thread under the filter is gone.
    pub(super) fn attend(&self, mut tell: impl FnMut(&Call)) {
        loop {
            let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
            match poll(&mut fds, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
            let [ready] = fds;
            if ready.revents().contains(PollFlags::IN) {
                // An error: the thread that called was killed meanwhile, or got a signal and calls again.
                if let Ok((id, call)) = self.receive() {
                    tell(&call);
                    match call.fatal() {
                        // Not as the plugin wished: the end of a host is no success.
                        Some(Fatal::Exit(_)) => end_at_once(1),
                        fatal => drop(self.answer(id, fatal)),
                    }
                }
            } else if ready.revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                return;
            }
        }
    }

    fn receive(&self) -> io::Result<(u64, Call)> {
        // SAFETY: the kernel wants it zeroed, and zero is a value of each of its fields.
        let mut heard: seccomp_notif = unsafe { zeroed() };
        // SAFETY: the request is that of this type, which the kernel fills.
        let result =
            unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut heard) };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok((heard.id, Call { thread: heard.pid, number: heard.data.nr.into(), arguments: heard.data.args }))
    }

    fn answer(&self, id: u64, fatal: Option<Fatal>) -> io::Result<()> {
        let (error, flags) = match fatal {
            Some(Fatal::Abort) => (0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32),
            _ => (-libc::EPERM, 0),
        };
        let answer = seccomp_notif_resp { id, val: 0, error, flags };
        // SAFETY: the request is that of this type, which the kernel only reads.
        let result =
            unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw const answer) };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// Ends the process at once. What ends it in order waits for the loader's lock, which may be held for ever.
pub(crate) fn end_at_once(status: i32) -> ! {
    // SAFETY: nothing of the process is used afterwards.
    unsafe { libc::_exit(status) }
}

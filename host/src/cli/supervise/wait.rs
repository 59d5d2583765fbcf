//! The parent's side: it waits, and hands signals on.
#![expect(unsafe_code, reason = "waiting for signals has no safe interface")]

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::ptr;

use libc::{c_int, siginfo_t, sigset_t, timespec};

/// The signals with which people, terminals and services end a process in order.
const SIGNALS: [c_int; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// How long a child that has ended may go unnoticed, where nobody tells of its end.
static PAUSE: timespec = timespec { tv_sec: 1, tv_nsec: 0 };

/// Signals that this process waits for, until this is dropped.
pub(super) struct Blocked {
    waited_for: sigset_t,
    former: sigset_t,
}

impl Blocked {
    pub(super) fn new() -> Self {
        // SAFETY: both sets are filled before they are read.
        unsafe {
            let [mut waited_for, mut former] = [const { MaybeUninit::<sigset_t>::zeroed() }; 2];
            libc::sigemptyset(waited_for.as_mut_ptr());
            for signal in SIGNALS.into_iter().chain([libc::SIGCHLD]) {
                libc::sigaddset(waited_for.as_mut_ptr(), signal);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, waited_for.as_ptr(), former.as_mut_ptr());
            Self { waited_for: waited_for.assume_init(), former: former.assume_init() }
        }
    }

    /// Has a child begin with those signals blocked that were before.
    pub(super) fn not_in(&self, command: &mut Command) {
        let former = self.former;
        // SAFETY: between fork and exec it makes one system call, with a copy of a set that was in force
        // before.
        unsafe {
            command.pre_exec(move || {
                libc::pthread_sigmask(libc::SIG_SETMASK, &raw const former, ptr::null_mut());
                Ok(())
            });
        }
    }

    /// Waits for the end of the child. What somebody sends to this process meanwhile goes to the child; what
    /// the terminal sends it has got already.
    pub(super) fn wait(&self, child: &mut Child) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            let mut info = MaybeUninit::<siginfo_t>::zeroed();
            // SAFETY: the kernel reads the set and the pause, and fills the information.
            let signal = unsafe {
                libc::sigtimedwait(&raw const self.waited_for, info.as_mut_ptr(), &raw const PAUSE)
            };
            // SAFETY: all zero is one too.
            let sent = unsafe { info.assume_init() }.si_code <= 0;
            if sent && SIGNALS.contains(&signal) {
                // SAFETY: numbers only; the child was not waited for in vain, so the number is still its own.
                unsafe { libc::kill(child.id().cast_signed(), signal) };
            }
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // SAFETY: the set is one that was in force before.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.former, ptr::null_mut()) };
    }
}

/// Dies of the signal of which the child died, where that is how somebody ends a process.
pub(super) fn die_of(signal: c_int) {
    if SIGNALS.contains(&signal) || signal == libc::SIGKILL {
        // SAFETY: numbers only.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
    }
}

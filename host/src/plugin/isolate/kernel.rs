//! Installing a filter, and hearing from the kernel what it does not allow (`seccomp(2)`,
//! `seccomp_unotify(2)`).
#![expect(unsafe_code, reason = "these system calls have no safe interface")]

use std::io;
use std::mem::zeroed;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use libc::{c_int, seccomp_notif, seccomp_notif_resp, sock_filter, sock_fprog};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, Mode, OFlags, fchmod, fcntl_getfl, fstat};
use syscalls::Sysno;

use super::answer::Answer;
use super::calls;
use super::fatal::Fatal;
use super::filter;
use super::on_denied::OnDenied;
use super::output::{OutputWrite, Stream};

/// Hears of the system calls that a filter does not allow.
#[derive(Debug)]
pub(crate) struct Listener(OwnedFd);

/// A system call that waits for an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    /// The thread that makes it.
    pub(super) thread: u32,
    /// `None` if it is none of this architecture's.
    call: Option<Sysno>,
    arguments: [u64; 6],
}

/// What a plugin wants by a system call that the kernel asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Something that it may not.
    Refused,
    /// The end of the process.
    End(Fatal),
    /// A text for somebody to read.
    Print(OutputWrite),
    /// A change of the permissions of an open file.
    Mode { descriptor: i32, mode: u32 },
}

/// How a system call ends for whoever made it: with a result, or with an error's number.
pub(super) type Outcome = Result<i64, c_int>;

impl Call {
    fn new(heard: &seccomp_notif) -> Self {
        let native = heard.data.arch == filter::NATIVE;
        let number = usize::try_from(heard.data.nr).ok().filter(|_| native);
        Self { thread: heard.pid, call: number.and_then(Sysno::new), arguments: heard.data.args }
    }

    /// What is wanted by it. The filter has decided by the same table.
    pub(super) fn wish(&self) -> Wish {
        let Some(call) = self.call else { return Wish::Refused };
        let [first, second, third, ..] = self.arguments;
        match (calls::answer(call, &self.arguments), call) {
            (Answer::End, Sysno::exit_group) => Wish::End(Fatal::Exit(first as i32)),
            (Answer::End, Sysno::tgkill) => Wish::End(Fatal::Abort),
            (Answer::End, Sysno::prctl) => Wish::End(Fatal::Crash(second as i32)),
            (Answer::Print, Sysno::write | Sysno::writev) => Wish::Print(OutputWrite {
                stream: if first as u32 == 1 { Stream::Output } else { Stream::Error },
                address: second,
                length: third,
                in_pieces: call == Sysno::writev,
            }),
            (Answer::ByHost, Sysno::fchmod) => Wish::Mode { descriptor: first as i32, mode: second as u32 },
            _ => Wish::Refused,
        }
    }

    /// What it is called.
    pub(super) fn name(&self) -> &'static str {
        self.call.map_or("of another architecture", |call| call.name())
    }

    /// Why it is refused.
    pub(super) fn reason(&self) -> &'static str {
        let row = self.call.and_then(calls::row);
        row.map_or("It passes over what is known of this architecture's.", |row| row.reason)
    }
}

/// Puts a filter on this thread and all that it will start, for ever.
pub(super) fn install(program: &[sock_filter], on_denied: OnDenied) -> io::Result<Option<Listener>> {
    // Without this an unprivileged thread may have no filter; and no program could win rights by a set-uid
    // bit.
    rustix::thread::set_no_new_privs(true)?;
    let length = u16::try_from(program.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let program = sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    let flags = match on_denied {
        OnDenied::Notify => libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
        OnDenied::Errno => 0,
    };
    // SAFETY: the program outlives the call, which reads as many instructions as it is told of.
    let result =
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((on_denied == OnDenied::Notify).then(|| {
        // SAFETY: with that flag the result is a new descriptor, which nobody else knows.
        Listener(unsafe { OwnedFd::from_raw_fd(result as RawFd) })
    }))
}

impl Listener {
    /// Answers every call that it hears of as `hear` says, or lets the process end by it, until the last
    /// thread under the filter is gone.
    pub(super) fn attend(&self, mut hear: impl FnMut(&Call, Wish) -> Outcome) {
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
                    let wish = call.wish();
                    let outcome = hear(&call, wish);
                    match wish {
                        // Not as the plugin wished: the end of a host is no success.
                        Wish::End(Fatal::Exit(_)) => end_at_once(1),
                        Wish::End(Fatal::Abort) => drop(self.answer(id, None)),
                        _ => drop(self.answer(id, Some(outcome))),
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
        // SAFETY: the request is that of this type, which the kernel fills. Its number holds the type's size,
        // so that a kernel whose own type is larger does not know it, and writes nothing.
        let result =
            unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut heard) };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok((heard.id, Call::new(&heard)))
    }

    /// Has the call end so, or be made after all.
    fn answer(&self, id: u64, outcome: Option<Outcome>) -> io::Result<()> {
        let (val, error, flags) = match outcome {
            Some(Ok(value)) => (value, 0, 0),
            Some(Err(error)) => (0, -error, 0),
            None => (0, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32),
        };
        let answer = seccomp_notif_resp { id, val, error, flags };
        // SAFETY: the request is that of this type, which the kernel only reads.
        let result =
            unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw const answer) };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// The set-uid bit and its kin.
const SPECIAL: u32 = 0o7000;

/// Changes the mode of a file that is open for writing, and of no other: who may write to a file may say who
/// else.
pub(super) fn change_mode(descriptor: RawFd, mode: u32) -> io::Result<()> {
    let refused = || Err(io::ErrorKind::PermissionDenied.into());
    // Whoever copies one also says what kind of file it is, which the kernel does not look at.
    if descriptor < 0 || mode & SPECIAL != 0 {
        return refused();
    }
    // SAFETY: it is only used to ask for a descriptor of our own, which is an error where it is closed.
    let file = rustix::io::fcntl_dupfd_cloexec(unsafe { BorrowedFd::borrow_raw(descriptor) }, 3)?;
    let (flags, kind) = (fcntl_getfl(&file)?, FileType::from_raw_mode(fstat(&file)?.st_mode));
    if flags.contains(OFlags::PATH) || !flags.intersects(OFlags::WRONLY | OFlags::RDWR) || !kind.is_file() {
        return refused();
    }
    Ok(fchmod(&file, Mode::from_raw_mode(mode))?)
}

/// Ends the process at once. What ends it in order waits for the loader's lock, which may be held for ever.
pub(crate) fn end_at_once(status: i32) -> ! {
    // SAFETY: nothing of the process is used afterwards.
    unsafe { libc::_exit(status) }
}

/// Writes to standard error, without a lock that a plugin's thread may hold.
pub(crate) fn tell(line: &str) {
    let _ = rustix::io::write(rustix::stdio::stderr(), line.as_bytes());
}

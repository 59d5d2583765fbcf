//! Files that go when the process is told to end, by Ctrl-C or a signal from outside.
//!
//! What says that something is being done has to stay when the process dies of just that, and to go when
//! somebody ends it. A signal that this process sends to itself is its own doing, or that of a plugin's code
//! in it.
#![expect(unsafe_code, reason = "signal handlers have no safe interface")]

use std::ffi::{CString, c_char};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use libc::{c_int, c_void, sigaction, siginfo_t};

/// The signals with which people, terminals and services end a process in order.
const SIGNALS: [c_int; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// The files that go. A process does few things at once.
static FILES: [AtomicPtr<c_char>; 16] = [const { AtomicPtr::new(ptr::null_mut()) }; 16];

/// A file that goes when the process is told to end, until this is dropped.
#[derive(Debug)]
pub(crate) struct GoesWithTheProcess(Option<&'static AtomicPtr<c_char>>);

impl GoesWithTheProcess {
    /// Has the file go with the process, if there is still room for one more.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        // Never freed: a handler on another thread may have it in its hands whenever that would be.
        let path = CString::new(path.as_os_str().as_bytes())?.into_raw();
        let free = |place: &&AtomicPtr<c_char>| {
            let was = place.compare_exchange(ptr::null_mut(), path, Ordering::SeqCst, Ordering::SeqCst);
            was.is_ok()
        };
        Ok(Self(FILES.iter().find(free)))
    }
}

impl Drop for GoesWithTheProcess {
    fn drop(&mut self) {
        if let Some(place) = self.0 {
            place.store(ptr::null_mut(), Ordering::SeqCst);
        }
    }
}

/// Takes away the files that go with the process, which somebody ends.
fn take_files_away() {
    for place in &FILES {
        let path = place.load(Ordering::SeqCst);
        if !path.is_null() {
            // SAFETY: it is a C string that is never freed.
            unsafe { libc::unlink(path) };
        }
    }
}

/// Flags that are set once it is settled whose doing the end of the process is: in an order in which none is
/// lost.
static FLAGS: AtomicPtr<Flag> = AtomicPtr::new(ptr::null_mut());

/// A flag in the list, which is there for as long as the process lives.
struct Flag {
    settled: &'static AtomicU32,
    next: *mut Flag,
}

/// Has this become 1 once it is settled whose doing the end of the process is.
pub(crate) fn settle_at_the_end(settled: &'static AtomicU32) {
    let flag = Box::into_raw(Box::new(Flag { settled, next: FLAGS.load(Ordering::SeqCst) }));
    // SAFETY: it is not shared before the exchange, and never freed.
    while let Err(first) =
        FLAGS.compare_exchange(unsafe { (*flag).next }, flag, Ordering::SeqCst, Ordering::SeqCst)
    {
        // SAFETY: as above.
        unsafe { (*flag).next = first };
    }
}

/// Sets all flags: whose doing the end of the process is has been written down, or is nobody's. A handler
/// may call it.
pub(crate) fn settle() {
    let mut next = FLAGS.load(Ordering::SeqCst);
    // SAFETY: flags are never freed, nor changed once they can be found.
    while let Some(flag) = unsafe { next.as_ref() } {
        flag.settled.store(1, Ordering::SeqCst);
        next = flag.next;
    }
}

/// The process ends because it has done its work or was asked to: what says that something is being done
/// goes. A handler may call it.
pub(crate) fn end_in_order() {
    settle();
    take_files_away();
}

/// Has what goes beyond a limit on the size of files be an error of whoever writes, and not the end of the
/// process, unless somebody has an opinion on that. A program that is started does not inherit it.
pub(crate) fn survive_the_limit_on_files() {
    extern "C" fn nothing(_: c_int) {}
    let handler: extern "C" fn(c_int) = nothing;
    // SAFETY: all zero is a `sigaction`; the kernel fills one and reads the other, and the handler does
    // nothing.
    unsafe {
        let mut action = MaybeUninit::<sigaction>::zeroed().assume_init();
        if libc::sigaction(libc::SIGXFSZ, ptr::null(), &raw mut action) == 0
            && action.sa_sigaction == libc::SIG_DFL
        {
            let mut action = MaybeUninit::<sigaction>::zeroed().assume_init();
            action.sa_sigaction = handler as usize;
            action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
            let _ = libc::sigaction(libc::SIGXFSZ, &raw const action, ptr::null_mut());
        }
    }
}

/// Has those signals that end the process take the files away first, until this is dropped. Signals that are
/// ignored, or handled by others, stay so.
#[derive(Debug)]
pub(crate) struct HeedsSignals(());

impl HeedsSignals {
    pub(crate) fn new() -> Self {
        let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = handle;
        exchange(libc::SIG_DFL, handler as usize);
        Self(())
    }
}

impl Drop for HeedsSignals {
    fn drop(&mut self) {
        let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = handle;
        exchange(handler as usize, libc::SIG_DFL);
    }
}

/// Lets `new` handle the signals that `former` handles.
fn exchange(former: usize, new: usize) {
    for signal in SIGNALS {
        // SAFETY: all zero is a `sigaction`; the kernel fills one and reads the other, and the handler does
        // only what a handler may.
        unsafe {
            let mut action = MaybeUninit::<sigaction>::zeroed().assume_init();
            if libc::sigaction(signal, ptr::null(), &raw mut action) == 0 && action.sa_sigaction == former {
                let mut action = MaybeUninit::<sigaction>::zeroed().assume_init();
                action.sa_sigaction = new;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                let _ = libc::sigaction(signal, &raw const action, ptr::null_mut());
            }
        }
    }
}

extern "C" fn handle(signal: c_int, info: *mut siginfo_t, _: *mut c_void) {
    // SAFETY: the kernel gives what it knows of the signal; all that is called a handler may call. The signal
    // comes again once this returns, to nobody.
    unsafe {
        let sent = [libc::SI_USER, libc::SI_TKILL, libc::SI_QUEUE].contains(&(*info).si_code);
        if !(sent && (*info).si_pid() == libc::getpid()) {
            end_in_order();
        }
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

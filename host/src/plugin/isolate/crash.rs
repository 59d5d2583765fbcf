//! Telling the host of a crash in a plugin while there still is a host.
//!
//! A signal's handler may do next to nothing, and does not know whose thread it is on. So it makes one system
//! call that means nothing to the kernel, and that the filter on a plugin's threads tells the host of: whose
//! watch hears it is whose plugin crashed. The thread waits until that is written down, and then dies as it
//! would have.
#![expect(unsafe_code, reason = "signal handlers have no safe interface")]

use std::mem::{MaybeUninit, transmute};
use std::ptr;
use std::sync::{Once, OnceLock};

use libc::{c_int, c_void, sigaction, siginfo_t};

/// An option of `prctl` that no kernel has.
pub(super) const TELL: u32 = u32::from_be_bytes(*b"Tenn");

/// What a crash in native code is.
const SIGNALS: [c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

/// What one of these signals says of the crash.
pub(super) fn called(signal: c_int) -> Option<&'static str> {
    Some(match signal {
        libc::SIGSEGV => "by a wild pointer or an endless recursion (SIGSEGV)",
        libc::SIGBUS => "by memory that is not there (SIGBUS)",
        libc::SIGILL => "by an instruction that is none (SIGILL)",
        libc::SIGFPE => "in arithmetic (SIGFPE)",
        _ => return None,
    })
}

/// The former handlers of these signals, in their order.
static FORMER: [OnceLock<sigaction>; SIGNALS.len()] = [const { OnceLock::new() }; SIGNALS.len()];

/// Has crashes on plugins' threads told to their watches. What handled these signals before still does.
pub(crate) fn install_crash_handler() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        for (signal, former) in SIGNALS.into_iter().zip(&FORMER) {
            // SAFETY: all zero is a `sigaction`: numbers, an empty set of signals, and no function.
            let mut before = unsafe { MaybeUninit::<sigaction>::zeroed().assume_init() };
            // SAFETY: the kernel fills a `sigaction`, and changes nothing.
            if unsafe { libc::sigaction(signal, ptr::null(), &raw mut before) } != 0 {
                continue;
            }
            let _ = former.set(before);
            let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = handle;
            // SAFETY: as above. The empty set blocks no other signal while the handler runs.
            let mut ours = unsafe { MaybeUninit::<sigaction>::zeroed().assume_init() };
            ours.sa_sigaction = handler as usize;
            // An endless recursion leaves no room on the thread's own stack.
            ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            // SAFETY: the kernel reads a `sigaction`, whose handler does only what a handler may.
            let _ = unsafe { libc::sigaction(signal, &raw const ours, ptr::null_mut()) };
        }
    });
}

extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: it is the address of this thread's own `errno`, which what runs after this handler may still
    // read.
    let errno = unsafe { *libc::__errno_location() };
    // SAFETY: a plain system call with numbers, which takes no lock and allocates nothing.
    unsafe { libc::syscall(libc::SYS_prctl, libc::c_ulong::from(TELL), libc::c_long::from(signal), 0, 0, 0) };
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
    // A plugin's thread may not say who handles a signal, which is how a handler makes the next one the last.
    // So the signal is blocked when this returns, and comes again: the kernel ends a process at once for a
    // crash that is blocked. One that somebody sent does not come again, as with the standard library's
    // handler.
    //
    // SAFETY: the kernel gives what it knows of the signal, and as the context what the thread goes on with:
    // both are there, and nobody else's, until this returns.
    unsafe {
        if (*info).si_code > 0 {
            libc::sigaddset(&raw mut (*context.cast::<libc::ucontext_t>()).uc_sigmask, signal);
        }
    }
    let place = SIGNALS.iter().position(|known| *known == signal);
    let former = place.and_then(|place| FORMER.get(place)?.get());
    match former {
        Some(former) if ![libc::SIG_DFL, libc::SIG_IGN].contains(&former.sa_sigaction) => {
            let function = former.sa_sigaction as *const ();
            if former.sa_flags & libc::SA_SIGINFO != 0 {
                // SAFETY: the kernel has given it as the address of a handler that takes this, and would call
                // it so.
                unsafe {
                    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = transmute(function);
                    handler(signal, info, context);
                }
            } else {
                // SAFETY: as above, of a handler that takes the signal's number alone.
                unsafe {
                    let handler: extern "C" fn(c_int) = transmute(function);
                    handler(signal);
                }
            }
        }
        _ => {
            // SAFETY: a handler may do that.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    }
}

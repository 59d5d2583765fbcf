//! How the kernel's scheduler treats the threads that run plugin code.
#![expect(unsafe_code, reason = "setting a thread's scheduling policy has no safe form")]

/// Has this thread, and those that it starts, run as `SCHED_BATCH` (sched(7)): one that is woken does not
/// interrupt who is on the processor, be it the thread that has handed it a call or the server that answers
/// it, and these get on with what they have at hand. Its share of the processors stays what it was, and one
/// that is idle takes it up at once.
pub(super) fn batch() {
    // SAFETY: it reads the parameter, which is alive, and changes how this thread is scheduled, nothing else.
    let set = unsafe {
        let parameter = libc::sched_param { sched_priority: 0 };
        libc::syscall(libc::SYS_sched_setscheduler, 0, libc::SCHED_BATCH, &raw const parameter)
    };
    if set != 0 {
        let error = std::io::Error::last_os_error();
        tracing::debug!("a plugin's threads are scheduled as any others: {error}");
    }
}

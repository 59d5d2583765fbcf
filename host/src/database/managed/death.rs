//! Tying a child's life to ours.

#![expect(unsafe_code, reason = "code between fork and exec has no safe interface")]

use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Pid, Signal};

/// Makes the kernel send the signal to the child when the *thread* that spawns it ends, however it ends.
///
/// So the spawning thread must live as long as the child should. The request is made after the change of
/// the user, which would clear it.
pub(crate) fn die_with_parent(command: &mut Command, signal: Signal) {
    let parent = rustix::process::getpid();
    let request = move || {
        rustix::process::set_parent_process_death_signal(Some(signal))?;
        // If we died before the request, nobody will send the signal any more.
        if rustix::process::getppid() == Some(parent) {
            Ok(())
        } else {
            Err(std::io::ErrorKind::NotFound.into())
        }
    };
    // SAFETY: between fork and exec only two system calls are made; nothing is allocated or locked.
    unsafe {
        command.pre_exec(request);
    }
}

/// Sends a signal; that the process is gone already is not an error worth telling.
pub(super) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

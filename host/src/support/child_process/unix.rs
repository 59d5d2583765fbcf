//! Signals, process groups, and what the kernel sends when a parent dies.

#![expect(unsafe_code, reason = "code between fork and exec has no safe interface")]

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

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
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Has the child be told to end when this thread ends, however it ends.
pub(crate) fn end_with_parent(command: &mut Command) {
    die_with_parent(command, Signal::TERM);
}

/// Tells a child to end in order.
pub(crate) fn ask_to_end(child: &mut Child) {
    let _ = kill_process(Pid::from_child(child), Signal::TERM);
}

/// Tells a child, by its number, to end in order, as this process was told itself.
pub(crate) fn ask_to_end_as(pid: u32, told: &str) {
    signal(pid, if told == "SIGHUP" { Signal::HUP } else { Signal::TERM });
}

/// Has the program be in a process group of its own, with all that it starts.
pub(crate) fn in_own_group(command: &mut tokio::process::Command) -> &mut tokio::process::Command {
    command.process_group(0)
}

/// The process group of a program that has not ended, which is killed when the value is dropped.
#[derive(Debug)]
pub(crate) struct Group(Option<Pid>);

impl Group {
    pub(crate) fn of(child: &tokio::process::Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)))
    }

    /// Leaves alone what goes on.
    pub(crate) fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The variables of a program that is to know nothing of the host.
pub(crate) fn plain_environment() -> Vec<(&'static str, OsString)> {
    vec![("PATH", "/usr/local/bin:/usr/bin:/bin".into())]
}

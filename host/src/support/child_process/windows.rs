//! Windows, where a child does not end with its parent, and is killed alone.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command};

/// `CREATE_NEW_PROCESS_GROUP`: Ctrl-C in the terminal is not for it.
const NEW_GROUP: u32 = 0x200;

/// Has the child be killed by whoever holds it, and by nobody else: where this process is killed it goes on.
pub(crate) fn end_with_parent(_: &mut Command) {}

/// Ends a child: it cannot be asked.
pub(crate) fn ask_to_end(child: &mut Child) {
    let _ = child.kill();
}

/// Leaves a child alone: it shares the console, and is told itself.
pub(crate) fn ask_to_end_as(_: u32, _: &str) {}

/// Has the program be in a process group of its own, with all that it starts.
pub(crate) fn in_own_group(command: &mut tokio::process::Command) -> &mut tokio::process::Command {
    command.creation_flags(NEW_GROUP)
}

/// The process group of a program, of which the program alone can be killed: its own handle does that.
#[derive(Debug)]
pub(crate) struct Group;

impl Group {
    pub(crate) fn of(_: &tokio::process::Child) -> Self {
        Self
    }

    /// Leaves alone what goes on.
    pub(crate) fn leave(self) {}
}

/// The variables of a program that is to know nothing of the host: those without which hardly any starts.
pub(crate) fn plain_environment() -> Vec<(&'static str, OsString)> {
    let root = std::env::var_os("SystemRoot").map_or_else(|| PathBuf::from("C:\\Windows"), PathBuf::from);
    vec![("PATH", root.join("System32").into()), ("SystemRoot", root.into())]
}

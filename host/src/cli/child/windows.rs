//! The child's side on Windows, where no command has a child.

use std::io;

use crate::support::secrets::Secrets;

/// What a child would be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Runs the command.
    Command,
    /// Loads the plugins, and is done.
    Trial,
}

/// What a parent would have a child do, and with which secrets.
pub(super) struct Orders {
    pub task: Task,
    pub secrets: Secrets,
}

/// What the parent wants: no process has one that wants something.
pub(super) fn orders_of_parent(_: &Secrets) -> Option<io::Result<Orders>> {
    None
}

/// Says to no parent that this process is not to be run again.
pub(super) fn done() {}

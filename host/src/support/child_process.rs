//! Processes that this one starts: how they end with it, and what of the environment they get.

#[cfg_attr(unix, path = "child_process/unix.rs")]
#[cfg_attr(windows, path = "child_process/windows.rs")]
mod system;

pub(crate) use system::{Group, ask_to_end, ask_to_end_as, end_with_parent, in_own_group, plain_environment};
#[cfg(unix)]
pub(crate) use system::{die_with_parent, signal};

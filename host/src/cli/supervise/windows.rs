//! Commands that load plugins, on Windows: in this process, which a plugin may end. The layers that hold
//! plugins tell that the supervisor is off.

use super::child::Task;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Options;
use super::terminal::Terminal;
use crate::support::secrets::Secrets;

/// Tries nothing: the command runs here.
pub(super) fn try_plugins(_: &Options, _: &Secrets, _: &Terminal) -> Option<Result<Exit, Failure>> {
    None
}

/// Runs nothing: the command runs here.
pub(super) fn supervise(_: Task, _: &Options, _: &Secrets, _: &Terminal) -> Option<Result<Exit, Failure>> {
    None
}

//! Windows, where any thread may change the environment, and where what is removed is not kept.

#![expect(unsafe_code, reason = "erasing is unsafe elsewhere, and has one interface")]

use super::SecretsError;

/// Refuses nothing: the system lets one thread at a time at the environment (`SetEnvironmentVariableW`).
pub(super) fn alone() -> Result<(), SecretsError> {
    Ok(())
}

/// Overwrites nothing: Windows shows no process the variables that another one began with. A plugin that
/// looks through the memory of the process may find there what was removed.
///
/// # Safety
///
/// None is needed here.
pub(super) unsafe fn erase(_: &str) {}

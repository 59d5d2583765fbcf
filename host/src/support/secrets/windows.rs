//! Windows, where any thread may change the environment, and where what is removed is not kept.

#![expect(unsafe_code, reason = "erasing is unsafe elsewhere, and has one interface")]

use super::SecretsError;

/// Refuses nothing: the system itself lets one thread at a time at the environment (`SetEnvironmentVariableW`).
pub(super) fn alone() -> Result<(), SecretsError> {
    Ok(())
}

/// Nothing has to be overwritten here: the block of variables is the system's, which moves what is left over
/// what is removed.
///
/// # Safety
///
/// None is needed here.
pub(super) unsafe fn erase(_: &str) {}

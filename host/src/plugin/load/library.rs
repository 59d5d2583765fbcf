//! Holding a library's bytes so that what was inspected is what is loaded, and opening it.

#[cfg_attr(target_os = "linux", path = "library/linux.rs")]
#[cfg_attr(windows, path = "library/windows.rs")]
mod system;

pub(super) use system::{Held, hold, open};

/// Why a library could not be opened, in words.
#[derive(Debug)]
pub(super) enum NotOpened {
    /// The system's loader refused it.
    Refused(String),
    /// The contract's symbol is not in it.
    NoSymbol(String),
}

/// What is said of a symbol that the loader has found, but not here.
const ELSEWHERE: &str = "the loader finds it in another library";

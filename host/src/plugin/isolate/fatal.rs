//! What of a plugin ends the process.

use std::fmt;

#[cfg(target_os = "linux")]
use super::crash::called;
#[cfg(windows)]
use super::windows::called;

/// What ends the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fatal {
    /// The process exits with this status.
    Exit(i32),
    Abort,
    /// A signal that the processor caused.
    Crash(i32),
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(status) => write!(f, "it called exit with the status {status}"),
            Self::Abort => f.write_str("it aborted (SIGABRT)"),
            Self::Crash(signal) => match called(*signal) {
                Some(crash) => write!(f, "it crashed {crash}"),
                None => write!(f, "it crashed by signal {signal}"),
            },
        }
    }
}

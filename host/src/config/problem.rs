//! What is wrong with a configuration.

use std::fmt;

/// One thing wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The key, as `section.key`.
    pub key: String,
    /// The file or variable it is written in.
    pub origin: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.key, self.origin, self.message)
    }
}

impl ConfigProblem {
    pub(super) fn list(problems: &[Self]) -> String {
        problems.iter().map(|problem| format!("\n  {problem}")).collect()
    }
}

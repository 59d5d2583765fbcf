//! The glibc that a library needs, and the one that runs here.

#[cfg_attr(all(target_os = "linux", target_env = "gnu"), path = "glibc/linux.rs")]
#[cfg_attr(not(all(target_os = "linux", target_env = "gnu")), path = "glibc/absent.rs")]
mod running;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A version of glibc, such as `2.36`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Glibc(u32, u32);

impl Glibc {
    /// The one that this process runs with.
    pub fn running() -> Option<Self> {
        running::version()?.parse().ok()
    }

    /// The version that the symbol version `GLIBC_2.36` stands for.
    pub(super) fn of_symbols(version: &str) -> Option<Self> {
        version.strip_prefix("GLIBC_")?.parse().ok()
    }
}

/// What is no version of glibc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no version of glibc such as 2.36")]
pub struct NoGlibc;

impl FromStr for Glibc {
    type Err = NoGlibc;

    fn from_str(text: &str) -> Result<Self, NoGlibc> {
        let mut parts = text.split('.').map(|part| part.parse().map_err(|_| NoGlibc));
        Ok(Self(parts.next().ok_or(NoGlibc)??, parts.next().ok_or(NoGlibc)??))
    }
}

impl TryFrom<String> for Glibc {
    type Error = NoGlibc;

    fn try_from(text: String) -> Result<Self, NoGlibc> {
        text.parse()
    }
}

impl From<Glibc> for String {
    fn from(version: Glibc) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let version = |text: &str| Glibc::of_symbols(text);
        assert!(version("GLIBC_2.4") < version("GLIBC_2.36"));
        assert_eq!(version("GLIBC_2.2.5"), Some(Glibc(2, 2)));
        assert_eq!(version("GLIBC_PRIVATE"), None);
        assert_eq!(version("GCC_3.0"), None);
    }

    #[test]
    fn the_one_that_runs_is_known() {
        assert!(Glibc::running().is_some_and(|version| version > Glibc(2, 17)));
    }
}

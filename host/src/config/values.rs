//! The words and units a configuration is written in.

use crate::support::telemetry::LogFormat;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Where the host runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// A place to try things.
    Development,
    /// A place where nothing changes without an administrator's word.
    Production,
}

/// How the connection to the database is encrypted, in libpq's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Never.
    Disable,
    /// If the server offers it; the server's identity is not checked.
    Prefer,
    /// Always; the server's identity is not checked.
    Require,
    /// Always, and the certificate must be trusted and name the host.
    VerifyFull,
}

/// What becomes of a server that is none of those that this version knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedServer {
    /// The server is not used.
    Refuse,
    /// The server is used, with a warning: what is said of its databases may be wrong.
    Allow,
}

/// The roles as which plugins' statements run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// All run as the role that serves.
    Shared,
    /// Each plugin's run as a login role of its own, which may use what is its plugin's and what that
    /// requires.
    Roles,
}

/// The rule by which the files of the plugin directories are trusted and loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustMode {
    /// All.
    Open,
    /// Files that the lock file names.
    Pinned,
    /// Files with a signature by a trusted key.
    Signed,
}

/// What somebody may do whom a proxy or an identity provider names: each may all that the one before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantedRole {
    Viewer,
    Healer,
    Administrator,
}

/// A kind of change that somebody can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotifyEvent {
    /// The verdict became another.
    Verdict,
    /// A heal has ended.
    Heal,
    /// A plugin was put into quarantine, or released.
    Quarantine,
    /// Something was refused: a system call to a plugin, or logins.
    Refused,
}

impl NotifyEvent {
    pub const ALL: [Self; 4] = [Self::Verdict, Self::Heal, Self::Quarantine, Self::Refused];
}

/// A word that stands for a value, and the words that would have been right.
macro_rules! words {
    ($type:ty, $($word:literal => $value:expr),+) => {
        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($value),)+
                    _ => Err(format!("must be one of {}, not \"{text}\"", [$(concat!("\"", $word, "\"")),+].join(", "))),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $(if *self == $value { return f.write_str($word) })+
                Ok(())
            }
        }
    };
}

/// The clients that may read what monitoring is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsFor {
    /// Every client on this machine, and everybody with an account.
    Loopback,
    /// Everybody with an account.
    Accounts,
    Anybody,
}

words!(MetricsFor, "loopback" => Self::Loopback, "accounts" => Self::Accounts, "anybody" => Self::Anybody);
words!(NotifyEvent, "verdict" => Self::Verdict, "heal" => Self::Heal, "quarantine" => Self::Quarantine,
    "refused" => Self::Refused);
words!(GrantedRole, "viewer" => Self::Viewer, "healer" => Self::Healer, "administrator" => Self::Administrator);
words!(Environment, "development" => Self::Development, "production" => Self::Production);
words!(TlsMode, "disable" => Self::Disable, "prefer" => Self::Prefer, "require" => Self::Require,
    "verify-full" => Self::VerifyFull);
words!(UnsupportedServer, "refuse" => Self::Refuse, "allow" => Self::Allow);
words!(TrustMode, "open" => Self::Open, "pinned" => Self::Pinned, "signed" => Self::Signed);
words!(Isolation, "shared" => Self::Shared, "roles" => Self::Roles);
words!(LogFormat, "text" => Self::Text, "json" => Self::Json);

/// PostgreSQL's `lock_timeout`. Zero waits for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockTimeout(pub Duration);

/// PostgreSQL's `statement_timeout`. Zero lets it run for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementTimeout(pub Duration);

impl LockTimeout {
    /// The value as PostgreSQL's settings take it, such as `5000ms`.
    pub fn setting(self) -> String {
        setting(self.0)
    }
}

impl StatementTimeout {
    /// The value as PostgreSQL's settings take it, such as `5000ms`.
    pub fn setting(self) -> String {
        setting(self.0)
    }
}

/// PostgreSQL keeps these in an `int` of milliseconds. Below one it would read zero, "no limit".
fn setting(duration: Duration) -> String {
    let millis = duration.as_millis().min(i32::MAX as u128);
    format!("{}ms", if duration.is_zero() { 0 } else { millis.max(1) })
}

/// Reads `500ms`, `5s`, `2m`, `1h` or `7d`. A bare `0` is allowed, other bare numbers have no unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("must be a duration such as \"500ms\", \"5s\", \"2m\" or \"1h\", not \"{text}\"");
    let digits = text.trim().find(|c: char| !c.is_ascii_digit()).unwrap_or(text.trim().len());
    let (number, unit) = text.trim().split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit.trim() {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" | "min" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        "d" => number.checked_mul(86_400_000),
        "" if number == 0 => Some(0),
        _ => None,
    };
    millis.map(Duration::from_millis).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2 m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for wrong in
            ["5", "", "s", "-1s", "1.5s", "5 fortnights", "99999999999999999999s", "18446744073709551615h"]
        {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_timeout_never_rounds_to_no_limit() {
        assert_eq!(LockTimeout(Duration::from_micros(10)).setting(), "1ms");
        assert_eq!(StatementTimeout(Duration::ZERO).setting(), "0ms");
        assert_eq!(StatementTimeout(Duration::MAX).setting(), "2147483647ms");
    }
}

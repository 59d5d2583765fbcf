//! The word of an administrator that a finding is known and may stand for a while.
//!
//! An acknowledgement holds for its time, and for the values that were found when it was given. The finding
//! stays in the report and does not count towards the status. It never makes a plugin serve that breaking
//! findings hold back, nor be called Healthy while they do. What only a heal or the plugin's author can put
//! right cannot be acknowledged.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::severity::Severity;

/// How long one holds where nothing else is said, in days.
pub const USUAL_DAYS: i64 = 30;

/// The longest that one may hold, in days.
pub const MOST_DAYS: i64 = 366;

/// The longest reason, in characters.
const MOST_CHARACTERS: usize = 500;

/// An administrator's word that a finding may stand, with its end and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Acknowledgement {
    pub by: String,
    pub at: Timestamp,
    /// The end: from then on the finding counts again.
    pub until: Timestamp,
    pub reason: String,
}

/// Why somebody's word is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AcknowledgementError {
    #[error("an acknowledgement needs a reason")]
    NoReason,
    #[error("the reason is longer than {MOST_CHARACTERS} characters, or has control characters in it")]
    BadReason,
    #[error("the acknowledgement would end at {until}, which is over")]
    Over { until: Timestamp },
    #[error("the acknowledgement would end at {until}; the longest holds for {MOST_DAYS} days")]
    TooLong { until: Timestamp },
}

impl Acknowledgement {
    /// One that is given now and holds from now on.
    pub fn new(
        by: &str,
        at: Timestamp,
        until: Timestamp,
        reason: &str,
    ) -> Result<Self, AcknowledgementError> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(AcknowledgementError::NoReason);
        }
        if reason.chars().count() > MOST_CHARACTERS || reason.chars().any(char::is_control) {
            return Err(AcknowledgementError::BadReason);
        }
        if until <= at {
            return Err(AcknowledgementError::Over { until });
        }
        if until.duration_since(at) > SignedDuration::from_hours(24 * MOST_DAYS) {
            return Err(AcknowledgementError::TooLong { until });
        }
        Ok(Self { by: by.to_owned(), at, until, reason: reason.to_owned() })
    }

    /// Whether it holds at this time.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

impl fmt::Display for Acknowledgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, until, reason, .. } = self;
        write!(f, "acknowledged by {by} until {}: {reason}", until.strftime("%Y-%m-%d %H:%MZ"))
    }
}

/// Why a finding of this cause and severity cannot be acknowledged; `None` where it can.
///
/// What only stands otherwise than it should may be known and meant: drift, a migration whose plugin is gone
/// for good, an edit that PostgreSQL does not see. What keeps the host from its work may not.
pub fn obstacle(cause: Cause, severity: Severity) -> Option<&'static str> {
    match (cause, severity) {
        (Cause::Drifted | Cause::Missing, _) | (Cause::Edited, Severity::Warning) => None,
        (Cause::Pending, _) => Some("a pending migration is applied by a heal, or its plugin left out"),
        (Cause::Ledger, _) => Some("a heal puts the ledger right, and runs nothing for it"),
        (Cause::Rights, _) => Some("a heal puts the plugin's login role right"),
        (Cause::Edited, _) => Some("nothing is built upon a migration that is not the one that was applied"),
        (Cause::DescriptorMismatch, _) => Some("a heal verifies the plugin's objects anew"),
        (Cause::Conflict | Cause::Unloadable | Cause::Quarantined, _) => Some("the plugin is not at work"),
        (Cause::Unknown, _) => Some("what is not known cannot be taken notice of"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[test]
    fn a_word_has_a_reason_and_an_end_within_a_year() {
        let now = at("2026-03-01T00:00:00Z");
        let given = |until, reason| Acknowledgement::new("ops", now, at(until), reason);
        let fine = given("2026-03-31T00:00:00Z", " a test \n").unwrap();
        assert_eq!(fine.to_string(), "acknowledged by ops until 2026-03-31 00:00Z: a test");
        assert!(fine.holds(at("2026-03-30T23:59:59Z")) && !fine.holds(at("2026-03-31T00:00:00Z")));
        assert_eq!(given("2026-03-31T00:00:00Z", "  "), Err(AcknowledgementError::NoReason));
        assert_eq!(given("2026-03-31T00:00:00Z", "a\nb"), Err(AcknowledgementError::BadReason));
        let over = at("2026-03-01T00:00:00Z");
        assert_eq!(given("2026-03-01T00:00:00Z", "x"), Err(AcknowledgementError::Over { until: over }));
        let late = at("2027-03-03T00:00:00Z");
        assert_eq!(given("2027-03-03T00:00:00Z", "x"), Err(AcknowledgementError::TooLong { until: late }));
    }

    #[test]
    fn only_what_may_stand_can_be_acknowledged() {
        let can = |cause, severity| obstacle(cause, severity).is_none();
        use Severity::{Breaking, Security, Warning};
        assert!(
            can(Cause::Drifted, Warning) && can(Cause::Drifted, Breaking) && can(Cause::Drifted, Security)
        );
        assert!(can(Cause::Missing, Warning) && can(Cause::Edited, Warning));
        assert!(!can(Cause::Edited, Breaking));
        for cause in [
            Cause::Pending,
            Cause::DescriptorMismatch,
            Cause::Conflict,
            Cause::Unloadable,
            Cause::Quarantined,
            Cause::Unknown,
        ] {
            assert!(!can(cause, Warning), "{cause:?}");
        }
    }
}

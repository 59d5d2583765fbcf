//! What a heal was doing when it failed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The stages of a heal. The words are part of the audit log and of reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Stage {
    /// The transaction begins, and who works in it is written down.
    #[serde(rename = "begin")]
    Begin,
    /// No other heal may run meanwhile.
    #[serde(rename = "lock")]
    Lock,
    /// What is to be done is decided anew, under the lock.
    #[serde(rename = "plan")]
    Plan,
    /// The migrations run.
    #[serde(rename = "migrate")]
    Migrate,
    /// The check whose objects a migration has touched.
    #[serde(rename = "look what was touched")]
    LookAtTouched,
    /// The check which locks are held.
    #[serde(rename = "look at the locks")]
    LookAtLocks,
    /// What has run is written into the ledger.
    #[serde(rename = "write the ledger")]
    Record,
    /// What was chosen is repaired.
    #[serde(rename = "repair")]
    Repair,
    /// The plugins' roles get what they are to have.
    #[serde(rename = "roles")]
    Roles,
    /// Entries of the ledger are renamed or go.
    #[serde(rename = "change the ledger")]
    Ledger,
    /// What stands already is taken for applied.
    #[serde(rename = "baseline")]
    Baseline,
    /// Descriptors are made in the database to see what they amount to.
    #[serde(rename = "elaborate")]
    Elaborate,
    /// What stands is compared with what is declared.
    #[serde(rename = "verify")]
    Verify,
    /// What stands is kept for later checks.
    #[serde(rename = "store the readings")]
    StoreReadings,
    /// The audit log is given what guards it.
    #[serde(rename = "keep the log")]
    KeepLog,
    /// The role that serves is let to read the log.
    #[serde(rename = "let the log be read")]
    ShareLog,
    /// The entry of the audit log is written.
    #[serde(rename = "audit")]
    Audit,
    /// Everything is kept, or nothing.
    #[serde(rename = "commit")]
    Commit,
    /// The whole, in a scratch database.
    #[serde(rename = "proof")]
    Prove,
    /// A stage that is not known: the process died, or another version of Tenon wrote it.
    #[default]
    #[serde(rename = "unknown", other)]
    Unknown,
}

impl Stage {
    /// The stage in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Lock => "lock",
            Self::Plan => "plan",
            Self::Migrate => "migrate",
            Self::LookAtTouched => "look what was touched",
            Self::LookAtLocks => "look at the locks",
            Self::Record => "write the ledger",
            Self::Repair => "repair",
            Self::Roles => "roles",
            Self::Ledger => "change the ledger",
            Self::Baseline => "baseline",
            Self::Elaborate => "elaborate",
            Self::Verify => "verify",
            Self::StoreReadings => "store the readings",
            Self::KeepLog => "keep the log",
            Self::ShareLog => "let the log be read",
            Self::Audit => "audit",
            Self::Commit => "commit",
            Self::Prove => "proof",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_told_in_the_words_that_it_is_written_down_in() {
        for stage in [Stage::Migrate, Stage::LookAtLocks, Stage::ShareLog, Stage::Unknown] {
            let json = serde_json::to_string(&stage).unwrap();
            assert_eq!(json, format!("\"{stage}\""));
            assert_eq!(serde_json::from_str::<Stage>(&json).unwrap(), stage);
        }
        assert_eq!(serde_json::from_str::<Stage>("\"of the future\"").unwrap(), Stage::Unknown);
    }
}

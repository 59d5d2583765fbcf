//! Why something is wrong, in one word.

use serde::{Deserialize, Serialize};

/// Why something is wrong. Kept apart, since the remedies differ.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A migration is in a plugin, and not in the ledger.
    Pending,
    /// A migration was applied with another checksum.
    Edited,
    /// A migration is in the ledger, but no plugin brings it.
    Missing,
    /// A migration was applied and is another file now: the ledger is to say so.
    Ledger,
    /// The database was changed by hand since the last heal.
    Drifted,
    /// The plugin's descriptors are not what its own migrations make, or not what was last verified.
    DescriptorMismatch,
    /// Two plugins claim one id or one object.
    Conflict,
    /// The plugin's file cannot be used.
    Unloadable,
    /// The plugin's login role is not there, or may less or more than it should.
    Rights,
    /// The plugin did harm, or an administrator wished it: its routes do not answer.
    Quarantined,
    /// Something could not be found out.
    Unknown,
}

impl Cause {
    /// The cause in words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::Ledger => "ledger",
            Self::Drifted => "drifted",
            Self::DescriptorMismatch => "descriptor mismatch",
            Self::Conflict => "conflict",
            Self::Unloadable => "unloadable",
            Self::Rights => "rights",
            Self::Quarantined => "quarantined",
            Self::Unknown => "unknown",
        }
    }
}

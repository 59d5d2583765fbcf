//! What a heal is run for.

use serde::{Deserialize, Serialize};

/// What the batch is run for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To be committed.
    #[default]
    Heal,
    /// To see in the database itself how it goes: it is rolled back once it is verified.
    DryRun,
    /// To see in a copy of the schema, in a scratch database, how it goes: the database itself is only
    /// read.
    Rehearsal,
}

impl Purpose {
    /// The purpose in one word, as the JSON names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Heal => "heal",
            Self::DryRun => "dry_run",
            Self::Rehearsal => "rehearsal",
        }
    }
}

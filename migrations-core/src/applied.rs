//! What was applied, as the ledger has it.

use crate::checksum::Checksum;
use crate::migration::MigrationId;

/// One row of the ledger: a migration that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub id: MigrationId,
    /// The checksum of the text that was run.
    pub checksum: Checksum,
    /// The checksum of what PostgreSQL read of it; absent where nobody wrote it down.
    pub tokens: Option<Checksum>,
}

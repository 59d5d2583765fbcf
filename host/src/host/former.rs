//! What other tools say of the migrations that a plugin has taken over from them.

use std::collections::BTreeSet;

use tenon_migrations_core::former::{AppliedBefore, FormerFailure, FormerLedger, applied_before};
use tenon_migrations_core::former_tool::FormerTool;
use tenon_migrations_core::migration::MigrationId;

use super::{PlanError, Tenon};
use crate::database::bounds::NoResponse;
use crate::schema::former_ledger;

/// Why it is not known what another tool has applied.
#[derive(Debug, thiserror::Error)]
pub enum FormerError {
    #[error(transparent)]
    Unavailable(#[from] PlanError),
    #[error("the ledgers of other tools could not be read")]
    Read(#[from] tokio_postgres::Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error("there are several ledgers of {tool}: {}", .tables.join(" and "))]
    Several { tool: FormerTool, tables: Vec<String> },
    #[error("another tool did not end well")]
    Failed(Vec<FormerFailure>),
}

impl Tenon {
    /// Pending migrations that another tool has applied, by its own ledger; `None` where no migration of
    /// their plugin names a tool, or no such ledger is there.
    pub async fn applied_before(
        &self,
        pending: &BTreeSet<MigrationId>,
    ) -> Result<Option<AppliedBefore>, FormerError> {
        let plugins: BTreeSet<_> = pending.iter().map(|id| &id.plugin).collect();
        let all = self.registry.migrations.iter().filter(|migration| plugins.contains(&migration.id.plugin));
        let all: Vec<_> = all.collect();
        let named: BTreeSet<_> = all.iter().flat_map(|one| one.was()).flatten().map(|was| was.tool).collect();
        if named.is_empty() {
            return Ok(None);
        }
        let client = self.healer().await?;
        let read = async { Ok::<_, FormerError>(former_ledger::read(&client).await?) };
        let ledgers: Vec<FormerLedger> = self.bounds().read(&client, read).await?;
        for tool in named {
            let of = ledgers.iter().filter(|ledger| ledger.tool == tool);
            let tables: Vec<_> = of.map(|ledger| ledger.table.to_string()).collect();
            if tables.len() > 1 {
                return Err(FormerError::Several { tool, tables });
            }
        }
        let mut found = applied_before(&all, &ledgers).map_err(FormerError::Failed)?;
        if let Some(found) = &mut found {
            found.applied.retain(|id| pending.contains(id));
            found.left.retain(|id| pending.contains(id));
        }
        Ok(found)
    }
}

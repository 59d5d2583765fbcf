//! The host's own tables: pending migrations of `core`, and what waits in the local spool.

use crate::database::bounds::NoResponse;
use crate::host::{PlanError, Tenon};
use crate::plugin::core_plugin;
use crate::report::doctor::DoctorLine;
use crate::schema::ledger::{self, LedgerError};
use crate::support::errors::chain;

const TOPIC: &str = "own tables";

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Connect(#[from] PlanError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the ledger could not be read")]
    Asked(#[from] tokio_postgres::Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
}

pub(super) async fn lines(host: &Tenon) -> Vec<DoctorLine> {
    let mut lines = vec![match pending(host).await {
        Ok(pending) if pending.is_empty() => {
            DoctorLine::ok(TOPIC, "the schema tenon is as this version needs it")
        }
        Ok(pending) => {
            let told = format!("pending are {}", pending.join(", "));
            DoctorLine::warning(TOPIC, told, "look at it with `tenon plan`, then heal: `tenon heal`")
        }
        Err(error) => DoctorLine::unknown(TOPIC, &chain(&error)),
    }];
    lines.extend(match host.spool.read().await {
        Ok(waiting) if waiting.is_empty() => None,
        Ok(waiting) => {
            let told = format!("{} entries of the audit log wait in the state directory", waiting.len());
            let remedy = "`tenon audit resolve` takes them up once the database takes them";
            Some(DoctorLine::warning(TOPIC, told, remedy))
        }
        Err(error) => Some(DoctorLine::problem(TOPIC, chain(&error), "see that the file can be read")),
    });
    lines
}

/// The migrations of the host that the ledger does not have.
async fn pending(host: &Tenon) -> Result<Vec<String>, ReadError> {
    let connection = host.connection().await?;
    let client = connection.driven_by_task();
    let read = async { Ok::<_, ReadError>(ledger::applied_migrations(client).await?) };
    let applied = host.bounds().read(client, read).await?;
    let own = core_plugin::registration().migrations.into_iter().map(|migration| migration.id);
    Ok(own.filter(|id| !applied.iter().any(|row| row.id == *id)).map(|id| id.to_string()).collect())
}

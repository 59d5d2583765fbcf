//! The host's own tables: pending migrations of `core`, and what waits in the local spool.

use std::collections::BTreeSet;

use tenon_migrations_core::history::NEWER_CORE;

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
    let mut lines = vec![match differences(host).await {
        Ok(Differences { newer, .. }) if !newer.is_empty() => {
            let told = format!("a newer version of Tenon has applied {}", newer.join(", "));
            DoctorLine::problem(TOPIC, told, NEWER_CORE)
        }
        Ok(Differences { pending, .. }) if pending.is_empty() => {
            DoctorLine::ok(TOPIC, "the schema tenon is as this version needs it")
        }
        Ok(Differences { pending, .. }) => {
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

/// What the host's migrations and the ledger do not have of each other.
struct Differences {
    pending: Vec<String>,
    newer: Vec<String>,
}

async fn differences(host: &Tenon) -> Result<Differences, ReadError> {
    let connection = host.connection().await?;
    let client = connection.driven_by_task();
    let read = async { Ok::<_, ReadError>(ledger::applied_migrations(client).await?) };
    let applied: BTreeSet<_> =
        host.bounds().read(client, read).await?.into_iter().map(|row| row.id).collect();
    let own: BTreeSet<_> =
        core_plugin::registration().migrations.into_iter().map(|migration| migration.id).collect();
    let newer = applied.difference(&own).filter(|id| id.plugin.is_core());
    Ok(Differences {
        pending: own.difference(&applied).map(ToString::to_string).collect(),
        newer: newer.map(ToString::to_string).collect(),
    })
}

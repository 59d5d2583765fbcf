//! An administrator's freeze: `default_transaction_read_only = on`, stored for the database, a role or the
//! server.
//!
//! A heal begins its transaction as one that writes, whatever is set; so it has to ask first whether it may.
//! Sessions that are lent to plugins have a default of their own, and ask when they begin.

use std::collections::BTreeSet;

use tenon_migrations_core::plan::{Freeze, Plan};
use tenon_migrations_core::repair::{Hazard, HazardRule};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// Puts to the plan that whoever set the database to be only read has to be heeded, where that is so for the
/// role of this session.
pub async fn add_freeze(client: &Client, plan: &mut Plan, allowed: &BTreeSet<Hazard>) -> Result<(), Error> {
    ask(client, plan, allowed, None).await
}

/// Asks like [`add_freeze`] inside of a heal's transaction. The heal itself has set that session to be only
/// read, so what does not stand in the database is taken from the plan that was `shown`.
pub async fn add_freeze_within(
    client: &Client,
    plan: &mut Plan,
    allowed: &BTreeSet<Hazard>,
    shown: &Plan,
) -> Result<(), Error> {
    let frozen = shown.hazards.iter().any(|hazard| hazard.hazard.rule == HazardRule::ReadOnly);
    ask(client, plan, allowed, Some(frozen)).await
}

/// Whether that is stored for the role of this session or the database. A session of ours that lends itself
/// has its own default, behind which what the server's configuration says cannot be seen.
pub async fn is_stored(client: &Client) -> Result<bool, Error> {
    let rows = client.query_typed(include_str!("sql/freeze.sql"), &[(&Some(false), Type::BOOL)]).await?;
    Ok(!rows.is_empty())
}

async fn ask(
    client: &Client,
    plan: &mut Plan,
    allowed: &BTreeSet<Hazard>,
    otherwise: Option<bool>,
) -> Result<(), Error> {
    if plan.is_empty() {
        return Ok(());
    }
    for row in client.query_typed(include_str!("sql/freeze.sql"), &[(&otherwise, Type::BOOL)]).await? {
        let (database, set_for, undo) =
            (row.try_get("database")?, row.try_get("set_for")?, row.try_get("undo")?);
        plan.freeze(&Freeze { database, set_for, undo }, allowed);
    }
    Ok(())
}

//! What a plan costs on this server: the sizes of the tables that it endangers, its room for locks, and what
//! stands in the way of its repairs.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::assess::Assessment;
use tenon_migrations_core::plan::{LockRoom, Plan, Size};
use tenon_migrations_core::repair::{Disturbed, Hazard, Standing};
use tenon_schema::ObjectName;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::config::HealConfig;
use crate::database::bounds::{Bounds, NoResponse};
use crate::support::errors::chain;

/// Why the server could not be asked what a plan costs.
#[derive(Debug, thiserror::Error)]
pub enum PlanCostError {
    #[error("the server could not be asked what the plan costs")]
    Ask(#[from] tokio_postgres::Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
}

/// Adds to a plan what it costs, in a transaction of its own. What cannot be asked in time counts as large:
/// then it gives why.
pub async fn add_costs(
    client: &Client,
    bounds: Bounds,
    plan: &mut Plan,
    allowed: &BTreeSet<Hazard>,
    config: &HealConfig,
) -> Option<PlanCostError> {
    if plan.is_empty() {
        return None;
    }
    let asked = async { Ok::<_, PlanCostError>(add_costs_within(client, plan, allowed, config).await?) };
    let error = bounds.read(client, asked).await.err()?;
    tracing::warn!("{}", chain(&error));
    plan.apply_table_sizes(None, allowed, config.large_table_rows());
    Some(error)
}

/// Adds to a plan what it costs, inside the caller's transaction.
pub(crate) async fn add_costs_within(
    client: &Client,
    plan: &mut Plan,
    allowed: &BTreeSet<Hazard>,
    config: &HealConfig,
) -> Result<(), tokio_postgres::Error> {
    let tables = plan.tables_to_size();
    let sizes = if tables.is_empty() { BTreeMap::new() } else { sizes(client, &tables).await? };
    let room = room(client).await?;
    plan.apply_table_sizes(Some(&sizes), allowed, config.large_table_rows());
    plan.budget(room);
    look_in_the_way(client, plan).await
}

/// Refuses repairs of what something stands on that nobody reads: PostgreSQL would.
async fn look_in_the_way(client: &Client, plan: &mut Plan) -> Result<(), tokio_postgres::Error> {
    let standing = standing(client, &plan.disturbs()).await?;
    plan.refuse_in_the_way(&standing);
    Ok(())
}

/// Says of the findings of a check what stands in the way of their repairs, in a transaction of its own.
pub async fn tell_in_the_way(client: &Client, bounds: Bounds, assessment: &mut Assessment) {
    let disturbed = assessment.disturbs();
    if disturbed.is_empty() {
        return;
    }
    let asked = async { Ok::<_, PlanCostError>(standing(client, &disturbed).await?) };
    match bounds.read(client, asked).await {
        Ok(standing) => assessment.tell_in_the_way(&standing),
        Err(error) => {
            tracing::debug!("it cannot be seen what stands in the way of repairs: {}", chain(&error));
        }
    }
}

/// What stands on this, whoever's it is.
async fn standing(
    client: &Client,
    disturbed: &BTreeSet<Disturbed>,
) -> Result<Vec<Standing>, tokio_postgres::Error> {
    if disturbed.is_empty() {
        return Ok(Vec::new());
    }
    let schemas: Vec<_> = disturbed.iter().map(|one| one.name.schema.as_str()).collect();
    let names: Vec<_> = disturbed.iter().map(|one| one.name.name.as_str()).collect();
    let columns: Vec<_> =
        disturbed.iter().map(|one| one.column.as_ref().map_or("", |column| column.as_str())).collect();
    let types: Vec<_> = disturbed.iter().map(|one| one.types.as_deref()).collect();
    let converted: Vec<_> = disturbed.iter().map(|one| one.is_converted).collect();
    let parameters = [
        (&schemas as _, Type::TEXT_ARRAY),
        (&names as _, Type::TEXT_ARRAY),
        (&columns as _, Type::TEXT_ARRAY),
        (&types as _, Type::TEXT_ARRAY),
        (&converted as _, Type::BOOL_ARRAY),
    ];
    let rows = client.query_typed(include_str!("sql/in_the_way.sql"), &parameters).await?;
    let mut found = Vec::new();
    for row in &rows {
        let number = usize::try_from(row.try_get::<_, i64>("number")?).unwrap_or_default();
        let name = ObjectName::new(row.try_get::<_, String>("schema")?, row.try_get::<_, String>("name")?);
        if let Some(on) = number.checked_sub(1).and_then(|at| disturbed.iter().nth(at)) {
            found.push(Standing { on: on.clone(), name, told: row.try_get("told")? });
        }
    }
    Ok(found)
}

async fn sizes(
    client: &Client,
    tables: &BTreeSet<ObjectName>,
) -> Result<BTreeMap<ObjectName, Size>, tokio_postgres::Error> {
    let schemas: Vec<_> = tables.iter().map(|table| table.schema.as_str()).collect();
    let names: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
    let parameters = [(&schemas as _, Type::TEXT_ARRAY), (&names as _, Type::TEXT_ARRAY)];
    let rows = client.query_typed(include_str!("sql/sizes.sql"), &parameters).await?;
    rows.iter().map(size).collect()
}

fn size(row: &Row) -> Result<(ObjectName, Size), tokio_postgres::Error> {
    let name = ObjectName::new(row.try_get::<_, String>("schema")?, row.try_get::<_, String>("name")?);
    let number = |column| Ok::<_, tokio_postgres::Error>(unsigned(row.try_get(column)?));
    let size = Size { rows: number("rows")?, bytes: number("bytes")?, index_bytes: number("index_bytes")? };
    // What holds long values aside has a page of its own before there is a row.
    Ok((name, if number("main")? == 0 { Size::default() } else { size }))
}

async fn room(client: &Client) -> Result<LockRoom, tokio_postgres::Error> {
    let row = client.query_typed(include_str!("sql/lock_room.sql"), &[]).await?;
    let number = |column: &str| match row.first() {
        Some(row) => Ok::<_, tokio_postgres::Error>(unsigned(row.try_get(column)?)),
        None => Ok(0),
    };
    Ok(LockRoom {
        max_locks_per_transaction: number("max_locks_per_transaction")?,
        max_connections: number("max_connections")?,
        max_prepared_transactions: number("max_prepared_transactions")?,
        in_use: number("in_use")?,
    })
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

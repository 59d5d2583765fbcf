//! The SQL for a migration that makes an enum type anew: where a plan is refused for a value that is added
//! and used in the same heal. It is written from a copy of the database as it is just before the use, tried
//! there, and shown only if nothing but what was wanted came of it.

use std::collections::BTreeMap;

use tenon_migrations_core::compare::{Change, Difference, compare};
use tenon_migrations_core::mend::enum_anew;
use tenon_migrations_core::migration::{Migration, MigrationId};
use tenon_migrations_core::plan::{Plan, Rule};
use tenon_migrations_core::reading::Property;
use tenon_migrations_core::statements::{self, Statement};
use tenon_schema::ObjectName;
use tokio_postgres::{Client, Error};

use super::copy;
use super::replay::{Bodies, Replay};
use crate::database::connect::Database;
use crate::database::search_path;
use crate::database::unavailable::DbFailure;
use crate::database::who::server_major;
use crate::plugin::registry::Registry;
use crate::schema::state::State;
use crate::schema::whole;
use crate::scratch::database::in_scratch;
use crate::support::errors::chain;

/// Puts to each refusal of the plan that is about an enum value the SQL that helps, as far as it can be found
/// out in a scratch database.
pub async fn write_remedies(database: &Database, registry: &Registry, state: &State, plan: &mut Plan) {
    if plan.enum_uses.is_empty() {
        return;
    }
    let tried = in_scratch(database, async |scratch| {
        if !state.ledger.applied.is_empty() {
            copy::fill(&scratch, registry, state).await.map_err(|error| chain(&error))?;
        }
        let (client, _) = scratch.connect().await.map_err(|error| chain(&error))?;
        let work = written(&client, registry, plan);
        scratch.bounds().answered(work).await.map_err(|error| chain(&error))?
    });
    let written = match tried.await {
        Ok(Ok(written)) => written,
        Ok(Err(why)) => return tracing::debug!("no SQL could be made for the refused enum values: {why}"),
        Err(error) => {
            return tracing::debug!("no SQL could be made for the refused enum values: {}", chain(&error));
        }
    };
    for refusal in plan.refusals.iter_mut().filter(|refusal| refusal.rule == Rule::EnumValueUsed) {
        let Some((of, sql)) = written.get(&refusal.place) else { continue };
        refusal.remedy = match sql {
            Way::Sql(sql) => format!(
                "write these statements before this one, in the same file: they make {of} anew, and were tried on a copy \
                 of the database. They help wherever the file runs. Leaving the use to a later version does not: whoever \
                 installs that one runs both in one heal\n\n{};",
                sql.join(";\n")
            ),
            Way::AsBefore => {
                format!("the statements that make {of} anew for an earlier use of it do for this one too")
            }
            Way::Barred(why) => format!(
                "{}. They are not written here, since on a copy of the database they fail: {why}",
                refusal.remedy
            ),
        };
    }
}

/// What helps against each use, by its place.
type Written = BTreeMap<String, (ObjectName, Way)>;

enum Way {
    Sql(Vec<String>),
    /// The statements for an earlier use do.
    AsBefore,
    /// Why there are no statements.
    Barred(String),
}

async fn written(client: &Client, registry: &Registry, plan: &Plan) -> Result<Written, String> {
    let fail = |error: Error| chain(&error);
    let mut replay = Replay::begin(client, Bodies::Checked).await.map_err(|error| chain(&error))?;
    let uses: BTreeMap<_, Vec<_>> = plan.enum_uses.iter().fold(BTreeMap::new(), |mut uses, one| {
        uses.entry(&one.migration).or_default().push(one);
        uses
    });
    let mut written = Written::new();
    let mut made: Vec<ObjectName> = Vec::new();
    for migration in pending(registry, plan) {
        let Some(uses) = uses.get(&migration.id) else {
            replay.apply(migration).await.map_err(|error| chain(&error))?;
            continue;
        };
        let statements = statements::parse(&migration.sql).map_err(|_| "it cannot be split".to_owned())?;
        replay.reset(migration).await.map_err(|error| chain(&error))?;
        for (number, statement) in statements.iter().enumerate() {
            for one in uses.iter().filter(|one| one.statement == number) {
                if made.contains(&one.of) {
                    written.insert(one.place.clone(), (one.of.clone(), Way::AsBefore));
                    continue;
                }
                let proved = proved(client, &one.of).await;
                let is_barred = proved.is_err();
                let way = proved.map_or_else(Way::Barred, Way::Sql);
                written.insert(one.place.clone(), (one.of.clone(), way));
                if is_barred {
                    return Ok(written);
                }
                replay.reset(migration).await.map_err(|error| chain(&error))?;
                made.push(one.of.clone());
            }
            let run = client.execute_typed(statement.text(), &[]).await;
            if let Err(error) = run {
                // What was to make this one possible did not.
                written.retain(|_, (of, _)| !uses.iter().any(|one| one.statement == number && one.of == *of));
                tracing::debug!("{}: {}", place(&migration.id, statement), chain(&error));
                return Ok(written);
            }
        }
        replay.end(migration, &statements).await.map_err(|error| chain(&error))?;
    }
    client.batch_execute("ROLLBACK").await.map_err(fail)?;
    Ok(written)
}

fn place(id: &MigrationId, statement: &Statement<'_>) -> String {
    format!("{id}:{}:{}", statement.position.line, statement.position.column)
}

fn pending<'a>(registry: &'a Registry, plan: &'a Plan) -> impl Iterator<Item = &'a Migration> {
    let runs = |migration: &&Migration| plan.steps.iter().any(|step| step.migration == migration.id);
    registry.migrations.iter().filter(runs)
}

/// Makes the type anew, and gives the statements if the database is then what it was.
///
/// # Errors
///
/// What is in the way, in words.
async fn proved(client: &Client, of: &ObjectName) -> Result<Vec<String>, String> {
    let fail = |error: Error| chain(&error);
    // What uses the type may stand where no descriptor names anything.
    let read = async || {
        client.batch_execute(search_path::OWN).await.map_err(fail)?;
        whole::within(client).await.map_err(fail)
    };
    let before = read().await?;
    let sql = enum_anew(of, &before, server_major(client).await.map_err(fail)?)?;
    for statement in &sql {
        client.execute_typed(statement, &[]).await.map_err(|error| said(statement, &error))?;
    }
    // A column that is computed can only be made anew at the end of its table.
    let moved = |difference: &Difference| {
        matches!(difference.change, Change::Changed { property: Property::ColumnOrder, .. })
    };
    match compare(&before, &read().await?).iter().find(|difference| !moved(difference)) {
        Some(difference) => Err(format!("afterwards {difference}")),
        None => Ok(sql),
    }
}

/// What the server says to a statement, with what it is about.
fn said(statement: &str, error: &Error) -> String {
    let Some(said) = DbFailure::find(error) else { return chain(error) };
    let detail = said.detail.map(|detail| format!(" ({})", detail.replace('\n', "; "))).unwrap_or_default();
    format!("{}{detail}, says PostgreSQL to `{statement}`", said.message)
}

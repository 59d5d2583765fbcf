//! The SQL for a migration that makes an enum type anew: where a plan is refused for a value that is added
//! and used in the same heal. It is written from a copy of the database as it is just before the use, tried
//! there, and shown only if nothing but what was wanted came of it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use tenon_migrations_core::compare::{Change, Difference, compare};
use tenon_migrations_core::migration::{MigrationId, PluginMigration};
use tenon_migrations_core::plan::{EnumUse, Plan, PlanRule};
use tenon_migrations_core::repair::enum_anew;
use tenon_migrations_core::snapshot::Property;
use tenon_migrations_core::statements::Statement;
use tenon_schema::ObjectName;
use tokio_postgres::{Client, Error};

use super::copy::{self, CopyError};
use super::replay::{self, Bodies};
use crate::database::connect::Database;
use crate::database::migration_session::{
    MigrationError, MigrationObserver, NoRequest, PreparedReset, Turn, Where,
};
use crate::database::role_identity::server_major;
use crate::database::search_path;
use crate::database::unavailable::DbFailure;
use crate::plugin::registry::Registry;
use crate::schema::state::State;
use crate::schema::whole;
use crate::scratch::database::{ScratchError, ScratchSessionError, in_scratch, in_session};
use crate::support::errors::chain;

/// Puts to each refusal of the plan that is about an enum value the SQL that helps, as far as it can be found
/// out in a scratch database.
pub async fn write_remedies(database: &Database, registry: &Registry, state: &State, plan: &mut Plan) {
    if plan.enum_uses.is_empty() {
        return;
    }
    let tried = in_scratch(database, async |scratch| {
        if !state.ledger.applied.is_empty() {
            copy::fill(&scratch, registry, state).await?;
        }
        in_session(&scratch, async |client| written(&client, registry, plan).await).await?
    });
    let written = match tried.await.map_err(AnewError::from).flatten() {
        Ok(written) => written,
        Err(error) => {
            return tracing::debug!("no SQL could be made for the refused enum values: {}", chain(&error));
        }
    };
    for refusal in plan.refusals.iter_mut().filter(|refusal| refusal.rule == PlanRule::EnumValueUsed) {
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

/// Why no SQL could be tried.
#[derive(Debug, thiserror::Error)]
enum AnewError {
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error(transparent)]
    Reach(#[from] ScratchSessionError),
    #[error(transparent)]
    Replay(#[from] MigrationError),
    #[error("the scratch database's transaction could not be ended")]
    End(#[source] Error),
}

/// Runs the pending migrations, and makes each type anew before the first use of a value that was added to
/// it.
struct EnumsAnew<'a> {
    client: &'a Client,
    uses: BTreeMap<&'a MigrationId, Vec<&'a EnumUse>>,
    made: Vec<ObjectName>,
    written: Written,
}

/// Why no further migration is run.
enum Stop {
    /// A type could not be made anew.
    Barred,
    Failed(MigrationError),
}

impl From<MigrationError> for Stop {
    fn from(error: MigrationError) -> Self {
        Self::Failed(error)
    }
}

impl MigrationObserver for EnumsAnew<'_> {
    type Error = Stop;
    type Request = NoRequest;

    const STEP_BY_STEP: bool = true;

    async fn turn(
        &mut self,
        of: Where<'_>,
        _statement: &Statement<'_>,
        reset: &PreparedReset,
    ) -> Result<Turn, Stop> {
        for one in self.uses_in(&of.migration.id, of.statement) {
            if self.made.contains(&one.of) {
                self.written.insert(one.place.clone(), (one.of.clone(), Way::AsBefore));
                continue;
            }
            let proved = proved(self.client, &one.of).await;
            let is_barred = proved.is_err();
            let way = proved.map_or_else(Way::Barred, Way::Sql);
            self.written.insert(one.place.clone(), (one.of.clone(), way));
            if is_barred {
                return Err(Stop::Barred);
            }
            let again = reset.run(self.client).await;
            again.map_err(|error| MigrationError::in_reset(of.migration, error))?;
            self.made.push(one.of.clone());
        }
        Ok(Turn::Run)
    }

    fn answered(&mut self, answer: Infallible) -> Result<(), Stop> {
        match answer {}
    }
}

impl<'a> EnumsAnew<'a> {
    /// The uses in the statement of this number, from 1.
    fn uses_in(&self, migration: &MigrationId, statement: usize) -> Vec<&'a EnumUse> {
        let uses = self.uses.get(migration).into_iter().flatten().copied();
        uses.filter(|one| one.statement + 1 == statement).collect()
    }

    /// What was written but for what was to make a statement possible and did not, where one with a use
    /// failed.
    fn without_what_failed(mut self, error: &MigrationError) -> Option<Written> {
        let MigrationError::Statement { migration, number, .. } = error else { return None };
        if !self.uses.contains_key(migration) {
            return None;
        }
        tracing::debug!("{}", chain(error));
        let failed = self.uses_in(migration, *number);
        self.written.retain(|_, (of, _)| !failed.iter().any(|one| one.of == *of));
        Some(self.written)
    }
}

async fn written(client: &Client, registry: &Registry, plan: &Plan) -> Result<Written, AnewError> {
    let uses = plan.enum_uses.iter().fold(BTreeMap::new(), |mut uses: BTreeMap<_, Vec<_>>, one| {
        uses.entry(&one.migration).or_default().push(one);
        uses
    });
    let anew = EnumsAnew { client, uses, made: Vec::new(), written: Written::new() };
    let mut runner = replay::begin(client, Bodies::Checked, anew).await?;
    for migration in pending(registry, plan) {
        let Err(stop) = runner.run(migration).await else { continue };
        let anew = runner.observer;
        return match stop {
            Stop::Barred => Ok(anew.written),
            Stop::Failed(error) => anew.without_what_failed(&error).ok_or_else(|| error.into()),
        };
    }
    client.batch_execute("ROLLBACK").await.map_err(AnewError::End)?;
    Ok(runner.observer.written)
}

fn pending<'a>(registry: &'a Registry, plan: &'a Plan) -> impl Iterator<Item = &'a PluginMigration> {
    let runs = |migration: &&PluginMigration| plan.steps.iter().any(|step| step.migration == migration.id);
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

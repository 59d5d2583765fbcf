//! The next migration of a plugin: the difference between what its migrations make and what its descriptors
//! say, as SQL.
//!
//! All of it happens in a scratch database. The repairs of a check write the statements, from the descriptors
//! as PostgreSQL prints them. They run one after another behind the plugin's migrations, so that what one
//! leaves is the next difference. What comes of it is proved like any migration, and only then given out.

mod comparison;
mod declared;
mod extended;
mod gap;
mod rename;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use tenon_migrations_core::compare::Difference;
use tenon_migrations_core::migration::{MigrationId, PluginMigration};
use tenon_migrations_core::repair::{self, Offer, Repair};
use tenon_migrations_core::snapshot::ObjectId;
use tokio_postgres::Client;

use self::comparison::Comparison;
use self::extended::extended;
use self::rename::Renaming;
pub use self::rename::{RenameChoice, RenameError};
use super::text::{self, WrittenStatement};
pub use super::trial::StatementFailed;
use super::trial::{self, TrialError};
use crate::heal::prove::{ProveError, Proving, prove};
use crate::plugin::registry::Registered;
use crate::scratch::database::{in_scratch, in_session};
use crate::scratch::made_by::{MadeByError, requirements};

/// How often what still differs is repaired.
const ROUNDS: usize = 4;

/// Why no migration was written.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    #[error(transparent)]
    Prove(#[from] ProveError),
    #[error(transparent)]
    Rename(#[from] RenameError),
    #[error(transparent)]
    Statement(#[from] StatementFailed),
    /// What is left where all that can be written was run.
    #[error("not all of the difference can be written")]
    Left(Vec<LeftDifference>),
}

impl From<MadeByError> for DiffError {
    fn from(error: MadeByError) -> Self {
        Self::Prove(error.into())
    }
}

impl From<TrialError> for DiffError {
    fn from(error: TrialError) -> Self {
        match error {
            TrialError::Statement(failed) => Self::Statement(failed),
            TrialError::Session(error) => error.into(),
        }
    }
}

/// A difference that no statement of ours removes.
#[derive(Debug)]
pub struct LeftDifference {
    pub told: String,
    /// What stands in the way, where that is known.
    pub in_the_way: Option<String>,
    /// What would help, if it was renamed.
    pub rename: Option<RenameChoice>,
}

/// A migration that removes the difference.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DraftedMigration {
    pub filename: String,
    pub sql: String,
    /// The objects of which an author has to say what their rows get.
    pub gaps: BTreeSet<String>,
    /// What is removed and made, and may have been renamed instead.
    pub renames: Vec<RenameChoice>,
    /// Whether the plugin is proved with it. Where an earlier migration has put rows into a table with a
    /// gap, it cannot be before the gap is filled.
    pub proved: bool,
}

/// What is to be written.
#[derive(Debug, Clone, Copy)]
pub struct DraftRequest<'a> {
    /// The first line of the file.
    pub title: &'a str,
    /// The file's name, which has to be that of the plugin's next migration.
    pub filename: &'a str,
    pub renames: &'a [RenameChoice],
}

/// Writes the migration that makes of what the plugin's migrations make what its descriptors say, and proves
/// it, as far as that can be before its gaps are filled; `None` where these say the same.
pub async fn draft(
    proving: Proving<'_>,
    request: DraftRequest<'_>,
) -> Result<Option<DraftedMigration>, DiffError> {
    let Proving { registry, plugin: id, server, .. } = proving;
    let plugin = registry.plugins.get(id).ok_or_else(|| MadeByError::NoPlugin(id.clone()))?;
    let drafted = in_scratch(server, async |scratch| {
        in_session(&scratch, async |client| drafted(&client, &proving, plugin, request).await).await
    });
    let mut drafted = drafted.await.map_err(MadeByError::from)?.map_err(MadeByError::from)??;
    if let Some(draft) = &mut drafted {
        let id = MigrationId { plugin: id.clone(), filename: draft.filename.clone() };
        let migration = PluginMigration::new(id.clone(), draft.sql.clone(), Vec::new());
        let needed = requirements(registry, proving.plugin);
        let registry = Arc::new(extended(registry, &needed, migration));
        match prove(Proving { registry: &registry, ..proving }, None).await {
            Ok(_) => {}
            Err(error) if !draft.gaps.is_empty() && waits_for_gap(&error, &id) => draft.proved = false,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(drafted)
}

/// Whether a proof failed for nothing but the rows that the new migration found.
fn waits_for_gap(error: &ProveError, id: &MigrationId) -> bool {
    let ProveError::Faults(faults) = error else { return false };
    let of_rows = faults.failure.as_ref().is_some_and(|failure| {
        failure.file == Some(id.to_string()) && failure.sqlstate.as_deref().is_some_and(trial::is_of_rows)
    });
    of_rows && faults.refusals.is_empty() && faults.differences.is_empty()
}

async fn drafted(
    client: &Client,
    proving: &Proving<'_>,
    plugin: &Registered,
    request: DraftRequest<'_>,
) -> Result<Option<DraftedMigration>, DiffError> {
    let mut comparison = Comparison::new(client, proving.registry, plugin).await?;
    let (declared, before) = (comparison.declared.clone(), comparison.standing.clone());
    if comparison.differences(&declared).is_empty() && request.renames.is_empty() {
        return Ok(None);
    }
    let schemas = std::mem::take(&mut comparison.schemas).into_iter();
    let mut written: Vec<_> = schemas.map(|sql| WrittenStatement { sql, ..Default::default() }).collect();
    written.extend(renamed(&mut comparison, request.renames).await?);
    let renames = possible_renames(&comparison);
    let mut gaps = BTreeSet::new();
    let mut left = Vec::new();
    for round in 0..ROUNDS {
        let expected = if round == 0 {
            gap::left_out(&declared, &comparison.differences(&declared), &renames)
        } else {
            declared.clone()
        };
        let expected = expected.spelled_as_in(&comparison.standing).into_owned();
        let differences = comparison.differences(&expected);
        let offers = repair::offers(&differences, &comparison.sides(&expected, &[]));
        let statements = statements_of(&differences, &offers, &renames, &mut gaps);
        left = differences.into_iter().zip(offers).collect();
        if statements.is_empty() {
            // What was left out at first comes next.
            if round == 0 {
                continue;
            }
            break;
        }
        written.extend(trial::run(client, statements).await?);
        comparison.read_again().await?;
    }
    let differing = comparison.differences(&declared);
    if !differing.is_empty() {
        return Err(DiffError::Left(told(differing, &left, &renames)));
    }
    text::clean(client, &mut written).await.map_err(MadeByError::Session)?;
    let id = MigrationId { plugin: plugin.info.id.clone(), filename: request.filename.to_owned() };
    text::tell_costs(&id, &mut written, &before);
    let renames = renames.into_iter().map(|(_, choice)| choice).collect();
    let sql = text::file(request.title, &written);
    Ok(Some(DraftedMigration { filename: id.filename, sql, gaps, renames, proved: true }))
}

/// Renames what the author says was renamed, and then what has another name and nothing else.
async fn renamed(
    comparison: &mut Comparison<'_>,
    choices: &[RenameChoice],
) -> Result<Vec<WrittenStatement>, DiffError> {
    let declared = comparison.declared.clone();
    let mut written = Vec::new();
    let mut choices: Vec<_> = choices.iter().collect();
    loop {
        let expected = declared.spelled_as_in(&comparison.standing).into_owned();
        let differences = comparison.differences(&expected);
        let unmanaged = comparison.unmanaged();
        let sides = comparison.sides(&expected, &unmanaged);
        // A table may have to be renamed before its columns.
        let tried = choices.iter().map(|choice| rename::chosen(choice, &differences, &sides));
        let tried: Vec<_> = tried.collect();
        let renamings = match tried.iter().position(Result::is_ok) {
            Some(first) => {
                choices.remove(first);
                tried.into_iter().nth(first).into_iter().flatten().collect()
            }
            None => match tried.into_iter().find_map(Result::err) {
                Some(error) => return Err(error.into()),
                None => rename::certain(&differences, &sides),
            },
        };
        if renamings.is_empty() {
            return Ok(written);
        }
        let statements = renamings.into_iter().flat_map(|Renaming { sql, hazard }| {
            let hazards = vec![hazard];
            sql.into_iter().map(move |sql| WrittenStatement {
                sql,
                hazards: hazards.clone(),
                ..Default::default()
            })
        });
        written.extend(trial::run(comparison.client, statements.collect()).await?);
        comparison.read_again().await?;
    }
}

/// What is removed and made, and may have been renamed instead.
fn possible_renames(comparison: &Comparison<'_>) -> Vec<(ObjectId, RenameChoice)> {
    let expected = comparison.declared.spelled_as_in(&comparison.standing).into_owned();
    let unmanaged = comparison.unmanaged();
    rename::possible(&comparison.differences(&expected), &comparison.sides(&expected, &unmanaged))
}

/// The statements of what is offered, in the order in which they can run.
fn statements_of(
    differences: &[Difference],
    offers: &[Offer],
    renames: &[(ObjectId, RenameChoice)],
    gaps: &mut BTreeSet<String>,
) -> Vec<WrittenStatement> {
    let chosen = differences
        .iter()
        .zip(offers)
        .filter_map(|(difference, offer)| Some((difference, offer.repair.as_ref()?)));
    let chosen: Vec<(&Difference, &Repair)> = chosen.collect();
    let mut told = BTreeSet::new();
    let mut statements = Vec::new();
    for part in repair::in_order(chosen.iter().map(|(_, repair)| *repair)) {
        let mut first = WrittenStatement::default();
        for number in part.of.iter().copied().filter(|number| told.insert(*number)) {
            let Some((difference, repair)) = chosen.get(number) else { continue };
            first.hazards.extend(repair.hazards.iter().cloned());
            // A part's column is the whole's.
            let of_table = repair.statements().any(|sql| sql.contains(&difference.object.owner().quoted()));
            if let Some(question) = gap::question(difference).filter(|_| of_table) {
                gaps.insert(difference.object.path());
                first.gap = Some(difference.object.owner().quoted());
                first.comments.extend(question);
            }
            let renamed = renames.iter().find(|(id, _)| *id == difference.object);
            first.comments.extend(renamed.map(|(_, choice)| {
                format!("Perhaps it was renamed: with `--rename {choice}` it keeps what is in it.")
            }));
        }
        let gap = first.gap.clone();
        for sql in part.sql {
            statements.push(WrittenStatement { sql, gap: gap.clone(), ..std::mem::take(&mut first) });
        }
    }
    statements
}

/// What is left, and what helps.
fn told(
    differing: Vec<Difference>,
    offered: &[(Difference, Offer)],
    renames: &[(ObjectId, RenameChoice)],
) -> Vec<LeftDifference> {
    let of = |difference: Difference| {
        let offer = offered.iter().find(|(one, _)| *one == difference).map(|(_, offer)| offer);
        let rename =
            renames.iter().find(|(id, _)| *id == difference.object).map(|(_, choice)| choice.clone());
        LeftDifference {
            told: difference.to_string(),
            in_the_way: offer.and_then(|offer| offer.in_the_way.clone()),
            rename,
        }
    };
    differing.into_iter().map(of).collect()
}

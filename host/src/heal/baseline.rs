//! Holding the database against migrations that are to be recorded without being run: it has to be what they
//! make.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::carry_over::{BeforeAfter, carry_over};
use tenon_migrations_core::claims::{self, Claim};
use tenon_migrations_core::compare::{Change, Difference, compare};
use tenon_migrations_core::declared::leave_open;
use tenon_migrations_core::finding::Severity;
use tenon_migrations_core::migration::{MigrationId, PluginId};
use tenon_migrations_core::plan::{Plan, PlanRule, Refusal};
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind};
use tokio_postgres::Client;

use super::verify::starred;
use super::{HealContext, HealFailure, HealRequest, Stage};
use crate::audit::failed_in;
use crate::database::search_path;
use crate::plugin::registry::Registry;
use crate::schema::ledger::StoredSnapshot;
use crate::schema::state::State;
use crate::schema::whole;
use crate::scratch::made_by::{self, MadeBy, MadeByError};
use crate::support::errors::chain;

/// What the migrations to be recorded make, as a scratch database showed it.
pub(super) type MadeByPlugins = BTreeMap<PluginId, MadeBy>;

/// What the migrations that are to be recorded make, seen in a scratch database: descriptors may say less.
/// Where there can be none, a lock file of a plugin of which nothing stays pending speaks for it.
pub(super) async fn made(
    context: &HealContext,
    state: &State,
    plan: &Plan,
    request: &HealRequest,
) -> Result<MadeByPlugins, Vec<Refusal>> {
    let plugins: BTreeSet<_> = request.adopt.iter().map(|id| &id.plugin).collect();
    let applied: BTreeSet<_> =
        state.ledger.applied.iter().map(|row| &row.id).chain(&request.adopt).cloned().collect();
    let (mut made, mut refused) = (BTreeMap::new(), Vec::new());
    for plugin in plugins {
        let whole = plan.verify.contains(plugin);
        let registered = context.registry.plugins.get(plugin).filter(|_| whole);
        let locked = registered.and_then(|plugin| plugin.locked(state.ledger.printer()));
        match (made_by::made_by(&context.registry, plugin, &applied, &context.database).await, locked) {
            (Ok(by), _) => _ = made.insert(plugin.clone(), by),
            (Err(MadeByError::Scratch(_)), Some(locked)) => {
                let by = MadeBy { made: locked.clone(), declared: Some(locked.clone()) };
                made.insert(plugin.clone(), by);
            }
            (Err(error), _) => refused.push(Refusal {
                plugin: Some(plugin.clone()),
                rule: PlanRule::NotProved,
                place: plugin.to_string(),
                excerpt: String::new(),
                reason: format!(
                    "what its migrations make could not be seen in a scratch database: {}",
                    chain(&error)
                ),
                remedy: match error {
                    MadeByError::Scratch(_) => {
                        "let the role make a scratch database, or name a server where it may: \
                                               database.scratch_url"
                            .to_owned()
                    }
                    _ => format!("`tenon plugin lock {plugin}` tells all that is wrong with it"),
                },
                allow: None,
            }),
        }
    }
    if refused.is_empty() { Ok(made) } else { Err(refused) }
}

/// Compares the database with what the migrations made in a scratch database. Gives the snapshots to store,
/// of the plugins of which nothing stays pending. The session's search path has to be our own.
pub(super) async fn hold(
    client: &Client,
    registry: &Registry,
    plan: &Plan,
    adopt: &BTreeSet<MigrationId>,
    made: &MadeByPlugins,
    before: &State,
) -> Result<BTreeMap<PluginId, StoredSnapshot>, HealFailure> {
    let failed = |error: &(dyn std::error::Error + 'static)| failed_in(Stage::Baseline, error);
    // What they make may stand where no descriptor names anything.
    client.batch_execute(search_path::OWN).await.map_err(|error| failed(&error))?;
    let live = whole::within(client).await.map_err(|error| failed(&error))?;
    let (mut snapshots, mut differences) = (BTreeMap::new(), Vec::new());
    let mut remedies = BTreeSet::new();
    for (id, by) in made {
        let Some(plugin) = registry.plugins.get(id) else { continue };
        // What descriptors leave to the administrator is his here too.
        let mut made = by.made.clone();
        leave_open(&mut made, &plugin.descriptors, str::to_owned);
        // What is on anything that they make has to be what they make, whether or not it is declared.
        let alone = made.objects.keys().filter(|id| id.relation.is_none());
        let owned: BTreeSet<_> = alone.map(Claim::to).chain(plugin.claims.iter().cloned()).collect();
        let mut found = compare(&made, &claims::part(&live, &owned, &made));
        if let Some(declared) = by.declared.as_ref().filter(|_| plan.verify.contains(id)) {
            let more = compare(declared, &claims::part(&live, &plugin.claims, declared));
            found.extend(more.into_iter().filter(|one| !found.contains(one)).collect::<Vec<_>>());
            let (printer, descriptors) = (before.ledger.printer(), plugin.descriptors_hash);
            let snapshot = declared.clone();
            snapshots.insert(id.clone(), StoredSnapshot { printer, descriptors, snapshot });
        }
        let found = found.iter().filter(|difference| difference.severity > Severity::Cosmetic);
        let told = found.flat_map(|difference| {
            std::iter::once(difference.to_string()).chain(in_missing_schema(difference, &made))
        });
        let before = differences.len();
        differences.extend(told.map(|told| format!("{}: {told}", plugin.info.name)));
        if differences.len() > before {
            let is_there =
                made.objects.keys().any(|id| id.relation.is_none() && live.objects.contains_key(id));
            remedies.insert(if is_there {
                to_be_changed(id, plan, adopt)
            } else {
                format!("nothing is there of what {} makes: have it run, `tenon heal`", plugin.info.name)
            });
        }
    }
    if !differences.is_empty() {
        return Err(differs(differences, &remedies));
    }
    let after = starred(client, &snapshots, &before.live).await.map_err(|error| failed(&error))?;
    for stored in snapshots.values_mut() {
        let stood =
            BeforeAfter { former: None, former_is_comparable: true, before: &before.live, after: &after };
        carry_over(&mut stored.snapshot, stood);
    }
    Ok(snapshots)
}

/// What is missing with a schema that is missing as a whole.
fn in_missing_schema<'a>(
    difference: &Difference,
    made: &'a CatalogSnapshot,
) -> impl Iterator<Item = String> + 'a {
    let is_whole = difference.object.kind == Kind::Schema && difference.change == Change::Missing;
    let schema = is_whole.then(|| difference.object.name.clone());
    let inside = made.objects.keys().filter(|id| id.relation.is_none());
    inside
        .filter(move |id| Some(&id.schema) == schema.as_ref() && id.kind != Kind::Schema)
        .map(|id| format!("{id} is missing"))
}

/// What to do where something is there, and not all of it or in another way.
fn to_be_changed(plugin: &PluginId, plan: &Plan, adopt: &BTreeSet<MigrationId>) -> String {
    let mut files = plan.steps_of(plugin).map(|step| &step.migration).filter(|file| adopt.contains(*file));
    let first = files.next().filter(|_| files.next().is_some());
    let in_part = first.map(|first| {
        format!(
            "; where it is as after an earlier file, record those up to that one alone, as in \
             `tenon baseline {first}`, and have the others run, `tenon heal`"
        )
    });
    format!(
        "change the database as these lines say, then have it recorded again{}; what of it need not be kept can \
         be dropped as a whole, and is then made by `tenon heal`",
        in_part.unwrap_or_default()
    )
}

fn differs(differences: Vec<String>, remedies: &BTreeSet<String>) -> HealFailure {
    let remedies: Vec<_> = remedies.iter().map(String::as_str).collect();
    HealFailure {
        stage: Stage::Baseline,
        message: "the database is not what these migrations make".to_owned(),
        remedy: Some(remedies.join(". ")),
        differences,
        ..HealFailure::default()
    }
}

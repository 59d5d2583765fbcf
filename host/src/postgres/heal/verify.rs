//! Verification inside the heal's transaction, by the comparer that also checks.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::claims;
use tenon_migrations_core::compare::{Change, Difference, compare};
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::Plan;
use tenon_migrations_core::reading::{ObjectId, Reading};
use tenon_migrations_core::settled::{Stood, settle, settle_settings};
use tokio_postgres::Client;

use super::migrate::failed_in;
use super::request::HealFailure;
use super::session::RESET;
use crate::errors::Unavailable;
use crate::postgres::elaborate::{ElaborateError, elaborate};
use crate::postgres::ledger::StoredReading;
use crate::postgres::state::{self, State};
use crate::registry::{Registered, Registry};

/// Compares every touched plugin's part of the database with its descriptors, and everybody else's with
/// the reading it had. Gives the readings to store.
///
/// A difference that stood before the heal is not held against it; a new one is, and one that was to be
/// mended.
pub(super) async fn verify(
    client: &Client,
    registry: &Registry,
    plan: &Plan,
    before: &State,
) -> Result<BTreeMap<PluginId, StoredReading>, HealFailure> {
    let mut readings = BTreeMap::new();
    client.batch_execute(RESET).await.map_err(|error| failed_in("verify", &error))?;
    for plugin in plan.verify.iter().filter_map(|id| registry.plugins.get(id)) {
        let (printer, descriptors) = (before.ledger.printer(), plugin.descriptors_hash);
        let reading = match registry.locked(plugin, printer) {
            Some(locked) => locked.clone(),
            None => elaborate(client, &plugin.descriptors)
                .await
                .map_err(|error| not_built(registry, plan, plugin, &error))?,
        };
        readings.insert(plugin.info.id.clone(), StoredReading { printer, descriptors, reading });
    }
    client
        .batch_execute("SET LOCAL search_path = pg_catalog")
        .await
        .map_err(|error| failed_in("verify", &error))?;
    let after =
        state::within(client, &registry.schemas()).await.map_err(|error| failed_in("verify", &error))?;
    unapplied(registry, plan, &after)?;
    let chosen: BTreeSet<_> = plan.repairs.iter().flat_map(|repair| &repair.findings).collect();
    let mut differences = Vec::new();
    let mut bystanders = BTreeSet::new();
    for plugin in registry.plugins.values() {
        let stored = before.ledger.readings.get(&plugin.info.id);
        let stored = stored.filter(|stored| stored.printer == before.ledger.printer());
        let was = stored.map(|stored| difference(plugin, &stored.reading, &before.live)).unwrap_or_default();
        let expected = match readings.get(&plugin.info.id) {
            Some(elaborated) => Some(&elaborated.reading),
            None => stored.map(|stored| &stored.reading),
        };
        let Some(expected) = expected else { continue };
        let known: BTreeSet<_> = was.iter().map(told_by).collect();
        // What is cosmetic leaves a plugin healthy, and so is no reason to stop the heal of another.
        let touched = readings.contains_key(&plugin.info.id);
        let held = |difference: &&Difference| touched || difference.severity > Severity::Cosmetic;
        let new = difference(plugin, expected, &after.live);
        let new = new.iter().filter(|difference| {
            let finding = Finding::from_difference(&plugin.info.id, Cause::Drifted, difference);
            chosen.contains(&finding.id) || !known.contains(&told_by(difference))
        });
        let new = new.filter(held);
        let before = differences.len();
        differences.extend(new.map(|difference| format!("{}: {difference}", plugin.info.name)));
        if differences.len() > before && !touched {
            bystanders.insert(&plugin.info.id);
        }
    }
    if !differences.is_empty() {
        let failure = not_as_declared(differences);
        let Some(hint) = bystanders.first().map(|id| of_two_minds(registry, plan, id)) else {
            return Err(failure);
        };
        return Err(HealFailure { hint: Some(hint), ..failure });
    }
    for (id, stored) in &mut readings {
        let former = before.ledger.readings.get(id).map(|former| &former.reading);
        let stood = Stood { former, before: &before.live, after: &after.live };
        settle(&mut stored.reading, stood);
        if id.is_core() {
            settle_settings(&mut stored.reading, stood);
        }
    }
    Ok(readings)
}

/// What cannot be built any more is most likely built on what another plugin's migrations have changed.
fn not_built(registry: &Registry, plan: &Plan, plugin: &Registered, error: &ElaborateError) -> HealFailure {
    let failure = failed_in("verify", error);
    // A connection that broke and a statement that took too long say nothing of what is declared.
    if Unavailable::of(error) != Unavailable::Other {
        return failure;
    }
    let name = &plugin.info.name;
    let message = match error {
        ElaborateError::Build { object, .. } => {
            format!("{object} of {name} cannot be built as it is declared: {}", failure.message)
        }
        ElaborateError::Scratch(_) | ElaborateError::Read(_) => failure.message,
    };
    let requires_changed =
        plan.steps.iter().any(|step| plugin.info.requires.contains_key(&step.migration.plugin));
    let hint = if requires_changed {
        of_two_minds(registry, plan, &plugin.info.id)
    } else {
        format!("the descriptors of {name} are not what its migrations make")
    };
    HealFailure { message, hint: Some(hint), ..failure }
}

/// What to do where the migrations of some plugins changed what another rests on.
fn of_two_minds(registry: &Registry, plan: &Plan, plugin: &PluginId) -> String {
    let others: BTreeSet<_> =
        plan.steps.iter().map(|step| &step.migration.plugin).filter(|id| *id != plugin).collect();
    let required = registry.plugins.get(plugin).map(|plugin| &plugin.info.requires);
    let nearer: Vec<_> =
        others.iter().filter(|id| required.is_some_and(|required| required.contains_key(**id))).collect();
    let told = if nearer.is_empty() { others.iter().collect() } else { nearer };
    let told: Vec<_> = told.into_iter().map(|id| registry.name_of(id)).collect();
    format!(
        "the migrations of {} changed what {} rests on: install versions of them that fit together",
        told.join(" and "),
        registry.name_of(plugin)
    )
}

fn difference(plugin: &Registered, expected: &Reading, live: &Reading) -> Vec<Difference> {
    compare(expected, &claims::part(live, &plugin.claims, expected))
}

/// What makes two differences the same: the object, and what is found there.
fn told_by(difference: &Difference) -> (ObjectId, String) {
    let told = match &difference.change {
        Change::Missing => "missing".to_owned(),
        Change::Unexpected => "unexpected".to_owned(),
        Change::Changed { property, found, .. } => format!("{} {found:?}", property.name()),
    };
    (difference.object.clone(), told)
}

/// Every file of the plan has to be in the ledger now, as it is in the plan.
fn unapplied(registry: &Registry, plan: &Plan, after: &State) -> Result<(), HealFailure> {
    let applied: BTreeMap<_, _> = after.ledger.applied.iter().map(|row| (&row.id, row.checksum)).collect();
    let lacking: Vec<_> = plan
        .steps
        .iter()
        .filter(|step| applied.get(&step.migration) != Some(&step.checksum))
        .map(|step| {
            format!("{}: {} is not in the ledger", registry.name_of(&step.migration.plugin), step.migration)
        })
        .collect();
    if lacking.is_empty() { Ok(()) } else { Err(not_as_declared(lacking)) }
}

fn not_as_declared(differences: Vec<String>) -> HealFailure {
    HealFailure {
        stage: "verify".to_owned(),
        message: "after the heal the database would not be what the plugins declare".to_owned(),
        detail: Some(differences.join("\n")),
        hint: Some(
            "correct the plugin's migrations or its descriptors: they have to say the same".to_owned(),
        ),
        differences,
        ..HealFailure::default()
    }
}

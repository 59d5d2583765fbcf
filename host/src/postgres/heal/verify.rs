//! Verification inside the heal's transaction, by the comparer that also checks.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::claims;
use tenon_migrations_core::compare::{Change, Difference, compare};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::Plan;
use tenon_migrations_core::reading::{ObjectId, Reading};
use tokio_postgres::Client;

use super::migrate::failed_in;
use super::request::HealFailure;
use super::session::RESET;
use crate::postgres::elaborate::elaborate;
use crate::postgres::ledger::StoredReading;
use crate::postgres::state::{self, State};
use crate::registry::{Registered, Registry};

/// Compares every touched plugin's part of the database with its descriptors, and everybody else's with
/// the reading it had. Gives the readings to store.
///
/// A difference that stood before the heal is not held against it; a new one is.
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
            None => elaborate(client, &plugin.descriptors).await.map_err(|error| HealFailure {
                hint: Some(format!(
                    "the descriptors of {} are not what its migrations make",
                    plugin.info.name
                )),
                ..failed_in("verify", &error)
            })?,
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
    let mut differences = Vec::new();
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
        let new = difference(plugin, expected, &after.live);
        let new = new.iter().filter(|difference| !known.contains(&told_by(difference)));
        differences.extend(new.map(|difference| format!("{}: {difference}", plugin.info.name)));
    }
    if differences.is_empty() { Ok(readings) } else { Err(not_as_declared(differences)) }
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
        message: "after the migrations the database is not what the plugins declare".to_owned(),
        detail: Some(differences.join("\n")),
        hint: Some(
            "correct the plugin's migrations or its descriptors: they have to say the same".to_owned(),
        ),
        differences,
        ..HealFailure::default()
    }
}

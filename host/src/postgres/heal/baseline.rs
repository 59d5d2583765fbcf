//! Holding the database against migrations that are to be recorded without being run: it has to be what they
//! make.

use std::collections::BTreeMap;

use tenon_migrations_core::claims;
use tenon_migrations_core::compare::compare;
use tenon_migrations_core::finding::Severity;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::Plan;
use tenon_migrations_core::reading::Reading;
use tenon_migrations_core::settled::{Stood, settle};
use tokio_postgres::Client;

use super::HealFailure;
use super::migrate::failed_in;
use super::verify::starred;
use crate::postgres::elaborate::elaborate;
use crate::postgres::ledger::StoredReading;
use crate::postgres::state::State;
use crate::registry::Registry;

/// What the migrations make of plugins of which some stay pending, as a scratch database showed it.
pub(super) type Made = BTreeMap<PluginId, Reading>;

/// Compares the database with the descriptors of each plugin of which everything pending is adopted, and with
/// what the migrations made in a scratch database of the others. Gives the readings to store. The session has to
/// be as a migration finds it.
pub(super) async fn hold(
    client: &Client,
    registry: &Registry,
    plan: &Plan,
    made: &Made,
    before: &State,
) -> Result<BTreeMap<PluginId, StoredReading>, HealFailure> {
    let mut readings = BTreeMap::new();
    let whole = plan.verify.iter().filter(|id| !id.is_core()).filter_map(|id| registry.plugins.get(id));
    for plugin in whole {
        let (printer, descriptors) = (before.ledger.printer(), plugin.descriptors_hash);
        let reading = match plugin.locked(printer) {
            Some(locked) => locked.clone(),
            None => elaborate(client, &plugin.descriptors).await.map_err(|error| {
                differs(vec![format!("{}: {}", plugin.info.name, crate::errors::chain(&error))])
            })?,
        };
        readings.insert(plugin.info.id.clone(), StoredReading { printer, descriptors, reading });
    }
    let expected = readings.iter().map(|(id, stored)| (id, &stored.reading)).chain(made);
    let mut differences = Vec::new();
    for (id, expected) in expected {
        let Some(plugin) = registry.plugins.get(id) else { continue };
        let found = compare(expected, &claims::part(&before.live, &plugin.claims, expected));
        let found = found.iter().filter(|difference| difference.severity > Severity::Cosmetic);
        differences.extend(found.map(|difference| format!("{}: {difference}", plugin.info.name)));
    }
    if !differences.is_empty() {
        return Err(differs(differences));
    }
    let failed = |error| failed_in("verify", &error);
    let after = starred(client, &readings, &before.live).await.map_err(failed)?;
    for stored in readings.values_mut() {
        let stood = Stood { former: None, former_is_comparable: true, before: &before.live, after: &after };
        settle(&mut stored.reading, stood);
    }
    Ok(readings)
}

fn differs(differences: Vec<String>) -> HealFailure {
    HealFailure {
        stage: "baseline".to_owned(),
        message: "the database is not what these migrations make".to_owned(),
        detail: Some(differences.join("\n")),
        hint: Some("make the database what they make, or have them run: `tenon heal`".to_owned()),
        differences,
        ..HealFailure::default()
    }
}

//! What was read of the database, held against what the plugins bring.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tenon_migrations_core::assess::{Assessment, CheckInput, Declared, Verified, assess};
use tenon_migrations_core::history::History;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::snapshot::CatalogSnapshot;

use crate::plugin::registry::Registry;
use crate::schema::state::State;

/// What was read, held against the registry.
#[derive(Debug)]
pub(crate) struct Compared {
    pub history: History,
    pub assessment: Assessment,
}

/// Compares the ledger with the migrations, and the database with the stored snapshots.
pub(crate) fn compare(registry: &Registry, state: &State) -> Compared {
    compare_with(registry, state, &BTreeMap::new())
}

/// Compares with further snapshots, of plugins for which neither a stored one nor a lock file speaks.
pub(crate) fn compare_with(
    registry: &Registry,
    state: &State,
    elaborated: &BTreeMap<PluginId, Arc<CatalogSnapshot>>,
) -> Compared {
    let mut history = History::of(&registry.migrations, &state.ledger.applied);
    // The files of a plugin that is out are not gone: its own findings say what is wrong.
    let out: BTreeSet<_> = registry.out.iter().map(|out| &out.id).collect();
    history.missing.retain(|row| !out.contains(&row.id.plugin));
    let printer = state.ledger.printer();
    let applied: BTreeSet<_> = state.ledger.applied.iter().map(|row| &row.id.plugin).collect();
    let declared: Vec<_> = registry
        .plugins
        .values()
        .map(|plugin| Declared {
            info: &plugin.info,
            descriptors: &plugin.descriptors,
            descriptors_hash: plugin.descriptors_hash,
            claims: &plugin.claims,
            applied: applied.contains(&plugin.info.id),
            locked: plugin.locked(printer).or_else(|| elaborated.get(&plugin.info.id).map(AsRef::as_ref)),
        })
        .collect();
    let verified: BTreeMap<_, _> = state
        .ledger
        .snapshots
        .iter()
        .map(|(id, stored)| {
            let verified = Verified {
                printer: stored.printer,
                descriptors: stored.descriptors,
                snapshot: &stored.snapshot,
            };
            (id.clone(), verified)
        })
        .collect();
    let assessment = assess(&CheckInput {
        plugins: &declared,
        history: &history,
        verified: &verified,
        live: &state.live,
        builds: &state.builds,
        unprinted: &state.unprinted,
        printer,
        tolerances: &registry.tolerances,
    });
    Compared { history, assessment }
}

//! What a heal, a baseline or forgetting a plugin would do to the database that was read.

use std::collections::BTreeSet;

use tenon_migrations_core::baseline::baseline;
use tenon_migrations_core::history::History;
use tenon_migrations_core::migration::{MigrationId, PluginId};
use tenon_migrations_core::plan::{Plan, PlanInput, RepairRequest, forget, plan};

use crate::plugin::registry::Registry;
use crate::schema::compared::{Compared, compare};
use crate::schema::state::State;

/// Decides what a heal would do; what that costs, the server has to be asked.
pub(crate) fn plan_heal(
    registry: &Registry,
    state: &State,
    without: &BTreeSet<PluginId>,
    repairs: &RepairRequest,
) -> Plan {
    let Compared { history, assessment } = compare(registry, state);
    plan(&PlanInput {
        migrations: &registry.migrations.iter().collect::<Vec<_>>(),
        history: &history,
        unverified: &assessment.unverified,
        without: &registry.with_dependents(without),
        findings: &assessment.findings.values().flatten().collect::<Vec<_>>(),
        repairs,
        live: &state.live,
        server_major: state.ledger.printer().server_major,
        ownership: &registry.ownership,
        tolerated: &assessment.tolerated,
    })
}

/// Decides what it takes to record these migrations instead of running them.
pub(crate) fn plan_baseline(registry: &Registry, state: &State, adopt: &BTreeSet<MigrationId>) -> Plan {
    let whole = plan_heal(registry, state, &BTreeSet::new(), &RepairRequest::default());
    baseline(whole, &registry.migrations.iter().collect::<Vec<_>>(), adopt)
}

/// Decides what it takes to have the ledger forget these plugins, which nobody is to bring any more.
pub(crate) fn plan_forgetting(registry: &Registry, state: &State, plugins: &BTreeSet<PluginId>) -> Plan {
    let out = registry.out.iter().flat_map(|out| std::iter::once(&out.id).chain(&out.beside));
    let brought = registry.plugins.keys().chain(out).cloned().collect();
    let history = History::of(&registry.migrations, &state.ledger.applied);
    forget(plugins, &brought, &history, &state.ledger.applied)
}

//! The graph of plugins and migrations, with the states of a new check.

use std::collections::BTreeMap;

use tenon_migrations_core::finding::{Cause, Severity};
use tenon_migrations_core::health::{PluginHealth, Serving, Status};
use tenon_migrations_core::migration::{MigrationId, PluginId};

use super::Tenon;
use crate::report::HealthReport;
use crate::report::graph::{DependencyGraph, MigrationNode, NodeState, PluginNode};

impl Tenon {
    /// The graph, with the states of this check.
    pub fn graph(&self, report: &HealthReport) -> DependencyGraph {
        let plugins = report.plugins.iter().map(|plugin| self.plugin_node(plugin)).collect();
        let unknown = report.database.trouble.is_some();
        let found: BTreeMap<_, _> = report
            .findings()
            .filter_map(|finding| Some((finding.object.parse::<MigrationId>().ok()?, finding.cause)))
            .collect();
        let state = |id: &MigrationId| match found.get(id) {
            _ if unknown => NodeState::Unknown,
            Some(Cause::Pending) => NodeState::Pending,
            Some(Cause::Edited) => NodeState::Edited,
            Some(Cause::Missing) => NodeState::Missing,
            _ => NodeState::Applied,
        };
        let mut last: BTreeMap<&PluginId, &MigrationId> = BTreeMap::new();
        let mut migrations: Vec<_> = self
            .registry
            .migrations
            .iter()
            .map(|migration| {
                let before = last.insert(&migration.id.plugin, &migration.id);
                let requires = before.into_iter().chain(&migration.requires).cloned().collect();
                MigrationNode { id: migration.id.clone(), state: state(&migration.id), requires }
            })
            .collect();
        let gone = found.iter().filter(|(_, cause)| **cause == Cause::Missing);
        migrations.extend(gone.map(|(id, _)| MigrationNode {
            id: id.clone(),
            state: NodeState::Missing,
            requires: Vec::new(),
        }));
        let (status, checked_at) = (report.status, report.checked_at);
        DependencyGraph { format: 1, status, checked_at, plugins, migrations }
    }

    fn plugin_node(&self, plugin: &PluginHealth) -> PluginNode {
        let pending = plugin.count(Cause::Pending);
        let counts = |severity: Severity| severity > Severity::Cosmetic;
        let findings =
            plugin.findings.iter().filter(|one| one.acknowledged.is_none() && counts(one.severity));
        let others = findings.filter(|finding| finding.cause != Cause::Pending).count();
        let state = match (plugin.serving, plugin.status) {
            (Serving::Out, _) => NodeState::Out,
            (_, Status::Unknown) => NodeState::Unknown,
            _ if pending > 0 => NodeState::Pending,
            _ if others > 0 => NodeState::Differs,
            (Serving::Held | Serving::Disabled, _) => NodeState::Held,
            (Serving::Yes, _) => NodeState::InStep,
        };
        let label = match state {
            NodeState::Pending if others > 0 => format!("{pending} pending, {others} out of step"),
            NodeState::Pending => format!("{pending} pending"),
            NodeState::Differs => format!("{others} out of step"),
            NodeState::Held if plugin.serving == Serving::Disabled => "disabled".to_owned(),
            state => state.word().to_owned(),
        };
        let registered = self.registry.plugins.get(&plugin.id);
        let requires = registered.map(|one| &one.info.requires).into_iter().flatten();
        PluginNode {
            id: plugin.id.clone(),
            name: plugin.author(),
            state,
            label,
            requires: requires.map(|(id, versions)| (id.clone(), versions.to_string())).collect(),
        }
    }
}

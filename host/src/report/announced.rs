//! What stands in plugins' schemas and is of a kind that is not compared.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tenon_migrations_core::claims;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::Status;
use tenon_migrations_core::migration::PluginId;
use tenon_schema::ObjectName;

use super::HealthReport;
use crate::plugin::registry::Registry;

/// Objects of one kind that is not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Announced {
    /// The kind in words, such as "base type".
    pub kind: String,
    /// The names, with their schemas.
    pub names: Vec<String>,
    /// The plugins in whose schemas they stand.
    pub plugins: BTreeSet<PluginId>,
}

impl Announced {
    /// What the catalog told of these schemas, with the plugins whose schemas they are.
    pub fn of(kind: &str, names: &[String], registry: &Registry) -> Self {
        let named = names.iter().filter_map(|name| name.parse::<ObjectName>().ok());
        let schemas: BTreeSet<_> = named.map(|name| name.schema).collect();
        let theirs = registry.plugins.values().filter(|plugin| {
            let of_plugin = claims::schemas(&plugin.claims);
            !of_plugin.is_disjoint(&schemas)
        });
        let plugins = theirs.map(|plugin| plugin.info.id.clone()).collect();
        Self { kind: kind.to_owned(), names: names.to_vec(), plugins }
    }

    fn finding(&self, plugin: &PluginId) -> Finding {
        let Self { kind, names, .. } = self;
        let message = format!("objects of kind {kind} are not compared, and there are: {}", names.join(", "));
        Finding::new(plugin, Cause::Unknown, Severity::Warning, format!("kind {kind}"), message)
            .remedy("compare them by eye, or move them to a schema of no plugin, or check without --strict")
    }
}

impl HealthReport {
    /// The report under the rule that what is not compared is not taken to be right: each kind of it is a
    /// finding of the plugins in whose schemas it stands, or of the host itself where nobody knows.
    #[must_use]
    pub fn strictly(mut self) -> Self {
        for plugin in &mut self.plugins {
            let theirs = |one: &&Announced| {
                one.plugins.contains(&plugin.id) || (one.plugins.is_empty() && plugin.id.is_core())
            };
            let found: Vec<_> =
                self.announced.iter().filter(theirs).map(|one| one.finding(&plugin.id)).collect();
            if !found.is_empty() {
                plugin.findings.extend(found);
                plugin.judge();
            }
        }
        self.status = Status::over(&self.plugins);
        self
    }
}

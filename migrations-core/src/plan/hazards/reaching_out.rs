//! Migrations that reach out of the plugins' schemas: for the server's files and programs, other servers,
//! roles, what PostgreSQL itself brings.
//!
//! None of that is undone by undoing tables, and none of it is looked at by a check. So it always wants
//! consent, by name.

use std::collections::BTreeSet;

use super::{Consent, HazardScanner, PlannedHazard};
use crate::migration::PluginMigration;
use crate::plan::Plan;
use crate::repair::{Hazard, HazardRule};
use crate::statements::Statement;

impl HazardScanner<'_> {
    /// Tells of each thing that is reached, where a plugin reaches it first.
    pub(super) fn look_for_reaching_out(&mut self, migration: &PluginMigration, statement: &Statement<'_>) {
        let plugin = &migration.id.plugin;
        for reached in statement.reached_out() {
            let hazard = Hazard { rule: HazardRule::ReachOut, object: reached.object };
            if self.found.iter().any(|found| found.hazard == hazard && found.plugin == *plugin) {
                continue;
            }
            let position = statement.position;
            self.found.push(PlannedHazard {
                hazard,
                plugin: plugin.clone(),
                table: None,
                place: format!("{}:{}:{}", migration.id, position.line, position.column),
                excerpt: statement.excerpt(),
                reason: format!("it {}", reached.does),
                lock: None,
                size: None,
                consent: Consent::NotNeeded,
            });
        }
    }
}

impl Plan {
    /// What somebody allows that SQL may do which is put together while it runs: a hazard like those that are
    /// seen, under the plan's hash and on the record.
    pub(in crate::plan) fn consent_beforehand(&mut self, allowed: &BTreeSet<Hazard>) {
        let is_composed = |found: &&PlannedHazard| found.hazard.rule == HazardRule::ComposeSql;
        let Some(composed) = self.hazards.iter().find(is_composed).cloned() else { return };
        for hazard in allowed.iter().filter(|hazard| hazard.rule == HazardRule::ReachOut) {
            if self.hazards.iter().any(|found| found.hazard == *hazard) {
                continue;
            }
            let reason = "SQL that is put together while it runs may do that".to_owned();
            self.hazards.push(PlannedHazard { hazard: hazard.clone(), reason, ..composed.clone() });
        }
    }
}

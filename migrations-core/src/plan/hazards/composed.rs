//! Migrations that run SQL which they, or routines that they call, put together: what it touches and costs
//! shows only when it runs. A trigger that does so, on rows that a migration writes, is not found.

use std::collections::BTreeSet;

use tenon_schema::ObjectName;

use super::{Consent, HazardScanner, PlannedHazard};
use crate::migration::PluginMigration;
use crate::repair::{Hazard, HazardRule};
use crate::snapshot::{CatalogSnapshot, Kind, Property, Value};
use crate::statements::{Statement, StatementKind, composes};

/// The routines that stand already.
pub(super) fn standing(live: &CatalogSnapshot) -> BTreeSet<ObjectName> {
    let routines = live.objects.iter().filter(|(id, object)| {
        let text = |property| match object.get(&property) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        id.kind == Kind::Function && composes(text(Property::Language), text(Property::Body))
    });
    let name = |id: &str| id.split_once('(').map_or(id, |(name, _)| name).to_owned();
    routines.map(|(id, _)| ObjectName::new(id.schema.clone(), name(id.name.as_str()))).collect()
}

impl HazardScanner<'_> {
    /// Tells, once for each migration, of its first statement that does so.
    pub(super) fn look_for_composed(
        &mut self,
        migration: &PluginMigration,
        statement: &Statement<'_>,
        names: &[ObjectName],
    ) {
        use StatementKind::{Call, Dml, Do, Query};
        let calls = || names.iter().any(|name| self.composing.contains(name));
        let runs = matches!(statement.kind, Call | Dml | Do | Query) && calls();
        if runs || statement.runs_composed() {
            let hazard = Hazard { rule: HazardRule::ComposeSql, object: migration.id.to_string() };
            if !self.found.iter().any(|found| found.hazard == hazard) {
                let position = statement.position;
                self.found.push(PlannedHazard {
                    hazard,
                    plugin: migration.id.plugin.clone(),
                    table: None,
                    place: format!("{}:{}:{}", migration.id, position.line, position.column),
                    excerpt: statement.excerpt(),
                    reason: "it runs SQL that is put together meanwhile: what that touches and costs, and whose it \
                             is, cannot be seen beforehand"
                        .to_owned(),
                    lock: None,
                    size: None,
                    consent: Consent::NotNeeded,
                });
            }
        }
        self.composing.extend(statement.makes_composing());
    }
}

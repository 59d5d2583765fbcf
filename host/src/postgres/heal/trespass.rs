//! Objects of others that a migration touches by SQL which it puts together: no reading of its file can find them.
//!
//! Looked at are the migrations of which the plan says that they may, before and after. What can have come with
//! something that they rightly touch is not held against them (`Borders::trespassed`).

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::borders::{Borders, Trespass};
use tenon_migrations_core::mend::HazardRule;
use tenon_migrations_core::migration::{Migration, PluginId};
use tenon_migrations_core::plan::Plan;
use tenon_schema::ObjectName;
use tokio_postgres::{Client, Error};

use super::HealFailure;

/// Who owns what, and which migrations are looked at.
#[derive(Debug)]
pub(super) struct Fence<'a> {
    borders: &'a Borders,
    doubtful: BTreeSet<String>,
}

/// How the transaction has touched each relation so far.
pub(super) type Touched = BTreeMap<ObjectName, String>;

impl<'a> Fence<'a> {
    pub(super) fn of(plan: &Plan, borders: &'a Borders) -> Self {
        let composed = plan.hazards.iter().filter(|hazard| hazard.hazard.rule == HazardRule::ComposeSql);
        Self { borders, doubtful: composed.map(|hazard| hazard.hazard.object.clone()).collect() }
    }

    /// Whether its file does not tell what this migration touches.
    pub(super) fn doubts(&self, migration: &Migration) -> bool {
        !self.doubtful.is_empty() && self.doubtful.contains(&migration.id.to_string())
    }

    /// Holds against a migration what it has touched meanwhile and must not.
    pub(super) fn hold(
        &self,
        migration: &Migration,
        before: &Touched,
        after: &Touched,
    ) -> Result<(), HealFailure> {
        let touched = after.iter().filter(|(name, how)| before.get(*name) != Some(*how));
        let touched = touched.map(|(name, _)| name.clone()).collect();
        match self.borders.trespassed(&migration.id.plugin, &touched).as_slice() {
            [] => Ok(()),
            trespasses => Err(failure(migration, trespasses)),
        }
    }
}

/// Looks what the transaction has touched so far.
pub(super) async fn look(client: &Client) -> Result<Touched, Error> {
    let rows = client.query_typed(include_str!("sql/touched.sql"), &[]).await?;
    let touched = rows.iter().map(|row| {
        let name = ObjectName::new(row.try_get::<_, &str>("schema")?, row.try_get::<_, &str>("name")?);
        Ok((name, row.try_get("how")?))
    });
    touched.collect()
}

fn failure(migration: &Migration, trespasses: &[Trespass]) -> HealFailure {
    let plugin = &migration.id.plugin;
    let objects: Vec<_> =
        trespasses.iter().map(|one| format!("{}, which belongs to {}", one.object, one.owner_name)).collect();
    let owners: BTreeSet<&PluginId> = trespasses.iter().map(|one| &one.owner).collect();
    let require = match owners.first() {
        Some(owner) if owners.len() == 1 && !owner.is_core() => format!("have {plugin} require {owner}, or "),
        _ => String::new(),
    };
    HealFailure {
        stage: "migrate".to_owned(),
        file: Some(migration.id.to_string()),
        message: format!("the migration touched {}", objects.join("; ")),
        detail: Some(format!("{plugin} does not require that; it composed the SQL while it ran")),
        remedy: Some(format!("{require}leave the objects of others alone")),
        ..HealFailure::default()
    }
}

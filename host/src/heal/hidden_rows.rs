//! Migrations that would work on rows of which row security hides some from the role that heals.
//!
//! A heal runs with `row_security = off` (manual, "Row Security Policies"), under which PostgreSQL refuses
//! such a statement where it would otherwise leave rows out without a word. What can be seen before is told
//! before.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::migration::{MigrationId, PluginId};
use tenon_migrations_core::plan::{Plan, PlanRule, Refusal};
use tenon_migrations_core::statements::{self, StatementKind};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use crate::plugin::registry::Registry;

/// A statement of a migration.
#[derive(Debug, Clone)]
struct Place {
    plugin: PluginId,
    /// `plugin/file:line:column`
    place: String,
    excerpt: String,
}

/// The statements of a plan's migrations that name a table of which this role does not see all rows. A
/// migration that says itself under which `row_security` it runs means what it says.
pub(crate) async fn refusals(
    client: &Client,
    registry: &Registry,
    plan: &Plan,
    adopt: &BTreeSet<MigrationId>,
) -> Result<Vec<Refusal>, Error> {
    let named = named(registry, plan, adopt);
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = named.keys().map(String::as_str).collect();
    let rows = client.query_typed(include_str!("sql/hidden_rows.sql"), &[(&names, Type::TEXT_ARRAY)]).await?;
    let mut refusals = Vec::new();
    for row in &rows {
        let (name, relation, role): (String, String, String) =
            (row.try_get("name")?, row.try_get("relation")?, row.try_get("role")?);
        for Place { plugin, place, excerpt } in named.get(&name).into_iter().flatten().cloned() {
            refusals.push(Refusal {
                plugin: Some(plugin),
                rule: PlanRule::RowSecurity,
                place,
                excerpt,
                reason: format!("row security would hide rows of {relation} from it: it would work on some alone"),
                remedy: format!(
                    "heal as a role that sees all rows (`ALTER ROLE {role} BYPASSRLS`, or the table's owner where it \
                     is not forced), or write `SET LOCAL row_security = on` into the migration if some are meant"
                ),
                allow: None,
            });
        }
    }
    Ok(refusals)
}

/// The relations, as `schema.name`, that statements about rows name in full: whose statement, and where it
/// is.
fn named(registry: &Registry, plan: &Plan, adopt: &BTreeSet<MigrationId>) -> BTreeMap<String, Vec<Place>> {
    let runs: BTreeSet<_> =
        plan.steps.iter().map(|step| &step.migration).filter(|id| !adopt.contains(id)).collect();
    let mut named: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for migration in registry.migrations.iter().filter(|migration| runs.contains(&migration.id)) {
        if statements::contains(&migration.sql, "row_security") {
            continue;
        }
        // What cannot be split is refused for that.
        let statements = statements::parse(&migration.sql).unwrap_or_default();
        let about_rows = |kind| {
            matches!(
                kind,
                StatementKind::Query | StatementKind::Dml | StatementKind::Do | StatementKind::Call
            )
        };
        for statement in statements.iter().filter(|statement| about_rows(statement.kind)) {
            let position = statement.position;
            let place = Place {
                plugin: migration.id.plugin.clone(),
                place: format!("{}:{}:{}", migration.id, position.line, position.column),
                excerpt: statement.excerpt(),
            };
            let names: BTreeSet<_> = statement.dotted_names().into_iter().collect();
            for name in names {
                let name = format!("{}.{}", name.schema.as_str(), name.name.as_str());
                named.entry(name).or_default().push(place.clone());
            }
        }
    }
    named
}

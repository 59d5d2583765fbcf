//! What the role that heals would lack, found before anything runs, with the grant that mends it.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::claims;
use tenon_migrations_core::migration::{MigrationId, PluginId};
use tenon_migrations_core::plan::{Plan, Refusal};
use tenon_migrations_core::statements;
use tenon_schema::{Ident, ObjectName};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::state::State;
use super::{hidden_rows, settings};
use crate::registry::Registry;

/// The reasons for which this role cannot run the plan, of which some migrations are only recorded. A role may lack what only shows when it runs, such as
/// a right to use what another schema holds.
pub async fn lacking(
    client: &Client,
    registry: &Registry,
    state: &State,
    plan: &Plan,
    adopt: &BTreeSet<MigrationId>,
) -> Result<Vec<Refusal>, tokio_postgres::Error> {
    let printer = state.ledger.printer();
    let verified = plan.verify.iter().filter_map(|id| registry.plugins.get(id));
    // What no lock file speaks for is built in a schema of its own, and rolled back.
    let builds = verified.clone().any(|plugin| plugin.locked(printer).is_none());
    let mut owners: BTreeMap<Ident, &PluginId> = BTreeMap::new();
    let runs = |id| plan.steps_of(id).any(|step| !adopt.contains(&step.migration));
    for plugin in verified.filter(|plugin| runs(&plugin.info.id)) {
        for schema in claims::schemas(&plugin.claims) {
            owners.entry(schema).or_insert(&plugin.info.id);
        }
    }
    let schemas: Vec<&str> = owners.keys().map(Ident::as_str).collect();
    let touched: Vec<_> = touched(registry, plan, adopt).into_iter().collect();
    let names: Vec<&str> = touched.iter().map(|(name, _)| name.as_str()).collect();
    let rows = client
        .query_typed(
            include_str!("sql/rights.sql"),
            &[(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY), (&builds, Type::BOOL)],
        )
        .await?;
    let mut refusals = settings::refusals(client).await?;
    refusals.extend(hidden_rows::refusals(client, registry, plan, adopt).await?);
    for row in &rows {
        let (object, key): (String, Option<String>) = (row.try_get("object")?, row.try_get("key")?);
        let (reason, remedy): (String, String) = (row.try_get("reason")?, row.try_get("remedy")?);
        let of_schema = key.as_deref().and_then(|key| owners.get(&Ident::new(key)).copied());
        let of_name = key.and_then(|key| touched.iter().find(|(name, _)| *name == key).map(|(_, id)| id));
        let plugin = of_schema.or(of_name).filter(|id| !id.is_core());
        refusals.push(Refusal {
            plugin: plugin.cloned(),
            rule: "lacking-right".to_owned(),
            place: object,
            excerpt: String::new(),
            reason,
            remedy,
            allow: None,
        });
    }
    Ok(refusals)
}

/// The relations, as `schema.name`, that only their owners may change as migrations and repairs do.
fn touched(registry: &Registry, plan: &Plan, adopt: &BTreeSet<MigrationId>) -> BTreeSet<(String, PluginId)> {
    let runs = plan.steps.iter().map(|step| &step.migration).filter(|id| !adopt.contains(id));
    let pending: BTreeSet<_> = runs.collect();
    let migrations = registry.migrations.iter().filter(|migration| pending.contains(&migration.id));
    let of_migrations = migrations.map(|migration| (&migration.sql, &migration.id.plugin));
    let of_repairs =
        plan.repairs.iter().flat_map(|repair| repair.sql.iter().map(|sql| (sql, &repair.plugin)));
    let mut touched = BTreeSet::new();
    for (sql, plugin) in of_migrations.chain(of_repairs) {
        // What cannot be split is refused for that.
        let statements = statements::parse(sql).unwrap_or_default();
        let names = statements.iter().filter_map(statements::Statement::changed);
        let named = |name: ObjectName| format!("{}.{}", name.schema.as_str(), name.name.as_str());
        touched.extend(names.map(|name| (named(name), plugin.clone())));
    }
    touched
}

//! What the role that heals would lack, found before anything runs, with the grant that repairs it.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::claims;
use tenon_migrations_core::migration::{MigrationId, PluginId};
use tenon_migrations_core::plan::{Plan, PlanRule, Refusal};
use tenon_migrations_core::statements::{self, Need};
use tenon_schema::{Ident, ObjectName};
use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::hidden_rows;
use crate::database::settings;
use crate::plugin::registry::Registry;
use crate::schema::state::State;

/// What every heal calls besides what a reading does, which was made by then.
const FUNCTIONS: [&str; 7] = [
    "pg_catalog.pg_try_advisory_xact_lock(integer,integer)",
    "pg_catalog.pg_current_xact_id()",
    "pg_catalog.pg_xact_status(xid8)",
    "pg_catalog.set_config(text,text,boolean)",
    "pg_catalog.clock_timestamp()",
    "pg_catalog.pg_backend_pid()",
    "pg_catalog.pg_notify(text,text)",
];

/// The reasons for which this role cannot run the plan, of which some migrations are only recorded. A role
/// may lack what only shows when it runs, such as a right that a routine's body wants.
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
            rule: PlanRule::LackingRight,
            place: object,
            excerpt: String::new(),
            reason,
            remedy,
            allow: None,
        });
    }
    needed(client, registry, plan, adopt, builds, &mut refusals).await?;
    Ok(refusals)
}

/// What statements need besides owning what they change, and the heal's own.
async fn needed(
    client: &Client,
    registry: &Registry,
    plan: &Plan,
    adopt: &BTreeSet<MigrationId>,
    builds: bool,
    refusals: &mut Vec<Refusal>,
) -> Result<(), tokio_postgres::Error> {
    let before = refusals.len();
    let mut needs: BTreeMap<Row, &PluginId> = BTreeMap::new();
    let core = PluginId::core();
    for function in FUNCTIONS {
        needs.insert(("function".to_owned(), function.to_owned(), String::new()), &core);
    }
    let mut brings_languages = false;
    for (sql, plugin) in texts(registry, plan, adopt) {
        // Its settings and cursors are taken back by a block, and so are checks that it puts off made.
        needs.entry(row(Need::Language("plpgsql".to_owned()))).or_insert(&core);
        for statement in statements::parse(sql).iter().flatten() {
            let brings =
                [&["create", "extension"][..], &["create", "language"], &["create", "trusted", "language"]];
            brings_languages |= brings.iter().any(|begin| statement.begins(begin));
            for need in statement.needs() {
                needs.entry(row(need)).or_insert(plugin);
            }
        }
    }
    let built = plan.verify.iter().filter_map(|id| registry.plugins.get(id)).filter(|_| builds);
    for plugin in built {
        for function in &plugin.descriptors.functions {
            needs
                .entry(row(Need::Language(function.language.as_str().to_owned())))
                .or_insert(&plugin.info.id);
        }
    }
    let parts = |of: fn(&Row) -> &str| needs.keys().map(of).collect::<Vec<_>>();
    let (kinds, names, seconds) = (parts(|row| &row.0), parts(|row| &row.1), parts(|row| &row.2));
    let text = Type::TEXT_ARRAY;
    let parameters: [(&(dyn ToSql + Sync), Type); 4] =
        [(&kinds, text.clone()), (&names, text.clone()), (&seconds, text), (&brings_languages, Type::BOOL)];
    for lacking in &client.query_typed(include_str!("sql/needs.sql"), &parameters).await? {
        let key: Row = (lacking.try_get("kind")?, lacking.try_get("name")?, lacking.try_get("second")?);
        let plugin = match &key {
            // Told of a schema once, whatever in it is used.
            (kind, schema, second) if kind == "named" && second.is_empty() => needs
                .iter()
                .find(|((_, name, second), _)| name == schema && !second.is_empty())
                .map(|(_, plugin)| *plugin),
            key => needs.get(key).copied(),
        };
        let place: String = lacking.try_get("object")?;
        let remedy: String = lacking.try_get("remedy")?;
        // Whoever owns it lacks nothing of it, and an owner is wanted already.
        let of_owner = |told: &Refusal| {
            told.place == place && (place.starts_with("schema ") || place.starts_with("relation "))
        };
        let same = |told: &Refusal| told.place == place && told.remedy == remedy;
        if refusals.iter().take(before).any(of_owner) || refusals.iter().any(same) {
            continue;
        }
        refusals.push(Refusal {
            plugin: plugin.filter(|id| !id.is_core()).cloned(),
            rule: PlanRule::LackingRight,
            place,
            excerpt: String::new(),
            reason: lacking.try_get("reason")?,
            remedy,
            allow: None,
        });
    }
    Ok(())
}

/// A need as the server is asked: its kind, and a name of one or two parts.
type Row = (String, String, String);

fn row(need: Need) -> Row {
    let of = |kind: &str, name: &str, second: &str| (kind.to_owned(), name.to_owned(), second.to_owned());
    let pair = |kind: &str, name: &ObjectName| of(kind, name.schema.as_str(), name.name.as_str());
    match need {
        Need::Language(language) => of("language", &language, ""),
        Need::Temporary => of("temporary", "", ""),
        Need::Create => of("create", "", ""),
        Need::Tablespace(name) => of("tablespace", &name, ""),
        Need::Extension(name) => of("extension", &name, ""),
        Need::References(table) => pair("references", &table),
        Need::Named(object) => pair("named", &object),
        Need::Rows(right, table) => pair(&right.to_ascii_lowercase(), &table),
        Need::ForeignDataWrapper(name) => of("wrapper", &name, ""),
        Need::CreateRole => of("role", "", ""),
        Need::Superuser(what) => of("superuser", what, ""),
    }
}

/// The relations, as `schema.name`, that only their owners may change as migrations and repairs do.
fn touched(registry: &Registry, plan: &Plan, adopt: &BTreeSet<MigrationId>) -> BTreeSet<(String, PluginId)> {
    let mut touched = BTreeSet::new();
    for (sql, plugin) in texts(registry, plan, adopt) {
        // What cannot be split is refused for that.
        let statements = statements::parse(sql).unwrap_or_default();
        let names = statements.iter().filter_map(statements::Statement::changed);
        let named = |name: ObjectName| format!("{}.{}", name.schema.as_str(), name.name.as_str());
        touched.extend(names.map(|name| (named(name), plugin.clone())));
    }
    touched
}

/// The texts of all migrations that run and of all repairs, each with its plugin.
fn texts<'a>(
    registry: &'a Registry,
    plan: &'a Plan,
    adopt: &BTreeSet<MigrationId>,
) -> impl Iterator<Item = (&'a str, &'a PluginId)> {
    let runs = plan.steps.iter().map(|step| &step.migration).filter(|id| !adopt.contains(id));
    let pending: BTreeSet<_> = runs.collect();
    let migrations = registry.migrations.iter().filter(move |migration| pending.contains(&migration.id));
    let of_migrations = migrations.map(|migration| (migration.sql.as_str(), &migration.id.plugin));
    let of_repairs =
        plan.repairs.iter().flat_map(|repair| repair.sql.iter().map(|sql| (sql.as_str(), &repair.plugin)));
    of_migrations.chain(of_repairs)
}

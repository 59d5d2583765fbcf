//! The SQL for a migration that makes an enum type anew: where a plan is refused for a value that is added and used in
//! the same heal. It is written from a copy of the database as it is just before the use, tried there, and shown only
//! if nothing but what was wanted came of it.

use std::collections::BTreeMap;

use tenon_migrations_core::compare::compare;
use tenon_migrations_core::mend::anew::{self, User, Users};
use tenon_migrations_core::migration::{Migration, MigrationId};
use tenon_migrations_core::plan::{ENUM_VALUE_USED, EnumUse, Plan};
use tenon_migrations_core::reading::{Kind, ObjectId};
use tenon_migrations_core::statements::{self, Statement};
use tenon_schema::{Ident, ObjectName};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::connect::Database;
use super::copy;
use super::replay::{Bodies, Replay};
use super::scratch::in_scratch;
use super::search_path;
use super::state::{self, State};
use crate::errors::chain;
use crate::registry::Registry;

/// Puts to each refusal of the plan that is about an enum value the SQL that helps, as far as it can be found out in a
/// scratch database.
pub async fn write_remedies(database: &Database, registry: &Registry, state: &State, plan: &mut Plan) {
    if plan.enum_uses.is_empty() {
        return;
    }
    let tried = in_scratch(database, async |scratch| {
        if !state.ledger.applied.is_empty() {
            copy::fill(&scratch, registry, state).await.map_err(|error| chain(&error))?;
        }
        let (client, _) = scratch.connect().await.map_err(|error| chain(&error))?;
        let work = written(&client, registry, plan);
        scratch.bounds().answered(work).await.map_err(|error| chain(&error))?
    });
    let written = match tried.await {
        Ok(Ok(written)) => written,
        Ok(Err(why)) => return tracing::debug!("no SQL could be made for the refused enum values: {why}"),
        Err(error) => {
            return tracing::debug!("no SQL could be made for the refused enum values: {}", chain(&error));
        }
    };
    for refusal in plan.refusals.iter_mut().filter(|refusal| refusal.rule == ENUM_VALUE_USED) {
        let Some((of, sql)) = written.get(&refusal.place) else { continue };
        refusal.remedy = match sql {
            Some(sql) => format!(
                "write these statements before this one, in the same file: they make {of} anew, and were tried on a copy \
                 of the database. They help wherever the file runs. Leaving the use to a later version does not: whoever \
                 installs that one runs both in one heal\n\n{};",
                sql.join(";\n")
            ),
            None => {
                format!("the statements that make {of} anew for an earlier use of it do for this one too")
            }
        };
    }
}

/// The statements for each use, by its place: none where those for an earlier use do.
type Written = BTreeMap<String, (ObjectName, Option<Vec<String>>)>;

async fn written(client: &Client, registry: &Registry, plan: &Plan) -> Result<Written, String> {
    let fail = |error: Error| chain(&error);
    let mut replay = Replay::begin(client, Bodies::Checked).await.map_err(|error| chain(&error))?;
    let uses: BTreeMap<_, Vec<_>> = plan.enum_uses.iter().fold(BTreeMap::new(), |mut uses, one| {
        uses.entry(&one.migration).or_default().push(one);
        uses
    });
    let mut written = Written::new();
    let mut made: Vec<ObjectName> = Vec::new();
    for migration in pending(registry, plan) {
        let Some(uses) = uses.get(&migration.id) else {
            replay.apply(migration).await.map_err(|error| chain(&error))?;
            continue;
        };
        let statements = statements::parse(&migration.sql).map_err(|_| "it cannot be split".to_owned())?;
        replay.reset(migration).await.map_err(|error| chain(&error))?;
        for (number, statement) in statements.iter().enumerate() {
            for one in uses.iter().filter(|one| one.statement == number) {
                let sql = if made.contains(&one.of) {
                    None
                } else {
                    let Some(sql) = proved(client, registry, one).await? else { return Ok(written) };
                    replay.reset(migration).await.map_err(|error| chain(&error))?;
                    made.push(one.of.clone());
                    Some(sql)
                };
                written.insert(one.place.clone(), (one.of.clone(), sql));
            }
            let run = client.execute_typed(statement.text(), &[]).await;
            if let Err(error) = run {
                // What was to make this one possible did not.
                written.retain(|_, (of, _)| !uses.iter().any(|one| one.statement == number && one.of == *of));
                tracing::debug!("{}: {}", place(&migration.id, statement), chain(&error));
                return Ok(written);
            }
        }
        replay.end(migration, &statements).await.map_err(|error| chain(&error))?;
    }
    client.batch_execute("ROLLBACK").await.map_err(fail)?;
    Ok(written)
}

fn place(id: &MigrationId, statement: &Statement<'_>) -> String {
    format!("{id}:{}:{}", statement.position.line, statement.position.column)
}

fn pending<'a>(registry: &'a Registry, plan: &'a Plan) -> impl Iterator<Item = &'a Migration> {
    let runs = |migration: &&Migration| plan.steps.iter().any(|step| step.migration == migration.id);
    registry.migrations.iter().filter(runs)
}

/// Makes the type anew, and gives the statements if the database is then what it was.
async fn proved(client: &Client, registry: &Registry, one: &EnumUse) -> Result<Option<Vec<String>>, String> {
    let fail = |error: Error| chain(&error);
    let Some(users) = users(client, &one.of).await.map_err(fail)? else { return Ok(None) };
    let mut schemas = registry.schemas();
    schemas.insert(one.of.schema.clone());
    schemas.extend(users.taken.iter().map(|id| id.schema.clone()));
    schemas.extend(users.columns.iter().map(|user| user.of.schema.clone()));
    let scope = schemas.into();
    let read = async || {
        client.batch_execute(search_path::OWN).await.map_err(fail)?;
        state::within(client, &scope).await.map_err(|error| chain(&error))
    };
    let before = read().await?;
    let server_major = before.ledger.printer().server_major;
    let before = before.live;
    let Some(sql) = anew::enum_type(&one.of, &users, &before, server_major) else { return Ok(None) };
    for statement in &sql {
        if let Err(error) = client.execute_typed(statement, &[]).await {
            tracing::debug!("{statement}: {}", chain(&error));
            return Ok(None);
        }
    }
    let after = read().await?.live;
    let differences = compare(&before, &after);
    if let Some(difference) = differences.first() {
        tracing::debug!("after making {} anew: {difference}", one.of);
        return Ok(None);
    }
    Ok(Some(sql))
}

/// What the type cannot go without; `None` where something of it cannot be made anew.
async fn users(client: &Client, of: &ObjectName) -> Result<Option<Users>, Error> {
    let (schema, name) = (of.schema.as_str(), of.name.as_str());
    let parameters = [(&schema as _, Type::NAME), (&name as _, Type::NAME)];
    let rows = client.query_typed(include_str!("sql/users.sql"), &parameters).await?;
    let mut users = Users::default();
    for row in &rows {
        let (kind, schema): (&str, String) = (row.try_get("kind")?, row.try_get("schema")?);
        let (relation, name): (Option<String>, String) = (row.try_get("relation")?, row.try_get("name")?);
        let relation = relation.map(|relation| ObjectName::new(schema.clone(), relation));
        let name = Ident::from(name);
        match (kind, relation) {
            ("column" | "attribute", Some(of)) => users.columns.push(User {
                of,
                name,
                is_array: row.try_get("is_array")?,
                is_attribute: kind == "attribute",
            }),
            ("default", Some(of)) => users.defaults.push((of, name)),
            (kind, relation) => {
                let Some(kind) = Kind::from_name(kind) else { return Ok(None) };
                let id = match relation {
                    Some(relation) => ObjectId::of_relation(kind, &relation, name),
                    None => ObjectId::standalone(kind, &ObjectName::new(schema, name)),
                };
                if !users.taken.contains(&id) {
                    users.taken.push(id);
                }
            }
        }
    }
    Ok(Some(users))
}

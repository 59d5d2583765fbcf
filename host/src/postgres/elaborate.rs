//! Having PostgreSQL itself spell out what a plugin's descriptors mean.
//!
//! The descriptors are built as real objects in scratch schemas, read with the same queries as the live
//! database, and rolled back: nothing compares text that two mouths have spoken. A scratch schema's name is
//! a token that stands nowhere else, so that putting the real name back is a replacement of text.

mod parents;
mod single;

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::claims;
use tenon_migrations_core::ddl::{self, DdlStatement, ForeignKeys, Placement};
use tenon_migrations_core::reading::{Kind, Object, ObjectId, Property, Reading, Value};
use tenon_schema::{ConstraintRule, Descriptors, Ident, ObjectName};
use tokio_postgres::Client;
use tokio_postgres::types::Type;
use uuid::Uuid;

use self::parents::Parents;
use super::catalog;

/// Why descriptors could not be elaborated.
#[derive(Debug, thiserror::Error)]
pub enum ElaborateError {
    #[error("its descriptors cannot be built: {object}")]
    Build { object: String, source: tokio_postgres::Error },
    #[error("the scratch schemas could not be made or removed")]
    Scratch(#[source] tokio_postgres::Error),
    #[error("the scratch schemas could not be read")]
    Read(#[source] tokio_postgres::Error),
}

/// The reading that these descriptors amount to, on this server.
///
/// Runs inside the caller's transaction and leaves nothing in it, whether it ends well or not. What the
/// descriptors refer to (types, functions, other plugins' tables) has to be there.
pub async fn elaborate(client: &Client, descriptors: &Descriptors) -> Result<Reading, ElaborateError> {
    let parents = Parents::look_up(client, descriptors).await.map_err(ElaborateError::Read)?;
    let mut scratch = Scratch::of(descriptors, parents);
    scratch.learn_spelling(client).await.map_err(ElaborateError::Scratch)?;
    client.batch_execute("SAVEPOINT tenon_elaborate").await.map_err(ElaborateError::Scratch)?;
    let built = scratch.build(client, descriptors).await;
    let undo = "ROLLBACK TO SAVEPOINT tenon_elaborate; RELEASE SAVEPOINT tenon_elaborate";
    client.batch_execute(undo).await.map_err(ElaborateError::Scratch)?;
    built
}

/// For each schema, the scratch schema that stands for it.
struct Scratch {
    schemas: BTreeMap<Ident, Ident>,
    /// For each scratch schema, the real name as this server prints it inside a text, quoted or not.
    spelled: BTreeMap<Ident, String>,
    /// What stands in front of the names of copies that stand in no schema.
    prefix: String,
    /// The partitioned tables of other plugins of which declared ones are parts.
    parents: Parents,
    /// All tables of other plugins that have to be there as copies.
    stubs: BTreeSet<ObjectName>,
}

impl Scratch {
    fn of(descriptors: &Descriptors, parents: Parents) -> Self {
        let token = Uuid::new_v4().simple().to_string();
        let prefix = format!("tenon_{}_", &token[..12]);
        let mut schemas = claims::schemas(&claims::of(descriptors));
        let own: BTreeSet<_> = descriptors.tables.iter().map(|table| &table.name).collect();
        let referenced = referenced_tables(descriptors).into_iter().chain(parents.tables().cloned());
        let stubs: BTreeSet<_> = referenced.filter(|name| !own.contains(name)).collect();
        schemas.extend(stubs.iter().map(|name| name.schema.clone()));
        let name = |number| Ident::new(format!("{prefix}{number}"));
        Self {
            schemas: schemas.into_iter().enumerate().map(|(number, schema)| (schema, name(number))).collect(),
            spelled: BTreeMap::new(),
            prefix: format!("{prefix}x_"),
            parents,
            stubs,
        }
    }

    async fn learn_spelling(&mut self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let real: Vec<&str> = self.schemas.keys().map(Ident::as_str).collect();
        let sql = "SELECT name, quote_ident(name) FROM unnest($1::text[]) AS name";
        for row in client.query_typed(sql, &[(&real, Type::TEXT_ARRAY)]).await? {
            if let Some(scratch) = self.schemas.get(&Ident::new(row.try_get::<_, &str>(0)?)) {
                self.spelled.insert(scratch.clone(), row.try_get(1)?);
            }
        }
        Ok(())
    }

    fn placement(&self) -> Placement {
        Placement::moved(self.schemas.clone()).prefixed(self.prefix.as_str())
    }

    async fn build(&self, client: &Client, descriptors: &Descriptors) -> Result<Reading, ElaborateError> {
        for schema in self.schemas.values() {
            let sql = format!("CREATE SCHEMA {}", schema.quoted());
            client.batch_execute(&sql).await.map_err(ElaborateError::Scratch)?;
        }
        // The bodies were checked when the migrations made the real functions.
        let unchecked = "SET LOCAL check_function_bodies = off";
        client.batch_execute(unchecked).await.map_err(ElaborateError::Scratch)?;
        for DdlStatement { object, sql } in self.statements(descriptors) {
            // The extended protocol takes one statement a message: SQL text in a descriptor stays a part
            // of the statement that it was put into.
            let built = client.execute_typed(&sql, &[]).await;
            built.map_err(|source| ElaborateError::Build { object, source })?;
        }
        let found = single::look_up(client, descriptors).await.map_err(ElaborateError::Read)?;
        client.batch_execute("SET LOCAL search_path = pg_catalog").await.map_err(ElaborateError::Scratch)?;
        let scratch = self.schemas.values().cloned().collect();
        let reading = catalog::read(client, &scratch).await.map_err(ElaborateError::Read)?;
        let mut reading = self.real_names(reading);
        let declared: BTreeSet<&Ident> = descriptors.schemas.iter().map(|schema| &schema.name).collect();
        let identities = self.identities(&reading);
        reading.objects.retain(|id, _| match id.kind {
            Kind::Schema => declared.contains(&id.name),
            Kind::Extension => false,
            _ => !self.stubs.contains(&id.owner()) && !identities.contains(id),
        });
        found.complete(client, descriptors, &mut reading).await.map_err(ElaborateError::Read)?;
        Ok(reading)
    }

    /// The sequences that came with the copies of other plugins' tables.
    fn identities(&self, reading: &Reading) -> BTreeSet<ObjectId> {
        let of_stub = |object: &Object| match object.get(&Property::OwnedBy) {
            Some(Value::Text(column)) => column.match_indices('.').any(|(at, _)| {
                column[..at].parse::<ObjectName>().is_ok_and(|table| self.stubs.contains(&table))
            }),
            _ => false,
        };
        let sequences = reading.objects.iter().filter(|(id, _)| id.kind == Kind::Sequence);
        sequences.filter(|(_, object)| of_stub(object)).map(|(id, _)| id.clone()).collect()
    }

    /// Empty copies of the tables of other plugins, and then all that is declared.
    fn statements(&self, descriptors: &Descriptors) -> Vec<DdlStatement> {
        let placement = self.placement();
        let stubs = self.stubs.iter().map(|name| {
            let partitioned = match self.parents.key(name) {
                Some(key) => {
                    format!(" INCLUDING IDENTITY INCLUDING STORAGE INCLUDING COMPRESSION) PARTITION BY {key}")
                }
                None => ")".to_owned(),
            };
            DdlStatement {
                object: format!("table {name}, which its tables reference"),
                sql: format!(
                    "CREATE TABLE {} (LIKE {} INCLUDING INDEXES INCLUDING CONSTRAINTS INCLUDING DEFAULTS \
                     INCLUDING GENERATED{partitioned}",
                    placement.place(name).quoted(),
                    name.quoted()
                ),
            }
        });
        let declared = ddl::create(descriptors, &placement, ForeignKeys::Include);
        stubs.chain(declared).chain(self.parents.handed_on(&placement)).collect()
    }

    /// The reading of the copies alone, under the names of what they are copies of.
    fn real_names(&self, reading: Reading) -> Reading {
        let real: BTreeMap<_, _> = self.schemas.iter().map(|(real, scratch)| (scratch, real)).collect();
        let rename = |(mut id, object): (ObjectId, Object)| {
            if id.kind == Kind::Schema {
                id.name = (*real.get(&id.name)?).clone();
            } else if id.kind.is_global() {
                id.name = Ident::new(id.name.as_str().strip_prefix(&self.prefix)?);
            } else {
                id.schema = (*real.get(&id.schema)?).clone();
            }
            let object =
                object.into_iter().map(|(property, value)| (property, self.real_value(property, value)));
            Some((id, object.collect()))
        };
        Reading { objects: reading.objects.into_iter().filter_map(rename).collect() }
    }

    fn real_value(&self, property: Property, value: Value) -> Value {
        let replace = |text: String| {
            self.spelled.iter().fold(text, |text, (scratch, real)| {
                if text.contains(scratch.as_str()) { text.replace(scratch.as_str(), real) } else { text }
            })
        };
        match value {
            Value::Text(text) => Value::Text(replace(text)),
            Value::List(items) => {
                let mut items: Vec<_> = items.into_iter().map(replace).collect();
                // What was sorted was sorted by the scratch names.
                if property.has_no_order() {
                    items.sort();
                }
                Value::List(items)
            }
            other @ (Value::Flag(_) | Value::Undeclared) => other,
        }
    }
}

fn referenced_tables(descriptors: &Descriptors) -> BTreeSet<ObjectName> {
    let rules = descriptors.tables.iter().flat_map(|table| &table.constraints);
    let referenced = rules.filter_map(|constraint| match &constraint.rule {
        ConstraintRule::ForeignKey { references, .. } => Some(references),
        _ => None,
    });
    let parents = descriptors.tables.iter().flat_map(|table| &table.inherits);
    let published = descriptors.publications.iter().flat_map(|item| &item.tables).map(|item| &item.table);
    referenced.chain(parents).chain(published).cloned().collect()
}

//! All spellings that a dump and restore gives to what PostgreSQL printed.
//!
//! A restore reads what the server printed and prints it anew, and that need not be the same text:
//! `EXTRACT('YEAR' FROM d)` is printed with `YEAR` and, read again, with `year`. So the server is fed its own
//! output: of each object with such a text a *twin* is made, from the definition that `pg_dump` would write;
//! it is read by the very query that reads its kind; and of what changed a twin of the twin is made, until
//! nothing changes any more. All of it is rolled back.
//!
//! A snapshot keeps all spellings that a text went through. Texts that are known to stay as they are, such
//! as a column compared with a number, have no twins (`migrations-core/src/deparse/plain.rs`). Two rules by
//! hand spare the comparison a few spellings (`migrations-core/src/deparse.rs`). Only texts that PostgreSQL
//! prints from expressions have spellings; all others are values, compared to the letter
//! (`migrations-core/src/compare/expression.rs`).

mod made;
pub(crate) mod queries;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};
use tenon_schema::Ident;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use self::made::make;
use self::queries::queries;
pub(crate) use self::texts::is_printed;
use super::catalog;

/// How many twins stand at one time, each with locks of its own.
const AT_ONCE: usize = 64;

/// After how many readings a text that still changes is left as it is.
const ROUNDS: usize = 8;

/// Adds to each text of a reading the spellings that restores give it. What is read has to stand in the
/// database.
///
/// Runs inside the caller's transaction and leaves nothing in it. It takes the locks that changes of the
/// relations take, so the objects had better be the caller's own. Of what cannot be made again, the snapshot
/// keeps the spellings so far.
pub async fn complete(client: &Client, snapshot: &mut CatalogSnapshot) -> Result<(), Error> {
    let units = units(snapshot);
    let event_triggers = snapshot.objects.keys().filter(|id| id.kind == Kind::EventTrigger);
    let off = event_triggers.map(|id| format!("ALTER EVENT TRIGGER {} DISABLE", id.name.quoted()));
    let off: Vec<_> = off.collect();
    for units in units.chunks(AT_ONCE) {
        client.batch_execute("SAVEPOINT tenon_spelling").await?;
        let mut twins = Twins::of(snapshot, units);
        let spelled = twins.settle(client, &off).await;
        let undo = "ROLLBACK TO SAVEPOINT tenon_spelling; RELEASE SAVEPOINT tenon_spelling";
        let undone = client.batch_execute(undo).await;
        spelled.and(undone)?;
        for ((id, property), spellings) in twins.spellings {
            if let (Some(object), true) = (snapshot.objects.get_mut(&id), spellings.len() > 1) {
                object.insert(property, Value::Spellings(spellings));
            }
        }
    }
    Ok(())
}

/// What one twin is made of, and the texts of the snapshot that are told by it: those of a table's columns by
/// the table's.
type Unit = (ObjectId, Vec<(ObjectId, Property)>);

fn units(snapshot: &CatalogSnapshot) -> Vec<Unit> {
    let mut units: BTreeMap<ObjectId, Vec<(ObjectId, Property)>> = BTreeMap::new();
    for (id, object) in &snapshot.objects {
        let unit =
            if id.kind == Kind::Column { ObjectId::standalone(Kind::Table, &id.owner()) } else { id.clone() };
        let texts = texts::of(id.kind).iter();
        let texts = texts.filter(|property| {
            object.get(property).is_some_and(|value| texts::may_change(id.kind, **property, value))
        });
        let texts: Vec<_> = texts.map(|property| (id.clone(), *property)).collect();
        if !texts.is_empty() {
            units.entry(unit).or_default().extend(texts);
        }
    }
    units.into_iter().collect()
}

/// Some twins, and what they have said so far.
struct Twins {
    open: Vec<Open>,
    spellings: BTreeMap<(ObjectId, Property), Vec<Value>>,
    /// What all their names begin with.
    token: String,
}

/// What has not been seen to stay the same.
struct Open {
    /// Where that stands of which the next twin is made: the object itself, or its last twin.
    at: ObjectId,
    texts: Vec<(ObjectId, Property)>,
}

impl Twins {
    fn of(snapshot: &CatalogSnapshot, units: &[Unit]) -> Self {
        let texts = units.iter().flat_map(|(_, texts)| texts);
        let spellings = texts.filter_map(|(id, property)| {
            let value = snapshot.objects.get(id)?.get(property)?;
            Some(((id.clone(), *property), vec![value.clone()]))
        });
        let spellings = spellings.collect();
        let open = units.iter().map(|(id, texts)| Open { at: id.clone(), texts: texts.clone() }).collect();
        let token = Uuid::new_v4().simple().to_string();
        Self { open, spellings, token: format!("tenon_{}", &token[..12]) }
    }

    /// Makes twins until what they say does not change any more.
    async fn settle(&mut self, client: &Client, first: &[String]) -> Result<(), Error> {
        let session = "SET LOCAL search_path = pg_catalog; SET LOCAL check_function_bodies = off";
        client.batch_execute(session).await?;
        make(client, first).await?;
        for round in 0..ROUNDS {
            if self.open.is_empty() {
                break;
            }
            self.again(client, round).await?;
        }
        for Open { at, .. } in &self.open {
            tracing::warn!("{at} is printed otherwise each time that PostgreSQL reads what it has printed");
        }
        Ok(())
    }

    async fn again(&mut self, client: &Client, round: usize) -> Result<(), Error> {
        let token = format!("{}_{round}", self.token);
        let from: BTreeSet<Ident> = self.open.iter().map(|open| open.at.schema.clone()).collect();
        let schemas: BTreeMap<Ident, Ident> = from
            .into_iter()
            .enumerate()
            .map(|(number, schema)| (schema, Ident::new(format!("{token}_s{number}"))))
            .collect();
        let twins: Vec<Twin> = self
            .open
            .iter()
            .enumerate()
            .map(|(number, open)| Twin {
                schema: schemas.get(&open.at.schema).cloned().unwrap_or_default(),
                name: Ident::new(format!("{token}_{number}")),
            })
            .collect();
        let mut statements: Vec<_> =
            schemas.values().map(|schema| format!("CREATE SCHEMA {}", schema.quoted())).collect();
        statements.extend(self.definitions(client, &twins).await?);
        make(client, &statements).await?;
        let found = self.read(client, &twins).await?;
        let open = std::mem::take(&mut self.open).into_iter().zip(&twins);
        self.open = open.filter_map(|(open, twin)| self.heard(open, twin, &found)).collect();
        Ok(())
    }

    /// What makes the twins.
    async fn definitions(&self, client: &Client, twins: &[Twin]) -> Result<Vec<String>, Error> {
        let mut statements = Vec::new();
        let kinds: BTreeSet<Kind> = self.open.iter().map(|open| open.at.kind).collect();
        for kind in kinds {
            let of_kind: Vec<_> =
                self.open.iter().zip(twins).filter(|(open, _)| open.at.kind == kind).collect();
            let schemas: Vec<_> = of_kind.iter().map(|(open, _)| open.at.schema.as_str()).collect();
            let relations: Vec<_> =
                of_kind.iter().map(|(open, _)| open.at.relation.as_ref().map(Ident::as_str)).collect();
            let names: Vec<_> = of_kind.iter().map(|(open, _)| open.at.name.as_str()).collect();
            let twin_schemas: Vec<_> = of_kind.iter().map(|(_, twin)| twin.schema.as_str()).collect();
            let twin_names: Vec<_> = of_kind.iter().map(|(_, twin)| twin.name.as_str()).collect();
            let parameters: [(&(dyn ToSql + Sync), Type); 5] = [
                (&schemas, Type::NAME_ARRAY),
                (&relations, Type::NAME_ARRAY),
                (&names, Type::TEXT_ARRAY),
                (&twin_schemas, Type::NAME_ARRAY),
                (&twin_names, Type::NAME_ARRAY),
            ];
            for sql in queries(kind) {
                for row in client.query_typed(sql, &parameters).await? {
                    statements.extend(row.try_get::<_, Option<String>>("sql")?);
                }
            }
        }
        Ok(statements)
    }

    /// What the twins look like, by the queries that read their kinds.
    async fn read(&self, client: &Client, twins: &[Twin]) -> Result<BTreeMap<ObjectId, Object>, Error> {
        let mut found = BTreeMap::new();
        let kinds: BTreeSet<Kind> =
            self.open.iter().flat_map(|open| &open.texts).map(|(id, _)| id.kind).collect();
        for kind in kinds {
            let of_kind = self.open.iter().zip(twins);
            let of_kind = of_kind.filter(|(open, _)| open.texts.iter().any(|(id, _)| id.kind == kind));
            let (mut schemas, mut names) = (BTreeSet::new(), BTreeSet::new());
            for (open, twin) in of_kind {
                schemas.insert(if stands_alone(kind) { twin.schema.clone() } else { open.at.schema.clone() });
                names.insert(twin.name.clone());
            }
            let names = (!stands_alone(kind)).then_some(&names);
            found.extend(catalog::read_kind(client, kind, &schemas, names).await?);
        }
        Ok(found)
    }

    /// Takes down what a twin says, and gives what another has to be made for.
    fn heard(&mut self, open: Open, twin: &Twin, found: &BTreeMap<ObjectId, Object>) -> Option<Open> {
        let mut changed = Vec::new();
        for (id, property) in open.texts {
            let value = found.get(&twin.of(&id)).and_then(|object| object.get(&property));
            let spellings = self.spellings.get_mut(&(id.clone(), property));
            // What could not be made says nothing.
            let (Some(value), Some(spellings)) = (value, spellings) else { continue };
            let Some(made) = spellings.first() else { continue };
            let value = texts::of_object(&id, property, made, value, &twin.name);
            if !spellings.contains(&value) {
                spellings.push(value);
                changed.push((id, property));
            }
        }
        let at = twin.of(&open.at);
        (!changed.is_empty()).then_some(Open { at, texts: changed })
    }
}

/// The names of a twin: of these it has that one by which it cannot be taken for what it is made of.
struct Twin {
    schema: Ident,
    name: Ident,
}

impl Twin {
    /// Where the twin of this object stands.
    fn of(&self, id: &ObjectId) -> ObjectId {
        if stands_alone(id.kind) {
            ObjectId { schema: self.schema.clone(), ..id.clone() }
        } else {
            ObjectId { name: self.name.clone(), ..id.clone() }
        }
    }
}

/// Whether twins of this kind keep the name and stand in a schema of their own; others stand beside what they
/// are of.
fn stands_alone(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Table | Kind::Column | Kind::View | Kind::MaterializedView | Kind::Function | Kind::Domain
    )
}

//! Reading a catalog in which something cannot be printed: what can be is read, and the rest is told by name.
//!
//! A database in SQL_ASCII may hold bytes that are no UTF-8. They come as they are where the session speaks
//! that encoding too. And a function that prints may fail for one object: then the others are read without
//! it.

use bytes::BytesMut;
use tenon_migrations_core::assess::Unreadable;
use tenon_migrations_core::secret;
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};
use tenon_schema::Ident;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Error, Row};

use super::{Columns, OVERLAYS, query};

/// The most objects that are looked for by halves; where more cannot be printed, nothing is said of any.
const MANY: usize = 200;

/// Whether a reading may have failed for what one object is, so that others can be read.
pub fn is_of_an_object(error: &Error) -> bool {
    match error.code() {
        Some(code) => {
            code.code().starts_with("22")
                || code.code().starts_with("XX")
                || *code == SqlState::UNDEFINED_OBJECT
        }
        // A text that is no UTF-8.
        None => error.to_string().starts_with("error deserializing column"),
    }
}

/// All objects as [`super::read`] reads them, but for those that cannot be printed.
///
/// Runs inside the caller's transaction, under the same conditions.
pub async fn read(client: &Client, schemas: &[&str]) -> Result<(CatalogSnapshot, Vec<Unreadable>), Error> {
    let begin = "SELECT pg_catalog.set_config('client_encoding', 'SQL_ASCII', true) \
                 WHERE pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.=) 'SQL_ASCII'";
    client.batch_execute(begin).await?;
    let mut careful =
        Careful { client, schemas, snapshot: CatalogSnapshot::default(), unprinted: Vec::new() };
    for kind in Kind::ALL {
        careful.kind(*kind).await?;
    }
    for sql in OVERLAYS {
        careful.overlay(sql).await?;
    }
    client.batch_execute("SET LOCAL client_encoding = 'UTF8'").await?;
    let Careful { mut snapshot, mut unprinted, .. } = careful;
    // Of a relation whose name cannot be printed, what stands on it need not be told as well.
    let relations: Vec<_> = unprinted.iter().map(|one| one.id.clone()).collect();
    unprinted.retain(|one| !one.id.relations().any(|relation| relations.contains(&relation)));
    unprinted.sort_by(|one, other| one.id.cmp(&other.id));
    unprinted.dedup_by(|one, other| one.id == other.id);
    snapshot.objects.retain(|id, _| !relations.contains(id));
    Ok((snapshot, unprinted))
}

struct Careful<'a> {
    client: &'a Client,
    schemas: &'a [&'a str],
    snapshot: CatalogSnapshot,
    unprinted: Vec<Unreadable>,
}

impl Careful<'_> {
    async fn kind(&mut self, kind: Kind) -> Result<(), Error> {
        for row in self.rows(query(kind), Some(kind)).await? {
            match printed(kind, &row)? {
                Ok((id, object)) => drop(self.snapshot.objects.insert(id, object)),
                Err(unprinted) => self.unprinted.push(unprinted),
            }
        }
        Ok(())
    }

    async fn overlay(&mut self, sql: &str) -> Result<(), Error> {
        for row in self.rows(sql, None).await? {
            let Some(kind) = Kind::from_name(row.try_get("kind")?) else { continue };
            match printed(kind, &row)? {
                Ok((id, more)) => {
                    if let Some(object) = self.snapshot.objects.get_mut(&id) {
                        object.extend(more);
                    }
                }
                Err(unprinted) if self.snapshot.objects.contains_key(&unprinted.id) => {
                    self.unprinted.push(unprinted);
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// The rows of a query, without those for which it fails.
    async fn rows(&mut self, sql: &str, kind: Option<Kind>) -> Result<Vec<Row>, Error> {
        let error = match self.ask(sql, None).await? {
            Ok(rows) => return Ok(rows),
            Err(error) => error,
        };
        let column = if kind.is_none() { ", kind" } else { "" };
        let keys = format!("SELECT schema, relation, name{column} FROM (\n{sql}\n) AS whole");
        let Ok(keys) = self.ask(&keys, None).await? else { return Err(error) };
        let keys = keys.iter().map(|row| Key::of(row, kind)).collect::<Result<Vec<_>, Error>>()?;
        let some = format!(
            "SELECT * FROM (\n{sql}\n) AS whole WHERE (schema::text, coalesce(relation::text, ''::text), name::text) \
             IN (SELECT * FROM unnest($2::text[], $3::text[], $4::text[]))"
        );
        let (mut rows, mut parts) = (Vec::new(), vec![keys.as_slice()]);
        let already = self.unprinted.len();
        while let Some(part) = parts.pop() {
            match (self.ask(&some, Some(part)).await?, part) {
                (Ok(more), _) => rows.extend(more),
                (Err(why), [key]) => {
                    let why =
                        why.as_db_error().map_or_else(|| why.to_string(), |error| error.message().to_owned());
                    self.unprinted.push(Unreadable { id: key.id(), why });
                }
                (Err(_), part) => {
                    let (one, other) = part.split_at(part.len() / 2);
                    parts.extend([one, other].into_iter().filter(|part| !part.is_empty()));
                }
            }
            if self.unprinted.len() > already + MANY {
                return Err(error);
            }
        }
        Ok(rows)
    }

    /// The answer, or why there is none for some object; the transaction lives on.
    async fn ask(&self, sql: &str, keys: Option<&[Key]>) -> Result<Result<Vec<Row>, Error>, Error> {
        self.client.batch_execute("SAVEPOINT tenon_object").await?;
        let part = |part: fn(&Key) -> &Bytes| keys.unwrap_or_default().iter().map(part).collect::<Vec<_>>();
        let (schemas, relations, names) =
            (part(|key| &key.schema), part(|key| &key.relation), part(|key| &key.name));
        let mut parameters: Vec<(&(dyn ToSql + Sync), Type)> = vec![(&self.schemas, Type::NAME_ARRAY)];
        if keys.is_some() {
            parameters.extend([&schemas, &relations, &names].map(|part| (part as _, Type::TEXT_ARRAY)));
        }
        match self.client.query_typed(sql, &parameters).await {
            Ok(rows) => {
                self.client.batch_execute("RELEASE SAVEPOINT tenon_object").await?;
                Ok(Ok(rows))
            }
            Err(error) if is_of_an_object(&error) => {
                let back = "ROLLBACK TO SAVEPOINT tenon_object; RELEASE SAVEPOINT tenon_object";
                self.client.batch_execute(back).await?;
                Ok(Err(error))
            }
            Err(error) => Err(error),
        }
    }
}

/// What says which object a row is of.
struct Key {
    kind: Kind,
    schema: Bytes,
    /// Empty for what stands by itself.
    relation: Bytes,
    name: Bytes,
}

impl Key {
    fn of(row: &Row, kind: Option<Kind>) -> Result<Self, Error> {
        let kind = match kind {
            Some(kind) => kind,
            None => Kind::from_name(row.try_get("kind")?).unwrap_or(Kind::Settings),
        };
        let bytes = |column| Ok::<_, Error>(row.try_get::<_, Option<Bytes>>(column)?.unwrap_or_default());
        Ok(Self { kind, schema: bytes("schema")?, relation: bytes("relation")?, name: bytes("name")? })
    }

    fn id(&self) -> ObjectId {
        let relation = Some(Ident::new(self.relation.escaped())).filter(|name| !name.as_str().is_empty());
        ObjectId {
            kind: self.kind,
            schema: Ident::new(self.schema.escaped()),
            relation,
            name: Ident::new(self.name.escaped()),
        }
    }
}

/// An object, or why it cannot be printed.
fn printed(kind: Kind, row: &Row) -> Result<Result<(ObjectId, Object), Unreadable>, Error> {
    let key = Key::of(row, Some(kind))?;
    let id = key.id();
    let because =
        |what: &str| Err(Unreadable { id: id.clone(), why: format!("its {what} is no text in UTF-8") });
    if [&key.schema, &key.relation, &key.name].iter().any(|part| part.text().is_none()) {
        return Ok(because("name"));
    }
    let mut object = Object::new();
    for (index, property, data_type) in &Columns::of(Some(row)).0 {
        let value = match *data_type {
            Type::BOOL => row.try_get::<_, Option<bool>>(index)?.map(|flag| Some(Value::Flag(flag))),
            Type::TEXT_ARRAY => {
                row.try_get::<_, Option<Vec<Bytes>>>(index)?.map(|list| list_of(*property, &list))
            }
            _ => row.try_get::<_, Option<Bytes>>(index)?.map(|text| text.text().map(Value::Text)),
        };
        match value {
            None => {}
            Some(None) => return Ok(because(property.noun())),
            Some(Some(mut value)) => {
                secret::hide_in(kind, *property, &mut value);
                object.insert(*property, value);
            }
        }
    }
    Ok(Ok((id, object)))
}

fn list_of(property: Property, list: &[Bytes]) -> Option<Value> {
    let mut list = list.iter().map(Bytes::text).collect::<Option<Vec<_>>>()?;
    if property.has_no_order() {
        list.sort();
    }
    Some(Value::List(list))
}

/// What stands in such schemas and is of a kind that is not compared, as [`super::announce`] tells it.
pub async fn announce(client: &Client, schemas: &[&str]) -> Result<Vec<(String, Vec<String>)>, Error> {
    let sql = include_str!("sql/announce.sql");
    let careful = Careful { client, schemas, snapshot: CatalogSnapshot::default(), unprinted: Vec::new() };
    let begin = "SELECT pg_catalog.set_config('client_encoding', 'SQL_ASCII', true) \
                 WHERE pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.=) 'SQL_ASCII'";
    client.batch_execute(begin).await?;
    let rows = careful.ask(sql, None).await??;
    client.batch_execute("SET LOCAL client_encoding = 'UTF8'").await?;
    let names = |row: &Row| Ok(row.try_get::<_, Vec<Bytes>>(1)?.iter().map(Bytes::escaped).collect());
    rows.iter().map(|row| Ok((row.try_get::<_, Bytes>(0)?.escaped(), names(row)?))).collect()
}

/// A text as it came, which may be none.
#[derive(Debug, Clone, Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn text(&self) -> Option<String> {
        std::str::from_utf8(&self.0).ok().map(str::to_owned)
    }

    /// The text, with escapes for what is none.
    fn escaped(&self) -> String {
        let chunks = self.0.utf8_chunks().map(|chunk| {
            let invalid: String = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")).collect();
            format!("{}{invalid}", chunk.valid())
        });
        chunks.collect()
    }
}

impl<'a> FromSql<'a> for Bytes {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(data_type: &Type) -> bool {
        matches!(*data_type, Type::TEXT | Type::NAME | Type::VARCHAR | Type::UNKNOWN | Type::CHAR)
    }
}

impl ToSql for Bytes {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(data_type: &Type) -> bool {
        *data_type == Type::TEXT
    }

    to_sql_checked!();
}

//! Reading the catalog: one query a kind, whatever the number of tables, nothing written, nothing waited for.
//!
//! Each file under `sql/` selects `schema`, `relation` and `name`, and then one column per property, named
//! as in [`Property`]; what a kind's properties are is decided there and nowhere else. The overlays say the
//! same of objects of many kinds at once, and so select the `kind` too.

pub mod careful;
mod catalogs;
mod part;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use futures_util::FutureExt;
use futures_util::future::{try_join, try_join_all};
use tenon_migrations_core::assess::Unreadable;
use tenon_migrations_core::migration::Checksum;
use tenon_migrations_core::probable::Builds;
use tenon_migrations_core::secret;
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};
use tenon_schema::{Ident, ObjectName};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

pub(crate) use self::catalogs::Catalogs;
pub use self::part::RelationNames;
use super::sessions::Sessions;
use super::spelling::queries::queries as spellings;
use crate::database::settings::READING;

/// The query that reads a kind.
pub fn query(kind: Kind) -> &'static str {
    match kind {
        Kind::Table => include_str!("sql/table.sql"),
        Kind::Column => include_str!("sql/column.sql"),
        Kind::Constraint => include_str!("sql/constraint.sql"),
        Kind::Index => include_str!("sql/index.sql"),
        Kind::Enum => include_str!("sql/enum.sql"),
        Kind::Sequence => include_str!("sql/sequence.sql"),
        Kind::View => include_str!("sql/view.sql"),
        Kind::MaterializedView => include_str!("sql/materialized_view.sql"),
        Kind::Function => include_str!("sql/function.sql"),
        Kind::Aggregate => include_str!("sql/aggregate.sql"),
        Kind::Trigger => include_str!("sql/trigger.sql"),
        Kind::Rule => include_str!("sql/rule.sql"),
        Kind::Policy => include_str!("sql/policy.sql"),
        Kind::Statistics => include_str!("sql/statistics.sql"),
        Kind::Domain => include_str!("sql/domain.sql"),
        Kind::Composite => include_str!("sql/composite.sql"),
        Kind::Range => include_str!("sql/range.sql"),
        Kind::Collation => include_str!("sql/collation.sql"),
        Kind::Operator => include_str!("sql/operator.sql"),
        Kind::OperatorFamily => include_str!("sql/operator_family.sql"),
        Kind::OperatorClass => include_str!("sql/operator_class.sql"),
        Kind::Cast => include_str!("sql/cast.sql"),
        Kind::TextSearchDictionary => include_str!("sql/text_search_dictionary.sql"),
        Kind::TextSearchConfiguration => include_str!("sql/text_search_configuration.sql"),
        Kind::Schema => include_str!("sql/schema.sql"),
        Kind::DefaultPrivileges => include_str!("sql/default_privileges.sql"),
        Kind::Extension => include_str!("sql/extension.sql"),
        Kind::ForeignServer => include_str!("sql/foreign_server.sql"),
        Kind::EventTrigger => include_str!("sql/event_trigger.sql"),
        Kind::Publication => include_str!("sql/publication.sql"),
        Kind::Settings => include_str!("sql/settings.sql"),
    }
}

/// The kinds whose queries take longest, which are asked for first: then two sessions are done at about one
/// time.
const DEAR: [Kind; 6] =
    [Kind::Constraint, Kind::Table, Kind::Index, Kind::Column, Kind::Function, Kind::View];

/// The queries that add a property to relations and to what stands on them.
const OVERLAYS_OF_RELATIONS: [&str; 3] = [
    concat!(include_str!("sql/overlay/grants_of_relation.sql"), include_str!("sql/overlay/granted.sql")),
    include_str!("sql/overlay/comment_of_relation.sql"),
    include_str!("sql/overlay/depends_of_relation.sql"),
];

/// All queries that add a property to objects of many kinds.
pub const OVERLAYS: [&str; 6] = [
    OVERLAYS_OF_RELATIONS[0],
    OVERLAYS_OF_RELATIONS[1],
    OVERLAYS_OF_RELATIONS[2],
    concat!(include_str!("sql/overlay/grants.sql"), include_str!("sql/overlay/granted.sql")),
    include_str!("sql/overlay/comment.sql"),
    include_str!("sql/overlay/depends.sql"),
];

/// The sha256 over all queries, also those by which spellings are found, and the settings under which they
/// are asked: what is read by other ones, or under others, is not compared.
pub fn queries() -> Checksum {
    static QUERIES: LazyLock<Checksum> = LazyLock::new(|| {
        let kinds = Kind::ALL.iter().map(|kind| query(*kind));
        let spellings = Kind::ALL.iter().flat_map(|kind| spellings(*kind)).copied();
        // Which values are said, and which are hidden, makes another snapshot too.
        let harmless = secret::HARMLESS.iter().copied();
        let more = spellings.chain(harmless).chain([READING.as_str()]);
        Checksum::of(kinds.chain(OVERLAYS).chain(more).collect::<Vec<_>>().join("\0"))
    });
    *QUERIES
}

/// Reads all objects of these schemas, and all that stand in none.
///
/// Runs inside the caller's transaction, whose `search_path` has to be `pg_catalog` alone: that is what
/// makes PostgreSQL print every name with its schema.
pub async fn read(sessions: Sessions<'_>, schemas: &BTreeSet<Ident>) -> Result<CatalogSnapshot, Error> {
    read_present(sessions, schemas, Catalogs::UNKNOWN).await
}

/// Reads all that, where these catalogs have rows and the others have none.
pub(crate) async fn read_present(
    sessions: Sessions<'_>,
    schemas: &BTreeSet<Ident>,
    catalogs: Catalogs,
) -> Result<CatalogSnapshot, Error> {
    let names: &Vec<&str> = &schemas.iter().map(Ident::as_str).collect();
    let kinds = DEAR.into_iter().chain(Kind::ALL.iter().copied().filter(|kind| !DEAR.contains(kind)));
    let kinds = kinds.filter(|kind| catalogs.may_have(*kind));
    let questions = kinds.map(|kind| (query(kind), Some(kind))).chain(OVERLAYS.map(|sql| (sql, None)));
    let answers = sessions.run_on_both(questions, |client, (sql, kind)| {
        let answer = async move {
            let rows = client.query_typed(sql, &[(names, Type::NAME_ARRAY)]).await?;
            Ok(match kind {
                Some(kind) => Answer::Objects(objects(kind, &rows)?),
                None => Answer::Overlay(rows),
            })
        };
        answer.boxed()
    });
    let (mut objects, mut overlays) = (Vec::new(), Vec::new());
    for answer in answers.await? {
        match answer {
            Answer::Objects(more) => objects.push(more),
            Answer::Overlay(rows) => overlays.push(rows),
        }
    }
    together(objects, &overlays)
}

/// Reads all objects of these schemas by one session, whatever cannot be printed: of that the names are
/// told.
///
/// The transaction lives on where an object cannot be printed.
pub async fn read_surely(
    client: &Client,
    schemas: &BTreeSet<Ident>,
) -> Result<(CatalogSnapshot, Vec<Unreadable>), Error> {
    client.batch_execute("SAVEPOINT tenon_catalog").await?;
    let read = match read(client.into(), schemas).await {
        Ok(snapshot) => (snapshot, Vec::new()),
        Err(error) if careful::is_of_an_object(&error) => {
            client.batch_execute("ROLLBACK TO SAVEPOINT tenon_catalog").await?;
            let names: Vec<&str> = schemas.iter().map(Ident::as_str).collect();
            careful::read(client, &names).await?
        }
        Err(error) => return Err(error),
    };
    client.batch_execute("RELEASE SAVEPOINT tenon_catalog").await?;
    Ok(read)
}

/// What a query of the catalog says.
enum Answer {
    Objects(Vec<(ObjectId, Object)>),
    Overlay(Vec<Row>),
}

/// Reads a part of that, under the same conditions.
pub async fn read_part(
    client: &Client,
    schemas: &BTreeSet<Ident>,
    part: RelationNames<'_>,
) -> Result<CatalogSnapshot, Error> {
    let names = |set: &BTreeSet<Ident>| set.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
    let (schemas, relations) = (names(schemas), names(part.0));
    let parameters: [(&(dyn ToSql + Sync), Type); 2] =
        [(&schemas, Type::NAME_ARRAY), (&relations, Type::NAME_ARRAY)];
    let ask = async |sql: String| client.query_typed(&sql, &parameters).await;
    let kinds = Kind::ALL.iter().filter_map(|kind| Some((*kind, RelationNames::query(*kind)?)));
    let kinds = kinds.map(async |(kind, sql)| objects(kind, &ask(sql).await?));
    let overlays = OVERLAYS_OF_RELATIONS.map(|sql| ask(RelationNames::overlay(sql)));
    let (objects, overlays) = try_join(try_join_all(kinds), try_join_all(overlays)).await?;
    together(objects, &overlays)
}

/// Reads the objects of one kind in these schemas, or those of them that have one of these names, under the
/// same conditions; without what overlays add.
pub(crate) async fn read_kind(
    client: &Client,
    kind: Kind,
    schemas: &BTreeSet<Ident>,
    names: Option<&BTreeSet<Ident>>,
) -> Result<Vec<(ObjectId, Object)>, Error> {
    let list = |set: &BTreeSet<Ident>| set.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
    let (schemas, names) = (list(schemas), names.map(list));
    let schemas: (&(dyn ToSql + Sync), Type) = (&schemas, Type::NAME_ARRAY);
    let rows = match &names {
        None => client.query_typed(query(kind), &[schemas]).await?,
        Some(names) => {
            client.query_typed(&RelationNames::by_name(kind), &[schemas, (names, Type::NAME_ARRAY)]).await?
        }
    };
    objects(kind, &rows)
}

fn objects(kind: Kind, rows: &[Row]) -> Result<Vec<(ObjectId, Object)>, Error> {
    let columns = Columns::of(rows.first());
    rows.iter().map(|row| columns.object(kind, row)).collect()
}

/// The objects, and what the overlays add to them.
fn together(objects: Vec<Vec<(ObjectId, Object)>>, overlays: &[Vec<Row>]) -> Result<CatalogSnapshot, Error> {
    let mut snapshot = CatalogSnapshot { objects: objects.into_iter().flatten().collect() };
    for rows in overlays {
        let columns = Columns::of(rows.first());
        for row in rows {
            let Some(kind) = Kind::from_name(row.try_get("kind")?) else { continue };
            let (id, more) = columns.object(kind, row)?;
            // An extension's own objects are not in the snapshot, and what is said of them is not either.
            if let Some(object) = snapshot.objects.get_mut(&id) {
                object.extend(more);
            }
        }
    }
    Ok(snapshot)
}

/// What stands in these schemas and is of a kind that is not compared: the kind in words, and the names.
///
/// Runs under the same conditions as [`read`].
pub async fn announce(
    client: &Client,
    schemas: &BTreeSet<Ident>,
) -> Result<Vec<(String, Vec<String>)>, Error> {
    let names: Vec<&str> = schemas.iter().map(Ident::as_str).collect();
    let rows = client.query_typed(include_str!("sql/announce.sql"), &[(&names, Type::NAME_ARRAY)]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// The tables on which an index is being built at this moment.
pub async fn builds(client: &Client) -> Result<Builds, Error> {
    let rows = client.query_typed(include_str!("sql/builds.sql"), &[]).await?;
    let table = |row: &Row| {
        let name = |column| row.try_get::<_, Option<&str>>(column).map(|name| name.map(Ident::from));
        let (schema, relation) = (name("schema")?, name("relation")?);
        Ok(schema.zip(relation).map(|(schema, relation)| ObjectName::new(schema, relation)))
    };
    rows.iter().map(table).collect()
}

/// The columns of a result, each with the property that it holds.
struct Columns(Vec<(usize, Property, Type)>);

impl Columns {
    fn of(row: Option<&Row>) -> Self {
        let columns = row.map(Row::columns).unwrap_or_default().iter().enumerate();
        Self(
            columns
                .filter_map(|(index, column)| {
                    Some((index, Property::from_name(column.name())?, column.type_().clone()))
                })
                .collect(),
        )
    }

    fn object(&self, kind: Kind, row: &Row) -> Result<(ObjectId, Object), Error> {
        let id = ObjectId {
            kind,
            schema: Ident::new(row.try_get::<_, &str>("schema")?),
            relation: row.try_get::<_, Option<&str>>("relation")?.map(Ident::from),
            name: Ident::new(row.try_get::<_, &str>("name")?),
        };
        let mut object = Object::new();
        for (index, property, data_type) in &self.0 {
            if let Some(mut value) = value(row, *index, *property, data_type)? {
                secret::hide_in(kind, *property, &mut value);
                object.insert(*property, value);
            }
        }
        Ok((id, object))
    }
}

fn value(row: &Row, index: usize, property: Property, data_type: &Type) -> Result<Option<Value>, Error> {
    Ok(match *data_type {
        Type::BOOL => row.try_get::<_, Option<bool>>(index)?.map(Value::Flag),
        Type::TEXT_ARRAY => row.try_get::<_, Option<Vec<String>>>(index)?.map(|mut list| {
            // Here and not in the query, where the order would be that of the database's collation.
            if property.has_no_order() {
                list.sort();
            }
            Value::List(list)
        }),
        _ => row.try_get::<_, Option<String>>(index)?.map(Value::Text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_says_in_its_first_line_what_it_answers() {
        let kinds = Kind::ALL.iter().map(|kind| query(*kind));
        for sql in
            kinds.chain(OVERLAYS).chain([include_str!("sql/announce.sql"), include_str!("sql/builds.sql")])
        {
            let first = sql.lines().next().unwrap_or_default();
            assert!(first.starts_with("-- ") && first.contains('?'), "{first}");
        }
    }
}

//! Reading the catalog: one query a kind, whatever the number of tables, nothing written, nothing waited for.
//!
//! Each file under `sql/` selects `schema`, `relation` and `name`, and then one column per property, named
//! as in [`Property`]; what a kind's properties are is decided there and nowhere else.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use tenon_migrations_core::reading::{Kind, Object, ObjectId, Property, Reading, Value};
use tenon_schema::Ident;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Row};

/// The query that reads a kind.
pub fn query(kind: Kind) -> &'static str {
    match kind {
        Kind::Table => include_str!("sql/table.sql"),
        Kind::Column => include_str!("sql/column.sql"),
        Kind::Constraint => include_str!("sql/constraint.sql"),
        Kind::Index => include_str!("sql/index.sql"),
        Kind::Enum => include_str!("sql/enum.sql"),
        Kind::Sequence => include_str!("sql/sequence.sql"),
    }
}

/// Reads all objects of these schemas.
///
/// Runs inside the caller's transaction, whose `search_path` has to be `pg_catalog` alone: that is what
/// makes PostgreSQL print every name with its schema.
pub async fn read(client: &Client, schemas: &BTreeSet<Ident>) -> Result<Reading, Error> {
    let names: Vec<&str> = schemas.iter().map(Ident::as_str).collect();
    let of_kind = async |kind| {
        let rows = client.query_typed(query(kind), &[(&names, Type::NAME_ARRAY)]).await?;
        let columns = Columns::of(rows.first());
        rows.iter().map(|row| columns.object(kind, row)).collect::<Result<Vec<_>, Error>>()
    };
    // Sent at once, so that the server is never idle between them.
    let objects = try_join_all(Kind::ALL.map(of_kind)).await?;
    Ok(Reading { objects: objects.into_iter().flatten().collect() })
}

/// Which column of a result is which property.
struct Columns(Vec<(usize, Property, Type)>);

impl Columns {
    fn of(row: Option<&Row>) -> Self {
        let columns = row.map(Row::columns).unwrap_or_default().iter().enumerate();
        Self(
            columns
                .filter_map(|(index, column)| {
                    Some((index, Property::from_column(column.name())?, column.type_().clone()))
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
            if let Some(value) = value(row, *index, data_type)? {
                object.insert(*property, value);
            }
        }
        Ok((id, object))
    }
}

fn value(row: &Row, index: usize, data_type: &Type) -> Result<Option<Value>, Error> {
    Ok(match *data_type {
        Type::BOOL => row.try_get::<_, Option<bool>>(index)?.map(Value::Flag),
        Type::TEXT_ARRAY => row.try_get::<_, Option<Vec<String>>>(index)?.map(Value::List),
        _ => row.try_get::<_, Option<String>>(index)?.map(Value::Text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_says_in_its_first_line_what_it_answers() {
        for kind in Kind::ALL {
            let first = query(kind).lines().next().unwrap_or_default();
            assert!(first.starts_with("-- ") && first.contains('?'), "{kind:?}: {first}");
        }
    }
}

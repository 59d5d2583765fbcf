//! Which relations have changed since, where the token says that something has.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::Ident;
use tokio_postgres::types::{Oid, Type};
use tokio_postgres::{Client, Error};

/// A mark for each relation of the database, and one for all that belongs to none. Each stays the same as
/// long as nothing of its own has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::postgres) struct Marks {
    relations: BTreeMap<Oid, Marked>,
    rest: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Marked {
    schema: Ident,
    name: Ident,
    mark: String,
}

/// What has changed between two times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) enum Moved {
    Nothing,
    /// These relations alone, some of which may be new.
    Relations(Vec<Oid>),
    /// Something whose reach is not known.
    More,
}

impl Marks {
    /// Reads them, under the same conditions as the token.
    pub(in crate::postgres) async fn read(client: &Client) -> Result<Self, Error> {
        let mut marks = Self::default();
        for row in client.query_typed(include_str!("sql/marks.sql"), &[]).await? {
            let mark = row.try_get("mark")?;
            match row.try_get::<_, Option<&str>>("schema")? {
                Some(schema) => {
                    let name = Ident::new(row.try_get::<_, &str>("name")?);
                    let marked = Marked { schema: Ident::new(schema), name, mark };
                    marks.relations.insert(row.try_get("relation")?, marked);
                }
                None => marks.rest = mark,
            }
        }
        Ok(marks)
    }

    /// What has changed since those were read.
    ///
    /// A relation that was renamed, moved or dropped is told as [`Moved::More`]: its name may stand in texts
    /// that do not depend on it, such as the literal of an array of `regclass`.
    pub(in crate::postgres) fn since(&self, former: &Self) -> Moved {
        let stayed = |(oid, was): (&Oid, &Marked)| {
            self.relations.get(oid).is_some_and(|is| (&is.schema, &is.name) == (&was.schema, &was.name))
        };
        if self.rest != former.rest || !former.relations.iter().all(stayed) {
            return Moved::More;
        }
        let changed = self.relations.iter().filter(|(oid, is)| former.relations.get(oid) != Some(is));
        let changed: Vec<_> = changed.map(|(oid, _)| *oid).collect();
        if changed.is_empty() { Moved::Nothing } else { Moved::Relations(changed) }
    }

    /// The names of those of these relations that stand in these schemas.
    pub(in crate::postgres) fn names(&self, relations: &[Oid], schemas: &BTreeSet<Ident>) -> BTreeSet<Ident> {
        let marked = relations.iter().filter_map(|oid| self.relations.get(oid));
        marked.filter(|marked| schemas.contains(&marked.schema)).map(|marked| marked.name.clone()).collect()
    }
}

/// These relations and those that depend on them, whose texts may have changed with them; `None` if something
/// depends on them that is no part of a relation.
pub(in crate::postgres) async fn dependents(
    client: &Client,
    relations: &[Oid],
) -> Result<Option<Vec<Oid>>, Error> {
    let sql = include_str!("sql/dependents.sql");
    let rows = client.query_typed(sql, &[(&relations, Type::OID_ARRAY)]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

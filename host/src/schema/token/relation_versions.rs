//! The relations that have changed, where the token says that something has.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::Ident;
use tokio_postgres::types::{Oid, Type};
use tokio_postgres::{Client, Error, Row};

use super::Token;
use super::versions::{self, Versions};

/// The most relations that are asked for by name; of more, all are read.
const FEW: usize = 200;

/// The row versions of each relation in the catalogs, and one for all that belongs to none. Each stays the
/// same as long as nothing of its own has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RelationVersions {
    relations: BTreeMap<Oid, VersionedRelation>,
    rest: Versions,
    shared: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct VersionedRelation {
    schema: Ident,
    name: Ident,
    versions: Versions,
}

impl VersionedRelation {
    /// `None` for what is no relation of a snapshot.
    fn of(row: &Row) -> Result<Option<Self>, Error> {
        let Some(schema) = row.try_get::<_, Option<&str>>("schema")? else { return Ok(None) };
        let name = Ident::new(row.try_get::<_, &str>("name")?);
        Ok(Some(Self { schema: Ident::new(schema), name, versions: Versions::of(row)? }))
    }
}

/// What has changed between two times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChangedRelations {
    Nothing,
    /// The changed relations, and nothing else; some may be new.
    Relations(Vec<Oid>),
    /// Something whose reach is not known.
    Unknown,
}

impl RelationVersions {
    /// Reads them, under the same conditions as the token.
    pub(crate) async fn read(client: &Client) -> Result<Self, Error> {
        let mut relation_versions = Self::default();
        for row in client.query_typed(versions::OF_EACH, &[]).await? {
            match VersionedRelation::of(&row)? {
                Some(versioned) => {
                    drop(relation_versions.relations.insert(row.try_get("relation")?, versioned));
                }
                None => {
                    (relation_versions.rest, relation_versions.shared) =
                        (Versions::of(&row)?, row.try_get("shared")?);
                }
            }
        }
        Ok(relation_versions)
    }

    /// The versions at a later token, by reading those alone of the relations that it shows to have
    /// changed: if so they account for all that has moved between the two tokens. `None` if not.
    pub(crate) async fn renewed(
        &self,
        client: &Client,
        was: &Token,
        is: &Token,
    ) -> Result<Option<Self>, Error> {
        if was.shared != is.shared || is.fresh.contains(&0) || is.fresh.len() > FEW {
            return Ok(None);
        }
        let mut relation_versions = self.clone();
        let mut versions = was.versions;
        for row in client.query_typed(versions::OF_SOME, &[(&is.fresh, Type::OID_ARRAY)]).await? {
            let relation: Oid = row.try_get("relation")?;
            if relation == 0 {
                return Ok(None);
            }
            versions = versions.with(Versions::of(&row)?);
            if let Some(versioned) = VersionedRelation::of(&row)?
                && let Some(former) = relation_versions.relations.insert(relation, versioned)
            {
                versions = versions.without(former.versions);
            }
        }
        // Where something was removed, or is not of a snapshot and was there before, they do not.
        Ok((versions == is.versions).then_some(relation_versions))
    }

    /// What has changed since those were read.
    ///
    /// A relation that was renamed, moved or dropped is told as [`ChangedRelations::Unknown`]: its name may
    /// stand in texts that do not depend on it, such as the literal of an array of `regclass`.
    pub(crate) fn since(&self, former: &Self) -> ChangedRelations {
        let stayed = |(oid, was): (&Oid, &VersionedRelation)| {
            self.relations.get(oid).is_some_and(|is| (&is.schema, &is.name) == (&was.schema, &was.name))
        };
        let rest = self.rest == former.rest && self.shared == former.shared;
        if !rest || !former.relations.iter().all(stayed) {
            return ChangedRelations::Unknown;
        }
        let changed = self.relations.iter().filter(|(oid, is)| former.relations.get(oid) != Some(is));
        let changed: Vec<_> = changed.map(|(oid, _)| *oid).collect();
        if changed.is_empty() { ChangedRelations::Nothing } else { ChangedRelations::Relations(changed) }
    }

    /// The names of those of these relations that stand in these schemas.
    pub(crate) fn names(&self, relations: &[Oid], schemas: &BTreeSet<Ident>) -> BTreeSet<Ident> {
        let versioned = relations.iter().filter_map(|oid| self.relations.get(oid));
        versioned
            .filter(|versioned| schemas.contains(&versioned.schema))
            .map(|versioned| versioned.name.clone())
            .collect()
    }
}

/// The given relations and those that depend on them, whose texts may have changed with them; `None` if
/// something depends on them that is no part of a relation.
pub(crate) async fn dependents(client: &Client, relations: &[Oid]) -> Result<Option<Vec<Oid>>, Error> {
    let sql = include_str!("sql/dependents.sql");
    let rows = client.query_typed(sql, &[(&relations, Type::OID_ARRAY)]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

//! The deviations of the plugins' login roles from what they are to be.

use tenon_schema::Ident;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::Roles;
use crate::database::bounds::{Bounds, Unanswered};

/// One thing in which a role differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    pub role: Ident,
    pub what: DeviationKind,
    /// The right and its object, or what is wrong with the role, in words.
    pub told: String,
    /// What puts it right, if SQL does without guessing.
    pub sql: Option<String>,
}

/// The kind of a deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviationKind {
    Absent,
    /// The role is a superuser, or may not log in.
    Attribute,
    /// The role could become another role.
    Member,
    /// An owner role is there, and not the role's to use that heals.
    Held,
    /// An owner role cannot be given to the role that heals: what it is to own stays with that one.
    Kept,
    /// The role cannot become its plugin's owner role, or that of a plugin that its own calls, and is to.
    Joins,
    /// The role acts as its plugin's owner role or does not, and is to do the other.
    Acts,
    /// The role is granted what it should not be.
    Beyond,
    Lacks,
    /// The role does not own what it is to own.
    Owner,
    /// The role owns something, or has rights on what is none of this database's objects.
    Owns,
    /// The role is of no plugin any more.
    Left,
}

impl DeviationKind {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "absent" => Self::Absent,
            "attribute" => Self::Attribute,
            "member" => Self::Member,
            "held" => Self::Held,
            "kept" => Self::Kept,
            "joins" => Self::Joins,
            "acts" => Self::Acts,
            "beyond" => Self::Beyond,
            "lacks" => Self::Lacks,
            "owner" => Self::Owner,
            "owns" => Self::Owns,
            "left" => Self::Left,
            _ => return None,
        })
    }
}

/// Reads them in a transaction of its own.
pub async fn deviations(
    client: &Client,
    bounds: Bounds,
    roles: &Roles,
) -> Result<Vec<Deviation>, Unanswered> {
    bounds.read(client, async { Ok(within(client, roles).await?) }).await
}

/// Reads the deviations inside the caller's transaction, whose `search_path` has to be `pg_catalog` alone.
pub(crate) async fn within(client: &Client, roles: &Roles) -> Result<Vec<Deviation>, Error> {
    let names: Vec<&str> = roles.all().map(|(_, role)| role.as_str()).collect();
    let owners: Vec<&str> = roles.owners.values().map(Ident::as_str).collect();
    let owned =
        |of: fn(&super::Owned) -> &Ident| roles.owned.iter().map(of).map(Ident::as_str).collect::<Vec<_>>();
    let (own_roles, own_schemas) = (owned(|one| &one.role), owned(|one| &one.schema));
    let own_names = owned(|one| &one.name);
    let column = |of: fn(&super::Use) -> &str| roles.uses.iter().map(of).collect::<Vec<_>>();
    let users = column(|one| one.role.as_str());
    let own: Vec<bool> = roles.uses.iter().map(|one| one.own).collect();
    let (kinds, schemas) = (column(|one| one.kind), column(|one| one.schema.as_str()));
    let used = column(|one| one.name.as_str());
    let becoming: Vec<_> = roles.becoming().collect();
    let becomers: Vec<&str> = becoming.iter().map(|(role, _)| role.as_str()).collect();
    let others: Vec<&str> = becoming.iter().map(|(_, other)| other.as_str()).collect();
    let text = Type::TEXT_ARRAY;
    let rows = client
        .query_typed(
            include_str!("sql/deviations.sql"),
            &[
                (&names, text.clone()),
                (&users, text.clone()),
                (&own, Type::BOOL_ARRAY),
                (&kinds, text.clone()),
                (&schemas, text.clone()),
                (&used, text.clone()),
                (&roles.tag, Type::TEXT),
                (&owners, text.clone()),
                (&own_roles, text.clone()),
                (&own_schemas, text.clone()),
                (&own_names, text.clone()),
                (&roles.healer.as_ref().map(Ident::as_str), Type::TEXT),
                (&roles.managed, Type::BOOL),
                (&becomers, text.clone()),
                (&others, text),
            ],
        )
        .await?;
    let mut deviations = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(what) = DeviationKind::of(row.try_get("what")?) else { continue };
        let role = Ident::new(row.try_get::<_, &str>("role")?);
        deviations.push(Deviation { role, what, told: row.try_get("told")?, sql: row.try_get("sql")? });
    }
    Ok(deviations)
}

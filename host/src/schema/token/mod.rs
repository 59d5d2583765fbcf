//! The change token: what stays the same as long as nothing has changed that a check reads.
//!
//! It answers an unchanged catalog without reading it, and it shows a torn reading: PostgreSQL's deparse
//! functions read the latest catalog and not the snapshot, so a reading counts only if the token before it
//! and the token after it are one. Where it has moved, the [`RelationVersions`] say which relations have
//! changed.

mod relation_versions;
mod versions;

use tenon_migrations_core::migration::Checksum;
use tokio_postgres::types::{Oid, Type};
use tokio_postgres::{Client, Error};

pub(crate) use self::relation_versions::{ChangedRelations, RelationVersions, dependents};
use self::versions::Versions;
use crate::schema::catalog::{self, Catalogs};

/// What the token is of: the catalogs that snapshots rest on, whatever the schema, and the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// Where nothing that writes was under way: as long as it is the same, nothing at all was committed.
    snapshot: Option<String>,
    /// The oldest transaction that had not ended: what it and later ones write is not seen yet.
    horizon: String,
    versions: Versions,
    catalogs: Catalogs,
    /// Roles, and what else is shared by all databases.
    shared: String,
    /// The relations of the row versions that the former token has not seen; 0 for what belongs to none.
    fresh: Vec<Oid>,
    /// What the ledger says, also of its server.
    ledger: String,
}

impl Token {
    /// Whether nothing has changed between the two.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.versions == other.versions && self.shared == other.shared && self.same_ledger(other)
    }

    /// The token with what the ledger says now.
    pub(crate) async fn of_ledger_now(self, client: &Client) -> Result<Self, Error> {
        Ok(Self { ledger: ledger(client).await?, ..self })
    }

    /// The token as hosts tell it each other: the same as long as it is the same.
    pub(crate) fn digest(&self) -> String {
        // Also what is read and how, which is another in another version.
        let (queries, Versions { count, hash }) = (catalog::queries(), self.versions);
        let parts = [&self.shared, &self.ledger, versions::OF_ALL].join("\0");
        Checksum::of(format!("{queries} {count} {hash} {parts}")).to_string()
    }

    /// The catalogs that had rows.
    pub(crate) fn catalogs(&self) -> Catalogs {
        self.catalogs
    }

    /// Whether nothing has changed in the ledger between the two.
    pub(crate) fn same_ledger(&self, other: &Self) -> bool {
        self.ledger == other.ledger
    }
}

/// Reads the token, in the caller's transaction, which has to be `READ COMMITTED`: each statement sees what
/// is committed by then. What a former token can answer for is not read.
pub(crate) async fn read(client: &Client, former: Option<&Token>) -> Result<Token, Error> {
    // First: what is committed after it, the rest may show, and the next snapshot is another.
    let now = client.query_typed_one(include_str!("sql/snapshot.sql"), &[]).await?;
    let (snapshot, horizon): (Option<String>, _) = (now.try_get("snapshot")?, now.try_get("horizon")?);
    if let Some(former) = former
        && snapshot.is_some()
        && former.snapshot == snapshot
    {
        return Ok(Token { fresh: Vec::new(), ..former.clone() });
    }
    let seen = former.map(|former| former.horizon.as_str());
    let row = client.query_typed_one(versions::OF_ALL, &[(&seen, Type::TEXT)]).await?;
    Ok(Token {
        snapshot,
        horizon,
        versions: Versions::of(&row)?,
        catalogs: Catalogs::of_bits(row.try_get::<_, Option<_>>("catalogs")?.unwrap_or_default()),
        shared: row.try_get("shared")?,
        fresh: row.try_get::<_, Option<_>>("fresh")?.unwrap_or_default(),
        ledger: ledger(client).await?,
    })
}

/// Before the first heal there is no ledger to ask.
async fn ledger(client: &Client) -> Result<String, Error> {
    let rows = client.query_typed(include_str!("sql/server.sql"), &[]).await?;
    let Some(row) = rows.first() else { return Ok(String::new()) };
    let server: String = row.try_get("server")?;
    if !row.try_get::<_, bool>("has_ledger")? {
        return Ok(server);
    }
    let ledger: String =
        client.query_typed_one(include_str!("sql/ledger.sql"), &[]).await?.try_get("token")?;
    Ok(format!("{server} {ledger}"))
}

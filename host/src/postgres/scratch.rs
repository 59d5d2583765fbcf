//! A scratch database: made for one purpose, and dropped when that is served.

use tenon_schema::Ident;
use tokio_postgres::Client;
use uuid::Uuid;

use super::connect::{ConnectError, Database};

/// A database of our own on the configured server.
#[derive(Debug)]
pub struct Scratch {
    admin: Client,
    name: Ident,
    database: Database,
}

/// Why there is no scratch database.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("a hot standby cannot hold a scratch database")]
    Standby,
    #[error("the role may not create a scratch database: `ALTER ROLE {0} CREATEDB` lets it")]
    NotAllowed(String),
    #[error("a scratch database could not be made")]
    Create(#[source] tokio_postgres::Error),
    #[error("the scratch database {name} could not be dropped")]
    Drop { name: Ident, source: tokio_postgres::Error },
}

impl Scratch {
    /// Makes an empty database, from `template0`: whatever somebody put into `template1` stays there.
    pub async fn create(server: &Database) -> Result<Self, ScratchError> {
        let (admin, _) = server.connect().await?;
        // Asked before, so that no error stands in the server's log at every check.
        let may =
            admin.query_typed(include_str!("sql/may_create.sql"), &[]).await.map_err(ScratchError::Create)?;
        for row in may {
            let read = |error| ScratchError::Create(error);
            if row.try_get("standby").map_err(read)? {
                return Err(ScratchError::Standby);
            }
            if !row.try_get::<_, bool>("may").map_err(read)? {
                return Err(ScratchError::NotAllowed(row.try_get("role").map_err(read)?));
            }
        }
        let name = Ident::new(format!("tenon_scratch_{}", Uuid::new_v4().simple()));
        let sql = format!("CREATE DATABASE {} TEMPLATE template0", name.quoted());
        admin.batch_execute(&sql).await.map_err(ScratchError::Create)?;
        let database = server.with_dbname(name.as_str());
        Ok(Self { admin, name, database })
    }

    /// How to reach it.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Drops the database, whoever is still connected to it.
    pub async fn drop(self) -> Result<(), ScratchError> {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name.quoted());
        let dropped = self.admin.batch_execute(&sql).await;
        dropped.map_err(|source| ScratchError::Drop { name: self.name, source })
    }
}

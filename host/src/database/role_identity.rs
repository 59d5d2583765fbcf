//! The database and the role of a session.

use tenon_schema::Ident;
use tokio_postgres::Client;

use super::bounds::NoResponse;
use super::connect::{ConnectError, Database};

/// The database and the role of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleIdentity {
    /// The system identifier and the database's number: alike on a primary and its standbys, and nowhere
    /// else.
    database: (String, u32),
    pub role: Ident,
}

/// Why two ways do not lead to one database.
#[derive(Debug, thiserror::Error)]
pub enum DifferentDatabases {
    #[error("the database cannot be reached as the role that serves")]
    Connect(#[from] ConnectError),
    #[error("it cannot be seen which database it is")]
    Ask(#[from] tokio_postgres::Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error("{healing}, for healing, is another database than {serving}: set database.heal_url to the same")]
    Apart { serving: String, healing: String },
}

async fn role_identity(client: &Client) -> Result<RoleIdentity, tokio_postgres::Error> {
    let row = client.query_typed(include_str!("sql/who.sql"), &[]).await?;
    let (mut database, mut role) = (Default::default(), Ident::new(""));
    for row in row {
        database = (row.try_get("system")?, row.try_get("database")?);
        role = Ident::new(row.try_get::<_, &str>("role")?);
    }
    Ok(RoleIdentity { database, role })
}

/// The role that serves, if it is another one than this session's, which heals. Both have to be in the same
/// database.
pub async fn serving_role(
    healer: &Client,
    healing: &Database,
    serving: &Database,
) -> Result<Option<Ident>, DifferentDatabases> {
    let (client, _) = serving.connect().await?;
    let (ours, theirs) = (role_identity(healer).await?, role_identity(&client).await?);
    if ours.database != theirs.database {
        return Err(DifferentDatabases::Apart { serving: serving.redacted(), healing: healing.redacted() });
    }
    Ok(Some(theirs.role).filter(|role| *role != ours.role))
}

/// The server's major version.
pub(crate) async fn server_major(client: &Client) -> Result<i32, tokio_postgres::Error> {
    client.query_typed_one(include_str!("sql/server_major.sql"), &[]).await?.try_get(0)
}

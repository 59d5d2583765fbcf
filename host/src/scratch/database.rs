//! A scratch database: made for one purpose, and dropped when that is served.
//!
//! Whoever made one is connected to it as long as he lives. So PostgreSQL itself keeps others from dropping
//! it, and one that nobody is connected to was left behind by a process that was killed: whoever needs a
//! scratch database next drops it.

use tenon_schema::Ident;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use crate::database::bounds::NoResponse;
use crate::database::connect::{ConnectError, Database};
use crate::database::dial::DialError;
use crate::database::role_identity::server_major;
use crate::support::errors::chain;

/// How often one is made. Somebody may take a new one for left behind, in the moment before it is connected
/// to.
const ATTEMPTS: usize = 5;

/// What a database administrator reads who finds one.
const COMMENT: &str =
    "scratch database of Tenon; whoever made it is connected to it, and when nobody is, it may be dropped";

/// Why there is no scratch database.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("a hot standby cannot hold a scratch database")]
    Standby,
    #[error(
        "the role may not create a scratch database: `ALTER ROLE {0} CREATEDB` lets it, or database.scratch_url \
         names one that may"
    )]
    NotAllowed(String),
    #[error(
        "database.scratch_url leads to PostgreSQL {scratch} and the database is on {original}: what they print \
         cannot be compared"
    )]
    OtherMajor { scratch: i32, original: i32 },
    #[error("a scratch database could not be made")]
    Create(#[source] Error),
}

/// Why nothing can be done in a scratch database that is there.
#[derive(Debug, thiserror::Error)]
pub enum ScratchSessionError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
}

/// Does some work in a new scratch database, and drops that whatever comes of it. It is empty, made from
/// `template0`: whatever somebody put into `template1` stays there.
pub async fn in_scratch<T, W: Future<Output = T>>(
    server: &Database,
    work: impl FnOnce(Database) -> W,
) -> Result<T, ScratchError> {
    let scratch = Scratch::create(server).await?;
    let done = work(scratch.database.clone()).await;
    scratch.drop().await;
    Ok(done)
}

/// Does some work over a session of its own with a scratch database. Answers are waited for as
/// [bounded](crate::database::bounds::Bounds::answered).
pub(crate) async fn in_session<T, W: Future<Output = T>>(
    scratch: &Database,
    work: impl FnOnce(Client) -> W,
) -> Result<T, ScratchSessionError> {
    let worked = async {
        let (client, _) = scratch.connect().await?;
        Ok(work(client).await)
    };
    scratch.bounds().answered(worked).await
}

/// A database of our own.
#[derive(Debug)]
struct Scratch {
    admin: Client,
    /// Shows that it is in use.
    _keeper: Client,
    name: Ident,
    database: Database,
}

impl Scratch {
    async fn create(server: &Database) -> Result<Self, ScratchError> {
        let place = server.scratch_place();
        let (admin, _) = place.connect().await?;
        let major = may_create(&admin).await?;
        if server.has_scratch_place() {
            let (client, _) = server.connect().await?;
            let original = server_major(&client).await.map_err(ScratchError::Create)?;
            if original != major {
                return Err(ScratchError::OtherMajor { scratch: major, original });
            }
        }
        if let Err(error) = drop_left_behind(&admin).await {
            tracing::warn!("it cannot be seen whether scratch databases were left behind: {}", chain(&error));
        }
        let mut attempt = 1;
        loop {
            let name = Ident::new(format!("tenon_scratch_{}", Uuid::new_v4().simple()));
            let sql = format!("CREATE DATABASE {} TEMPLATE template0", name.quoted());
            admin.batch_execute(&sql).await.map_err(ScratchError::Create)?;
            let database = place.with_dbname(name.as_str());
            match keep(&database).await {
                Ok(keeper) => {
                    let comment = format!("COMMENT ON DATABASE {} IS '{COMMENT}'", name.quoted());
                    if let Err(error) = admin.batch_execute(&comment).await {
                        tracing::debug!("the scratch database {name} has no comment: {}", chain(&error));
                    }
                    return Ok(Self { admin, _keeper: keeper, name, database });
                }
                Err(error) => {
                    drop_if_unused(&admin, &name).await;
                    if attempt == ATTEMPTS || !is_gone(&error) {
                        return Err(error.into());
                    }
                    attempt += 1;
                }
            }
        }
    }

    /// Drops the database, whoever is still connected to it. One that stays behind is worth a word, but not
    /// the result.
    async fn drop(self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name.quoted());
        if let Err(error) = self.admin.batch_execute(&sql).await {
            tracing::warn!("the scratch database {} could not be dropped: {}", self.name, chain(&error));
        }
    }
}

/// Whether a scratch database may be made here: asked before, so that no error stands in the server's log at
/// every check. Gives the server's major version.
async fn may_create(admin: &Client) -> Result<i32, ScratchError> {
    let asked = admin.query_typed_one(include_str!("sql/may_create.sql"), &[]).await;
    let row = asked.map_err(ScratchError::Create)?;
    if row.try_get("standby").map_err(ScratchError::Create)? {
        return Err(ScratchError::Standby);
    }
    if !row.try_get::<_, bool>("may").map_err(ScratchError::Create)? {
        return Err(ScratchError::NotAllowed(row.try_get("role").map_err(ScratchError::Create)?));
    }
    row.try_get("major").map_err(ScratchError::Create)
}

/// Connects and stays: in a transaction, so that a pooler leaves the session there and no timeout ends it.
async fn keep(database: &Database) -> Result<Client, ConnectError> {
    let (keeper, _) = database.named("tenon scratch").connect().await?;
    let stay = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0";
    keeper
        .batch_execute(stay)
        .await
        .map_err(|error| ConnectError::Refused { database: database.redacted(), source: error.into() })?;
    Ok(keeper)
}

/// Whether there is no such database any more, or not for long.
fn is_gone(error: &ConnectError) -> bool {
    const GONE: [&str; 2] = ["55000", "57P01"];
    match error {
        ConnectError::Missing(_) => true,
        ConnectError::Refused { source: DialError::Server(error), .. } => {
            error.code().is_some_and(|code| GONE.contains(&code.code()))
        }
        _ => false,
    }
}

async fn drop_left_behind(admin: &Client) -> Result<(), Error> {
    for row in admin.query_typed(include_str!("sql/left_behind.sql"), &[]).await? {
        drop_if_unused(admin, &Ident::new(row.try_get::<_, &str>("name")?)).await;
    }
    Ok(())
}

/// Drops it unless somebody is connected to it, which PostgreSQL knows for sure.
async fn drop_if_unused(admin: &Client, name: &Ident) {
    match admin.batch_execute(&format!("DROP DATABASE IF EXISTS {}", name.quoted())).await {
        Ok(()) => tracing::info!("the scratch database {name}, to which nobody was connected, is dropped"),
        // Somebody else drops it, or came to it just now.
        Err(error) => tracing::debug!("the scratch database {name} is not dropped: {}", chain(&error)),
    }
}

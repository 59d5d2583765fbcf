//! The pool of sessions, and what each is known to be like when it is handed out.

use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deadpool::managed::{self, Manager, Metrics, QueueMode, RecycleError, RecycleResult};
use deadpool_postgres::{ClientWrapper, Connect, ManagerConfig, RecyclingMethod};
use futures_util::future::{BoxFuture, FutureExt, try_join};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error, Statement};

use super::connect::Database;
use super::statements::Statements;

/// A pool of sessions.
pub type Pool = managed::Pool<Sessions>;
/// A session that goes back to its pool when it is dropped.
pub type PooledConnection = managed::Object<Sessions>;
/// How many sessions a pool has and may have.
pub type PoolStatus = deadpool::Status;
/// Why there is no session to be had.
pub type PoolError = managed::PoolError<Error>;

/// How long a caller waits for a connection to become free before being told that none is.
const WAIT_TIMEOUT: Duration = Duration::from_secs(10);

/// What a session goes through before it is handed out again, unless its last user has seen to that.
///
/// The first `SET` fails in an aborted transaction (the connection is then dropped) and silences the warning of a
/// `ROLLBACK` that has nothing to roll back.
const RECYCLE: &str = "SET client_min_messages = error; ROLLBACK";

/// Makes a session what it was at its beginning, but for the client's own prepared statements; outside of a
/// transaction. With [`UNLOCK`] it is all of it.
const CLEAN: &str = "RESET ALL; SET SESSION AUTHORIZATION DEFAULT; CLOSE ALL; UNLISTEN *; DISCARD TEMP; \
     DISCARD SEQUENCES";
/// By itself, since it is planned each time where it is not prepared.
const UNLOCK: &str = "SELECT pg_advisory_unlock_all()";

/// A pool of at most `size` sessions, each of which starts every borrow in the state of a new one.
///
/// No connection is made before the first is asked for.
pub fn pool(database: &Database, size: NonZeroUsize) -> Pool {
    let builder = Pool::builder(Sessions::of(database.writing_where_said()))
        .max_size(size.get())
        // Whoever asks again gets the session that answered: its snapshot is known.
        .queue_mode(QueueMode::Lifo)
        .runtime(deadpool::Runtime::Tokio1)
        .wait_timeout(Some(WAIT_TIMEOUT))
        .create_timeout(Some(WAIT_TIMEOUT + Duration::from_secs(5)))
        .recycle_timeout(Some(Duration::from_secs(5)));
    match builder.build() {
        Ok(pool) => pool,
        // The only error is a timeout without a runtime, and the runtime is given above.
        Err(error) => unreachable!("a pool with a runtime can be built: {error}"),
    }
}

/// One session with the server. Ended with the value.
#[derive(Debug)]
pub struct Session {
    client: ClientWrapper,
    /// Whether writes are refused outside of transactions that are begun for them.
    writes_where_said: bool,
    /// Whether what a transaction read may turn out at its end not to have been so.
    is_serializable: bool,
    statements: Mutex<Statements>,
    unlock: Mutex<Option<Statement>>,
    /// Whether its last user has left it as a new one is.
    is_clean: bool,
}

impl Deref for Session {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Session {
    /// The texts that were sent over it.
    pub fn statements(&self) -> MutexGuard<'_, Statements> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a statement may be sent right behind the `BEGIN` of its transaction: were that refused, which
    /// nobody knows by then, the statement could not write.
    pub fn may_pipeline_begin(&self) -> bool {
        self.writes_where_said
    }

    /// Whether what is prepared stays: not behind a pooler, where the next transaction may be another session's.
    pub fn keeps_statements(&self) -> bool {
        self.writes_where_said
    }

    /// Whether a transaction that only read has nothing to commit.
    pub fn may_roll_readings_back(&self) -> bool {
        self.writes_where_said && !self.is_serializable
    }

    /// Takes back whatever a user may have left in the session. After a transaction, which has to have ended.
    pub async fn clean(&self) -> Result<(), Error> {
        try_join(self.client.batch_execute(CLEAN), self.unlock()).await.map(drop)
    }

    /// Rolls a transaction back, and with it all that was done in the session meanwhile: what is left are the locks
    /// that belong to no transaction.
    pub async fn roll_back(&self) -> Result<(), Error> {
        try_join(self.client.batch_execute("ROLLBACK"), self.unlock()).await.map(drop)
    }

    async fn unlock(&self) -> Result<(), Error> {
        let known = self.unlock.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(unlock) => self.client.execute(&unlock, &[]).await.map(drop),
            None if self.keeps_statements() => {
                let unlock = self.client.prepare(UNLOCK).await?;
                self.client.execute(&unlock, &[]).await?;
                *self.unlock.lock().unwrap_or_else(PoisonError::into_inner) = Some(unlock);
                Ok(())
            }
            None => self.client.batch_execute(UNLOCK).await,
        }
    }

    /// Says that it has been cleaned, and that nothing was done since.
    pub fn mark_clean(&mut self) {
        self.is_clean = true;
    }
}

/// Begins the pool's sessions, and sees to those that come back.
#[derive(Debug)]
pub struct Sessions {
    database: Database,
    clients: deadpool_postgres::Manager,
}

impl Sessions {
    fn of(database: Database) -> Self {
        // What a session has to go through is seen to here.
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let way = Way(database.clone());
        let clients = deadpool_postgres::Manager::from_connect(Config::new(), way, config);
        Self { database, clients }
    }
}

impl Manager for Sessions {
    type Type = Session;
    type Error = Error;

    async fn create(&self) -> Result<Session, Error> {
        let client = self.clients.create().await?;
        // A pooler may also take our options and drop them.
        let settings = "SELECT current_setting('default_transaction_read_only') = 'on', \
                        current_setting('default_transaction_isolation') = 'serializable'";
        let row = client.query_typed_one(settings, &[]).await?;
        let writes_where_said = !self.database.is_pooled() && row.try_get(0)?;
        let is_serializable = row.try_get(1)?;
        let (statements, unlock) = (Mutex::default(), Mutex::default());
        Ok(Session { client, writes_where_said, is_serializable, statements, unlock, is_clean: false })
    }

    async fn recycle(&self, session: &mut Session, metrics: &Metrics) -> RecycleResult<Error> {
        self.clients.recycle(&mut session.client, metrics).await?;
        if !std::mem::take(&mut session.is_clean) {
            let ended = session.client.batch_execute(RECYCLE);
            try_join(ended, session.clean()).await.map_err(RecycleError::Backend)?;
        }
        Ok(())
    }

    fn detach(&self, session: &mut Session) {
        self.clients.detach(&mut session.client);
    }
}

/// How the pool's sessions begin: like all others.
struct Way(Database);

impl Connect for Way {
    fn connect(&self, _: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        let begin = async {
            let (client, connection) = self.0.begin_session().await?;
            let moved = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!("a pooled connection ended: {}", crate::errors::chain(&error));
                }
            });
            Ok((client, moved))
        };
        begin.boxed()
    }
}

//! The pool of sessions, and what each is known to be like when it is handed out.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{self, Manager, Metrics, QueueMode, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;
use futures_util::future::try_join;
use tokio::runtime::Handle;
use tokio_postgres::{Client, Error};

use super::connect::Database;
pub use super::dial::Interrupt;
use super::dial::{DialError, Dialled, Target};
use super::mover::Mover;
use super::statements::Statements;
pub use super::wire::Late;

/// A pool of sessions.
pub type Pool = managed::Pool<Sessions>;
/// A session that goes back to its pool when it is dropped.
pub type PooledConnection = managed::Object<Sessions>;
/// How many sessions a pool has and may have.
pub type PoolStatus = deadpool::Status;
/// Why there is no session to be had.
pub type PoolError = managed::PoolError<DialError>;

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
/// No connection is made before the first is asked for. To be called inside of the runtime that is to see to them.
pub fn pool(database: &Database, size: NonZeroUsize) -> Pool {
    let sessions = Sessions { database: database.writing_where_said(), runtime: Handle::current() };
    let builder = Pool::builder(sessions)
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
    mover: Arc<Mover>,
    target: Arc<Target>,
    /// Whether writes are refused outside of transactions that are begun for them.
    writes_where_said: bool,
    /// Whether what a transaction read may turn out at its end not to have been so.
    is_serializable: bool,
    statements: Mutex<Statements>,
    /// Whether its last user has left it as a new one is.
    is_clean: bool,
}

impl Session {
    /// What to ask it by, where a task waits for the answer.
    pub fn client(&self) -> &Client {
        self.mover.by_task();
        &self.client
    }

    /// What to ask it by, in work that a thread [starts](Self::start) or [waits for](Self::wait).
    pub fn by_hand(&self) -> ByHand<'_> {
        ByHand(self)
    }

    /// Does what can be done at once of some work that waits for nothing but this session.
    pub fn start<T>(&self, work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        self.mover.start(work)
    }

    /// Does some work that waits for nothing but this session, on this thread, which blocks until it is done or the
    /// deadline has passed.
    pub fn wait<T>(&self, deadline: Instant, work: impl Future<Output = T>) -> Result<T, Late> {
        self.mover.wait(deadline, work)
    }

    /// What ends a statement in it, from elsewhere.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt { token: self.client.cancel_token(), target: Arc::clone(&self.target) }
    }

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
    async fn clean(&self) -> Result<(), Error> {
        try_join(self.client.batch_execute(CLEAN), self.unlock()).await.map(drop)
    }

    async fn unlock(&self) -> Result<(), Error> {
        if self.keeps_statements() {
            let unlock = self.client.prepare_cached(UNLOCK).await?;
            self.client.execute(&unlock, &[]).await.map(drop)
        } else {
            self.client.batch_execute(UNLOCK).await
        }
    }

    /// Says that it has been cleaned, and that nothing was done since.
    pub fn mark_clean(&mut self) {
        self.is_clean = true;
    }
}

/// A session whose messages the thread moves that waits for them.
#[derive(Debug, Clone, Copy)]
pub struct ByHand<'a>(&'a Session);

impl Deref for ByHand<'_> {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0.client
    }
}

impl ByHand<'_> {
    /// The texts that were sent over it.
    pub fn statements(&self) -> MutexGuard<'_, Statements> {
        self.0.statements()
    }

    pub fn keeps_statements(&self) -> bool {
        self.0.keeps_statements()
    }

    /// Takes back whatever a user may have left in the session. After a transaction, which has to have ended.
    pub async fn clean(&self) -> Result<(), Error> {
        self.0.clean().await
    }

    /// Rolls a transaction back, and with it all that was done in the session meanwhile: what is left are the locks
    /// that belong to no transaction.
    pub async fn roll_back(&self) -> Result<(), Error> {
        try_join(self.batch_execute("ROLLBACK"), self.0.unlock()).await.map(drop)
    }
}

/// Begins the pool's sessions, and sees to those that come back.
#[derive(Debug)]
pub struct Sessions {
    database: Database,
    /// Whose tasks move the sessions' messages: whoever asks for one may end before the session does.
    runtime: Handle,
}

impl Sessions {
    async fn begin(&self) -> Result<Session, DialError> {
        let Dialled { client, connection, line, target } = self.database.dial().await?;
        let mover = Mover::new(line, connection);
        let client = ClientWrapper::new(client, tokio::spawn(Arc::clone(&mover).run()));
        // A pooler may also take our options and drop them.
        let settings = "SELECT current_setting('default_transaction_read_only') = 'on', \
                        current_setting('default_transaction_isolation') = 'serializable'";
        let row = client.query_typed_one(settings, &[]).await?;
        let writes_where_said = !self.database.is_pooled() && row.try_get(0)?;
        let is_serializable = row.try_get(1)?;
        let (target, statements) = (Arc::new(target), Mutex::default());
        Ok(Session { client, mover, target, writes_where_said, is_serializable, statements, is_clean: false })
    }
}

impl Manager for Sessions {
    type Type = Session;
    type Error = DialError;

    async fn create(&self) -> Result<Session, DialError> {
        let mut begun = pin!(self.begin());
        poll_fn(|context| {
            let _inside = self.runtime.enter();
            begun.as_mut().poll(context)
        })
        .await
    }

    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<DialError> {
        if session.client.is_closed() || session.mover.has_ended() {
            return Err(RecycleError::message("the server has closed the connection"));
        }
        if !std::mem::take(&mut session.is_clean) {
            let ended = session.client().batch_execute(RECYCLE);
            try_join(ended, session.clean()).await.map_err(|error| RecycleError::Backend(error.into()))?;
        }
        Ok(())
    }
}

//! The pool of sessions, and what each is known to be like when it is handed out.

mod checkout;
mod inline;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use deadpool::managed::{self, Manager, Metrics, QueueMode, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;
use futures_util::future::try_join;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio_postgres::{Client, Error};

use self::checkout::IdleCleanup;
pub use self::checkout::{give_back, session};
pub use self::inline::InlineClient;
use super::caller_setting::{CallerSetting, UNSAID};
use super::connect::Database;
pub use super::dial::Interrupt;
use super::dial::{Connected, DialError};
use super::driver::ConnectionDriver;
use super::freeze;
pub use super::socket::DeadlineExceeded;
use super::statements::Statements;
use crate::support::lock::LockExt;

/// A pool of sessions.
pub type Pool = managed::Pool<SessionManager>;
/// A session that goes back to its pool when it is dropped.
pub type PooledConnection = managed::Object<SessionManager>;
/// How many sessions a pool has and may have.
pub type PoolStatus = deadpool::Status;
/// Why there is no session to be had.
pub type PoolError = managed::PoolError<DialError>;

/// How long a caller waits for a connection to become free before being told that none is.
const WAIT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long cleaning a session may take.
const RECYCLE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long ago a plugin's call may have used a session for nobody to look whether the server has closed it
/// meanwhile.
const LATELY: Duration = Duration::from_millis(5);

/// How long what a plugin's statements may have left unseen in a session may stay there while that plugin
/// alone uses it.
const SWEPT_AFTER: Duration = Duration::from_secs(1);

/// What a session goes through before it is handed out again, unless its last user has seen to that.
///
/// The first `SET` fails in an aborted transaction (the connection is then dropped) and silences the warning
/// of a `ROLLBACK` that has nothing to roll back.
const RECYCLE: &str = "SET client_min_messages = error; ROLLBACK";

/// Makes a session what it was at its beginning, but for the client's own prepared statements; outside of a
/// transaction. With [`UNLOCK`] it is all of it. The role is that of the session's beginning, which `ALTER
/// ROLE … SET role` makes another than the one that logged in; without `RESET ROLE` it would be that one.
const CLEAN: &str = "RESET ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; CLOSE ALL; UNLISTEN *; DISCARD TEMP; \
     DISCARD SEQUENCES";
/// The statement that releases a session's advisory locks. Sent by itself, since it is planned each time
/// where it is not prepared.
const UNLOCK: &str = "SELECT pg_catalog.pg_advisory_unlock_all()";

/// A pool of at most `size` sessions, each of which starts every borrow in the state of a new one.
///
/// No connection is made before the first is asked for. To be called inside of the runtime that is to see to
/// them.
pub fn pool(database: &Database, size: NonZeroUsize) -> Pool {
    let runtime = Handle::current();
    let sweep = Arc::new(IdleCleanup { is_set: AtomicBool::new(false), runtime: runtime.clone() });
    let sessions = SessionManager { sweep, database: database.with_call_defaults(), runtime };
    let builder = Pool::builder(sessions)
        .max_size(size.get())
        // Whoever asks again gets the session that answered: its snapshot is known.
        .queue_mode(QueueMode::Lifo)
        .runtime(deadpool::Runtime::Tokio1)
        .wait_timeout(Some(WAIT_TIMEOUT))
        .create_timeout(Some(WAIT_TIMEOUT + Duration::from_secs(5)))
        .recycle_timeout(Some(RECYCLE_TIMEOUT));
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
    driver: Arc<ConnectionDriver>,
    interrupt: Arc<Interrupt>,
    /// Whether writes are refused outside of transactions that are begun for them.
    default_read_only: bool,
    /// Whether that is lifted for now.
    writes_anywhere: AtomicBool,
    /// What the session itself, and not a transaction in it, says of who calls.
    caller: Mutex<CallerSetting>,
    /// Whether an administrator has set that its role only reads here.
    is_frozen: bool,
    /// How transactions see what others commit meanwhile, unless they say otherwise.
    isolation: Isolation,
    statements: Mutex<Statements>,
    left: SessionResidue,
    /// Whether it is to be cleaned before it is used.
    is_stale: AtomicBool,
    /// When it was last like a new one.
    cleaned: Instant,
    given_back: Instant,
    sweep: Arc<IdleCleanup>,
}

/// How much transactions see of each other (manual, "Transaction Isolation").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Isolation {
    /// Each statement sees what was committed before it.
    Statement,
    /// Each transaction sees what was committed before it.
    Snapshot,
    /// Each transaction sees what was committed before it, and may fail at its end because that no longer
    /// holds.
    Serializable,
}

/// What the last user of a session has left it like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionResidue {
    /// Nobody knows: it may also be in the middle of a transaction.
    Unknown,
    /// Like a new one.
    Clean,
    /// A plugin's statements have left nothing there, as far as their texts say: what a view or a trigger may
    /// have done meets that plugin at most, and not for long.
    By(Arc<str>),
}

impl Session {
    /// The client, for a task that waits for the answer: from now on the runtime drives the connection.
    pub fn driven_by_task(&self) -> &Client {
        self.driver.drive_by_task();
        &self.client
    }

    /// The client, for work that a thread [starts](Self::start) or [waits for](Self::wait).
    pub fn driven_inline(&self) -> InlineClient<'_> {
        InlineClient(self)
    }

    /// Does what can be done at once of some work that waits for nothing but this session.
    pub fn start<T>(&self, work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        self.driver.start(work)
    }

    /// Does some work that waits for nothing but this session, on this thread, which blocks until it is done
    /// or the deadline has passed.
    pub fn wait<T>(&self, deadline: Instant, work: impl Future<Output = T>) -> Result<T, DeadlineExceeded> {
        self.driver.wait(deadline, work)
    }

    /// What ends a statement in it, from elsewhere.
    pub fn interrupt(&self) -> Arc<Interrupt> {
        Arc::clone(&self.interrupt)
    }

    /// The texts that were sent over it.
    pub fn statements(&self) -> MutexGuard<'_, Statements> {
        self.statements.lock_unpoisoned()
    }

    /// Whether a statement may be sent right behind the `BEGIN` of its transaction: were that refused, which
    /// nobody knows by then, the statement could not write.
    pub fn may_pipeline_begin(&self) -> bool {
        self.default_read_only
    }

    /// Whether what is prepared stays: not behind a pooler, where the next transaction may be another
    /// session's.
    pub fn keeps_statements(&self) -> bool {
        self.default_read_only
    }

    /// Whether a transaction that only read has nothing to commit.
    pub fn may_roll_readings_back(&self) -> bool {
        self.default_read_only && self.isolation != Isolation::Serializable
    }

    /// Whether a statement that only reads sees by itself what it would see at the beginning of a
    /// transaction, and cannot write by itself.
    pub fn may_read_alone(&self) -> bool {
        self.default_read_only && self.isolation == Isolation::Statement
    }

    /// Whether a statement that writes can be a transaction by itself: the session is ours to be told that it
    /// may.
    pub fn may_write_alone(&self) -> bool {
        self.default_read_only && !self.is_frozen
    }

    /// Whether a call can leave it unsaid who calls: SQL that asks then finds neither an id nor that nobody
    /// calls.
    pub fn may_leave_caller_unsaid(&self) -> bool {
        self.default_read_only
    }

    /// Whether an administrator had set, when it began, that its role only reads here: a call's transaction
    /// heeds that as the server's own default would be.
    pub fn is_frozen(&self) -> bool {
        self.is_frozen
    }

    /// Takes back whatever a user may have left in the session. After a transaction, which has to have ended.
    async fn clean(&self) -> Result<(), Error> {
        self.writes_anywhere.store(false, Ordering::Release);
        *self.caller.lock_unpoisoned() = CallerSetting::at_first(self.default_read_only);
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

    /// Whether it was cleaned so lately that what nobody sees may stay a little longer.
    pub fn was_clean_lately(&self) -> bool {
        self.cleaned.elapsed() < SWEPT_AFTER
    }

    /// Hands it to a plugin, or to the host, and says whether it can be used as it is. What another plugin
    /// may have left is taken back with a plugin's first statement. From now on nobody knows what it is like
    /// until it is said.
    fn begin_use(&mut self, plugin: Option<&str>) -> bool {
        match (std::mem::replace(&mut self.left, SessionResidue::Unknown), plugin) {
            (SessionResidue::By(last), Some(plugin)) => {
                *self.is_stale.get_mut() |= *last != *plugin;
                true
            }
            (SessionResidue::By(_), None) => false,
            (SessionResidue::Clean | SessionResidue::Unknown, _) => true,
        }
    }

    /// Notes what its last user has left it like.
    fn end_use(&mut self, left: SessionResidue) {
        self.given_back = Instant::now();
        if left == SessionResidue::Clean {
            self.cleaned = self.given_back;
        }
        // Nothing was sent, not even what was to make it clean.
        self.left = if *self.is_stale.get_mut() { SessionResidue::Unknown } else { left };
    }

    /// Has it made like a new one.
    async fn reset(&mut self) -> Result<(), Error> {
        self.driver.drive_by_task();
        self.clean().await?;
        *self.is_stale.get_mut() = false;
        self.cleaned = Instant::now();
        Ok(())
    }
}

/// Begins the pool's sessions, and sees to those that come back.
#[derive(Debug, Clone)]
pub struct SessionManager {
    sweep: Arc<IdleCleanup>,
    database: Database,
    /// The runtime whose tasks move the sessions' messages: the one that asks for a session may end before
    /// it does.
    runtime: Handle,
}

impl SessionManager {
    /// Where connections are made, and moved where no thread does it.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    async fn begin(&self) -> Result<Session, DialError> {
        let Connected { client, connection, socket, target } = self.database.dial().await?;
        let driver = ConnectionDriver::new(socket, connection);
        let interrupt = Interrupt { token: client.cancel_token(), target }.into();
        let client = ClientWrapper::new(client, tokio::spawn(Arc::clone(&driver).run()));
        let settings = "SELECT pg_catalog.current_setting('default_transaction_read_only') OPERATOR(pg_catalog.=) 'on', \
                        pg_catalog.current_setting('default_transaction_isolation'), \
                        coalesce(pg_catalog.current_setting('tenon.caller', true), '')";
        let row = client.query_typed_one(settings, &[]).await?;
        let asked = async { Ok::<_, DialError>(freeze::is_stored(&client).await?) };
        let is_frozen = self.database.bounds().read(&client, asked).await?;
        // A pooler may also take our options and drop some, and a server may have one of them by itself.
        let has_options = row.try_get::<_, bool>(0)? && row.try_get::<_, &str>(2)? == UNSAID;
        let default_read_only = has_options && !self.database.is_pooled();
        let isolation = match row.try_get(1)? {
            "read committed" | "read uncommitted" => Isolation::Statement,
            "repeatable read" => Isolation::Snapshot,
            _ => Isolation::Serializable,
        };
        Ok(Session {
            client,
            driver,
            interrupt,
            default_read_only,
            writes_anywhere: AtomicBool::new(false),
            caller: Mutex::new(CallerSetting::at_first(default_read_only)),
            is_frozen,
            isolation,
            statements: Mutex::default(),
            left: SessionResidue::Unknown,
            is_stale: AtomicBool::new(false),
            cleaned: Instant::now(),
            given_back: Instant::now(),
            sweep: Arc::clone(&self.sweep),
        })
    }
}

impl Manager for SessionManager {
    type Type = Session;
    type Error = DialError;

    async fn create(&self) -> Result<Session, DialError> {
        // In the runtime: a plugin's thread may not connect.
        let (sessions, mut begun) = (self.clone(), JoinSet::new());
        begun.spawn_on(async move { sessions.begin().await }, &self.runtime);
        begun.join_next().await.and_then(Result::ok).unwrap_or(Err(DialError::Ended))
    }

    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<DialError> {
        // Any other user than a plugin's call begins with a message to it, and takes another if that fails.
        let is_trusted =
            matches!(session.left, SessionResidue::By(_)) && session.given_back.elapsed() < LATELY;
        if session.client.is_closed() || !is_trusted && session.driver.drive_and_see_end() {
            return Err(RecycleError::message("the server has closed the connection"));
        }
        match session.left {
            SessionResidue::Unknown => {
                *session.is_stale.get_mut() = false;
                let ended = session.driven_by_task().batch_execute(RECYCLE);
                let cleaned = Box::pin(try_join(ended, session.clean())).await;
                cleaned.map_err(|error| RecycleError::Backend(error.into()))?;
                session.cleaned = Instant::now();
            }
            SessionResidue::Clean => session.left = SessionResidue::Unknown,
            // For the next user to say whether that is good enough.
            SessionResidue::By(_) => {}
        }
        Ok(())
    }
}

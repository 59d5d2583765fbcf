//! Lending a connection to a plugin for the length of one call, and taking it back.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use futures_util::future::{join, join3};
use tenon_plugin_api::contract::ErrorV1;
use tokio::sync::OwnedSemaphorePermit;

use super::db::{error, sql_error};
use crate::postgres::guard::{Checked, GuardError, SchemaChanges};
use crate::postgres::pool::{self, ByHand, Late, Left, PooledConnection, Session};
use crate::postgres::statements::Way;
use crate::routes::{Access, Habit, Route};

/// What one call may take of the host.
#[derive(Debug, Clone, Copy)]
pub struct CallBounds {
    pub time: Duration,
    /// Of one statement.
    pub rows: u64,
    /// Of the rows of one statement, and of the answer.
    pub bytes: u64,
}

/// A connection, lent to a plugin until the call returns or its deadline passes.
pub struct Borrowed {
    lent: Arc<Lent>,
    deadline: Instant,
    pub(super) bounds: CallBounds,
}

/// What is lent, in the host's hand: with it the borrow is revoked, and the connection is not lost to a plugin
/// that never returns.
pub struct Lent {
    access: Access,
    /// Whether whoever administers the database lets nobody write.
    is_frozen: bool,
    habit: Habit,
    changes: SchemaChanges,
    /// As the manifest spells it.
    route: Arc<str>,
    /// How many statements were sent, without those about savepoints.
    sent: AtomicUsize,
    begun: AtomicBool,
    /// Whether the one statement is committed, where that is by itself.
    committed: AtomicBool,
    /// Whether any statement failed: nothing but going back to a savepoint mends the transaction then.
    failed: AtomicBool,
    /// Whether something was sent that may leave something in the session.
    stains: AtomicBool,
    /// Whether something was asked for that a transaction does when it commits, although it writes nothing.
    notifies: AtomicBool,
    revoked: AtomicBool,
    returned: AtomicBool,
    loan: Mutex<Option<Loan>>,
}

/// A connection, and its place among those of all plugins, where these have their own.
#[derive(Debug)]
pub struct Loan {
    pub connection: PooledConnection,
    pub place: Option<OwnedSemaphorePermit>,
}

impl Loan {
    /// Gives the session back to its pool, or closes it if it is not known what it is like. Until then it counts as
    /// the plugin's.
    pub fn give_back(self, left: Option<Left>) {
        let Self { connection, place } = self;
        match left {
            Some(left) => pool::give_back(connection, left),
            None => drop(PooledConnection::take(connection)),
        }
        drop(place);
    }
}

impl Lent {
    /// Lends a connection. Its transaction, which is the host's, begins with the first statement.
    pub fn new(loan: Loan, route: &Route) -> Arc<Self> {
        let [begun, committed, failed, stains, notifies, revoked, returned] =
            [const { false }; 7].map(AtomicBool::new);
        let is_frozen = loan.connection.is_frozen();
        let (loan, sent) = (Mutex::new(Some(loan)), AtomicUsize::new(0));
        Arc::new(Self {
            access: route.access,
            is_frozen,
            habit: route.habit.clone(),
            changes: route.changes.clone(),
            route: Arc::clone(&route.text),
            sent,
            begun,
            committed,
            failed,
            stains,
            notifies,
            revoked,
            returned,
            loan,
        })
    }

    /// Whether there is a transaction to end.
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// Whether the plugin has returned from the call in time.
    pub fn has_returned(&self) -> bool {
        self.returned.load(Ordering::Acquire)
    }

    /// Whether the transaction has nothing to commit: it could not write, and nothing in it had failed.
    pub fn only_read(&self) -> bool {
        self.access == Access::ReadOnly && self.is_sound() && !self.notifies.load(Ordering::Acquire)
    }

    /// Whether all statements succeeded, so that the transaction is not broken.
    pub fn is_sound(&self) -> bool {
        !self.failed.load(Ordering::Acquire)
    }

    /// Whether nothing was sent that leaves something in the session, as far as the statements' texts say.
    pub fn was_plain(&self) -> bool {
        !self.stains.load(Ordering::Acquire)
    }

    /// Whether anything was sent.
    pub fn has_sent(&self) -> bool {
        self.sent.load(Ordering::Acquire) > 0
    }

    /// Remembers for the route what this call was like.
    pub fn learn(&self) {
        let one_reading = self.access == Access::ReadOnly && self.was_plain() && self.is_sound();
        match self.sent.load(Ordering::Acquire) {
            0 => {}
            sent => self.habit.learn(sent == 1 && one_reading),
        }
    }

    /// Notes what kind of statement is sent, unless it must not be.
    fn sends(&self, checked: Checked) -> Result<(), GuardError> {
        if self.committed.load(Ordering::Acquire) {
            return Err(GuardError::Autocommit("its calls send one statement, and this one's is committed"));
        }
        self.sent.fetch_add(1, Ordering::AcqRel);
        if !checked.is_plain {
            self.stains.store(true, Ordering::Release);
        }
        if checked.may_notify {
            self.notifies.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Whether each statement is committed with its end.
    fn commits_each(&self) -> bool {
        self.access == Access::Autocommit
    }

    /// Whether the statement that was just noted can do without a transaction, which it is by itself: what is declared
    /// so, unless it is a procedure that could end its own; and of what only reads the call's first and, as the
    /// route's calls go, its only one.
    fn goes_alone(&self, session: &Session, checked: Checked) -> bool {
        match self.access {
            Access::ReadWrite => false,
            Access::Autocommit => checked.is_query && session.may_write_alone(),
            Access::ReadOnly => {
                self.sent.load(Ordering::Acquire) == 1
                    && !self.has_begun()
                    && self.was_plain()
                    && self.habit.is_one_reading()
                    && session.may_read_alone()
            }
        }
    }

    /// How the transaction begins.
    fn begin(&self) -> &'static str {
        match self.access {
            _ if self.is_frozen => "BEGIN READ ONLY",
            Access::ReadOnly => "BEGIN READ ONLY",
            Access::ReadWrite | Access::Autocommit => "BEGIN READ WRITE",
        }
    }

    /// Ends the borrow: every later use of it is an error. The connection is closed, by this or by the statement
    /// that still runs on it; whoever borrows next must meet neither that nor the request to cancel it.
    pub fn revoke(&self) {
        self.revoked.store(true, Ordering::Release);
        if let Ok(mut loan) = self.loan.try_lock() {
            close(&mut loan);
        }
    }

    fn revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Loan>> {
        self.loan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn close(loan: &mut Option<Loan>) {
    if let Some(loan) = loan.take() {
        loan.give_back(None);
    }
}

impl std::fmt::Debug for Lent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lent").field("revoked", &self.revoked()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Borrowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Borrowed").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl Borrowed {
    /// When it ends.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The borrow of what is lent, until the deadline.
    pub fn new(lent: Arc<Lent>, deadline: Instant, bounds: CallBounds) -> Self {
        Self { lent, deadline, bounds }
    }

    /// Hands it to a plugin for one call, on this thread. Gives the connection back unless the deadline has
    /// passed.
    pub fn lend<T>(self, call: impl FnOnce(&Desk) -> T) -> (T, Option<Loan>) {
        let (lent, deadline) = (Arc::clone(&self.lent), self.deadline);
        let desk = MINE.with(|desks| desks.take());
        desk.borrowed.replace(Some(self));
        let result = call(desk);
        desk.borrowed.take();
        let mut loan = lent.lock();
        if Instant::now() >= deadline || lent.revoked() {
            close(&mut loan);
        }
        lent.returned.store(loan.is_some(), Ordering::Release);
        (result, loan.take())
    }

    /// Sends a statement, and waits on the plugin's thread for what comes of it.
    pub(super) fn send<T>(
        &self,
        sql: &str,
        types: &[u32],
        work: impl AsyncFnOnce(ByHand<'_>, Way, Again) -> Result<T, Unfinished>,
    ) -> Result<T, ErrorV1> {
        self.with_session(|session| {
            let (known, commits) = (session.statements().way(sql, types), self.lent.commits_each());
            let may_be_sent = |known: (Way, Checked)| {
                if known.1.is_ddl {
                    self.lent.changes.check(sql)?;
                }
                self.lent.sends(known.1).map(|()| known)
            };
            let (way, checked) = match known.and_then(may_be_sent) {
                Ok(known) => known,
                Err(refusal) => return Ok(Err(Unfinished::Refused(refusal))),
            };
            let by_hand = session.by_hand();
            let done = if self.lent.goes_alone(session, checked) {
                let alone = async {
                    let (fresh, done) =
                        join(by_hand.freshen(commits), work(by_hand, way, Again::Alone)).await;
                    fresh?;
                    done
                };
                session.wait(self.deadline, alone)
            } else {
                let again = if self.lent.has_begun() { Again::Never } else { Again::From(self.lent.begin()) };
                let work = async |session: ByHand<'_>| work(session, way, again).await;
                let in_transaction = self.in_transaction(session, work);
                if commits {
                    session.wait(self.deadline, self.and_commit(by_hand, in_transaction))
                } else {
                    session.wait(self.deadline, in_transaction)
                }
            };
            self.lent.committed.store(commits && matches!(done, Ok(Ok(_))), Ordering::Release);
            done
        })
    }

    /// Does something about the transaction itself.
    pub(super) fn control(&self, sql: &str) -> Result<(), ErrorV1> {
        let work = async |session: ByHand<'_>| Ok(session.batch_execute(sql).await?);
        self.with_session(|session| {
            if self.lent.commits_each() {
                let refusal = GuardError::Autocommit("there is no transaction for a savepoint to be in");
                return Ok(Err(Unfinished::Refused(refusal)));
            }
            session.wait(self.deadline, self.in_transaction(session, work))
        })
    }

    /// Ends the transaction of one statement with it, as the server does where the statement can go alone.
    async fn and_commit<T>(
        &self,
        session: ByHand<'_>,
        in_transaction: impl Future<Output = Result<T, Unfinished>>,
    ) -> Result<T, Unfinished> {
        let done = in_transaction.await;
        let end = match done {
            Ok(_) => "COMMIT",
            Err(Unfinished::Database(_)) => "ROLLBACK",
            // It was not sent, or the session is closed.
            Err(_) => return done,
        };
        session.batch_execute(end).await?;
        self.lent.begun.store(false, Ordering::Release);
        done
    }

    async fn in_transaction<T>(
        &self,
        session: &Session,
        work: impl AsyncFnOnce(ByHand<'_>) -> Result<T, Unfinished>,
    ) -> Result<T, Unfinished> {
        let by_hand = session.by_hand();
        if self.lent.begun.swap(true, Ordering::AcqRel) {
            return work(by_hand).await;
        }
        let begin = by_hand.batch_execute(self.lent.begin());
        if session.may_pipeline_begin() {
            // All are sent before the answer to the first has come.
            let (fresh, begun, done) = join3(by_hand.freshen(false), begin, work(by_hand)).await;
            fresh?;
            begun?;
            return done;
        }
        by_hand.freshen(false).await?;
        begin.await?;
        work(by_hand).await
    }

    /// Uses the connection while the borrow lasts. What is not read to its end, for it is too much, costs the
    /// connection: the server would go on sending.
    fn with_session<T>(
        &self,
        work: impl FnOnce(&Session) -> Result<Result<T, Unfinished>, Late>,
    ) -> Result<T, ErrorV1> {
        let mut held = self.lent.lock();
        let Some(loan) = held.as_ref().filter(|_| !self.lent.revoked()) else { return Err(revoked()) };
        let result = work(&loan.connection);
        let failed = !matches!(result, Ok(Ok(_)));
        self.lent.failed.fetch_or(failed, Ordering::AcqRel);
        if self.lent.revoked() || matches!(result, Ok(Err(Unfinished::TooMuch(_)))) {
            close(&mut held);
        }
        match result {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(Unfinished::Database(failed))) => Err(sql_error(&failed)),
            Ok(Err(Unfinished::Refused(refusal))) => {
                let route = &self.lent.route;
                Err(error("refused", 500, &format!("{route}: {refusal}")))
            }
            Ok(Err(Unfinished::TooMuch(limit))) => {
                Err(error("too_much", 500, &format!("the statement brings more than {limit}")))
            }
            Err(Late) => Err(error("deadline", 504, "the call's time is used up")),
        }
    }
}

/// How a statement is sent once more that failed of what was prepared for a former one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Again {
    /// The transaction is broken, and something was done in it.
    Never,
    /// There is no transaction.
    Alone,
    /// In a transaction that begins thus.
    From(&'static str),
}

/// Why a statement has no result.
#[derive(Debug)]
pub(super) enum Unfinished {
    Database(tokio_postgres::Error),
    /// It was not sent.
    Refused(GuardError),
    /// More than this, in words.
    TooMuch(String),
}

impl From<tokio_postgres::Error> for Unfinished {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

/// Where a plugin's thread has the connection of a call handed over. It is there for ever, so that a plugin which
/// keeps the handle against all rules finds an empty desk, and not memory that is no longer there.
pub struct Desk {
    thread: ThreadId,
    borrowed: RefCell<Option<Borrowed>>,
}

/// The desks of one thread, used in turn: what was kept from one call is not what the next ones are handed.
struct Desks {
    desks: [Desk; DESKS],
    next: Cell<usize>,
}

const DESKS: usize = 64;

thread_local! {
    static MINE: &'static Desks = Box::leak(Box::new(Desks::new()));
}

impl Desks {
    fn new() -> Self {
        let thread = std::thread::current().id();
        let desk = |_| Desk { thread, borrowed: RefCell::new(None) };
        Self { desks: std::array::from_fn(desk), next: Cell::new(0) }
    }

    fn take(&self) -> &Desk {
        self.next.set((self.next.get() + 1) % DESKS);
        &self.desks[self.next.get()]
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("thread", &self.thread).finish_non_exhaustive()
    }
}

impl Desk {
    /// What lies there, for this thread.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Borrowed) -> Result<T, ErrorV1>) -> Result<T, ErrorV1> {
        // Before anything else of it is touched, which belongs to its own thread.
        if std::thread::current().id() != self.thread {
            let message = "the borrowed connection was used on another thread than the call's";
            return Err(error("other_thread", 500, message));
        }
        self.borrowed.borrow().as_ref().map_or_else(|| Err(revoked()), work)
    }
}

fn revoked() -> ErrorV1 {
    error("revoked", 500, "the borrowed connection was used after its call had ended")
}

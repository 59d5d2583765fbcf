//! Lending a connection to a plugin for the length of one call, and taking it back.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use futures_util::future::join;
use tenon_plugin_api::contract::ErrorV1;

use super::db::{error, sql_error};
use crate::postgres::guard::GuardError;
use crate::postgres::pool::{ByHand, Late, PooledConnection};
use crate::routes::Access;
use crate::runtime::Turn;

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
    begun: AtomicBool,
    /// Whether the last statement failed: nothing but going back to a savepoint mends the transaction then.
    broken: AtomicBool,
    /// Whether something was asked for that a transaction does when it commits, although it writes nothing.
    notifies: AtomicBool,
    revoked: AtomicBool,
    returned: AtomicBool,
    loan: Mutex<Option<Loan>>,
}

/// A connection, and the plugin's right to it.
#[derive(Debug)]
pub struct Loan {
    pub connection: PooledConnection,
    pub turn: Turn,
}

impl Loan {
    /// Gives the session back to its pool when it is clean, and else closes it. Until then it counts as the plugin's.
    pub fn give_back(self, is_clean: bool) {
        let Self { mut connection, turn } = self;
        if is_clean {
            connection.mark_clean();
            drop(connection);
        } else {
            drop(PooledConnection::take(connection));
        }
        drop(turn);
    }
}

impl Lent {
    /// Lends a connection. Its transaction, which is the host's, begins with the first statement.
    pub fn new(loan: Loan, access: Access) -> Arc<Self> {
        let [begun, broken, notifies, revoked, returned] = [const { false }; 5].map(AtomicBool::new);
        Arc::new(Self { access, begun, broken, notifies, revoked, returned, loan: Mutex::new(Some(loan)) })
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
        self.access == Access::ReadOnly
            && !self.broken.load(Ordering::Acquire)
            && !self.notifies.load(Ordering::Acquire)
    }

    /// Says that a statement waits for the COMMIT.
    pub(super) fn notifies(&self) {
        self.notifies.store(true, Ordering::Release);
    }

    /// How the transaction begins.
    pub(super) fn begin(&self) -> &'static str {
        match self.access {
            Access::ReadOnly => "BEGIN READ ONLY",
            Access::ReadWrite => "BEGIN READ WRITE",
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
        loan.give_back(false);
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

    /// What is lent.
    pub(super) fn lent(&self) -> &Lent {
        &self.lent
    }

    /// Waits for the database on the plugin's thread, while the borrow lasts. What is not read to its end, for it
    /// is too much, costs the connection: the server would go on sending.
    pub(super) fn wait<T>(
        &self,
        work: impl AsyncFnOnce(ByHand<'_>) -> Result<T, Unfinished>,
    ) -> Result<T, ErrorV1> {
        let mut held = self.lent.lock();
        let Some(Loan { connection, .. }) = held.as_ref().filter(|_| !self.lent.revoked()) else {
            return Err(revoked());
        };
        let session = connection.by_hand();
        let begun = async {
            if self.lent.begun.swap(true, Ordering::AcqRel) {
                return work(session).await;
            }
            let begin = session.batch_execute(self.lent.begin());
            if connection.may_pipeline_begin() {
                // Both are sent before the answer to the first has come.
                let (begun, done) = join(begin, work(session)).await;
                begun?;
                return done;
            }
            begin.await?;
            work(session).await
        };
        let result = connection.wait(self.deadline, begun);
        self.lent.broken.store(!matches!(result, Ok(Ok(_))), Ordering::Release);
        if self.lent.revoked() || matches!(result, Ok(Err(Unfinished::TooMuch(_)))) {
            close(&mut held);
        }
        match result {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(Unfinished::Database(failed))) => Err(sql_error(&failed)),
            Ok(Err(Unfinished::Refused(refusal))) => Err(error("refused", 500, &refusal.to_string())),
            Ok(Err(Unfinished::TooMuch(limit))) => {
                Err(error("too_much", 500, &format!("the statement brings more than {limit}")))
            }
            Err(Late) => Err(error("deadline", 504, "the call's time is used up")),
        }
    }
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

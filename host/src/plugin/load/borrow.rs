//! Lending a connection to a plugin for the length of one call, and taking it back.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::{join, join3};
use tenon_plugin_api::contract::ErrorV1;

use super::error::{error, sql_error};
use super::failure::Fault;
use super::lease::{Keep, Lease};
use super::lent_connection::LentConnection;
use super::sending::{RetryMode, StatementError, is_unproven};
use crate::config::CallBounds;
use crate::database::caller_setting::CallerSetting;
use crate::database::guard::{Checked, GuardError, SchemaChanges};
use crate::database::pool::{DeadlineExceeded, InlineClient, Session};
use crate::database::statements::SendMode;
use crate::plugin::caller::KnownCaller;
use crate::plugin::emitted::EmittedEvents;
use crate::plugin::routes::{Access, ReadPredictor, Route, SharedFlag};

/// A connection, lent to a plugin until the call returns or its deadline passes.
pub struct BorrowedConnection {
    pub(super) lent: Arc<CallState>,
    pub(super) deadline: Instant,
    pub(super) bounds: CallBounds,
    /// What the plugin may emit.
    pub(super) emitted: Arc<EmittedEvents>,
    /// The function of another plugin that has it meanwhile, as its route is spelled.
    pub(super) function: Option<Arc<str>>,
}

/// What is lent, in the host's hand: with it the borrow is revoked, and the connection is not lost to a
/// plugin that never returns.
pub struct CallState {
    access: Access,
    habit: ReadPredictor,
    caller_unsaid: SharedFlag,
    asks_caller: SharedFlag,
    changes: SchemaChanges,
    plugin: Arc<str>,
    /// The route as the manifest spells it.
    route: Arc<str>,
    /// How the transaction begins.
    begin: Cow<'static, str>,
    /// What SQL is told of who calls.
    said: CallerSetting,
    lease: Lease<LentConnection, Traces>,
}

/// What a call has sent so far. Only its own thread looks at it.
#[derive(Debug, Default)]
pub struct Traces {
    transaction: Cell<Transaction>,
    /// How many statements were sent, without those about savepoints.
    sent: Cell<usize>,
    /// Whether any statement failed: nothing but going back to a savepoint repairs the transaction then.
    failed: Cell<bool>,
    /// Whether something was sent that may leave something in the session.
    stains: Cell<bool>,
    /// Whether something was asked for that a transaction does when it commits, although it writes nothing.
    notifies: Cell<bool>,
}

/// The call's transaction, which begins with its first statement that does not go alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Transaction {
    #[default]
    None,
    Open,
    /// Committed, with the one statement of a call that commits each.
    Committed,
}

impl Traces {
    /// Whether there is a transaction to end.
    pub fn has_begun(&self) -> bool {
        self.transaction.get() == Transaction::Open
    }

    /// Whether all statements succeeded, so that the transaction is not broken.
    pub fn is_sound(&self) -> bool {
        !self.failed.get()
    }

    /// Whether nothing was sent that leaves something in the session, as far as the statements' texts say.
    pub fn was_plain(&self) -> bool {
        !self.stains.get()
    }

    /// Whether anything was sent.
    pub fn has_sent(&self) -> bool {
        self.sent.get() > 0
    }

    /// Notes what kind of statement is sent, unless it must not be.
    fn sends(&self, checked: Checked) -> Result<(), GuardError> {
        if self.transaction.get() == Transaction::Committed {
            return Err(GuardError::Autocommit("its calls send one statement, and this one's is committed"));
        }
        self.sent.set(self.sent.get() + 1);
        self.stains.set(self.stains.get() || !checked.is_plain);
        self.notifies.set(self.notifies.get() || checked.may_notify);
        Ok(())
    }
}

impl CallState {
    /// Lends a connection to a plugin, for a call of this caller. Its transaction, which is the host's,
    /// begins with the first statement.
    pub fn new(
        loan: LentConnection,
        plugin: &Arc<str>,
        route: &Route,
        caller: Option<&KnownCaller>,
    ) -> Arc<Self> {
        let begin = match route.access {
            _ if loan.connection.is_frozen() => "BEGIN READ ONLY",
            Access::ReadOnly => "BEGIN READ ONLY",
            Access::ReadWrite | Access::Autocommit => "BEGIN READ WRITE",
        };
        let is_unsaid = route.caller_unsaid.is_set() && loan.connection.may_leave_caller_unsaid();
        let (begin, said) = match caller {
            _ if is_unsaid => (begin.into(), CallerSetting::Unsaid),
            None => (begin.into(), CallerSetting::Nobody),
            Some(caller) => (caller.begins(begin).into(), CallerSetting::Id(caller.subject.clone())),
        };
        Arc::new(Self {
            access: route.access,
            begin,
            said,
            habit: route.habit.clone(),
            caller_unsaid: route.caller_unsaid.clone(),
            asks_caller: route.asks_caller.clone(),
            changes: route.changes.clone(),
            plugin: Arc::clone(plugin),
            route: Arc::clone(&route.text),
            lease: Lease::new(loan),
        })
    }

    /// Whether the transaction has nothing to commit: it could not write, and nothing in it had failed.
    pub fn only_read(&self, traces: &Traces) -> bool {
        self.access == Access::ReadOnly && traces.is_sound() && !traces.notifies.get()
    }

    /// Remembers for the route what this call was like.
    pub fn observe(&self, traces: &Traces) {
        let one_read = self.access == Access::ReadOnly && traces.was_plain() && traces.is_sound();
        match traces.sent.get() {
            0 => {}
            sent => self.habit.observe(sent == 1 && one_read),
        }
    }

    /// Whether each statement is committed with its end.
    fn commits_each(&self) -> bool {
        self.access == Access::Autocommit
    }

    /// Whether the statement that was just noted can do without a transaction, which it is by itself: what is
    /// declared so, unless it is a procedure that could end its own; and of what only reads the call's first
    /// and, as the route's calls go, its only one.
    fn goes_alone(&self, session: &Session, traces: &Traces, checked: Checked) -> bool {
        match self.access {
            Access::ReadWrite => false,
            // Who calls is said to `tenon.caller()` with the beginning of a transaction.
            _ if self.said.is_id() && self.asks_caller.is_set() => false,
            Access::Autocommit => checked.is_query && session.may_write_alone(),
            Access::ReadOnly => {
                traces.sent.get() == 1
                    && !traces.has_begun()
                    && traces.was_plain()
                    && self.habit.is_one_reading()
                    && session.may_read_alone()
            }
        }
    }

    /// Whether the statement, which went alone, has failed of asking `tenon.caller()`. The next ones of the
    /// route do not go alone then.
    fn asked_caller<T>(&self, done: &Result<Result<T, StatementError>, DeadlineExceeded>) -> bool {
        let asked = self.said.is_id() && is_unproven(done);
        if asked {
            self.asks_caller.set(true);
        }
        asked
    }

    /// Has the plugin's next calls told who calls, if the statement has asked and nothing was said.
    fn learn_that_it_asks<T>(&self, done: &Result<Result<T, StatementError>, DeadlineExceeded>) {
        if self.said == CallerSetting::Unsaid && is_unproven(done) {
            self.caller_unsaid.set(false);
            let (plugin, route) = (&*self.plugin, &*self.route);
            tracing::warn!(
                plugin,
                route,
                "SQL of {plugin} asks who calls, and its library has the name tenon.caller nowhere: this call \
                 failed, the next ones are told; its author is to spell the name out"
            );
        }
    }

    /// How the transaction begins: with who calls, if somebody does.
    fn begin(&self) -> &str {
        &self.begin
    }

    /// Ends the borrow, unless the plugin has returned in time: every later use of it is an error. The
    /// connection is closed, by this or by the statement that still runs on it; whoever borrows next must
    /// meet neither that nor the request to cancel it. Says whether it is ended by this.
    pub fn revoke(&self) -> bool {
        self.lease.revoke()
    }
}

impl std::fmt::Debug for CallState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallState").field("revoked", &self.lease.is_revoked()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for BorrowedConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BorrowedConnection").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl BorrowedConnection {
    /// When it ends.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The borrow of what is lent, until the deadline.
    pub fn new(
        lent: Arc<CallState>,
        deadline: Instant,
        bounds: CallBounds,
        emitted: Arc<EmittedEvents>,
    ) -> Self {
        Self { lent, deadline, bounds, emitted, function: None }
    }

    /// What of the schema a statement may change: a function that others call, nothing.
    fn changes(&self) -> &SchemaChanges {
        if self.function.is_some() { &SchemaChanges::Undeclared } else { &self.lent.changes }
    }

    /// What takes the connection back when the call has ended: it gives it, unless the deadline has passed by
    /// then, and what was sent over it.
    pub(super) fn taken_back(&self) -> impl FnOnce() -> (Option<LentConnection>, Traces) + use<> {
        let (lent, deadline) = (Arc::clone(&self.lent), self.deadline);
        move || lent.lease.give_back(Instant::now() < deadline)
    }

    /// Sends a statement, and waits on the plugin's thread for what comes of it.
    pub(super) fn send<T>(
        &self,
        sql: &str,
        types: &[u32],
        work: &impl AsyncFn(InlineClient<'_>, SendMode, RetryMode<'_>) -> Result<T, StatementError>,
    ) -> Result<T, ErrorV1> {
        self.with_session(|session, traces| {
            let (known, commits) = (session.statements().send_mode(sql, types), self.lent.commits_each());
            let may_be_sent = |known: (SendMode, Checked)| {
                if known.1.is_ddl {
                    self.changes().check(sql)?;
                }
                traces.sends(known.1).map(|()| known)
            };
            let (send_mode, checked) = match known.and_then(may_be_sent) {
                Ok(known) => known,
                Err(refusal) => return Ok(Err(StatementError::Refused(refusal))),
            };
            let inline = session.driven_inline();
            let in_transaction = |send_mode| {
                let again =
                    if traces.has_begun() { RetryMode::Never } else { RetryMode::From(self.lent.begin()) };
                let work = async |session: InlineClient<'_>| work(session, send_mode, again).await;
                let in_transaction = self.in_transaction(session, traces, work);
                if commits {
                    session.wait(self.deadline, and_commit(inline, traces, in_transaction))
                } else {
                    session.wait(self.deadline, in_transaction)
                }
            };
            let done = if self.lent.goes_alone(session, traces, checked) {
                let alone = async {
                    let fresh = inline.reset_session_state(commits, Some(&self.lent.said));
                    let (fresh, done) = join(fresh, work(inline, send_mode, RetryMode::Alone)).await;
                    fresh?;
                    done
                };
                let done = session.wait(self.deadline, alone);
                if self.lent.asked_caller(&done) { in_transaction(SendMode::Text) } else { done }
            } else {
                in_transaction(send_mode)
            };
            self.lent.learn_that_it_asks(&done);
            if commits && matches!(done, Ok(Ok(_))) {
                traces.transaction.set(Transaction::Committed);
            }
            done
        })
    }

    /// Does something about the transaction itself.
    pub(super) fn control(&self, sql: &str) -> Result<(), ErrorV1> {
        let work = async |session: InlineClient<'_>| Ok(session.batch_execute(sql).await?);
        self.with_session(|session, traces| {
            if self.lent.commits_each() {
                let refusal = GuardError::Autocommit("there is no transaction for a savepoint to be in");
                return Ok(Err(StatementError::Refused(refusal)));
            }
            session.wait(self.deadline, self.in_transaction(session, traces, work))
        })
    }

    async fn in_transaction<T>(
        &self,
        session: &Session,
        traces: &Traces,
        work: impl AsyncFnOnce(InlineClient<'_>) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        let inline = session.driven_inline();
        if traces.transaction.replace(Transaction::Open) == Transaction::Open {
            return work(inline).await;
        }
        let begin = inline.batch_execute(self.lent.begin());
        // The beginning of a transaction says who calls, and not that nobody does.
        let caller = Some(&self.lent.said).filter(|said| !said.is_id());
        if session.may_pipeline_begin() {
            // All are sent before the answer to the first has come.
            let (fresh, begun, done) =
                join3(inline.reset_session_state(false, caller), begin, work(inline)).await;
            fresh?;
            begun?;
            return done;
        }
        inline.reset_session_state(false, caller).await?;
        begin.await?;
        work(inline).await
    }

    /// Uses the connection while the borrow lasts. What is not read to its end, for it is too much, costs the
    /// connection: the server would go on sending.
    fn with_session<T>(
        &self,
        work: impl FnOnce(&Session, &Traces) -> Result<Result<T, StatementError>, DeadlineExceeded>,
    ) -> Result<T, ErrorV1> {
        let used = self.lent.lease.with(|loan, traces| {
            let result = work(&loan.connection, traces);
            traces.failed.set(traces.failed.get() || !matches!(result, Ok(Ok(_))));
            let too_much = matches!(result, Ok(Err(StatementError::TooMuch(_))));
            (result, if too_much { Keep::Close } else { Keep::Keep })
        });
        let Some(result) = used else { return Err(revoked()) };
        match result {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(StatementError::Database(failed))) => Err(sql_error(&failed)),
            Ok(Err(StatementError::Refused(refusal))) => {
                let route = self.function.as_ref().unwrap_or(&self.lent.route);
                Err(error(Fault::Refused, 500, &format!("{route}: {refusal}")))
            }
            Ok(Err(StatementError::TooMuch(limit))) => {
                Err(error(Fault::TooMuch, 500, &format!("the statement brings more than {limit}")))
            }
            Err(DeadlineExceeded) => Err(error(Fault::Deadline, 504, "the call's time is used up")),
        }
    }
}

/// Ends the transaction of one statement with it, as the server does where the statement can go alone.
async fn and_commit<T>(
    session: InlineClient<'_>,
    traces: &Traces,
    in_transaction: impl Future<Output = Result<T, StatementError>>,
) -> Result<T, StatementError> {
    let done = in_transaction.await;
    let end = match done {
        Ok(_) => "COMMIT",
        Err(StatementError::Database(_)) => "ROLLBACK",
        // It was not sent, or the session is closed.
        Err(_) => return done,
    };
    session.batch_execute(end).await?;
    traces.transaction.set(Transaction::None);
    done
}

/// What a handle is told that was kept for longer than its call.
pub(super) fn revoked() -> ErrorV1 {
    error(Fault::Revoked, 500, "the borrowed connection was used after its call had ended")
}

//! One request to a plugin: a route, a connection borrowed for a transaction, an answer.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::ending::{End, Returned};
use super::hung::JobState;
use super::{Context, RunError, Worker};
use crate::config::CallBounds;
use crate::database::connect::Database;
use crate::database::pool::Interrupt;
use crate::database::unavailable;
use crate::plugin::faults::Entry;
use crate::plugin::load::{
    Answer, BorrowedConnection, CallFailure, CallState, Fault, LentConnection, RoutedRequest, with_lease,
};
use crate::plugin::routes::{Access, Route};
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;

/// How long a plugin may take to return once it was told that its time is used up.
const GRACE: Duration = Duration::from_secs(1);

/// When whoever meets a plugin before its first check may find it checked.
const UNTIL_CHECKED: Duration = Duration::from_secs(5);

/// A plugin's answer.
#[derive(Debug, Clone)]
pub struct PluginResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// Why a request has no answer of the plugin's own.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("there is no plugin {0}")]
    NoPlugin(String),
    #[error("plugin {plugin} has no route {method} {path}")]
    NoRoute { plugin: String, method: String, path: String },
    #[error("plugin {plugin} answers {path} only to {allow}")]
    MethodNotAllowed { plugin: String, path: String, allow: String },
    #[error("{name} is disabled in this host's configuration (plugins.disabled)")]
    Disabled { name: String },
    /// The plugin could not be loaded.
    #[error("{name} is out: {reason}")]
    Out { name: String, reason: String },
    /// The database is not what it needs.
    #[error("{reason}")]
    Held { reason: String },
    /// Nobody knows whether it is.
    #[error(
        "{name} answers no requests: not checked yet: no check of its part of the database could be completed so far"
    )]
    NotChecked { name: String },
    #[error("{name} answers no requests: {reason}")]
    Quarantined { name: String, reason: String, remedy: String },
    #[error("{reason}")]
    NoRole { reason: String },
    #[error("the database is not available: {0}")]
    NoDatabase(String),
    /// A call that may have been kept: asked for again, it may be done twice.
    #[error("the database did not say whether what the call wrote was kept: {0}")]
    Unclear(String),
    #[error("plugin {plugin}: {source}")]
    NotRun { plugin: String, source: RunError },
    #[error("plugin {plugin} did not answer within {} ms", limit.as_millis())]
    Deadline { plugin: String, limit: std::time::Duration },
    #[error("{0}")]
    Plugin(CallFailure),
}

impl CallError {
    /// The HTTP status that fits.
    pub fn status(&self) -> u16 {
        match self {
            Self::NoPlugin(_) | Self::NoRoute { .. } | Self::Disabled { .. } => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::Out { .. }
            | Self::Held { .. }
            | Self::NotChecked { .. }
            | Self::Quarantined { .. }
            | Self::NoRole { .. }
            | Self::NoDatabase(_)
            | Self::NotRun { .. } => 503,
            Self::Unclear(_) => 500,
            Self::Deadline { .. } => 504,
            Self::Plugin(failure) => failure.status,
        }
    }

    /// A stable word for machines; a plugin's error has the plugin's own.
    pub fn code(&self) -> &str {
        match self {
            Self::Plugin(failure) => &failure.code,
            other => other.kind().as_str(),
        }
    }

    /// A code of the host's own: for a plugin's error what the host itself has seen, since the
    /// plugins' words are without end.
    pub fn kind(&self) -> ErrorCode {
        match self {
            Self::NoPlugin(_) => ErrorCode::NoPlugin,
            Self::NoRoute { .. } => ErrorCode::NoRoute,
            Self::MethodNotAllowed { .. } => ErrorCode::MethodNotAllowed,
            Self::Disabled { .. } => ErrorCode::Disabled,
            Self::Out { .. } => ErrorCode::Out,
            Self::Held { .. } | Self::NotChecked { .. } => ErrorCode::Held,
            Self::Quarantined { .. } => ErrorCode::Quarantined,
            Self::NoRole { .. } => ErrorCode::NoRole,
            Self::NoDatabase(_) => ErrorCode::NoDatabase,
            Self::Unclear(_) => ErrorCode::Unclear,
            Self::NotRun { .. } => ErrorCode::Busy,
            Self::Deadline { .. } => ErrorCode::Deadline,
            Self::Plugin(failure) => failure.fault.map_or(ErrorCode::PluginError, Fault::code),
        }
    }

    /// The methods that the path would answer to, for the `Allow` header.
    pub fn allow(&self) -> Option<String> {
        match self {
            Self::MethodNotAllowed { allow, .. } => Some(allow.clone()),
            _ => None,
        }
    }

    /// How long to wait before it is worth trying again, where it ends by itself.
    pub fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::NotChecked { .. }).then_some(UNTIL_CHECKED)
    }

    /// What to do about it, where the message alone does not say.
    pub fn remedy(&self) -> Option<&str> {
        match self {
            Self::Disabled { .. } => Some("take it off the list plugins.disabled, and start the host again"),
            Self::Out { .. } => Some("see `tenon plugin list` for what keeps it from being loaded"),
            Self::Held { .. } => {
                Some("see `tenon check` for what is wrong, and `tenon plan` for what a heal would do")
            }
            Self::NotChecked { .. } => Some("try again later; `tenon check` says why, if it stays so"),
            Self::Quarantined { remedy, .. } => Some(remedy),
            Self::NoDatabase(_) => Some("see `tenon check` for why the database cannot be used"),
            Self::Unclear(_) => Some("look whether it was done before you ask for it again"),
            Self::NotRun { source: RunError::QueueFull, .. } => Some("try again later"),
            _ => None,
        }
    }
}

/// What is known of a call that has a thread and a connection.
struct Begun {
    deadline: Instant,
    lent: Arc<CallState>,
    statement: Arc<Interrupt>,
}

/// Runs a request on the plugin's threads, inside a transaction of the host's: an answer commits it; an
/// error, a panic or the deadline rolls it back. Its time begins when it has a thread and a connection, and
/// it waits no longer than that for a thread, which waits for what `lending` lends to it.
pub async fn call(
    plugin: &Arc<str>,
    worker: &Arc<Worker<Context>>,
    database: &Database,
    lending: impl FnOnce() -> Result<LentConnection, CallError> + Send + 'static,
    route: &Route,
    question: RoutedRequest,
    bounds: CallBounds,
) -> Result<Answer, CallError> {
    let limit = bounds.time;
    let begun = Arc::new(OnceLock::new());
    let (tell, mut told) = oneshot::channel();
    let job = {
        let (plugin, begun) = (Arc::clone(plugin), Arc::clone(&begun));
        let route = route.clone();
        move |made: &Result<Context, _>| {
            let loan = match lending() {
                Ok(loan) => loan,
                Err(error) => return drop(tell.send(End::NotBegun(error))),
            };
            let (deadline, statement) = (Instant::now() + limit, loan.connection.interrupt());
            let lent =
                CallState::new(loan, &plugin, &route, question.request.caller().map(|caller| &**caller));
            let _ = begun.set(Begun { deadline, lent: Arc::clone(&lent), statement });
            let emitted = made.as_ref().map(|context| context.host.emitted()).unwrap_or_default();
            let borrowed = BorrowedConnection::new(Arc::clone(&lent), deadline, bounds, emitted);
            let (answer, loan, traces) = with_lease(borrowed, |slot| match made {
                Ok(context) => {
                    let handle = || context.module.handle(&question, &context.host, slot, bounds.bytes);
                    let marked = context.marker.during(Entry::Route(route.number), handle);
                    marked.unwrap_or_else(|unmarked| {
                        Err(CallFailure::new(Fault::NotMarked, 503, unmarked.to_string()))
                    })
                }
                Err(_) => Err(CallFailure::new(Fault::NotLoaded, 503, "the plugin is not loaded")),
            });
            Returned { answer, loan, traces, seal: question.seal }.end(&plugin, &lent, limit, tell);
        }
    };
    let not_run = |source| CallError::NotRun { plugin: plugin.to_string(), source };
    let job_state = worker.queue(job).map_err(not_run)?;
    let late = || CallError::Deadline { plugin: plugin.to_string(), limit };
    let overdue = |begun: &Begun| {
        interrupt(database, Arc::clone(&begun.statement));
        late()
    };
    let mut until = Instant::now() + limit;
    let end = loop {
        if let Ok(end) = tokio::time::timeout_at(until.into(), &mut told).await {
            break end;
        }
        match begun.get() {
            Some(Begun { deadline, .. }) if *deadline > Instant::now() => until = *deadline,
            // It has returned in time, and the end of the transaction has a limit of its own.
            Some(begun) if !begun.lent.revoke() => break told.await,
            Some(begun) => {
                let (plugin, worker, lent) =
                    (Arc::clone(plugin), Arc::clone(worker), Arc::clone(&begun.lent));
                tokio::spawn(async move {
                    // A plugin that waited for the database is told of the deadline, and returns.
                    if tokio::time::timeout(GRACE, told).await.is_err() {
                        lent.revoke();
                        give_up(&plugin, &worker, &job_state);
                    }
                });
                return Err(overdue(begun));
            }
            // No thread has come to it.
            None if job_state.withdraw() => return Err(late()),
            // It waits for a connection, for which there is a limit of its own.
            None => until = Instant::now() + limit,
        }
    };
    match end.map_err(|_| not_run(RunError::Ended))? {
        End::NotBegun(error) => Err(error),
        End::Answered(Err(failure)) if failure.fault == Some(Fault::DatabaseLost) => {
            Err(lost(failure.message, route.access == Access::Autocommit))
        }
        End::Answered(answer) => answer.map_err(CallError::Plugin),
        End::Uncommitted(error) => Err(match error.as_db_error() {
            // A deferred constraint, say: the plugin's doing, and nothing was kept.
            Some(said) if !unavailable::ends_session(&error) => {
                CallError::Plugin(CallFailure::uncommitted(said))
            }
            _ => lost(chain(&error), route.access != Access::ReadOnly),
        }),
        // The connection was closed under a statement that brought too much.
        End::Closed(Err(failure)) if failure.fault == Some(Fault::TooMuch) => Err(CallError::Plugin(failure)),
        End::Closed(Ok(_)) if begun.get().is_some_and(|begun| Instant::now() < begun.deadline) => {
            let message = match route.access {
                Access::Autocommit => {
                    "the call's statement brought too much: what it wrote may have been kept"
                }
                _ => "a statement of the call brought too much: nothing of it was kept",
            };
            Err(CallError::Plugin(CallFailure::new(Fault::TooMuch, 500, message)))
        }
        // The plugin may have been told of the deadline before we were, and have answered that.
        End::Closed(_) | End::DeadlineExceeded => Err(begun.get().map_or_else(late, overdue)),
    }
}

/// The connection broke, before or while something may have been kept.
fn lost(message: String, may_be_kept: bool) -> CallError {
    if may_be_kept { CallError::Unclear(message) } else { CallError::NoDatabase(message) }
}

/// Leaves a thread to the plugin that does not return from it.
pub(super) fn give_up(plugin: &str, worker: &Worker<Context>, job_state: &JobState) {
    if worker.give_up(job_state) {
        let hung = worker.hung();
        tracing::error!(plugin, hung, "a thread hangs in a plugin and was abandoned: {hung} of {plugin} do");
    }
}

/// Ends the statement that an overdue call is waiting for. Its connection does not come back to the pool.
fn interrupt(database: &Database, statement: Arc<Interrupt>) {
    let database = database.clone();
    tokio::spawn(async move {
        if let Err(error) = database.interrupt(&statement).await {
            tracing::warn!("an overdue statement could not be cancelled: {}", chain(&error));
        }
    });
}

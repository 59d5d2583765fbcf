//! One request to a plugin: a route, a connection borrowed for a transaction, an answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio_postgres::CancelToken;

use super::hung::Fate;
use super::worker::Ticket;
use super::{Context, RunError, Worker};
use crate::errors::chain;
use crate::load::{Answer, Borrowed, CallBounds, CallFailure, Lent, Question};
use crate::postgres::connect::Database;
use crate::postgres::pool::PooledConnection;

/// How long a plugin may take to return once it was told that its time is used up.
const GRACE: Duration = Duration::from_secs(1);

/// A request as it came in, its path below `/plugins/{id}`.
#[derive(Debug, Clone)]
pub struct PluginRequest {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// The administrator who is logged in, or nobody.
    pub user: String,
    pub request_id: String,
}

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
    #[error("{reason}")]
    Held { reason: String },
    #[error("{reason}")]
    Quarantined { reason: String },
    #[error("{reason}")]
    NoRole { reason: String },
    #[error("the database is not available: {0}")]
    NoDatabase(String),
    #[error("plugin {plugin}: {source}")]
    NotRun { plugin: String, source: RunError },
    #[error("plugin {plugin} did not answer within {} ms", limit.as_millis())]
    Deadline { plugin: String, limit: std::time::Duration },
    #[error("{message}")]
    Plugin { code: String, status: u16, message: String },
}

impl CallError {
    /// The HTTP status that fits.
    pub fn status(&self) -> u16 {
        match self {
            Self::NoPlugin(_) | Self::NoRoute { .. } => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::Held { .. }
            | Self::Quarantined { .. }
            | Self::NoRole { .. }
            | Self::NoDatabase(_)
            | Self::NotRun { .. } => 503,
            Self::Deadline { .. } => 504,
            Self::Plugin { status, .. } => *status,
        }
    }

    /// A stable word for machines.
    pub fn code(&self) -> &str {
        match self {
            Self::NoPlugin(_) => "no_plugin",
            Self::NoRoute { .. } => "no_route",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::Held { .. } => "held",
            Self::Quarantined { .. } => "quarantined",
            Self::NoRole { .. } => "no_role",
            Self::NoDatabase(_) => "no_database",
            Self::NotRun { .. } => "busy",
            Self::Deadline { .. } => "deadline",
            Self::Plugin { code, .. } => code,
        }
    }

    /// The methods that the path would answer to, for the `Allow` header.
    pub fn allow(&self) -> Option<String> {
        match self {
            Self::MethodNotAllowed { allow, .. } => Some(allow.clone()),
            _ => None,
        }
    }
}

/// The route that a request matched, and the values of its `{names}`.
#[derive(Debug, PartialEq, Eq)]
pub struct Matched {
    pub route: String,
    pub params: Vec<(String, String)>,
}

/// Finds the route, or says whether the path or only the method is wrong.
pub fn route(plugin: &str, routes: &[String], method: &str, path: &str) -> Result<Matched, CallError> {
    let mut allow = Vec::new();
    for route in routes {
        let Some((route_method, pattern)) = route.split_once(' ') else { continue };
        let Some(params) = matches(pattern, path) else { continue };
        if route_method == method {
            return Ok(Matched { route: route.clone(), params });
        }
        allow.push(route_method);
    }
    let (plugin, path) = (plugin.to_owned(), path.to_owned());
    if allow.is_empty() {
        Err(CallError::NoRoute { plugin, method: method.to_owned(), path })
    } else {
        Err(CallError::MethodNotAllowed { plugin, path, allow: allow.join(", ") })
    }
}

fn matches(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
    let mut params = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(params),
            (Some(wanted), Some(given)) => {
                match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                    Some(name) if !given.is_empty() => params.push((name.to_owned(), decoded(given)?)),
                    None if wanted == given => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

/// Percent-decodes one path segment. `None` when it is not UTF-8.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'%').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|digits| hex::decode(digits).ok());
        match escaped.as_deref() {
            Some([value]) => {
                bytes.push(*value);
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// Runs a request on the plugin's threads, inside a transaction of the host's: an answer commits it; an
/// error, a panic or the deadline rolls it back.
pub async fn call(
    plugin: &str,
    worker: &Arc<Worker<Context>>,
    database: &Database,
    connection: PooledConnection,
    question: Question,
    bounds: CallBounds,
) -> Result<Answer, CallError> {
    let limit = bounds.time;
    let begin = if matches!(question.method.as_str(), "GET" | "HEAD") { "BEGIN READ ONLY" } else { "BEGIN" };
    let no_database = |error: tokio_postgres::Error| CallError::NoDatabase(chain(&error));
    connection.batch_execute(begin).await.map_err(no_database)?;
    let deadline = Instant::now() + limit;
    let cancel = connection.cancel_token();
    let lent = Lent::new(connection);
    let borrowed = Borrowed::new(Arc::clone(&lent), Handle::current(), deadline, bounds);
    let job = move |made: &Result<Context, _>| {
        borrowed.lend(|desk| match made {
            Ok(context) => context.module.handle(&question, &context.host, desk, bounds.bytes),
            Err(_) => Err(CallFailure {
                code: "not_loaded".to_owned(),
                status: 503,
                message: "the plugin is not loaded".to_owned(),
                sqlstate: String::new(),
            }),
        })
    };
    let not_run = |source| CallError::NotRun { plugin: plugin.to_owned(), source };
    let Ticket { mut result, fate } = worker.submit(job).map_err(not_run)?;
    let overdue = || {
        interrupt(database, cancel);
        CallError::Deadline { plugin: plugin.to_owned(), limit }
    };
    let Ok(result) = tokio::time::timeout(limit, &mut result).await else {
        lent.revoke();
        let (plugin, worker) = (plugin.to_owned(), Arc::clone(worker));
        tokio::spawn(async move {
            // A plugin that waited for the database is told of the deadline, and returns.
            if tokio::time::timeout(GRACE, result).await.is_err() {
                lent.revoke();
                give_up(&plugin, &worker, &fate);
            }
        });
        return Err(overdue());
    };
    let (answer, connection) = result.map_err(|_| not_run(RunError::Ended))?;
    let Some(connection) = connection else {
        return Err(match answer {
            // The connection was closed under a statement that brought too much.
            Err(failure) if failure.code == "too_much" => of_plugin(failure),
            Ok(_) if Instant::now() < deadline => CallError::Plugin {
                code: "too_much".to_owned(),
                status: 500,
                message: "a statement of the call brought too much: nothing of it was kept".to_owned(),
            },
            // The plugin may have been told of the deadline before we were, and have answered that.
            _ => overdue(),
        });
    };
    // COMMIT of a transaction that a failed statement has broken succeeds, and is a rollback: a plugin that
    // passed over the error would be told that all is well. The empty SELECT fails in such a transaction.
    let end = if answer.is_ok() { "SELECT; COMMIT" } else { "ROLLBACK" };
    connection.batch_execute(end).await.map_err(|error| match error.as_db_error() {
        // A deferred constraint, say: the plugin's doing, and nothing was kept.
        Some(said) => CallError::Plugin {
            code: "sql".to_owned(),
            status: 500,
            message: format!("the call's transaction could not be committed: {}", said.message()),
        },
        None => no_database(error),
    })?;
    answer.map_err(of_plugin)
}

fn of_plugin(failure: CallFailure) -> CallError {
    CallError::Plugin { code: failure.code, status: failure.status, message: failure.message }
}

/// Leaves a thread to the plugin that does not return from it.
fn give_up(plugin: &str, worker: &Worker<Context>, fate: &Fate) {
    if worker.give_up(fate) {
        let hung = worker.hung();
        tracing::error!(plugin, hung, "a thread hangs in a plugin and was abandoned: {hung} of {plugin} do");
    }
}

/// Ends the statement that an overdue call is waiting for. Its connection does not come back to the pool.
fn interrupt(database: &Database, cancel: CancelToken) {
    let database = database.clone();
    tokio::spawn(async move {
        if let Err(error) = database.cancel(&cancel).await {
            tracing::warn!("an overdue statement could not be cancelled: {}", chain(&error));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> Result<Matched, u16> {
        let routes = ["GET /items", "POST /items", "GET /items/{sku}"].map(str::to_owned);
        route("inventory", &routes, method, path).map_err(|error| error.status())
    }

    #[test]
    fn a_route_gives_its_values_decoded() {
        let matched = found("GET", "/items/a%2Fb%20c").unwrap();
        assert_eq!(matched.route, "GET /items/{sku}");
        assert_eq!(matched.params, [("sku".to_owned(), "a/b c".to_owned())]);
    }

    #[test]
    fn a_wrong_path_is_404_and_a_wrong_method_405() {
        assert_eq!(found("GET", "/nothing"), Err(404));
        assert_eq!(found("GET", "/items/"), Err(404));
        assert_eq!(found("GET", "/items/a/b"), Err(404));
        assert_eq!(found("DELETE", "/items"), Err(405));
        assert_eq!(found("GET", "/items/%ff"), Err(404));
    }
}

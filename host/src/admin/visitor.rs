//! The authentication of a request: by the session's cookie, or by HTTP Basic.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use actix_session::{Session, SessionExt};
use actix_web::HttpRequest;
use actix_web::http::{Method, StatusCode};

use super::accounts::{Account, AccountRole, AccountsError};
use super::basic::{self, Credentials, NotBasic};
use super::console::Console;
use super::limits::TooMany;
use super::problem::Problem;
use super::{client, session};
use crate::support::errors::chain;
use crate::support::lock::LockExt;
use crate::support::rate_limit::{Bucket, Quota};

/// Somebody who has an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// The id that the audit log shows.
    pub name: String,
    pub role: AccountRole,
}

impl Visitor {
    /// Whether they may change the database.
    pub(crate) fn may_heal(&self) -> bool {
        self.role == AccountRole::Administrator
    }
}

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Denied {
    #[error("log in first")]
    NotLoggedIn,
    #[error("name or password is wrong")]
    WrongCredentials,
    #[error(transparent)]
    NotBasic(#[from] NotBasic),
    #[error("{name} is a viewer; only an administrator may do this")]
    Role { name: String },
    #[error("too many attempts to log in")]
    TooMany(TooMany),
    #[error("the request was sent by another site, or without saying where from")]
    CrossSite,
    #[error("the accounts file cannot be used at the moment; the host's log says why")]
    Accounts(#[source] AccountsError),
}

impl From<AccountsError> for Denied {
    fn from(error: AccountsError) -> Self {
        // Whoever asks for a page finds it: a line a minute says as much.
        static TOLD: Mutex<Option<Bucket>> = Mutex::new(None);
        let (now, quota) = (Instant::now(), Quota { burst: 1, every: Duration::from_secs(60) });
        if TOLD.lock_unpoisoned().get_or_insert(Bucket::full(now)).take(quota, now).is_ok() {
            tracing::error!(error = chain(&error), "the accounts file cannot be used");
        }
        Self::Accounts(error)
    }
}

impl Denied {
    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotLoggedIn | Self::WrongCredentials | Self::NotBasic(_) => StatusCode::UNAUTHORIZED,
            Self::Role { .. } | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Accounts(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// How long to wait before trying again, where waiting helps.
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooMany(too_many) => Some(too_many.wait),
            _ => None,
        }
    }

    /// What to do about it.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::NotLoggedIn | Self::WrongCredentials | Self::NotBasic(_) => {
                "send the name and password of an account by HTTP Basic, or a session's cookie"
            }
            Self::Role { .. } => "ask an administrator",
            Self::TooMany(_) => "wait, then try again",
            Self::CrossSite => {
                "send it from a page of this console, or with an Authorization header; behind a proxy, let it pass on the Host header"
            }
            Self::Accounts(_) => "mend or restore the accounts file",
        }
    }

    /// The denial as an error for programs.
    pub(crate) fn problem(&self) -> Problem {
        let code = match self {
            Self::NotLoggedIn => "not_logged_in",
            Self::WrongCredentials | Self::NotBasic(_) => "wrong_credentials",
            Self::Role { .. } => "not_permitted",
            Self::TooMany(_) => "too_many_attempts",
            Self::CrossSite => "cross_site",
            Self::Accounts(_) => "accounts_unusable",
        };
        Problem::new(self.status(), code, self.to_string()).remedy(self.remedy())
    }
}

/// Logs in with name and password, within the limits. Whoever sends the same while that is verified waits for
/// what comes of it, and costs nothing.
pub(crate) async fn log_in(
    console: &Console,
    request: &HttpRequest,
    credentials: &Credentials,
) -> Result<Account, Denied> {
    let Credentials { name, password } = credentials;
    let turn = console.basic.turn(credentials);
    let mut verified = turn.lock().await;
    if let Some(account) = &*verified {
        return account.clone().ok_or(Denied::WrongCredentials);
    }
    let address = client::address(request, console.proxy);
    if let Err(too_many) = console.limits.attempt(address, name) {
        tracing::warn!(?name, %address, wait_seconds = too_many.wait.as_secs(), "too many attempts to log in");
        return Err(Denied::TooMany(too_many));
    }
    let Some(account) = verified.insert(console.accounts.verify(name, password).await?) else {
        tracing::warn!(?name, %address, "a login was refused: name or password is wrong");
        return Err(Denied::WrongCredentials);
    };
    console.limits.succeeded(address, name);
    tracing::info!(?name, %address, "logged in");
    Ok(account.clone())
}

/// The visitor that the session's cookie names, if the account still stands as it did at login.
pub(crate) async fn by_session(console: &Console, session: &Session) -> Result<Option<Visitor>, Denied> {
    let Some((name, stamp)) = session::recall(session, &console.ended) else { return Ok(None) };
    let account = console.accounts.find(&name).await?.filter(|account| account.stamp() == stamp);
    if account.is_none() {
        session.purge();
    }
    Ok(account.map(Visitor::from))
}

/// The visitor by HTTP Basic if that was sent, else by the session.
pub(crate) async fn of_request(console: &Console, request: &HttpRequest) -> Result<Visitor, Denied> {
    let Some(credentials) = basic::credentials(request) else {
        return by_session(console, &request.get_session()).await?.ok_or(Denied::NotLoggedIn);
    };
    let credentials = credentials?;
    if let Some(stamp) = console.basic.stamp(&credentials)
        && let Some(account) = console.accounts.find(&credentials.name).await?
        && account.stamp() == stamp
    {
        return Ok(account.into());
    }
    let account = log_in(console, request, &credentials).await?;
    console.basic.remember(&credentials, &account.stamp());
    Ok(account.into())
}

impl From<Account> for Visitor {
    fn from(account: Account) -> Self {
        Self { name: account.name, role: account.role }
    }
}

/// Whether the page that was asked for may be shown after logging in: only paths of our own.
pub(crate) fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\r', '\n'])
        && path.chars().all(|c| c.is_ascii_graphic())
}

/// Where to go on after logging in, if the request asked for a page.
pub(crate) fn next_of(request: &HttpRequest) -> Option<String> {
    let asked = request.uri().path_and_query()?.as_str();
    (request.method() == Method::GET && asked != "/" && is_own_path(asked)).then(|| asked.to_owned())
}

//! The authentication of a request: by the session's cookie, by HTTP Basic, or by an API token.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use actix_session::{Session, SessionExt};
use actix_web::HttpRequest;
use actix_web::http::{Method, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;

use super::accounts::{Account, AccountRole, AccountsError, Permission};
use super::basic::{self, Credentials, NotBasic};
use super::client;
use super::console::Console;
use super::limits::TooMany;
use super::problem::Problem;
use super::proxy_login::{self, ProxyLoginError, ProxyUser};
use super::session::SessionOwner;
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;
use crate::support::lock::LockExt;
use crate::support::rate_limit::{Bucket, Quota};

/// Somebody who has an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// The id that the audit log shows.
    pub name: String,
    pub role: AccountRole,
    /// The account's name, which is not the id where a token was sent; absent where somebody else names them.
    pub account: Option<String>,
    /// The one who says who they are.
    pub vouched: Voucher,
    /// What of the role they may do; everything where there are none.
    scopes: Vec<Permission>,
}

/// The one who says who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voucher {
    /// An account of this console.
    Account,
    /// A proxy, with each request.
    Proxy,
    /// The identity provider, at login.
    Provider,
}

impl Visitor {
    /// Whether they may do this.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.permitted(permission).is_ok()
    }

    /// Whether they may change the database.
    pub(crate) fn may_heal(&self) -> bool {
        self.may(Permission::Heal)
    }

    /// Whether they may put plugins into quarantine.
    pub(crate) fn may_quarantine(&self) -> bool {
        self.may(Permission::Quarantine)
    }

    /// Whether they may see to accounts.
    pub(crate) fn may_administer(&self) -> bool {
        self.may(Permission::Administer)
    }

    /// Whether they may give somebody this role, or these scopes of it: nobody gives what they do not have.
    pub(crate) fn may_grant(&self, role: AccountRole, scopes: &[Permission]) -> Result<(), Denied> {
        let granted = |one: &Permission| role.permits(*one) && (scopes.is_empty() || scopes.contains(one));
        Permission::ALL.into_iter().filter(granted).try_for_each(|one| self.permitted(one).map(drop))
    }

    /// Whether they may see to what is this account's: it is their own, or they administer all.
    pub(crate) fn may_see_to(&self, account: &str) -> bool {
        let own = self.own_sessions() == Some(account) && self.scopes.is_empty();
        own || self.may(Permission::Administer)
    }

    /// What they may do, as the scopes of a token are called.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &'static str> {
        Permission::ALL.into_iter().filter(|one| self.may(*one)).map(Permission::scope)
    }

    /// The name that their sessions have, if they have any.
    pub(crate) fn own_sessions(&self) -> Option<&str> {
        match self.vouched {
            Voucher::Account => self.account.as_deref(),
            Voucher::Provider => Some(&self.name),
            Voucher::Proxy => None,
        }
    }

    /// The id for the audit log, if they may do this.
    pub(crate) fn permitted(&self, permission: Permission) -> Result<String, Denied> {
        let name = self.name.clone();
        if !self.role.permits(permission) {
            return Err(Denied::Role { name, role: self.role, least: permission.least_role() });
        }
        if !self.scopes.is_empty() && !self.scopes.contains(&permission) {
            return Err(Denied::Scope { name, scope: permission.scope() });
        }
        Ok(name)
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
    #[error(transparent)]
    Proxy(#[from] ProxyLoginError),
    #[error("the token is not known: it was revoked, or there never was one")]
    WrongToken,
    #[error("token {name} has expired at {at}")]
    ExpiredToken { name: String, at: Timestamp },
    #[error("{name} is a {role}; this takes a {least}")]
    Role { name: String, role: AccountRole, least: AccountRole },
    #[error("{name} may not do this: the token has no scope {scope}")]
    Scope { name: String, scope: &'static str },
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
            Self::NotLoggedIn
            | Self::WrongCredentials
            | Self::NotBasic(_)
            | Self::WrongToken
            | Self::ExpiredToken { .. } => StatusCode::UNAUTHORIZED,
            Self::Role { .. } | Self::Scope { .. } | Self::CrossSite | Self::Proxy(_) => {
                StatusCode::FORBIDDEN
            }
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
                "send the name and password of an account by HTTP Basic, a token as Authorization: Bearer, or a session's cookie"
            }
            Self::WrongToken | Self::ExpiredToken { .. } => "make another one with `tenon admin token add`",
            Self::Role { .. } => "ask an administrator",
            Self::Scope { .. } => "make a token with that scope, with `tenon admin token add`",
            Self::Proxy(_) => {
                "see that the proxy sends one name in that header, removes what clients send in it, and that a group of theirs has a role"
            }
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
            Self::NotLoggedIn => ErrorCode::NotLoggedIn,
            Self::WrongCredentials | Self::NotBasic(_) => ErrorCode::WrongCredentials,
            Self::WrongToken => ErrorCode::WrongToken,
            Self::ExpiredToken { .. } => ErrorCode::ExpiredToken,
            Self::Role { .. } | Self::Scope { .. } => ErrorCode::NotPermitted,
            Self::Proxy(_) => ErrorCode::ProxyLogin,
            Self::TooMany(_) => ErrorCode::TooManyAttempts,
            Self::CrossSite => ErrorCode::CrossSite,
            Self::Accounts(_) => ErrorCode::AccountsUnusable,
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
        console.refused.too_many();
        return Err(Denied::TooMany(too_many));
    }
    let Some(account) = verified.insert(console.accounts.verify(name, password).await?) else {
        tracing::warn!(?name, %address, "a login was refused: name or password is wrong");
        let account = console.accounts.find(name).await?;
        console.refused.wrong(account.map(|account| account.name).as_deref());
        return Err(Denied::WrongCredentials);
    };
    console.limits.succeeded(address, name);
    tracing::info!(?name, %address, "logged in");
    Ok(account.clone())
}

/// The visitor that the session's cookie names, if the account, or the provider, still stands as it did at
/// login.
pub(crate) async fn by_session(console: &Console, session: &Session) -> Result<Option<Visitor>, Denied> {
    let Some(owner) = console.sessions.recall(&console.host, session).await else { return Ok(None) };
    let visitor = of_owner(console, owner).await?;
    match visitor {
        None => session.purge(),
        Some(_) => console.sessions.seen(session).await,
    }
    Ok(visitor)
}

/// The owner of a session, if the account, or the provider, still stands as it did at login.
pub(crate) async fn of_owner(console: &Console, owner: SessionOwner) -> Result<Option<Visitor>, Denied> {
    Ok(match owner {
        SessionOwner::Account { name, stamp } => {
            let account = console.accounts.find(&name).await?.filter(|account| account.stamp() == stamp);
            account.map(Visitor::from)
        }
        SessionOwner::Provider { name, stamp, groups } => {
            let provider = console.host.config().admin.oidc.as_ref();
            let role = provider
                .filter(|provider| provider.stamp() == stamp)
                .and_then(|provider| provider.roles.role_of(groups.iter().map(String::as_str)));
            match role {
                // Whoever has an account of that name is somebody else.
                Some(role) if console.accounts.find(&name).await?.is_none() => {
                    Some(Visitor::vouched(name, role.into(), Voucher::Provider))
                }
                _ => None,
            }
        }
    })
}

/// The visitor whom a trusted proxy names, else the one of the session.
pub(crate) async fn of_browser(console: &Console, request: &HttpRequest) -> Result<Option<Visitor>, Denied> {
    match by_proxy(console, request)? {
        Some(visitor) => Ok(Some(visitor)),
        None => by_session(console, &request.get_session()).await,
    }
}

/// Whether a trusted proxy says who asks.
pub(crate) fn is_named_by_proxy(console: &Console, request: &HttpRequest) -> bool {
    !matches!(by_proxy(console, request), Ok(None))
}

/// The visitor whom a trusted proxy names, if it names one.
fn by_proxy(console: &Console, request: &HttpRequest) -> Result<Option<Visitor>, Denied> {
    let proxy = console.host.config().admin.proxy.as_ref();
    let named = proxy.and_then(|proxy| proxy_login::of(request, proxy)).transpose()?;
    Ok(named.map(|ProxyUser { name, role }| Visitor::vouched(name, role, Voucher::Proxy)))
}

/// The visitor by an API token if that was sent, else whom a trusted proxy names, else by HTTP Basic if that
/// was sent, else by the session.
pub(crate) async fn of_request(console: &Console, request: &HttpRequest) -> Result<Visitor, Denied> {
    if let Some(secret) = basic::token(request) {
        return by_token(console, request, &secret).await;
    }
    if let Some(visitor) = by_proxy(console, request)? {
        return Ok(visitor);
    }
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

/// The visitor that an API token names. It may no more than its account may now.
pub(crate) async fn by_token(
    console: &Console,
    request: &HttpRequest,
    secret: &SecretString,
) -> Result<Visitor, Denied> {
    let address = client::address(request, console.proxy);
    let Some((account, token)) = console.accounts.find_token(secret).await? else {
        tracing::warn!(%address, "a request was refused: its token is not known");
        console.refused.wrong(None);
        return Err(Denied::WrongToken);
    };
    let name = format!("{} via token {}", account.name, token.name);
    let now = Timestamp::now();
    if token.has_expired(now) {
        tracing::warn!(name, %address, "a request was refused: its token has expired");
        console.refused.wrong(Some(&account.name));
        return Err(Denied::ExpiredToken { name: token.name, at: token.expires });
    }
    console.token_uses.used(&account.name, &token.name, now).await;
    let role = token.role.min(account.role);
    let account = Some(account.name);
    Ok(Visitor { name, role, account, vouched: Voucher::Account, scopes: token.scopes })
}

impl Visitor {
    /// Somebody without an account here.
    pub(crate) fn vouched(name: String, role: AccountRole, vouched: Voucher) -> Self {
        Self { name, role, account: None, vouched, scopes: Vec::new() }
    }
}

impl From<Account> for Visitor {
    fn from(account: Account) -> Self {
        let Account { name, role, .. } = account;
        let vouched = Voucher::Account;
        Self { account: Some(name.clone()), name, role, vouched, scopes: Vec::new() }
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

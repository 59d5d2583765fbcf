//! Logging in at the identity provider: the way there, and the way back.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use uuid::Uuid;

use super::{PageError, login, see_other};
use crate::admin::client;
use crate::admin::console::Console;
use crate::admin::oidc::{self, BegunLogin, OidcError, OidcProvider};
use crate::admin::session::{LiveSession, SessionOwner};
use crate::admin::strings::{Markup, t};
use crate::admin::visitor::{self, Denied};
use crate::config::OidcConfig;

/// The session's entry with the logins that have begun in this browser.
const BEGUN: &str = "oidc";

#[derive(Debug, Deserialize)]
pub(crate) struct Query {
    #[serde(default)]
    next: String,
}

/// Sends the browser to the provider. Who is logged in already goes on.
pub(crate) async fn begin(
    request: HttpRequest,
    console: web::Data<Console>,
    session: Session,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageError> {
    let next = login::destination(&query.next).to_owned();
    if visitor::of_browser(&console, &request).await?.is_some() {
        return Ok(see_other(&next));
    }
    let (provider, _) = provider(&console)?;
    limit(&console, &request)?;
    let (url, one) = provider.begin(next).await.map_err(|error| refuse(&console, &request, &error))?;
    let mut begun = begun(&session);
    oidc::remember(&mut begun, one);
    keep(&session, &begun);
    Ok(see_other(&url))
}

/// What the provider sends the browser back with. The code is no part of what is shown or logged.
#[derive(Deserialize)]
pub(crate) struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Begins a session for whom the provider names.
pub(crate) async fn come_back(
    request: HttpRequest,
    console: web::Data<Console>,
    session: Session,
    answer: web::Query<Answer>,
) -> Result<HttpResponse, PageError> {
    let (provider, config) = provider(&console)?;
    limit(&console, &request)?;
    let mut begun = begun(&session);
    let taken = provider.take(&mut begun, answer.state.as_deref().unwrap_or_default());
    keep(&session, &begun);
    let logged_in = async {
        let one = taken?;
        let next = one.next.clone();
        let owner = owner(&console, provider, config, one, &answer).await?;
        Ok::<_, Failure>((owner, next))
    };
    let (owner, next) = logged_in.await.map_err(|failure| match failure {
        Failure::Provider(error) => refuse(&console, &request, &error),
        Failure::Console(denied) => denied.into(),
    })?;
    let address = client::address(&request, console.proxy);
    tracing::info!(name = owner.name(), %address, "logged in at the identity provider");
    let from = LiveSession::of(&owner, &request, console.proxy);
    console.sessions.begin(&console.host, &session, owner, from).await;
    Ok(see_other(login::destination(&next)))
}

/// Why nobody is logged in.
enum Failure {
    Provider(OidcError),
    Console(Denied),
}

impl From<OidcError> for Failure {
    fn from(error: OidcError) -> Self {
        Self::Provider(error)
    }
}

/// The owner of the session, if they have a role here.
async fn owner(
    console: &Console,
    provider: &OidcProvider,
    config: &OidcConfig,
    one: BegunLogin,
    answer: &Answer,
) -> Result<SessionOwner, Failure> {
    if let Some(error) = &answer.error {
        let known = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
        return Err(OidcError::Refused(known).into());
    }
    if answer.iss.as_ref().is_some_and(|issuer| *issuer != config.issuer) {
        return Err(OidcError::other_issuer().into());
    }
    let code = answer.code.clone().ok_or_else(|| OidcError::Refused("nothing".to_owned()))?;
    let identity = provider.finish(one, code).await?;
    if config.roles.role_of(identity.groups.iter().map(String::as_str)).is_none() {
        return Err(OidcError::NoRole(identity.name).into());
    }
    let account =
        console.accounts.find(&identity.name).await.map_err(|error| Failure::Console(error.into()))?;
    if account.is_some() {
        return Err(OidcError::AccountName(identity.name).into());
    }
    Ok(SessionOwner::named_by(config, identity.name, identity.groups))
}

fn provider(console: &Console) -> Result<(&OidcProvider, &OidcConfig), PageError> {
    console.oidc.as_ref().zip(console.host.config().admin.oidc.as_ref()).ok_or_else(|| {
        PageError::new(StatusCode::NOT_FOUND, t!("not-found"), t!("provider-none"), Markup::default())
    })
}

/// Each attempt costs the provider a request or two.
fn limit(console: &Console, request: &HttpRequest) -> Result<(), Denied> {
    let address = client::address(request, console.proxy);
    console.limits.attempt_from(address).map_err(|too_many| {
        console.refused.too_many();
        Denied::TooMany(too_many)
    })
}

fn begun(session: &Session) -> Vec<BegunLogin> {
    session.get(BEGUN).ok().flatten().unwrap_or_default()
}

fn keep(session: &Session, begun: &[BegunLogin]) {
    if begun.is_empty() {
        session.remove(BEGUN);
    } else if let Err(error) = session.insert(BEGUN, begun) {
        tracing::error!(%error, "the session could not be written");
    }
}

/// Counts and logs a refused login, and gives the page that tells of it.
fn refuse(console: &Console, request: &HttpRequest, error: &OidcError) -> PageError {
    let (request_id, address) = (Uuid::now_v7(), client::address(request, console.proxy));
    tracing::warn!(%request_id, %address, "a login at the identity provider was refused: {error}");
    console.refused.wrong(None);
    let (status, title, remedy) = match error {
        OidcError::Away(_) => (StatusCode::BAD_GATEWAY, t!("provider-away"), t!("provider-away-remedy")),
        OidcError::Provider(_) => {
            (StatusCode::BAD_GATEWAY, t!("provider-unusable"), t!("provider-unusable-remedy"))
        }
        OidcError::Refused(_) => (StatusCode::FORBIDDEN, t!("not-logged-in"), t!("provider-try-again")),
        OidcError::State => (StatusCode::FORBIDDEN, t!("provider-begin"), t!("provider-begin-remedy")),
        OidcError::Code(_) | OidcError::Token(_) => {
            (StatusCode::FORBIDDEN, t!("not-logged-in"), t!("provider-begin-or-ask"))
        }
        OidcError::NoName(_)
        | OidcError::Unverified(_)
        | OidcError::NoRole(_)
        | OidcError::AccountName(_) => (StatusCode::FORBIDDEN, t!("not-permitted"), t!("provider-let-in")),
    };
    // Strangers are told no more than they need; the log has all.
    let detail = match error {
        OidcError::Away(_) => t!("provider-away-detail"),
        OidcError::Provider(_) => t!("provider-unusable-detail"),
        OidcError::Code(_) | OidcError::Token(_) => t!("provider-untrusted"),
        told => super::error::sentence(&told.to_string()),
    };
    let remedy = t!("provider-log").markup("remedy", remedy).arg("request", request_id);
    PageError::new(status, title, detail, remedy)
}

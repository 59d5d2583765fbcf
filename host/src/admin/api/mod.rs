//! The HTTP API under `/api/v1`: JSON out, problem+json for errors.

pub(super) mod accounts;
pub(super) mod approve;
pub(super) mod audit;
pub(super) mod cards;
pub(super) mod check;
pub(super) mod doctor;
pub(super) mod document;
pub(crate) mod events;
pub(super) mod findings;
pub(super) mod graph;
pub(super) mod heal;
pub(super) mod heals;
pub(super) mod hosts;
pub(super) mod jobs;
mod ledger_wish;
pub(super) mod notifications;
pub(super) mod plan;
pub(crate) mod plugin_settings;
pub(super) mod plugins;
pub(super) mod probes;
pub(super) mod sessions;
pub(super) mod tokens;
pub(super) mod verdicts;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;

use actix_session::SessionExt;
use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use tenon_migrations_core::migration::{PluginId, PluginIdError};
use tenon_migrations_core::plan::RepairRequest;
use tenon_migrations_core::repair::ParseHazardError;
use uuid::Uuid;

use super::accounts::Permission;
use super::console::{Console, Interrupted};
use super::problem::Problem;
use super::session;
use super::visitor::{self, Denied, Visitor};
use crate::support::error_code::ErrorCode;

/// An error of the API. Boxed, since it is the rare case and not small.
#[derive(Debug)]
pub(crate) struct ApiError {
    problem: Box<Problem>,
    more: Vec<(header::HeaderName, String)>,
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), more: Vec::new() }
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        let mut error = Self::from(denied.problem());
        if denied.status() == StatusCode::UNAUTHORIZED {
            error
                .more
                .push((header::WWW_AUTHENTICATE, "Basic realm=\"Tenon\", charset=\"UTF-8\"".to_owned()));
        }
        if let Some(wait) = denied.wait() {
            error.more.push((header::RETRY_AFTER, wait.as_secs().saturating_add(1).to_string()));
        }
        error
    }
}

impl From<Interrupted> for ApiError {
    fn from(error: Interrupted) -> Self {
        let detail = crate::support::errors::chain(&error);
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Interrupted, detail).into()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.detail)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = self.problem.response();
        for (name, value) in &self.more {
            if let Ok(value) = header::HeaderValue::from_str(value) {
                response.headers_mut().insert(name.clone(), value);
            }
        }
        response
    }
}

/// Somebody with an account who calls the API.
#[derive(Debug)]
pub(crate) struct ApiVisitor(pub Visitor);

impl FromRequest for ApiVisitor {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let console = request.app_data::<web::Data<Console>>().ok_or(Denied::NotLoggedIn)?;
            match visitor::of_request(console, &request).await {
                // Whatever is only asked for takes this scope; the rest each handler asks for.
                Ok(visitor) if request.method().is_safe() => {
                    visitor.permitted(Permission::Read)?;
                    Ok(Self(visitor))
                }
                Ok(visitor) => Ok(Self(visitor)),
                Err(denied) => {
                    let mut error = ApiError::from(denied);
                    // A browser would open its own password window, and keep what is typed for ever.
                    if request.headers().contains_key("sec-fetch-mode") {
                        error.more.retain(|(name, _)| *name != header::WWW_AUTHENTICATE);
                    }
                    Err(error)
                }
            }
        })
    }
}

impl ApiVisitor {
    /// The id for the audit log, if they may change the database.
    pub(super) fn healer(&self) -> Result<String, Denied> {
        self.permitted(Permission::Heal)
    }

    /// The id for the audit log, if they may do this.
    pub(super) fn permitted(&self, permission: Permission) -> Result<String, Denied> {
        self.0.permitted(permission)
    }
}

/// The session that asks, where it is by that that somebody is let in: a token beside a cookie is no session.
pub(super) fn own_session(request: &HttpRequest) -> Option<Uuid> {
    let by_session = !request.headers().contains_key(header::AUTHORIZATION);
    by_session.then(|| session::id(&request.get_session())).flatten()
}

/// Answers for paths that are not there.
pub(super) async fn not_found(request: HttpRequest) -> HttpResponse {
    let detail = format!("there is nothing at {}", request.path());
    Problem::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, detail).response()
}

/// The plugins named by `a,b`.
pub(super) fn plugin_ids<'a>(
    names: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeSet<PluginId>, PluginIdError> {
    names
        .into_iter()
        .flat_map(|names| names.split(','))
        .filter(|name| !name.is_empty())
        .map(str::parse)
        .collect()
}

/// The problem of a plugin's name that cannot be one.
pub(super) fn bad_plugin_id(error: &PluginIdError) -> ApiError {
    Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadPluginId, error.to_string()).into()
}

/// What is to be repaired, as `a,b`, with the hazards that are consented to.
pub(super) fn repairs<'a>(
    chosen: impl IntoIterator<Item = &'a str>,
    allowed: impl IntoIterator<Item = &'a str>,
) -> Result<RepairRequest, ParseHazardError> {
    let chosen = chosen.into_iter().flat_map(|ids| ids.split(',')).filter(|id| !id.is_empty());
    Ok(RepairRequest {
        choices: chosen
            .map(str::parse)
            .collect::<Result<_, _>>()
            .unwrap_or_else(|never: Infallible| match never {}),
        allowed: allowed.into_iter().map(str::parse).collect::<Result<_, _>>()?,
    })
}

/// The problem of a hazard's name that cannot be one.
pub(super) fn bad_hazard(error: &ParseHazardError) -> ApiError {
    Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadHazard, error.to_string()).into()
}

/// All values of a field that may stand in a query or a form more than once.
pub(super) fn values<'a>(fields: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
}

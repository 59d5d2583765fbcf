//! `/api/v1/sessions`: who is logged in.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ApiError, ApiVisitor, own_session};
use crate::admin::account_manager::AccountManager;
use crate::admin::account_summary::SessionSummary;
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::audit::Origin;
use crate::report::json::FORMAT;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    account: Option<String>,
}

/// The sessions that go on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SessionsAnswer {
    /// The version of this JSON.
    format: u32,
    sessions: Vec<SessionSummary>,
}

/// How many sessions were ended.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct EndedSessions {
    /// The version of this JSON.
    format: u32,
    ended: usize,
}

/// The sessions of one account or of all: for an administrator; one's own for everybody.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    tag = "accounts",
    extensions(("x-permission" = json!("read"))),
    params(("account" = Option<String>, Query, description = "One account; without it all that one may see")),
    responses(
        (status = 200, description = "The sessions", body = SessionsAnswer),
        (status = 400, description = "A parameter cannot be one"),
    )
)]
pub(crate) async fn list(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, ApiError> {
    let wanted = query.into_inner().account;
    if wanted.as_deref().is_some_and(|account| !visitor.0.may_see_to(account)) {
        visitor.permitted(Permission::Administer)?;
    }
    let own = own_session(&request);
    let live = console.sessions.list(&console.host).await.into_iter().filter(|(_, live)| {
        wanted.as_ref().is_none_or(|wanted| live.account == *wanted) && visitor.0.may_see_to(&live.account)
    });
    let sessions: Vec<_> = live.map(|(id, live)| SessionSummary::of(id, &live, own)).collect();
    Ok(HttpResponse::Ok().json(SessionsAnswer { format: FORMAT, sessions }))
}

/// Ends one session.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/{id}",
    tag = "accounts",
    extensions(("x-permission" = json!("read"))),
    params(("id" = Uuid, Path, description = "The session's id")),
    responses(
        (status = 204, description = "It is ended"),
        (status = 400, description = "The id cannot be one"),
        (status = 404, description = "There is no such session"),
    )
)]
pub(crate) async fn end(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    AccountManager::new(&console, &visitor.0, Origin::Api).end_session(*id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all sessions of one account or of all, but for the one that asks.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions",
    tag = "accounts",
    extensions(("x-permission" = json!("read"))),
    params(("account" = Option<String>, Query, description = "One account; without it all that one may see")),
    responses(
        (status = 200, description = "How many were ended", body = EndedSessions),
        (status = 400, description = "A parameter cannot be one"),
        (status = 404, description = "There is no such account"),
    )
)]
pub(crate) async fn end_all(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, ApiError> {
    let manager = AccountManager::new(&console, &visitor.0, Origin::Api);
    let ended = manager.end_sessions(query.account.as_deref(), own_session(&request)).await?;
    Ok(HttpResponse::Ok().json(EndedSessions { format: FORMAT, ended }))
}

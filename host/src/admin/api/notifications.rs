//! `GET /api/v1/notifications`; `/test` tries the targets, and `/retry` has tried again what they did not
//! take.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::host::Tenon;
use crate::host::notify::{NotificationReport, NotifyError, TriedTarget};
use crate::report::json::FORMAT;
use crate::support::errors::chain;

/// The most messages that one answer holds.
pub(crate) const MOST: i64 = 100;

/// The targets of messages, and what they have not taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Notifications {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    report: NotificationReport,
}

/// The targets that this host tells of changes, and the latest 100 messages that they have not taken.
#[utoipa::path(
    get,
    path = "/api/v1/notifications",
    tag = "audit",
    extensions(("x-permission" = json!("read"))),
    responses((status = 200, description = "The targets, and what has not arrived", body = Notifications))
)]
pub(crate) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    let host = Arc::clone(&console.host);
    let report = console.run(async move { host.notifications(MOST).await }).await?;
    Ok(HttpResponse::Ok().json(Notifications { format: FORMAT, report }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// The name of one target; all of them if absent.
    target: Option<String>,
}

/// How the targets answered to a test.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TestAnswer {
    /// The version of this JSON.
    format: u32,
    targets: Vec<TriedTarget>,
}

/// Sends a test message to each target, or to one, once and at once.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/test",
    tag = "audit",
    extensions(("x-permission" = json!("heal"))),
    params(Query),
    responses(
        (status = 200, description = "How each answered, also where it did not take the message", body = TestAnswer),
        (status = 400, description = "A parameter cannot be one"),
        (status = 404, description = "There is no such target"),
        (status = 409, description = "No target is configured"),
    )
)]
pub(crate) async fn test(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, ApiError> {
    let try_targets =
        |host: Arc<Tenon>, target: Option<String>| async move { host.try_targets(target.as_deref()).await };
    let targets = with_targets(&visitor, &console, query.into_inner(), try_targets).await?;
    Ok(HttpResponse::Ok().json(TestAnswer { format: FORMAT, targets }))
}

/// How many messages are tried again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct RetryAnswer {
    /// The version of this JSON.
    format: u32,
    retried: u64,
}

/// Has tried again at once what the targets, or one, have not taken: what waits, and what was given up.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/retry",
    tag = "audit",
    extensions(("x-permission" = json!("heal"))),
    params(Query),
    responses(
        (status = 200, description = "How many there are", body = RetryAnswer),
        (status = 400, description = "A parameter cannot be one"),
        (status = 404, description = "There is no such target"),
        (status = 409, description = "No target is configured, or there are no tables of messages yet"),
        (status = 503, description = "The database could not be written to"),
    )
)]
pub(crate) async fn retry(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, ApiError> {
    let retry = |host: Arc<Tenon>, target: Option<String>| async move {
        host.retry_notifications(target.as_deref()).await
    };
    let retried = with_targets(&visitor, &console, query.into_inner(), retry).await?;
    Ok(HttpResponse::Ok().json(RetryAnswer { format: FORMAT, retried }))
}

/// Does something with all targets or the one that is named, for whoever may heal.
async fn with_targets<T, F>(
    visitor: &ApiVisitor,
    console: &Console,
    query: Query,
    work: impl FnOnce(Arc<Tenon>, Option<String>) -> F,
) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, NotifyError>> + Send + 'static,
{
    visitor.healer()?;
    let done = console.run(work(Arc::clone(&console.host), query.target)).await?;
    done.map_err(|error| refused(&error))
}

fn refused(error: &NotifyError) -> ApiError {
    let status = match error {
        NotifyError::NoTarget { .. } => StatusCode::NOT_FOUND,
        NotifyError::NoTargets | NotifyError::Pending => StatusCode::CONFLICT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    Problem::new(status, error.code(), chain(error)).remedy(error.remedy()).into()
}

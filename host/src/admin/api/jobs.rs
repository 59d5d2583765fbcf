//! `GET /api/v1/jobs` and `/jobs/history`; `POST /jobs/{plugin}/{job}/run`, `/pause` and `/resume`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::audit::{Actor, Origin};
use crate::host::jobs::{JobChange, JobError, JobHistory, JobList, JobName};
use crate::report::json::FORMAT;
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;

/// How many attempts are shown where nobody says how many.
pub(crate) const SHOWN: i64 = 20;
/// The most attempts that one answer holds.
const MOST: i64 = 1000;

/// The jobs of plugins.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Jobs {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    list: JobList,
}

/// The jobs of all plugins, with when each runs next and how it went.
#[utoipa::path(
    get,
    path = "/api/v1/jobs",
    tag = "jobs",
    extensions(("x-permission" = json!("read"))),
    responses((status = 200, description = "The jobs, by plugin and name", body = Jobs))
)]
pub(crate) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    let host = Arc::clone(&console.host);
    let list = console.run(async move { host.job_list().await }).await?;
    Ok(HttpResponse::Ok().json(Jobs { format: FORMAT, list }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryQuery {
    /// The id of one plugin; all of them if absent.
    plugin: Option<String>,
    /// The name of one job; all of them if absent.
    job: Option<String>,
    /// How many attempts, 1000 at most; 20 if absent.
    limit: Option<i64>,
}

/// The latest attempts to run jobs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct JobAttempts {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    history: JobHistory,
}

/// The latest attempts to run jobs, of which 100 are kept of each.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/history",
    tag = "jobs",
    extensions(("x-permission" = json!("read"))),
    params(HistoryQuery),
    responses(
        (status = 200, description = "The attempts, newest first", body = JobAttempts),
        (status = 400, description = "A parameter cannot be one"),
    )
)]
pub(crate) async fn history(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<HistoryQuery>,
) -> Result<HttpResponse, ApiError> {
    let HistoryQuery { plugin, job, limit } = query.into_inner();
    let limit = limit.unwrap_or(SHOWN);
    if !(1..=MOST).contains(&limit) {
        let detail = format!("limit is a number from 1 to {MOST}");
        return Err(Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadLimit, detail).into());
    }
    let host = Arc::clone(&console.host);
    let history =
        console.run(async move { host.job_history(plugin.as_deref(), job.as_deref(), limit).await });
    Ok(HttpResponse::Ok().json(JobAttempts { format: FORMAT, history: history.await? }))
}

/// What became of a job.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct JobAnswer {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    job: JobName,
}

/// Has a host run a job now, besides its schedule. It may be paused.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/{plugin}/{job}/run",
    tag = "jobs",
    extensions(("x-permission" = json!("heal"))),
    params(("plugin" = String, Path, description = "The plugin's id"), ("job" = String, Path, description = "The job's name")),
    responses(
        (status = 200, description = "It runs as soon as a host takes it", body = JobAnswer),
        (status = 404, description = "There is no such job"),
        (status = 409, description = "It runs already, or there are no tables of jobs yet"),
        (status = 503, description = "The database could not be written to"),
    )
)]
pub(crate) async fn run(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    change(visitor, console, path, JobChange::Run).await
}

/// Has no host run a job by itself any more.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/{plugin}/{job}/pause",
    tag = "jobs",
    extensions(("x-permission" = json!("heal"))),
    params(("plugin" = String, Path, description = "The plugin's id"), ("job" = String, Path, description = "The job's name")),
    responses(
        (status = 200, description = "It is paused", body = JobAnswer),
        (status = 404, description = "There is no such job"),
        (status = 409, description = "It is paused already, or there are no tables of jobs yet"),
        (status = 503, description = "The database could not be written to"),
    )
)]
pub(crate) async fn pause(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    change(visitor, console, path, JobChange::Pause).await
}

/// Has hosts run a paused job by itself again.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/{plugin}/{job}/resume",
    tag = "jobs",
    extensions(("x-permission" = json!("heal"))),
    params(("plugin" = String, Path, description = "The plugin's id"), ("job" = String, Path, description = "The job's name")),
    responses(
        (status = 200, description = "It goes on", body = JobAnswer),
        (status = 404, description = "There is no such job"),
        (status = 409, description = "It is not paused, or there are no tables of jobs yet"),
        (status = 503, description = "The database could not be written to"),
    )
)]
pub(crate) async fn resume(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    change(visitor, console, path, JobChange::Resume).await
}

async fn change(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    path: web::Path<(String, String)>,
    change: JobChange,
) -> Result<HttpResponse, ApiError> {
    let by = Actor::new(visitor.healer()?, Origin::Api);
    let (plugin, job) = path.into_inner();
    let (host, job) = (Arc::clone(&console.host), JobName { plugin, job });
    let changed = job.clone();
    let done = console.run(async move { host.change_job(&changed, change, &by).await }).await?;
    done.map_err(|error| refused(&error))?;
    Ok(HttpResponse::Ok().json(JobAnswer { format: FORMAT, job }))
}

fn refused(error: &JobError) -> ApiError {
    let status = match error {
        JobError::NoJob { .. } => StatusCode::NOT_FOUND,
        JobError::Runs { .. } | JobError::SoAlready { .. } | JobError::Pending => StatusCode::CONFLICT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    Problem::new(status, error.code(), chain(error)).remedy(error.remedy()).into()
}

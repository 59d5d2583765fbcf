//! `GET /api/v1/audit`: the log by page, or all that is looked for as CSV or JSON lines; `/proof` proves it,
//! and `/resolve` closes what stands open in it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, Accept, Header};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use super::{ApiError, ApiVisitor};
use crate::admin::audit_query::{AuditQuery, BadAuditQuery};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::audit::history::{AuditFilter, WantedResult};
use crate::host::{AuditRowsError, ShownAudit};
use crate::report::json::FORMAT;
use crate::report::{AuditProof, Closed, LinesFormat};
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;

/// How many entries an export reads at one time.
const CHUNK: usize = 500;

/// The entries that are looked for, newest first: `?admin=&plugin=&result=&since=&until=&limit=&before=`, or
/// with `format=csv|jsonl`, or by `Accept`, all of them.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    tag = "audit",
    extensions(("x-permission" = json!("read"))),
    params(
        ("admin" = Option<String>, Query, description = "Only what this administrator did, with any of their tokens"),
        ("plugin" = Option<String>, Query, description = "Only what was done to this plugin"),
        ("result" = Option<WantedResult>, Query, description = "Only what ended so; `action` is all but heals"),
        ("since" = Option<String>, Query, description = "Only from this day on, in UTC, or from this very time"),
        ("until" = Option<String>, Query, description = "Only to the end of this day, in UTC, or to this very time"),
        ("before" = Option<i64>, Query, description = "Only what the log has before this row: `next` of an earlier answer"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 1000, description = "The most entries; 100 if absent"),
        ("format" = Option<String>, Query, pattern = "^(json|csv|jsonl)$", description = "`csv` or `jsonl`: all entries, for another program"),
    ),
    responses(
        (status = 200, description = "The entries, newest first; `trouble` says why those of the database are missing", content(
            (ShownAudit = "application/json"),
            (String = "text/csv"),
            (String = "application/jsonl"),
        )),
        (status = 400, description = "A parameter cannot be one"),
        (status = 503, description = "The database could not be read for an export"),
    )
)]
pub(crate) async fn audit(
    _visitor: ApiVisitor,
    request: HttpRequest,
    console: web::Data<Console>,
    fields: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, ApiError> {
    let query = AuditQuery::of(&fields, 100).map_err(|error| bad(&error))?;
    let AuditQuery { filter, before, limit, format } = query;
    if let Some(format) = format.or_else(|| accepted(&request)) {
        return export(&console, filter, format).await;
    }
    let host = Arc::clone(&console.host);
    let shown = console.run(async move { host.audit_page(&filter, before, limit).await }).await?;
    Ok(HttpResponse::Ok().json(shown))
}

/// The proof of the log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ProofAnswer {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    proof: AuditProof,
}

/// Proves that nobody changed the log. With `head`, which an earlier proof gave, also that nothing was taken
/// from its end.
#[utoipa::path(
    get,
    path = "/api/v1/audit/proof",
    tag = "audit",
    extensions(("x-permission" = json!("read"))),
    params(("head" = Option<String>, Query, description = "The hash that was the last one at an earlier time")),
    responses(
        (status = 200, description = "Whether it is what was written, and its last row or the first that is not", body = ProofAnswer),
        (status = 400, description = "A parameter cannot be one"),
        (status = 503, description = "The database could not be read"),
    )
)]
pub(crate) async fn proof(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<ProofQuery>,
) -> Result<HttpResponse, ApiError> {
    let host = Arc::clone(&console.host);
    let head = query.into_inner().head;
    let proved = console.run(async move { host.verify_audit(head).await }).await?;
    let proof = proved.map_err(|error| unread(&error))?.into();
    Ok(HttpResponse::Ok().json(ProofAnswer { format: FORMAT, proof }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofQuery {
    head: Option<String>,
}

/// What was closed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ResolveAnswer {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    closed: Closed,
}

/// Closes the entries of heals whose process died, with what really happened: the server is asked.
#[utoipa::path(
    post,
    path = "/api/v1/audit/resolve",
    tag = "audit",
    extensions(("x-permission" = json!("heal"))),
    responses(
        (status = 200, description = "How many entries were closed", body = ResolveAnswer),
        (status = 503, description = "The database could not be asked"),
    )
)]
pub(crate) async fn resolve(
    visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    visitor.healer()?;
    let host = Arc::clone(&console.host);
    let closed = console.run(async move { host.resolve_audit().await }).await?;
    let closed = Closed { closed: closed.map_err(|error| unread(&error))? };
    Ok(HttpResponse::Ok().json(ResolveAnswer { format: FORMAT, closed }))
}

fn unread(error: &AuditRowsError) -> ApiError {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, chain(error))
        .remedy(error.remedy())
        .into()
}

fn bad(error: &BadAuditQuery) -> ApiError {
    let code = if error.field == "limit" && !error.reason.contains("invalid") {
        ErrorCode::BadLimit
    } else {
        ErrorCode::BadQuery
    };
    Problem::new(StatusCode::BAD_REQUEST, code, error.to_string()).into()
}

/// The form that `Accept` names, where it names no JSON.
fn accepted(request: &HttpRequest) -> Option<LinesFormat> {
    let accept = Accept::parse(request).ok()?;
    accept.ranked().iter().find_map(|range| match range.essence_str() {
        "text/csv" => Some(Some(LinesFormat::Csv)),
        "application/jsonl" | "application/x-ndjson" => Some(Some(LinesFormat::JsonLines)),
        "application/json" | "*/*" => Some(None),
        _ => None,
    })?
}

/// All that is looked for, read piece by piece while it is sent.
pub(crate) async fn export(
    console: &web::Data<Console>,
    filter: AuditFilter,
    format: LinesFormat,
) -> Result<HttpResponse, ApiError> {
    let (host, first) = (Arc::clone(&console.host), filter.clone());
    let shown = console.run(async move { host.audit_page(&first, None, CHUNK).await }).await?;
    // Once something is sent, it is too late to say so.
    if let Some(trouble) = shown.trouble {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, trouble.message);
        return Err(problem.remedy(trouble.remedy).into());
    }
    let head = Bytes::from(format.head() + &format.lines(&shown.page.entries));
    let console = web::Data::clone(console);
    let rest = stream::unfold(shown.page.next, move |next| {
        let (console, filter) = (web::Data::clone(&console), filter.clone());
        async move {
            let before = Some(next?);
            let host = Arc::clone(&console.host);
            let shown =
                console.run(async move { host.audit_page(&filter, before, CHUNK).await }).await.ok()?;
            // An answer that ends early is seen to: its length was told by nobody, and the connection breaks.
            if shown.trouble.is_some() {
                return Some((Err(std::io::Error::other("the audit log could not be read on")), None));
            }
            Some((Ok(Bytes::from(format.lines(&shown.page.entries))), shown.page.next))
        }
    });
    let body = futures_util::StreamExt::chain(stream::iter([Ok::<_, std::io::Error>(head)]), rest);
    let attachment = format!("attachment; filename=\"{}\"", format.file_name());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format.media_type()))
        .insert_header((header::CONTENT_DISPOSITION, attachment))
        .streaming(body))
}

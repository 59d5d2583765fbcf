//! `GET /healthz` and `GET /readyz`, for supervisors and load balancers: no login, no details.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use tenon_migrations_core::health::Status;

use crate::admin::console::Console;
use crate::report::HealthReport;

/// How old a report may be before a probe has the database checked again.
const FRESH_IF_WELL: Duration = Duration::from_secs(30);
const FRESH_IF_NOT: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Readiness {
    ready: bool,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// The process answers.
pub(crate) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// Whether requests make sense: the database answers.
pub(crate) async fn readyz(console: web::Data<Console>) -> HttpResponse {
    let draining = console.draining.load(Ordering::Relaxed);
    // Whoever is about to stop asks the database nothing more.
    let last = if draining { console.host.health() } else { latest(&console).await };
    let readiness = match last {
        None => Readiness { ready: false, status: Status::Unknown, reason: Some("there was no check yet") },
        Some(report) => {
            let reason = if draining {
                Some("the host is stopping")
            } else if !is_ready(&report) {
                Some("the database could not be read at the last check")
            } else if console.host.too_many_hang().is_some() {
                Some("too many threads hang in plugins: the host has to be started anew")
            } else {
                None
            };
            Readiness { ready: reason.is_none(), status: report.status, reason }
        }
    };
    let mut response = if readiness.ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(readiness)
}

/// The last report, made anew if it is old. One probe at a time checks, the others take what is there.
async fn latest(console: &Console) -> Option<Arc<HealthReport>> {
    let last = console.host.health();
    let fresh = last.as_ref().is_some_and(|report| {
        let age = Timestamp::now().duration_since(report.checked_at).unsigned_abs();
        age < if is_ready(report) { FRESH_IF_WELL } else { FRESH_IF_NOT }
    });
    if fresh {
        return last;
    }
    let Ok(_probing) = console.probing.try_lock() else { return last };
    let host = Arc::clone(&console.host);
    console.run(async move { host.check().await }).await.ok().or(last)
}

fn is_ready(report: &HealthReport) -> bool {
    report.status != Status::Unknown && report.database.trouble.is_none()
}

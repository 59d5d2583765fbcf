//! The audit log: who healed what, and how it ended.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::{Frame, PageError, PageVisitor, page, words};
use crate::admin::console::Console;
use crate::audit::Kind;
use crate::audit::{AuditEntry, AuditResult};
use crate::heal::Origin;
use crate::host::AuditLog;

/// How many entries the page shows.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    log: AuditLog,
}

/// The latest entries, newest first.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, PageError> {
    let host = Arc::clone(&console.host);
    let log = console.run(async move { host.audit(SHOWN).await }).await?;
    page(StatusCode::OK, &AuditPage { frame: Frame::of(&console, &visitor, "/audit").await, log })
}

impl AuditPage {
    fn result(&self, entry: &AuditEntry) -> (&'static str, &'static str) {
        match entry.result {
            AuditResult::Started => ("unknown", "Not ended"),
            AuditResult::Succeeded => ("healthy", "Succeeded"),
            AuditResult::Failed => ("degraded", "Failed"),
            AuditResult::TurnedAway => ("unknown", "Turned away"),
            AuditResult::Cancelled => ("drifted", "Stopped"),
        }
    }

    fn source(&self, source: &Origin) -> &'static str {
        match source {
            Origin::Web => "this page",
            Origin::Cli => "the command line",
            Origin::Api => "the API",
            Origin::Start => "the start of the host",
            Origin::Host => "the host itself",
        }
    }

    /// How long a file of the entry took, if all went well.
    fn milliseconds(&self, entry: &AuditEntry, file: &str) -> Option<u64> {
        entry.migrations.iter().find(|timed| timed.migration == file).map(|timed| timed.duration_ms)
    }

    /// What a baseline did with the migrations: some of the host's own it may have run.
    fn adopted(&self, entry: &AuditEntry) -> String {
        match entry.migrations.len() {
            0 => "adopted".to_owned(),
            ran => format!("adopted, of which {}", words::count(ran, "was run", "were run")),
        }
    }

    fn took(&self, entry: &AuditEntry) -> String {
        let Some(finished) = entry.finished_at else { return "not known".to_owned() };
        words::duration(finished.duration_since(entry.started_at).as_millis().unsigned_abs() as u64)
    }
}

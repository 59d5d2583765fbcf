//! The history: who healed what and how it ended, what was done besides, and what the verdict was meanwhile.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::Timestamp;

use super::findings::nothing;
use super::timeline::{self, Timeline};
use super::{Frame, PageError, PageVisitor, page, words};
use crate::admin::api;
use crate::admin::audit_query::{AuditQuery, BadAuditQuery};
use crate::admin::console::Console;
use crate::audit::history::{ChainState, HistoryEntry, WantedResult};
use crate::audit::{AuditEntry, AuditResult, Kind};
use crate::heal::Origin;
use crate::host::ShownAudit;

/// How many entries a page shows, unless it is asked for another number.
const SHOWN: usize = 50;

/// The most changes of the verdict that are drawn.
const MOST_CHANGES: i64 = 500;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    log: ShownAudit,
    /// What was looked for, as it was typed.
    asked: Asked,
    /// What of that cannot be.
    fault: Option<BadAuditQuery>,
    timeline: Timeline,
}

/// The fields of the form.
#[derive(Debug, Default)]
struct Asked(Vec<(String, String)>);

/// The entries that are looked for, newest first.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    fields: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let (query, status, fault) = match AuditQuery::of(&fields, SHOWN) {
        Ok(query) => (query, StatusCode::OK, None),
        // All of it, and what was wrong beside the field.
        Err(fault) => {
            let all = AuditQuery::of(&[], SHOWN)
                .map_err(|error| nothing(StatusCode::BAD_REQUEST, &error.to_string()))?;
            (all, StatusCode::BAD_REQUEST, Some(fault))
        }
    };
    let AuditQuery { filter, before, limit, format } = query;
    if let Some(format) = format {
        let exported = api::audit::export(&console, filter, format).await;
        return exported.map_err(|error| nothing(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()));
    }
    let host = Arc::clone(&console.host);
    let now = Timestamp::now();
    let since = now.saturating_sub(timeline::BACK * 2).unwrap_or(Timestamp::MIN);
    let (log, verdicts) = console
        .run(async move {
            let log = host.audit_page(&filter, before, limit).await;
            (log, host.verdicts(since, MOST_CHANGES).await)
        })
        .await?;
    let drawn = AuditPage {
        frame: Frame::of(&console, &visitor, "/audit").await,
        log,
        asked: Asked(fields.into_inner()),
        fault,
        timeline: Timeline::of(&verdicts.unwrap_or_default(), now),
    };
    page(status, &drawn)
}

impl Asked {
    fn value(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Whether anything is looked for.
    fn anything(&self) -> bool {
        ["admin", "plugin", "result", "since", "until"]
            .iter()
            .any(|field| !self.value(field).trim().is_empty())
    }

    /// The query of an address with what is looked for, and one field more.
    fn query_with(&self, name: &str, value: &str) -> String {
        let fields = ["admin", "plugin", "result", "since", "until", "limit"];
        let kept = fields.into_iter().map(|field| (field, self.value(field)));
        words::query(kept.filter(|(_, value)| !value.is_empty()).chain([(name, value)]))
    }
}

impl AuditPage {
    fn fault_of(&self, field: &str) -> Option<&str> {
        self.fault.as_ref().filter(|fault| fault.field == field).map(|fault| fault.reason.as_str())
    }

    fn next(&self) -> Option<String> {
        self.log.page.next.map(|next| self.asked.query_with("before", &next.to_string()))
    }

    fn chain(&self, entry: &HistoryEntry) -> &'static str {
        match entry.chain {
            ChainState::Holds => "its rows are what was sealed",
            ChainState::Broken => "its rows are not what was sealed: run tenon audit verify",
            ChainState::NotYet => "not sealed yet",
        }
    }

    /// All that the log has of an entry.
    fn data(&self, entry: &HistoryEntry) -> String {
        serde_json::to_string_pretty(&entry.entry).unwrap_or_default()
    }

    fn result(&self, entry: &AuditEntry) -> (&'static str, &'static str) {
        match entry.result {
            AuditResult::Started => ("unknown", "Not ended"),
            AuditResult::Succeeded => ("healthy", "Succeeded"),
            AuditResult::Failed => ("degraded", "Failed"),
            AuditResult::TurnedAway => ("unknown", "Turned away"),
            AuditResult::Cancelled => ("drifted", "Stopped"),
        }
    }

    /// A result in words, for the form.
    fn choice(&self, result: &WantedResult) -> &'static str {
        match result {
            WantedResult::Heal(AuditResult::Succeeded) => "fixes that succeeded",
            WantedResult::Heal(AuditResult::Failed) => "fixes that failed",
            WantedResult::Heal(AuditResult::TurnedAway) => "fixes that were turned away",
            WantedResult::Heal(AuditResult::Cancelled) => "fixes that were stopped",
            WantedResult::Heal(AuditResult::Started) => "fixes that have not ended",
            WantedResult::Action => "all but fixes",
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

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
use crate::admin::strings::{Markup, Text, t};
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
                .map_err(|error| nothing(StatusCode::BAD_REQUEST, Markup::escaped(error)))?;
            (all, StatusCode::BAD_REQUEST, Some(fault))
        }
    };
    let AuditQuery { filter, before, limit, format } = query;
    if let Some(format) = format {
        let exported = api::audit::export(&console, filter, format).await;
        return exported.map_err(|error| nothing(StatusCode::SERVICE_UNAVAILABLE, Markup::escaped(error)));
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

    fn chain(&self, entry: &HistoryEntry) -> Text {
        match entry.chain {
            ChainState::Holds => t!("audit-chain-holds"),
            ChainState::Broken => t!("audit-chain-broken"),
            ChainState::NotYet => t!("audit-chain-not-yet"),
        }
    }

    /// All that the log has of an entry.
    fn data(&self, entry: &HistoryEntry) -> String {
        serde_json::to_string_pretty(&entry.entry).unwrap_or_default()
    }

    fn result(&self, entry: &AuditEntry) -> (&'static str, Text) {
        match entry.result {
            AuditResult::Started => ("unknown", t!("audit-not-ended")),
            AuditResult::Succeeded => ("healthy", t!("audit-succeeded")),
            AuditResult::Failed => ("degraded", t!("audit-failed")),
            AuditResult::TurnedAway => ("unknown", t!("audit-turned-away")),
            AuditResult::Cancelled => ("drifted", t!("audit-stopped")),
        }
    }

    /// A result in words, for the form.
    fn choice(&self, result: &WantedResult) -> Text {
        match result {
            WantedResult::Heal(AuditResult::Succeeded) => t!("audit-fixes-succeeded"),
            WantedResult::Heal(AuditResult::Failed) => t!("audit-fixes-failed"),
            WantedResult::Heal(AuditResult::TurnedAway) => t!("audit-fixes-turned-away"),
            WantedResult::Heal(AuditResult::Cancelled) => t!("audit-fixes-stopped"),
            WantedResult::Heal(AuditResult::Started) => t!("audit-fixes-not-ended"),
            WantedResult::Action => t!("audit-no-fixes"),
        }
    }

    fn source(&self, source: &Origin) -> Text {
        match source {
            Origin::Web => t!("audit-source-web"),
            Origin::Cli => t!("audit-source-cli"),
            Origin::Api => t!("audit-source-api"),
            Origin::Start => t!("audit-source-start"),
            Origin::Host => t!("audit-source-host"),
        }
    }

    /// How long a file of the entry took, if all went well.
    fn milliseconds(&self, entry: &AuditEntry, file: &str) -> Option<u64> {
        entry.migrations.iter().find(|timed| timed.migration == file).map(|timed| timed.duration_ms)
    }

    /// What was done, and by whom.
    fn heading(&self, entry: &AuditEntry) -> Text {
        let besides = [
            (entry.repairs.len(), t!("audit-count-repairs").number("count", entry.repairs.len())),
            (entry.roles.len(), t!("audit-count-roles").number("count", entry.roles.len())),
            (entry.ledger.len(), t!("audit-count-ledger").number("count", entry.ledger.len())),
        ];
        let besides = besides.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text);
        let migrations = t!("audit-count-migrations").number("count", entry.files.len());
        let what = Markup::list([migrations].into_iter().chain(besides));
        let by = &entry.admin;
        match (entry.kind, entry.migrations.len()) {
            (Kind::Baseline, 0) => t!("audit-done-adopted").markup("what", what).arg("admin", by),
            // A baseline may have run some of the host's own.
            (Kind::Baseline, ran) => {
                t!("audit-done-adopted-ran").markup("what", what).number("count", ran).arg("admin", by)
            }
            (Kind::DryRun, _) => t!("audit-done-tried").markup("what", what).arg("admin", by),
            (Kind::Heal | Kind::Forget, _) => t!("audit-done").markup("what", what).arg("admin", by),
        }
    }

    fn took(&self, entry: &AuditEntry) -> Text {
        let Some(finished) = entry.finished_at else { return t!("audit-took-not-known") };
        words::duration(finished.duration_since(entry.started_at).as_millis().unsigned_abs() as u64)
    }
}

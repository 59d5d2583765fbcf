//! The audit log: the heals that were, and what was done besides, newest first.

use super::{Style, counted, table};
use crate::audit::Kind;
use crate::audit::{ActionEntry, AuditEntry, AuditResult, LogEntry};
use crate::heal::{HealFailure, Origin};

/// One row a heal or an action.
pub fn audit(entries: &[LogEntry], style: Style) -> String {
    if entries.is_empty() {
        return "Nothing has been recorded yet\n".to_owned();
    }
    let rows = entries.iter().map(|entry| match entry {
        LogEntry::Heal(entry) => heal_row(entry),
        LogEntry::Action(entry) => action_row(entry),
    });
    table(style, &["started", "admin", "source", "result", " took", "what"], rows.collect())
}

fn heal_row(entry: &AuditEntry) -> Vec<String> {
    vec![
        entry.started_at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        entry.admin.clone(),
        source(entry.source).to_owned(),
        result(entry).to_owned(),
        took(entry),
        what(entry),
    ]
}

fn action_row(entry: &ActionEntry) -> Vec<String> {
    let result = if entry.spooled { "done (only here, not in the database yet)" } else { "done" };
    let by = &entry.performed.by;
    let reason = entry.performed.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    vec![
        entry.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        by.admin.clone(),
        source(by.source).to_owned(),
        result.to_owned(),
        String::new(),
        format!("{}{reason}", entry.what),
    ]
}

fn source(source: Origin) -> &'static str {
    match source {
        Origin::Web => "web",
        Origin::Cli => "cli",
        Origin::Api => "api",
        Origin::Start => "start",
        Origin::Host => "host",
    }
}

fn result(entry: &AuditEntry) -> &'static str {
    match (entry.result, entry.spooled) {
        (AuditResult::Started, _) => "running or cut off",
        (AuditResult::Succeeded, false) => "succeeded",
        (AuditResult::Succeeded, true) => "succeeded (only here, not in the database yet)",
        (AuditResult::Cancelled, false) => "cancelled",
        (AuditResult::Cancelled, true) => "cancelled (only here, not in the database yet)",
        (AuditResult::TurnedAway, false) => "turned away",
        (AuditResult::TurnedAway, true) => "turned away (only here, not in the database yet)",
        (AuditResult::Failed, false) => "failed",
        (AuditResult::Failed, true) => "failed (only here, not in the database yet)",
    }
}

fn took(entry: &AuditEntry) -> String {
    let Some(finished) = entry.finished_at else { return String::new() };
    let millis = finished.duration_since(entry.started_at).as_millis();
    format!("{millis} ms")
}

fn what(entry: &AuditEntry) -> String {
    let files = match entry.files.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [first, .., last] => Some(format!("{}: {first} .. {last}", counted(entry.files.len(), "migration"))),
    };
    let repairs = match entry.repairs.as_slice() {
        [] => None,
        [one] => Some(format!("repair of {}", one.object)),
        many => Some(counted(many.len(), "repair")),
    };
    let roles = match entry.roles.len() {
        0 => None,
        many => Some(counted(many, "login role")),
    };
    let ledger = match entry.ledger.as_slice() {
        [] => None,
        [one] => Some(one.to_string()),
        many => Some(format!("{} of the ledger", counted(many.len(), "change"))),
    };
    let what: Vec<_> = files.into_iter().chain(repairs).chain(roles).chain(ledger).collect();
    let what = if what.is_empty() { "verification only".to_owned() } else { what.join(", ") };
    let what = match entry.kind {
        Kind::Heal | Kind::Forget => what,
        Kind::Baseline => adopted(entry, &what),
        Kind::DryRun => format!("dry run of {what}"),
    };
    let what = match (&entry.error, &entry.cancelled_by) {
        (Some(error), _) if entry.kind == Kind::DryRun => format!("dry run: {}", failure(error)),
        (Some(error), _) => failure(error),
        (None, Some(by)) => format!("{what}, cancelled by {by}"),
        (None, None) => what,
    };
    match entry.attempts.len() {
        0 => what,
        former => format!("{what} (attempt {})", former + 1),
    }
}

/// What a baseline recorded, and what it ran for that: the host's own migrations.
fn adopted(entry: &AuditEntry, what: &str) -> String {
    let ran = entry.migrations.len();
    match entry.files.len().checked_sub(ran) {
        Some(recorded) if ran > 0 => {
            format!("adopted {}, and ran {}", counted(recorded, "migration"), counted(ran, "migration"))
        }
        _ => format!("adopted {what}"),
    }
}

/// The failure on one line: where, which SQLSTATE, and the message.
fn failure(failure: &HealFailure) -> String {
    let place = place(failure)
        .or_else(|| failure.repair.clone())
        .map(|place| format!("{place}: "))
        .unwrap_or_default();
    let state = failure.sqlstate.as_ref().map(|state| format!(" (SQLSTATE {state})")).unwrap_or_default();
    format!("{place}{}{state}", failure.message)
}

/// `inventory/0002_x.sql:12:5`, as far as it is known.
pub fn place(failure: &HealFailure) -> Option<String> {
    let mut place = failure.file.clone()?;
    for number in [failure.line, failure.column].into_iter().map_while(|number| number) {
        place += &format!(":{number}");
    }
    Some(place)
}

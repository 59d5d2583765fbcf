//! What a target is told: one message for one change. The envelope is that of Standard Webhooks (`type`,
//! `timestamp`, `data`), with a sentence and a link for people beside it.

use jiff::Timestamp;
use serde::Serialize;
use tenon_migrations_core::health::Status;
use uuid::Uuid;

use super::super::history::{VerdictChange, VerdictCounts};
use crate::audit::event::{AuditEvent, EventKind, Resolution, Started};
use crate::audit::{Action, AuditNews, HealFailure, Kind, Performed};
use crate::config::{NotifyEvent, ServerConfig};
use crate::report::json::FORMAT;

/// A message to a webhook, or to a command.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Notification {
    /// The version of this JSON.
    pub format: u32,
    /// The message's id, however often it is sent.
    pub id: Uuid,
    #[serde(flatten)]
    pub change: NotifiedChange,
    /// When it changed.
    pub timestamp: Timestamp,
    /// The change in a sentence.
    pub text: String,
    /// The page that shows it, where the host knows its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The host that saw or did it: its name and process.
    pub host: String,
    /// The database, without a password; empty of a test.
    pub database: String,
}

/// What has changed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(tag = "type", content = "data")]
pub enum NotifiedChange {
    #[serde(rename = "verdict.changed")]
    Verdict(ChangedVerdict),
    #[serde(rename = "heal.succeeded")]
    HealSucceeded(EndedAttempt),
    /// Everything was rolled back.
    #[serde(rename = "heal.failed")]
    HealFailed(EndedAttempt),
    /// Everything was rolled back.
    #[serde(rename = "heal.cancelled")]
    HealCancelled(EndedAttempt),
    #[serde(rename = "plugin.quarantined")]
    Quarantined(Performed),
    #[serde(rename = "plugin.released")]
    Released(Performed),
    /// The kernel refused a system call to a plugin, for the first time.
    #[serde(rename = "plugin.refused")]
    RefusedSystemCall(RefusedSystemCall),
    /// Logins were refused, within some minutes.
    #[serde(rename = "logins.refused")]
    RefusedLogins(Performed),
    /// A plugin emitted an event that the target wants to be told of.
    #[serde(rename = "event.emitted")]
    Emitted(EmittedEvent),
    /// Nothing has changed: somebody tries whether messages arrive.
    #[serde(rename = "test")]
    Test(TestMessage),
}

/// The verdict before and after, and what it came from.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangedVerdict {
    /// Absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former: Option<Status>,
    pub verdict: Status,
    pub counts: VerdictCounts,
}

/// A heal that has ended.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EndedAttempt {
    pub heal: Uuid,
    pub kind: Kind,
    /// The administrator who asked for it.
    pub admin: String,
    pub plan_hash: String,
    /// The migrations that ran, or were to run, in order.
    pub files: Vec<String>,
    /// How many repairs ran after them, or were to run.
    pub repairs: usize,
    /// How long it took, if it succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
}

/// A system call that a plugin may not make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RefusedSystemCall {
    pub plugin: String,
    /// The plugin's file.
    pub sha256: String,
    pub system_call: &'static str,
    /// How often it was refused since the host started.
    pub times: u64,
}

/// An event of a plugin.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EmittedEvent {
    /// The event's id, which is the message's too.
    pub id: Uuid,
    /// The name, such as `orders.placed`.
    pub event: String,
    /// The key under which it is in order, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    pub emitted_at: Timestamp,
    /// What the plugin says.
    pub payload: serde_json::Value,
}

/// The target that somebody tries.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TestMessage {
    pub target: String,
}

/// What every message of a host says of it.
#[derive(Debug, Clone)]
pub(super) struct Sender<'a> {
    pub(super) host: &'a str,
    pub(super) database: &'a str,
    pub(super) server: &'a ServerConfig,
}

/// A message, and what it is known by.
#[derive(Debug)]
pub(super) struct Composed {
    /// What it comes from: there is one message of each.
    pub(super) source: String,
    pub(super) event: String,
    pub(super) notification: Notification,
}

impl Sender<'_> {
    fn compose(
        &self,
        event: NotifyEvent,
        source: String,
        at: Timestamp,
        change: NotifiedChange,
        page: &str,
    ) -> Composed {
        let text = self.text(&change);
        let link = self.server.address_of(page);
        let (host, database) = (self.host.to_owned(), self.database.to_owned());
        let id = Uuid::now_v7();
        let notification =
            Notification { format: FORMAT, id, change, timestamp: at, text, link, host, database };
        Composed { source, event: event.to_string(), notification }
    }

    /// A change of the verdict, as some host saw it.
    pub(super) fn verdict(&self, seen: &VerdictChange) -> Composed {
        let VerdictChange { at, host, former, verdict, counts } = seen;
        let change = ChangedVerdict { former: *former, verdict: *verdict, counts: counts.clone() };
        let source = format!("verdict/{}/{host}", at.as_microsecond());
        Sender { host, ..self.clone() }.compose(
            NotifyEvent::Verdict,
            source,
            *at,
            NotifiedChange::Verdict(change),
            "",
        )
    }

    /// What the audit log has to tell, if others are told of it.
    pub(super) fn audited(&self, news: &AuditNews) -> Option<Composed> {
        let AuditNews { seq, entry, event: AuditEvent { heal, at, what, .. }, started } = news;
        let source = format!("audit/{seq}");
        let before = entry + 1;
        match (what, started) {
            (EventKind::Action(performed), _) => {
                let (event, change, page) =
                    acted(performed, &format!("audit?before={before}#action-{heal}"))?;
                Some(
                    Sender { host: &performed.host, ..self.clone() }
                        .compose(event, source, *at, change, &page),
                )
            }
            (end, Some(started)) => {
                let change = ended(*heal, started, end)?;
                let page = format!("audit?before={before}#heal-{heal}");
                let sender = Sender { host: &started.host, ..self.clone() };
                Some(sender.compose(NotifyEvent::Heal, source, *at, change, &page))
            }
            (_, None) => None,
        }
    }

    /// A system call that was refused to a plugin: one message however often, and on however many hosts.
    pub(super) fn refused(&self, refused: &RefusedSystemCall, at: Timestamp) -> Composed {
        let RefusedSystemCall { plugin, sha256, system_call, .. } = refused;
        let source = format!("refused/{plugin}/{sha256}/{system_call}");
        let page = format!("plugin/{plugin}");
        self.compose(
            NotifyEvent::Refused,
            source,
            at,
            NotifiedChange::RefusedSystemCall(refused.clone()),
            &page,
        )
    }

    /// An event of a plugin, which has the message's id and its place in the order.
    pub(super) fn emitted(&self, emitted: &EmittedEvent) -> Composed {
        let (source, at) = (format!("event/{}", emitted.id), emitted.emitted_at);
        let change = NotifiedChange::Emitted(emitted.clone());
        // The kind of change by which a target is chosen is the event itself.
        let composed = self.compose(NotifyEvent::Verdict, source, at, change, "events");
        let notification = Notification { id: emitted.id, ..composed.notification };
        Composed { event: emitted.event.clone(), notification, ..composed }
    }

    /// A message that says nothing but that messages arrive.
    pub(super) fn test(&self, target: &str) -> Notification {
        let change = NotifiedChange::Test(TestMessage { target: target.to_owned() });
        self.compose(NotifyEvent::Verdict, String::new(), Timestamp::now(), change, "").notification
    }

    fn text(&self, change: &NotifiedChange) -> String {
        let database = if self.database.is_empty() { "the database" } else { self.database };
        match change {
            NotifiedChange::Verdict(ChangedVerdict { former, verdict, counts }) => {
                let from = former.map(|former| format!(" from {}", former.title())).unwrap_or_default();
                let why = match (verdict, counts.findings) {
                    (Status::Unknown, _) => ": what it should be could not be compared".to_owned(),
                    (_, 0) => String::new(),
                    (_, 1) => ": 1 finding".to_owned(),
                    (_, findings) => format!(": {findings} findings"),
                };
                format!("The verdict on {database} went{from} to {}{why}", verdict.title())
            }
            NotifiedChange::HealSucceeded(heal) => {
                let (what, done) = (what_of(heal.kind), counted(heal));
                format!("{what} of {database} by {} succeeded{done}", heal.admin)
            }
            NotifiedChange::HealFailed(heal) => {
                let why = heal.error.as_deref().unwrap_or("the log says why");
                format!(
                    "{} of {database} by {} failed and was rolled back: {why}",
                    what_of(heal.kind),
                    heal.admin
                )
            }
            NotifiedChange::HealCancelled(heal) => {
                let by = heal.cancelled_by.as_deref().unwrap_or("somebody");
                let what = what_of(heal.kind);
                format!("{what} of {database} by {} was cancelled by {by} and rolled back", heal.admin)
            }
            NotifiedChange::Quarantined(performed)
            | NotifiedChange::Released(performed)
            | NotifiedChange::RefusedLogins(performed) => {
                let Performed { by, action, reason, .. } = performed;
                let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                format!("{} {} ({database}){reason}", by.admin, action.words())
            }
            NotifiedChange::RefusedSystemCall(RefusedSystemCall { plugin, system_call, .. }) => {
                format!(
                    "Plugin {plugin} tried the system call {system_call}, which was refused to it ({database})"
                )
            }
            NotifiedChange::Emitted(EmittedEvent { event, .. }) => {
                let plugin = event.split('.').next().unwrap_or_default();
                format!("Plugin {plugin} emitted the event {event} ({database})")
            }
            NotifiedChange::Test(TestMessage { target }) => {
                format!("A test of Tenon on {}: messages to {target} arrive", self.host)
            }
        }
    }
}

fn what_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Heal | Kind::DryRun => "The heal",
        Kind::Baseline => "The baseline",
        Kind::Forget => "The upkeep of the ledger",
    }
}

fn counted(heal: &EndedAttempt) -> String {
    let count = |number: usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {many}")),
    };
    let parts: Vec<_> =
        [count(heal.files.len(), "migration", "migrations"), count(heal.repairs, "repair", "repairs")]
            .into_iter()
            .flatten()
            .collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

/// What an action is told as, and the page that shows it; nothing of those that only people here care for.
fn acted(performed: &Performed, entry: &str) -> Option<(NotifyEvent, NotifiedChange, String)> {
    let told = performed.clone();
    match &performed.action {
        Action::Quarantine { plugin, .. } => {
            Some((NotifyEvent::Quarantine, NotifiedChange::Quarantined(told), format!("plugin/{plugin}")))
        }
        Action::Release { plugin, .. } => {
            Some((NotifyEvent::Quarantine, NotifiedChange::Released(told), format!("plugin/{plugin}")))
        }
        Action::RefuseLogins { .. } => {
            Some((NotifyEvent::Refused, NotifiedChange::RefusedLogins(told), entry.to_owned()))
        }
        _ => None,
    }
}

/// The end of a heal, if it ran: what was tried or turned away has changed nothing.
fn ended(heal: Uuid, started: &Started, end: &EventKind) -> Option<NotifiedChange> {
    if started.kind == Kind::DryRun {
        return None;
    }
    let ended = EndedAttempt {
        heal,
        kind: started.kind,
        admin: started.admin.clone(),
        plan_hash: started.plan_hash.clone(),
        files: started.files.clone(),
        repairs: started.repairs.len(),
        duration_ms: None,
        error: None,
        cancelled_by: None,
    };
    match end {
        EventKind::Succeeded { left: Resolution::RolledBack, .. } => None,
        EventKind::Succeeded { duration_ms, .. } => {
            Some(NotifiedChange::HealSucceeded(EndedAttempt { duration_ms: Some(*duration_ms), ..ended }))
        }
        EventKind::Failed { turned_away: true, .. } => None,
        EventKind::Failed { failure, .. } => {
            Some(NotifiedChange::HealFailed(EndedAttempt { error: Some(told(failure)), ..ended }))
        }
        EventKind::Cancelled { by } => {
            Some(NotifiedChange::HealCancelled(EndedAttempt { cancelled_by: Some(by.clone()), ..ended }))
        }
        _ => None,
    }
}

/// Why it failed, without what may quote rows.
fn told(failure: &HealFailure) -> String {
    match &failure.file {
        Some(file) => format!("{file}: {}", failure.message),
        None => failure.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, LoadOptions, PublicUrl, Surroundings};

    fn server(listen: &str, public_url: Option<&str>) -> ServerConfig {
        let directory = tempfile::tempdir().unwrap();
        let around =
            Surroundings { variables: [].into(), directory: directory.path().to_owned(), root: false };
        let config = Config::load(&LoadOptions { surroundings: around, ..LoadOptions::default() }).unwrap();
        let public_url = public_url.map(|url| url.parse::<PublicUrl>().unwrap());
        ServerConfig { listen: listen.parse().unwrap(), public_url, ..config.server }
    }

    fn link(listen: &str, public_url: Option<&str>) -> Option<String> {
        let server = server(listen, public_url);
        server.address_of("plugin/shop")
    }

    #[test]
    fn a_link_leads_to_the_page_where_the_address_is_known() {
        let public = Some("https://tenon.example.com");
        let told = Some("https://tenon.example.com/plugin/shop".to_owned());
        assert_eq!(link("0.0.0.0:8420", public), told);
        assert_eq!(link("127.0.0.1:8420", None), Some("http://127.0.0.1:8420/plugin/shop".to_owned()));
        assert_eq!(link("0.0.0.0:8420", None), None);
        assert_eq!(link("[::]:8420", None), None);
    }

    #[test]
    fn a_message_has_the_envelope_and_a_sentence() {
        let server = server("127.0.0.1:8420", None);
        let sender = Sender { host: "b:2", database: "database \"shop\"", server: &server };
        let counts =
            VerdictCounts { plugins: [("drifted".to_owned(), 1)].into(), findings: 2, acknowledged: 0 };
        let at: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let (former, verdict) = (Some(Status::Healthy), Status::Drifted);
        let seen = VerdictChange { at, host: "a:1".to_owned(), former, verdict, counts };
        let composed = sender.verdict(&seen);
        assert_eq!(composed.source, "verdict/1796083200000000/a:1");
        let mut json = serde_json::to_value(&composed.notification).unwrap();
        json["id"] = "".into();
        let expected = serde_json::json!({
            "format": 1, "id": "", "type": "verdict.changed", "timestamp": "2026-12-01T00:00:00Z",
            "data": {
                "former": "healthy", "verdict": "drifted",
                "counts": { "plugins": { "drifted": 1 }, "findings": 2, "acknowledged": 0 }
            },
            "text": "The verdict on database \"shop\" went from Healthy to Drifted: 2 findings",
            "link": "http://127.0.0.1:8420/", "host": "a:1", "database": "database \"shop\""
        });
        assert_eq!(json, expected);
    }
}

//! The log as somebody looks through it: entries by who, what, how it ended and when, a page at a time, each
//! with whether its rows are what was sealed.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::chain::{Chain, Link};
use super::entry::{AuditResult, LogEntry};
use super::event::{self, Spooled};
use super::find::event_of;
use super::{AuditError, Spool, exists};

/// What somebody looks for in the log. Nothing that is absent holds anything back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The administrator's id, with all of their tokens.
    pub admin: Option<String>,
    /// A plugin that it is about.
    pub plugin: Option<String>,
    pub result: Option<WantedResult>,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// How a heal ended; or that it was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedResult {
    Heal(AuditResult),
    /// What was done besides healing.
    Action,
}

/// A word that is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no result: there are {}", WantedResult::ALL.map(WantedResult::word).join(", "))]
pub struct UnknownResult {
    word: String,
}

/// A page of the log, newest first.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct AuditPage {
    pub entries: Vec<HistoryEntry>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// One entry.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct HistoryEntry {
    /// The number of its first row; absent while it waits in the spool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    pub chain: ChainState,
    #[serde(flatten)]
    pub entry: LogEntry,
}

/// Whether the rows of an entry are what was sealed, and each continues the row before it. That no other row
/// was changed or removed is for the proof of the whole log to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChainState {
    Holds,
    Broken,
    /// The entry waits in the spool, where nothing is sealed.
    NotYet,
}

impl WantedResult {
    pub const ALL: [Self; 6] = [
        Self::Heal(AuditResult::Succeeded),
        Self::Heal(AuditResult::Failed),
        Self::Heal(AuditResult::TurnedAway),
        Self::Heal(AuditResult::Cancelled),
        Self::Heal(AuditResult::Started),
        Self::Action,
    ];

    /// The result as queries name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Heal(AuditResult::Succeeded) => "succeeded",
            Self::Heal(AuditResult::Failed) => "failed",
            Self::Heal(AuditResult::TurnedAway) => "turned_away",
            Self::Heal(AuditResult::Cancelled) => "cancelled",
            Self::Heal(AuditResult::Started) => "started",
            Self::Action => "action",
        }
    }
}

/// One of the words.
impl utoipa::PartialSchema for WantedResult {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let words = Self::ALL.map(Self::word);
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(words))
            .into()
    }
}

impl utoipa::ToSchema for WantedResult {}

impl FromStr for WantedResult {
    type Err = UnknownResult;

    fn from_str(text: &str) -> Result<Self, UnknownResult> {
        let found = Self::ALL.into_iter().find(|one| one.word() == text);
        found.ok_or_else(|| UnknownResult { word: text.to_owned() })
    }
}

impl AuditFilter {
    /// Whether an entry is looked for, as the query of the database decides it too.
    pub fn wants(&self, entry: &LogEntry) -> bool {
        let at = entry.at();
        let of_admin = |admin: &String| {
            let id = entry.admin();
            id == admin || id.strip_prefix(admin.as_str()).is_some_and(|rest| rest.starts_with(" via token "))
        };
        self.admin.as_ref().is_none_or(of_admin)
            && self.plugin.as_ref().is_none_or(|plugin| entry.plugins().contains(&plugin.as_str()))
            && self.result.is_none_or(|result| entry.result() == result)
            && self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at < until)
    }
}

impl LogEntry {
    /// The administrator's id.
    pub fn admin(&self) -> &str {
        match self {
            Self::Heal(heal) => &heal.admin,
            Self::Action(action) => &action.performed.by.admin,
        }
    }

    /// How it ended.
    pub fn result(&self) -> WantedResult {
        match self {
            Self::Heal(heal) => WantedResult::Heal(heal.result),
            Self::Action(_) => WantedResult::Action,
        }
    }

    /// The plugins that it is about, each once.
    pub fn plugins(&self) -> Vec<&str> {
        let mut plugins = match self {
            Self::Heal(heal) => {
                let files = heal.files.iter().filter_map(|file| Some(file.split_once('/')?.0));
                let repairs = heal.repairs.iter().map(|repair| repair.plugin.as_str());
                let roles = heal.roles.iter().map(|role| role.plugin.as_str());
                let ledger = heal.ledger.iter().map(|step| step.plugin().as_str());
                files.chain(repairs).chain(roles).chain(ledger).collect()
            }
            Self::Action(action) => action.performed.action.plugins(),
        };
        plugins.sort_unstable();
        plugins.dedup();
        plugins
    }
}

/// The entries that are looked for from this row of the log on, newest first; on the first page also those
/// that wait in the spool.
pub async fn page(
    client: Option<&Client>,
    spool: &Spool,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<AuditPage, AuditError> {
    let mut found = match client {
        Some(client) if exists(client).await? => in_database(client, filter, before, limit).await?,
        _ => Found::default(),
    };
    if before.is_none() {
        let spooled = spool.read().await?.into_iter().map(|event| (event, Spooled::Yes));
        found.events.extend(spooled);
    }
    let next = (found.rows.len() >= limit).then(|| found.rows.values().map(|(seq, _)| *seq).min()).flatten();
    let entries =
        event::entries(found.events).into_iter().filter_map(|entry| match found.rows.get(&entry.id()) {
            Some((seq, chain)) => Some(HistoryEntry { seq: Some(*seq), chain: *chain, entry }),
            None => {
                filter.wants(&entry).then_some(HistoryEntry { seq: None, chain: ChainState::NotYet, entry })
            }
        });
    let mut entries: Vec<_> = entries.collect();
    // As the pages follow each other; what has no number yet is the latest.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.seq.unwrap_or(i64::MAX)));
    Ok(AuditPage { entries, next })
}

/// What the database has of a page: the events, and of each entry its number and state.
#[derive(Debug, Default)]
struct Found {
    events: Vec<(event::AuditEvent, Spooled)>,
    rows: BTreeMap<uuid::Uuid, (i64, ChainState)>,
}

async fn in_database(
    client: &Client,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Found, AuditError> {
    let before = before.unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let result = filter.result.map(WantedResult::word);
    let rows = client
        .query_typed(
            include_str!("sql/history.sql"),
            &[
                (&before, Type::INT8),
                (&filter.admin, Type::TEXT),
                (&filter.plugin, Type::TEXT),
                (&result, Type::TEXT),
                (&filter.since, Type::TIMESTAMPTZ),
                (&filter.until, Type::TIMESTAMPTZ),
                (&limit, Type::INT8),
            ],
        )
        .await
        .map_err(AuditError::Read)?;
    let mut found = Found::default();
    for row in &rows {
        let (entry, holds) = sealed(row).map_err(AuditError::Read)?;
        let event = event_of(row)?;
        let state = &mut found.rows.entry(event.heal).or_insert((entry, ChainState::Holds)).1;
        if !holds {
            *state = ChainState::Broken;
        }
        found.events.push((event, Spooled::No));
    }
    Ok(found)
}

/// The number of the entry that a row is of, and whether the row is what was sealed, after the row before it.
fn sealed(row: &Row) -> Result<(i64, bool), tokio_postgres::Error> {
    let link = Link::of(row)?;
    let former: Option<String> = row.try_get("former")?;
    let origin = || Chain::new(None).head().hash.clone();
    let former = if link.seq == 1 { Some(origin()) } else { former };
    Ok((row.try_get("entry")?, former.as_ref() == Some(&link.previous) && link.seal() == link.hash))
}

//! The hosts that serve one database: each keeps a row in `tenon.host`, and all know of each other by these
//! alone.
//!
//! One reads the catalog for all. It is the host that began first, of those of one version that are there. It
//! tells by what token it knows what it read ([`CachedState::digest`]). When it is time for another host to
//! check by itself, that one compares the token with its own. If they are one, nothing has changed, and the
//! host's last reading still holds; else it reads for itself. So no host says what it has not read, and none
//! depends on another: where the first host is silent, slow or of another version, each reads for itself.
//! What was found to have changed is told to all at once, over the channel of the heals.
//!
//! A check that somebody asks for always reads. The suite `hosts` holds this.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tenon_migrations_core::health::Status;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::Tenon;
use super::exposition::HostsNow;
use super::memory::SharedError;
use super::own_tables::Unreached;
use crate::audit::CHANNEL;
use crate::report::HealthReport;
use crate::report::hosts::{HostPlugin, HostState, HostsReport, Reference, ServingHost, differences};
use crate::schema::state::{CachedState, Renewal};
use crate::support::errors::chain;
use crate::support::lock::LockExt;
use crate::support::version::version;

/// How often a host renews its row.
const RENEWAL: Duration = Duration::from_secs(10);

/// How long a host may be silent and still counts as there, in seconds.
const PATIENCE: f64 = 35.0;

/// The shortest pause between two renewals of one host.
const LEAST: Duration = Duration::from_millis(500);

/// How long a host that stops takes for that others need not miss it.
const STOPPING: Duration = Duration::from_secs(2);

/// By how much longer than its own pause a host trusts another's reading: pauses differ by a fifth.
const SLACK: f64 = 1.25;

/// How a session that renews the row names itself.
const NAME: &str = "tenon is here";

/// What this host tells the others.
#[derive(Debug)]
pub(super) struct OwnHost {
    id: Uuid,
    told: std::sync::Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// What the last check came to, and when it was.
    checked: Option<(Status, Timestamp)>,
    /// By what it is known what the catalog was when this host read it last, and when that was.
    read: Option<(String, Timestamp)>,
    /// Whether it is known to the others that this host serves.
    serves: bool,
    /// The hosts as the last check saw them.
    seen: HostsNow,
}

impl Default for OwnHost {
    fn default() -> Self {
        Self { id: Uuid::now_v7(), told: std::sync::Mutex::default() }
    }
}

impl OwnHost {
    /// The hosts as the last check saw them.
    pub(super) fn seen(&self) -> HostsNow {
        self.told.lock_unpoisoned().seen
    }
}

/// A host that read the catalog and found what this one knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CheckedElsewhere {
    pub(super) host: String,
    /// When it read it, by this host's clock.
    pub(super) at: Timestamp,
    /// By what it knows what it read.
    pub(super) token: String,
}

/// One host as its row tells.
struct HostRow {
    host: ServingHost,
    token: Option<String>,
    /// Seconds since it read the catalog.
    read_ago: Option<f64>,
}

impl Tenon {
    /// Has the other hosts know that this one serves, until it is stopped. Never returns.
    pub async fn be_known(self: Arc<Self>) {
        if self.database.is_none() {
            return std::future::pending().await;
        }
        let mut reports = self.reports();
        let mut trouble: Option<String> = None;
        loop {
            reports.borrow_and_update();
            match self.renew_row().await {
                Ok(()) => trouble = None,
                Err(error) => {
                    let told = chain(&error);
                    if trouble.as_ref() != Some(&told) {
                        tracing::debug!("other hosts do not know of this one: {told}");
                        trouble = Some(told);
                    }
                }
            }
            tokio::time::sleep(LEAST).await;
            let changed = tokio::time::timeout(RENEWAL - LEAST, reports.changed()).await;
            // It is the host that tells, and the host is there.
            if matches!(changed, Ok(Err(_))) {
                return;
            }
        }
    }

    /// Has other hosts know that this one serves no more.
    pub async fn be_forgotten(&self) {
        if !std::mem::take(&mut self.own_host.told.lock_unpoisoned().serves) {
            return;
        }
        let removed = async {
            let client = self.own_tables(NAME).await?;
            let removal = async {
                let sql = include_str!("sql/remove_host.sql");
                client.execute_typed(sql, &[(&self.own_host.id, Type::UUID)]).await?;
                Ok::<_, SharedError>(())
            };
            self.bounds().within(&client, removal).await
        };
        // It is seen by its silence in any case, after some seconds.
        if !matches!(tokio::time::timeout(STOPPING, removed).await, Ok(Ok(()))) {
            tracing::debug!("other hosts will miss this one");
        }
    }

    /// The hosts that serve the database, as their rows tell, and how they differ: from this one, or from the
    /// first where this one has loaded no plugin.
    pub async fn hosts(&self) -> HostsReport {
        let rows = match self.host_rows().await {
            Ok(rows) => rows.unwrap_or_default(),
            Err(error) => {
                let trouble = Some(chain(&error));
                return HostsReport { hosts: Vec::new(), differences: Vec::new(), trouble };
            }
        };
        let hosts: Vec<_> = rows.into_iter().map(|row| row.host).collect();
        let (id, version, plugins) = (self.own_host.id, version().to_string(), self.own_plugins());
        let is_one = hosts.iter().any(|host| host.is_this) || !plugins.is_empty();
        let first = hosts.iter().find(|host| host.state == HostState::Serving);
        let differences = match first.filter(|_| !is_one) {
            Some(first) => {
                let called = format!("host {}", first.name);
                let (version, plugins) = (&first.version, &first.plugins);
                differences(&hosts, Reference { called: &called, id: first.id, version, plugins })
            }
            None => {
                let own = Reference { called: "this host", id, version: &version, plugins: &plugins };
                differences(&hosts, own)
            }
        };
        HostsReport { hosts, differences, trouble: None }
    }

    /// How the plugins of other hosts differ from this one's, for a report.
    pub(super) async fn host_differences(&self) -> Vec<String> {
        let report = self.hosts().await;
        let count = |state| report.hosts.iter().filter(|host| host.state == state).count();
        let (serving, silent) = (count(HostState::Serving), count(HostState::Silent));
        let seen = HostsNow { serving, silent, differences: report.differences.len() };
        self.own_host.told.lock_unpoisoned().seen = seen;
        report.differences
    }

    /// Notes what a check came to, for the others.
    pub(super) async fn note_check(&self, report: &HealthReport, renewal: Option<Renewal>) {
        let digest = match renewal {
            Some(Renewal::Confirmed) | None => None,
            Some(_) => self.known.lock().await.cached_state.as_ref().map(CachedState::digest),
        };
        let mut told = self.own_host.told.lock_unpoisoned();
        told.checked = Some((report.status, report.checked_at));
        if let Some(digest) = digest {
            told.read = Some((digest, report.checked_at));
        }
    }

    /// Checks because it is time to: reads the catalog only if no other host has just read it for all and
    /// found what this one knows. `pause` is how long this host waits between two checks.
    pub async fn check_in_turn(&self, pause: Duration) -> Arc<HealthReport> {
        let rows = self.host_rows().await.ok().flatten().unwrap_or_default();
        let elsewhere = self.checked_elsewhere(&rows, pause);
        let (report, renewal) = self.check_unless_checked(elsewhere).await;
        let has_others = rows.iter().any(|row| !row.host.is_this && row.host.state == HostState::Serving);
        if has_others && matches!(renewal, Some(Renewal::Part | Renewal::Whole)) {
            self.tell_of_change().await;
        }
        report
    }

    /// The host that has read the catalog for this one, if one has within this pause.
    fn checked_elsewhere(&self, rows: &[HostRow], pause: Duration) -> Option<CheckedElsewhere> {
        let first = rows.iter().find(|row| row.host.checks_for_all)?;
        if first.host.is_this || !rows.iter().any(|row| row.host.is_this) {
            return None;
        }
        let ago = first.read_ago.filter(|ago| (0.0..=pause.as_secs_f64() * SLACK).contains(ago))?;
        let at = Timestamp::now() - Duration::try_from_secs_f64(ago).ok()?;
        Some(CheckedElsewhere { host: first.host.name.clone(), at, token: first.token.clone()? })
    }

    /// Tells all hosts that something has changed, so that they look at once.
    async fn tell_of_change(&self) {
        let told: Result<(), SharedError> = async {
            let client = self.own_tables(NAME).await?;
            let payload = serde_json::json!({ "changed": self.name }).to_string();
            let told = async {
                let parameters: [(&(dyn ToSql + Sync), Type); 2] =
                    [(&CHANNEL, Type::TEXT), (&payload, Type::TEXT)];
                client.query_typed(include_str!("sql/tell_hosts.sql"), &parameters).await?;
                Ok(())
            };
            self.bounds().within(&client, told).await
        }
        .await;
        if let Err(error) = told {
            tracing::debug!("other hosts are not told of a change: {}", chain(&error));
        }
    }

    async fn renew_row(&self) -> Result<(), SharedError> {
        let client = self.own_tables(NAME).await?;
        if !is_there(&client).await? {
            return Ok(());
        }
        let plugins = serde_json::to_string(&self.own_plugins())
            .map_err(|source| SharedError::Damaged { what: "the plugins".to_owned(), source })?;
        let (checked, read) = {
            let told = self.own_host.told.lock_unpoisoned();
            (told.checked, told.read.clone())
        };
        let (verdict, checked_ago) = checked.map(|(status, at)| (status.word(), seconds_since(at))).unzip();
        let (token, read_ago) = read.map(|(token, at)| (token, seconds_since(at))).unzip();
        let (url, version) = (self.console_url(), version().to_string());
        let renewal = async {
            let sql = include_str!("sql/keep_host.sql");
            let parameters: [(&(dyn ToSql + Sync), Type); 9] = [
                (&self.own_host.id, Type::UUID),
                (&self.name, Type::TEXT),
                (&version, Type::TEXT),
                (&url, Type::TEXT),
                (&plugins, Type::TEXT),
                (&verdict, Type::TEXT),
                (&checked_ago, Type::FLOAT8),
                (&read_ago, Type::FLOAT8),
                (&token, Type::TEXT),
            ];
            client.execute_typed(sql, &parameters).await?;
            client.execute_typed(include_str!("sql/forget_hosts.sql"), &[]).await?;
            Ok::<_, SharedError>(())
        };
        self.bounds().within(&client, renewal).await?;
        self.own_host.told.lock_unpoisoned().serves = true;
        Ok(())
    }

    /// The address of the console, if browsers can reach it.
    fn console_url(&self) -> Option<String> {
        self.config.server.address_of("")
    }

    /// The plugins that take part here.
    fn own_plugins(&self) -> Vec<HostPlugin> {
        let plugins = self.registry.plugins.values();
        let plugins = plugins.filter_map(|plugin| Some((plugin, &plugin.info, plugin.library.as_ref()?)));
        plugins
            .map(|(plugin, info, library)| HostPlugin {
                settings: plugin.settings.as_ref().map(|_| self.saved.version(&info.id)),
                id: info.id.to_string(),
                name: info.name.clone(),
                version: info.version.to_string(),
                sha256: library.sha256.to_string(),
            })
            .collect()
    }

    /// The rows of all hosts; nothing before the migration of their table.
    async fn host_rows(&self) -> Result<Option<Vec<HostRow>>, SharedError> {
        let connection = self.connection().await;
        let connection = connection.map_err(|error| Unreached::of(&error))?;
        let client = connection.driven_by_task();
        self.bounds().read(client, rows(client, self.own_host.id)).await
    }
}

async fn is_there(client: &Client) -> Result<bool, SharedError> {
    let row = client.query_typed_one(include_str!("sql/host_table.sql"), &[]).await?;
    Ok(row.try_get("there")?)
}

async fn rows(client: &Client, own: Uuid) -> Result<Option<Vec<HostRow>>, SharedError> {
    if !is_there(client).await? {
        return Ok(None);
    }
    let rows = client.query_typed(include_str!("sql/hosts.sql"), &[]).await?;
    let mut rows: Vec<_> = rows.iter().map(|row| row_of(row, own)).collect::<Result<_, _>>()?;
    // The first of its version that is there and has read the catalog.
    let own_version = version().to_string();
    let first = rows.iter_mut().find(|row| {
        row.host.state == HostState::Serving && row.host.version == own_version && row.token.is_some()
    });
    if let Some(first) = first {
        first.host.checks_for_all = true;
    }
    Ok(Some(rows))
}

fn row_of(row: &Row, own: Uuid) -> Result<HostRow, SharedError> {
    let (id, name): (Uuid, String) = (row.try_get("id")?, row.try_get("name")?);
    let plugins: &str = row.try_get("plugins")?;
    let plugins = serde_json::from_str(plugins)
        .map_err(|source| SharedError::Damaged { what: format!("host {name}"), source })?;
    let silent_for: f64 = row.try_get("silent_for")?;
    let verdict: Option<&str> = row.try_get("verdict")?;
    let host = ServingHost {
        id,
        name,
        is_this: id == own,
        version: row.try_get("version")?,
        url: row.try_get("url")?,
        started_at: row.try_get("started_at")?,
        last_seen: row.try_get("last_seen")?,
        silent_for,
        state: if silent_for <= PATIENCE { HostState::Serving } else { HostState::Silent },
        verdict: verdict.and_then(|word| Status::ALL.into_iter().find(|status| status.word() == word)),
        checked_at: row.try_get("checked_at")?,
        checks_for_all: false,
        plugins,
    };
    Ok(HostRow { host, token: row.try_get("token")?, read_ago: row.try_get("read_ago")? })
}

fn seconds_since(at: Timestamp) -> f64 {
    Timestamp::now().duration_since(at).as_secs_f64().max(0.0)
}

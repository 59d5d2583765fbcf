//! The check: read, compare, report.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tenon_migrations_core::finding::{self, Cause, Finding, Severity};
use tenon_migrations_core::health::{PluginHealth, Status};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::snapshot::NOT_COMPARED;
use tokio::sync::watch;
use tokio_postgres::Client;

use super::hosts::CheckedElsewhere;
use super::reports::plugin_reports;
use super::roles::RolesSeen;
use super::verdict::CheckNumber;
use super::{Known, PlanError, Tenon};
use crate::database::bounds::{Bounds, Unanswered};
use crate::heal::plan_costs;
use crate::heal::{self, Holder};
use crate::report::{Announced, DatabaseInfo, HealthReport};
use crate::schema::compared::{Compared, compare};
use crate::schema::sessions::SecondarySource;
use crate::schema::state::{self, Renewal, State};
use crate::support::errors::chain;
use crate::support::millis::millis;

/// What was read, and what came of it.
type StateAndComparison = (Arc<State>, Arc<Compared>);

impl Tenon {
    /// The last check's report, if there was a check.
    pub fn health(&self) -> Option<Arc<HealthReport>> {
        self.verdicts.last()
    }

    /// The last report of a database that could be read, if it could not be read since.
    pub fn former_health(&self) -> Option<Arc<HealthReport>> {
        self.verdicts.former()
    }

    /// Tells of each check's report from now on; of several that come at once, of the last.
    pub fn reports(&self) -> watch::Receiver<Option<Arc<HealthReport>>> {
        self.verdicts.follow()
    }

    /// Reads the database and compares. Writes nothing, and never fails: what cannot be found out is
    /// Unknown.
    pub async fn check(&self) -> Arc<HealthReport> {
        self.check_unless_checked(None).await.0
    }

    /// Like [`check`](Self::check), where another host may have read the catalog already. Says how the state
    /// was come by, too.
    pub(super) async fn check_unless_checked(
        &self,
        elsewhere: Option<CheckedElsewhere>,
    ) -> (Arc<HealthReport>, Option<Renewal>) {
        let began = Instant::now();
        let (number, read, running) = self.read_beside(elsewhere.as_ref()).await;
        let renewal = read.as_ref().ok().map(|(_, renewal)| *renewal);
        let read = match (read, &self.database) {
            (Ok(((state, compared), _)), Some(reach)) => {
                let compared =
                    self.elaboration.complete(compared, &self.registry, &state, &reach.database).await;
                Ok((state, compared))
            }
            (read, _) => read.map(|(read, _)| read),
        };
        let roles = match &read {
            Ok(_) => self.roles_seen().await,
            Err(_) => Ok(None),
        };
        self.see_standing(renewal).await;
        let mut report = self.report(read.as_ref(), &roles, began).await;
        report.database.running_heal = running.map(|holder| holder.to_string());
        if let (Some(Renewal::Confirmed), Some(elsewhere)) = (renewal, elsewhere) {
            report.checked_at = elsewhere.at;
            report.database.read_by = Some(elsewhere.host);
        }
        let report = self.verdicts.settle(report, number);
        self.metrics.checked(renewal, began.elapsed());
        if self.verdicts.are_logged() {
            self.note_check(&report, renewal).await;
            self.record_verdict(&report).await;
            self.notifier.wake();
        }
        (report, renewal)
    }

    /// What was found. It is judged when it is settled.
    async fn report(
        &self,
        read: Result<&StateAndComparison, &PlanError>,
        roles: &Result<Option<RolesSeen>, PlanError>,
        began: Instant,
    ) -> HealthReport {
        let mut database = DatabaseInfo { address: self.address(), ..DatabaseInfo::default() };
        let (mut unmanaged, mut announced, mut tolerated) = (Vec::new(), Vec::new(), Vec::new());
        let mut plugins = match read {
            Ok((state, compared)) => {
                database.server_version.clone_from(&state.ledger.server_version);
                unmanaged = compared.assessment.unmanaged.iter().map(ToString::to_string).collect();
                tolerated.clone_from(&compared.assessment.tolerated);
                let told = state.announced.iter();
                announced = told.map(|(kind, names)| Announced::of(kind, names, &self.registry)).collect();
                plugin_reports(&self.registry, Ok(compared), &self.troubles)
            }
            Err(error) => {
                let trouble = error.trouble();
                let plugins = plugin_reports(&self.registry, Err(&trouble.message), &self.troubles);
                database.trouble = Some(trouble);
                plugins
            }
        };
        self.tell_of_no_plugin(&mut plugins);
        self.tell_of_roles(&mut plugins, roles);
        if read.is_ok() {
            self.share_quarantine().await;
        }
        self.hold_quarantined(&mut plugins);
        self.mark_disabled(&mut plugins);
        let checked_at = Timestamp::now();
        finding::told_apart(plugins.iter_mut().flat_map(|plugin| &mut plugin.findings));
        let findings = plugins.iter_mut().flat_map(|plugin| &mut plugin.findings).collect();
        let annotated = self.recall(read.is_ok(), findings, checked_at).await;
        let differences = if read.is_ok() { self.host_differences().await } else { Vec::new() };
        HealthReport {
            format: 1,
            status: Status::over(&plugins),
            environment: self.config.environment,
            checked_at,
            took_ms: millis(began.elapsed()),
            database,
            plugins,
            unmanaged,
            tolerated,
            announced,
            warnings: annotated
                .err()
                .iter()
                .map(|error| chain(error))
                .chain(self.unused_locks.clone())
                .chain(self.roles_beside(roles))
                .chain(self.disabled_in_vain())
                .chain(self.unsupported())
                .chain(self.settings_in_doubt())
                .chain(differences)
                .collect(),
            not_compared: NOT_COMPARED.iter().map(|kind| (*kind).to_owned()).collect(),
        }
    }

    /// A host without any plugin has nothing to compare, and is not well: its directory may be another one,
    /// or not be mounted.
    fn tell_of_no_plugin(&self, reports: &mut [PluginHealth]) {
        let alone = self.registry.plugins.keys().all(PluginId::is_core) && self.registry.out.is_empty();
        let core = reports.iter_mut().find(|health| health.id.is_core());
        let Some(core) = core.filter(|_| alone && self.troubles.is_empty()) else { return };
        let directories = self.config.plugin_dirs_told();
        let message = format!("there is no plugin (*.so) in {directories}: nothing is compared");
        let object = format!("directory {directories}");
        let finding = Finding::new(&core.id, Cause::Unloadable, Severity::Warning, object, message);
        let remedy = "copy the plugins there and start again, or name their directory with --plugin-dir or plugin_dir in \
                      the configuration";
        core.findings.push(finding.remedy(remedy));
    }

    /// What is to be said of a server that is used although it is not known.
    fn unsupported(&self) -> Option<String> {
        let unsupported = self.database.as_ref()?.database.unsupported()?;
        Some(format!(
            "{unsupported}; database.unsupported_server allows it, and what is said here may be wrong"
        ))
    }

    /// The database's address, without its password; empty where there is none.
    pub(super) fn address(&self) -> String {
        self.database.as_ref().map(|reach| reach.database.redacted()).unwrap_or_default()
    }

    /// Compares at start-up: one `WARN` event for each plugin that is out of step, and not a byte written
    /// to any schema. From then on there is one for each change of a verdict.
    pub async fn check_at_start(&self) -> Arc<HealthReport> {
        self.verdicts.log_from_now_on();
        let report = self.check().await;
        if let Some(trouble) = &report.database.trouble {
            tracing::warn!(kind = ?trouble.kind, remedy = trouble.remedy, "the database could not be read: {}", trouble.message);
            return report;
        }
        for plugin in report.plugins.iter().filter(|plugin| plugin.status != Status::Healthy) {
            let (id, version) = (plugin.id.as_str(), plugin.version.as_str());
            let (pending, drifted) = (plugin.count(Cause::Pending), plugin.count(Cause::Drifted));
            tracing::warn!(
                plugin = id,
                version,
                pending,
                drifted,
                findings = plugin.findings.len(),
                "{}",
                plugin.line
            );
        }
        report
    }

    /// What a check reads: also the heal that runs beside it.
    async fn read_beside(
        &self,
        elsewhere: Option<&CheckedElsewhere>,
    ) -> (CheckNumber, Result<(StateAndComparison, Renewal), PlanError>, Option<Holder>) {
        let known = &mut *self.known.lock().await;
        let number = self.verdicts.begin();
        let connection = match self.connection().await {
            Ok(connection) => connection,
            Err(error) => return (number, Err(error), None),
        };
        // Before the reading: a heal that ends in between is told of, and not one that ended before.
        let running = match running(connection.driven_by_task(), self.bounds()).await {
            Ok(running) => running,
            Err(Unanswered::NoResponse(silent)) => return (number, Err(silent.into()), None),
            Err(Unanswered::Refused(error)) => {
                tracing::debug!("it cannot be seen whether a heal is running: {}", chain(&error));
                None
            }
        };
        let confirmed = elsewhere.and_then(|elsewhere| known.confirmed_by(&elsewhere.token));
        let read = match confirmed {
            Some(confirmed) => Ok((confirmed, Renewal::Confirmed)),
            None => self.read_over(connection.driven_by_task(), known).await,
        };
        (number, read, running)
    }

    pub(super) async fn read(&self) -> Result<StateAndComparison, PlanError> {
        let known = &mut *self.known.lock().await;
        Ok(self.read_over(self.connection().await?.driven_by_task(), known).await?.0)
    }

    /// Reads what can have changed, and compares if something has.
    async fn read_over(
        &self,
        client: &Client,
        known: &mut Known,
    ) -> Result<(StateAndComparison, Renewal), PlanError> {
        let bounds = self.bounds();
        let scope = self.scope();
        let beside = self.database.as_ref().map(|reach| SecondarySource { pool: reach.pools.pool(), bounds });
        let renewal = state::read(client, beside, bounds, &scope, &mut known.cached_state).await;
        let renewal = renewal.map_err(PlanError::Read)?;
        let state = known.cached_state.as_ref().map(|cached| Arc::clone(&cached.state)).unwrap_or_default();
        let compared = known.compared.take().filter(|_| renewal == Renewal::Unchanged);
        let compared = match compared {
            Some(compared) => compared,
            None => {
                let mut compared = compare(&self.registry, &state);
                plan_costs::tell_in_the_way(client, bounds, &mut compared.assessment).await;
                Arc::new(compared)
            }
        };
        known.compared = Some(Arc::clone(&compared));
        Ok(((state, compared), renewal))
    }

    /// Forgets what the last reading saw: the next one reads everything.
    pub async fn forget(&self) {
        *self.known.lock().await = Known::default();
    }
}

impl Known {
    /// What is known, if it is what another host has read.
    fn confirmed_by(&self, token: &str) -> Option<StateAndComparison> {
        let cached = self.cached_state.as_ref().filter(|cached| cached.is_confirmed_by(token))?;
        Some((Arc::clone(&cached.state), Arc::clone(self.compared.as_ref()?)))
    }
}

/// The heal that runs. Where no lock is held there is none, which costs a fraction of asking whose it is.
async fn running(client: &Client, bounds: Bounds) -> Result<Option<Holder>, Unanswered> {
    let asked = async { Ok(client.query_typed_one(include_str!("sql/advisory_locks.sql"), &[]).await?) };
    let row = bounds.answered::<_, Unanswered>(asked).await?;
    if row.try_get("held")? { heal::running(client, bounds).await } else { Ok(None) }
}

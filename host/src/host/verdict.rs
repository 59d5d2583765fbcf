//! What becomes of a check: which plugins' routes are held, who is handed the report, and what the log is
//! told.
//!
//! A plugin's routes answer only where the last check of it that could be completed found nothing against
//! that. What could not be found out changes nothing: who was seen well goes on serving, and all others stay
//! held.
//!
//! What a check comes to is settled here alone: which plugins' routes are held, the verdict, and the log's
//! word where it has changed. Whoever asked for a check, the next one that the host makes by itself comes
//! some time after it (`cli/serve/recheck.rs`). The suite `by_itself` holds this.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tenon_migrations_core::health::{PluginHealth, Serving, Status};
use tenon_migrations_core::migration::{PluginId, PluginInfo};
use tokio::sync::watch;

use crate::plugin::runtime::CallError;
use crate::report::HealthReport;
use crate::support::lock::LockExt;

/// What is known from the checks so far.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    begun: AtomicU64,
    /// The standing of each plugin of which a check could be completed.
    standing: RwLock<BTreeMap<PluginId, Standing>>,
    last: watch::Sender<Option<Arc<HealthReport>>>,
    /// The last report of a database that could be read.
    read: Mutex<Option<Arc<HealthReport>>>,
    announced: Mutex<Announced>,
}

/// What the last check of a plugin that could be completed says of its routes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    /// The routes may answer.
    Well,
    /// The routes may not answer, for this reason.
    Held(String),
}

/// A check among the others, in the order in which they read the database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CheckNumber(u64);

impl Verdicts {
    /// To be called before the database is read, by one check at a time.
    pub(super) fn begin(&self) -> CheckNumber {
        CheckNumber(self.begun.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The last check's report, if there was a check.
    pub(super) fn last(&self) -> Option<Arc<HealthReport>> {
        self.last.borrow().clone()
    }

    /// The last report of a database that could be read, if it could not be read since.
    pub(super) fn former(&self) -> Option<Arc<HealthReport>> {
        self.last().filter(|report| report.database.trouble.is_some())?;
        self.read.lock_unpoisoned().clone()
    }

    /// Tells of each report from now on; of several that come at once, of the last.
    pub(super) fn follow(&self) -> watch::Receiver<Option<Arc<HealthReport>>> {
        self.last.subscribe()
    }

    /// Has each change of a verdict logged from now on.
    pub(super) fn log_from_now_on(&self) {
        self.announced.lock_unpoisoned().logs = true;
    }

    /// Whether each change of a verdict is logged: the host serves.
    pub(super) fn are_logged(&self) -> bool {
        self.announced.lock_unpoisoned().logs
    }

    /// Why a plugin's routes may not answer, if they may not.
    pub(super) fn held(&self, plugin: &PluginInfo) -> Option<CallError> {
        match self.standing.read().unwrap_or_else(PoisonError::into_inner).get(&plugin.id) {
            Some(Standing::Well) => None,
            Some(Standing::Held(reason)) => Some(CallError::Held { reason: reason.clone() }),
            None => Some(CallError::NotChecked { name: plugin.name.clone() }),
        }
    }

    /// Judges a report: what was found decides whose routes are held, and that the verdict. It becomes the
    /// last one, unless a check has ended already that read the database later.
    pub(super) fn settle(&self, mut report: HealthReport, number: CheckNumber) -> Arc<HealthReport> {
        let mut announced = self.announced.lock_unpoisoned();
        let mut standing = self.standing.read().unwrap_or_else(PoisonError::into_inner).clone();
        for plugin in &mut report.plugins {
            hold(plugin, &mut standing);
            plugin.judge();
        }
        report.status = Status::over(&report.plugins);
        let report = Arc::new(report);
        if number >= announced.number {
            announced.number = number;
            *self.standing.write().unwrap_or_else(PoisonError::into_inner) = standing;
            if report.database.trouble.is_none() {
                *self.read.lock_unpoisoned() = Some(Arc::clone(&report));
            }
            self.last.send_replace(Some(Arc::clone(&report)));
            announced.log_changes(&report);
        }
        report
    }
}

/// Decides whether a plugin's routes are held, by what was found now or, where that could not be found out,
/// before.
fn hold(plugin: &mut PluginHealth, standing: &mut BTreeMap<PluginId, Standing>) {
    if plugin.id.is_core() || plugin.serving == Serving::Out {
        return;
    }
    let found = match plugin.broken() {
        Some(reason) => Some(Standing::Held(reason)),
        None => (!plugin.is_unknown()).then_some(Standing::Well),
    };
    let why = match found.as_ref().or(standing.get(&plugin.id)) {
        Some(Standing::Well) => None,
        Some(Standing::Held(reason)) if found.is_some() => Some(reason.clone()),
        Some(Standing::Held(reason)) => {
            Some(format!("{reason}, as the last check of it that could be completed found"))
        }
        None => Some("not checked yet: no check of it could be completed so far".to_owned()),
    };
    if why.is_some() && plugin.serving == Serving::Yes {
        plugin.serving = Serving::Held;
    }
    // Whoever is in quarantine is held for that.
    if plugin.serving == Serving::Held && plugin.held.is_none() {
        plugin.held = why;
    }
    if let Some(found) = found {
        standing.insert(plugin.id.clone(), found);
    }
}

/// What was logged last.
#[derive(Debug, Default)]
struct Announced {
    logs: bool,
    number: CheckNumber,
    whole: Option<Status>,
    plugins: BTreeMap<PluginId, (Status, Serving)>,
}

impl Announced {
    /// Logs what has changed since: of the whole, and of each plugin.
    fn log_changes(&mut self, report: &HealthReport) {
        let is_first = self.whole.is_none();
        let logs = self.logs && !is_first;
        if let Some(from) = self.whole.replace(report.status)
            && from != report.status
            && logs
        {
            let (from, to) = (from.title(), report.status.title());
            match &report.database.trouble {
                Some(trouble) => tracing::warn!(
                    from, to, kind = ?trouble.kind, remedy = trouble.remedy,
                    "the verdict went from {from} to {to}: the database could not be read: {}", trouble.message
                ),
                None => tracing::warn!(from, to, "the verdict went from {from} to {to}"),
            }
        }
        for plugin in &report.plugins {
            let now = (plugin.status, plugin.serving);
            let before = self.plugins.insert(plugin.id.clone(), now);
            if logs && before != Some(now) {
                tell_of(plugin, before);
            }
        }
        // What was not read is not gone.
        if report.database.trouble.is_none() {
            self.plugins.retain(|id, (from, _)| {
                let stays = report.plugin(id).is_some();
                if !stays && logs {
                    let from = from.title();
                    tracing::warn!(
                        plugin = id.as_str(),
                        from,
                        "nothing is left to be told of {id}; it was {from}"
                    );
                }
                stays
            });
        }
    }
}

/// One plugin's change, in a line.
fn tell_of(plugin: &PluginHealth, before: Option<(Status, Serving)>) {
    let (id, to, line) = (plugin.id.as_str(), plugin.status.title(), &plugin.line);
    let from = before.map(|(status, _)| status.title());
    let held = plugin.held.as_deref();
    let routes = match (before.map(|(_, serving)| serving), plugin.serving) {
        (Some(Serving::Yes), Serving::Held) => ", its routes are held from now on",
        (Some(Serving::Held), Serving::Yes) => ", its routes answer again",
        _ => "",
    };
    match from {
        Some(from) if from == to => tracing::warn!(plugin = id, from, to, held, "{line}; still {to}{routes}"),
        Some(from) => tracing::warn!(plugin = id, from, to, held, "{line}; from {from} to {to}{routes}"),
        None => tracing::warn!(plugin = id, to, "{line}; {to}, and not told of before"),
    }
}

#[cfg(test)]
mod tests {
    use tenon_migrations_core::finding::{Cause, Finding, Severity};

    use super::*;
    use crate::config::Environment;
    use crate::report::DatabaseInfo;

    /// What a check finds of the plugin `shop`.
    #[derive(Clone, Copy)]
    enum Outcome {
        Well,
        Broken,
        Unknown,
        BrokenAndUnknown,
    }

    fn report(outcome: Outcome) -> HealthReport {
        let id: PluginId = "shop".parse().unwrap();
        let finding = |cause, severity| Finding::new(&id, cause, severity, "x", "x");
        let broken = finding(Cause::Pending, Severity::Breaking);
        let unknown = finding(Cause::Unknown, Severity::Warning);
        let findings = match outcome {
            Outcome::Well => Vec::new(),
            Outcome::Broken => vec![broken],
            Outcome::Unknown => vec![unknown],
            Outcome::BrokenAndUnknown => vec![broken, unknown],
        };
        HealthReport {
            format: 1,
            status: Status::Healthy,
            environment: Environment::Development,
            checked_at: jiff::Timestamp::UNIX_EPOCH,
            took_ms: 0,
            database: DatabaseInfo::default(),
            plugins: vec![PluginHealth::new(id, "Shop", "1.0.0", "libshop.so", Serving::Yes, findings)],
            unmanaged: Vec::new(),
            tolerated: Vec::new(),
            announced: Vec::new(),
            warnings: Vec::new(),
            not_compared: Vec::new(),
        }
    }

    fn shop() -> PluginInfo {
        PluginInfo {
            id: "shop".parse().unwrap(),
            name: "Shop".to_owned(),
            version: semver::Version::new(1, 0, 0),
            requires: BTreeMap::new(),
        }
    }

    /// Whether the routes answer after each of these checks.
    fn answers(checks: &[Outcome]) -> Vec<bool> {
        let verdicts = Verdicts::default();
        assert!(matches!(verdicts.held(&shop()), Some(CallError::NotChecked { .. })), "nothing was checked");
        let after = checks.iter().map(|outcome| {
            let report = verdicts.settle(report(*outcome), verdicts.begin());
            let answers = verdicts.held(&shop()).is_none();
            let plugin = &report.plugins[0];
            assert_eq!(plugin.serving, if answers { Serving::Yes } else { Serving::Held });
            assert_eq!(plugin.held.is_some(), !answers);
            assert!(answers || report.status != Status::Healthy, "{report:#?}");
            answers
        });
        after.collect()
    }

    #[test]
    fn only_a_completed_check_changes_whose_routes_are_held() {
        use Outcome::{Broken, BrokenAndUnknown, Unknown, Well};
        assert_eq!(answers(&[Unknown, Unknown, Well, Unknown]), [false, false, true, true]);
        assert_eq!(answers(&[Broken, Unknown, Well]), [false, false, true]);
        assert_eq!(answers(&[Well, BrokenAndUnknown, Unknown, Well]), [true, false, false, true]);
    }

    #[test]
    fn what_was_read_earlier_does_not_undo_what_was_read_later() {
        let verdicts = Verdicts::default();
        let (earlier, later) = (verdicts.begin(), verdicts.begin());
        verdicts.settle(report(Outcome::Well), later);
        let late = verdicts.settle(report(Outcome::Broken), earlier);
        assert_eq!(late.status, Status::Drifted);
        assert_eq!(verdicts.last().map(|report| report.status), Some(Status::Healthy));
        assert!(verdicts.held(&shop()).is_none());
    }
}

//! Database Health: the verdict, and what is wrong with each plugin.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tenon_migrations_core::acknowledgement::{MOST_DAYS, USUAL_DAYS, obstacle};
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::{PluginHealth, Serving, Status};

use super::{Frame, PageError, PageVisitor, page, see_other, words};
use crate::admin::console::Console;
use crate::plugin::isolate::Enforcement;
use crate::report::HealthReport;
use crate::report::PluginSummary;

#[derive(Template)]
#[template(path = "health.html")]
struct HealthPage<'a> {
    frame: Frame,
    may_heal: bool,
    may_quarantine: bool,
    tested: bool,
    report: Option<&'a HealthReport>,
    plugins: Vec<PluginView<'a>>,
    /// Files that were not there when the host started.
    new_files: Vec<String>,
    enforcement: Enforcement,
    /// Between which days an acknowledgement may end, and where it does unless said otherwise.
    ends: Ends,
}

/// Days, as a form's field for dates takes them.
struct Ends {
    first: String,
    usual: String,
    last: String,
}

impl Ends {
    fn from(now: Timestamp) -> Self {
        let day = |days: i64| {
            let day = now.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(now);
            day.strftime("%Y-%m-%d").to_string()
        };
        // A day is over at its end: the last one has to be over in time.
        Self { first: day(0), usual: day(USUAL_DAYS), last: day(MOST_DAYS - 1) }
    }
}

/// One plugin as the page shows it.
struct PluginView<'a> {
    health: &'a PluginHealth,
    summary: Option<&'a PluginSummary>,
    groups: Vec<Group<'a>>,
}

/// The findings of one cause, or all that are acknowledged.
struct Group<'a> {
    cause: Option<Cause>,
    findings: Vec<&'a Finding>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Query {
    tested: Option<String>,
}

/// The last check.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageError> {
    let report = console.host.health();
    let summaries = console.host.plugins().await;
    let report = report.as_deref();
    // The address stays when the page is read again later; the news does not.
    let age = report.map(|report| Timestamp::now().duration_since(report.checked_at).as_secs());
    let plugins = report.map(|report| views(report, &summaries)).unwrap_or_default();
    page(
        StatusCode::OK,
        &HealthPage {
            frame: Frame::of(&console, &visitor, "/").await,
            may_heal: visitor.may_heal(),
            may_quarantine: visitor.may_quarantine(),
            tested: query.tested.is_some() && age.is_some_and(|age| age < 10),
            report,
            plugins,
            new_files: console.host.new_files().iter().map(|file| file.display().to_string()).collect(),
            enforcement: console.host.enforcement(),
            ends: Ends::from(Timestamp::now()),
        },
    )
}

/// Test Schema: compares the database now.
pub(crate) async fn check(
    _visitor: PageVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, PageError> {
    let host = Arc::clone(&console.host);
    console.run(async move { host.check().await }).await?;
    Ok(see_other("/?tested"))
}

fn views<'a>(report: &'a HealthReport, summaries: &'a [PluginSummary]) -> Vec<PluginView<'a>> {
    let view = |health: &'a PluginHealth| PluginView {
        health,
        summary: summaries.iter().find(|summary| summary.id == health.id),
        groups: groups(&health.findings),
    };
    report.plugins.iter().map(view).collect()
}

/// The findings by cause, those that keep a plugin out first, those that are acknowledged last.
fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    const ORDER: [Cause; 11] = [
        Cause::Unloadable,
        Cause::Conflict,
        Cause::Quarantined,
        Cause::Unknown,
        Cause::Pending,
        Cause::Edited,
        Cause::Missing,
        Cause::Ledger,
        Cause::Drifted,
        Cause::Rights,
        Cause::DescriptorMismatch,
    ];
    let (known, counting): (Vec<_>, Vec<_>) = findings.iter().partition(|one| one.acknowledged.is_some());
    let of = |cause| {
        let findings = counting.iter().copied().filter(|one| one.cause == cause).collect();
        Group { cause: Some(cause), findings }
    };
    let known = Group { cause: None, findings: known };
    ORDER.into_iter().map(of).chain([known]).filter(|group| !group.findings.is_empty()).collect()
}

impl HealthPage<'_> {
    fn can_fix(&self) -> bool {
        let findings = self.report.into_iter().flat_map(HealthReport::findings);
        let fixable = |finding: &Finding| {
            let is_offered = finding.repair.is_some() || finding.rename.is_some();
            matches!(finding.cause, Cause::Pending | Cause::Ledger | Cause::DescriptorMismatch) || is_offered
        };
        self.may_heal && findings.into_iter().any(fixable)
    }

    fn verdict(&self, report: &HealthReport) -> String {
        let told = self.told(report);
        let known = report.acknowledged();
        if known == 0 {
            return told;
        }
        let known = words::count(known, "acknowledged finding is", "acknowledged findings are");
        format!("{told} {known} not counted.")
    }

    fn told(&self, report: &HealthReport) -> String {
        let count = |wanted: fn(&PluginHealth) -> bool| {
            let plugins = report.plugins.iter().filter(|plugin| !plugin.id.is_core());
            plugins.filter(|plugin| wanted(plugin)).count()
        };
        match report.status {
            Status::Healthy if count(|_| true) == 0 => {
                "All clear: the host's own tables are in step. There are no plugins yet.".to_owned()
            }
            Status::Healthy => format!(
                "All clear: the database is what {} should be.",
                words::count(count(|_| true), "plugin says it", "plugins say it")
            ),
            Status::Drifted => drifted(report),
            Status::Degraded => degraded(
                count(|one| one.serving == Serving::Out),
                count(|one| one.serving == Serving::Held),
                count(|one| one.serving == Serving::Yes),
            ),
            Status::Unknown => {
                "The check could not be completed. That does not mean that anything is broken: \
                                it could not be found out."
                    .to_owned()
            }
        }
    }

    fn quiet(&self, report: &HealthReport) -> bool {
        report.unmanaged.is_empty()
            && report.tolerated.is_empty()
            && report.announced.is_empty()
            && report.not_compared.is_empty()
    }
}

/// How many plugins are at work, and how many are not.
fn degraded(out: usize, held: usize, at_work: usize) -> String {
    let mut told = vec![words::count(out, "plugin is out", "plugins are out")];
    if held > 0 {
        told.push(words::count(
            held,
            "is held back until the database is in step",
            "are held back until the database is in step",
        ));
    }
    let rest = match at_work {
        0 => "none is at work".to_owned(),
        _ => words::count(at_work, "is at work", "are at work"),
    };
    format!("{}, and {rest}.", told.join(", "))
}

/// A sentence on the plugins that are held back although no finding counts.
fn held(report: &HealthReport) -> String {
    let held = report.plugins.iter().filter(|plugin| plugin.serving == Serving::Held).count();
    words::count(
        held,
        "plugin is held back, and its routes do not answer",
        "plugins are held back, and their routes do not answer",
    )
}

/// What is out of step, in one sentence. On a new database that is nothing but pending migrations.
fn drifted(report: &HealthReport) -> String {
    let all = report.findings().filter(|finding| finding.acknowledged.is_none()).count();
    let pending = report.findings().filter(|finding| finding.cause == Cause::Pending).count();
    let told = words::count(pending, "migration is pending", "migrations are pending");
    match (pending, all - pending) {
        // What holds a plugin is acknowledged.
        (0, 0) => format!("{}.", held(report)),
        (0, others) => format!("{} out of step.", words::count(others, "thing is", "things are")),
        (_, 0) => format!("{told}. Fix Configuration runs all of them, or none."),
        (_, others) => {
            format!("{told}, and {} out of step.", words::count(others, "other thing is", "other things are"))
        }
    }
}

impl PluginView<'_> {
    /// Why it is not loaded is said at once, all else is folded.
    fn is_out(&self) -> bool {
        self.health.serving == Serving::Out
    }

    /// Whether it is loaded and in quarantine.
    fn may_be_released(&self) -> bool {
        self.summary.is_some_and(|summary| summary.quarantined.is_some())
    }

    /// The plugin that is in quarantine: of a file beside it, not the file's own id.
    fn quarantined_as(&self) -> &str {
        let quarantined = self.summary.and_then(|summary| summary.quarantined.as_ref());
        quarantined.map_or(self.health.id.as_str(), |one| one.plugin.as_str())
    }

    fn is_core(&self) -> bool {
        self.health.id.is_core()
    }

    /// The plugin with its version, as the author of what is expected: "Inventory Plugin 1.2.0".
    fn author(&self) -> String {
        self.health.author()
    }
}

impl Group<'_> {
    fn title(&self) -> &'static str {
        let Some(cause) = self.cause else { return "Acknowledged" };
        match cause {
            Cause::Unloadable => "Why it is not loaded",
            Cause::Conflict => "Conflicts with another plugin",
            Cause::Quarantined => "In quarantine",
            Cause::Unknown => "Could not be checked",
            Cause::Pending => "Pending migrations",
            Cause::Edited => "Migrations changed after they were applied",
            Cause::Missing => "Applied migrations that no plugin brings",
            Cause::Ledger => "What the ledger is to say otherwise",
            Cause::Drifted => "Differences in the database",
            Cause::Rights => "What its login role may do",
            Cause::DescriptorMismatch => "Not what the plugin's own migrations make",
        }
    }

    fn is_pending(&self) -> bool {
        self.cause == Some(Cause::Pending)
    }

    /// What is a matter of security is not folded, nor what an administrator can end at once.
    fn is_open(&self) -> bool {
        self.cause == Some(Cause::Quarantined)
            || self.findings.iter().any(|finding| finding.severity == Severity::Security)
    }

    fn can_be_acknowledged(&self, finding: &Finding) -> bool {
        finding.acknowledged.is_none() && obstacle(finding.cause, finding.severity).is_none()
    }

    fn is_breaking(&self, finding: &Finding) -> bool {
        finding.severity >= Severity::Breaking
    }

    /// The remedy, if it is the same for all.
    fn remedy(&self) -> Option<&str> {
        let first = self.findings.first()?.remedy.as_deref()?;
        self.findings.iter().all(|finding| finding.remedy.as_deref() == Some(first)).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_counts_who_is_at_work() {
        assert_eq!(degraded(1, 0, 3), "1 plugin is out, and 3 are at work.");
        assert_eq!(
            degraded(2, 1, 1),
            "2 plugins are out, 1 is held back until the database is in step, and 1 is at work."
        );
        assert_eq!(
            degraded(1, 4, 0),
            "1 plugin is out, 4 are held back until the database is in step, and none is at work."
        );
    }
}

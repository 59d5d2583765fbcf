//! Database Health: the verdict, and what is wrong with each plugin.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::Timestamp;
use serde::Deserialize;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::{PluginHealth, Serving, Status};

use super::{Frame, PageError, PageVisitor, page, see_other, words};
use crate::admin::console::Console;
use crate::host::PluginSummary;
use crate::report::HealthReport;

#[derive(Template)]
#[template(path = "health.html")]
struct HealthPage<'a> {
    frame: Frame,
    may_heal: bool,
    tested: bool,
    report: Option<&'a HealthReport>,
    plugins: Vec<PluginView<'a>>,
}

/// One plugin as the page shows it.
struct PluginView<'a> {
    health: &'a PluginHealth,
    summary: Option<&'a PluginSummary>,
    groups: Vec<Group<'a>>,
}

/// The findings of one cause.
struct Group<'a> {
    cause: Cause,
    findings: Vec<&'a Finding>,
}

#[derive(Debug, Deserialize)]
pub(in crate::admin) struct Query {
    tested: Option<String>,
}

/// The last check.
pub(in crate::admin) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageError> {
    let report = console.host.health();
    let summaries = console.host.plugins();
    let report = report.as_deref();
    // The address stays when the page is read again later; the news does not.
    let age = report.map(|report| Timestamp::now().duration_since(report.checked_at).as_secs());
    let plugins = report.map(|report| views(report, &summaries)).unwrap_or_default();
    page(
        StatusCode::OK,
        &HealthPage {
            frame: Frame::new(&visitor, "/"),
            may_heal: visitor.may_heal(),
            tested: query.tested.is_some() && age.is_some_and(|age| age < 10),
            report,
            plugins,
        },
    )
}

/// Test Schema: compares the database now.
pub(in crate::admin) async fn check(
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

/// The findings by cause, those that keep a plugin out first.
fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    const ORDER: [Cause; 8] = [
        Cause::Unloadable,
        Cause::Conflict,
        Cause::Unknown,
        Cause::Pending,
        Cause::Edited,
        Cause::Missing,
        Cause::Drifted,
        Cause::DescriptorMismatch,
    ];
    let of = |cause| Group { cause, findings: findings.iter().filter(|one| one.cause == cause).collect() };
    ORDER.into_iter().map(of).filter(|group| !group.findings.is_empty()).collect()
}

impl HealthPage<'_> {
    fn can_fix(&self) -> bool {
        let findings = self.report.into_iter().flat_map(HealthReport::findings);
        let fixable = |cause| matches!(cause, Cause::Pending | Cause::DescriptorMismatch);
        self.may_heal && findings.into_iter().any(|finding| fixable(finding.cause))
    }

    fn verdict(&self, report: &HealthReport) -> String {
        let count = |wanted: fn(&PluginHealth) -> bool| {
            let plugins = report.plugins.iter().filter(|plugin| !plugin.id.is_core());
            plugins.filter(|plugin| wanted(plugin)).count()
        };
        let plugins = |number| words::count(number, "plugin", "plugins");
        match report.status {
            Status::Healthy if count(|_| true) == 0 => {
                "All clear: the host's own tables are in step. There are no plugins yet.".to_owned()
            }
            Status::Healthy => format!(
                "All clear: the database is what {} should be.",
                words::count(count(|_| true), "plugin says it", "plugins say it")
            ),
            Status::Drifted => drifted(report),
            Status::Degraded => {
                let (out, held) =
                    (count(|one| one.serving == Serving::Out), count(|one| one.serving == Serving::Held));
                let serving = count(|one| one.serving == Serving::Yes);
                let held = if held > 0 {
                    format!(", {} held back until the database is in step", plugins(held))
                } else {
                    String::new()
                };
                format!("{} out{held}, {} at work.", plugins(out), plugins(serving))
            }
            Status::Unknown => {
                "The check could not be completed. That does not mean that anything is broken: \
                                it could not be found out."
                    .to_owned()
            }
        }
    }

    fn quiet(&self, report: &HealthReport) -> bool {
        report.unmanaged.is_empty() && report.not_compared.is_empty()
    }
}

/// What is out of step, in one sentence. On a new database that is nothing but pending migrations.
fn drifted(report: &HealthReport) -> String {
    let all = report.findings().count();
    let pending = report.findings().filter(|finding| finding.cause == Cause::Pending).count();
    let told = words::count(pending, "migration is pending", "migrations are pending");
    match (pending, all - pending) {
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

    fn is_core(&self) -> bool {
        self.health.id.is_core()
    }
}

impl Group<'_> {
    fn title(&self) -> &'static str {
        match self.cause {
            Cause::Unloadable => "Why it is not loaded",
            Cause::Conflict => "Conflicts with another plugin",
            Cause::Unknown => "Could not be checked",
            Cause::Pending => "Pending migrations",
            Cause::Edited => "Migrations changed after they were applied",
            Cause::Missing => "Applied migrations that no plugin brings",
            Cause::Drifted => "Changed in the database by hand",
            Cause::DescriptorMismatch => "Not what the plugin's own migrations make",
        }
    }

    fn is_pending(&self) -> bool {
        self.cause == Cause::Pending
    }

    /// The remedy, if it is the same for all.
    fn remedy(&self) -> Option<&str> {
        let first = self.findings.first()?.remedy.as_deref()?;
        self.findings.iter().all(|finding| finding.remedy.as_deref() == Some(first)).then_some(first)
    }

    fn severity(&self, finding: &Finding) -> &'static str {
        match finding.severity {
            Severity::Cosmetic => "cosmetic",
            Severity::Warning => "warning",
            Severity::Breaking => "breaking",
            Severity::Security => "security",
        }
    }
}

//! Database Health: the verdict, and what is wrong with each plugin.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::{SignedDuration, Timestamp};
use tenon_migrations_core::acknowledgement::{MOST_DAYS, USUAL_DAYS};
use tenon_migrations_core::finding::{Cause, Finding};
use tenon_migrations_core::health::{Serving, Status};

use super::filter::Filter;
use super::overview::Overview;
use super::{Frame, PageError, PageVisitor, page, see_other, words};
use crate::admin::api::values;
use crate::admin::console::Console;
use crate::plugin::isolate::Enforcement;
use crate::report::{HealthReport, PluginStates, markdown};

#[derive(Template)]
#[template(path = "health.html")]
struct HealthPage<'a> {
    frame: Frame,
    may_heal: bool,
    may_quarantine: bool,
    tested: bool,
    report: Option<&'a HealthReport>,
    /// The last report of a database that could be read, where it cannot be read now.
    former: Option<&'a HealthReport>,
    filter: Filter,
    overview: Overview<'a>,
    /// Files that were not there when the host started.
    new_files: Vec<String>,
    enforcement: Enforcement,
    /// Between which days an acknowledgement may end, and where it does unless said otherwise.
    ends: Ends,
}

/// Days, as a form's field for dates takes them.
pub(super) struct Ends {
    pub first: String,
    pub usual: String,
    pub last: String,
}

impl Ends {
    pub(super) fn from(now: Timestamp) -> Self {
        let day = |days: i64| {
            let day = now.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(now);
            day.strftime("%Y-%m-%d").to_string()
        };
        // A day is over at its end: the last one has to be over in time.
        Self { first: day(0), usual: day(USUAL_DAYS), last: day(MOST_DAYS - 1) }
    }
}

/// The last check: `?q=`, `severity`, `plugin` and `cause` choose what is listed, `page` a page of it.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    query: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let filter = Filter::of(&query)?;
    let wanted = values(&query, "page").next().and_then(|number| number.parse().ok()).unwrap_or(1);
    let (report, former) = (console.host.health(), console.host.former_health());
    let summaries = console.host.plugins().await;
    let (report, former) = (report.as_deref(), former.as_deref());
    // The address stays when the page is read again later; the news does not.
    let age = report.map(|report| Timestamp::now().duration_since(report.checked_at).as_secs());
    let listed = former.or(report);
    let overview = listed.map(|report| Overview::of(report, &summaries, &filter, wanted));
    page(
        StatusCode::OK,
        &HealthPage {
            frame: Frame::of(&console, &visitor, "/").await,
            may_heal: visitor.may_heal(),
            may_quarantine: visitor.may_quarantine(),
            tested: values(&query, "tested").next().is_some() && age.is_some_and(|age| age < 10),
            report,
            former,
            filter,
            overview: overview.unwrap_or_default(),
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

/// The last report as Markdown, to be copied.
pub(crate) async fn report(
    _visitor: PageVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, PageError> {
    let Some(report) = console.host.health() else { return Ok(see_other("/")) };
    Ok(HttpResponse::Ok()
        .content_type("text/markdown; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"tenon-report.md\""))
        .body(markdown::markdown(&report)))
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
        let told = told(report);
        let known = report.acknowledged();
        if known == 0 {
            return told;
        }
        let known = words::count(known, "acknowledged finding is", "acknowledged findings are");
        format!("{told} {known} not counted.")
    }

    fn quiet(&self, report: &HealthReport) -> bool {
        report.unmanaged.is_empty()
            && report.tolerated.is_empty()
            && report.announced.is_empty()
            && report.not_compared.is_empty()
    }
}

/// The verdict in a sentence.
fn told(report: &HealthReport) -> String {
    let states = PluginStates::of(report);
    match report.status {
        Status::Healthy if states.total() == 0 => {
            "All clear: the host's own tables are in step. There are no plugins yet.".to_owned()
        }
        Status::Healthy => format!(
            "All clear: the database is what {} should be.",
            words::count(states.total(), "plugin says it", "plugins say it")
        ),
        Status::Drifted => drifted(report),
        Status::Degraded => {
            let mut sentence = states.sentence();
            if let Some(first) = sentence.get(..1).map(str::to_uppercase) {
                sentence.replace_range(..1, &first);
            }
            format!("{sentence}.")
        }
        Status::Unknown if report.database.trouble.is_some() => {
            "The check could not be completed. That does not mean that anything is broken: \
             it could not be found out."
                .to_owned()
        }
        Status::Unknown => {
            let unknown = report.plugins.iter().filter(|plugin| plugin.is_unknown()).count();
            format!(
                "The check could not be completed: of {} it could not be found out whether the database is \
                 what {} should be.",
                words::count(unknown, "plugin", "plugins"),
                if unknown == 1 { "it says it" } else { "they say it" }
            )
        }
    }
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
    let all = report.counting().count();
    let pending = report.counting().filter(|finding| finding.cause == Cause::Pending).count();
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

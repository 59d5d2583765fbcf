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
use crate::admin::strings::{Text, t};
use crate::host::cards::CardReport;
use crate::plugin::cards::CardShown;
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
    /// What the plugins show.
    cards: Vec<CardReport>,
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
    let host = Arc::clone(&console.host);
    let cards = console.run(async move { host.cards().await }).await?;
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
            cards,
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

    fn verdict(&self, report: &HealthReport) -> Text {
        let told = told(report);
        match report.acknowledged() {
            0 => told,
            known => t!("health-acknowledged").number("count", known).markup("verdict", told),
        }
    }

    fn quiet(&self, report: &HealthReport) -> bool {
        report.unmanaged.is_empty()
            && report.tolerated.is_empty()
            && report.announced.is_empty()
            && report.not_compared.is_empty()
    }
}

/// The verdict in a sentence.
fn told(report: &HealthReport) -> Text {
    let states = PluginStates::of(report);
    match report.status {
        Status::Healthy if states.total() == 0 => t!("health-clear-alone"),
        Status::Healthy => t!("health-clear").number("count", states.total()),
        Status::Drifted => drifted(report),
        Status::Degraded => {
            let mut sentence = states.sentence();
            if let Some(first) = sentence.get(..1).map(str::to_uppercase) {
                sentence.replace_range(..1, &first);
            }
            t!("sentence").arg("text", sentence)
        }
        Status::Unknown if report.database.trouble.is_some() => t!("health-incomplete"),
        Status::Unknown => {
            let unknown = report.plugins.iter().filter(|plugin| plugin.is_unknown()).count();
            t!("health-unknown").number("count", unknown)
        }
    }
}

/// A sentence on the plugins that are held back although no finding counts.
fn held(report: &HealthReport) -> Text {
    let held = report.plugins.iter().filter(|plugin| plugin.serving == Serving::Held).count();
    t!("health-plugins-held").number("count", held)
}

/// What is out of step, in one sentence. On a new database that is nothing but pending migrations.
fn drifted(report: &HealthReport) -> Text {
    let all = report.counting().count();
    let pending = report.counting().filter(|finding| finding.cause == Cause::Pending).count();
    match (pending, all - pending) {
        // What holds a plugin is acknowledged.
        (0, 0) => held(report),
        (0, others) => t!("health-out-of-step").number("count", others),
        (_, 0) => t!("health-pending").number("count", pending),
        (_, others) => t!("health-pending-and-others").number("pending", pending).number("count", others),
    }
}

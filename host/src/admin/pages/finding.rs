//! One finding, at an address that stays.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::Timestamp;
use tenon_migrations_core::finding::{Finding, Severity};
use tenon_migrations_core::health::PluginHealth;

use super::filter::can_be_acknowledged;
use super::health::Ends;
use super::{Frame, PageError, PageVisitor, page, words};
use crate::admin::console::Console;
use crate::admin::strings::t;
use crate::report::plan_sql as sql;

#[derive(Template)]
#[template(path = "finding.html")]
struct FindingPage<'a> {
    frame: Frame,
    may_heal: bool,
    plugin: &'a PluginHealth,
    finding: &'a Finding,
    /// When it was found, where the database could not be read since.
    former: Option<&'a Timestamp>,
    can_be_acknowledged: bool,
    is_breaking: bool,
    ends: Ends,
}

/// A finding of the last check; of the last one that could read the database, where none can now.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let (report, former) = (console.host.health(), console.host.former_health());
    let reports =
        [report.as_deref().map(|one| (one, None)), former.as_deref().map(|one| (one, Some(&one.checked_at)))];
    let found = reports.into_iter().flatten().find_map(|(report, former)| {
        let of = |plugin| -> Option<(&PluginHealth, &Finding)> {
            let plugin: &PluginHealth = plugin;
            Some((plugin, plugin.findings.iter().find(|finding| finding.id == **id)?))
        };
        report.plugins.iter().find_map(of).map(|(plugin, finding)| (plugin, finding, former))
    });
    let Some((plugin, finding, former)) = found else {
        let (detail, remedy) = (t!("finding-gone-detail"), t!("finding-gone-remedy"));
        return Err(PageError::new(StatusCode::NOT_FOUND, t!("finding-gone"), detail, remedy));
    };
    page(
        StatusCode::OK,
        &FindingPage {
            frame: Frame::of(&console, &visitor, "").await,
            may_heal: visitor.may_heal(),
            plugin,
            finding,
            former,
            can_be_acknowledged: can_be_acknowledged(finding),
            is_breaking: finding.severity >= Severity::Breaking,
            ends: Ends::from(Timestamp::now()),
        },
    )
}

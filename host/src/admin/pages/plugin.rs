//! The plugins as a list, and all that is known of one.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use tenon_migrations_core::health::PluginHealth;
use tenon_migrations_core::migration::PluginId;

use super::overview::Card;
use super::{Frame, PageError, PageVisitor, page, words};
use crate::admin::api::values;
use crate::admin::console::Console;
use crate::admin::strings::{Markup, t};
use crate::plugin::isolate::Enforcement;
use crate::report::plan_sql::{self as sql, Line, lines_up_to};
use crate::report::settings::SettingState;
use crate::report::{PluginDetail, PluginSummary, RouteFigures};

/// How many plugins a page lists.
const ROWS: usize = 100;
/// How many bytes of SQL a page shows.
const MOST_SQL: usize = 36_000;

#[derive(Template)]
#[template(path = "plugin_list.html")]
struct ListPage<'a> {
    frame: Frame,
    q: &'a str,
    rows: Vec<Row<'a>>,
    total: usize,
    all: usize,
    page: usize,
    pages: usize,
}

struct Row<'a> {
    summary: &'a PluginSummary,
    health: Option<&'a PluginHealth>,
}

#[derive(Template)]
#[template(path = "plugin_detail.html")]
struct DetailPage<'a> {
    frame: Frame,
    may_quarantine: bool,
    may_administer: bool,
    detail: &'a PluginDetail,
    /// What the last check found.
    card: Option<Card<'a>>,
    enforcement: Enforcement,
    /// How many bytes of the SQL of each migration are shown.
    shown: Vec<usize>,
}

/// All plugins: `?q=` searches, `page` is a page of them.
pub(crate) async fn list(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    query: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let q = values(&query, "q").next().unwrap_or_default().trim();
    let wanted = values(&query, "page").next().and_then(|number| number.parse().ok()).unwrap_or(1);
    let (summaries, report) = (console.host.plugins().await, console.host.health());
    let sought = q.to_lowercase();
    let finds = |one: &&PluginSummary| {
        [one.id.as_str(), &one.name, &one.file].iter().any(|text| text.to_lowercase().contains(&sought))
    };
    let found: Vec<_> = summaries.iter().filter(finds).collect();
    let pages = found.len().div_ceil(ROWS).max(1);
    let page_number = std::cmp::Ord::clamp(wanted, 1, pages);
    let row =
        |summary| Row { summary, health: report.as_deref().and_then(|report| report.plugin(&summary.id)) };
    let rows = found.iter().skip((page_number - 1) * ROWS).take(ROWS).copied().map(row).collect();
    page(
        StatusCode::OK,
        &ListPage {
            frame: Frame::of(&console, &visitor, "/plugin").await,
            q,
            rows,
            total: found.len(),
            all: summaries.len(),
            page: page_number,
            pages,
        },
    )
}

/// One plugin.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let missing = || {
        let (detail, remedy) = (t!("plugin-missing-detail").arg("id", &*id), t!("plugin-missing-remedy"));
        PageError::new(StatusCode::NOT_FOUND, t!("plugin-missing"), detail, remedy)
    };
    let plugin: PluginId = id.parse().map_err(|_| missing())?;
    let host = Arc::clone(&console.host);
    let asked = plugin.clone();
    let detail = console.run(async move { host.plugin_detail(&asked).await }).await?;
    let report = console.host.health();
    let health = report.as_deref().and_then(|report| report.plugin(&plugin));
    // One that is gone is known by what it left in the ledger.
    let gone = health.map(|health| {
        let (id, name, version) = (health.id.clone(), health.name.clone(), health.version.clone());
        PluginDetail::gone(PluginSummary::new(id, name, version))
    });
    let detail = detail.or(gone).ok_or_else(missing)?;
    let mut room = MOST_SQL;
    let shown = detail.migration_states.iter().map(|one| {
        let shown = room.min(one.sql.len());
        room -= shown;
        shown
    });
    let shown = shown.collect();
    page(
        StatusCode::OK,
        &DetailPage {
            frame: Frame::of(&console, &visitor, "/plugin").await,
            may_quarantine: visitor.may_quarantine(),
            may_administer: visitor.may_administer(),
            card: health.map(|health| Card::whole(health, &detail.summary)),
            detail: &detail,
            enforcement: console.host.enforcement(),
            shown,
        },
    )
}

impl ListPage<'_> {
    fn address(&self, page: usize) -> String {
        let page = page.to_string();
        format!("/plugin?{}", words::query([("q", self.q), ("page", &page)]))
    }
}

impl DetailPage<'_> {
    fn figures(&self, route: &str) -> RouteFigures {
        self.detail.route_figures.get(route).copied().unwrap_or_default()
    }

    fn lines(&self, number: &usize) -> Vec<Line<'_>> {
        let shown = self.shown.get(*number).copied().unwrap_or_default();
        self.detail.migration_states.get(*number).map(|one| lines_up_to(&one.sql, shown)).unwrap_or_default()
    }

    fn is_cut(&self, number: &usize) -> bool {
        let shown = self.shown.get(*number).copied().unwrap_or_default();
        self.detail.migration_states.get(*number).is_some_and(|one| one.sql.len() > shown)
    }

    /// What is set, or else holds; of a secret only that it is set.
    fn value(&self, state: &SettingState) -> Markup {
        match (&state.value, &state.setting.default) {
            _ if state.setting.secret && state.is_set => t!("plugin-secret-set").into(),
            _ if state.setting.secret => Markup::default(),
            (Some(value), _) => Markup::escaped(value),
            (None, Some(default)) => Markup::escaped(default),
            (None, None) => Markup::default(),
        }
    }

    /// What it declares besides tables.
    fn others(&self) -> Markup {
        let others = self.detail.other_objects.iter();
        Markup::list(others.map(|(kind, count)| Markup::escaped(format_args!("{count} {kind}"))))
    }
}

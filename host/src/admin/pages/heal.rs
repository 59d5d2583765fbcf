//! Fix Configuration: shows the plan, asks, and runs what was shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::{Consent, Plan, PlanRule, Refusal, RepairRequest};

use super::plan_view::{Asked, Group, Rest, groups};
use super::{Frame, PageError, PageVisitor, page, see_other, words};
use crate::admin::accounts::Permission;
use crate::admin::api::{plugin_ids, repairs, values};
use crate::admin::console::Console;
use crate::admin::runs::Phase;
use crate::admin::strings::{Markup, Text, t};
use crate::admin::visitor::Visitor;
use crate::heal::{HealOutcome, HealRequest, Origin, Purpose};
use crate::host::{PlanError, Tenon};
use crate::report::{Excerpt, command, plan_sql as sql, text};
use crate::support::errors::chain;

type Fields = Vec<(String, String)>;

/// A plan as the page shows it.
#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage<'a> {
    frame: Frame,
    /// Said above a plan that is shown because another was posted.
    stale: bool,
    may_heal: bool,
    plan: &'a Plan,
    groups: Vec<Group<'a>>,
    /// What is refused of each plugin, and first what was asked and is refused.
    refused: BTreeMap<Option<&'a PluginId>, Vec<&'a Refusal>>,
    /// What was asked to be repaired, as the forms take it.
    asked: Asked,
    names: Names,
    /// What is out of step, at the last check, and is not settled by it.
    rest: Rest<'a>,
    /// The command that does the same.
    command: String,
    /// The command that saves the database before it.
    backup: Option<String>,
    /// What is known of the last backup, where that is old.
    reminder: Option<String>,
}

/// The plan could not be made.
#[derive(Template)]
#[template(path = "plan_unavailable.html")]
struct UnavailablePage {
    frame: Frame,
    message: String,
    remedy: String,
}

/// The names of the plugins, for people.
struct Names(BTreeMap<PluginId, String>);

impl Names {
    fn of(host: &Tenon) -> Self {
        Self(host.names())
    }

    fn name<'a>(&'a self, id: &'a PluginId) -> &'a str {
        self.0.get(id).map_or(id.as_str(), String::as_str)
    }
}

/// What a heal would do now. Changes nothing.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    query: web::Query<Fields>,
) -> Result<HttpResponse, PageError> {
    let (without, repairs) = (without(&query)?, chosen(&query)?);
    let (host, asked) = (Arc::clone(&console.host), repairs.clone());
    let planned = console.run(async move {
        let plan = host.plan(&without, &asked).await;
        // What is left besides is told by what is found now.
        host.check().await;
        plan
    });
    match planned.await? {
        Ok(plan) => draw(StatusCode::OK, &console, &visitor, &plan, &repairs, false).await,
        Err(error) => draw_unavailable(&console, &visitor, &error).await,
    }
}

/// All that a plan runs, as a text.
pub(crate) async fn sql(
    _visitor: PageVisitor,
    console: web::Data<Console>,
    query: web::Query<Fields>,
) -> Result<HttpResponse, PageError> {
    let (without, repairs) = (without(&query)?, chosen(&query)?);
    let host = Arc::clone(&console.host);
    let planned = console.run(async move { host.plan(&without, &repairs).await }).await?;
    let plan = planned.map_err(|error| {
        let (detail, remedy) = (Markup::escaped(chain(&error)), Markup::escaped(error.remedy()));
        PageError::new(StatusCode::SERVICE_UNAVAILABLE, t!("plan-unavailable"), detail, remedy)
    })?;
    let text = text::plan_sql(&plan, &console.host.sql_of(&plan));
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text))
}

/// Runs the plan that was shown, or shows the new one if it changed meanwhile.
pub(crate) async fn post(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Fields>,
) -> Result<HttpResponse, PageError> {
    visitor.permitted(Permission::Heal)?;
    let reviewed = values(&form, "plan_hash").next().unwrap_or_default().parse();
    let reviewed = reviewed.map_err(|error| nothing(t!("plan-not-in-form").arg("why", error)))?;
    let request = HealRequest {
        reviewed: Some(reviewed),
        without: without(&form)?,
        repairs: chosen(&form)?,
        purpose: purpose(&form)?,
        ..HealRequest::new(visitor.name.clone(), Origin::Web)
    };
    let run = console.runs.start(&console.host, &console.runtime, request);
    match run.settle().await {
        // Nothing ran, so there is nothing to come back to.
        Phase::Ended(outcome) => match &*outcome {
            HealOutcome::PlanChanged { plan } => {
                draw(StatusCode::CONFLICT, &console, &visitor, plan, &run.repairs, true).await
            }
            HealOutcome::Refused { plan } => {
                draw(StatusCode::UNPROCESSABLE_ENTITY, &console, &visitor, plan, &run.repairs, false).await
            }
            _ => Ok(see_other(&format!("/heal/{}", run.id))),
        },
        Phase::Planning | Phase::Running(_) => Ok(see_other(&format!("/heal/{}", run.id))),
    }
}

pub(super) async fn draw(
    status: StatusCode,
    console: &Console,
    visitor: &Visitor,
    plan: &Plan,
    repairs: &RepairRequest,
    stale: bool,
) -> Result<HttpResponse, PageError> {
    let mut refused: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for refusal in &plan.refusals {
        refused.entry(refusal.plugin.as_ref()).or_default().push(refusal);
    }
    let host = &console.host;
    let (files, report) = (host.sql_of(plan), host.health());
    let (asked, shown) = (Arc::clone(host), plan.clone());
    let reminder = console.run(async move { asked.backup_reminder(&shown).await }).await.ok().flatten();
    let rest = report.as_deref().map(|report| Rest::of(report, plan, repairs)).unwrap_or_default();
    page(
        status,
        &PlanPage {
            frame: Frame::of(console, visitor, "/heal").await,
            stale,
            may_heal: visitor.may_heal(),
            plan,
            groups: groups(&plan.steps, &files),
            refused,
            asked: Asked::of(plan, repairs),
            names: Names::of(host),
            rest,
            command: command::heal(plan, repairs),
            backup: host.client_options().as_deref().map(command::backup),
            reminder,
        },
    )
}

async fn draw_unavailable(
    console: &Console,
    visitor: &Visitor,
    error: &PlanError,
) -> Result<HttpResponse, PageError> {
    let page_of = UnavailablePage {
        frame: Frame::of(console, visitor, "/heal").await,
        message: chain(error),
        remedy: error.remedy(),
    };
    page(StatusCode::SERVICE_UNAVAILABLE, &page_of)
}

pub(super) fn without(fields: &[(String, String)]) -> Result<BTreeSet<PluginId>, PageError> {
    plugin_ids(values(fields, "without")).map_err(|error| nothing(sentence(&error)))
}

pub(super) fn chosen(fields: &[(String, String)]) -> Result<RepairRequest, PageError> {
    repairs(values(fields, "repair"), values(fields, "allow")).map_err(|error| nothing(sentence(&error)))
}

/// The purpose that the pressed button of the plan stands for.
fn purpose(fields: &[(String, String)]) -> Result<Purpose, PageError> {
    match values(fields, "purpose").next() {
        None => Ok(Purpose::Heal),
        Some(word) => serde_json::from_value(word.into()).map_err(|error| nothing(sentence(&error))),
    }
}

fn sentence(error: &dyn std::error::Error) -> Text {
    t!("sentence").arg("text", error)
}

fn nothing(detail: Text) -> PageError {
    let remedy = t!("nothing-done-open-fix");
    PageError::new(StatusCode::BAD_REQUEST, t!("nothing-done"), detail, remedy)
}

impl PlanPage<'_> {
    fn headline(&self) -> Text {
        let (steps, repairs) = (self.plan.steps.len(), self.plan.repairs.len());
        match (steps, repairs) {
            (0, 0) if !self.plan.ledger.is_empty() => {
                t!("plan-ledger-changes").number("count", self.plan.ledger.len())
            }
            (0, 0) if self.plan.verify.is_empty() => {
                t!("plan-roles-right").number("count", self.plan.roles.len())
            }
            (0, 0) => t!("plan-only-verified"),
            (0, repairs) => t!("plan-repairs-made").number("count", repairs),
            (steps, 0) => t!("plan-runs").number("count", steps),
            (steps, repairs) => t!("plan-runs-and-repairs").number("count", steps).number("repairs", repairs),
        }
    }

    /// The plugins that are left out.
    fn left_out(&self) -> Markup {
        Markup::list(self.plan.without.iter().map(|plugin| Markup::escaped(self.names.name(plugin))))
    }

    /// The plugins that are compared after it.
    fn verified(&self) -> Markup {
        Markup::list(self.plan.verify.iter().map(|plugin| Markup::element("b", self.names.name(plugin))))
    }

    fn plugins_refused(&self) -> bool {
        self.plan.refusals.iter().any(|refusal| refusal.plugin.is_some())
    }

    /// Whether somebody has yet to approve it.
    fn awaits_approval(&self) -> bool {
        self.plan.refusals.iter().any(|refusal| refusal.rule == PlanRule::NotApproved)
    }

    fn locks(&self) -> String {
        text::locks(self.plan)
    }
}

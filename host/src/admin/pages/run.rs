//! One heal: how far it is, and how it ended.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use tenon_migrations_core::plan::{RepairRequest, RepairStep, RoleStep};
use tenon_migrations_core::upkeep::LedgerStep;
use uuid::Uuid;

use super::error::sentence;
use super::{Frame, PageError, PageVisitor, heal, page, see_other, words};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::admin::runs::Phase;
use crate::admin::strings::{Markup, Text, t};
use crate::audit::{Actor, Origin};
use crate::heal::{CancelOutcome, HealOutcome, Purpose};
use crate::host::stop::StopHealError;
use crate::report::text;
use crate::support::errors::chain;

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    frame: Frame,
    id: Uuid,
    may_cancel: bool,
    since: jiff::Timestamp,
    told: Text,
}

#[derive(Template)]
#[template(path = "outcome.html")]
struct OutcomePage<'a> {
    frame: Frame,
    outcome: &'a HealOutcome,
    /// What was asked to be repaired, so that the same plan can be shown again.
    repairs: &'a RepairRequest,
    since: jiff::Timestamp,
}

impl OutcomePage<'_> {
    /// What a heal has done, of so many of each.
    fn done(files: &[String], repairs: &[RepairStep], roles: &[RoleStep], ledger: &[LedgerStep]) -> Markup {
        let done = [
            (ledger.len(), t!("outcome-ledger-made").number("count", ledger.len())),
            (files.len(), t!("outcome-migrations-run").number("count", files.len())),
            (repairs.len(), t!("outcome-repairs-made").number("count", repairs.len())),
            (roles.len(), t!("outcome-roles-right").number("count", roles.len())),
        ];
        let done = Markup::list(done.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text));
        if done.is_empty() { t!("outcome-verified").into() } else { done }
    }
}

/// The heal's page. It draws itself again until the heal has ended.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, PageError> {
    // Forgotten after a restart, or after many others: the audit log knows.
    let Some(run) = console.runs.find(*id) else { return Ok(see_other("/audit")) };
    let frame = Frame::of(&console, &visitor, "/heal").await;
    let told = match run.state().phase {
        Phase::Planning => Err(t!("run-planning")),
        Phase::Running(event) => Err(t!("run-doing").arg("what", text::doing(&event))),
        Phase::Ended(outcome) => Ok(outcome),
    };
    let outcome = match told {
        Ok(outcome) => outcome,
        Err(told) => {
            let (id, since, may_cancel) = (run.id, run.started_at, visitor.may_heal());
            return page(StatusCode::OK, &RunPage { frame, id, may_cancel, since, told });
        }
    };
    match &*outcome {
        HealOutcome::PlanChanged { plan } => {
            heal::draw(StatusCode::CONFLICT, &console, &visitor, plan, &run.repairs, true).await
        }
        HealOutcome::Refused { plan } => {
            heal::draw(StatusCode::UNPROCESSABLE_ENTITY, &console, &visitor, plan, &run.repairs, false).await
        }
        _ => {
            let (repairs, since) = (&run.repairs, run.started_at);
            page(status(&outcome), &OutcomePage { frame, outcome: &outcome, repairs, since })
        }
    }
}

/// Stops the heal, and shows it again.
pub(crate) async fn cancel(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, PageError> {
    visitor.permitted(Permission::Heal)?;
    let run = console.runs.find(*id);
    let heal = run.as_ref().and_then(|run| run.heal()).unwrap_or(*id);
    let (host, by) = (Arc::clone(&console.host), Actor::new(visitor.name.clone(), Origin::Web));
    match console.run(async move { host.stop_heal(heal, &by).await }).await? {
        Ok(CancelOutcome::Stopping) => console.follow_stop(heal),
        Ok(CancelOutcome::TooLate) => {
            let (detail, remedy) = (t!("run-too-late-detail"), t!("run-too-late-remedy"));
            return Err(PageError::new(StatusCode::CONFLICT, t!("run-too-late"), detail, remedy));
        }
        // Of one that has ended, or not begun, the page tells.
        Err(StopHealError::NotRunning(_)) => {}
        Err(error) => {
            let (detail, remedy) = (sentence(&chain(&error)), sentence(&error.remedy()));
            return Err(PageError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                t!("run-not-stopped"),
                detail,
                remedy,
            ));
        }
    }
    // One that was not begun here has no page.
    Ok(see_other(&run.map_or_else(|| "/".to_owned(), |run| format!("/heal/{}", run.id))))
}

fn status(outcome: &Arc<HealOutcome>) -> StatusCode {
    match &**outcome {
        HealOutcome::Busy { .. }
        | HealOutcome::KeyReused { .. }
        | HealOutcome::NotRehearsed { .. }
        | HealOutcome::Standby => StatusCode::CONFLICT,
        HealOutcome::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        // The page reports a failure; showing it did not fail.
        _ => StatusCode::OK,
    }
}

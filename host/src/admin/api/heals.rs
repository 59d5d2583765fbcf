//! Heals while they run and afterwards: `GET /api/v1/heal` for the one that runs, `/api/v1/heals/{id}` for
//! one, and both as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream::{self, Stream, StreamExt};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::admin::event_stream::ServerEvent;
use crate::admin::problem::Problem;
use crate::admin::runs::{Phase, Run, RunState};
use crate::audit::{Actor, Origin};
use crate::heal::{CancelOutcome, HealEvent, HealOutcome, HealProgress, Purpose};
use crate::host::stop::StopHealError;
use crate::host::{RunningHeal, Tenon};
use crate::report::text;
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;

/// How often the database is asked whether somebody else heals, while someone listens.
const LOOK: Duration = Duration::from_secs(1);
/// How soon after one event the next is sent at the earliest; what is overtaken meanwhile is not.
const PACE: Duration = Duration::from_millis(200);

/// The heal that runs, if one does.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(super) enum Running {
    Heal(Box<HealRuns>),
    Nothing(NothingRuns),
}

/// How far the running heal is.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(super) struct HealRuns {
    /// True.
    running: bool,
    #[serde(flatten)]
    heal: RunningHeal,
}

/// Nobody heals.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NothingRuns {
    /// False.
    running: bool,
}

impl Running {
    async fn now(host: &Tenon) -> Self {
        match host.heal_now().await {
            Some(heal) => Self::Heal(Box::new(HealRuns { running: true, heal })),
            None => Self::Nothing(NothingRuns { running: false }),
        }
    }
}

/// One heal that was asked for over this host.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct HealStatus {
    /// The id of the request.
    id: Uuid,
    /// The heal's own id, as the audit log has it, once it was accepted.
    heal: Option<Uuid>,
    purpose: Purpose,
    admin: String,
    started_at: Timestamp,
    state: StateWord,
    /// What it does now, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    progress: HealProgress,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "of_shared")]
    outcome: Option<Arc<HealOutcome>>,
}

#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum StateWord {
    Planning,
    Running,
    Ended,
}

fn of_shared<S: Serializer>(outcome: &Option<Arc<HealOutcome>>, serializer: S) -> Result<S::Ok, S::Error> {
    outcome.as_deref().serialize(serializer)
}

impl HealStatus {
    pub(super) fn of(run: &Run) -> Self {
        let RunState { phase, progress } = run.state();
        let (state, message, outcome) = match phase {
            Phase::Planning => (StateWord::Planning, None, None),
            Phase::Running(event) => (StateWord::Running, Some(text::doing(&event)), None),
            Phase::Ended(outcome) => (StateWord::Ended, None, Some(outcome)),
        };
        let (id, heal, purpose) = (run.id, run.heal(), run.purpose);
        let (admin, started_at) = (run.admin.clone(), run.started_at);
        Self { id, heal, purpose, admin, started_at, state, message, progress, outcome }
    }
}

/// How far the heal is that runs now, if one does, here or elsewhere.
#[utoipa::path(
    get,
    path = "/api/v1/heal",
    tag = "heal",
    extensions(("x-permission" = json!("read"))),
    responses(
        (status = 200, description = "The heal that runs, if one does", body = Running),
    )
)]
pub(crate) async fn running(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    let host = Arc::clone(&console.host);
    Ok(HttpResponse::Ok().json(console.run(async move { Running::now(&host).await }).await?))
}

/// How far the running heal is, as server-sent events.
#[utoipa::path(
    get,
    path = "/api/v1/heal/events",
    tag = "heal",
    extensions(("x-permission" = json!("read"))),
    responses(
        (status = 200, description = "Events named `heal`, each with what GET /api/v1/heal answers", body = String, content_type = "text/event-stream"),
        (status = 503, description = "Too many streams are listened to"),
    )
)]
pub(crate) async fn watch_running(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    Ok(console.streams.answer(all_running(Arc::clone(&console.host)))?)
}

fn all_running(host: Arc<Tenon>) -> impl Stream<Item = ServerEvent> {
    let changes = host.heal_changes();
    stream::unfold((host, changes, None), |(host, mut changes, sent)| async move {
        if sent.is_some() {
            tokio::time::sleep(PACE).await;
        }
        loop {
            changes.borrow_and_update();
            let now = Running::now(&host).await;
            if sent.as_ref() != Some(&now) {
                return Some((ServerEvent::json("heal", &now), (host, changes, Some(now))));
            }
            let _ = tokio::time::timeout(LOOK, changes.changed()).await;
        }
    })
}

/// An event with what it means, in words.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ToldEvent<'a> {
    #[serde(flatten)]
    event: &'a HealEvent,
    message: String,
}

/// How far one heal is, or how it ended.
#[utoipa::path(
    get,
    path = "/api/v1/heals/{id}",
    tag = "heal",
    extensions(("x-permission" = json!("read"))),
    params(("id" = Uuid, Path, description = "The id that the answer to the request gave")),
    responses(
        (status = 200, description = "How far it is, or how it ended", body = HealStatus),
        (status = 404, description = "No such heal was asked for over this host"),
    )
)]
pub(crate) async fn show(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(HealStatus::of(&*found(&console, *id)?)))
}

/// The events of one heal, those that are over first, and its outcome last.
#[utoipa::path(
    get,
    path = "/api/v1/heals/{id}/events",
    tag = "heal",
    extensions(("x-permission" = json!("read"))),
    params(
        ("id" = Uuid, Path, description = "The id that the answer to the request gave"),
        ("last-event-id" = Option<u64>, Header, description = "The number of the last event that was seen"),
    ),
    responses(
        (status = 200, description = "Numbered events named `event`, and one named `outcome` last", body = String, content_type = "text/event-stream"),
        (status = 404, description = "No such heal was asked for over this host"),
        (status = 503, description = "Too many streams are listened to"),
    )
)]
pub(crate) async fn watch(
    _visitor: ApiVisitor,
    request: HttpRequest,
    console: web::Data<Console>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let run = found(&console, *id)?;
    let last = request.headers().get("last-event-id").and_then(|last| last.to_str().ok()?.parse().ok());
    Ok(console.streams.answer(events_of(run, last.unwrap_or(0)))?)
}

fn events_of(run: Arc<Run>, last: u64) -> impl Stream<Item = ServerEvent> {
    let changes = run.changes();
    let batches = stream::unfold(Some((run, changes, last)), |state| async move {
        let (run, mut changes, last) = state?;
        loop {
            // Before the events are taken: what comes between is seen the next time.
            let phase = changes.borrow_and_update().phase.clone();
            let new = run.events_after(last);
            let mut events: Vec<_> = new
                .iter()
                .map(|(number, event)| {
                    let told = ToldEvent { event, message: text::doing(event) };
                    ServerEvent { number: Some(*number), ..ServerEvent::json("event", &told) }
                })
                .collect();
            if let Phase::Ended(outcome) = phase {
                events.push(ServerEvent::json("outcome", &*outcome));
                return Some((stream::iter(events), None));
            }
            if let Some((number, _)) = new.last() {
                return Some((stream::iter(events), Some((run, changes, *number))));
            }
            if changes.changed().await.is_err() {
                return None;
            }
        }
    });
    batches.flatten()
}

/// The answer to who asks for a heal to stop.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Asked {
    asked: CancelOutcome,
}

/// Stops a heal, of this host, another one or a command. Answers at once; how it ended, the heal's own answer
/// and the log tell.
#[utoipa::path(
    post,
    path = "/api/v1/heals/{id}/cancel",
    tag = "heal",
    extensions(("x-permission" = json!("heal"))),
    params(("id" = Uuid, Path, description = "The id that the answer to the request gave")),
    responses(
        (status = 202, description = "It will stop", body = Asked),
        (status = 404, description = "No such heal runs on this database"),
        (status = 409, description = "It is being committed: it is too late"),
        (status = 503, description = "It runs elsewhere, and could not be told to stop"),
    )
)]
pub(crate) async fn cancel(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let admin = visitor.healer()?;
    let heal = console.runs.find(*id).and_then(|run| run.heal()).unwrap_or(*id);
    let (host, by) = (Arc::clone(&console.host), Actor::new(admin, Origin::Api));
    match console.run(async move { host.stop_heal(heal, &by).await }).await? {
        Ok(CancelOutcome::Stopping) => {
            console.follow_stop(heal);
            Ok(HttpResponse::Accepted().json(Asked { asked: CancelOutcome::Stopping }))
        }
        Ok(CancelOutcome::TooLate) => {
            let detail = "it is being committed: it is too late to stop it";
            Err(Problem::new(StatusCode::CONFLICT, ErrorCode::TooLate, detail).into())
        }
        Err(StopHealError::NotRunning(_)) => {
            let detail = format!("no heal {} runs on this database", *id);
            let problem = Problem::new(StatusCode::NOT_FOUND, ErrorCode::NotRunning, detail);
            Err(problem.remedy("GET /api/v1/heal says what runs, and where").into())
        }
        Err(error) => {
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::NotStopped, chain(&error));
            Err(problem.remedy(error.remedy()).into())
        }
    }
}

fn found(console: &Console, id: Uuid) -> Result<Arc<Run>, ApiError> {
    console.runs.find(id).ok_or_else(|| {
        let detail = format!("no heal {id} was asked for over this host since it was started");
        let problem = Problem::new(StatusCode::NOT_FOUND, ErrorCode::NoSuchHeal, detail);
        problem.remedy("GET /api/v1/audit has all heals, by the id that each has in the log").into()
    })
}

//! `POST /api/v1/heal`, and `GET /api/v1/heal` for the one that runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use tenon_migrations_core::migration::{Checksum, PluginId};
use tenon_migrations_core::plan::RepairRequest;
use uuid::Uuid;

use super::{ApiError, ApiVisitor, bad_hazard, bad_plugin_id, plugin_ids, repairs};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::heal::{
    CancelOutcome, HealEvent, HealOutcome, HealRequest, Holder, IdempotencyKey, IdempotencyKeyError, Origin,
    Purpose,
};
use crate::host::RunningHeal;

/// The largest body that is read.
const MOST_BYTES: usize = 64 * 1024;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    plan_hash: Option<String>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    repair: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
    /// `heal` if absent, `dry_run` or `rehearsal`.
    #[serde(default)]
    purpose: Purpose,
}

/// Heals, or shows how a heal would go, if the plan is still the one that was reviewed. Answers when that has
/// ended.
pub(crate) async fn heal(
    visitor: ApiVisitor,
    request: HttpRequest,
    console: web::Data<Console>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let admin = visitor.healer()?;
    let body = payload.to_bytes_limited(MOST_BYTES).await.map_err(|_| {
        let detail = format!("the body is larger than {MOST_BYTES} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    })?;
    let body = body.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "bad_body", error.to_string()))?;
    let (reviewed, without, repairs, purpose) = read(&body)?;
    let idempotency_key = idempotency_key(&request)?;
    if purpose != Purpose::Heal && idempotency_key.is_some() {
        let detail = "only a heal takes an idempotency key: what is rolled back may be done again".to_owned();
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_idempotency_key", detail).into());
    }
    let request = HealRequest {
        reviewed: Some(reviewed),
        without,
        repairs,
        idempotency_key,
        purpose,
        ..HealRequest::new(admin, Origin::Api)
    };
    let host = Arc::clone(&console.host);
    let outcome = console.run(async move { host.heal(request, Arc::new(|_: &HealEvent| {})).await }).await?;
    answer(&outcome)
}

/// The `Idempotency-Key` header: what makes a request the same one, however often it is sent.
fn idempotency_key(request: &HttpRequest) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(key) = request.headers().get("idempotency-key") else { return Ok(None) };
    let wrong = |detail: String| Problem::new(StatusCode::BAD_REQUEST, "bad_idempotency_key", detail);
    let key = key.to_str().map_err(|_| wrong("the key is not text".to_owned()))?;
    Ok(Some(key.parse().map_err(|error: IdempotencyKeyError| wrong(error.to_string()))?))
}

type ParsedRequest = (Checksum, BTreeSet<PluginId>, RepairRequest, Purpose);

fn read(body: &[u8]) -> Result<ParsedRequest, ApiError> {
    let bad = |code: &str, detail: String| Problem::new(StatusCode::BAD_REQUEST, code, detail);
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        bad("bad_body", format!("the body is not {{\"plan_hash\": …, \"without\": […], \"repair\": […], \"allow\": […], \"purpose\": …}}: {error}"))
    })?;
    let Some(hash) = body.plan_hash else {
        let problem =
            bad("plan_hash_required", "plan_hash is missing: only a plan that was reviewed is run".into());
        return Err(problem.remedy("take \"hash\" from GET /api/v1/plan").into());
    };
    let hash = hash.parse::<Checksum>().map_err(|error| bad("bad_plan_hash", error.to_string()))?;
    let without =
        plugin_ids(body.without.iter().map(String::as_str)).map_err(|error| bad_plugin_id(&error))?;
    let repairs = repairs(body.repair.iter().map(String::as_str), body.allow.iter().map(String::as_str))
        .map_err(|error| bad_hazard(&error))?;
    Ok((hash, without, repairs, body.purpose))
}

fn answer(outcome: &HealOutcome) -> Result<HttpResponse, ApiError> {
    let problem =
        |status, code: &str, detail: &str| Problem::new(status, code, detail).with("outcome", outcome);
    let problem = match outcome {
        // Also of what would fail: that is what was asked.
        HealOutcome::Succeeded { .. } | HealOutcome::Rehearsed { .. } | HealOutcome::NothingToDo => {
            return Ok(HttpResponse::Ok().json(outcome));
        }
        HealOutcome::NotRehearsed { message, remedy } => {
            problem(StatusCode::CONFLICT, "not_rehearsed", message).remedy(remedy)
        }
        HealOutcome::PlanChanged { .. } => problem(
            StatusCode::CONFLICT,
            "plan_changed",
            "what is pending is not what was reviewed; nothing was run",
        )
        .remedy("review the new plan, and post its hash"),
        HealOutcome::Busy { holder } => {
            problem(StatusCode::CONFLICT, "busy", &format!("another heal holds the lock: {holder}"))
                .remedy("wait until it has ended, then review the plan again")
        }
        HealOutcome::Overtaken { .. } => return Ok(HttpResponse::Ok().json(outcome)),
        HealOutcome::Cancelled { by, .. } => {
            let detail = format!("{by} cancelled it; everything was rolled back");
            problem(StatusCode::CONFLICT, "cancelled", &detail)
        }
        HealOutcome::KeyReused { heal } => {
            let detail = format!("the idempotency key was used before, for another plan (heal {heal})");
            problem(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", &detail)
                .remedy("take a new key for a new request")
        }
        HealOutcome::Refused { .. } => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "refused", "the plan was refused before anything ran")
                .remedy("see the refusals in the plan; leave the plugins out with \"without\", consent to hazards with \"allow\", or mend what is refused")
        }
        HealOutcome::Failed { failure, .. } => {
            let detail = format!("everything was rolled back: {}", failure.message);
            problem(StatusCode::INTERNAL_SERVER_ERROR, "failed", &detail)
        }
        HealOutcome::Standby => {
            let detail = "the database is a hot standby, which cannot be written to; nothing was run";
            problem(StatusCode::CONFLICT, "standby", detail).remedy("heal the primary")
        }
        HealOutcome::Unavailable { message } => {
            problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
        }
        HealOutcome::Unclear { message, .. } => {
            problem(StatusCode::INTERNAL_SERVER_ERROR, "unclear", message).remedy("see GET /api/v1/audit")
        }
    };
    Err(problem.into())
}

#[derive(Debug, Serialize)]
struct Running {
    running: bool,
    #[serde(flatten)]
    heal: Option<RunningHeal>,
    /// The heal of another host, where none of this one runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    elsewhere: Option<Holder>,
}

/// How far the heal is that runs now, if one does, here or elsewhere.
pub(crate) async fn running(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    let heal = console.host.running_heal();
    let elsewhere = match &heal {
        Some(_) => None,
        None => {
            let host = Arc::clone(&console.host);
            console.run(async move { host.heal_elsewhere().await }).await?
        }
    };
    let running = heal.is_some() || elsewhere.is_some();
    Ok(HttpResponse::Ok().json(Running { running, heal, elsewhere }))
}

/// Stops a heal of this host. Answers at once; how it ended, the heal's own answer and the log tell.
pub(crate) async fn cancel(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let admin = visitor.healer()?;
    match console.host.cancel_heal(*id, &admin) {
        Some(CancelOutcome::Stopping) => {
            Ok(HttpResponse::Accepted().json(serde_json::json!({ "asked": CancelOutcome::Stopping })))
        }
        Some(CancelOutcome::TooLate) => {
            let detail = "it is being committed: it is too late to stop it";
            Err(Problem::new(StatusCode::CONFLICT, "too_late", detail).into())
        }
        None => {
            let detail = format!("no heal {} runs on this host", *id);
            let problem = Problem::new(StatusCode::NOT_FOUND, "not_running", detail);
            Err(problem.remedy("GET /api/v1/heal says what runs, and where").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> String {
        read(body.as_bytes()).unwrap_err().problem.code.clone()
    }

    #[test]
    fn only_a_reviewed_plan_is_run() {
        assert_eq!(code("{}"), "plan_hash_required");
        assert_eq!(code(r#"{"plan_hash": "abc"}"#), "bad_plan_hash");
        assert_eq!(code("plan_hash=abc"), "bad_body");
        assert_eq!(code(r#"{"hash": "abc"}"#), "bad_body");
        let hash = Checksum::of("x");
        assert_eq!(code(&format!(r#"{{"plan_hash": "{hash}", "without": ["No Plugin"]}}"#)), "bad_plugin_id");
        let (reviewed, without, _, purpose) =
            read(format!(r#"{{"plan_hash": "{hash}", "without": ["a"]}}"#).as_bytes()).unwrap();
        assert_eq!((reviewed, without.len(), purpose), (hash, 1, Purpose::Heal));
        assert_eq!(code(&format!(r#"{{"plan_hash": "{hash}", "purpose": "fun"}}"#)), "bad_body");
    }
}

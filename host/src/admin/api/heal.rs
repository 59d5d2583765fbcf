//! `POST /api/v1/heal`: what is asked for, and the answer.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use tenon_migrations_core::migration::{Checksum, PluginId};
use tenon_migrations_core::plan::RepairRequest;

use super::heals::HealStatus;
use super::ledger_wish::LedgerWish;
use super::{ApiError, ApiVisitor, bad_hazard, bad_plugin_id, plugin_ids, repairs};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::heal::{HealOutcome, HealRequest, IdempotencyKey, IdempotencyKeyError, Origin, Purpose};
use crate::support::error_code::ErrorCode;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The largest body that is read.
const MOST_BYTES: usize = 64 * 1024;

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HealBody {
    /// The `hash` of the plan that was reviewed.
    #[schema(required, value_type = String)]
    plan_hash: Option<String>,
    /// Plugins to leave out.
    #[serde(default)]
    without: Vec<String>,
    /// Findings to repair, or `additive`.
    #[serde(default)]
    repair: Vec<String>,
    /// Hazards that are consented to.
    #[serde(default)]
    allow: Vec<String>,
    /// Migrations to record as applied without running them, in place of a heal.
    #[serde(default)]
    adopt: Vec<String>,
    /// Plugins that were removed, for the ledger to forget, in place of a heal.
    #[serde(default)]
    forget: Vec<String>,
    /// `heal` if absent, `dry_run` or `rehearsal`.
    #[serde(default)]
    purpose: Purpose,
}

/// Heals, or shows how a heal would go, if the plan is still the one that was reviewed. Answers when that has
/// ended; or at once, with where to look, if the request says `Prefer: respond-async` (RFC 7240).
#[utoipa::path(
    post,
    path = "/api/v1/heal",
    tag = "heal",
    extensions(("x-permission" = json!("heal"))),
    request_body = HealBody,
    params(
        ("prefer" = Option<String>, Header, description = "`respond-async`: answer at once, with where to look"),
        ("idempotency-key" = Option<String>, Header, description = "Makes the request the same one, however often it is sent"),
    ),
    responses(
        (status = 200, description = "How it ended: done, rehearsed, or nothing to do", body = HealOutcome),
        (status = 202, description = "It has begun, as `Prefer: respond-async` asked for", body = HealStatus, headers(
            ("location" = String, description = "Where to look how far it is"),
            ("preference-applied" = String, description = "`respond-async`"),
        )),
        (status = 400, description = "The body or a header cannot be one"),
        (status = 409, description = "Nothing was done, for what others do or did; `outcome` says what"),
        (status = 413, description = "The body is larger than 64 KiB"),
        (status = 422, description = "The plan was refused before anything ran, or the key was used for another one; `outcome` has the refusals"),
        (status = 500, description = "The heal failed and was rolled back, or nobody knows how it ended; `outcome` says which"),
        (status = 503, description = "The database could not be reached"),
    )
)]
pub(crate) async fn heal(
    visitor: ApiVisitor,
    request: HttpRequest,
    console: web::Data<Console>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let admin = visitor.healer()?;
    let body = payload.to_bytes_limited(MOST_BYTES).await.map_err(|_| {
        let detail = format!("the body is larger than {MOST_BYTES} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BodyTooLarge, detail)
    })?;
    let body =
        body.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadBody, error.to_string()))?;
    let ParsedRequest { reviewed, without, repairs, wish, purpose } = read(&body)?;
    let idempotency_key = idempotency_key(&request)?;
    let at_once = prefers_async(&request);
    if purpose != Purpose::Heal && idempotency_key.is_some() {
        let detail = "only a heal takes an idempotency key: what is rolled back may be done again".to_owned();
        return Err(Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadIdempotencyKey, detail).into());
    }
    let request = HealRequest {
        reviewed: Some(reviewed),
        without,
        repairs,
        idempotency_key,
        adopt: wish.adopt,
        forget: wish.forget,
        purpose,
        ..HealRequest::new(admin, Origin::Api)
    };
    let run = console.runs.start(&console.host, &console.runtime, request);
    if at_once {
        let location = format!("/api/v1/heals/{}", run.id);
        return Ok(HttpResponse::Accepted()
            .insert_header((header::LOCATION, location))
            .insert_header((PREFERENCE_APPLIED, "respond-async"))
            .json(HealStatus::of(&run)));
    }
    answer(&*run.ended().await)
}

fn prefers_async(request: &HttpRequest) -> bool {
    let asked = request.headers().get_all("prefer").filter_map(|value| value.to_str().ok());
    asked
        .flat_map(|value| value.split([',', ';']))
        .any(|word| word.trim().eq_ignore_ascii_case("respond-async"))
}

/// The `Idempotency-Key` header: what makes a request the same one, however often it is sent.
fn idempotency_key(request: &HttpRequest) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(key) = request.headers().get("idempotency-key") else { return Ok(None) };
    let wrong = |detail: String| Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadIdempotencyKey, detail);
    let key = key.to_str().map_err(|_| wrong("the key is not text".to_owned()))?;
    Ok(Some(key.parse().map_err(|error: IdempotencyKeyError| wrong(error.to_string()))?))
}

/// The plan that a body names, and what was chosen of it.
pub(super) fn reviewed(
    hash: &str,
    without: &[String],
    repair: &[String],
    allow: &[String],
) -> Result<(Checksum, BTreeSet<PluginId>, RepairRequest), ApiError> {
    let bad_hash = |detail| Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadPlanHash, detail);
    let hash = hash.parse::<Checksum>().map_err(|error| bad_hash(error.to_string()))?;
    let without = plugin_ids(without.iter().map(String::as_str)).map_err(|error| bad_plugin_id(&error))?;
    let repairs = repairs(repair.iter().map(String::as_str), allow.iter().map(String::as_str))
        .map_err(|error| bad_hazard(&error))?;
    Ok((hash, without, repairs))
}

/// What a body asks for.
#[derive(Debug)]
struct ParsedRequest {
    reviewed: Checksum,
    without: BTreeSet<PluginId>,
    repairs: RepairRequest,
    wish: LedgerWish,
    purpose: Purpose,
}

fn read(body: &[u8]) -> Result<ParsedRequest, ApiError> {
    let bad = |code: ErrorCode, detail: String| Problem::new(StatusCode::BAD_REQUEST, code, detail);
    let body: HealBody = serde_json::from_slice(body).map_err(|error| {
        bad(ErrorCode::BadBody, format!("the body is not {{\"plan_hash\": …, \"without\": […], \"repair\": […], \"allow\": […], \"adopt\": […], \"forget\": […], \"purpose\": …}}: {error}"))
    })?;
    let Some(hash) = body.plan_hash else {
        let problem = bad(
            ErrorCode::PlanHashRequired,
            "plan_hash is missing: only a plan that was reviewed is run".into(),
        );
        return Err(problem.remedy("take \"hash\" from GET /api/v1/plan").into());
    };
    let (reviewed, without, repairs) = reviewed(&hash, &body.without, &body.repair, &body.allow)?;
    let [adopt, forget] = [&body.adopt, &body.forget].map(|list| list.iter().map(String::as_str));
    let wish = LedgerWish::of(adopt, forget, &without, &repairs)?;
    if wish != LedgerWish::default() && body.purpose != Purpose::Heal {
        return Err(bad(ErrorCode::BadWish, "adopt and forget are not tried beforehand".to_owned()).into());
    }
    Ok(ParsedRequest { reviewed, without, repairs, wish, purpose: body.purpose })
}

fn answer(outcome: &HealOutcome) -> Result<HttpResponse, ApiError> {
    // Also a trial that would fail is what was asked.
    let Some(code) = outcome.code() else { return Ok(HttpResponse::Ok().json(outcome)) };
    let problem = |status, detail: &str| Problem::new(status, code, detail).with("outcome", outcome);
    let problem = match outcome {
        HealOutcome::Succeeded { .. }
        | HealOutcome::Rehearsed { .. }
        | HealOutcome::NothingToDo
        | HealOutcome::Overtaken { .. } => return Ok(HttpResponse::Ok().json(outcome)),
        HealOutcome::NotRehearsed { message, remedy } => {
            problem(StatusCode::CONFLICT, message).remedy(remedy)
        }
        HealOutcome::PlanChanged { .. } => {
            problem(StatusCode::CONFLICT, "what is pending is not what was reviewed; nothing was run")
                .remedy("review the new plan, and post its hash")
        }
        HealOutcome::Busy { holder } => {
            problem(StatusCode::CONFLICT, &format!("another heal holds the lock: {holder}"))
                .remedy("wait until it has ended, then review the plan again")
        }
        HealOutcome::Cancelled { by, .. } => {
            let detail = format!("{by} cancelled it; everything was rolled back");
            problem(StatusCode::CONFLICT, &detail)
        }
        HealOutcome::KeyReused { heal } => {
            let detail = format!("the idempotency key was used before, for another plan (heal {heal})");
            problem(StatusCode::UNPROCESSABLE_ENTITY, &detail).remedy("take a new key for a new request")
        }
        HealOutcome::Refused { .. } => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "the plan was refused before anything ran")
                .remedy("see the refusals in the plan; leave the plugins out with \"without\", consent to hazards with \"allow\", or mend what is refused")
        }
        HealOutcome::Failed { failure, .. } => {
            let detail = format!("everything was rolled back: {}", failure.message);
            problem(StatusCode::INTERNAL_SERVER_ERROR, &detail)
        }
        HealOutcome::Standby => {
            let detail = "the database is a hot standby, which cannot be written to; nothing was run";
            problem(StatusCode::CONFLICT, detail).remedy("heal the primary")
        }
        HealOutcome::Unavailable { message } => problem(StatusCode::SERVICE_UNAVAILABLE, message),
        HealOutcome::Unclear { message, .. } => {
            problem(StatusCode::INTERNAL_SERVER_ERROR, message).remedy("see GET /api/v1/audit")
        }
    };
    Err(problem.into())
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
        let wanted = read(format!(r#"{{"plan_hash": "{hash}", "without": ["a"]}}"#).as_bytes()).unwrap();
        assert_eq!((wanted.reviewed, wanted.without.len(), wanted.purpose), (hash, 1, Purpose::Heal));
        assert_eq!(code(&format!(r#"{{"plan_hash": "{hash}", "adopt": ["a"]}}"#)), "bad_migration_id");
        let both = format!(r#"{{"plan_hash": "{hash}", "adopt": ["a/0001_x.sql"], "forget": ["a"]}}"#);
        assert_eq!(code(&both), "bad_wish");
        assert_eq!(code(&format!(r#"{{"plan_hash": "{hash}", "purpose": "fun"}}"#)), "bad_body");
    }
}

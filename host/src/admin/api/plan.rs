//! `GET /api/v1/plan`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use tenon_migrations_core::plan::Plan;

use super::ledger_wish::LedgerWish;
use super::{ApiError, ApiVisitor, bad_hazard, bad_plugin_id, plugin_ids, repairs, values};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::heal::approval::Approvals;
use crate::host::PlanError;
use crate::report::json::FORMAT;
use crate::report::{MigrationSql, Remaining, remaining};
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;

/// What a heal would do now: `?without=a,b&repair=additive&allow=drop-column:inventory.item.note`. Each may
/// be given several times. With `sql=1` the answer has the text of each migration too. With `adopt` the plan
/// is that of recording these migrations, and with `forget` that of forgetting these plugins.
#[utoipa::path(
    get,
    path = "/api/v1/plan",
    tag = "heal",
    extensions(("x-permission" = json!("read"))),
    params(
        ("without" = Option<Vec<String>>, Query, description = "Plugins to leave out", explode = false),
        ("repair" = Option<Vec<String>>, Query, description = "Findings to repair, or `additive`", explode = false),
        ("allow" = Option<Vec<String>>, Query, description = "Hazards that are consented to"),
        ("adopt" = Option<Vec<String>>, Query, description = "Migrations to record as applied, without running them", explode = false),
        ("forget" = Option<Vec<String>>, Query, description = "Plugins that were removed, for the ledger to forget", explode = false),
        ("sql" = Option<String>, Query, pattern = "^[01]$", description = "`1` adds the text of each migration"),
    ),
    responses(
        (status = 200, description = "The plan, also where it is refused", body = ShownPlan),
        (status = 400, description = "A parameter cannot be one"),
        (status = 503, description = "The database could not be read; `kind` says why"),
    )
)]
pub(crate) async fn plan(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, ApiError> {
    let known = ["without", "repair", "allow", "adopt", "forget", "sql"];
    if let Some((name, _)) = query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        let detail = format!("there is no parameter {name}; there are {}", known.join(", "));
        return Err(Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadQuery, detail).into());
    }
    let all = |name| values(&query, name);
    let without = plugin_ids(all("without")).map_err(|error| bad_plugin_id(&error))?;
    let repairs = repairs(all("repair"), all("allow")).map_err(|error| bad_hazard(&error))?;
    let wish = LedgerWish::of(all("adopt"), all("forget"), &without, &repairs)?;
    let with_sql = match all("sql").next() {
        None | Some("0") => false,
        Some("1") => true,
        Some(other) => {
            let detail = format!("sql is 1 or 0, and not {other:?}");
            return Err(Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadQuery, detail).into());
        }
    };
    let host = Arc::clone(&console.host);
    let planned = console.run(async move {
        let LedgerWish { adopt, forget } = &wish;
        let plan = match (adopt.is_empty(), forget.is_empty()) {
            (true, true) => host.plan(&without, &repairs).await?,
            (true, false) => host.plan_forgetting(forget, &repairs).await?,
            (false, _) => host.plan_baseline(adopt, &repairs).await?,
        };
        let remaining = remaining::after(&*host.check().await, &plan);
        let sql = with_sql.then(|| host.sql_of(&plan));
        let approvals = host.approvals(&plan).await?;
        Ok(ShownPlan { format: FORMAT, plan, sql, approvals, remaining })
    });
    let shown = planned.await?.map_err(|error: PlanError| unavailable(&error))?;
    Ok(HttpResponse::Ok().json(shown))
}

/// The plan, with what a heal leaves as it is.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct ShownPlan {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    plan: Plan,
    /// The text of each migration, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<Vec<MigrationSql>>,
    /// The approvals, of a plan that somebody has to approve.
    #[serde(skip_serializing_if = "Option::is_none")]
    approvals: Option<Approvals>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remaining: Vec<Remaining>,
}

fn unavailable(error: &PlanError) -> ApiError {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::PlanUnavailable, chain(error))
        .remedy(error.remedy())
        .with("kind", error.unavailable())
        .into()
}

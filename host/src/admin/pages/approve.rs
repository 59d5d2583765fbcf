//! Approving a plan that destroys something, so that somebody else may run it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use tenon_migrations_core::migration::Checksum;

use super::heal::{chosen, without};
use super::plan_view::Asked;
use super::{PageError, PageVisitor, see_other};
use crate::admin::accounts::Permission;
use crate::admin::api::values;
use crate::admin::console::Console;
use crate::admin::strings::{Markup, t};
use crate::audit::{Actor, Origin};
use crate::host::ApproveError;
use crate::support::errors::chain;

/// Approves the plan that was shown, and shows it again.
pub(crate) async fn approve(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let by = Actor::new(visitor.permitted(Permission::Heal)?, Origin::Web);
    let hash = values(&form, "plan_hash").next().unwrap_or_default().parse::<Checksum>();
    let hash = hash.map_err(|error| nothing(StatusCode::BAD_REQUEST, &error.to_string(), ""))?;
    let (without, repairs) = (without(&form)?, chosen(&form)?);
    let all = |name| values(&form, name).map(str::to_owned).collect();
    let asked = Asked { without: all("without"), repair: all("repair"), allow: all("allow") };
    let back = format!("/heal?{}", asked.query());
    let host = Arc::clone(&console.host);
    let approved = console.run(async move { host.approve(hash, &without, &repairs, &by).await }).await?;
    approved.map_err(|error| {
        let status = match error {
            ApproveError::Plan(_) | ApproveError::NotRecorded(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::CONFLICT,
        };
        nothing(status, &chain(&error), &error.remedy())
    })?;
    Ok(see_other(&back))
}

fn nothing(status: StatusCode, why: &str, remedy: &str) -> PageError {
    let detail = t!("sentence").arg("text", why);
    PageError::new(status, t!("approve-nothing"), detail, Markup::escaped(remedy))
}

//! Acknowledging a finding, and taking that back.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Deserialize;
use tenon_migrations_core::acknowledgement::Acknowledgement;

use super::{PageError, PageVisitor, see_other};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::audit::{Actor, Origin};
use crate::host::AcknowledgeError;
use crate::support::errors::chain;
use crate::support::term;

#[derive(Debug, Deserialize)]
pub(crate) struct Acknowledge {
    finding: String,
    reason: String,
    /// A date.
    until: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Unacknowledge {
    finding: String,
}

/// Acknowledges one finding.
pub(crate) async fn acknowledge(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Acknowledge>,
) -> Result<HttpResponse, PageError> {
    let admin = visitor.permitted(Permission::Acknowledge)?;
    let Acknowledge { finding, reason, until } = form.into_inner();
    let until = term::until(&until).map_err(|error| nothing(StatusCode::BAD_REQUEST, &error.to_string()))?;
    let word = Acknowledgement::new(&admin, Timestamp::now(), until, &reason)
        .map_err(|error| nothing(StatusCode::BAD_REQUEST, &error.to_string()))?;
    let (host, ids) = (Arc::clone(&console.host), BTreeSet::from([finding.clone()]));
    let done = console.run(async move { host.acknowledge(&ids, &word, Origin::Web).await }).await?;
    done.map_err(|error| refused(&error))?;
    Ok(see_other(&format!("/#finding-{finding}")))
}

/// Takes the acknowledgement of one finding back.
pub(crate) async fn unacknowledge(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Unacknowledge>,
) -> Result<HttpResponse, PageError> {
    let by = Actor::new(visitor.permitted(Permission::Acknowledge)?, Origin::Web);
    let finding = form.into_inner().finding;
    let (host, ids) = (Arc::clone(&console.host), BTreeSet::from([finding.clone()]));
    let done = console.run(async move { host.unacknowledge(&ids, &by).await }).await?;
    done.map_err(|error| refused(&error))?;
    Ok(see_other(&format!("/#finding-{finding}")))
}

fn refused(error: &AcknowledgeError) -> PageError {
    let status = match error {
        AcknowledgeError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        AcknowledgeError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        AcknowledgeError::FindingStore(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    nothing(status, &chain(error))
}

pub(super) fn nothing(status: StatusCode, why: &str) -> PageError {
    PageError::new(status, "Nothing was done", format!("{why}."), "Open Database Health again.")
}

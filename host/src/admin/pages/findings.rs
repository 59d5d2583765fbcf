//! Acknowledging a finding, and taking that back.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::filters::HtmlSafe;
use jiff::Timestamp;
use serde::Deserialize;
use tenon_migrations_core::acknowledgement::Acknowledgement;
use tenon_migrations_core::finding::Finding;

use super::filter::{Filter, can_be_acknowledged};
use super::{PageError, PageVisitor, see_other};
use crate::admin::accounts::Permission;
use crate::admin::api::values;
use crate::admin::console::Console;
use crate::admin::strings::{Markup, t};
use crate::audit::{Actor, Origin};
use crate::host::AcknowledgeError;
use crate::support::errors::chain;
use crate::support::term;

#[derive(Debug, Deserialize)]
pub(crate) struct Unacknowledge {
    finding: String,
}

/// Acknowledges the findings that are ticked, or all that a search matches.
pub(crate) async fn acknowledge(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let admin = visitor.permitted(Permission::Acknowledge)?;
    let field = |name| values(&form, name).next().unwrap_or_default();
    let bad = |error: &dyn std::error::Error| nothing(StatusCode::BAD_REQUEST, Markup::escaped(error));
    let until = term::until(field("until")).map_err(|error| bad(&error))?;
    let word = Acknowledgement::new(&admin, Timestamp::now(), until, field("reason"));
    let word = word.map_err(|error| bad(&error))?;
    let mut ids: BTreeSet<String> = values(&form, "finding").map(str::to_owned).collect();
    if values(&form, "all").next().is_some() {
        ids.extend(all_of(&console, &Filter::of(&form)?));
    }
    let back = match ids.iter().next() {
        None => return Err(nothing(StatusCode::BAD_REQUEST, t!("finding-none-ticked"))),
        Some(id) if ids.len() == 1 => format!("/findings/{id}"),
        Some(_) => "/".to_owned(),
    };
    let host = Arc::clone(&console.host);
    let done = console.run(async move { host.acknowledge(&ids, &word, Origin::Web).await }).await?;
    done.map_err(|error| refused(&error))?;
    Ok(see_other(&back))
}

/// The findings of the last check that a search matches and that can be acknowledged.
fn all_of(console: &Console, filter: &Filter) -> BTreeSet<String> {
    let Some(report) = console.host.health() else { return BTreeSet::new() };
    let of_plugin = report.plugins.iter().flat_map(|plugin| {
        let wanted = |finding: &&Finding| filter.wants(plugin, finding) && can_be_acknowledged(finding);
        plugin.findings.iter().filter(wanted)
    });
    of_plugin.map(|finding| finding.id.clone()).collect()
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
    Ok(see_other(&format!("/findings/{finding}")))
}

fn refused(error: &AcknowledgeError) -> PageError {
    let status = match error {
        AcknowledgeError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        AcknowledgeError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        AcknowledgeError::FindingStore(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    nothing(status, Markup::escaped(chain(error)))
}

/// The page of what was not done for this reason, which is the beginning of a sentence.
pub(super) fn nothing(status: StatusCode, why: impl HtmlSafe) -> PageError {
    let detail = t!("sentence").markup("text", why);
    PageError::new(status, t!("nothing-done"), detail, t!("nothing-done-open-health"))
}

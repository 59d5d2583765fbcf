//! Putting a plugin into quarantine, and releasing it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use tenon_migrations_core::migration::PluginId;

use super::findings::nothing;
use super::{PageError, PageVisitor, see_other};
use crate::admin::accounts::Permission;
use crate::admin::console::Console;
use crate::admin::strings::{Markup, t};
use crate::audit::{Actor, Origin};
use crate::host::WordError;
use crate::support::errors::chain;

#[derive(Debug, Deserialize)]
pub(crate) struct Put {
    plugin: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Release {
    plugin: String,
}

/// Puts a plugin into quarantine.
pub(crate) async fn put(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Put>,
) -> Result<HttpResponse, PageError> {
    let by = Actor::new(visitor.permitted(Permission::Quarantine)?, Origin::Web);
    let Put { plugin, reason } = form.into_inner();
    let (host, plugin) = (Arc::clone(&console.host), id(&plugin)?);
    let back = see_other(&format!("/plugin/{plugin}"));
    let done = console.run(async move { host.put_into_quarantine(&plugin, &reason, &by).await }).await?;
    done.map_err(|error| refused(&error))?;
    Ok(back)
}

/// Releases a plugin from quarantine.
pub(crate) async fn release(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Release>,
) -> Result<HttpResponse, PageError> {
    let by = Actor::new(visitor.permitted(Permission::Quarantine)?, Origin::Web);
    let (host, plugin) = (Arc::clone(&console.host), id(&form.into_inner().plugin)?);
    let back = see_other(&format!("/plugin/{plugin}"));
    let done = console.run(async move { host.release(&plugin, &by).await }).await?;
    done.map_err(|error| refused(&error))?;
    Ok(back)
}

fn id(text: &str) -> Result<PluginId, PageError> {
    text.parse().map_err(|_| nothing(StatusCode::NOT_FOUND, t!("quarantine-no-plugin").arg("id", text)))
}

fn refused(error: &WordError) -> PageError {
    let status = match error {
        WordError::NoPlugin(_) => StatusCode::NOT_FOUND,
        WordError::NotThere(_) => StatusCode::CONFLICT,
        WordError::State(_) | WordError::Interrupted(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    nothing(status, Markup::escaped(chain(error)))
}

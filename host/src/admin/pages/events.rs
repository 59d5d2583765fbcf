//! The page of the events: who hears which, and what was not heard, with buttons to have it delivered again.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::findings::nothing;
use super::{Frame, PageError, PageVisitor, page, see_other, words};
use crate::admin::accounts::Permission;
use crate::admin::api::events::{SHOWN, status_of};
use crate::admin::console::Console;
use crate::admin::strings::{Markup, t};
use crate::audit::{Actor, Origin};
use crate::host::events::{EventError, EventList};
use crate::support::errors::chain;

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    frame: Frame,
    list: EventList,
    may_heal: bool,
}

/// All listeners, and what they did not hear.
pub(crate) async fn show(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, PageError> {
    let host = Arc::clone(&console.host);
    let list = console.run(async move { host.event_list(SHOWN).await }).await?;
    let may_heal = visitor.may_heal();
    let frame = Frame::of(&console, &visitor, "/events").await;
    page(StatusCode::OK, &EventsPage { frame, list, may_heal })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    event: Option<Uuid>,
}

/// Has an event delivered again, or all that were not heard.
pub(crate) async fn retry(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Which>,
) -> Result<HttpResponse, PageError> {
    let by = Actor::new(visitor.permitted(Permission::Heal)?, Origin::Web);
    let (host, event) = (Arc::clone(&console.host), form.event);
    let done = console.run(async move { host.retry_events(event, &by).await }).await?;
    done.map_err(|error| refused(&error))?;
    Ok(see_other("/events"))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Discarded {
    event: Uuid,
}

/// Is done with an event that was given up.
pub(crate) async fn discard(
    PageVisitor(visitor): PageVisitor,
    console: web::Data<Console>,
    form: web::Form<Discarded>,
) -> Result<HttpResponse, PageError> {
    let by = Actor::new(visitor.permitted(Permission::Heal)?, Origin::Web);
    let (host, event) = (Arc::clone(&console.host), form.event);
    let done = console.run(async move { host.discard_event(event, &by).await }).await?;
    done.map_err(|error| refused(&error))?;
    Ok(see_other("/events"))
}

fn refused(error: &EventError) -> PageError {
    nothing(status_of(error), Markup::escaped(chain(error)))
}

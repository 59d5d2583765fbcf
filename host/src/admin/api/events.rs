//! `GET /api/v1/events`; `POST /events/retry`, `/events/{event}/retry` and `/events/{event}/discard`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::admin::problem::Problem;
use crate::audit::{Actor, Origin};
use crate::host::events::{EventError, EventList};
use crate::report::json::FORMAT;
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;

/// How many failed deliveries are shown where nobody says how many.
pub(crate) const SHOWN: i64 = 50;
/// The most failed deliveries that one answer holds.
const MOST: i64 = 1000;

/// The events of plugins.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Events {
    /// The version of this JSON.
    format: u32,
    #[serde(flatten)]
    list: EventList,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    /// How many deliveries that failed, 1000 at most; 50 if absent.
    limit: Option<i64>,
}

/// The listeners of events, how much waits for them, and what they did not hear.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "events",
    extensions(("x-permission" = json!("read"))),
    params(EventsQuery),
    responses(
        (status = 200, description = "The listeners, and the deliveries that failed", body = Events),
        (status = 400, description = "A parameter cannot be one"),
    )
)]
pub(crate) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
    query: web::Query<EventsQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = query.limit.unwrap_or(SHOWN);
    if !(1..=MOST).contains(&limit) {
        let detail = format!("limit is a number from 1 to {MOST}");
        return Err(Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadLimit, detail).into());
    }
    let host = Arc::clone(&console.host);
    let list = console.run(async move { host.event_list(limit).await }).await?;
    Ok(HttpResponse::Ok().json(Events { format: FORMAT, list }))
}

/// How many deliveries of events were changed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct EventDeliveries {
    /// The version of this JSON.
    format: u32,
    deliveries: u64,
}

/// Has all events delivered again that were not heard.
#[utoipa::path(
    post,
    path = "/api/v1/events/retry",
    tag = "events",
    extensions(("x-permission" = json!("heal"))),
    responses(
        (status = 200, description = "They are delivered as soon as a host takes them", body = EventDeliveries),
        (status = 409, description = "There are no tables of events yet"),
        (status = 503, description = "The database could not be written to"),
    )
)]
pub(crate) async fn retry_all(
    visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    retry_of(visitor, console, None).await
}

/// Has an event delivered again to the plugins that did not hear it.
#[utoipa::path(
    post,
    path = "/api/v1/events/{event}/retry",
    tag = "events",
    extensions(("x-permission" = json!("heal"))),
    params(("event" = Uuid, Path, description = "The event's id")),
    responses(
        (status = 200, description = "It is delivered as soon as a host takes it", body = EventDeliveries),
        (status = 404, description = "This is no event's id"),
        (status = 409, description = "There are no tables of events yet"),
        (status = 503, description = "The database could not be written to"),
    )
)]
pub(crate) async fn retry(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    event: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    retry_of(visitor, console, Some(event.into_inner())).await
}

async fn retry_of(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    event: Option<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let by = Actor::new(visitor.healer()?, Origin::Api);
    let host = Arc::clone(&console.host);
    answer(console.run(async move { host.retry_events(event, &by).await }).await?)
}

/// Is done with an event that was given up.
#[utoipa::path(
    post,
    path = "/api/v1/events/{event}/discard",
    tag = "events",
    extensions(("x-permission" = json!("heal"))),
    params(("event" = Uuid, Path, description = "The event's id")),
    responses(
        (status = 200, description = "The plugins that did not hear it never will", body = EventDeliveries),
        (status = 404, description = "This is no event's id"),
        (status = 409, description = "No delivery of it was given up, or there are no tables of events yet"),
        (status = 503, description = "The database could not be written to"),
    )
)]
pub(crate) async fn discard(
    visitor: ApiVisitor,
    console: web::Data<Console>,
    event: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let by = Actor::new(visitor.healer()?, Origin::Api);
    let (host, event) = (Arc::clone(&console.host), event.into_inner());
    answer(console.run(async move { host.discard_event(event, &by).await }).await?)
}

fn answer(done: Result<u64, EventError>) -> Result<HttpResponse, ApiError> {
    match done {
        Ok(deliveries) => Ok(HttpResponse::Ok().json(EventDeliveries { format: FORMAT, deliveries })),
        Err(error) => {
            let status = status_of(&error);
            Err(Problem::new(status, error.code(), chain(&error)).remedy(error.remedy()).into())
        }
    }
}

/// The HTTP status that fits an error.
pub(crate) fn status_of(error: &EventError) -> StatusCode {
    match error {
        EventError::NotGivenUp(_) | EventError::Pending => StatusCode::CONFLICT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

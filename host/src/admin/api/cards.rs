//! `GET /api/v1/cards`.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{ApiError, ApiVisitor};
use crate::admin::console::Console;
use crate::host::cards::CardReport;
use crate::report::json::FORMAT;

/// The cards of plugins on the overview.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Cards {
    /// The version of this JSON.
    format: u32,
    cards: Vec<CardReport>,
}

/// What the cards of the plugins that serve show: each a number, a table or a text, at most some seconds old.
#[utoipa::path(
    get,
    path = "/api/v1/cards",
    tag = "plugins",
    extensions(("x-permission" = json!("read"))),
    responses(
        (status = 200, description = "The cards, those that could not be asked too", body = Cards),
    )
)]
pub(crate) async fn list(
    _visitor: ApiVisitor,
    console: web::Data<Console>,
) -> Result<HttpResponse, ApiError> {
    let host = Arc::clone(&console.host);
    let cards = console.run(async move { host.cards().await }).await?;
    Ok(HttpResponse::Ok().json(Cards { format: FORMAT, cards }))
}

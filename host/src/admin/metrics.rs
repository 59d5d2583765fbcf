//! `GET /metrics`, for monitoring.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::api::{ApiError, ApiVisitor};
use super::client::{self, Proxy};
use super::console::Console;
use crate::config::MetricsFor;
use crate::host::exposition::CONTENT_TYPE;

/// The figures as text, for whoever the operator lets read them.
pub(super) async fn show(
    request: HttpRequest,
    console: web::Data<Console>,
    visitor: Result<ApiVisitor, ApiError>,
) -> Result<HttpResponse, ApiError> {
    // Whoever comes by way of a proxy on this machine would seem to be here as well.
    let here = console.proxy == Proxy::None && client::address(&request, console.proxy).is_loopback();
    match console.host.config().server.metrics {
        MetricsFor::Anybody => {}
        MetricsFor::Loopback if here => {}
        MetricsFor::Loopback | MetricsFor::Accounts => drop(visitor?),
    }
    let host = Arc::clone(&console.host);
    // Files are read for it.
    let text = console.run(async move { host.metrics().await }).await?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, CONTENT_TYPE)).body(text))
}

//! What stands around every handler: security headers, a line in the log, and a net under panics.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use futures_util::FutureExt;

use super::headers::{self, Nonce, Whose};
use super::problem::Problem;
use crate::support::error_code::ErrorCode;

/// A handler panicked. The panic itself is in the log.
#[derive(Debug)]
struct Panicked;

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request could not be answered because of an error in Tenon; the log tells more")
    }
}

impl ResponseError for Panicked {
    fn error_response(&self) -> HttpResponse {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let mut response = Problem::new(status, ErrorCode::InternalError, self.to_string()).response();
        headers::apply(response.headers_mut(), Whose::Ours(None));
        response
    }
}

/// Turns a panic into an answer, so that it ends one request and nothing else.
pub(super) async fn catch_panics(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let start = Instant::now();
    // Whatever a handler leaves half done is its request's own.
    let Ok(result) = AssertUnwindSafe(next.call(request)).catch_unwind().await else {
        tracing::error!(%method, path, "a handler panicked");
        return Err(Panicked.into());
    };
    let response = match result {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => return Err(error),
    };
    tracing::debug!(%method, path, status = response.status().as_u16(), took_us = start.elapsed().as_micros(), "answered");
    Ok(response)
}

/// Adds the headers of our own pages and API.
pub(super) async fn our_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    let nonce = response.response().extensions().get::<Nonce>().cloned();
    headers::apply(response.headers_mut(), Whose::Ours(nonce));
    Ok(response)
}

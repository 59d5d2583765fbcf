//! What a function of `routes!` may return.

use serde::Serialize;

use crate::{PluginError, Response};

/// An answer of a route: a [`Response`], [`Json`], a status with one of these, or nothing at all; and each of
/// them in a `Result`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer of a route",
    note = "return Json(value), (201, Json(value)), a Response, or nothing (204), each also in a Result"
)]
pub trait IntoResponse {
    /// The answer.
    ///
    /// # Errors
    ///
    /// The error becomes the HTTP answer, and rolls the call's transaction back.
    fn into_response(self) -> Result<Response, PluginError>;
}

/// A value that is answered as JSON, with status 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl IntoResponse for Response {
    fn into_response(self) -> Result<Response, PluginError> {
        Ok(self)
    }
}

impl IntoResponse for () {
    fn into_response(self) -> Result<Response, PluginError> {
        Ok(Response::empty(204))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Result<Response, PluginError> {
        Response::json(&self.0)
    }
}

impl<T: IntoResponse> IntoResponse for (u16, T) {
    fn into_response(self) -> Result<Response, PluginError> {
        self.1.into_response().map(|response| response.with_status(self.0))
    }
}

impl<T: IntoResponse, E: Into<PluginError>> IntoResponse for Result<T, E> {
    fn into_response(self) -> Result<Response, PluginError> {
        self.map_err(Into::into)?.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_route_returns_says_its_status() {
        let answered = |answer: Result<Response, PluginError>| {
            let response = answer.unwrap();
            (response.status(), String::from_utf8(response.body().to_vec()).unwrap())
        };
        assert_eq!(answered(Json(1).into_response()), (200, "1".to_owned()));
        assert_eq!(answered((201, Json("a")).into_response()), (201, "\"a\"".to_owned()));
        assert_eq!(answered(().into_response()), (204, String::new()));
        assert_eq!(answered((202, ()).into_response()), (202, String::new()));
        let found: Result<Json<i32>, PluginError> = Ok(Json(2));
        assert_eq!(answered(found.into_response()), (200, "2".to_owned()));
        let lost: Result<(), PluginError> = Err(PluginError::not_found("no"));
        assert_eq!(lost.into_response().unwrap_err().status(), 404);
    }
}

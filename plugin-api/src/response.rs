//! What a plugin answers.

use abi_stable::std_types::{RString, RVec};
use serde::Serialize;
use serde_json::json;

use crate::PluginError;
use crate::contract::{HeaderV1, ResponseV1};

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    /// 200 with a value as JSON.
    ///
    /// # Errors
    ///
    /// When the value has no JSON form, such as a map whose keys are no texts.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, PluginError> {
        Self::json_with(200, value)
    }

    /// Any status with a value as JSON.
    ///
    /// # Errors
    ///
    /// When the value has no JSON form, such as a map whose keys are no texts.
    pub fn json_with<T: Serialize + ?Sized>(status: u16, value: &T) -> Result<Self, PluginError> {
        let body = serde_json::to_vec(value)
            .map_err(|error| PluginError::internal(format!("the answer has no JSON form: {error}")))?;
        Ok(Self::bytes(status, "application/json", body))
    }

    /// A status without a body, such as 204.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// 200 with plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::bytes(200, "text/plain; charset=utf-8", text.into().into_bytes())
    }

    /// A status, a content type and a body.
    pub fn bytes(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body }
    }

    /// 404 with a reason, as JSON in the shape of an error. Commits, unlike [`PluginError::not_found`].
    pub fn not_found(message: &str) -> Self {
        let body = json!({ "code": "not_found", "message": message }).to_string().into_bytes();
        Self::bytes(404, "application/json", body)
    }

    /// The answer with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The answer with another status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl From<Response> for ResponseV1 {
    fn from(response: Response) -> Self {
        let headers = response.headers.into_iter();
        Self {
            status: response.status,
            headers: headers
                .map(|(name, value)| HeaderV1 { name: RString::from(name), value: RString::from(value) })
                .collect(),
            body: RVec::from(response.body),
        }
    }
}

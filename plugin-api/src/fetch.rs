//! Asking others through the host.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contract::services::{FetchInput, FetchOutput};
use crate::{Host, PluginError};

/// A request that the host sends for the plugin.
///
/// ```
/// use tenon_plugin_api::prelude::*;
///
/// fn rate(request: &Request<'_>) -> Result<f64, PluginError> {
///     let asked = Fetch::get("https://rates.example.com/eur").header("accept", "application/json");
///     let answer: Value = request.host().fetch(&asked)?.expect_success()?.json()?;
///     answer["usd"].as_f64().ok_or_else(|| PluginError::internal("there is no rate"))
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Fetch {
    input: FetchInput,
    body: Vec<u8>,
    /// Why the body cannot be sent.
    fault: Option<String>,
}

impl Fetch {
    /// A request with a method, such as `OPTIONS`, to an address that begins with `https://` or `http://`.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        let input = FetchInput { method: method.into(), url: url.into(), ..FetchInput::default() };
        Self { input, ..Self::default() }
    }

    /// A `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// A `POST`.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// A `PUT`.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new("PUT", url)
    }

    /// A `PATCH`.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new("PATCH", url)
    }

    /// A `DELETE`.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new("DELETE", url)
    }

    /// One more header. What belongs to the connection (`host`, `content-length`, `connection`, …) the host
    /// sets itself, and refuses a request that brings it.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.input.headers.push((name.into(), value.into()));
        self
    }

    /// The body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// A body of JSON, with its `content-type`.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.body = json,
            Err(error) => self.fault = Some(format!("the body has no JSON form: {error}")),
        }
        self.header("content-type", "application/json")
    }

    /// How long it may take, with its answer; never longer than the host's `fetch.timeout` and the call's
    /// time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.input.timeout_ms = Some(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        self
    }
}

/// What a server has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The status, such as 200.
    pub status: u16,
    /// Names in lower case with their values, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Fetched {
    /// Whether the status is one of 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The answer itself if it is a success.
    ///
    /// # Errors
    ///
    /// With the status, and the code `fetch_failed`, if it is none.
    pub fn expect_success(self) -> Result<Self, PluginError> {
        match self.is_success() {
            true => Ok(self),
            false => {
                let message = format!("the server that was asked answered {}", self.status);
                Err(PluginError::new(502, "fetch_failed", message))
            }
        }
    }

    /// The value of the first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8.
    pub fn text(&self) -> Result<&str, PluginError> {
        std::str::from_utf8(&self.body).map_err(|error| unreadable(&error.to_string()))
    }

    /// The body, which is JSON.
    ///
    /// # Errors
    ///
    /// If it is not, or of another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        serde_json::from_slice(&self.body).map_err(|error| unreadable(&error.to_string()))
    }
}

fn unreadable(error: &str) -> PluginError {
    PluginError::new(
        502,
        "fetch_failed",
        format!("the answer of the server that was asked cannot be read: {error}"),
    )
}

impl Host<'_> {
    /// Has the host ask another server, and waits for the answer within the call's time.
    ///
    /// The operator says what a plugin may ask, in `[plugins.fetch.ID]` of the host's configuration; without
    /// it that is nothing. What was sent does not roll back with the transaction: ask before you write, or
    /// from a job or a listener, which is tried again.
    ///
    /// # Errors
    ///
    /// `fetch_refused` if the operator does not allow it, `fetch_failed` if there is no answer,
    /// `fetch_too_large` if it has more bytes than the host takes, `deadline` if the call has no time left,
    /// and `needs_newer_host` of a host without this service. Any status is an answer.
    pub fn fetch(&self, request: &Fetch) -> Result<Fetched, PluginError> {
        if let Some(fault) = &request.fault {
            return Err(PluginError::internal(fault));
        }
        let (output, body): (FetchOutput, _) = self.service("fetch", &request.input, &request.body)?;
        Ok(Fetched { status: output.status, headers: output.headers, body })
    }
}

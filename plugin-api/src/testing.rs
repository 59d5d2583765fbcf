//! Requests for a plugin's own unit tests, without a host and without a database.
//!
//! What needs the database is tested with `tenon-plugin-test`.

#![expect(clippy::panic, reason = "a test whose request is none says why, and fails")]

#[doc(hidden)]
pub mod relay;

use std::cell::RefCell;

use abi_stable::std_types::{RErr, RSlice, RStr, RString, RVec};
use serde::Serialize;
use serde_json::Value;
use tenon_schema::names::{RouteParts, RouteSegment};

use self::relay::WireRequest;
use crate::contract::{CALLER_HEADER, HostV2, Res};
use crate::{Host, Level, PluginError, Request};

/// A request of a test.
///
/// ```
/// use tenon_plugin_api::prelude::*;
/// use tenon_plugin_api::testing::TestRequest;
///
/// fn wanted(request: &Request<'_>) -> Result<i64, PluginError> {
///     request.host().info("wanted", &[]);
///     request.param_as("id")
/// }
///
/// let request = TestRequest::new("GET /notes/{id}", "/notes/7?full=1");
/// assert_eq!(request.ask(wanted), Ok(7));
/// assert_eq!(request.log()[0].message, "wanted");
/// ```
#[derive(Debug, Clone)]
pub struct TestRequest {
    wire: WireRequest,
    host: RecordingHost,
}

/// An event that a plugin has written to the host's log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEvent {
    pub level: Level,
    pub message: String,
    /// The fields by their names, as texts.
    pub fields: Value,
}

impl TestRequest {
    /// A request that a route has matched, such as `GET /notes/{id}`, by its path, with its query string if
    /// it has one. What stands in the path for the route's `{names}` is what the plugin reads of them.
    ///
    /// # Panics
    ///
    /// If that is no route, or the path does not fit it.
    #[track_caller]
    pub fn new(route: &str, path: &str) -> Self {
        let parts = match RouteParts::parse(route) {
            Ok(parts) => parts,
            Err(reason) => panic!("{route:?} is no route: {reason}"),
        };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let Some(params) = params(&parts, path) else { panic!("{path:?} is no path of the route {route:?}") };
        let wire = WireRequest {
            method: parts.method.to_owned(),
            route: route.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            params,
            request_id: "test".to_owned(),
            ..WireRequest::default()
        };
        Self { wire, host: RecordingHost::default() }
    }

    /// The request with one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.wire.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// The request with this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.wire.body = body.into();
        self
    }

    /// The request with a body of JSON.
    ///
    /// # Panics
    ///
    /// If the value has no JSON form.
    #[must_use]
    #[track_caller]
    pub fn json(self, value: &impl Serialize) -> Self {
        self.header("content-type", "application/json").body(json(value))
    }

    /// The request of this caller, whom the host has verified. `claims` is what else is known of them.
    ///
    /// # Panics
    ///
    /// If the claims have no JSON form.
    #[must_use]
    #[track_caller]
    pub fn caller(self, subject: &str, scopes: &[&str], claims: &impl Serialize) -> Self {
        let claims: Value = serde_json::from_str(&json(claims)).unwrap_or_default();
        let caller =
            serde_json::json!({ "subject": subject, "scopes": scopes, "claims": claims, "how": "test" });
        self.header(CALLER_HEADER, &caller.to_string())
    }

    /// The request of this administrator.
    #[must_use]
    pub fn user(mut self, id: &str) -> Self {
        id.clone_into(&mut self.wire.user);
        self
    }

    /// The request to a host that has this section of the configuration for the plugin.
    ///
    /// # Panics
    ///
    /// If the value has no JSON form.
    #[must_use]
    #[track_caller]
    pub fn config(mut self, section: &impl Serialize) -> Self {
        self.host.config = json(section);
        self
    }

    /// Has something asked by it, as by a request that has come in.
    pub fn ask<T>(&self, asked: impl FnOnce(&Request<'_>) -> T) -> T {
        let host = Host::new(&self.host, "test");
        self.wire.put(|raw| asked(&Request::new(raw, &host)))
    }

    /// What was written to the host's log so far.
    pub fn log(&self) -> Vec<LogEvent> {
        self.host.log.borrow().clone()
    }
}

#[track_caller]
fn json(value: &impl Serialize) -> String {
    match serde_json::to_string(value) {
        Ok(text) => text,
        Err(error) => panic!("this has no JSON form: {error}"),
    }
}

/// What stands in a path for the names of a route.
fn params(route: &RouteParts<'_>, path: &str) -> Option<Vec<(String, String)>> {
    let given: Vec<_> = path.strip_prefix('/')?.split('/').collect();
    if given.len() != route.segments.len() {
        return None;
    }
    let mut params = Vec::new();
    for (segment, text) in route.segments.iter().zip(given) {
        let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        match segment {
            RouteSegment::Literal(literal) if *literal == text => {}
            RouteSegment::Name(name) if !text.is_empty() => params.push(((*name).to_owned(), text)),
            _ => return None,
        }
    }
    Some(params)
}

/// A host that keeps its log.
#[derive(Debug, Clone)]
struct RecordingHost {
    config: String,
    log: RefCell<Vec<LogEvent>>,
}

impl Default for RecordingHost {
    fn default() -> Self {
        Self { config: "{}".to_owned(), log: RefCell::default() }
    }
}

impl HostV2 for RecordingHost {
    fn log(&self, level: u8, _: RStr<'_>, message: RStr<'_>, fields: RStr<'_>) {
        let levels = [Level::Error, Level::Warn, Level::Info, Level::Debug];
        let level = levels.into_iter().find(|one| *one as u8 == level).unwrap_or(Level::Trace);
        let fields = serde_json::from_str(&fields).unwrap_or_default();
        self.log.borrow_mut().push(LogEvent { level, message: message.to_string(), fields });
    }

    fn config(&self) -> RString {
        RString::from(self.config.as_str())
    }

    fn host_version(&self) -> RString {
        RString::from(crate::contract::SDK_VERSION)
    }

    fn service(&self, name: RStr<'_>, _: RSlice<'_, u8>) -> Res<RVec<u8>> {
        let message = format!("{name} is a service of the host: test it with tenon-plugin-test");
        RErr(PluginError::new(500, "no_service", message).into())
    }
}

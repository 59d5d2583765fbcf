//! A request on its way to a plugin.

use std::ops::Range;
use std::sync::Arc;

use abi_stable::std_types::{RSlice, RStr};
use bytes::Bytes;
use tenon_plugin_api::contract::{CALLER_HEADER, PairV1, RequestV1};

use super::calling::CallFrame;
use super::relay::Relay;
use crate::plugin::caller::KnownCaller;

/// A request as it came in, its path below `/plugins/{id}`.
///
/// Its texts are in one buffer: it is made by one thread and dropped by another, where what is small costs as
/// much as what is large. And it is handed on often, so that it is small itself.
#[derive(Debug, Clone)]
pub struct PluginRequest(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    texts: String,
    line: [Span; 5],
    headers: Vec<(Span, Span)>,
    body: Bytes,
    caller: Option<Arc<KnownCaller>>,
}

/// What a request is besides its headers and its body.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestLine<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    /// The administrator who is logged in, or nobody.
    pub user: &'a str,
    pub request_id: &'a str,
}

type Span = Range<usize>;

impl PluginRequest {
    /// One without headers.
    pub fn new(line: RequestLine<'_>, body: Bytes) -> Self {
        let RequestLine { method, path, query, user, request_id } = line;
        let line = [method, path, query, user, request_id];
        // Room for what most requests bring.
        let mut texts = String::with_capacity(512);
        let line = line.map(|text| add(&mut texts, text));
        Self(Box::new(Parts { texts, line, headers: Vec::with_capacity(16), body, caller: None }))
    }

    /// Adds a header.
    pub fn push_header(&mut self, name: &str, value: &str) {
        let Parts { texts, headers, .. } = &mut *self.0;
        headers.push((add(texts, name), add(texts, value)));
    }

    /// Says who calls: the plugin finds it under a name that no header of a client has.
    pub fn set_caller(&mut self, caller: Arc<KnownCaller>) {
        self.push_header(CALLER_HEADER, &caller.told);
        self.0.caller = Some(caller);
    }

    /// The caller, if the host has verified one.
    pub fn caller(&self) -> Option<&Arc<KnownCaller>> {
        self.0.caller.as_ref()
    }

    /// The request's headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.headers.iter().map(|(name, value)| (self.text(name), self.text(value)))
    }

    /// What it is besides.
    pub fn line(&self) -> RequestLine<'_> {
        let [method, path, query, user, request_id] = &self.0.line;
        let [method, path] = [method, path].map(|piece| self.text(piece));
        let [query, user, request_id] = [query, user, request_id].map(|piece| self.text(piece));
        RequestLine { method, path, query, user, request_id }
    }

    fn text(&self, piece: &Span) -> &str {
        // Pieces are of this buffer, which only grows.
        self.0.texts.get(piece.clone()).unwrap_or_default()
    }
}

fn add(texts: &mut String, text: &str) -> Span {
    let start = texts.len();
    texts.push_str(text);
    start..texts.len()
}

/// A request to one of a plugin's routes.
#[derive(Debug)]
pub struct RoutedRequest {
    pub request: PluginRequest,
    /// The route's, which is another than the request's where `HEAD` is answered by `GET`.
    pub method: &'static str,
    /// The route as the manifest spells it.
    pub route: Arc<str>,
    /// The values of the route's `{names}`.
    pub params: Vec<(Arc<str>, String)>,
    /// SQL that is sent right before the COMMIT, so that what it does is kept if what the plugin did is, and
    /// only then.
    pub seal: Option<Arc<str>>,
    /// The process that answers in the plugin's place.
    pub relay: Option<Arc<Relay>>,
    /// What the call is part of, where it may call functions of other plugins.
    pub frame: Option<Arc<CallFrame>>,
}

impl RoutedRequest {
    /// Has it answered by something that takes what the contract says.
    pub(super) fn put<T>(&self, answer: impl FnOnce(RequestV1<'_>) -> T) -> T {
        let Self { request, method, route, params, .. } = self;
        let params: Vec<_> = params.iter().map(|(name, value)| pair(name, value)).collect();
        let headers: Vec<_> = request.headers().map(|(name, value)| pair(name, value)).collect();
        let line = request.line();
        answer(RequestV1 {
            method: RStr::from_str(method),
            route: RStr::from_str(route),
            path: RStr::from_str(line.path),
            query: RStr::from_str(line.query),
            params: RSlice::from_slice(&params),
            headers: RSlice::from_slice(&headers),
            body: RSlice::from_slice(&request.0.body),
            user: RStr::from_str(line.user),
            request_id: RStr::from_str(line.request_id),
        })
    }
}

fn pair<'a>(name: &'a str, value: &'a str) -> PairV1<'a> {
    PairV1 { name: RStr::from_str(name), value: RStr::from_str(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_shown_each_text_in_its_place() {
        let line = RequestLine { method: "HEAD", path: "/a/ä", query: "q=1", user: "", request_id: "7" };
        let mut request = PluginRequest::new(line, Bytes::from_static(b"body"));
        request.push_header("accept", "text/plain");
        request.push_header("x-empty", "");
        let params = vec![("name".into(), "ä".to_owned())];
        let route = "GET /a/{name}".into();
        let question =
            RoutedRequest { request, method: "GET", route, params, seal: None, relay: None, frame: None };
        question.put(|shown| {
            let line = [shown.method, shown.route, shown.path, shown.query, shown.user, shown.request_id];
            assert_eq!(
                line.map(|text| text.as_str().to_owned()),
                ["GET", "GET /a/{name}", "/a/ä", "q=1", "", "7"]
            );
            let pairs = |pairs: RSlice<'_, PairV1<'_>>| -> Vec<_> {
                pairs.iter().map(|pair| format!("{}={}", pair.name, pair.value)).collect()
            };
            assert_eq!(pairs(shown.headers), ["accept=text/plain", "x-empty="]);
            assert_eq!(pairs(shown.params), ["name=ä"]);
            assert_eq!(shown.body.as_slice(), b"body");
        });
    }
}

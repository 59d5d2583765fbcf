//! Sending one request, and following where it is sent on to.

use reqwest::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, LOCATION,
};
use reqwest::{Method, Response, StatusCode, Url};
use tenon_migrations_core::migration::PluginId;
use tenon_plugin_api::contract::services::FetchOutput;

use super::access::Outlet;
use super::{Received, Wanted, failed, may_ask, refused, too_large};
use crate::config::FetchConfig;
use crate::plugin::load::ServiceError;
use crate::support::errors::chain;
use crate::support::http_client::{HttpBodyError, body_within};
use crate::support::outbound::OutboundError;

/// How often a request is sent on.
const MOST_REDIRECTS: usize = 5;

/// How many bytes the headers of an answer may have.
const MOST_ANSWER_HEADERS: usize = 64 << 10;

impl Outlet {
    pub(super) async fn send(
        &self,
        config: &FetchConfig,
        plugin: &PluginId,
        mut wanted: Wanted,
    ) -> Result<Received, ServiceError> {
        let way = self.way(config).await.map_err(|error| failed(chain(&error)))?;
        for _ in 0..=MOST_REDIRECTS {
            let method =
                wanted.method.parse::<Method>().map_err(|_| refused("this is no method".to_owned()))?;
            let mut request =
                way.client().request(method, wanted.url.clone()).headers(wanted.headers.clone());
            if !wanted.body.is_empty() {
                request = request.body(wanted.body.clone());
            }
            let request = request.build().map_err(|error| failed(chain(&error.without_url())))?;
            let answer = way.send(request).await.map_err(|error| no_answer(plugin, &error))?;
            let Some(next) = next(&answer, &wanted.url)? else { return received(answer, config).await };
            wanted = sent_on(wanted, next, answer.status());
            may_ask(plugin, Some(&self.allowance), &wanted.method, &wanted.url)
                .map_err(|error| refused(format!("it was sent on to another place: {error}")))?;
        }
        Err(failed(format!("it was sent on more than {MOST_REDIRECTS} times")))
    }
}

/// Where the answer sends the request on to.
fn next(answer: &Response, from: &Url) -> Result<Option<Url>, ServiceError> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = answer.headers().get(LOCATION) else { return Ok(None) };
    let location = location.to_str().ok().and_then(|location| from.join(location).ok());
    let mut location = location.ok_or_else(|| failed("it was sent on to what is no address".to_owned()))?;
    location.set_fragment(None);
    Ok(Some(location))
}

/// The request as it is sent on. Another server gets nothing that was meant for the first: neither what the
/// plugin proves itself by, nor a body.
fn sent_on(from: Wanted, url: Url, status: StatusCode) -> Wanted {
    let Wanted { mut method, url: former, mut headers, mut body } = from;
    let elsewhere = url.origin() != former.origin();
    let becomes_get = match status.as_u16() {
        303 => true,
        301 | 302 => method == "POST",
        _ => false,
    };
    if (elsewhere || becomes_get) && method != "HEAD" {
        "GET".clone_into(&mut method);
        body.clear();
        for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE] {
            headers.remove(name);
        }
    }
    if elsewhere {
        let mut kept = HeaderMap::new();
        for name in [ACCEPT, ACCEPT_LANGUAGE] {
            if let Some(value) = headers.get(&name) {
                kept.insert(name, value.clone());
            }
        }
        headers = kept;
    }
    Wanted { method, url, headers, body }
}

async fn received(answer: Response, config: &FetchConfig) -> Result<Received, ServiceError> {
    let status = answer.status().as_u16();
    let bytes: usize = answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > MOST_ANSWER_HEADERS {
        return Err(too_large(format!(
            "the headers of the answer have more than {MOST_ANSWER_HEADERS} bytes"
        )));
    }
    let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = answer.headers().iter().map(header).collect();
    let most = usize::try_from(config.max_body).unwrap_or(usize::MAX);
    let body = body_within(answer, most).await.map_err(|error| match error {
        HttpBodyError::TooLong { most } => {
            too_large(format!("the answer has more than {most} bytes (fetch.max_body)"))
        }
        HttpBodyError::Read(_) => failed(chain(&error)),
    })?;
    Ok(Received { output: FetchOutput { status, headers }, body })
}

/// Why there is no answer. The address itself is not told: it may hold a token.
fn no_answer(plugin: &PluginId, error: &OutboundError) -> ServiceError {
    match error {
        OutboundError::Forbidden(found) => {
            let address = found.address;
            refused(format!(
                "{found}: `private = [\"{address}\"]` in [plugins.fetch.{plugin}] would let {plugin} go there"
            ))
        }
        OutboundError::LookUp(_) => failed(format!(
            "there is no answer: {}: `proxy_resolves = true` in [fetch] would leave it to the proxy where names lead",
            chain(error)
        )),
        _ => failed(format!("there is no answer: {}", chain(error))),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::AUTHORIZATION;

    use super::*;

    fn wanted(method: &str) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, "Bearer a".parse().unwrap());
        headers.insert(ACCEPT, "text/plain".parse().unwrap());
        headers.insert(CONTENT_TYPE, "text/plain".parse().unwrap());
        headers.insert("x-key", "secret".parse().unwrap());
        let url = Url::parse("https://a.example/one").unwrap();
        Wanted { method: method.to_owned(), url, headers, body: b"body".to_vec() }
    }

    #[test]
    fn another_server_gets_nothing_that_was_meant_for_the_first() {
        for url in ["https://b.example/", "http://a.example/", "https://a.example:8443/"] {
            let sent = sent_on(wanted("POST"), Url::parse(url).unwrap(), StatusCode::PERMANENT_REDIRECT);
            assert_eq!((sent.method.as_str(), sent.body.len(), sent.headers.len()), ("GET", 0, 1), "{url}");
            assert!(sent.headers.contains_key(ACCEPT));
        }
    }

    #[test]
    fn the_same_server_gets_the_request_again_unless_it_asks_for_another() {
        let there = || Url::parse("https://a.example/two").unwrap();
        let sent = sent_on(wanted("PUT"), there(), StatusCode::TEMPORARY_REDIRECT);
        assert_eq!((sent.method.as_str(), sent.body.len(), sent.headers.len()), ("PUT", 4, 4));
        let sent = sent_on(wanted("POST"), there(), StatusCode::FOUND);
        assert_eq!((sent.method.as_str(), sent.body.len(), sent.headers.len()), ("GET", 0, 3));
        assert_eq!(sent_on(wanted("HEAD"), there(), StatusCode::SEE_OTHER).method, "HEAD");
    }
}

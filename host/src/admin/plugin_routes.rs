//! `/plugins/{id}/…`: the plugins' own routes.
//!
//! They are the application's, so nobody has to log in to the console to call them. Whom a route answers the
//! plugin declares, and the host holds to it (`callers/`). The plugin is told who calls, and who is logged
//! in; the console's cookie and credentials it never gets, and others where it asks for them. The files of
//! its pages the host answers itself (`page_files.rs`).

use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::accounts::Accounts;
use super::callers::{self, CallerRefusal};
use super::console::Console;
use super::headers::{self, Whose};
use super::problem::Problem;
use super::{basic, page_files, page_tokens, plugin_answers};
use crate::config::{CallerProxy, ProxyLogin};
use crate::plugin::load::{CallFailure, PluginRequest, RequestLine};
use crate::plugin::routes::{AskedCredentials, RouteAudience};
use crate::plugin::runtime::{CallError, PluginResponse};
use crate::support::error_code::ErrorCode;
use crate::support::rate_limit::{Buckets, Quota};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Meant for one connection only (RFC 9110, 7.6.1), besides those that `Connection` names.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Hands the request to the plugin, and its answer back.
pub(super) async fn call(
    request: HttpRequest,
    console: web::Data<Console>,
    payload: web::Payload,
) -> HttpResponse {
    let mut room = Uuid::encode_buffer();
    let request_id = &*Uuid::now_v7().hyphenated().encode_lower(&mut room);
    let (plugin, path) = parts(request.uri().path());
    if let Some(preflight) = page_tokens::preflight(&console, &request, plugin) {
        return preflight;
    }
    if let Some(file) = page_files::asked(&console, plugin, path) {
        return match page_files::answer(&console, &request, plugin, file).await {
            Ok(response) => response,
            Err(error) => {
                let mut response = refused(&error, plugin, request_id);
                headers::apply(response.headers_mut(), Whose::Plugins);
                response
            }
        };
    }
    let mut response = match answer(&request, &console, payload, request_id).await {
        Ok(response) => console.answers.pass(plugin, response, console.transport),
        Err(problem) => problem,
    };
    page_tokens::let_page_read(&request, &mut response);
    headers::apply(response.headers_mut(), Whose::Plugins);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn answer(
    request: &HttpRequest,
    console: &Console,
    payload: web::Payload,
    request_id: &str,
) -> Result<PluginResponse, HttpResponse> {
    let problem = |status, code: ErrorCode, detail: String| {
        Problem::new(status, code, detail).with("request_id", request_id).response()
    };
    let most = console.host.config().plugins.most_body_bytes;
    let body = body_of(payload, most).await.map_err(|unread| match unread {
        Unread::TooLarge => {
            let detail = format!("the body is larger than {most} bytes");
            problem(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BodyTooLarge, detail)
        }
        Unread::Broken(error) => problem(StatusCode::BAD_REQUEST, ErrorCode::BadBody, error.to_string()),
    })?;
    let (plugin, path) = parts(request.uri().path());
    let (method, query) = (request.method().as_str(), request.query_string());
    let access = console.host.access(plugin, method, path);
    // Where no route answers, the host says why not.
    let (audience, asked) = access.unwrap_or((RouteAudience::Unaware, AskedCredentials::default()));
    let calling = callers::of_request(console, request, plugin, audience, asked).await;
    let calling = calling.map_err(|refusal| refused_caller(&refusal, console, plugin, request_id))?;
    let user = calling.user.as_deref().unwrap_or_default();
    let mut call = PluginRequest::new(RequestLine { method, path, query, user, request_id }, body);
    let config = console.host.config();
    let passed = Passed {
        admin: config.admin.proxy.as_ref(),
        callers: calling.proxy.as_ref(),
        authorization: asked.authorization && !is_consoles(request, &console.accounts).await,
        cookies: asked.cookies,
    };
    for_plugin(request.headers(), plugin, &passed, &mut call);
    if let Some(caller) = calling.caller {
        call.set_caller(caller);
    }
    let (host, id) = (Arc::clone(&console.host), plugin.to_owned());
    let answer = ToItsEnd(Some(Box::pin(async move { host.call(&id, call).await }))).await;
    answer.map_err(|error| refused(&error, plugin, request_id))
}

/// Why a request's body is not there.
enum Unread {
    TooLarge,
    Broken(PayloadError),
}

/// A request's body. What comes in one piece, as most do, is not copied.
async fn body_of(mut payload: web::Payload, most: usize) -> Result<Bytes, Unread> {
    let mut body = Bytes::new();
    while let Some(piece) = payload.try_next().await.map_err(Unread::Broken)? {
        if body.len() + piece.len() > most {
            return Err(Unread::TooLarge);
        }
        body = if body.is_empty() {
            piece
        } else {
            // It is nobody else's, so that it grows where it is.
            let mut longer = BytesMut::from(body);
            longer.extend_from_slice(&piece);
            longer.freeze()
        };
    }
    Ok(body)
}

/// Work that comes to its end as a task of its own when nobody waits for it any more: the client may go away.
struct ToItsEnd<T: Send + 'static>(Option<BoxFuture<'static, T>>);

impl<T: Send> Future for ToItsEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // Taken out for as long as it is polled: what has panicked is not gone on with.
        let Some(mut work) = self.0.take() else { return Poll::Pending };
        let done = work.as_mut().poll(context);
        if done.is_pending() {
            self.0 = Some(work);
        }
        done
    }
}

impl<T: Send> Drop for ToItsEnd<T> {
    fn drop(&mut self) {
        // Where no runtime is, it ends with the process.
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

/// The plugin's id, and the path after `/plugins/{id}`, beginning with a slash.
fn parts(path: &str) -> (&str, &str) {
    let rest = path.strip_prefix("/plugins/").unwrap_or_default();
    rest.find('/').map_or((rest, "/"), |at| rest.split_at(at))
}

/// Whether there may be a session.
pub(super) fn has_cookie(headers: &HeaderMap) -> bool {
    headers.contains_key(header::COOKIE)
}

/// What of a request's headers a plugin gets, besides what all get.
struct Passed<'a> {
    /// The proxies whose headers none gets.
    admin: Option<&'a ProxyLogin>,
    callers: Option<&'a CallerProxy>,
    /// Whether it gets `Authorization`.
    authorization: bool,
    /// Whether it gets the cookies of others than the console and the plugins.
    cookies: bool,
}

impl Passed<'_> {
    fn is_for_plugin(&self, name: &str) -> bool {
        match name {
            "cookie" => false,
            "authorization" => self.authorization,
            // Told by the host alone.
            _ if name.starts_with(':') || HOP_BY_HOP.contains(&name) => false,
            _ => {
                !self.admin.is_some_and(|proxy| proxy.has_header(name))
                    && !self.callers.is_some_and(|proxy| proxy.has_header(name))
            }
        }
    }
}

/// Whether what stands in `Authorization` is meant for the console: one of its tokens, or an account's name
/// and password.
async fn is_consoles(request: &HttpRequest, accounts: &Accounts) -> bool {
    let is_ours = |token| callers::is_api_token(&token) || page_tokens::is_page_token(&token);
    if basic::token(request).is_some_and(is_ours) {
        return true;
    }
    match basic::credentials(request) {
        // Where nobody can say whether there is such an account, there may be.
        Some(Ok(credentials)) => !matches!(accounts.find(&credentials.name).await, Ok(None)),
        _ => false,
    }
}

/// Gives a plugin the headers that are for it: who asks, the host says itself.
fn for_plugin(headers: &HeaderMap, plugin: &str, passed: &Passed<'_>, call: &mut PluginRequest) {
    let named = named_by_connection(headers);
    let kept = headers.iter().filter(|(name, _)| {
        let name = name.as_str();
        passed.is_for_plugin(name) && !named.iter().any(|other| other == name)
    });
    kept.for_each(|(name, value)| {
        call.push_header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
    });
    if has_cookie(headers)
        && let Some(cookies) = plugin_answers::of_plugin(plugin, headers, passed.cookies)
    {
        call.push_header("cookie", &cookies);
    }
}

fn named_by_connection(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::CONNECTION).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect()
}

/// The answer to a request whose caller is none, or not one whom the route answers.
fn refused_caller(
    refusal: &CallerRefusal,
    console: &Console,
    plugin: &str,
    request_id: &str,
) -> HttpResponse {
    let reason = refusal.reason();
    console.host.refused_caller(reason);
    tracing::debug!(plugin, request_id, reason, "a caller was refused: {refusal}");
    let problem = refusal.problem().with("plugin", plugin).with("request_id", request_id);
    let mut response = problem.response();
    if let Some(challenge) = refusal.challenge().and_then(|challenge| HeaderValue::from_str(&challenge).ok())
    {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn refused(error: &CallError, plugin: &str, request_id: &str) -> HttpResponse {
    let detail = match error {
        CallError::Plugin(failure) => {
            log_failure(failure, plugin, request_id);
            failure.for_caller()
        }
        other => other.to_string(),
    };
    let problem = Problem::new(plugin_answers::status(error.status()), error.kind(), detail);
    let (code, remedy) = (error.code().to_owned(), error.remedy().map(str::to_owned));
    let problem = Problem { code, remedy, ..problem };
    let problem = problem.with("plugin", plugin).with("request_id", request_id);
    let mut response = with_rule(problem, error).response();
    if let Some(allow) = error.allow().and_then(|allow| HeaderValue::from_str(&allow).ok()) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    if let Some(wait) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
    }
    response
}

/// The rule of the database that refused the values, for programs.
fn with_rule(problem: Problem, error: &CallError) -> Problem {
    let CallError::Plugin(CallFailure { data: Some(refusal), .. }) = error else { return problem };
    let problem = problem.with("sqlstate", &refusal.sqlstate);
    let named = [("constraint", &refusal.constraint), ("field", &refusal.field)];
    named.into_iter().fold(problem, |problem, (name, value)| match value {
        Some(value) => problem.with(name, value),
        None => problem,
    })
}

/// Calls that fail alike, of which ten at once and ten a minute are errors in the log: anybody may ask for
/// more.
static FAILURES: LazyLock<Buckets<String>> =
    LazyLock::new(|| Buckets::new(Quota { burst: 10, every: Duration::from_secs(6) }, 1_000));

/// What is the plugin's own fault is told to the log, and its caller has the request's id.
fn log_failure(failure: &CallFailure, plugin: &str, request_id: &str) {
    if failure.status < 500 {
        return;
    }
    let (route, code) = (&*failure.route, failure.code.as_str());
    if FAILURES.take(format!("{plugin} {route} {code}"), Instant::now()).is_ok() {
        tracing::error!(plugin, route, code, request_id, "a call failed: {}", failure.message);
    } else {
        tracing::debug!(
            plugin,
            route,
            code,
            request_id,
            "a call failed like many others: {}",
            failure.message
        );
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use bytes::Bytes;

    use super::*;

    #[test]
    fn the_plugin_sees_the_path_below_its_own() {
        assert_eq!(parts("/plugins/inventory/items/a%20b"), ("inventory", "/items/a%20b"));
        assert_eq!(parts("/plugins/inventory/"), ("inventory", "/"));
        assert_eq!(parts("/plugins/inventory"), ("inventory", "/"));
    }

    #[test]
    fn no_credentials_and_no_connection_headers_reach_the_plugin() {
        let request = TestRequest::default()
            .insert_header(("Cookie", "tenon-session=secret; shop.basket=1; theme=dark; other.x=1"))
            .insert_header(("Authorization", "Basic secret"))
            .insert_header(("Connection", "close, X-Private"))
            .insert_header(("X-Private", "secret"))
            .insert_header(("Accept", "application/json"))
            .to_http_request();
        let got = |authorization, cookies| {
            let mut call = PluginRequest::new(RequestLine::default(), Bytes::new());
            let passed = Passed { admin: None, callers: None, authorization, cookies };
            for_plugin(request.headers(), "shop", &passed, &mut call);
            call.headers().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        assert_eq!(got(false, false), ["accept: application/json", "cookie: basket=1"]);
        let asked =
            ["accept: application/json", "authorization: Basic secret", "cookie: basket=1; theme=dark"];
        let mut all = got(true, true);
        all.sort();
        assert_eq!(all, asked);
    }
}

//! `/plugins/{id}/@assets/…`: the files of a plugin's pages.
//!
//! They are parts of the plugin's library and no secrets: whoever reaches the host may read them. What they
//! may do in a browser the policy says that each bears. A document has no origin of its own (`sandbox`), so
//! that its scripts have neither the console's cookies nor its storage. It loads files of the same plugin
//! alone, connects to the routes of the same plugin alone, and is framed by the console alone.
//!
//! No route can be below `@assets`: a literal segment of a route has no `@`. Only plugins with files have
//! them there.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tenon_schema::assets::HOST_SCRIPT;

use super::client;
use super::console::Console;
use super::session::Transport;
use crate::plugin::runtime::CallError;

/// What stands before the path of a file, below the plugin's own.
const BELOW: &str = "/@assets/";

/// The script by which a page calls its plugin's routes.
const SCRIPT: &[u8] = include_bytes!("../../assets/page.js");

/// The address of a file.
pub(super) fn address(plugin: &str, file: &str) -> String {
    format!("/plugins/{plugin}{BELOW}{file}")
}

/// The path of the file that a request asks for, if the plugin has files and it asks for one.
pub(super) fn asked<'a>(console: &Console, plugin: &str, path: &'a str) -> Option<&'a str> {
    path.strip_prefix(BELOW).filter(|_| console.host.has_page_files(plugin))
}

/// The file.
pub(super) async fn answer(
    console: &Console,
    request: &HttpRequest,
    plugin: &str,
    file: &str,
) -> Result<HttpResponse, CallError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let (plugin, path, allow) = (plugin.to_owned(), request.path().to_owned(), "GET, HEAD".to_owned());
        return Err(CallError::MethodNotAllowed { plugin, path, allow });
    }
    let found = console.host.page_file(plugin, file).await?;
    let (kind, bytes, sha256) = match found {
        Some((kind, content)) => (kind, content.bytes.clone(), content.sha256.clone()),
        None if file == HOST_SCRIPT => {
            let sha256 = hex::encode(Sha256::digest(SCRIPT));
            ("text/javascript; charset=utf-8", Bytes::from_static(SCRIPT), sha256)
        }
        None => {
            let (plugin, method) = (plugin.to_owned(), request.method().to_string());
            return Err(CallError::NoRoute { plugin, method, path: format!("{BELOW}{file}") });
        }
    };
    let tag = header::EntityTag::new_strong(sha256);
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known == Some(tag.to_string().as_str());
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header(header::ETag(tag))
        // A file changes with its plugin: a cache asks whether it has.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        // The document that loads it has no origin.
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    let mut response = if unchanged { response.finish() } else { response.content_type(kind).body(bytes) };
    let policy = policy(&origins(console, request), plugin);
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// The origins by which the request may have come here.
fn origins(console: &Console, request: &HttpRequest) -> Vec<String> {
    let scheme = if console.transport == Transport::Secure { "https" } else { "http" };
    // What stands in the header goes into a policy.
    let is_host =
        |host: &String| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
    let hosts = client::hosts(request, console.proxy).into_iter().filter(is_host);
    hosts.map(|host| format!("{scheme}://{host}")).collect()
}

/// What a file may do in a browser.
fn policy(origins: &[String], plugin: &str) -> String {
    let below = |path: &str| origins.iter().map(|origin| format!(" {origin}{path}")).collect::<String>();
    let (files, routes) = (below(&address(plugin, "")), below(&format!("/plugins/{plugin}/")));
    let console = if origins.is_empty() { " 'none'".to_owned() } else { below("") };
    format!(
        "sandbox allow-scripts allow-forms; default-src 'none'; script-src 'wasm-unsafe-eval'{files}; \
         style-src{files}; img-src data: blob:{files}; font-src{files}; media-src{files}; connect-src{routes}; \
         frame-ancestors{console}; base-uri 'none'; form-action 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_its_own_files_and_calls_its_own_routes() {
        let policy = policy(&["https://tenon.example".to_owned()], "board");
        for told in [
            "sandbox allow-scripts allow-forms;",
            "default-src 'none'",
            "script-src 'wasm-unsafe-eval' https://tenon.example/plugins/board/@assets/;",
            "connect-src https://tenon.example/plugins/board/;",
            "frame-ancestors https://tenon.example;",
        ] {
            assert!(policy.contains(told), "{told}: {policy}");
        }
        assert!(!policy.contains("allow-same-origin"));
    }
}

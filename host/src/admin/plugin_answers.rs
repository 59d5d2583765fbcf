//! What of a plugin's answer reaches its clients: header fields by allow-list, and cookies of its own.
//!
//! All plugins and the console share one origin, so that a response can say things that hold for all of them.
//! A field passes if it says something of the one response that it stands in, or of the resource that this is
//! of. What speaks for the origin, the connection or the server (cookies, policies, reporting,
//! authentication, client hints, alternative services, service workers) never does, and neither does what
//! nobody has heard of yet: it may be the next of that kind. A plugin's own fields are `Plugin-<id>-…`, a
//! name to which no browser, cache or proxy gives a meaning; `X-…` will not do, since such names are known to
//! some (`X-Accel-Redirect`, `X-Frame-Options`).

mod cookies;

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};

use self::cookies::Jar;
pub(super) use self::cookies::of_plugin;
use super::session::Transport;
use crate::plugin::runtime::PluginResponse;
use crate::support::lock::LockExt;

/// The fields that pass, of those that the registry of HTTP field names has. Sorted.
const PASSED: [&str; 31] = [
    "accept-patch",
    "accept-post",
    "accept-query",
    "accept-ranges",
    // Who else may read this response. Not with credentials: who is logged in is lent to no other site.
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "age",
    "allow",
    "cache-control",
    "content-digest",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-location",
    "content-range",
    "content-type",
    "cross-origin-resource-policy",
    "deprecation",
    "etag",
    "expires",
    "last-modified",
    // Where this one request goes on. Browsers follow it as they follow a link, and to nothing but http and
    // https.
    "location",
    "preference-applied",
    "referrer-policy",
    "repr-digest",
    "retry-after",
    "sunset",
    "vary",
];

/// Links that tell how resources belong together. Of others some have browsers connect, fetch or run
/// something.
const RELATIONS: [&str; 12] = [
    "alternate",
    "author",
    "canonical",
    "collection",
    "describedby",
    "first",
    "item",
    "last",
    "license",
    "next",
    "prev",
    "self",
];

/// What the host says itself, and no plugin need be told of.
const OURS: [&str; 4] = ["content-length", "date", "x-content-type-options", "x-request-id"];

/// How many fields of a plugin are told of; it may make up as many as it likes.
const MOST_TOLD: usize = 50;

/// What is remembered of the plugins' answers.
#[derive(Debug, Default)]
pub(super) struct PluginAnswers(Mutex<HashMap<String, Remembered>>);

/// What is remembered of one plugin's.
#[derive(Debug, Default)]
struct Remembered {
    told: HashSet<(String, &'static str)>,
    jar: Jar,
}

impl PluginAnswers {
    /// The answer as it goes out.
    pub(super) fn pass(&self, plugin: &str, answer: PluginResponse, transport: Transport) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(status(answer.status));
        for (name, value) in &answer.headers {
            let name = name.to_ascii_lowercase();
            let passed = match name.as_str() {
                "set-cookie" => self.cookie(plugin, value, transport),
                "link" if !only_relates(value) => Err("its relation may be one that browsers act upon"),
                "link" => Ok(value.clone()),
                known if passes(known, plugin) => Ok(value.clone()),
                _ => Err("it is not one that a plugin may send"),
            };
            let field = passed.and_then(|value| {
                let name = HeaderName::try_from(&name).map_err(|_| "it is no name of a header")?;
                let value = HeaderValue::try_from(value).map_err(|_| "its value is not one of a header")?;
                Ok((name, value))
            });
            match field {
                Ok(field) => _ = response.append_header(field),
                Err(why) => self.log_once(plugin, &name, why),
            }
        }
        response.body(answer.body)
    }

    /// The value of `Set-Cookie` as the host writes it.
    fn cookie(&self, plugin: &str, value: &str, transport: Transport) -> Result<String, &'static str> {
        let (cookie, narrowed) = cookies::narrowed(plugin, value, transport)?;
        if let Some(how) = narrowed {
            self.log_once(plugin, "set-cookie", how);
        }
        self.with(plugin, |remembered| remembered.jar.take(&cookie))?;
        Ok(cookie.to_string())
    }

    /// Tells it once for each plugin, field and reason.
    fn log_once(&self, plugin: &str, name: &str, why: &'static str) {
        if OURS.contains(&name) {
            return;
        }
        let header: String = name.chars().take(100).collect();
        let told = self.with(plugin, |remembered| {
            let room = remembered.told.len() < MOST_TOLD;
            (room && remembered.told.insert((header.clone(), why))).then_some(remembered.told.len())
        });
        if let Some(told) = told {
            let more = if told == MOST_TOLD { "; no others are told of" } else { "" };
            tracing::warn!(
                plugin,
                ?header,
                "a header of a plugin's response was not passed on as it is: {why}{more}"
            );
        }
    }

    fn with<T>(&self, plugin: &str, act: impl FnOnce(&mut Remembered) -> T) -> T {
        let mut plugins = self.0.lock_unpoisoned();
        match plugins.get_mut(plugin) {
            Some(remembered) => act(remembered),
            None => act(plugins.entry(plugin.to_owned()).or_default()),
        }
    }
}

/// A plugin has no business with the protocol itself: 1xx would break it.
pub(super) fn status(code: u16) -> StatusCode {
    let status = StatusCode::from_u16(code).ok().filter(|status| !status.is_informational());
    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn passes(name: &str, plugin: &str) -> bool {
    PASSED.binary_search(&name).is_ok() || is_own(name, plugin)
}

/// Whether it is `plugin-<id>-…`, where a proxy may want hyphens for the id's underscores.
fn is_own(name: &str, plugin: &str) -> bool {
    let rest = name.strip_prefix("plugin-").and_then(|rest| rest.split_at_checked(plugin.len()));
    rest.is_some_and(|(id, own)| id.replace('-', "_") == plugin && own.len() > 1 && own.starts_with('-'))
}

/// Whether these are links whose only parameter is a relation that asks nothing of a browser.
fn only_relates(links: &str) -> bool {
    links.split(',').all(|link| {
        let target = link.trim().strip_prefix('<').and_then(|link| link.split_once('>'));
        let relation = target.and_then(|(_, rest)| rest.trim().strip_prefix(';'));
        let relation = relation.and_then(|rest| rest.trim().strip_prefix("rel="));
        relation.is_some_and(|relation| {
            let bare = relation.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(relation);
            bare.split(' ').all(|one| RELATIONS.contains(&one.to_ascii_lowercase().as_str()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What goes out of these fields of the plugin `shop_2`.
    fn passed(answers: &PluginAnswers, headers: &[(&str, &str)]) -> Vec<String> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = PluginResponse { status: 200, headers, body: "x".into() };
        let response = answers.pass("shop_2", answer, Transport::Plain);
        response
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect()
    }

    #[test]
    fn a_field_passes_if_it_is_known_to_say_nothing_of_more_than_the_response() {
        assert!(PASSED.is_sorted());
        let answers = PluginAnswers::default();
        for name in PASSED {
            assert_eq!(passed(&answers, &[(name, "x")]), [format!("{name}: x")]);
        }
        for name in [
            "Accept-CH",
            "Access-Control-Allow-Credentials",
            "Alt-Svc",
            "Clear-Site-Data",
            "Connection",
            "Content-Security-Policy",
            "Content-Security-Policy-Report-Only",
            "Critical-CH",
            "Cross-Origin-Opener-Policy",
            "NEL",
            "Origin-Agent-Cluster",
            "Permissions-Policy",
            "Proxy-Authenticate",
            "Public-Key-Pins",
            "Refresh",
            "Report-To",
            "Reporting-Endpoints",
            "Server",
            "Service-Worker-Allowed",
            "Set-Cookie2",
            "Set-Login",
            "SourceMap",
            "Speculation-Rules",
            "Strict-Transport-Security",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Www-Authenticate",
            "X-Accel-Redirect",
            "X-Frame-Options",
            "X-Sendfile",
            "Not-Invented-Yet",
            "Bad Name",
        ] {
            assert!(passed(&answers, &[(name, "x")]).is_empty(), "{name}");
        }
        assert!(passed(&answers, &[("Location", "/a\r\nSet-Cookie: tenon-session=x")]).is_empty());
    }

    #[test]
    fn a_plugins_own_fields_bear_its_id() {
        for (name, own) in [
            ("plugin-shop_2-total", true),
            ("plugin-shop-2-total", true),
            ("plugin-shop_2-", false),
            ("plugin-shop_2", false),
            ("plugin-shop-total", false),
            ("plugin-shop_22-total", false),
            ("plugin-other-total", false),
            ("x-shop_2-total", false),
        ] {
            assert_eq!(is_own(name, "shop_2"), own, "{name}");
        }
    }

    #[test]
    fn links_tell_what_belongs_together_and_have_browsers_do_nothing() {
        for (links, relates) in [
            ("</items?page=2>; rel=next", true),
            ("</a>; rel=\"next last\", </b>;rel=\"PREV\"", true),
            ("<https://evil.example>; rel=preconnect", false),
            ("</a>; rel=next, </script.js>; rel=preload; as=script", false),
            ("</a>; rel=\"next preload\"", false),
            ("</style.css>; rel=stylesheet", false),
            ("</a>; title=\"; rel=next", false),
            ("</a>", false),
            ("", false),
        ] {
            assert_eq!(only_relates(links), relates, "{links}");
        }
    }

    #[test]
    fn no_status_of_a_plugin_breaks_the_protocol() {
        for (code, expected) in
            [(200, 200), (404, 404), (100, 500), (101, 500), (103, 500), (0, 500), (1000, 500)]
        {
            assert_eq!(status(code).as_u16(), expected, "{code}");
        }
    }
}

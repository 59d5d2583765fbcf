//! A plugin's cookies: named after it, sent to its own path alone, and few.
//!
//! On the wire a plugin's cookie `basket` is called `shop.basket`. So none is ever taken for the console's or
//! for another plugin's, whatever it is called, and a plugin is sent those alone that it has set itself.

use std::collections::HashMap;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{self, HeaderMap};

use tenon_schema::names::is_plugin_id;

use super::super::session::Transport;

/// How many names a plugin may use, and how many bytes they and their values may have together. A browser
/// keeps so many cookies of a host, and drops the console's if there are too many; a server reads so many
/// bytes of them.
const MOST_NAMES: usize = 10;
const MOST_BYTES: usize = 4096;

/// The names that a plugin has used, each with the most bytes that a cookie of this name had.
#[derive(Debug, Default)]
pub(super) struct Jar(HashMap<String, usize>);

impl Jar {
    /// Makes room for the cookie.
    pub(super) fn take(&mut self, cookie: &Cookie<'_>) -> Result<(), &'static str> {
        let (name, bytes) = (cookie.name(), cookie.name().len() + cookie.value().len());
        let others = self.0.iter().filter(|(other, _)| *other != name);
        let (count, used) = others.fold((0, 0), |(count, used), (_, bytes)| (count + 1, used + bytes));
        if count >= MOST_NAMES {
            return Err("a plugin may use 10 names of cookies");
        }
        if used + bytes > MOST_BYTES {
            return Err("a plugin's cookies may have 4096 bytes together");
        }
        let most = self.0.entry(name.to_owned()).or_default();
        *most = bytes.max(*most);
        Ok(())
    }
}

/// The cookie as it goes out, and in what it was meant to reach further.
pub(super) fn narrowed(
    plugin: &str,
    set_cookie: &str,
    transport: Transport,
) -> Result<(Cookie<'static>, Option<&'static str>), &'static str> {
    let meant = Cookie::parse(set_cookie).map_err(|_| "it is no cookie")?;
    if !meant.name().bytes().all(is_name) {
        return Err("the name of a cookie is letters, digits and any of - _ .");
    }
    if !meant.value().bytes().all(is_value) {
        return Err("the value of a cookie has a character that has to be encoded");
    }
    let path = format!("/plugins/{plugin}/");
    let narrowed = if meant.domain().is_some() {
        Some("its Domain was left out: a plugin's cookie is for this host alone")
    } else if meant.path().is_some_and(|meant| meant != path) {
        Some("its Path was replaced by the plugin's own")
    } else if meant.same_site() == Some(SameSite::None) {
        Some("its SameSite was made Lax")
    } else {
        None
    };
    let same_site = meant.same_site().filter(|same_site| *same_site == SameSite::Strict);
    let cookie = Cookie::build(format!("{plugin}.{}", meant.name()), meant.value().to_owned())
        .path(path)
        .http_only(true)
        .secure(transport == Transport::Secure)
        .same_site(same_site.unwrap_or(SameSite::Lax));
    let mut cookie = cookie.finish();
    if let Some(expires) = meant.expires() {
        cookie.set_expires(expires);
    }
    cookie.set_max_age(meant.max_age());
    Ok((cookie, narrowed))
}

/// The plugin's cookies in a request, as it calls them; if it asks for them, also those that neither the
/// console nor a plugin has set.
pub(crate) fn of_plugin(plugin: &str, headers: &HeaderMap, and_others: bool) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).filter_map(|line| line.to_str().ok());
    let own = lines.flat_map(|line| line.split(';')).filter_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        if !name.bytes().all(is_name) {
            return None;
        }
        match name.split_once('.') {
            Some((whose, name)) if whose == plugin => Some(format!("{name}={value}")),
            // Another plugin's has its id before it.
            Some((whose, _)) if is_plugin_id(whose) => None,
            _ => (and_others && !is_consoles(name)).then(|| format!("{name}={value}")),
        }
    });
    let own: Vec<_> = own.collect();
    (!own.is_empty()).then(|| own.join("; "))
}

/// Whether the console may have set it.
fn is_consoles(name: &str) -> bool {
    name.strip_prefix("__Host-").unwrap_or(name).to_ascii_lowercase().starts_with("tenon")
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// RFC 6265, 4.1.1.
fn is_value(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn out(line: &str) -> String {
        match narrowed("shop", line, Transport::Plain) {
            Ok((cookie, narrowed)) => {
                format!("{cookie}{}", narrowed.map(|how| format!(" ({how})")).unwrap_or_default())
            }
            Err(why) => why.to_owned(),
        }
    }

    #[test]
    fn a_cookie_is_the_plugins_own_whatever_it_was_meant_to_be() {
        let told: Vec<_> = [
            "basket=1",
            "basket=1; Path=/plugins/shop/; HttpOnly; SameSite=Strict; Max-Age=60",
            "basket=1; Path=/; SameSite=None; Secure",
            "basket=1; Path=/plugins/other/",
            "basket=1; Domain=example.org",
            "basket=1; SameSite=None",
            "tenon-session=mine; Path=/",
            "__Host-tenon-session=mine; Path=/; Secure",
            "tenon%2Dsession=mine",
            "=tenon-session=mine",
            "tenon-session",
            "a b=1",
            "a=1\u{1}",
            "a=\"quoted\"",
        ]
        .map(|line| format!("{line}\n    {}", out(line)))
        .into();
        insta::assert_snapshot!(told.join("\n"));
        let (secure, _) = narrowed("shop", "a=1", Transport::Secure).unwrap();
        assert!(secure.secure().unwrap());
    }

    #[test]
    fn a_plugin_has_so_many_names_and_bytes_and_no_more() {
        let take = |jar: &mut Jar, name: &str, bytes: usize| {
            jar.take(&Cookie::new(name.to_owned(), "x".repeat(bytes))).is_ok()
        };
        let mut jar = Jar::default();
        assert!((0..10).all(|number| take(&mut jar, &format!("n{number}"), 1)));
        assert!(!take(&mut jar, "one-more", 1));
        assert!(take(&mut jar, "n3", 1000), "a name that is known may be set again");
        let mut jar = Jar::default();
        assert!(take(&mut jar, "a", 3000) && take(&mut jar, "b", 1000));
        assert!(!take(&mut jar, "b", 1200));
        assert!(take(&mut jar, "a", 1) && !take(&mut jar, "b", 1200), "some browser still has it");
    }

    #[test]
    fn a_plugin_is_sent_what_it_has_set_and_nothing_else() {
        let request = TestRequest::default()
            .insert_header(("Cookie", "tenon-session=secret; shop.basket=1; shopping.x=2; shop=3"))
            .append_header(("Cookie", "other.basket=4;shop.a=b=c; shop.tenon-session=mine"))
            .to_http_request();
        let sent = of_plugin("shop", request.headers(), false);
        assert_eq!(sent.as_deref(), Some("basket=1; a=b=c; tenon-session=mine"));
        assert_eq!(of_plugin("orders", request.headers(), false), None);
    }
}

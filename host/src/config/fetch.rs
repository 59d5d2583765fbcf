//! `[fetch]` and `[plugins.fetch.<id>]`: what plugins may ask of others through the host.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use config::ValueKind;
use ipnet::IpNet;
use tenon_migrations_core::migration::PluginId;
use url::Url;

use super::from_value::FromConfigValue;
use super::outbound::{http_proxy, private_network, proxy_resolves};
use super::reader::{Reader, Section, Table};

/// `[fetch]`: what holds of all requests that plugins send through the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchConfig {
    /// How long one may take, redirects and the answer's body included.
    pub timeout: Duration,
    /// How many bytes the body of an answer may have, and that of a request.
    pub max_body: u64,
    /// The proxy through which they go.
    pub proxy: Option<String>,
    /// Whether the proxy alone looks up names, and so decides which addresses are reached.
    pub proxy_resolves: bool,
    /// A PEM file with the authorities to trust instead of the system's.
    pub tls_root_cert: Option<PathBuf>,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            max_body: 8 << 20,
            proxy: None,
            proxy_resolves: false,
            tls_root_cert: None,
        }
    }
}

/// `[plugins.fetch.<id>]`: what one plugin may ask of others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FetchAllowance {
    /// The methods with the places.
    pub allow: Vec<AllowedFetch>,
    /// The addresses that are not public, and may be connected to all the same.
    pub private: Vec<IpNet>,
}

impl FetchAllowance {
    /// Whether one of the entries allows it.
    pub fn allows(&self, method: &str, url: &Url) -> bool {
        self.allow.iter().any(|entry| entry.allows(method, url))
    }

    /// Of entries as a configuration has them.
    ///
    /// # Errors
    ///
    /// What is wrong with one of them.
    pub fn of(allow: &[String], private: &[String]) -> Result<Self, String> {
        let allow = allow.iter().map(|text| AllowedFetch::read(text)).collect::<Result<_, _>>()?;
        let private = private.iter().map(|text| private_network(text)).collect::<Result<_, _>>()?;
        Ok(Self { allow, private })
    }

    /// The entries, as they are written.
    pub fn told(&self) -> Vec<String> {
        self.allow.iter().map(ToString::to_string).collect()
    }
}

/// One entry: `POST https://hooks.example.com:8443/in/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedFetch {
    method: String,
    origin: url::Origin,
    /// The path, and whether everything below it is meant; without one it is every path.
    path: Option<(String, bool)>,
    text: String,
}

/// The methods that a plugin can send.
pub const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

const SHAPE: &str =
    "is no entry such as \"GET https://api.example.com\" or \"POST https://hooks.example.com:8443/in/*\"";

impl AllowedFetch {
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" {SHAPE}");
        let (method, place) = text.split_once(' ').ok_or_else(wrong)?;
        if !METHODS.contains(&method) {
            return Err(format!("\"{text}\": the method must be one of {}", METHODS.join(", ")));
        }
        let url = Url::parse(place).map_err(|_| wrong())?;
        let plain = url.username().is_empty() && url.password().is_none();
        let whole = url.query().is_none() && url.fragment().is_none();
        if !["http", "https"].contains(&url.scheme()) || !url.has_host() || !plain || !whole {
            return Err(wrong());
        }
        if url.host_str().is_some_and(|host| host.contains('*')) {
            return Err(format!("\"{text}\": a host has no `*`: name each one"));
        }
        let path = match url.path() {
            "/" => None,
            path => match path.strip_suffix('*') {
                Some(below) if below.ends_with('/') && !below.contains('*') => {
                    (below != "/").then(|| (below.to_owned(), true))
                }
                None => Some((path.to_owned(), false)),
                Some(_) => return Err(format!("\"{text}\": a `*` stands at the end, behind a `/`")),
            },
        };
        if path.as_ref().is_some_and(|(path, _)| path.contains('*')) {
            return Err(format!("\"{text}\": a `*` stands at the end, behind a `/`"));
        }
        Ok(Self { method: method.to_owned(), origin: url.origin(), path, text: text.to_owned() })
    }

    fn allows(&self, method: &str, url: &Url) -> bool {
        let path = match &self.path {
            None => true,
            // A server may take these for what parts a path.
            Some(_) if hides_a_separator(url.path()) => false,
            Some((path, true)) => url.path().starts_with(path),
            Some((path, false)) => url.path() == path,
        };
        path && self.method == method && self.origin == url.origin()
    }
}

impl fmt::Display for AllowedFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn hides_a_separator(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["%2f", "%5c", "%00"].iter().any(|hidden| path.contains(hidden))
}

/// The longest time that one request may be given.
const LONGEST: Duration = Duration::from_secs(300);

pub(super) fn read(mut section: Section<'_, '_>) -> FetchConfig {
    let timeout = section.optional::<Duration>("timeout");
    let default = FetchConfig::default();
    let proxy = http_proxy(&mut section);
    let config = FetchConfig {
        timeout: timeout.as_ref().map_or(default.timeout, |(timeout, _)| *timeout),
        max_body: section.get("max_body", default.max_body),
        proxy_resolves: proxy_resolves(&mut section, proxy.as_deref()),
        proxy,
        tls_root_cert: section.path("tls_root_cert"),
    };
    if let Some((timeout, origin)) = &timeout
        && (timeout.is_zero() || *timeout > LONGEST)
    {
        let message = format!("must be more than 0 and at most {} s", LONGEST.as_secs());
        section.problem("timeout", origin, message);
    }
    section.finish();
    config
}

/// Reads the tables of all plugins, out of the one of `[plugins]`.
pub(super) fn read_allowances(
    reader: &mut Reader<'_>,
    plugins: &mut Table,
) -> BTreeMap<PluginId, FetchAllowance> {
    let mut all = BTreeMap::new();
    let Some(fetch) = plugins.remove("fetch") else { return all };
    let origin = Reader::origin(&fetch);
    let ValueKind::Table(tables) = fetch.kind else {
        let message = "must be tables of plugins, each written [plugins.fetch.ID]";
        reader.problem("plugins.fetch", &origin, message.to_owned());
        return all;
    };
    for (id, value) in tables {
        let (key, origin) = (format!("plugins.fetch.{id}"), Reader::origin(&value));
        let plugin: PluginId = match id.parse() {
            Ok(plugin) => plugin,
            Err(error) => {
                reader.problem(&key, &origin, format!("{error}"));
                continue;
            }
        };
        let ValueKind::Table(table) = value.kind else {
            reader.problem(&key, &origin, format!("must be a table, written [{key}]"));
            continue;
        };
        let mut allowance = FetchAllowance::default();
        for (word, value) in table {
            let (key, origin) = (format!("{key}.{word}"), Reader::origin(&value));
            let told = reader.setting_origin(&origin);
            reader.note(&key, Some(value.to_string()), told);
            if !["allow", "private"].contains(&&*word) {
                let message = format!("unknown key; known in [plugins.fetch.{id}]: allow, private");
                reader.problem(&key, &origin, message);
                continue;
            }
            let texts = match Vec::<String>::read(&value.kind, &origin) {
                Ok(texts) => texts,
                Err(message) => {
                    reader.problem(&key, &origin, message);
                    continue;
                }
            };
            for text in texts {
                let taken = if word == "allow" {
                    AllowedFetch::read(&text).map(|entry| allowance.allow.push(entry))
                } else {
                    private_network(&text).map(|network| allowance.private.push(network))
                };
                if let Err(message) = taken {
                    reader.problem(&key, &origin, message);
                }
            }
        }
        all.insert(plugin, allowance);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, method: &str, url: &str) -> bool {
        AllowedFetch::read(entry).unwrap().allows(method, &Url::parse(url).unwrap())
    }

    #[test]
    fn an_entry_allows_its_method_at_its_place() {
        let entry = "GET https://api.example.com";
        assert!(allows(entry, "GET", "https://API.example.com:443/a?b=c"));
        for other in [
            "http://api.example.com/a",
            "https://api.example.com:8443/a",
            "https://api.example.com./a",
            "https://api.example.com.evil.example/a",
            "https://evil.example/?https://api.example.com",
        ] {
            assert!(!allows(entry, "GET", other), "{other}");
        }
        assert!(!allows(entry, "POST", "https://api.example.com/a"));
        assert!(!allows(entry, "get", "https://api.example.com/a"));
    }

    #[test]
    fn a_path_is_exact_unless_it_ends_with_a_star() {
        let below = "POST https://a.example:8443/in/*";
        assert!(allows(below, "POST", "https://a.example:8443/in/x/y"));
        for other in ["/in", "/inside", "/in/../out", "/in/%2e%2e/out", "/in/..%2fout", "/in/..%5Cout"] {
            assert!(!allows(below, "POST", &format!("https://a.example:8443{other}")), "{other}");
        }
        assert!(allows("GET http://a.example/one", "GET", "http://a.example/one?x"));
        assert!(!allows("GET http://a.example/one", "GET", "http://a.example/one/"));
        assert!(allows("GET http://a.example/*", "GET", "http://a.example/any"));
    }

    #[test]
    fn what_is_no_entry_is_told() {
        for wrong in [
            "",
            "https://a.example",
            "BREW https://a.example",
            "get https://a.example",
            "GET ftp://a.example",
            "GET https://me:pass@a.example",
            "GET https://a.example/?x",
            "GET https://*.example",
            "GET https://a.example/a*",
            "GET https://a.example/*/a",
            "GET https://",
        ] {
            assert!(AllowedFetch::read(wrong).is_err(), "{wrong}");
        }
    }
}

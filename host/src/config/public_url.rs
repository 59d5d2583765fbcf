//! `server.public_url`: where people find the console, whatever the address that it listens on.

use std::fmt;

use config::ValueKind;
use url::Url;

use super::from_value::FromConfigValue;
use super::origin::Origin;

/// The address of the console in browsers: scheme, host and port, and nothing behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

/// Why a text is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the address of the console in browsers, such as \"https://tenon.example.com\": {0}")]
pub struct PublicUrlError(String);

impl PublicUrl {
    /// The address of one page, by its path.
    pub fn page(&self, path: &str) -> String {
        format!("{}{}", self, path.trim_start_matches('/'))
    }

    /// Whether browsers come by TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let wrong = |why: &str| PublicUrlError(why.to_owned());
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("it begins with https:// or http://, and a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("a name and a password have no place in it"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("nothing follows the host and the port: the console has no prefix"));
        }
        Ok(Self(url))
    }
}

/// With a slash at the end.
impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromConfigValue for PublicUrl {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        String::read(kind, origin)?.parse().map_err(|error: PublicUrlError| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_addresses_below_it_and_it_has_no_path_of_its_own() {
        for text in ["https://tenon.example.com", "https://tenon.example.com/"] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!(url.page("/findings/7"), "https://tenon.example.com/findings/7");
        }
        for text in
            ["tenon.example.com", "ftp://a", "https://", "https://a/b", "https://ops:s@a", "https://a/?b"]
        {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}

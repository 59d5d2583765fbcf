//! What a plugin is asked.

use std::any::type_name;
use std::fmt::Display;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::contract::{CALLER_HEADER, RequestV1};
use crate::{Caller, Host, PluginError};

/// One HTTP request to one of the plugin's routes.
#[derive(Debug)]
pub struct Request<'a> {
    raw: RequestV1<'a>,
    host: &'a Host<'a>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(raw: RequestV1<'a>, host: &'a Host<'a>) -> Self {
        Self { raw, host }
    }

    /// The method, in capitals.
    pub fn method(&self) -> &'a str {
        self.raw.method.as_str()
    }

    /// The route that matched, as `export_plugin!` spells it: `GET /items/{sku}`. Match on it.
    pub fn route(&self) -> &'a str {
        self.raw.route.as_str()
    }

    /// The path below the plugin's prefix; starts with `/`.
    pub fn path(&self) -> &'a str {
        self.raw.path.as_str()
    }

    /// The value of a `{name}` of the route.
    ///
    /// # Errors
    ///
    /// When the route has no such name: a mistake of the plugin, so 500.
    pub fn param(&self, name: &str) -> Result<&'a str, PluginError> {
        let pair = self.raw.params.as_slice().iter().find(|pair| pair.name.as_str() == name);
        pair.map(|pair| pair.value.as_str()).ok_or_else(|| {
            PluginError::internal(format!("the route {:?} has no parameter {name:?}", self.route()))
        })
    }

    /// The value of a `{name}` of the route, as a number, a `Uuid`, or whatever else has a text form.
    ///
    /// # Errors
    ///
    /// 400 when the text is no such thing; 500 when the route has no such name.
    pub fn param_as<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, PluginError> {
        parse(&format!("the path's {name:?}"), self.param(name)?)
    }

    /// The first value of that name in the query string, decoded.
    pub fn query_param(&self, name: &str) -> Option<String> {
        self.raw.query.as_str().split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key) == name).then(|| decode(value))
        })
    }

    /// The first value of that name in the query string, as a number, a `Uuid`, or whatever else has a text
    /// form.
    ///
    /// # Errors
    ///
    /// 400 when the text is no such thing.
    pub fn query_param_as<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, PluginError> {
        let Some(text) = self.query_param(name) else { return Ok(None) };
        parse(&format!("the query's {name:?}"), &text).map(Some)
    }

    /// The whole query string, as a struct: a field of type `Option` may be left out, and a `Vec` has all
    /// values of its name.
    ///
    /// # Errors
    ///
    /// 400 when it is not of the shape of `T`.
    pub fn query_as<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        serde_html_form::from_str(self.raw.query.as_str())
            .map_err(|error| PluginError::unreadable("the query", error))
    }

    /// A header; its name in any case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let headers = self.raw.headers.as_slice();
        headers.iter().find(|pair| pair.name.eq_ignore_ascii_case(name)).map(|pair| pair.value.as_str())
    }

    /// The body.
    pub fn body(&self) -> &'a [u8] {
        self.raw.body.as_slice()
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// 400 when it is no JSON, or not of the shape of `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        serde_json::from_slice(self.body()).map_err(|error| PluginError::unreadable("the body", error))
    }

    /// The caller, as the host has verified them. Of a route that is not `public` there is always one.
    pub fn caller(&self) -> Option<Caller<'a>> {
        serde_json::from_str(self.header(CALLER_HEADER)?).ok()
    }

    /// The id of the administrator who is logged in to the console.
    pub fn user(&self) -> Option<&'a str> {
        Some(self.raw.user.as_str()).filter(|user| !user.is_empty())
    }

    /// The request's id, as in the host's log.
    pub fn id(&self) -> &'a str {
        self.raw.request_id.as_str()
    }

    /// The host: its log and the plugin's configuration.
    pub fn host(&self) -> &'a Host<'a> {
        self.host
    }
}

fn parse<T: FromStr<Err: Display>>(what: &str, text: &str) -> Result<T, PluginError> {
    text.parse().map_err(|error| {
        let wanted = type_name::<T>().rsplit("::").next().unwrap_or_default();
        PluginError::bad_request(format!("{what} is {text:?}, which is no {wanted}: {error}"))
    })
}

/// Decodes `%41` and `+` of a query string. What is no valid escape stays as it is.
fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn a_query_string_is_decoded_and_a_broken_escape_is_kept() {
        for (raw, decoded) in [
            ("a+b%20c", "a b c"),
            ("%C3%A4", "ä"),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("%4", "%4"),
            ("%+4", "% 4"),
            ("", ""),
        ] {
            assert_eq!(decode(raw), decoded);
        }
    }
}

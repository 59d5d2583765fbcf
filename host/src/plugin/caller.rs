//! The caller of a route, as the host has verified them, and how SQL is told.
//!
//! SQL has the id as the setting `tenon.caller`, which any function can change, and as what the function
//! `tenon.caller()` says (`host/migrations/0008_caller.sql`), which none can. The first message of a call's
//! transaction declares a cursor behind its `BEGIN`, and PostgreSQL keeps the text of that message with the
//! cursor until the transaction ends. The id stands at the end of that text. A plugin's statements go by the
//! extended protocol, one each, and SQL in a function cannot begin a transaction, so neither makes a cursor
//! whose text begins like that. There is no secret that could be read, and nothing that could be used in
//! another transaction.
//!
//! A statement that goes without a transaction has the setting alone. Where `tenon.caller()` is asked in it,
//! the function says so by an error of its own, and the host sends the statement again, in a transaction. The
//! statements of that route's calls go in one from then on.
//!
//! Saying it costs a call of one statement a fifth of its time. So nothing is said where none of the plugin's
//! SQL asks: where neither its library nor one that it requires has the setting's name anywhere. The sessions
//! then have a setting that is nobody's id, and SQL that asks all the same, by a name that it puts together,
//! is not told that nobody calls: `tenon.caller()` fails, once, and the plugin's next calls are told.

use postgres_protocol::escape::escape_literal;

use serde::Serialize;
use serde_json::{Map, Value};

/// The way in which a caller was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verifier {
    /// By a signed token of an issuer.
    Jwt,
    /// By what a trusted proxy says.
    Proxy,
    /// By the console's session.
    Session,
    /// By one of the console's API tokens.
    Token,
    /// By nothing: whoever asks a host for development from its own machine.
    Development,
}

/// What is known of a caller.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallerFacts {
    /// The id: what rows of theirs are told by.
    pub subject: String,
    /// The name for people.
    pub name: Option<String>,
    pub scopes: Vec<String>,
    /// What else a token says of them.
    pub claims: Map<String, Value>,
    pub how: Verifier,
    /// Whether `admin` routes answer them.
    pub admin: bool,
}

/// A caller, with what a plugin is told of them.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownCaller {
    pub subject: String,
    pub admin: bool,
    /// As JSON.
    pub told: String,
}

impl From<CallerFacts> for KnownCaller {
    fn from(facts: CallerFacts) -> Self {
        // Maps with names alone have a JSON form.
        let told = serde_json::to_string(&facts).unwrap_or_default();
        let CallerFacts { subject, admin, .. } = facts;
        Self { subject, admin, told }
    }
}

/// Whether a library's SQL may ask who calls: whether the name that setting and function have stands
/// anywhere in it.
pub fn may_be_asked_by(library: &[u8]) -> bool {
    // Names of settings are the same in all cases.
    let (schema, name) = ("tenon", "caller");
    memchr::memchr_iter(b'.', library).any(|dot| {
        let (before, after) = (&library[..dot], &library[dot + 1..]);
        let ends =
            before.last_chunk::<5>().is_some_and(|bytes| bytes.eq_ignore_ascii_case(schema.as_bytes()));
        ends && after.first_chunk::<6>().is_some_and(|bytes| bytes.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// The error of `tenon.caller()` where the setting names somebody, and no cursor does.
pub const UNPROVEN: &str = "TNC01";

impl KnownCaller {
    /// How a transaction of theirs begins: with this, and with who calls. To be sent as a message of its own,
    /// since the function reads the whole of it.
    pub fn begins(&self, begin: &str) -> String {
        let mut text = format!(
            "{begin}; DECLARE \"tenon.caller\" NO SCROLL CURSOR FOR SELECT; SET LOCAL tenon.caller = {}; --",
            escape_literal(&self.subject)
        );
        for byte in self.subject.bytes() {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or_default());
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or_default());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_may_ask_who_calls_where_the_name_stands_in_it() {
        for asks in ["SELECT tenon.caller()", "\0current_setting('Tenon.CALLER', true)\0", "tenon.caller"] {
            assert!(may_be_asked_by(asks.as_bytes()), "{asks}");
        }
        for not in ["", ".", "tenon.call", "enon.caller", "tenon_caller", "tenon..caller", "caller.tenon"] {
            assert!(!may_be_asked_by(not.as_bytes()), "{not}");
        }
    }

    #[test]
    fn what_an_id_says_never_ends_the_text_that_names_the_caller() {
        let facts = CallerFacts {
            subject: "o'; --61\n--62\\".to_owned(),
            name: None,
            scopes: Vec::new(),
            claims: Map::new(),
            how: Verifier::Jwt,
            admin: false,
        };
        let text = KnownCaller::from(facts).begins("BEGIN READ ONLY");
        assert!(text.starts_with("BEGIN READ ONLY; DECLARE "), "{text}");
        assert!(text.ends_with("; --6f273b202d2d36310a2d2d36325c"), "{text}");
    }
}

//! The caller of a route, as the host has verified them.

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

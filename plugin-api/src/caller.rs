//! The caller of a route, as the host has verified them.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Somebody whom the host has verified: by a token, by what a proxy says, by the console's session.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Caller<'a> {
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    scopes: Vec<Cow<'a, str>>,
    #[serde(default)]
    claims: Map<String, Value>,
    #[serde(borrow, default)]
    how: Cow<'a, str>,
    #[serde(default)]
    admin: bool,
}

impl Caller<'_> {
    /// The id: what rows of theirs are told by. SQL has the same as
    /// `tenon.caller()`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The name for people, where one is known.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What they were allowed: a token's scopes, the groups that a proxy names.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(|scope| &**scope)
    }

    /// Whether they were allowed this.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|one| one == scope)
    }

    /// What else the token says of them.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The way in which they were verified: `jwt`, `proxy`, `session`, `token` or `development`.
    pub fn how(&self) -> &str {
        &self.how
    }

    /// Whether they are an administrator, as whom `admin` routes answer.
    pub fn is_admin(&self) -> bool {
        self.admin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_tells_of_a_caller_is_read_also_from_one_that_tells_more() {
        let told =
            r#"{"subject":"a\"da","name":null,"scopes":["notes"],"claims":{"org":7},"how":"jwt","new":1}"#;
        let caller: Caller<'_> = serde_json::from_str(told).unwrap();
        assert_eq!((caller.subject(), caller.name(), caller.how()), ("a\"da", None, "jwt"));
        assert!(caller.has_scope("notes") && !caller.has_scope("note") && !caller.is_admin());
        assert_eq!(caller.claims()["org"], 7);
    }
}

//! One code of a finding, a rule or an error, whichever list it is of.

use serde::Serialize;
use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::plan::PlanRule;
use tenon_migrations_core::release::ReleaseRule;

/// A code as reports and errors have it. Made only of what is [`Coded`], so that `tenon explain` knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(&'static str);

impl Code {
    /// The name.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.0)
    }
}

/// A list of codes each of which has a text in a page of `report/explain.rs`; a test there holds it.
pub trait Coded {
    /// The name of this one.
    fn name(&self) -> &'static str;
}

impl<T: Coded> From<T> for Code {
    fn from(one: T) -> Self {
        Self(one.name())
    }
}

impl Coded for Cause {
    fn name(&self) -> &'static str {
        self.as_str()
    }
}

impl Coded for PlanRule {
    fn name(&self) -> &'static str {
        self.as_str()
    }
}

impl Coded for ReleaseRule {
    fn name(&self) -> &'static str {
        self.as_str()
    }
}

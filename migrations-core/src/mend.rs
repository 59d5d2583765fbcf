//! The SQL that would mend a difference, where there is an honest one.
//!
//! It is written from the expected reading alone: that is what the difference was found against, names and
//! all, and it is in PostgreSQL's own spelling with every name qualified, so it is SQL. Nothing here runs by
//! itself: an administrator chooses.

mod column;
mod hazard;
mod index;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tenon_schema::Descriptors;

use crate::compare::Difference;
use crate::reading::{Kind, Object, ObjectId, Property, Reading, Value};

pub use hazard::{Hazard, HazardRule, ParseHazardError};

/// What would mend a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mend {
    /// The statements, each one statement without a semicolon, in the order in which they run inside a
    /// transaction.
    pub sql: Vec<String>,
    /// What an administrator has to consent to by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<Hazard>,
    /// Of mends that run together, the lowest goes first.
    #[serde(default)]
    pub order: i16,
    /// Whether it makes only what is missing.
    #[serde(default)]
    additive: bool,
}

impl Mend {
    /// Whether it changes nothing that is there: it only makes what is missing, be it an object, a label, a
    /// grant, or a property that PostgreSQL has no value of, such as a default; and costs nothing.
    pub fn is_additive(&self) -> bool {
        self.additive && self.hazards.is_empty()
    }

    fn new(order: i16, sql: impl IntoIterator<Item = String>) -> Self {
        Self { sql: sql.into_iter().collect(), order, ..Self::default() }
    }

    /// One that makes only what is missing.
    fn adding(order: i16, sql: impl IntoIterator<Item = String>) -> Self {
        Self { additive: true, ..Self::new(order, sql) }
    }
}

/// The chosen mends in the order in which they can run. Those of one cause are one and stand once.
pub fn in_order<'a>(chosen: impl IntoIterator<Item = &'a Mend>) -> Vec<&'a Mend> {
    let mut seen = BTreeSet::new();
    let mut ordered: Vec<_> = chosen.into_iter().filter(|mend| seen.insert(&mend.sql)).collect();
    ordered.sort_by_key(|mend| mend.order);
    ordered
}

/// What a difference was found between.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The plugin's part of the database as it was verified.
    pub expected: &'a Reading,
    /// All of the database as it is.
    pub live: &'a Reading,
    /// What the plugin says: for what a reading does not keep, the order of a table's columns.
    pub descriptors: &'a Descriptors,
}

/// What would mend this difference; `None` where nothing would without guessing.
pub fn mend(difference: &Difference, sides: &Sides<'_>) -> Option<Mend> {
    match difference.object.kind {
        Kind::Column => column::mend(difference, sides),
        Kind::Index => index::mend(difference, sides),
        _ => None,
    }
}

impl<'a> Sides<'a> {
    fn expected(&self, id: &ObjectId) -> Option<&'a Object> {
        self.expected.objects.get(id)
    }
}

fn text(object: &Object, property: Property) -> Option<&str> {
    match object.get(&property)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn list(object: &Object, property: Property) -> &[String] {
    match object.get(&property) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn is_set(object: &Object, property: Property) -> bool {
    object.get(&property) == Some(&Value::Flag(true))
}

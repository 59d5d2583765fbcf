//! The SQL that would repair a difference, where there is an honest one.
//!
//! It is written from the expected snapshot: that is what the difference was found against, names and all,
//! and it is in PostgreSQL's own spelling with every name qualified, so it is SQL. The plugin's descriptors
//! say the same in other words, and may be newer than what was verified. Nothing here runs by itself: an
//! administrator chooses.
//!
//! A repair is statements, what they may cost (`Hazard`, consented to by name), and their place among other
//! repairs. How something is made (`make/`) stands below how it is changed (`change/`). Above both,
//! `difference.rs` chooses, and sends a difference on to another that it comes with.
//!
//! - **Renames** (`rename.rs`). A copy that has the properties of something missing need not be it; under
//!   the wrong name it would be taken for it, with all its rows. So naming it back is a second repair
//!   beside the plain one (`Finding::rename`, chosen as `ID:rename`), with a hazard. What has no rows and
//!   is left empty beside them is not made; it is made alike by renaming.
//! - **What stands in the way** is found in the live snapshot by the names in its texts (`users.rs`,
//!   `obstacle.rs`). It is taken down, and made again as it was. What nobody reads is asked of `pg_depend`
//!   when the plan is made, and refused by name.
//! - **Repairs that run together** run statement by statement, in the order of what they make, remove and
//!   name (`order.rs`, `says.rs`). They bring those without which they would fail (`Repair::needs`). One that
//!   names what nobody would make is not offered (`lacking.rs`).
//! - **A type that tables use** is made anew under its own name, and each column is converted by name
//!   (`retype.rs`). What a refused use of an enum value needs instead is written by the same code
//!   (`enum_anew.rs`).
//!
//! The suite `mutation` makes every kind of change by hand, runs the repairs of what is found, and finds
//! nothing left. The suite `pairs` has schemas before and after with rows in every table (`tests/pairs/`).
//! `scripts/mutate --pairs` counts how many of these the repairs make into each other, in both directions: by
//! the snapshots, by `pg_dump` and by the rows.

pub(crate) mod about;
mod address;
mod change;
mod database;
mod difference;
mod enum_anew;
mod family;
mod hazard;
mod lacking;
pub(crate) mod make;
mod obstacle;
mod order;
mod parsed_otherwise;
mod rank;
pub mod rename;
mod replace;
mod retype;
mod says;
pub(crate) mod sides;
pub(crate) mod spelling;
#[cfg(test)]
mod tests;
mod users;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::compare::Difference;
use crate::snapshot::{ObjectId, Property, Value};

pub use enum_anew::enum_anew;
pub use hazard::{Hazard, HazardRule, ParseHazardError};
pub use order::{Part, in_order, needs};
pub use says::{Disturbed, Standing, disturbed, in_the_way};
pub use sides::Sides;
pub use spelling::converts_each;

/// What would repair a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Repair {
    /// The statements, each one statement without a semicolon, in the order in which they run inside a
    /// transaction whose `search_path` is `pg_catalog` and whose `check_function_bodies` is off.
    pub sql: Vec<String>,
    /// What an administrator has to consent to by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<Hazard>,
    /// The findings, by their ids, whose repairs run with it: it would fail without them, or not lead to what
    /// is expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The rank: of repairs that run together, and of which none has to come before another, the lowest goes
    /// first.
    #[serde(default)]
    pub order: i16,
    /// Whether it makes only what is missing.
    #[serde(default)]
    additive: bool,
    /// What stands in the way and is made again. Its statements are among the others.
    #[serde(skip)]
    taken: Vec<Taken>,
    /// What other repairs have to have changed before.
    #[serde(skip)]
    waits: BTreeSet<ObjectId>,
}

/// What is taken down for a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Taken {
    down: String,
    /// The statements that make it again as it was.
    up: Vec<String>,
}

impl Repair {
    /// Whether it changes nothing that is there: it only makes what is missing, be it an object, a label, a
    /// grant, or a property that PostgreSQL has no value of, such as a default; and costs nothing.
    pub fn is_additive(&self) -> bool {
        self.additive && self.hazards.is_empty()
    }

    /// The statements, in their order.
    pub fn statements(&self) -> impl Iterator<Item = &str> {
        self.sql.iter().map(String::as_str)
    }

    fn new(order: i16, sql: impl IntoIterator<Item = String>) -> Self {
        Self { sql: sql.into_iter().collect(), order, ..Self::default() }
    }

    /// One that makes only what is missing.
    fn adding(order: i16, sql: impl IntoIterator<Item = String>) -> Self {
        Self { additive: true, ..Self::new(order, sql) }
    }

    /// The statements that are about what is repaired, and not about what stands in the way.
    fn own(&self) -> impl Iterator<Item = &str> {
        let taken = |sql: &&str| {
            self.taken.iter().any(|taken| taken.down == **sql || taken.up.iter().any(|up| up == *sql))
        };
        self.sql.iter().map(String::as_str).filter(move |sql| !taken(sql))
    }

    fn hazard(mut self, hazard: Hazard) -> Self {
        self.hazards.push(hazard);
        self
    }

    /// Adds a hazard, if it is one here.
    fn hazard_if(self, is_one: bool, hazard: impl FnOnce() -> Hazard) -> Self {
        if is_one { self.hazard(hazard()) } else { self }
    }
}

/// What an administrator is offered for a difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// What would repair it; `None` where nothing would without guessing.
    pub repair: Option<Repair>,
    /// What would repair it if something was renamed, and nothing but its name is other: under that name it
    /// is taken for what is missing, with all its rows.
    pub rename: Option<Repair>,
    /// Why there is no repair, where that is known: what stands in the way.
    pub in_the_way: Option<String>,
}

/// What is offered for each of these differences, which are all that there are.
pub fn offers(differences: &[Difference], sides: &Sides<'_>) -> Vec<Offer> {
    let mut offers: Vec<_> = differences.iter().map(|difference| offer(difference, sides)).collect();
    lacking::withdraw(&mut offers, sides);
    offers
}

fn offer(difference: &Difference, sides: &Sides<'_>) -> Offer {
    let rename = rename::offered(difference, sides);
    match cleared(difference, sides) {
        Ok(repair) => Offer { repair, rename, in_the_way: None },
        Err(in_the_way) => Offer { repair: None, rename, in_the_way: Some(in_the_way) },
    }
}

/// What would repair this difference; `None` where nothing would without guessing.
pub fn repair(difference: &Difference, sides: &Sides<'_>) -> Option<Repair> {
    cleared(difference, sides).ok().flatten()
}

fn cleared(difference: &Difference, sides: &Sides<'_>) -> Result<Option<Repair>, String> {
    let repair = difference::of_difference(difference, sides)
        .filter(|repair| !parsed_otherwise::is_parsed_otherwise(repair, &difference.object, sides));
    repair.map(|repair| obstacle::cleared(repair, sides)).transpose()
}

/// What makes a copy like its original, which may be by renaming: a copy has no rows to lose.
pub fn repair_copy(difference: &Difference, sides: &Sides<'_>) -> Option<Repair> {
    let of_parent = family::of_parent(difference, sides);
    rename::in_copy(of_parent.as_ref().unwrap_or(difference), sides).or_else(|| repair(difference, sides))
}

/// One property of an object that has another value.
#[derive(Debug, Clone, Copy)]
struct Changed<'a> {
    id: &'a ObjectId,
    property: Property,
    expected: Option<&'a Value>,
    found: Option<&'a Value>,
}

impl<'a> Changed<'a> {
    fn expected_text(&self) -> Option<&'a str> {
        match self.expected {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn expects_flag(&self) -> bool {
        self.expected == Some(&Value::Flag(true))
    }

    fn lists(&self) -> (&'a [String], &'a [String]) {
        let list = |value: Option<&'a Value>| match value {
            Some(Value::List(items)) => items.as_slice(),
            _ => &[],
        };
        (list(self.expected), list(self.found))
    }

    /// A repair of this kind's place in the order, that adds where nothing was found.
    fn repair(&self, order: i16, sql: impl IntoIterator<Item = String>) -> Repair {
        if self.found.is_none() { Repair::adding(order, sql) } else { Repair::new(order, sql) }
    }
}

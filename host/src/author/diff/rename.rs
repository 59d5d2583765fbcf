//! What was renamed: as an author says it, and as it may have been.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use tenon_migrations_core::compare::{Change, Difference};
use tenon_migrations_core::ddl::literal;
use tenon_migrations_core::repair::{Hazard, HazardRule, Sides, rename};
use tenon_migrations_core::snapshot::{Kind, ObjectId, Property, Value};

/// A rename: `inventory.item.qty=quantity`. Names may be short as long as they are unambiguous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RenameChoice {
    pub from: String,
    pub to: String,
}

impl FromStr for RenameChoice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => {
                Ok(Self { from: from.to_owned(), to: to.to_owned() })
            }
            _ => Err("write the old name, `=` and the new one, as inventory.item.qty=quantity"),
        }
    }
}

impl fmt::Display for RenameChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.from, self.to)
    }
}

/// Why a rename cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RenameError {
    #[error("nothing that goes is called {from:?} where something called {to:?} comes: {there}")]
    Unknown { from: String, to: String, there: String },
    #[error("{from:?} and {to:?} are names of several: write them in full, as schema.table.column")]
    Ambiguous { from: String, to: String },
    #[error("no statement renames the {0}")]
    NoStatement(String),
}

/// What renames something, and what that may cost.
#[derive(Debug)]
pub(super) struct Renaming {
    pub(super) sql: Vec<String>,
    pub(super) hazard: Hazard,
}

/// What has no name of its own to be kept: it goes with its table, and no row is other for it.
fn is_only_a_name(id: &ObjectId) -> bool {
    id.relation.is_some() && id.kind != Kind::Column
}

/// The renames that need no word of an author: nothing but the name is other, and no row depends on it.
pub(super) fn certain(differences: &[Difference], sides: &Sides<'_>) -> Vec<Renaming> {
    let named = differences.iter().filter_map(|difference| rename::candidate(difference, sides));
    let named = named.filter(|(is, _)| is_only_a_name(is));
    named.filter_map(|(is, was)| of_objects(&is, &was, sides).ok()).collect()
}

/// What may have been renamed, with what would say so, by the object that would come instead.
pub(super) fn possible(differences: &[Difference], sides: &Sides<'_>) -> Vec<(ObjectId, RenameChoice)> {
    let of_objects = differences.iter().filter_map(|difference| {
        let (is, was) = rename::candidate(difference, sides).filter(|(is, _)| !is_only_a_name(is))?;
        let to = if was.schema == is.schema { was.name.to_string() } else { was.path() };
        Some((was, RenameChoice { from: is.path(), to }))
    });
    let of_labels = differences.iter().filter_map(|difference| {
        let (goes, comes) = labels(difference)?;
        let ([from], [to]) = (goes.as_slice(), comes.as_slice()) else { return None };
        let from = format!("{}.{from}", difference.object.path());
        Some((difference.object.clone(), RenameChoice { from, to: (*to).to_owned() }))
    });
    of_objects.chain(of_labels).collect()
}

/// The labels that an enum has too many, and those that it lacks.
fn labels(difference: &Difference) -> Option<(Vec<&str>, Vec<&str>)> {
    let Change::Changed {
        property: Property::Labels,
        expected: Some(Value::List(expected)),
        found: Some(Value::List(found)),
    } = &difference.change
    else {
        return None;
    };
    let goes = found.iter().filter(|label| !expected.contains(label)).map(String::as_str).collect();
    let comes = expected.iter().filter(|label| !found.contains(label)).map(String::as_str).collect();
    Some((goes, comes))
}

/// What renames what the author says was renamed.
pub(super) fn chosen(
    choice: &RenameChoice,
    differences: &[Difference],
    sides: &Sides<'_>,
) -> Result<Renaming, RenameError> {
    let RenameChoice { from, to } = choice;
    let goes: Vec<_> = of(differences, &Change::Unexpected).filter(|id| is_called(id, from)).collect();
    let pairs = goes.into_iter().flat_map(|is| {
        let comes =
            of(differences, &Change::Missing).filter(move |was| is_called(was, to) && may_be(is, was));
        comes.map(move |was| (is, was))
    });
    let pairs: Vec<_> = pairs.collect();
    let labels: Vec<_> = differences.iter().filter_map(|one| label(one, choice)).collect();
    match (pairs.as_slice(), labels.as_slice()) {
        ([(is, was)], []) => of_objects(is, was, sides),
        ([], [(id, from)]) => {
            let name = id.owner().quoted();
            let sql = format!("ALTER TYPE {name} RENAME VALUE {} TO {}", literal(from), literal(to));
            Ok(Renaming { sql: vec![sql], hazard: Hazard::new(HazardRule::RenameLabel, id) })
        }
        ([], []) => {
            let (from, to) = (from.clone(), to.clone());
            Err(RenameError::Unknown { from, to, there: there(differences) })
        }
        _ => Err(RenameError::Ambiguous { from: from.clone(), to: to.clone() }),
    }
}

/// Whether the one may have been the other: of one kind, and of one table.
fn may_be(is: &ObjectId, was: &ObjectId) -> bool {
    is.kind == was.kind && (is.relation.is_none() && was.relation.is_none() || is.owner() == was.owner())
}

/// Whether an object is meant: by its path, or by the end of that.
fn is_called(id: &ObjectId, text: &str) -> bool {
    let path = id.path();
    id.name.as_str() == text
        || path == text
        || path.strip_suffix(text).is_some_and(|rest| rest.ends_with('.'))
}

/// The label of an enum that a choice renames.
fn label<'a>(difference: &'a Difference, choice: &RenameChoice) -> Option<(&'a ObjectId, &'a str)> {
    let (goes, comes) = labels(difference)?;
    let of_enum = format!("{}.", difference.object.path());
    let from = choice.from.strip_prefix(&of_enum).unwrap_or(&choice.from);
    let from = goes.into_iter().find(|label| *label == from)?;
    comes.contains(&choice.to.as_str()).then_some((&difference.object, from))
}

/// What could be renamed into what.
fn there(differences: &[Difference]) -> String {
    let listed = |change| {
        let paths: Vec<_> = of(differences, change).map(ObjectId::path).collect();
        if paths.is_empty() { "nothing".to_owned() } else { paths.join(", ") }
    };
    format!("what goes is {}, and what comes is {}", listed(&Change::Unexpected), listed(&Change::Missing))
}

fn of<'a>(differences: &'a [Difference], change: &Change) -> impl Iterator<Item = &'a ObjectId> {
    differences.iter().filter(move |one| one.change == *change).map(|one| &one.object)
}

fn of_objects(is: &ObjectId, was: &ObjectId, sides: &Sides<'_>) -> Result<Renaming, RenameError> {
    let no_statement = || RenameError::NoStatement(is.to_string());
    let mut sql = rename::renamed(is, was, sides).ok_or_else(no_statement)?.sql;
    let moved = ObjectId { schema: was.schema.clone(), ..is.clone() };
    if moved != *is && moved.name != was.name {
        sql.extend(rename::renamed(&moved, was, sides).ok_or_else(no_statement)?.sql);
    }
    Ok(Renaming { sql, hazard: Hazard::new(HazardRule::Rename(is.kind), is) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_is_written_with_an_equals_sign() {
        let choice: RenameChoice = "inventory.item.qty=quantity".parse().unwrap();
        assert_eq!((choice.from.as_str(), choice.to.as_str()), ("inventory.item.qty", "quantity"));
        assert_eq!(choice.to_string(), "inventory.item.qty=quantity");
        for bad in ["", "a", "=a", "a="] {
            assert!(bad.parse::<RenameChoice>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_object_is_called_by_its_path_or_the_end_of_it() {
        let id = ObjectId::of_relation(Kind::Column, &"inv.item".parse().unwrap(), "qty".into());
        for (text, is) in
            [("qty", true), ("item.qty", true), ("inv.item.qty", true), ("ty", false), ("x", false)]
        {
            assert_eq!(is_called(&id, text), is, "{text}");
        }
    }
}

//! Owners, grants and comments.

pub(crate) mod grants;

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::Ident;

use crate::ddl;
use crate::snapshot::{Kind, Object, ObjectId, Property, Value};

use super::address::{address, name};
use super::rank::ABOUT;
use super::sides::{list, text};
use super::spelling::{beside, leading_ident};
use super::{Hazard, HazardRule, Repair, Sides};

use self::grants::grants;
pub(super) use self::grants::{change_grants, make_default_privileges, remove_default_privileges};

pub(super) fn change_owner(id: &ObjectId, role: &str, sides: &Sides<'_>) -> Option<Repair> {
    let sql = owner(id, role, sides)?;
    Some(Repair::new(ABOUT, [sql]).hazard(Hazard::new(HazardRule::ChangeOwner, id)))
}

fn owner(id: &ObjectId, role: &str, sides: &Sides<'_>) -> Option<String> {
    Some(format!("ALTER {} OWNER TO {}", address(id, sides)?, Ident::new(role).quoted()))
}

/// Owner, grants and comment of what was just made, as far as they are wanted.
pub(super) fn all(id: &ObjectId, object: &Object, sides: &Sides<'_>) -> Option<Vec<String>> {
    let mut sql = Vec::new();
    if let Some(role) = text(object, Property::Owner) {
        sql.push(owner(id, role, sides)?);
    }
    sql.extend(grants(id, object, sides));
    if let Some(comment) = text(object, Property::Comment) {
        sql.extend(comments(id, Some(comment), None, sides)?);
    }
    for property in [Property::IndexComment, Property::NotNullComment] {
        if let Some(comment) = text(object, property) {
            sql.push(comment_of_part(id, property, Some(comment), object)?);
        }
    }
    sql.extend(dependencies(id, &[], list(object, Property::DependsOn), sides)?);
    Some(sql)
}

pub(super) fn change_comment(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let found = text(live, Property::Comment);
    let sql = comments(id, text(expected, Property::Comment), found, sides)?;
    Some(if found.is_none() { Repair::adding(ABOUT, sql) } else { Repair::new(ABOUT, sql) })
}

/// What is said of the index of a key, or of the NOT NULL of a column.
pub(super) fn change_comment_of_part(
    id: &ObjectId,
    property: Property,
    expected: Option<&Value>,
    sides: &Sides<'_>,
) -> Option<Repair> {
    let expected = match expected {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let live = sides.live(id)?;
    let sql = [comment_of_part(id, property, expected, live)?];
    Some(if live.contains_key(&property) { Repair::new(ABOUT, sql) } else { Repair::adding(ABOUT, sql) })
}

fn comment_of_part(
    id: &ObjectId,
    property: Property,
    comment: Option<&str>,
    object: &Object,
) -> Option<String> {
    let about = match property {
        Property::IndexComment => format!("INDEX {}", name(id)),
        // How one is called that nobody has named, a snapshot does not say.
        _ => {
            let constraint = text(object, Property::NotNullName).filter(|name| !name.starts_with('('))?;
            format!("CONSTRAINT {constraint} ON {}", id.owner().quoted())
        }
    };
    Some(format!("COMMENT ON {about} IS {}", comment.map_or("NULL".to_owned(), ddl::literal)))
}

/// The repair of the extensions with which an object goes.
pub(super) fn change_dependencies(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let (wanted, found) = (list(expected, Property::DependsOn), list(live, Property::DependsOn));
    let sql = dependencies(id, found, wanted, sides)?;
    Some(if found.is_empty() { Repair::adding(ABOUT, sql) } else { Repair::new(ABOUT, sql) })
}

fn dependencies(
    id: &ObjectId,
    found: &[String],
    wanted: &[String],
    sides: &Sides<'_>,
) -> Option<Vec<String>> {
    if found == wanted {
        return Some(Vec::new());
    }
    // Of a constraint it is the index that depends.
    let about = match id.kind {
        Kind::Constraint => format!("INDEX {}", name(id)),
        _ => address(id, sides)?,
    };
    let step = |no: &str, name: &String| {
        format!("ALTER {about} {no}DEPENDS ON EXTENSION {}", Ident::new(name.as_str()).quoted())
    };
    let gone = beside(found, wanted).into_iter().map(|name| step("NO ", name));
    Some(gone.chain(beside(wanted, found).into_iter().map(|name| step("", name))).collect())
}

/// Comments of the object and of its parts that are no objects of their own.
fn comments(
    id: &ObjectId,
    expected: Option<&str>,
    found: Option<&str>,
    sides: &Sides<'_>,
) -> Option<Vec<String>> {
    let (expected, found) = (said(id.kind, expected), said(id.kind, found));
    let parts: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    // What is said of a part that is not to be there goes with that.
    let stays = |part: &Option<Ident>| {
        part.as_ref()
            .is_none_or(|part| expected.contains_key(&Some(part.clone())) || is_part(part, id, sides))
    };
    let mut sql = Vec::new();
    for part in parts.into_iter().filter(|part| expected.get(*part) != found.get(*part) && stays(part)) {
        let about = match (part, id.kind) {
            (None, _) => address(id, sides)?,
            (Some(part), Kind::Domain) => format!("CONSTRAINT {} ON DOMAIN {}", part.quoted(), name(id)),
            (Some(part), _) => format!("COLUMN {}.{}", name(id), part.quoted()),
        };
        let text = expected.get(part).map_or("NULL".to_owned(), |text| ddl::literal(text));
        sql.push(format!("COMMENT ON {about} IS {text}"));
    }
    Some(sql)
}

/// Whether the object is to have a part of this name.
fn is_part(part: &Ident, id: &ObjectId, sides: &Sides<'_>) -> bool {
    let property = match id.kind {
        Kind::View | Kind::MaterializedView => Property::Columns,
        Kind::Composite => Property::Attributes,
        Kind::Domain => Property::Checks,
        _ => return true,
    };
    let is_in = |object: &Object| {
        let mut names = list(object, property).iter().filter_map(|entry| leading_ident(entry));
        names.any(|(name, _)| name == *part)
    };
    let (Some(expected), live) = (sides.expected(id), sides.live(id)) else { return false };
    is_in(expected) || live.is_some_and(|live| is_kept_not_null(expected, live) && !is_in(live))
}

/// Whether a domain's NOT NULL is left as it is: it is the one constraint that is not among the checks.
fn is_kept_not_null(expected: &Object, live: &Object) -> bool {
    let same = |property| expected.get(&property) == live.get(&property);
    let is_named = live.contains_key(&Property::NotNullName);
    is_named && same(Property::NotNull) && same(Property::NotNullName)
}

/// What is said of the object, and of each of its parts that are no objects of their own.
pub(crate) fn said(kind: Kind, comment: Option<&str>) -> BTreeMap<Option<Ident>, String> {
    let Some(comment) = comment else { return BTreeMap::new() };
    let has_parts = matches!(
        kind,
        Kind::View | Kind::MaterializedView | Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range
    );
    if !has_parts {
        return BTreeMap::from([(None, comment.to_owned())]);
    }
    let mut lines = comment.split('\n');
    let mut entries = vec![lines.next().unwrap_or_default().to_owned()];
    for line in lines {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    let whole = entries.remove(0);
    let parts = entries.iter().filter_map(|entry| {
        let (part, rest) = leading_ident(entry)?;
        Some((Some(part), rest.strip_prefix(": ")?.to_owned()))
    });
    let whole = (!whole.is_empty()).then_some((None, whole));
    whole.into_iter().chain(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_comment_says_is_never_taken_for_what_is_said_of_a_part() {
        let said = |comment| said(Kind::View, Some(comment)).into_iter().collect::<Vec<_>>();
        let part = |name: &str| Some(Ident::new(name));
        assert_eq!(said("a\n\tid: b"), [(None, "a\nid: b".to_owned())]);
        assert_eq!(said("a\nid: b"), [(None, "a".to_owned()), (part("id"), "b".to_owned())]);
        assert_eq!(said("id: b"), [(None, "id: b".to_owned())]);
        assert_eq!(
            said("\nid: b\n\tc\n\"x: y\": z"),
            [(part("id"), "b\nc".to_owned()), (part("x: y"), "z".to_owned()),]
        );
        assert_eq!(super::said(Kind::Table, Some("a\n\tb")), [(None, "a\n\tb".to_owned())].into());
    }
}

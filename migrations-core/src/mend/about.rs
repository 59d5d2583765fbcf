//! Owners, grants and comments.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::Ident;

use crate::ddl;
use crate::reading::{Kind, Object, ObjectId, Property, Value};

use super::address::{address, name};
use super::rank::ABOUT;
use super::sides::{list, text};
use super::spelling::{beside, items, leading_ident};
use super::{Hazard, HazardRule, Mend, Sides};

pub(super) fn change_owner(id: &ObjectId, role: &str, sides: &Sides<'_>) -> Option<Mend> {
    let sql = owner(id, role, sides)?;
    Some(Mend::new(ABOUT, [sql]).hazard(Hazard::new(HazardRule::ChangeOwner, id)))
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

/// The grants of what was just made. Default privileges may have given more than is wanted.
fn grants(id: &ObjectId, object: &Object, sides: &Sides<'_>) -> Vec<String> {
    let Some(on) = granted(id) else { return Vec::new() };
    let declared = sides.expected(id).and_then(|expected| expected.get(&Property::Grants));
    // Of what is left open nobody knows what it was, once it is gone.
    if declared == Some(&Value::Undeclared) && sides.live(id).is_none() {
        return Vec::new();
    }
    let owner = text(object, Property::Owner);
    let wanted = wanted(id, object, sides);
    // First what is too much of what PostgreSQL gives.
    let mut found = usual(id, sides);
    let is_wanted = |grantee: &String, privilege: &String| {
        wanted.get(grantee).is_some_and(|wanted| wanted.contains_key(privilege))
    };
    for (grantee, privileges) in &mut found {
        privileges.retain(|privilege, _| is_wanted(grantee, privilege));
    }
    let mut sql = steps(id, &on, owner, &usual(id, sides), &found).sql;
    // Default privileges may have taken some of the rest: what is given once more does no harm.
    for (_, entry) in default_entries(id, sides).filter(|(other, _)| other.schema.as_str().is_empty()) {
        let given = privileges(list(entry, Property::Grants));
        for (grantee, privileges) in &mut found {
            let is_given =
                |privilege: &String| given.get(grantee).is_some_and(|given| given.contains_key(privilege));
            privileges.retain(|privilege, _| is_given(privilege));
        }
    }
    for grantee in given_from_the_start(id, sides) {
        sql.push(format!("REVOKE ALL ON {on} FROM {}", role(&grantee, None)));
        found.remove(&grantee);
    }
    sql.extend(steps(id, &on, owner, &found, &wanted).sql);
    sql
}

/// The default privileges, of whomever, that a new object may get.
fn default_entries<'a>(
    id: &'a ObjectId,
    sides: &Sides<'a>,
) -> impl Iterator<Item = (&'a ObjectId, &'a Object)> {
    let kind = match id.kind {
        Kind::Table | Kind::View | Kind::MaterializedView => "TABLES by ",
        Kind::Sequence => "SEQUENCES by ",
        Kind::Function | Kind::Aggregate => "FUNCTIONS by ",
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => "TYPES by ",
        _ => "nothing by ",
    };
    let of_default = move |other: &ObjectId| {
        other.kind == Kind::DefaultPrivileges
            && (other.schema == id.schema || other.schema.as_str().is_empty())
            && other.name.as_str().starts_with(kind)
    };
    sides.live.objects.iter().filter(move |(other, _)| of_default(other))
}

/// To whom default privileges give something of a new object.
fn given_from_the_start(id: &ObjectId, sides: &Sides<'_>) -> BTreeSet<String> {
    default_entries(id, sides)
        .flat_map(|(_, object)| list(object, Property::Grants))
        .filter_map(|entry| grantee_of(entry).map(|(grantee, _)| grantee))
        .filter(|grantee| *grantee != OWNER)
        .map(str::to_owned)
        .collect()
}

/// The privileges of each grantee, and whether he may hand them on.
type Privileges = BTreeMap<String, BTreeMap<String, bool>>;

const OWNER: &str = "owner";
const GRANT_OPTION: &str = " WITH GRANT OPTION";

fn grantee_of(entry: &str) -> Option<(&str, &str)> {
    let (_, rest) = leading_ident(entry)?;
    let grantee = entry.strip_suffix(rest)?;
    Some((grantee, rest.strip_prefix(": ")?))
}

fn wanted(id: &ObjectId, object: &Object, sides: &Sides<'_>) -> Privileges {
    match object.get(&Property::Grants) {
        Some(Value::List(entries)) => privileges(entries),
        _ => usual(id, sides),
    }
}

fn privileges(entries: &[String]) -> Privileges {
    let entries = entries.iter().filter_map(|entry| grantee_of(entry));
    entries
        .map(|(grantee, list)| {
            let each = items(list).map(|privilege| match privilege.strip_suffix(GRANT_OPTION) {
                Some(privilege) => (privilege.to_owned(), true),
                None => (privilege.to_owned(), false),
            });
            (grantee.to_owned(), each.collect())
        })
        .collect()
}

/// What PostgreSQL gives by itself (manual, chapter 5.8, "Privileges"). Default privileges of one schema only
/// add to what those of all give, and begin with nothing.
fn usual(id: &ObjectId, sides: &Sides<'_>) -> Privileges {
    let kind = match id.kind {
        Kind::DefaultPrivileges if id.schema.as_str().is_empty() => match id.name.as_str().split_once(" by ")
        {
            Some(("TABLES", _)) => Kind::Table,
            Some(("SEQUENCES", _)) => Kind::Sequence,
            Some(("FUNCTIONS", _)) => Kind::Function,
            Some(("TYPES", _)) => Kind::Domain,
            Some(("n", _)) => Kind::Schema,
            _ => Kind::DefaultPrivileges,
        },
        kind => kind,
    };
    let (owner, everybody): (&[&str], &[&str]) = match kind {
        Kind::Table | Kind::View | Kind::MaterializedView => {
            let all =
                &["INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"];
            (if sides.server_major < 17 { &all[..7] } else { all }, &[])
        }
        Kind::Sequence => (&["SELECT", "UPDATE", "USAGE"], &[]),
        Kind::Function | Kind::Aggregate => (&["EXECUTE"], &["EXECUTE"]),
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => (&["USAGE"], &["USAGE"]),
        Kind::Schema => (&["CREATE", "USAGE"], &[]),
        Kind::ForeignServer => (&["USAGE"], &[]),
        _ => (&[], &[]),
    };
    let mut usual = Privileges::new();
    for (grantee, privileges) in [(OWNER, owner), ("public", everybody)] {
        if !privileges.is_empty() {
            let each = privileges.iter().map(|privilege| ((*privilege).to_owned(), false));
            usual.insert(grantee.to_owned(), each.collect());
        }
    }
    usual
}

/// What stands after `ON`, for a kind that has grants.
fn granted(id: &ObjectId) -> Option<String> {
    Some(match id.kind {
        Kind::Table | Kind::View | Kind::MaterializedView => format!("TABLE {}", name(id)),
        Kind::Column => format!("TABLE {}", id.owner().quoted()),
        Kind::Sequence => format!("SEQUENCE {}", name(id)),
        Kind::Function => format!("ROUTINE {}", name(id)),
        // A star is no list of types here.
        Kind::Aggregate => format!("ROUTINE {}", name(id).replace("(*)", "()")),
        Kind::Enum | Kind::Composite | Kind::Range => format!("TYPE {}", name(id)),
        Kind::Domain => format!("DOMAIN {}", name(id)),
        Kind::Schema => format!("SCHEMA {}", id.name.quoted()),
        Kind::ForeignServer => format!("FOREIGN SERVER {}", id.name.quoted()),
        _ => return None,
    })
}

pub(super) fn change_grants(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let (wanted, found) = (wanted(id, expected, sides), wanted(id, live, sides));
    let owner = text(live, Property::Owner);
    let steps = match id.kind {
        Kind::DefaultPrivileges => default_privileges(id, &found, &wanted)?,
        _ => steps(id, &granted(id)?, owner, &found, &wanted),
    };
    let mend = Mend { additive: !steps.revokes, ..Mend::new(ABOUT, steps.sql) };
    Some(mend.hazard_if(steps.revokes, || Hazard::new(HazardRule::Revoke, id)))
}

/// `TABLES by role`: default privileges, where there are none yet.
pub(super) fn make_default_privileges(
    id: &ObjectId,
    object: &Object,
    sides: &Sides<'_>,
) -> Option<Vec<String>> {
    Some(default_privileges(id, &usual(id, sides), &wanted(id, object, sides))?.sql)
}

/// What is given from the start is again what PostgreSQL gives by itself: there is no other way to remove an
/// entry.
pub(super) fn remove_default_privileges(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let steps = default_privileges(id, &wanted(id, sides.live(id)?, sides), &usual(id, sides))?;
    Some(Mend::new(ABOUT, steps.sql).hazard_if(steps.revokes, || Hazard::new(HazardRule::Revoke, id)))
}

struct Steps {
    sql: Vec<String>,
    revokes: bool,
}

fn default_privileges(id: &ObjectId, found: &Privileges, wanted: &Privileges) -> Option<Steps> {
    let (objects, maker) = id.name.as_str().split_once(" by ")?;
    // Read as the catalog keeps them.
    let objects = match objects {
        "n" => "SCHEMAS",
        "L" => "LARGE OBJECTS",
        objects => objects,
    };
    let maker = Ident::new(maker);
    let schema = if id.schema.as_str().is_empty() {
        String::new()
    } else {
        format!(" IN SCHEMA {}", id.schema.quoted())
    };
    let start = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}{schema} ", maker.quoted());
    let mut steps = steps(id, objects, Some(maker.as_str()), found, wanted);
    steps.sql.iter_mut().for_each(|sql| sql.insert_str(0, &start));
    Some(steps)
}

/// The statements that lead from the one to the other.
fn steps(id: &ObjectId, on: &str, owner: Option<&str>, found: &Privileges, wanted: &Privileges) -> Steps {
    let mut steps = Steps { sql: Vec::new(), revokes: false };
    let none = BTreeMap::new();
    let spelled = |privilege: &&String| match id.kind {
        Kind::Column => format!("{privilege} ({})", id.name.quoted()),
        _ => (*privilege).clone(),
    };
    let all = |privileges: Vec<&String>| privileges.iter().map(spelled).collect::<Vec<_>>().join(", ");
    let grantees: BTreeSet<&String> = found.keys().chain(wanted.keys()).collect();
    for grantee in grantees {
        let (has, gets) = (found.get(grantee).unwrap_or(&none), wanted.get(grantee).unwrap_or(&none));
        let to = role(grantee, owner);
        let too_much: Vec<_> = has.keys().filter(|privilege| !gets.contains_key(*privilege)).collect();
        let handed_on: Vec<_> = has
            .iter()
            .filter(|(privilege, option)| **option && gets.get(*privilege) == Some(&false))
            .map(|(privilege, _)| privilege)
            .collect();
        for (words, privileges) in [("REVOKE", too_much), ("REVOKE GRANT OPTION FOR", handed_on)] {
            if !privileges.is_empty() {
                steps.revokes = true;
                steps.sql.push(format!("{words} {} ON {on} FROM {to}", all(privileges)));
            }
        }
        for (option, words) in [(false, ""), (true, GRANT_OPTION)] {
            let lacks = |privilege: &String| match has.get(privilege) {
                None => true,
                Some(had) => option && !had,
            };
            let missing: Vec<_> = gets
                .iter()
                .filter(|(name, gets)| **gets == option && lacks(name))
                .map(|(name, _)| name)
                .collect();
            if !missing.is_empty() {
                steps.sql.push(format!("GRANT {} ON {on} TO {to}{words}", all(missing)));
            }
        }
    }
    steps
}

/// A grantee as SQL: spelled by the server, but for everybody and the owner.
fn role(grantee: &str, owner: Option<&str>) -> String {
    match (grantee, owner) {
        ("public", _) => "PUBLIC".to_owned(),
        (OWNER, Some(owner)) => Ident::new(owner).quoted(),
        (OWNER, None) => "CURRENT_USER".to_owned(),
        (grantee, _) => grantee.to_owned(),
    }
}

pub(super) fn change_comment(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let found = text(live, Property::Comment);
    let sql = comments(id, text(expected, Property::Comment), found, sides)?;
    Some(if found.is_none() { Mend::adding(ABOUT, sql) } else { Mend::new(ABOUT, sql) })
}

/// What is said of the index of a key, or of the NOT NULL of a column.
pub(super) fn change_comment_of_part(
    id: &ObjectId,
    property: Property,
    expected: Option<&Value>,
    sides: &Sides<'_>,
) -> Option<Mend> {
    let expected = match expected {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let live = sides.live(id)?;
    let sql = [comment_of_part(id, property, expected, live)?];
    Some(if live.contains_key(&property) { Mend::new(ABOUT, sql) } else { Mend::adding(ABOUT, sql) })
}

fn comment_of_part(
    id: &ObjectId,
    property: Property,
    comment: Option<&str>,
    object: &Object,
) -> Option<String> {
    let about = match property {
        Property::IndexComment => format!("INDEX {}", name(id)),
        // How one is called that nobody has named, a reading does not say.
        _ => {
            let constraint = text(object, Property::NotNullName).filter(|name| !name.starts_with('('))?;
            format!("CONSTRAINT {constraint} ON {}", id.owner().quoted())
        }
    };
    Some(format!("COMMENT ON {about} IS {}", comment.map_or("NULL".to_owned(), ddl::literal)))
}

/// The mend of the extensions with which an object goes.
pub(super) fn change_dependencies(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let (wanted, found) = (list(expected, Property::DependsOn), list(live, Property::DependsOn));
    let sql = dependencies(id, found, wanted, sides)?;
    Some(if found.is_empty() { Mend::adding(ABOUT, sql) } else { Mend::new(ABOUT, sql) })
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
    let entries = sides.expected(id).map(|object| list(object, property)).unwrap_or_default();
    entries.iter().any(|entry| leading_ident(entry).is_some_and(|(name, _)| name == *part))
}

/// What is said of the object, and of each of its parts that are no objects of their own.
fn said(kind: Kind, comment: Option<&str>) -> BTreeMap<Option<Ident>, String> {
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

//! The privileges of an object, and what default privileges of others give.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::Ident;

use crate::repair::address::name;
use crate::repair::rank::ABOUT;
use crate::repair::sides::{list, text};
use crate::repair::spelling::{items, leading_ident};
use crate::repair::{Hazard, HazardRule, Repair, Sides};
use crate::snapshot::{Kind, Object, ObjectId, Property, Value};

/// The grants of what was just made. Default privileges may have given more than is wanted.
pub(in crate::repair) fn grants(id: &ObjectId, object: &Object, sides: &Sides<'_>) -> Vec<String> {
    let Some(on) = granted(id) else { return Vec::new() };
    let declared = sides.expected(id).and_then(|expected| expected.get(&Property::Grants));
    // Of what is left open nobody knows what it was, once it is gone.
    if declared == Some(&Value::Undeclared) && sides.live(id).is_none() {
        return Vec::new();
    }
    let owner = text(object, Property::Owner);
    let wanted = wanted(id, object, sides);
    // First what is too much of what PostgreSQL gives.
    let mut found = usual(id, sides.server_major);
    let is_wanted = |grantee: &String, privilege: &String| {
        wanted.get(grantee).is_some_and(|wanted| wanted.contains_key(privilege))
    };
    for (grantee, privileges) in &mut found {
        privileges.retain(|privilege, _| is_wanted(grantee, privilege));
    }
    let mut sql = steps(id, &on, owner, &usual(id, sides.server_major), &found).sql;
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
pub(crate) type Privileges = BTreeMap<String, BTreeMap<String, bool>>;

pub(crate) const OWNER: &str = "owner";
const GRANT_OPTION: &str = " WITH GRANT OPTION";

fn grantee_of(entry: &str) -> Option<(&str, &str)> {
    let (_, rest) = leading_ident(entry)?;
    let grantee = entry.strip_suffix(rest)?;
    Some((grantee, rest.strip_prefix(": ")?))
}

fn wanted(id: &ObjectId, object: &Object, sides: &Sides<'_>) -> Privileges {
    match object.get(&Property::Grants) {
        Some(Value::List(entries)) => privileges(entries),
        _ => usual(id, sides.server_major),
    }
}

pub(crate) fn privileges(entries: &[String]) -> Privileges {
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
pub(crate) fn usual(id: &ObjectId, server_major: i32) -> Privileges {
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
            (if server_major < 17 { &all[..7] } else { all }, &[])
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

pub(in crate::repair) fn change_grants(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let (wanted, found) = (wanted(id, expected, sides), wanted(id, live, sides));
    let owner = text(live, Property::Owner);
    let steps = match id.kind {
        Kind::DefaultPrivileges => default_privileges(id, &found, &wanted)?,
        _ => steps(id, &granted(id)?, owner, &found, &wanted),
    };
    let repair = Repair { additive: !steps.revokes, ..Repair::new(ABOUT, steps.sql) };
    Some(repair.hazard_if(steps.revokes, || Hazard::new(HazardRule::Revoke, id)))
}

/// `TABLES by role`: default privileges, where there are none yet.
pub(in crate::repair) fn make_default_privileges(
    id: &ObjectId,
    object: &Object,
    sides: &Sides<'_>,
) -> Option<Vec<String>> {
    Some(default_privileges(id, &usual(id, sides.server_major), &wanted(id, object, sides))?.sql)
}

/// What is given from the start is again what PostgreSQL gives by itself: there is no other way to remove an
/// entry.
pub(in crate::repair) fn remove_default_privileges(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let steps = default_privileges(id, &wanted(id, sides.live(id)?, sides), &usual(id, sides.server_major))?;
    Some(Repair::new(ABOUT, steps.sql).hazard_if(steps.revokes, || Hazard::new(HazardRule::Revoke, id)))
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

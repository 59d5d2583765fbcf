//! Changing a type or a collation.

use tenon_schema::Ident;

use crate::ddl;
use crate::repair::address::name;
use crate::repair::make::column;
use crate::repair::rank::rank;
use crate::repair::replace::replace_with_users;
use crate::repair::retype::{self, Arrays};
use crate::repair::sides::{is_set, text};
use crate::repair::spelling::{beside, leading_ident, names, through_text};
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides};
use crate::snapshot::{Kind, Object, ObjectId, Property};

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    match changed.id.kind {
        Kind::Enum => labels(changed, sides),
        Kind::Domain => domain(changed, sides),
        Kind::Composite => composite(changed, sides),
        _ => replace_with_users(changed.id, sides),
    }
}

/// Adds what is missing. Where a label has to go, or to stand elsewhere, the type is made anew: that is
/// refused if a row has the label. It is not given the name of a missing one, since such rows would say
/// something else then.
fn labels(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let (expected, found) = changed.lists();
    let alter = |action: String| format!("ALTER TYPE {} {action}", name(changed.id));
    let (missing, extra) = (beside(expected, found), beside(found, expected));
    let kept = expected.iter().filter(|label| found.contains(label));
    if !extra.is_empty() || !kept.eq(found) {
        let value = |value: &str, arrays| Some(retype::through_text(value, changed.id, arrays));
        return retype::replace(changed.id, changed.id, sides, value);
    }
    let mut sql = Vec::new();
    let mut before: Option<&String> = None;
    for label in expected {
        if missing.contains(&label) {
            let place = match before {
                Some(other) => format!(" AFTER {}", ddl::literal(other)),
                None => {
                    found.first().map_or_else(String::new, |first| format!(" BEFORE {}", ddl::literal(first)))
                }
            };
            sql.push(alter(format!("ADD VALUE {}{place}", ddl::literal(label))));
        }
        before = Some(label);
    }
    Some(Repair::adding(rank(Kind::Enum), sql))
}

fn domain(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let alter = |action: String| format!("ALTER DOMAIN {} {action}", name(changed.id));
    let repair = |action: String| Some(changed.repair(rank(Kind::Domain), [alter(action)]));
    match changed.property {
        Property::NotNull | Property::NotNullName => {
            let (wanted, live) = (sides.wanted(changed.id)?, sides.live(changed.id)?);
            let there = is_set(live, Property::NotNull);
            let drop = there.then(|| alter("DROP NOT NULL".to_owned()));
            let make = match column::not_null(&wanted).trim_start() {
                "" => None,
                "NOT NULL" => Some(alter("SET NOT NULL".to_owned())),
                named => Some(alter(format!("ADD {named}"))),
            };
            let repair = Repair::new(rank(Kind::Domain), drop.into_iter().chain(make));
            Some(Repair { additive: !there, ..repair })
        }
        Property::Default => repair(match changed.expected_text() {
            Some(default) => format!("SET DEFAULT {default}"),
            None => "DROP DEFAULT".to_owned(),
        }),
        Property::Checks => {
            let (expected, found) = changed.lists();
            let gone = beside(found, expected);
            let additive = gone.is_empty();
            let gone = gone.into_iter().map(|check| {
                leading_ident(check).map(|(name, _)| format!("DROP CONSTRAINT {}", name.quoted()))
            });
            let made =
                beside(expected, found).into_iter().map(|check| Some(format!("ADD CONSTRAINT {check}")));
            let actions = gone.chain(made).collect::<Option<Vec<_>>>()?;
            Some(Repair { additive, ..Repair::new(rank(Kind::Domain), actions.into_iter().map(alter)) })
        }
        // Another type under it is another domain.
        Property::DataType | Property::Collation => retyped_domain(changed.id, sides),
        _ => None,
    }
}

fn retyped_domain(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let (was, is) =
        (text(sides.live(id)?, Property::DataType)?, text(sides.expected(id)?, Property::DataType)?);
    let new = name(id);
    retype::replace(id, id, sides, |value, arrays| {
        Some(match arrays {
            Arrays::No => format!("{value}{}::{is}::{new}", through_text(was, is)),
            Arrays::Yes => format!("{value}::text[]::{new}[]"),
        })
    })
}

/// An attribute as it is read: `name type`.
struct Attribute<'a> {
    name: Ident,
    data_type: &'a str,
}

fn attributes(entries: &[String]) -> Option<Vec<Attribute<'_>>> {
    let attribute = |entry| {
        let (name, rest) = leading_ident(entry)?;
        Some(Attribute { name, data_type: rest.trim_start() })
    };
    entries.iter().map(|entry| attribute(entry)).collect()
}

/// Whether attributes have to stand in another order, or to have another type while a table has values of
/// them.
fn has_to_be_made_anew(
    id: &ObjectId,
    expected: &[Attribute<'_>],
    found: &[Attribute<'_>],
    sides: &Sides<'_>,
) -> bool {
    let of_type = |(column, object): (&ObjectId, &Object)| {
        column.kind == Kind::Column
            && text(object, Property::DataType).is_some_and(|data_type| names(data_type, &id.owner()))
    };
    let kept: Vec<_> =
        found.iter().filter(|one| expected.iter().any(|other| other.name == one.name)).collect();
    let stays = kept.iter().zip(expected).all(|(one, other)| one.name == other.name);
    let is_converted = expected
        .iter()
        .any(|one| kept.iter().any(|other| other.name == one.name && other.data_type != one.data_type));
    !stays || (is_converted && sides.live.objects.iter().any(of_type))
}

fn retyped_composite(
    id: &ObjectId,
    expected: &[Attribute<'_>],
    found: &[Attribute<'_>],
    sides: &Sides<'_>,
) -> Option<Repair> {
    let new = name(id);
    let repair = retype::replace(id, id, sides, |value, arrays| {
        let attribute = |wanted: &Attribute<'_>| match found.iter().find(|has| has.name == wanted.name) {
            Some(has) => {
                let through = through_text(has.data_type, wanted.data_type);
                format!("({value}).{}{through}::{}", wanted.name.quoted(), wanted.data_type)
            }
            None => "NULL".to_owned(),
        };
        let attributes: Vec<_> = expected.iter().map(attribute).collect();
        let row = format!("ROW({})::{new}", attributes.join(", "));
        (arrays == Arrays::No).then(|| format!("CASE WHEN {value} IS DISTINCT FROM NULL THEN {row} END"))
    })?;
    let loses = found.iter().any(|one| !expected.iter().any(|other| other.name == one.name));
    Some(repair.hazard_if(loses, || Hazard::new(HazardRule::DropAttribute, id)))
}

/// Retypes, drops and appends, where that leads to the attributes in their order.
fn composite(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    let (expected, found) = changed.lists();
    let (expected, mut left) = (attributes(expected)?, attributes(found)?);
    let is_expected = |name: &Ident| expected.iter().any(|attribute| attribute.name == *name);
    if has_to_be_made_anew(id, &expected, &left, sides) {
        return retyped_composite(id, &expected, &left, sides);
    }
    // Tables of the type follow it only if they are told to.
    let typed = |object: &Object| {
        text(object, Property::OfType).and_then(|name| name.parse().ok()) == Some(id.owner())
    };
    let cascade = if sides.live.objects.values().any(typed) { " CASCADE" } else { "" };
    let mut actions = Vec::new();
    let mut hazards = Vec::new();
    for attribute in left.iter().filter(|attribute| !is_expected(&attribute.name)) {
        actions.push(format!("DROP ATTRIBUTE {}", attribute.name.quoted()));
        hazards.push(Hazard::new(HazardRule::DropAttribute, id));
    }
    left.retain(|attribute| is_expected(&attribute.name));
    for (place, wanted) in expected.iter().enumerate() {
        match left.get(place) {
            Some(attribute) if attribute.name != wanted.name => return None,
            Some(attribute) if attribute.data_type == wanted.data_type => {}
            Some(_) => {
                actions.push(format!("ALTER ATTRIBUTE {} TYPE {}", wanted.name.quoted(), wanted.data_type));
                hazards.push(Hazard::new(HazardRule::RewriteColumn, id));
            }
            None => actions.push(format!("ADD ATTRIBUTE {} {}", wanted.name.quoted(), wanted.data_type)),
        }
    }
    hazards.dedup();
    let sql = actions.into_iter().map(|action| format!("ALTER TYPE {} {action}{cascade}", name(id)));
    Some(Repair { hazards, ..Repair::adding(rank(Kind::Composite), sql) })
}

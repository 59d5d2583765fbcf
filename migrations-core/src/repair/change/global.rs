//! Changing what stands in no schema: an extension, a server, an event trigger, a publication.

use tenon_schema::Ident;

use crate::ddl;
use crate::repair::make::global::{members, operations, via_root};
use crate::repair::rank::rank;
use crate::repair::replace::{replace, replace_with_users};
use crate::repair::spelling::{change_foreign_options, leading_ident};
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides, database};
use crate::snapshot::{Kind, ObjectId, Property, Value};

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    match id.kind {
        Kind::Extension => extension(changed, sides),
        Kind::Settings => database::change(changed, sides),
        Kind::ForeignServer => server(changed),
        Kind::EventTrigger => match changed.property {
            Property::Enabled => {
                let sql = format!("ALTER EVENT TRIGGER {} {}", id.name.quoted(), changed.expected_text()?);
                Some(changed.repair(rank(id.kind), [sql]))
            }
            _ => replace(id, sides),
        },
        _ => publication(changed, sides),
    }
}

fn extension(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let can_move = !sides
        .live(changed.id)
        .is_some_and(|live| live.get(&Property::Relocatable) == Some(&Value::Flag(false)));
    let action = match changed.property {
        Property::Version => format!("UPDATE TO {}", ddl::literal(changed.expected_text()?)),
        Property::ExtensionSchema if can_move => {
            format!("SET SCHEMA {}", Ident::new(changed.expected_text()?).quoted())
        }
        _ => return None,
    };
    let sql = format!("ALTER EXTENSION {} {action}", name_of(changed.id));
    Some(changed.repair(rank(Kind::Extension), [sql]))
}

fn name_of(id: &ObjectId) -> String {
    id.name.quoted()
}

fn server(changed: &Changed<'_>) -> Option<Repair> {
    let (expected, found) = changed.lists();
    let action = match changed.property {
        Property::Options => change_foreign_options(expected, found)?,
        Property::Version => {
            format!("VERSION {}", changed.expected_text().map_or("NULL".to_owned(), ddl::literal))
        }
        // Of another type or wrapper, it is another server.
        _ => return None,
    };
    Some(
        changed.repair(rank(Kind::ForeignServer), [format!("ALTER SERVER {} {action}", name_of(changed.id))]),
    )
}

fn publication(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    let (wanted, live) = (sides.wanted(id)?, sides.live(id)?);
    if wanted.get(&Property::AllTables) != live.get(&Property::AllTables) {
        // Whoever subscribed to it does not notice.
        let repair = replace(id, sides)?;
        return Some(repair.hazard(Hazard::new(HazardRule::Drop(Kind::Publication), id)));
    }
    let alter = |action: String| format!("ALTER PUBLICATION {} {action}", id.name.quoted());
    let members = members(&wanted);
    let sql = match changed.property {
        Property::Events => vec![alter(format!("SET ({})", operations(&wanted)))],
        Property::ViaRoot => vec![alter(format!("SET ({})", via_root(&wanted)))],
        Property::Tables | Property::Schemas if members.is_empty() => {
            self::members(live).into_iter().map(|member| alter(format!("DROP {}", bare(&member)))).collect()
        }
        Property::Tables | Property::Schemas => vec![alter(format!("SET {}", members.join(", ")))],
        _ => return replace_with_users(id, sides),
    };
    Some(changed.repair(rank(id.kind), sql))
}

/// A member without its columns and condition, as `DROP` wants it.
fn bare(member: &str) -> &str {
    let Some(table) = member.strip_prefix("TABLE ONLY ") else { return member };
    let rest = leading_ident(table).and_then(|(_, rest)| leading_ident(rest.strip_prefix('.')?));
    rest.and_then(|(_, rest)| member.strip_suffix(rest)).unwrap_or(member)
}

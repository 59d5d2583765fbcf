//! What stands in no schema: extensions, servers, event triggers, publications.

use tenon_schema::Ident;

use crate::ddl;
use crate::reading::{Kind, Object, ObjectId, Property, Value};

use super::address::rank;
use super::create::{replace, replace_with_users};
use super::sides::{is_set, list, text};
use super::spelling::{change_foreign_options, foreign_options, leading_ident};
use super::{Changed, Hazard, HazardRule, Mend, Sides, database};

pub(super) fn create_extension(id: &ObjectId, extension: &Object) -> Option<Vec<String>> {
    let mut sql = format!("CREATE EXTENSION {}", id.name.quoted());
    if let Some(schema) = text(extension, Property::ExtensionSchema) {
        sql.push_str(&format!(" SCHEMA {}", Ident::new(schema).quoted()));
    }
    if let Some(version) = text(extension, Property::Version) {
        sql.push_str(&format!(" VERSION {}", ddl::literal(version)));
    }
    Some(vec![sql])
}

pub(super) fn create_server(id: &ObjectId, server: &Object) -> Option<Vec<String>> {
    let mut sql = format!("CREATE SERVER {}", id.name.quoted());
    for (property, word) in [(Property::ServerType, "TYPE"), (Property::Version, "VERSION")] {
        if let Some(value) = text(server, property) {
            sql.push_str(&format!(" {word} {}", ddl::literal(value)));
        }
    }
    let wrapper = Ident::new(text(server, Property::Wrapper)?).quoted();
    let options = ddl::foreign_options(&foreign_options(list(server, Property::Options))?);
    Some(vec![format!("{sql} FOREIGN DATA WRAPPER {wrapper}{options}")])
}

pub(super) fn create_event_trigger(id: &ObjectId, trigger: &Object) -> Option<Vec<String>> {
    let tags: Vec<_> = list(trigger, Property::Tags).iter().map(|tag| ddl::literal(tag)).collect();
    let tags = if tags.is_empty() { String::new() } else { format!(" WHEN TAG IN ({})", tags.join(", ")) };
    let mut sql = vec![format!(
        "CREATE EVENT TRIGGER {} ON {}{tags} EXECUTE FUNCTION {}()",
        id.name.quoted(),
        list(trigger, Property::Events).first()?,
        text(trigger, Property::Function)?
    )];
    if let Some(state) = text(trigger, Property::Enabled).filter(|state| *state != "ENABLE") {
        sql.push(format!("ALTER EVENT TRIGGER {} {state}", id.name.quoted()));
    }
    Some(sql)
}

pub(super) fn create_publication(id: &ObjectId, publication: &Object) -> Option<Vec<String>> {
    let members = members(publication);
    let what = match (is_set(publication, Property::AllTables), members.is_empty()) {
        (true, _) => " FOR ALL TABLES".to_owned(),
        (false, true) => String::new(),
        (false, false) => format!(" FOR {}", members.join(", ")),
    };
    Some(vec![format!(
        "CREATE PUBLICATION {}{what} WITH ({}, {})",
        id.name.quoted(),
        operations(publication),
        via_root(publication)
    )])
}

fn operations(publication: &Object) -> String {
    let operations = list(publication, Property::Events).join(", ").to_ascii_lowercase();
    format!("publish = {}", ddl::literal(&operations))
}

fn via_root(publication: &Object) -> String {
    format!("publish_via_partition_root = {}", is_set(publication, Property::ViaRoot))
}

fn members(publication: &Object) -> Vec<String> {
    let table = |member: &String| match condition_of(member) {
        Some((table, condition)) => format!("TABLE ONLY {table} WHERE ({condition})"),
        None => format!("TABLE ONLY {member}"),
    };
    let tables = list(publication, Property::Tables).iter().map(table);
    let schemas = list(publication, Property::Schemas).iter();
    let schemas = schemas.map(|name| format!("TABLES IN SCHEMA {}", Ident::new(name.as_str()).quoted()));
    tables.chain(schemas).collect()
}

/// A published table with its columns, and the condition behind them.
fn condition_of(member: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let outside = |(at, c): (usize, char)| {
        quoted ^= c == '"';
        (!quoted && member[at..].starts_with(" WHERE ")).then_some(at)
    };
    let at = member.char_indices().find_map(outside)?;
    Some((&member[..at], &member[at + " WHERE ".len()..]))
}

pub(super) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
    let id = changed.id;
    match id.kind {
        Kind::Extension => extension(changed, sides),
        Kind::Settings => database::change(changed, sides),
        Kind::ForeignServer => server(changed),
        Kind::EventTrigger => match changed.property {
            Property::Enabled => {
                let sql = format!("ALTER EVENT TRIGGER {} {}", id.name.quoted(), changed.expected_text()?);
                Some(changed.mend(rank(id.kind), [sql]))
            }
            _ => replace(id, sides),
        },
        _ => publication(changed, sides),
    }
}

fn extension(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
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
    Some(changed.mend(rank(Kind::Extension), [sql]))
}

fn name_of(id: &ObjectId) -> String {
    id.name.quoted()
}

fn server(changed: &Changed<'_>) -> Option<Mend> {
    let (expected, found) = changed.lists();
    let action = match changed.property {
        Property::Options => change_foreign_options(expected, found)?,
        Property::Version => {
            format!("VERSION {}", changed.expected_text().map_or("NULL".to_owned(), ddl::literal))
        }
        // Of another type or wrapper, it is another server.
        _ => return None,
    };
    Some(changed.mend(rank(Kind::ForeignServer), [format!("ALTER SERVER {} {action}", name_of(changed.id))]))
}

fn publication(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
    let id = changed.id;
    let (wanted, live) = (sides.wanted(id)?, sides.live(id)?);
    if wanted.get(&Property::AllTables) != live.get(&Property::AllTables) {
        // Whoever subscribed to it does not notice.
        let mend = replace(id, sides)?;
        return Some(mend.hazard(Hazard::new(HazardRule::Drop(Kind::Publication), id)));
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
    Some(changed.mend(rank(id.kind), sql))
}

/// A member without its columns and condition, as `DROP` wants it.
fn bare(member: &str) -> &str {
    let Some(table) = member.strip_prefix("TABLE ONLY ") else { return member };
    let rest = leading_ident(table).and_then(|(_, rest)| leading_ident(rest.strip_prefix('.')?));
    rest.and_then(|(_, rest)| member.strip_suffix(rest)).unwrap_or(member)
}

//! Making what stands in no schema: an extension, a server, an event trigger, a publication.

use tenon_schema::Ident;

use crate::ddl;
use crate::repair::sides::{is_set, list, text};
use crate::repair::spelling::{foreign_options, split_outside_quotes};
use crate::snapshot::{Object, ObjectId, Property};

pub(in crate::repair) fn create_extension(id: &ObjectId, extension: &Object) -> Option<Vec<String>> {
    let mut sql = format!("CREATE EXTENSION {}", id.name.quoted());
    if let Some(schema) = text(extension, Property::ExtensionSchema) {
        sql.push_str(&format!(" SCHEMA {}", Ident::new(schema).quoted()));
    }
    if let Some(version) = text(extension, Property::Version) {
        sql.push_str(&format!(" VERSION {}", ddl::literal(version)));
    }
    Some(vec![sql])
}

pub(in crate::repair) fn create_server(id: &ObjectId, server: &Object) -> Option<Vec<String>> {
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

pub(in crate::repair) fn create_event_trigger(id: &ObjectId, trigger: &Object) -> Option<Vec<String>> {
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

pub(in crate::repair) fn create_publication(id: &ObjectId, publication: &Object) -> Option<Vec<String>> {
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

pub(in crate::repair) fn operations(publication: &Object) -> String {
    let operations = list(publication, Property::Events).join(", ").to_ascii_lowercase();
    format!("publish = {}", ddl::literal(&operations))
}

pub(in crate::repair) fn via_root(publication: &Object) -> String {
    format!("publish_via_partition_root = {}", is_set(publication, Property::ViaRoot))
}

pub(in crate::repair) fn members(publication: &Object) -> Vec<String> {
    let table = |member: &String| match split_outside_quotes(member, " WHERE ") {
        Some((table, condition)) => format!("TABLE ONLY {table} WHERE ({condition})"),
        None => format!("TABLE ONLY {member}"),
    };
    let tables = list(publication, Property::Tables).iter().map(table);
    let schemas = list(publication, Property::Schemas).iter();
    let schemas = schemas.map(|name| format!("TABLES IN SCHEMA {}", Ident::new(name.as_str()).quoted()));
    tables.chain(schemas).collect()
}

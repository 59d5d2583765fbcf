//! What stands in no schema: extensions, servers, event triggers, publications.

use tenon_schema::{Enabled, EventTrigger, Extension, ForeignServer, Publication, PublishedTable};

use super::{DdlStatement, Placement, about, columns, foreign_options, literal};

pub(super) fn create_extension(extension: &Extension) -> DdlStatement {
    let mut sql = format!("CREATE EXTENSION IF NOT EXISTS {}", extension.name.quoted());
    if let Some(schema) = &extension.schema {
        sql.push_str(&format!(" SCHEMA {}", schema.quoted()));
    }
    if let Some(version) = &extension.version {
        sql.push_str(&format!(" VERSION {}", literal(version)));
    }
    DdlStatement { object: format!("extension {}", extension.name), sql }
}

pub(super) fn create_server(server: &ForeignServer, placement: &Placement) -> DdlStatement {
    let mut sql = format!("CREATE SERVER {}", placement.global(&server.name).quoted());
    for (word, value) in [("TYPE", &server.server_type), ("VERSION", &server.version)] {
        if let Some(value) = value {
            sql.push_str(&format!(" {word} {}", literal(value)));
        }
    }
    sql.push_str(&format!(
        " FOREIGN DATA WRAPPER {}{}",
        server.wrapper.quoted(),
        foreign_options(&server.options)
    ));
    DdlStatement { object: format!("foreign server {}", server.name), sql }
}

/// An event trigger with all that is said of it. It fires for whatever is made after it.
pub(super) fn create_event_trigger(trigger: &EventTrigger, placement: &Placement) -> Vec<DdlStatement> {
    let object = format!("event trigger {}", trigger.name);
    let name = placement.global(&trigger.name).quoted();
    let tags: Vec<_> = trigger.tags.iter().map(|tag| literal(tag)).collect();
    let tags = if tags.is_empty() { String::new() } else { format!(" WHEN TAG IN ({})", tags.join(", ")) };
    let sql = format!(
        "CREATE EVENT TRIGGER {name} ON {}{tags} EXECUTE FUNCTION {}()",
        trigger.event,
        trigger.function.quoted()
    );
    let mut made = vec![DdlStatement { object: object.clone(), sql }];
    if trigger.enabled != Enabled::default() {
        let sql = format!("ALTER EVENT TRIGGER {name} {}", trigger.enabled.sql());
        made.push(DdlStatement { object, sql });
    }
    made.extend(about::event_trigger(trigger, placement));
    made
}

pub(super) fn create_publication(item: &Publication, placement: &Placement) -> DdlStatement {
    let mut sql = format!("CREATE PUBLICATION {}", placement.global(&item.name).quoted());
    let table = |table: &PublishedTable| {
        let mut sql = format!("TABLE ONLY {}", placement.place(&table.table).quoted());
        if !table.columns.is_empty() {
            sql.push_str(&format!(" {}", columns(&table.columns)));
        }
        if let Some(condition) = &table.condition {
            sql.push_str(&format!(" WHERE ({condition})"));
        }
        sql
    };
    let mut members: Vec<_> = item.tables.iter().map(table).collect();
    members.extend(
        item.schemas.iter().map(|schema| format!("TABLES IN SCHEMA {}", placement.schema(schema).quoted())),
    );
    if item.all_tables {
        sql.push_str(" FOR ALL TABLES");
    } else if !members.is_empty() {
        sql.push_str(&format!(" FOR {}", members.join(", ")));
    }
    let mut options = Vec::new();
    if !item.publish.is_empty() {
        let operations: Vec<_> = item.publish.iter().map(|event| event.sql().to_ascii_lowercase()).collect();
        options.push(format!("publish = '{}'", operations.join(", ")));
    }
    if item.via_root {
        options.push("publish_via_partition_root = true".to_owned());
    }
    if !options.is_empty() {
        sql.push_str(&format!(" WITH ({})", options.join(", ")));
    }
    DdlStatement { object: format!("publication {}", item.name), sql }
}

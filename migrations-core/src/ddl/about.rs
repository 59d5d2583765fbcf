//! Owners, grants and comments, where they are declared.

use tenon_schema::{
    About, DefaultPrivileges, Descriptors, Grant, Ident, Index, ObjectName, Schema, Statistics, Table,
};

use super::routine::signature;
use super::{DdlStatement, Placement, literal};

/// How an object is addressed in `ALTER`, `COMMENT ON` and `GRANT … ON`.
struct Target {
    /// The kind in SQL, such as `MATERIALIZED VIEW`.
    kind: &'static str,
    /// The kind in `GRANT`, where it takes part.
    granted: &'static str,
    name: String,
    /// What it is called in messages.
    object: String,
}

/// All owners, grants and comments of these descriptors.
pub(super) fn all(descriptors: &Descriptors, placement: &Placement) -> Vec<DdlStatement> {
    let mut made = Vec::new();
    let standing = |kind, granted, name: &ObjectName| Target {
        kind,
        granted,
        name: placement.place(name).quoted(),
        object: format!("{} {name}", kind.to_ascii_lowercase()),
    };
    macro_rules! each {
        ($list:ident, $kind:literal, $granted:literal) => {
            for item in &descriptors.$list {
                about(&standing($kind, $granted, &item.name), &item.about, placement, &mut made);
            }
        };
    }
    for item in &descriptors.schemas {
        schema(item, placement, &mut made);
    }
    each!(collations, "COLLATION", "");
    each!(enums, "TYPE", "TYPE");
    each!(domains, "DOMAIN", "DOMAIN");
    each!(composites, "TYPE", "TYPE");
    each!(ranges, "TYPE", "TYPE");
    each!(sequences, "SEQUENCE", "SEQUENCE");
    for item in &descriptors.tables {
        let kind = if item.foreign.is_some() { "FOREIGN TABLE" } else { "TABLE" };
        about(&standing(kind, "TABLE", &item.name), &item.about, placement, &mut made);
        parts_of_table(item, placement, &mut made);
    }
    each!(views, "VIEW", "TABLE");
    for item in &descriptors.views {
        let (triggers, rules) = (&item.triggers, &item.rules);
        parts(&item.name, "TRIGGER", triggers.iter().map(|x| (&x.name, &x.comment)), placement, &mut made);
        parts(&item.name, "RULE", rules.iter().map(|x| (&x.name, &x.comment)), placement, &mut made);
    }
    each!(materialized_views, "MATERIALIZED VIEW", "TABLE");
    for item in &descriptors.materialized_views {
        beside(&item.name, &item.indexes, &item.statistics, placement, &mut made);
    }
    for item in &descriptors.functions {
        let name = signature(&item.name, &item.arguments, placement);
        let object = format!("function {}", item.name);
        let target = Target { kind: "ROUTINE", granted: "ROUTINE", name, object };
        about(&target, &item.about, placement, &mut made);
    }
    for item in &descriptors.aggregates {
        let arguments: Vec<_> = item.arguments.iter().chain(&item.order_by).cloned().collect();
        let name = signature(&item.name, &arguments, placement);
        let object = format!("aggregate {}", item.name);
        let target = Target { kind: "ROUTINE", granted: "ROUTINE", name, object };
        about(&target, &item.about, placement, &mut made);
    }
    for item in &descriptors.operators {
        let left = item.left.as_deref().unwrap_or("NONE");
        let symbol = super::operator::symbol(&placement.place(&item.name));
        let name = format!("{symbol} ({left}, {})", item.right);
        let object = format!("operator {}", item.name);
        about(&Target { kind: "OPERATOR", granted: "", name, object }, &item.about, placement, &mut made);
    }
    let using = |kind, name: &ObjectName, method: &Ident| Target {
        name: format!("{} USING {}", placement.place(name).quoted(), method.quoted()),
        ..standing(kind, "", name)
    };
    for item in &descriptors.operator_families {
        about(&using("OPERATOR FAMILY", &item.name, &item.method), &item.about, placement, &mut made);
    }
    for item in &descriptors.operator_classes {
        about(&using("OPERATOR CLASS", &item.name, &item.method), &item.about, placement, &mut made);
    }
    each!(text_search_dictionaries, "TEXT SEARCH DICTIONARY", "");
    each!(text_search_configurations, "TEXT SEARCH CONFIGURATION", "");
    let global = |kind, granted, name: &Ident| Target {
        kind,
        granted,
        name: placement.global(name).quoted(),
        object: format!("{} {name}", kind.to_ascii_lowercase()),
    };
    for item in &descriptors.foreign_servers {
        about(&global("SERVER", "FOREIGN SERVER", &item.name), &item.about, placement, &mut made);
    }
    for item in &descriptors.publications {
        about(&global("PUBLICATION", "", &item.name), &item.about, placement, &mut made);
    }
    made
}

/// The owner and the comment of an event trigger, which fires for other statements once it is there.
pub(super) fn event_trigger(item: &tenon_schema::EventTrigger, placement: &Placement) -> Vec<DdlStatement> {
    let target = Target {
        kind: "EVENT TRIGGER",
        granted: "",
        name: placement.global(&item.name).quoted(),
        object: format!("event trigger {}", item.name),
    };
    let mut made = Vec::new();
    about(&target, &item.about, placement, &mut made);
    made
}

fn schema(schema: &Schema, placement: &Placement, made: &mut Vec<DdlStatement>) {
    let target = Target {
        kind: "SCHEMA",
        granted: "SCHEMA",
        name: placement.schema(&schema.name).quoted(),
        object: format!("schema {}", schema.name),
    };
    about(&target, &schema.about, placement, made);
}

fn about(target: &Target, about: &About, placement: &Placement, made: &mut Vec<DdlStatement>) {
    let Target { kind, granted, name, object } = target;
    // The scratch copy of an object stays with whoever makes it: the owner need not be able to.
    if let Some(owner) = about.owner.as_ref().filter(|_| !placement.is_scratch()) {
        made.push(DdlStatement {
            object: format!("owner of {object}"),
            sql: format!("ALTER {kind} {name} OWNER TO {}", owner.quoted()),
        });
    }
    for revoke in &about.revokes {
        made.push(DdlStatement {
            object: format!("what {} may not do with {object}", revoke.to),
            sql: format!(
                "REVOKE {} ON {granted} {name} FROM {}",
                revoke.privileges.join(", "),
                role(&revoke.to)
            ),
        });
    }
    for grant in about.grants.iter().flatten() {
        made.push(DdlStatement {
            object: format!("what {} may do with {object}", grant.to),
            sql: format!(
                "GRANT {} ON {granted} {name} TO {}{}",
                grant.privileges.join(", "),
                role(&grant.to),
                option(grant)
            ),
        });
    }
    comment(kind, name, object, about.comment.as_deref(), made);
}

/// Grants and comments of columns, and comments of what belongs to the table.
fn parts_of_table(table: &Table, placement: &Placement, made: &mut Vec<DdlStatement>) {
    let on = placement.place(&table.name).quoted();
    for column in &table.columns {
        for grant in column.grants.iter().flatten() {
            let columns = super::columns(std::slice::from_ref(&column.name));
            let privileges: Vec<_> =
                grant.privileges.iter().map(|privilege| format!("{privilege} {columns}")).collect();
            made.push(DdlStatement {
                object: format!("what {} may do with column {}.{}", grant.to, table.name, column.name),
                sql: format!(
                    "GRANT {} ON TABLE {on} TO {}{}",
                    privileges.join(", "),
                    role(&grant.to),
                    option(grant)
                ),
            });
        }
        let name = format!("{on}.{}", column.name.quoted());
        let object = format!("column {}.{}", table.name, column.name);
        comment("COLUMN", &name, &object, column.comment.as_deref(), made);
    }
    for constraint in &table.constraints {
        if let Some(name) = &constraint.name {
            parts(&table.name, "CONSTRAINT", [(name, &constraint.comment)], placement, made);
        }
    }
    let (triggers, rules) = (&table.triggers, &table.rules);
    parts(&table.name, "TRIGGER", triggers.iter().map(|x| (&x.name, &x.comment)), placement, made);
    parts(&table.name, "POLICY", table.policies.iter().map(|x| (&x.name, &x.comment)), placement, made);
    parts(&table.name, "RULE", rules.iter().map(|x| (&x.name, &x.comment)), placement, made);
    beside(&table.name, &table.indexes, &table.statistics, placement, made);
}

/// Comments of what is addressed by its relation.
fn parts<'a>(
    relation: &ObjectName,
    kind: &str,
    parts: impl IntoIterator<Item = (&'a Ident, &'a Option<String>)>,
    placement: &Placement,
    made: &mut Vec<DdlStatement>,
) {
    let on = placement.place(relation).quoted();
    for (name, text) in parts {
        let object = format!("{} {name} of {relation}", kind.to_ascii_lowercase());
        comment(kind, &format!("{} ON {on}", name.quoted()), &object, text.as_deref(), made);
    }
}

/// Comments of indexes and statistics, which are addressed by their schema.
fn beside(
    relation: &ObjectName,
    indexes: &[Index],
    statistics: &[Statistics],
    placement: &Placement,
    made: &mut Vec<DdlStatement>,
) {
    let indexes = indexes.iter().filter_map(|x| Some(("INDEX", x.name.as_ref()?, &x.comment)));
    let statistics = statistics.iter().map(|x| ("STATISTICS", &x.name, &x.comment));
    for (kind, name, text) in indexes.chain(statistics) {
        let placed = placement.place(&ObjectName::new(relation.schema.clone(), name.clone()));
        let object = format!("{} {name} of {relation}", kind.to_ascii_lowercase());
        comment(kind, &placed.quoted(), &object, text.as_deref(), made);
    }
}

fn comment(kind: &str, name: &str, object: &str, text: Option<&str>, made: &mut Vec<DdlStatement>) {
    if let Some(text) = text {
        made.push(DdlStatement {
            object: format!("comment on {object}"),
            sql: format!("COMMENT ON {kind} {name} IS {}", literal(text)),
        });
    }
}

/// Default privileges, each grant as a statement of its own.
pub(super) fn default_privileges(item: &DefaultPrivileges, placement: &Placement) -> Vec<DdlStatement> {
    let statement = |grant: &Grant| DdlStatement {
        object: format!("default privileges of {} in {}", item.role, item.schema),
        sql: format!(
            "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} GRANT {} ON {} TO {}{}",
            item.role.quoted(),
            placement.schema(&item.schema).quoted(),
            grant.privileges.join(", "),
            item.objects.sql(),
            role(&grant.to),
            option(grant)
        ),
    };
    item.grants.iter().map(statement).collect()
}

/// Everybody, or one role.
pub(super) fn role(role: &Ident) -> String {
    if role.as_str() == "public" { "PUBLIC".to_owned() } else { role.quoted() }
}

fn option(grant: &Grant) -> &'static str {
    if grant.with_grant_option { " WITH GRANT OPTION" } else { "" }
}

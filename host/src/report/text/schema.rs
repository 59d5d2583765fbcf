//! A snapshot as an outline, and what two snapshots differ in.

use std::collections::BTreeMap;

use tenon_migrations_core::assess::Unreadable;
use tenon_migrations_core::compare::{Change, Difference};
use tenon_migrations_core::finding::Severity;
use tenon_migrations_core::snapshot::{NOT_COMPARED, Object, ObjectId, Value};

use super::{Style, clean, counted, indented};
use crate::schema::snapshot_file::{SnapshotFile, SnapshotScope};

/// Schemas, in them what stands by itself, below each relation what belongs to it.
pub fn schema(printed: &SnapshotFile, style: Style) -> String {
    let scope = match &printed.scope {
        SnapshotScope::Database => String::new(),
        SnapshotScope::Schema(schema) => format!(" of schema {schema}"),
        SnapshotScope::Plugin(plugin) => format!(" of plugin {plugin}"),
    };
    let objects = counted(printed.objects.objects.len(), "object");
    let mut text = format!("{objects}{scope}, as PostgreSQL {} prints them\n", printed.printer.server_major);
    let mut parts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (id, object) in printed.objects.objects.iter().filter(|(id, _)| id.relation.is_some()) {
        parts.entry(id.owner()).or_default().push((id, object));
    }
    let mut schema = None;
    for (id, object) in printed.objects.objects.iter().filter(|(id, _)| id.relation.is_none()) {
        if schema.replace(&id.schema) != Some(&id.schema) {
            let title = if id.schema.as_str().is_empty() {
                "in no schema".to_owned()
            } else {
                format!("schema {}", id.schema)
            };
            text += &format!("\n{}\n", style.strong(clean(&title)));
        }
        text += &of_object(id, object, "  ", style);
        if let Some(parts) = takes_parts(id).then(|| parts.remove(&id.owner())).flatten() {
            text.extend(parts.into_iter().map(|(id, object)| of_object(id, object, "    ", style)));
        }
    }
    for (relation, parts) in parts {
        text += &format!("\n{}\n", style.strong(clean(&format!("of {relation}"))));
        text.extend(parts.into_iter().map(|(id, object)| of_object(id, object, "  ", style)));
    }
    let unprinted = not_printed("Left out", &printed.unprinted, style);
    text + if unprinted.is_empty() { "" } else { "\n" } + &unprinted
}

/// Whether the object's name is that of a relation: a function may have the same.
fn takes_parts(id: &ObjectId) -> bool {
    use tenon_migrations_core::snapshot::Kind;
    matches!(id.kind, Kind::Table | Kind::View | Kind::MaterializedView)
}

/// The object on a line, its properties below; those that say no or nothing are left out.
fn of_object(id: &ObjectId, object: &Object, indent: &str, style: Style) -> String {
    let name = ObjectId { relation: None, schema: Default::default(), ..id.clone() }.path();
    let name = name.trim_start_matches('.');
    let mut text = format!("{indent}{} {}\n", style.faint(id.kind.noun()), clean(name));
    let inner = format!("{indent}    ");
    for (property, value) in object.iter().filter(|(property, _)| property.is_compared()) {
        let nothing = match value {
            Value::Flag(false) => true,
            Value::List(items) => items.is_empty(),
            _ => false,
        };
        if !nothing {
            let value = indented(&value.to_string(), &format!("{inner}  "));
            text += &format!("{inner}{}: {value}\n", property.noun());
        }
    }
    text
}

/// The differences of two sides, and how far they are known.
#[derive(Debug)]
pub struct Differences<'a> {
    /// A, which is expected, and B, which was found.
    pub sides: [&'a str; 2],
    pub differences: &'a [Difference],
    /// What could not be printed of A and of B.
    pub unprinted: [Vec<Unreadable>; 2],
    /// Why it is not known whether a restore spells them alike, where that matters.
    pub not_respelled: Option<String>,
}

/// The differences of B from A, each with both values.
pub fn differences(told: &Differences<'_>, style: Style) -> String {
    let [a, b] = told.sides;
    let mut text = format!("A {}, B {}\n", clean(a), clean(b));
    if told.differences.is_empty() {
        text += &format!("{}\n", style.good("No differences in what is compared"));
    } else {
        let number = counted(told.differences.len(), "difference");
        text += &format!("{}\n\n", style.bad(number));
        text.extend(told.differences.iter().map(|one| difference(one, style)));
        text.push('\n');
    }
    if let Some(why) = &told.not_respelled {
        text += &format!("Not known: whether a restore spells the texts alike: {}\n", clean(why));
    }
    for (side, unprinted) in told.sides.iter().zip(&told.unprinted) {
        text += &not_printed(&format!("Of {} not compared", clean(side)), unprinted, style);
    }
    text + &format!("Not compared: {}\n", NOT_COMPARED.join("; "))
}

fn difference(difference: &Difference, style: Style) -> String {
    let severity = match difference.severity {
        Severity::Cosmetic => style.faint("cosmetic"),
        Severity::Warning => style.warn("warning"),
        Severity::Breaking => style.bad("breaking"),
        Severity::Security => style.bad("security"),
    };
    let Change::Changed { property, expected, found } = &difference.change else {
        return format!("{} ({severity})\n", clean(&difference.to_string()));
    };
    let object = clean(&difference.object.to_string());
    let mut text = format!("{object}: {} differs ({severity})\n", property.noun());
    for (whose, value) in [("expected (A)", expected), ("found (B)", found)] {
        let value = value.as_ref().map_or_else(|| "none".to_owned(), Value::to_string);
        text += &format!("  {whose}: {}\n", indented(&value, "    "));
    }
    text
}

/// What the server could not print, by name, under such a heading; nothing where it could print all.
fn not_printed(heading: &str, unprinted: &[Unreadable], style: Style) -> String {
    if unprinted.is_empty() {
        return String::new();
    }
    let told = |one: &Unreadable| format!("  {}: {}\n", clean(&one.id.to_string()), clean(&one.why));
    let told: String = unprinted.iter().map(told).collect();
    format!("{}, since it cannot be printed:\n{told}", style.warn(heading))
}

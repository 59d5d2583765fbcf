//! What of a database becomes the plugin's: the descriptors of the schemas and tables that are chosen.

use std::collections::BTreeSet;

use serde_json::Value;
use tenon_migrations_core::describe::describe;
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind};
use tenon_schema::{ConstraintRule, Descriptors, Ident, ObjectName, Schema};

use super::pattern::ImportScope;
use super::told::{ImportNote, ImportNotes};

/// What is taken.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) descriptors: Descriptors,
    /// The schemas that have to be made.
    pub(super) schemas: BTreeSet<Ident>,
    pub(super) notes: ImportNotes,
}

/// Ledgers of other tools, by the names of their tables.
pub(super) const LEDGERS: [&str; 6] = [
    "_sqlx_migrations",
    "__diesel_schema_migrations",
    "refinery_schema_history",
    "_prisma_migrations",
    "flyway_schema_history",
    "schema_migrations",
];

/// Describes what is chosen, and tells of all that is not.
pub(super) fn chosen(snapshot: &CatalogSnapshot, scope: &ImportScope) -> Result<Chosen, serde_json::Error> {
    let all: BTreeSet<Ident> =
        snapshot.objects.keys().filter(|id| id.kind == Kind::Schema).map(|id| id.name.clone()).collect();
    let (schemas, others): (BTreeSet<_>, BTreeSet<_>) =
        all.into_iter().partition(|schema| scope.takes_schema(schema));
    let description = describe(snapshot, &schemas);
    let mut notes = ImportNotes::default();
    for schema in others.iter().filter(|schema| schema.as_str() != "tenon") {
        let note = ImportNote::new(format!("schema {schema}"), "it was not chosen");
        notes.left_out.push(note.advice("name it with another --schema, if it is this plugin's"));
    }
    for (id, why) in &description.undescribed {
        let of_others = others.contains(&id.schema) || (id.kind == Kind::Schema && others.contains(&id.name));
        if !of_others {
            notes.left_out.push(ImportNote::new(id.to_string(), why.clone()));
        }
    }
    let mut descriptors = without_what_is_usual(&description.descriptors)?;
    if scope.is_narrow() {
        narrow(&mut descriptors, scope, &mut notes)?;
    }
    if !others.iter().all(|schema| schema.as_str() == "tenon") {
        without_what_is_of_others(&mut descriptors, &others, &mut notes)?;
    }
    for table in descriptors.tables.iter().filter(|table| LEDGERS.contains(&table.name.name.as_str())) {
        let note = ImportNote::new(
            format!("table {}", table.name),
            "it looks like the ledger of another tool of migrations, and is taken like any table",
        );
        notes.worth_knowing.push(note.advice(format!("leave it out with --exclude-table {}", table.name)));
    }
    let needed = needed_schemas(&descriptors, &schemas);
    // One in which nothing stands is only kept if it is declared.
    for schema in schemas.iter().filter(|schema| !needed.contains(*schema) && schema.as_str() != "public") {
        if scope.names_tables() {
            continue;
        }
        if !descriptors.schemas.iter().any(|one| one.name == *schema) {
            descriptors.schemas.push(Schema { name: schema.clone(), ..Schema::default() });
        }
    }
    descriptors.schemas.retain(|one| !scope.names_tables() || needed.contains(&one.name));
    let declared = descriptors.schemas.iter().map(|one| one.name.clone());
    let mut schemas: BTreeSet<_> = needed.into_iter().chain(declared).collect();
    schemas.remove(&Ident::from("public"));
    Ok(Chosen { descriptors, schemas, notes })
}

/// The schemas in which something stands.
fn needed_schemas(descriptors: &Descriptors, among: &BTreeSet<Ident>) -> BTreeSet<Ident> {
    let text = serde_json::to_value(descriptors).unwrap_or_default();
    let mut found = BTreeSet::new();
    for (list, items) in text.as_object().into_iter().flatten() {
        for item in items.as_array().into_iter().flatten() {
            let name =
                item.get("name").and_then(Value::as_str).and_then(|name| name.parse::<ObjectName>().ok());
            found.extend(name.map(|name| name.schema));
            if list == "extensions" {
                found.extend(item.get("schema").and_then(Value::as_str).map(Ident::from));
            }
        }
    }
    found.retain(|schema| among.contains(schema));
    found
}

/// Takes out empty lists of grants: that there are none beside PostgreSQL's own is usual, and whoever
/// administers the database may grant more.
fn without_what_is_usual(descriptors: &Descriptors) -> Result<Descriptors, serde_json::Error> {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                let is_empty =
                    |value: Option<&Value>| value.and_then(Value::as_array).is_some_and(Vec::is_empty);
                if is_empty(fields.get("grants")) && !fields.contains_key("revokes") {
                    fields.remove("grants");
                }
                fields.values_mut().for_each(walk);
                if fields.get("about").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
                    fields.remove("about");
                }
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(descriptors)?;
    walk(&mut value);
    let mut cleaned: Descriptors = serde_json::from_value(value)?;
    // These are nothing but grants.
    cleaned.default_privileges.clone_from(&descriptors.default_privileges);
    cleaned.schemas.retain(|schema| schema.about != tenon_schema::About::default());
    Ok(cleaned)
}

/// Leaves the tables and views that are chosen, and what they need.
fn narrow(
    descriptors: &mut Descriptors,
    scope: &ImportScope,
    notes: &mut ImportNotes,
) -> Result<(), serde_json::Error> {
    let mut kept: BTreeSet<ObjectName> = descriptors
        .tables
        .iter()
        .map(|table| &table.name)
        .filter(|name| scope.takes_table(name))
        .cloned()
        .collect();
    // A part is nothing without its whole, nor what inherits without what it inherits from.
    loop {
        let parents =
            descriptors.tables.iter().filter(|table| kept.contains(&table.name)).flat_map(|table| {
                table.inherits.iter().chain(table.partition_of.as_ref().map(|part| &part.parent)).cloned()
            });
        let more: Vec<_> = parents.filter(|parent| !kept.contains(parent)).collect();
        if more.is_empty() {
            break;
        }
        kept.extend(more);
    }
    let mut left = |kind: &str, name: &ObjectName| {
        notes.left_out.push(ImportNote::new(format!("{kind} {name}"), "it was not chosen"));
    };
    descriptors.tables.retain(|table| {
        let keeps = kept.contains(&table.name);
        if !keeps {
            left("table", &table.name);
        }
        keeps
    });
    descriptors.views.retain(|view| {
        let keeps = scope.takes_table(&view.name);
        if !keeps {
            left("view", &view.name);
        }
        keeps
    });
    descriptors.materialized_views.retain(|view| {
        let keeps = scope.takes_table(&view.name);
        if !keeps {
            left("materialized view", &view.name);
        }
        keeps
    });
    for table in &mut descriptors.tables {
        let name = &table.name;
        table.constraints.retain(|constraint| {
            let ConstraintRule::ForeignKey { references, .. } = &constraint.rule else { return true };
            let keeps = kept.contains(references);
            if !keeps {
                let key = constraint.name.as_ref().map_or_else(String::new, ToString::to_string);
                let note = ImportNote::new(
                    format!("foreign key {key} of {name}"),
                    format!("{references}, which it refers to, was not chosen"),
                );
                let advice = "choose that table too; or require the plugin that has it, and write the key into a \
                              migration of its own";
                notes.left_out.push(note.advice(advice));
            }
            keeps
        });
    }
    descriptors
        .sequences
        .retain(|sequence| sequence.owned_by.as_ref().is_none_or(|owner| kept.contains(&owner.table)));
    for publication in &mut descriptors.publications {
        publication.tables.retain(|published| kept.contains(&published.table));
    }
    if scope.names_tables() {
        only_what_is_mentioned(descriptors, notes)?;
    }
    Ok(())
}

/// The lists of what is only taken if something that is taken speaks of it.
const IF_MENTIONED: [&str; 14] = [
    "enums",
    "domains",
    "composites",
    "ranges",
    "collations",
    "sequences",
    "functions",
    "aggregates",
    "operators",
    "operator_families",
    "operator_classes",
    "text_search_dictionaries",
    "text_search_configurations",
    "foreign_servers",
];

/// Leaves of types, functions and the like those that are spoken of.
fn only_what_is_mentioned(
    descriptors: &mut Descriptors,
    notes: &mut ImportNotes,
) -> Result<(), serde_json::Error> {
    let mut all = serde_json::to_value(&*descriptors)?;
    let mut waiting = Vec::new();
    for list in IF_MENTIONED {
        let taken = all.as_object_mut().and_then(|lists| lists.remove(list));
        let items = taken.and_then(|items| if let Value::Array(items) = items { Some(items) } else { None });
        waiting.extend(items.into_iter().flatten().map(|item| (list, item)));
    }
    let mut spoken = all.to_string();
    loop {
        let (found, left): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(list, item)| {
            let is_owned = *list == "sequences" && item.get("owned_by").is_some();
            is_owned || name_of(item).is_some_and(|name| mentions(&spoken, &name))
        });
        waiting = left;
        if found.is_empty() {
            break;
        }
        for (list, item) in found {
            spoken.push_str(&item.to_string());
            if let Some(lists) = all.as_object_mut() {
                let list = lists.entry(list).or_insert_with(|| Value::Array(Vec::new()));
                list.as_array_mut().into_iter().for_each(|list| list.push(item.clone()));
            }
        }
    }
    for (list, item) in &waiting {
        let kind = list.trim_end_matches('s').replace('_', " ");
        let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
        notes
            .left_out
            .push(ImportNote::new(format!("{kind} {name}"), "nothing that was chosen speaks of it"));
    }
    *descriptors = serde_json::from_value(all)?;
    let all = std::mem::take(&mut descriptors.publications);
    let (some, none): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| one.all_tables || !one.tables.is_empty() || !one.schemas.is_empty());
    descriptors.publications = some;
    for one in none {
        notes
            .left_out
            .push(ImportNote::new(format!("publication {}", one.name), "no table of it was chosen"));
    }
    let event_triggers = std::mem::take(&mut descriptors.event_triggers);
    for one in event_triggers {
        notes.left_out.push(ImportNote::new(
            format!("event trigger {}", one.name),
            "it belongs to no table, and tables were chosen by name",
        ));
    }
    Ok(())
}

/// The bare name.
fn name_of(item: &Value) -> Option<String> {
    let text = item.get("name")?.as_str()?;
    Some(text.parse::<ObjectName>().map_or_else(|_| text.to_owned(), |name| name.name.as_str().to_owned()))
}

/// Whether a name stands in a text as a word.
fn mentions(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Takes out what stands in no schema and speaks of schemas that were not chosen.
fn without_what_is_of_others(
    descriptors: &mut Descriptors,
    others: &BTreeSet<Ident>,
    notes: &mut ImportNotes,
) -> Result<(), serde_json::Error> {
    let lists = ["extensions", "casts", "event_triggers", "publications"];
    let mut all = serde_json::to_value(&*descriptors)?;
    for list in lists {
        let Some(items) = all.get_mut(list).and_then(Value::as_array_mut) else { continue };
        items.retain(|item| {
            let text = item.to_string();
            let of_others = others.iter().find(|schema| {
                let name = schema.as_str();
                text.contains(&format!("\"{name}\"")) || text.contains(&format!("{name}."))
            });
            if let Some(schema) = of_others {
                let name = item.get("name").and_then(Value::as_str).unwrap_or("");
                let kind = list.trim_end_matches('s').replace('_', " ");
                let why = format!("it speaks of the schema {schema}, which was not chosen");
                notes.left_out.push(ImportNote::new(format!("{kind} {name}"), why));
            }
            of_others.is_none()
        });
    }
    *descriptors = serde_json::from_value(all)?;
    Ok(())
}

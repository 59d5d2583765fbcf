//! The files of the crate that an import writes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use askama::Template;
use tenon_migrations_core::ddl::literal as sql_literal;
use tenon_schema::{Descriptors, EnumType, ObjectName, Table};

use super::rust_name::{self, literal};
use super::rust_table::{RowStruct, as_entity, row_struct};
use super::rust_type::OwnTypes;
use super::told::{ImportNote, ImportNotes};
use crate::author::scaffold::{Scaffold, ScaffoldError};
use crate::author::{table, words};

/// What the sources of a crate say, and what is left to the file of descriptors.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) files: Vec<(PathBuf, String)>,
    pub(super) entities: usize,
    pub(super) notes: ImportNotes,
}

/// A row of a table, with the names of its module and struct.
struct Rows {
    module: String,
    type_name: String,
    table: Table,
    row: RowStruct,
}

/// Writes the sources of a plugin with these descriptors.
pub(super) fn sources(
    plugin: &Scaffold,
    descriptors: &Descriptors,
    source: &str,
) -> Result<Sources, ScaffoldError> {
    let mut left = descriptors.clone();
    let enums = enums(&mut left);
    let by_name = enums.iter().map(|one| (one.of.clone(), format!("crate::enums::{}", one.type_name)));
    let own = OwnTypes::new(descriptors, by_name.collect::<BTreeMap<_, _>>());
    let mut notes = ImportNotes::default();
    let rows = rows(&mut left, &own, &mut notes);
    let entities: Vec<_> = rows.iter().filter(|one| one.row.is_entity).map(path).collect();
    let modules: Vec<&str> = rows.iter().map(|one| one.module.as_str()).collect();
    let counted: Vec<_> = descriptors.tables.iter().map(|table| sql_literal(&table.name.quoted())).collect();
    let (id, display) = (plugin.id(), plugin.display());
    let library = Library {
        id,
        display,
        source,
        plugin_type: &words::camel_case(id),
        enums: enums.iter().map(|one| one.type_name.as_str()).collect(),
        modules: &modules,
        entities: &entities,
        counted: &counted,
    };
    let mut files = plugin.frame()?;
    let mut write =
        |name: &str, text: String| files.push((PathBuf::from(name), text.trim_end().to_owned() + "\n"));
    write("README.md", Readme { id, display, source }.render()?);
    write("src/lib.rs", library.render()?);
    write("tests/routes.rs", Tests { counted: counted.len() }.render()?);
    if !enums.is_empty() {
        write("src/enums.rs", Enums { enums: &enums }.render()?);
    }
    if !rows.is_empty() {
        write("src/tables.rs", Modules { modules: &modules }.render()?);
    }
    for one in &rows {
        let bare = one.module.strip_prefix("r#").unwrap_or(&one.module);
        let text = TableFile { name: &one.table.name, row: &one.row, type_name: &one.type_name };
        write(&format!("src/tables/{bare}.rs"), text.render()?);
    }
    // A value of ours is always JSON.
    write("descriptors.json", serde_json::to_string_pretty(&left).unwrap_or_default());
    Ok(Sources { files, entities: entities.len(), notes })
}

fn path(one: &Rows) -> String {
    format!("tables::{}::{}", one.module, one.type_name)
}

/// The structs of the tables. Takes what entities say out of what is left.
fn rows(left: &mut Descriptors, own: &OwnTypes, notes: &mut ImportNotes) -> Vec<Rows> {
    let names: Vec<ObjectName> = left.tables.iter().map(|table| table.name.clone()).collect();
    let is_twice = |name: &ObjectName| names.iter().filter(|one| one.name == name.name).count() > 1;
    let mut modules = BTreeSet::new();
    let mut rows = Vec::new();
    left.tables.retain(|table| {
        let said = as_entity(table);
        let Some(row) = row_struct(&said, own) else { return true };
        let (schema, name) = (table.name.schema.as_str(), table.name.name.as_str());
        let name = if is_twice(&table.name) { format!("{schema}_{name}") } else { name.to_owned() };
        let module = match rust_name::field(&name).as_str() {
            // What a file of a crate may not be called.
            word @ ("mod" | "lib" | "main") => format!("{word}_"),
            word => word.strip_prefix("r#").map_or_else(|| word.to_owned(), |word| format!("{word}_")),
        };
        let module = rust_name::free(module, &mut modules);
        let type_name = table::free_of_the_prelude(rust_name::type_name(&name));
        for column in &row.unread {
            let note = ImportNote::new(
                format!("column {column} of {}", table.name),
                "no Rust type of the SDK is read from it, so that the row struct does not have it",
            );
            notes.worth_knowing.push(note.advice("select it as text where it is needed, with ::text"));
        }
        let is_entity = row.is_entity;
        rows.push(Rows { module, type_name, table: said, row });
        !is_entity
    });
    rows
}

/// An enum type as Rust says it.
#[derive(Debug)]
struct RustEnum {
    of: ObjectName,
    name: String,
    literal: String,
    type_name: String,
    variants: Vec<Variant>,
}

#[derive(Debug)]
struct Variant {
    name: String,
    label: String,
}

/// The enums that Rust can say. Takes them out of what is left.
fn enums(left: &mut Descriptors) -> Vec<RustEnum> {
    let mut taken = BTreeSet::new();
    let mut enums = Vec::new();
    left.enums.retain(|one| match rust_enum(one, &mut taken) {
        Some(said) => {
            enums.push(said);
            false
        }
        None => true,
    });
    enums
}

fn rust_enum(one: &EnumType, taken: &mut BTreeSet<String>) -> Option<RustEnum> {
    let plain = |name: &str| !name.is_empty() && !name.contains(['.', '"', ' ', '(', ')']);
    let is_said =
        EnumType { name: one.name.clone(), labels: one.labels.clone(), ..EnumType::default() } == *one;
    let (schema, name) = (one.name.schema.as_str(), one.name.name.as_str());
    if !is_said
        || !plain(schema)
        || !plain(name)
        || one.labels.is_empty()
        || one.labels.iter().any(String::is_empty)
    {
        return None;
    }
    let type_name = table::free_of_the_prelude(rust_name::type_name(name));
    let type_name = rust_name::free_type(&type_name, taken);
    let mut names = BTreeSet::new();
    let variants = one.labels.iter().map(|label| {
        let name = match rust_name::type_name(label).as_str() {
            "Self" => "Self_".to_owned(),
            name => name.to_owned(),
        };
        Variant { name: rust_name::free_type(&name, &mut names), label: literal(label) }
    });
    let variants = variants.collect();
    let full = format!("{schema}.{name}");
    Some(RustEnum { of: one.name.clone(), literal: literal(&full), name: full, type_name, variants })
}

#[derive(Template)]
#[template(path = "plugin/import/lib.rs.txt", escape = "none")]
struct Library<'a> {
    id: &'a str,
    display: &'a str,
    source: &'a str,
    plugin_type: &'a str,
    enums: Vec<&'a str>,
    modules: &'a [&'a str],
    entities: &'a [String],
    counted: &'a [String],
}

#[derive(Template)]
#[template(path = "plugin/import/table.rs.txt", escape = "none")]
struct TableFile<'a> {
    name: &'a ObjectName,
    row: &'a RowStruct,
    type_name: &'a str,
}

#[derive(Template)]
#[template(path = "plugin/import/tables.rs.txt", escape = "none")]
struct Modules<'a> {
    modules: &'a [&'a str],
}

#[derive(Template)]
#[template(path = "plugin/import/enums.rs.txt", escape = "none")]
struct Enums<'a> {
    enums: &'a [RustEnum],
}

#[derive(Template)]
#[template(path = "plugin/import/README.md.txt", escape = "none")]
struct Readme<'a> {
    id: &'a str,
    display: &'a str,
    source: &'a str,
}

#[derive(Template)]
#[template(path = "plugin/import/test.rs.txt", escape = "none")]
struct Tests {
    counted: usize,
}

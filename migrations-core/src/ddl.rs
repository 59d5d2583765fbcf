//! Descriptors written out as SQL that makes their objects.
//!
//! Used to let PostgreSQL elaborate descriptors: the objects are made in a scratch schema, read back, and
//! compared in PostgreSQL's own spelling. Names are quoted, so they mean what they say; types and expressions
//! are the author's SQL and go out as they came, so an enum's column still has the real type.

mod constraint;
mod index;
mod placement;
mod sequence;
mod table;
#[cfg(test)]
mod tests;

use tenon_schema::{Descriptors, EnumType, Ident, Table, View};

pub use placement::Placement;

/// One statement that makes one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DdlStatement {
    /// What it makes, by its declared name, such as `table inventory.item`.
    pub object: String,
    /// The statement, without a semicolon.
    pub sql: String,
}

/// Whether foreign keys are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignKeys {
    /// Make them. This locks the referenced tables, which may be real ones.
    Include,
    /// Leave them out.
    Leave,
}

/// Everything the descriptors describe, in an order in which it can be made. Schemas have to exist.
pub fn create(
    descriptors: &Descriptors,
    placement: &Placement,
    foreign_keys: ForeignKeys,
) -> Vec<DdlStatement> {
    let Descriptors { format: _, tables, enums, sequences, views } = descriptors;
    let mut all: Vec<DdlStatement> =
        enums.iter().map(|enum_type| create_enum(enum_type, placement)).collect();
    all.extend(sequences.iter().map(|sequence| sequence::create(sequence, placement)));
    all.extend(tables.iter().map(|table| table::create(table, placement)));
    all.extend(tables.iter().flat_map(|table| index::create_all(table, placement)));
    if foreign_keys == ForeignKeys::Include {
        all.extend(tables.iter().flat_map(|table| constraint::add_foreign_keys(table, placement)));
    }
    all.extend(sequences.iter().filter_map(|sequence| sequence::own(sequence, placement)));
    all.extend(views.iter().map(|view| create_view(view, placement)));
    all
}

/// One table with its indexes, and with its foreign keys if wanted.
pub fn create_table(table: &Table, placement: &Placement, foreign_keys: ForeignKeys) -> Vec<DdlStatement> {
    let only = Descriptors { tables: vec![table.clone()], ..Descriptors::default() };
    create(&only, placement, foreign_keys)
}

fn create_enum(enum_type: &EnumType, placement: &Placement) -> DdlStatement {
    let labels: Vec<String> = enum_type.labels.iter().map(|label| literal(label)).collect();
    DdlStatement {
        object: format!("enum {}", enum_type.name),
        sql: format!(
            "CREATE TYPE {} AS ENUM ({})",
            placement.place(&enum_type.name).quoted(),
            labels.join(", ")
        ),
    }
}

fn create_view(view: &View, placement: &Placement) -> DdlStatement {
    let query = view.query.trim().trim_end_matches(';');
    DdlStatement {
        object: format!("view {}", view.name),
        sql: format!("CREATE VIEW {} AS\n{query}", placement.place(&view.name).quoted()),
    }
}

/// A string as SQL, whatever `standard_conforming_strings` is.
fn literal(text: &str) -> String {
    let quotes = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quotes.replace('\\', "\\\\")) } else { format!("'{quotes}'") }
}

/// `("a", "b")`
fn columns(names: &[Ident]) -> String {
    format!("({})", names.iter().map(Ident::quoted).collect::<Vec<_>>().join(", "))
}

/// ` INCLUDE ("a", "b")`, or nothing.
fn include(names: &[Ident]) -> String {
    if names.is_empty() { String::new() } else { format!(" INCLUDE {}", columns(names)) }
}

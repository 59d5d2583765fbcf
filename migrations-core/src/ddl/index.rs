//! Indexes that no constraint makes. Those without a name get the one PostgreSQL chooses.

use tenon_schema::{Ident, Index, Table};

use super::{DdlStatement, Placement, include};

pub(super) fn create_all(table: &Table, placement: &Placement) -> Vec<DdlStatement> {
    table.indexes.iter().map(|index| create(table, index, placement)).collect()
}

fn create(table: &Table, index: &Index, placement: &Placement) -> DdlStatement {
    let keys = index.keys.join(", ");
    let unique = if index.unique { "UNIQUE " } else { "" };
    // An index is always in its table's schema, and its name must not say so.
    let name = index.name.as_ref().map_or_else(String::new, |name| format!("{} ", name.quoted()));
    let mut sql = format!(
        "CREATE {unique}INDEX {name}ON {} USING {} ({keys}){}",
        placement.place(&table.name).quoted(),
        Ident::new(index.method.as_str()).quoted(),
        include(&index.include)
    );
    if index.nulls_not_distinct {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    if let Some(predicate) = &index.predicate {
        sql.push_str(&format!(" WHERE ({predicate})"));
    }
    let object = match &index.name {
        Some(name) => format!("index {name} of {}", table.name),
        None => format!("index ({keys}) of {}", table.name),
    };
    DdlStatement { object, sql }
}

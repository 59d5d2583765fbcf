//! Indexes that no constraint makes, and extended statistics. Those without a name get the one PostgreSQL
//! chooses.

use tenon_schema::{Ident, Index, ObjectName, Statistics};

use super::{DdlStatement, Placement, include, storage, tablespace};

/// All indexes of one table or materialized view.
pub(super) fn create_all(table: &ObjectName, indexes: &[Index], placement: &Placement) -> Vec<DdlStatement> {
    indexes.iter().map(|index| create(table, index, placement)).collect()
}

/// All extended statistics of one table or materialized view.
pub(super) fn create_statistics(
    table: &ObjectName,
    statistics: &[Statistics],
    placement: &Placement,
) -> Vec<DdlStatement> {
    let mut made = Vec::new();
    for item in statistics {
        let object = format!("statistics {} of {table}", item.name);
        let name = placement.place(&ObjectName::new(table.schema.clone(), item.name.clone())).quoted();
        let kinds =
            if item.kinds.is_empty() { String::new() } else { format!(" ({})", item.kinds.join(", ")) };
        let on = placement.place(table).quoted();
        let sql = format!("CREATE STATISTICS {name}{kinds} ON {} FROM {on}", item.on.join(", "));
        made.push(DdlStatement { object: object.clone(), sql });
        if let Some(target) = item.target {
            made.push(DdlStatement {
                object,
                sql: format!("ALTER STATISTICS {name} SET STATISTICS {target}"),
            });
        }
    }
    made
}

fn create(table: &ObjectName, index: &Index, placement: &Placement) -> DdlStatement {
    let keys = index.keys.join(", ");
    let unique = if index.unique { "UNIQUE " } else { "" };
    // An index is always in its table's schema, and its name must not say so.
    let name = index.name.as_ref().map_or_else(String::new, |name| format!("{} ", name.quoted()));
    let mut sql = format!(
        "CREATE {unique}INDEX {name}ON {} USING {} ({keys}){}",
        placement.place(table).quoted(),
        Ident::new(index.method.as_str()).quoted(),
        include(&index.include)
    );
    if index.nulls_not_distinct {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    sql.push_str(&storage(&index.storage));
    sql.push_str(&tablespace(index.tablespace.as_ref()));
    if let Some(predicate) = &index.predicate {
        sql.push_str(&format!(" WHERE ({predicate})"));
    }
    let object = match &index.name {
        Some(name) => format!("index {name} of {table}"),
        None => format!("index ({keys}) of {table}"),
    };
    DdlStatement { object, sql }
}

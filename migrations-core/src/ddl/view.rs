//! Views and materialized views.

use tenon_schema::{MaterializedView, View};

use super::{DdlStatement, Placement, columns, storage, tablespace};

pub(super) fn create(view: &View, placement: &Placement) -> DdlStatement {
    let names = if view.columns.is_empty() { String::new() } else { format!(" {}", columns(&view.columns)) };
    DdlStatement {
        object: format!("view {}", view.name),
        sql: format!(
            "CREATE VIEW {}{names}{} AS\n{}",
            placement.place(&view.name).quoted(),
            storage(&view.options),
            query(&view.query)
        ),
    }
}

/// A scratch copy stays empty: its query is not run.
pub(super) fn create_materialized(view: &MaterializedView, placement: &Placement) -> DdlStatement {
    let method = view.method.as_ref().map_or_else(String::new, |name| format!(" USING {}", name.quoted()));
    DdlStatement {
        object: format!("materialized view {}", view.name),
        sql: format!(
            "CREATE MATERIALIZED VIEW {}{method}{}{} AS\n{}{}",
            placement.place(&view.name).quoted(),
            storage(&view.storage),
            tablespace(view.tablespace.as_ref()),
            query(&view.query),
            if placement.is_scratch() { "\nWITH NO DATA" } else { "" }
        ),
    }
}

fn query(text: &str) -> &str {
    text.trim().trim_end_matches(';').trim_end()
}

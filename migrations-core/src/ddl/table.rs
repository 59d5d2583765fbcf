//! Tables with their columns, and those constraints that can be made with them.

use std::collections::BTreeSet;

use tenon_schema::{Column, Foreign, Identity, ObjectName, ReplicaIdentity, Table};

use super::sequence::{self, OfIdentities};
use super::{DdlStatement, Placement, constraint, foreign_options, storage, tablespace};

/// The tables, each after its parents.
pub(super) fn parents_first(tables: &[Table]) -> Vec<&Table> {
    let mut waiting: Vec<&Table> = tables.iter().collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    loop {
        let names: BTreeSet<&ObjectName> = waiting.iter().map(|table| &table.name).collect();
        let (ready, later): (Vec<_>, Vec<_>) =
            waiting.iter().partition(|table| !parents(table).any(|parent| names.contains(parent)));
        if ready.is_empty() {
            // In a cycle: the server says so better than we could.
            ordered.extend(later);
            return ordered;
        }
        ordered.extend(ready);
        waiting = later;
    }
}

fn parents(table: &Table) -> impl Iterator<Item = &ObjectName> {
    table.partition_of.iter().map(|part| &part.parent).chain(&table.inherits)
}

/// One table with its columns and constraints, and what `CREATE TABLE` cannot say of them. Of its foreign
/// keys it gets those at these places.
pub(super) fn create(
    table: &Table,
    foreign_keys: &BTreeSet<usize>,
    of_identities: &OfIdentities<'_>,
    placement: &Placement,
) -> Vec<DdlStatement> {
    let name = placement.place(&table.name).quoted();
    let object = format!("table {}", table.name);
    // A partition that repeats its columns is made by itself and attached, as pg_dump does it.
    let (within, attached) = match &table.partition_of {
        Some(part) if table.columns.is_empty() => (Some(part), None),
        other => (None, other.as_ref()),
    };
    let columns = table.columns.iter().map(|item| {
        let sequence = of_identities.get(&(&table.name, &item.name));
        let sequence = sequence.map_or_else(String::new, |one| sequence::of_identity(one, placement));
        match &table.of_type {
            Some(_) => format!("{} WITH OPTIONS{}", item.name.quoted(), column_options(item, &sequence)),
            None => column(item, table.foreign.is_some(), &sequence),
        }
    });
    let constraints = table.constraints.iter().enumerate();
    let constraints =
        constraints.filter_map(|(at, one)| constraint::within_table(one, at, foreign_keys, placement));
    let lines: Vec<String> = columns.chain(constraints).collect();
    let mut sql = match (&table.foreign, table.unlogged) {
        (Some(_), _) => format!("CREATE FOREIGN TABLE {name}"),
        (None, true) => format!("CREATE UNLOGGED TABLE {name}"),
        (None, false) => format!("CREATE TABLE {name}"),
    };
    if let Some(part) = within {
        sql.push_str(&format!(" PARTITION OF {}", placement.place(&part.parent).quoted()));
    }
    if let Some(of_type) = &table.of_type {
        sql.push_str(&format!(" OF {of_type}"));
    }
    match (lines.is_empty(), within.is_some() || table.of_type.is_some()) {
        (true, true) => {}
        (true, false) => sql.push_str(" ()"),
        (false, _) => sql.push_str(&format!(" (\n    {}\n)", lines.join(",\n    "))),
    }
    if let Some(part) = within {
        sql.push_str(&format!(" {}", part.bound));
    }
    if !table.inherits.is_empty() {
        let parents: Vec<_> = table.inherits.iter().map(|parent| placement.place(parent).quoted()).collect();
        sql.push_str(&format!(" INHERITS ({})", parents.join(", ")));
    }
    if let Some(key) = &table.partition_by {
        sql.push_str(&format!(" PARTITION BY {key}"));
    }
    if let Some(method) = &table.method {
        sql.push_str(&format!(" USING {}", method.quoted()));
    }
    sql.push_str(&storage(&table.storage));
    sql.push_str(&tablespace(table.tablespace.as_ref()));
    if let Some(Foreign { server, options }) = &table.foreign {
        sql.push_str(&format!(" SERVER {}{}", server.quoted(), foreign_options(options)));
    }
    let mut made = vec![DdlStatement { object: object.clone(), sql }];
    if let Some(part) = attached {
        let parent = placement.place(&part.parent).quoted();
        let sql = format!("ALTER TABLE {parent} ATTACH PARTITION {name} {}", part.bound);
        made.push(DdlStatement { object, sql });
    }
    made.extend(table.columns.iter().flat_map(|column| column_settings(table, column, placement)));
    made
}

fn column(column: &Column, foreign: bool, sequence: &str) -> String {
    let mut sql = format!("{} {}", column.name.quoted(), column.data_type);
    if foreign {
        sql.push_str(&foreign_options(&column.foreign_options));
    }
    if let Some(compression) = &column.compression {
        sql.push_str(&format!(" COMPRESSION {compression}"));
    }
    if let Some(collation) = &column.collation {
        sql.push_str(&format!(" COLLATE {collation}"));
    }
    sql + &column_options(column, sequence)
}

/// What may also be said of a column that a type brings.
fn column_options(column: &Column, sequence: &str) -> String {
    let mut sql = String::new();
    if let Some(default) = &column.default {
        // Without parentheses `a IN (b)` and the like are no default.
        sql.push_str(&format!(" DEFAULT ({default})"));
    }
    match column.identity {
        Some(Identity::Always) => sql.push_str(&format!(" GENERATED ALWAYS AS IDENTITY{sequence}")),
        Some(Identity::ByDefault) => sql.push_str(&format!(" GENERATED BY DEFAULT AS IDENTITY{sequence}")),
        None => {}
    }
    if let Some(expression) = &column.generated {
        let kept = if column.generated_virtual { "VIRTUAL" } else { "STORED" };
        sql.push_str(&format!(" GENERATED ALWAYS AS ({expression}) {kept}"));
    }
    if column.not_null {
        sql.push_str(" NOT NULL");
    }
    sql
}

fn column_settings(table: &Table, column: &Column, placement: &Placement) -> Vec<DdlStatement> {
    let mut settings = Vec::new();
    if let Some(kind) = &column.storage {
        settings.push(format!("SET STORAGE {kind}"));
    }
    if let Some(target) = column.statistics {
        settings.push(format!("SET STATISTICS {target}"));
    }
    if !column.options.is_empty() {
        settings.push(format!("SET {}", super::parameters(&column.options)));
    }
    let alter = |setting| DdlStatement {
        object: format!("column {}.{}", table.name, column.name),
        sql: format!(
            "ALTER TABLE {} ALTER COLUMN {} {setting}",
            placement.place(&table.name).quoted(),
            column.name.quoted()
        ),
    };
    settings.into_iter().map(alter).collect()
}

/// What is switched on a table once its indexes and policies are there.
pub(super) fn switches(table: &Table, placement: &Placement) -> Vec<DdlStatement> {
    let mut actions = Vec::new();
    match &table.replica_identity {
        ReplicaIdentity::Default => {}
        ReplicaIdentity::Full => actions.push("REPLICA IDENTITY FULL".to_owned()),
        ReplicaIdentity::Nothing => actions.push("REPLICA IDENTITY NOTHING".to_owned()),
        ReplicaIdentity::Index(name) => {
            actions.push(format!("REPLICA IDENTITY USING INDEX {}", name.quoted()));
        }
    }
    if let Some(index) = &table.clustered_on {
        actions.push(format!("CLUSTER ON {}", index.quoted()));
    }
    for (set, words) in [
        (table.row_security, "ENABLE ROW LEVEL SECURITY"),
        (table.force_row_security, "FORCE ROW LEVEL SECURITY"),
    ] {
        if set {
            actions.push(words.to_owned());
        }
    }
    let alter = |action| DdlStatement {
        object: format!("table {}", table.name),
        sql: format!("ALTER TABLE {} {action}", placement.place(&table.name).quoted()),
    };
    actions.into_iter().map(alter).collect()
}

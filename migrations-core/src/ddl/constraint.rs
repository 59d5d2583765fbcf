//! Constraints. Those without a name get the one PostgreSQL chooses.

use std::collections::BTreeSet;

use tenon_schema::{Constraint, ConstraintRule, Deferrability, Ident, ReferentialAction, Table};

use super::{DdlStatement, Placement, columns, include};

/// The constraint as a line of `CREATE TABLE`; `None` for a foreign key that is none of these, and for one
/// that is not valid, which a new table would not remember.
pub(super) fn within_table(
    constraint: &Constraint,
    at: usize,
    foreign_keys: &BTreeSet<usize>,
    placement: &Placement,
) -> Option<String> {
    match constraint.not_valid {
        true => None,
        false if foreign_keys.contains(&at) => foreign(constraint, placement),
        false => not_foreign(constraint),
    }
}

/// The places of a table's foreign keys that can be made with it: the key that they refer to is its own, or
/// that of a table that is there already.
pub(super) fn foreign_keys_within(table: &Table, made: &[&Table]) -> BTreeSet<usize> {
    let is_there = |constraint: &Constraint| {
        let ConstraintRule::ForeignKey { references, referenced_columns, .. } = &constraint.rule else {
            return false;
        };
        let target = made.iter().copied().chain([table]).find(|table| table.name == *references);
        target.is_some_and(|target| has_key(target, referenced_columns))
    };
    let constraints = table.constraints.iter().enumerate();
    constraints.filter(|(_, one)| !one.not_valid && is_there(one)).map(|(at, _)| at).collect()
}

/// Whether a constraint of the table is the key of these columns; of none, its primary key.
fn has_key(table: &Table, wanted: &[Ident]) -> bool {
    table.constraints.iter().any(|constraint| match &constraint.rule {
        ConstraintRule::PrimaryKey { columns, .. } => wanted.is_empty() || columns == wanted,
        ConstraintRule::Unique { columns, .. } => columns == wanted,
        _ => false,
    })
}

/// The constraints of a table that are not valid, each as a statement of its own.
pub(super) fn add_not_valid(table: &Table, placement: &Placement) -> Vec<DdlStatement> {
    let statement = |constraint: &Constraint| {
        let line = not_foreign(constraint)?;
        let name = constraint.name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
        Some(DdlStatement {
            object: format!("constraint{name} of {}", table.name),
            sql: format!("ALTER TABLE {} ADD {line} NOT VALID", placement.place(&table.name).quoted()),
        })
    };
    table.constraints.iter().filter(|constraint| constraint.not_valid).filter_map(statement).collect()
}

fn not_foreign(constraint: &Constraint) -> Option<String> {
    let rule = match &constraint.rule {
        ConstraintRule::PrimaryKey { columns: key, include: carried } => {
            format!("PRIMARY KEY {}{}", key_columns(key, constraint.period), include(carried))
        }
        ConstraintRule::Unique { columns: key, include: carried, nulls_not_distinct } => {
            let nulls = if *nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
            format!("UNIQUE{nulls} {}{}", key_columns(key, constraint.period), include(carried))
        }
        ConstraintRule::Check { expression, no_inherit } => {
            format!("CHECK ({expression}){}", if *no_inherit { " NO INHERIT" } else { "" })
        }
        ConstraintRule::Exclude { definition } => format!("EXCLUDE {definition}"),
        ConstraintRule::ForeignKey { .. } => return None,
    };
    Some(format!("{}{rule}{}{}", named(constraint), deferrability(constraint), enforcement(constraint)))
}

/// The columns of a key, of which the last may be a period.
pub(crate) fn key_columns(names: &[Ident], period: bool) -> String {
    let names: Vec<_> = names.iter().map(Ident::quoted).collect();
    format!("({}{})", names.join(", "), if period { " WITHOUT OVERLAPS" } else { "" })
}

/// The columns of a foreign key, or those that it refers to.
pub(crate) fn foreign_columns(names: &[Ident], period: bool) -> String {
    let last = names.len().saturating_sub(1);
    let name = |(at, name): (usize, &Ident)| {
        format!("{}{}", if period && at == last { "PERIOD " } else { "" }, name.quoted())
    };
    format!("({})", names.iter().enumerate().map(name).collect::<Vec<_>>().join(", "))
}

/// The foreign keys of a table that were not made with it, each as a statement of its own.
pub(super) fn add_foreign_keys(
    table: &Table,
    made: &BTreeSet<usize>,
    placement: &Placement,
) -> Vec<DdlStatement> {
    let statement = |constraint: &Constraint| {
        let line = foreign(constraint, placement)?;
        let name = constraint.name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
        let not_valid = if constraint.not_valid { " NOT VALID" } else { "" };
        Some(DdlStatement {
            object: format!("foreign key{name} of {}", table.name),
            sql: format!("ALTER TABLE {} ADD {line}{not_valid}", placement.place(&table.name).quoted()),
        })
    };
    let constraints = table.constraints.iter().enumerate();
    constraints.filter(|(at, _)| !made.contains(at)).filter_map(|(_, one)| statement(one)).collect()
}

fn foreign(constraint: &Constraint, placement: &Placement) -> Option<String> {
    let rule = foreign_key(constraint, placement)?;
    Some(format!("{}{rule}{}{}", named(constraint), deferrability(constraint), enforcement(constraint)))
}

fn foreign_key(constraint: &Constraint, placement: &Placement) -> Option<String> {
    let ConstraintRule::ForeignKey {
        columns: key,
        references,
        referenced_columns,
        on_delete,
        on_delete_columns,
        on_update,
        match_full,
    } = &constraint.rule
    else {
        return None;
    };
    let key = foreign_columns(key, constraint.period);
    let mut sql = format!("FOREIGN KEY {key} REFERENCES {}", placement.place(references).quoted());
    if !referenced_columns.is_empty() {
        sql.push_str(&format!(" {}", foreign_columns(referenced_columns, constraint.period)));
    }
    if *match_full {
        sql.push_str(" MATCH FULL");
    }
    for (event, action) in [("DELETE", *on_delete), ("UPDATE", *on_update)] {
        if action != ReferentialAction::NoAction {
            sql.push_str(&format!(" ON {event} {}", action.sql()));
        }
        if event == "DELETE" && !on_delete_columns.is_empty() {
            sql.push_str(&format!(" {}", columns(on_delete_columns)));
        }
    }
    Some(sql)
}

fn named(constraint: &Constraint) -> String {
    constraint.name.as_ref().map_or_else(String::new, |name| format!("CONSTRAINT {} ", name.quoted()))
}

fn enforcement(constraint: &Constraint) -> &'static str {
    if constraint.not_enforced { " NOT ENFORCED" } else { "" }
}

fn deferrability(constraint: &Constraint) -> &'static str {
    match constraint.deferrability {
        Deferrability::NotDeferrable => "",
        Deferrability::InitiallyImmediate => " DEFERRABLE INITIALLY IMMEDIATE",
        Deferrability::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

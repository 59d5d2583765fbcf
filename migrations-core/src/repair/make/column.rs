//! Making a column.

use crate::ddl;
use crate::repair::Sides;
use crate::repair::address::is_foreign;
use crate::repair::family::relation;
use crate::repair::sides::{is_set, list, text};
use crate::repair::spelling::{change_options, foreign_options};
use crate::snapshot::{Object, ObjectId, Property};

use super::sequence;

/// The column as a line of `CREATE TABLE`.
pub(in crate::repair) fn definition(id: &ObjectId, column: &Object, sides: &Sides<'_>) -> Option<String> {
    let mut sql = format!("{} {}", id.name.quoted(), text(column, Property::DataType)?);
    if is_foreign(&relation(id), sides) {
        sql.push_str(&ddl::foreign_options(&foreign_options(list(column, Property::ForeignOptions))?));
    }
    if let Some(compression) = text(column, Property::Compression) {
        sql.push_str(&format!(" COMPRESSION {compression}"));
    }
    if let Some(collation) = text(column, Property::Collation) {
        sql.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some(default) = text(column, Property::Default) {
        sql.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(identity) = identity(id, column, sides) {
        sql.push_str(&format!(" {identity}"));
    }
    if let Some(expression) = text(column, Property::Generated) {
        let (expression, kept) = expression.rsplit_once(' ')?;
        sql.push_str(&format!(" GENERATED ALWAYS AS ({expression}) {kept}"));
    }
    sql.push_str(&not_null(column));
    Some(sql)
}

/// ` NOT NULL` as it is declared, with its name where it has one.
pub(in crate::repair) fn not_null(object: &Object) -> String {
    if !is_set(object, Property::NotNull) || object.contains_key(&Property::NotNullValidated) {
        return String::new();
    }
    let no_inherit = if is_set(object, Property::NotNullNoInherit) { " NO INHERIT" } else { "" };
    format!("{} NOT NULL{no_inherit}", not_null_name(object))
}

/// The name of NOT NULL, unless it is the one that PostgreSQL gives.
fn not_null_name(object: &Object) -> String {
    let name = text(object, Property::NotNullName).filter(|name| !name.starts_with('('));
    name.map_or_else(String::new, |name| format!(" CONSTRAINT {name}"))
}

/// NOT NULL as a constraint of the table, as PostgreSQL has it from 18 on.
pub(in crate::repair) fn add_not_null(id: &ObjectId, column: &Object) -> String {
    let no_inherit = if is_set(column, Property::NotNullNoInherit) { " NO INHERIT" } else { "" };
    let not_valid = if column.contains_key(&Property::NotNullValidated) { " NOT VALID" } else { "" };
    format!(
        "ALTER TABLE {} ADD{} NOT NULL {}{no_inherit}{not_valid}",
        id.owner().quoted(),
        not_null_name(column),
        id.name.quoted()
    )
}

pub(in crate::repair) fn identity(id: &ObjectId, column: &Object, sides: &Sides<'_>) -> Option<String> {
    let kind = text(column, Property::Identity)?;
    Some(format!("GENERATED {kind} AS IDENTITY{}", sequence::of_identity(id, sides)))
}

/// What `CREATE TABLE` cannot say of a column.
pub(in crate::repair) fn settings(id: &ObjectId, column: &Object) -> Vec<String> {
    let mut actions = Vec::new();
    if let Some(kind) = text(column, Property::Storage) {
        actions.push(format!("SET STORAGE {kind}"));
    }
    if let Some(target) = text(column, Property::StatisticsTarget) {
        actions.push(format!("SET STATISTICS {target}"));
    }
    actions.extend(change_options(list(column, Property::Options), &[]));
    let not_valid = column.contains_key(&Property::NotNullValidated).then(|| add_not_null(id, column));
    actions.iter().map(|action| alter(id, action)).chain(not_valid).collect()
}

/// The statements for a column of a typed table, whose type says the rest: its default, `NOT NULL`, and
/// settings.
pub(in crate::repair) fn on_typed(id: &ObjectId, column: &Object) -> Vec<String> {
    let default = text(column, Property::Default).map(|default| alter(id, &format!("SET DEFAULT {default}")));
    let not_null = is_set(column, Property::NotNull).then(|| make_not_null(id, column));
    default.into_iter().chain(not_null).chain(settings(id, column)).collect()
}

/// The statements for an inherited column, as far as it is not as the parent's.
pub(in crate::repair) fn on_inherited(id: &ObjectId, column: &Object, of_parent: &Object) -> Vec<String> {
    let mut sql = Vec::new();
    if column.get(&Property::Default) != of_parent.get(&Property::Default) {
        sql.push(match text(column, Property::Default) {
            Some(default) => alter(id, &format!("SET DEFAULT {default}")),
            None => alter(id, "DROP DEFAULT"),
        });
    }
    let own = is_set(column, Property::NotNull) && !is_set(column, Property::NotNullInherited);
    // Before PostgreSQL 18 nothing tells them apart.
    if own && (column.contains_key(&Property::NotNullName) || !is_set(of_parent, Property::NotNull)) {
        sql.push(make_not_null(id, column));
    }
    sql.extend(settings(id, column));
    sql
}

fn make_not_null(id: &ObjectId, column: &Object) -> String {
    if column.contains_key(&Property::NotNullName) {
        add_not_null(id, column)
    } else {
        alter(id, "SET NOT NULL")
    }
}

pub(in crate::repair) fn add(id: &ObjectId, column: &Object, sides: &Sides<'_>) -> Option<Vec<String>> {
    let mut sql = sequence::of_column(id, sides)?;
    sql.push(format!("ALTER TABLE {} ADD COLUMN {}", id.owner().quoted(), definition(id, column, sides)?));
    sql.extend(settings(id, column));
    sql.extend(sequence::owned_by(id, sides));
    Some(sql)
}

pub(in crate::repair) fn storage_of_type(data_type: &str) -> Option<&'static str> {
    match data_type.split('(').next()?.trim_end() {
        _ if data_type.ends_with("[]") => Some("EXTENDED"),
        "text" | "character varying" | "character" | "bytea" | "json" | "jsonb" | "xml" | "tsvector"
        | "path" | "polygon" | "bit varying" | "bit" => Some("EXTENDED"),
        "numeric" | "inet" | "cidr" => Some("MAIN"),
        _ => None,
    }
}

pub(in crate::repair) fn alter(id: &ObjectId, action: &str) -> String {
    format!("ALTER TABLE {} ALTER COLUMN {} {action}", id.owner().quoted(), id.name.quoted())
}

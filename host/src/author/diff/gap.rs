//! Where only an author knows what the rows that are there get.

use tenon_migrations_core::compare::{Change, Difference};
use tenon_migrations_core::repair::converts_each;
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};

use super::rename::RenameChoice;

/// What says of a column that it holds no NULL.
const NOT_NULL: [Property; 4] =
    [Property::NotNullName, Property::NotNullValidated, Property::NotNullNoInherit, Property::NotNullComment];

/// What is expected, but for what a new column cannot be as long as its rows have no value: not NULL, and a
/// part of a primary key. What is left out is the next difference. No new column is like one that goes: who
/// does not say that it was renamed has it made.
pub(super) fn left_out(
    expected: &CatalogSnapshot,
    differences: &[Difference],
    renames: &[(ObjectId, RenameChoice)],
) -> CatalogSnapshot {
    let mut left = expected.clone();
    let missing = differences.iter().filter(|one| one.change == Change::Missing).map(|one| &one.object);
    for id in missing.filter(|id| id.kind == Kind::Column) {
        let Some(column) = left.objects.get_mut(id) else { continue };
        if renames.iter().any(|(renamed, _)| renamed == id) {
            // No column has this, and no statement says it.
            column.insert(Property::RelationKind, Value::Text("column".to_owned()));
        }
        if is_empty_at_first(column) {
            column.insert(Property::NotNull, Value::Flag(false));
            column.retain(|property, _| !NOT_NULL.contains(property));
            let name = id.name.as_str();
            left.objects.retain(|key, object| {
                key.kind != Kind::Constraint || key.owner() != id.owner() || !is_primary_key_of(object, name)
            });
        }
    }
    left
}

/// Whether a column that is added is NULL in every row, and must not be.
fn is_empty_at_first(column: &Object) -> bool {
    let filled = [Property::Default, Property::Identity, Property::Generated];
    column.get(&Property::NotNull) == Some(&Value::Flag(true))
        && !filled.iter().any(|property| column.contains_key(property))
}

fn is_primary_key_of(constraint: &Object, column: &str) -> bool {
    let columns = constraint.get(&Property::Columns);
    constraint.get(&Property::ConstraintType) == Some(&Value::Text("PRIMARY KEY".to_owned()))
        && matches!(columns, Some(Value::List(columns)) if columns.iter().any(|name| name == column))
}

/// What an author is asked above the statement that makes this difference none: the lines of a comment.
pub(super) fn question(difference: &Difference) -> Option<Vec<String>> {
    let id = &difference.object;
    let Change::Changed { property, expected, found } = &difference.change else { return None };
    if id.kind != Kind::Column {
        return None;
    }
    let (table, column) = (id.owner().quoted(), id.name.quoted());
    match (property, expected, found) {
        (Property::NotNull, Some(Value::Flag(true)), _) => Some(vec![
            "TODO: say what the rows that are there get, then:".to_owned(),
            format!("UPDATE {table} SET {column} = … WHERE {column} IS NULL;"),
        ]),
        (Property::DataType, Some(Value::Text(to)), Some(Value::Text(from))) if !converts_each(from, to) => {
            Some(vec![format!("TODO: say in USING how each value of {from} becomes one of {to}")])
        }
        _ => None,
    }
}

//! The columns of a result, and the Rust types they are read into.

use std::collections::BTreeSet;

use tenon_schema::{DeclaredField, DeclaredRow, DeclaredStatement, readable_cast};
use tokio_postgres::types::{Kind, Type};
use tokio_postgres::{Client, Column, Error};

use super::fault::place;
use super::{StatementFault, StatementRule, full_name, shown};

/// What is wrong with the columns of a statement's result.
pub(super) fn check(one: &DeclaredStatement, columns: &[Column]) -> Vec<StatementFault> {
    match &one.row {
        DeclaredRow::None => Vec::new(),
        DeclaredRow::Unknown => unread(one, columns),
        DeclaredRow::Name(fields) => by_name(one, fields, columns),
        DeclaredRow::Position(fields) if fields.len() != columns.len() => {
            let (there, read) = (columns.len(), fields.len());
            let reason = format!(
                "the result has {}, and {} by position",
                counted(there, "column"),
                if read == 1 { "one is read".to_owned() } else { format!("{read} are read") },
            );
            let remedy = "read as many as are selected; without rows to read there is no ->".to_owned();
            vec![StatementFault::of(one, StatementRule::ColumnCount, reason, remedy)]
        }
        DeclaredRow::Position(fields) => {
            fields.iter().zip(columns).filter_map(|(field, column)| mistyped(one, field, column)).collect()
        }
    }
}

/// `1 column`, `2 columns`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn by_name(one: &DeclaredStatement, fields: &[DeclaredField], columns: &[Column]) -> Vec<StatementFault> {
    let fault = |field: &DeclaredField| match columns.iter().find(|column| column.name() == field.column) {
        Some(column) => mistyped(one, field, column),
        None => {
            let names: Vec<_> = columns.iter().map(Column::name).collect();
            let there = if names.is_empty() { "no columns".to_owned() } else { names.join(", ") };
            let reason =
                format!("the field {} has no column of its name; the result has {there}", field.column);
            let remedy = format!(
                "select it, give a column that name (AS {0}), or name another one: #[column(name = \"…\")]",
                field.column
            );
            Some(StatementFault::of(one, StatementRule::MissingColumn, reason, remedy))
        }
    };
    fields.iter().filter_map(fault).collect()
}

/// Why a field cannot be read from a column.
fn mistyped(one: &DeclaredStatement, field: &DeclaredField, column: &Column) -> Option<StatementFault> {
    if reads(field, column.type_()) {
        return None;
    }
    if let Some(cast) = cast_of(column.type_()) {
        return Some(unreadable(one, column, cast));
    }
    let (name, is, rust) = (column.name(), shown(column.type_()), &field.rust);
    let reason = match &field.reads.enum_name {
        Some(wanted) => format!("the column {name} has the type {is}, and {rust} is read from {wanted}"),
        None => format!("the column {name} has the type {is}, which cannot be read as {rust}"),
    };
    let remedy = format!("read it as the Rust type of {is}, or cast it in the statement: {name}::…");
    Some(StatementFault::of(one, StatementRule::ColumnType, reason, remedy))
}

/// Whether a field can be read from a type, as the plugin reads it: see `codec_type` in the SDK's `rows.rs`.
fn reads(field: &DeclaredField, data_type: &Type) -> bool {
    let reads = &field.reads;
    if reads.any {
        return true;
    }
    let is_read_as = |codec: &Type| reads.oids.contains(&codec.oid());
    match data_type.kind() {
        _ if Type::from_oid(data_type.oid()).is_some() => is_read_as(data_type),
        Kind::Enum(_) => match &reads.enum_name {
            Some(name) => *name == full_name(data_type),
            None => is_read_as(&Type::TEXT),
        },
        Kind::Array(_) => is_read_as(&Type::TEXT_ARRAY),
        _ => reads.names.iter().any(|name| name == data_type.name()),
    }
}

/// Columns that nothing of the SDK reads, where it is not known what they are read into.
fn unread(one: &DeclaredStatement, columns: &[Column]) -> Vec<StatementFault> {
    let unread = columns.iter().filter_map(|column| Some((column, cast_of(column.type_())?)));
    unread.map(|(column, cast)| unreadable(one, column, cast)).collect()
}

fn unreadable(one: &DeclaredStatement, column: &Column, cast: &str) -> StatementFault {
    let (name, is) = (column.name(), shown(column.type_()));
    let reason = format!("the column {name} has the type {is}, which no Rust type of the SDK is read from");
    let remedy = format!("cast it in the statement: {name}{cast}");
    StatementFault::of(one, StatementRule::UnreadableType, reason, remedy)
}

fn cast_of(data_type: &Type) -> Option<&'static str> {
    let kind = match data_type.kind() {
        Kind::Composite(_) => b'c',
        Kind::Multirange(_) => b'm',
        Kind::Array(element) if matches!(element.kind(), Kind::Composite(_)) => return Some("::text[]"),
        Kind::Array(_) => b'A',
        _ => b'b',
    };
    readable_cast(data_type.name(), kind)
}

/// Fields that cannot be NULL, each with the column of a table that it is read from.
#[derive(Debug, Default)]
pub(super) struct Nullable {
    asked: Vec<Asked>,
}

#[derive(Debug)]
struct Asked {
    place: String,
    column: String,
    rust: String,
    table: u32,
    number: i16,
}

impl Nullable {
    /// Notes what has to be asked of a statement's columns.
    pub(super) fn ask(&mut self, one: &DeclaredStatement, columns: &[Column]) {
        let (fields, by_name) = match &one.row {
            DeclaredRow::Name(fields) => (fields, true),
            DeclaredRow::Position(fields) => (fields, false),
            DeclaredRow::None | DeclaredRow::Unknown => return,
        };
        for (at, field) in fields.iter().enumerate().filter(|(_, field)| !field.nullable) {
            let column = if by_name {
                columns.iter().find(|column| column.name() == field.column)
            } else {
                columns.get(at)
            };
            let Some(column) = column else { continue };
            if let (Some(table), Some(number)) = (column.table_oid(), column.column_id()) {
                self.asked.push(Asked {
                    place: place(one),
                    column: column.name().to_owned(),
                    rust: field.rust.clone(),
                    table,
                    number,
                });
            }
        }
    }

    /// One line for each that is read from a column that may be NULL.
    pub(super) async fn warnings(self, client: &Client) -> Result<Vec<String>, Error> {
        if self.asked.is_empty() {
            return Ok(Vec::new());
        }
        let tables: Vec<u32> = self.asked.iter().map(|asked| asked.table).collect();
        let params = [(&tables as _, Type::OID_ARRAY)];
        let mut may_be: BTreeSet<(u32, i16)> = BTreeSet::new();
        for row in client.query_typed(include_str!("../sql/may_be_null.sql"), &params).await? {
            may_be.insert((row.try_get("table")?, row.try_get("number")?));
        }
        let told = self.asked.into_iter().filter(|asked| may_be.contains(&(asked.table, asked.number)));
        let told = told.map(|Asked { place, column, rust, .. }| {
            format!(
                "{place}: the column {column} may be NULL, and is read as {rust}: read it as Option<{rust}>"
            )
        });
        Ok(told.collect())
    }
}

//! `[[tolerate]]`: what tools may have put beside the plugins' objects, one table for each pattern.

use config::{Value, ValueKind};
use tenon_migrations_core::tolerance::{Tolerance, ToleranceError};

use super::reader::{Reader, Table};

const NAME: &str = "tolerate";

pub(super) fn read(reader: &mut Reader<'_>, root: &mut Table) -> Vec<Tolerance> {
    let Some(value) = root.remove(NAME) else { return Vec::new() };
    let origin = Reader::origin(&value);
    let ValueKind::Array(values) = value.kind else {
        reader.problem(NAME, &origin, format!("must be a list of tables, each written [[{NAME}]]"));
        return Vec::new();
    };
    values.into_iter().filter_map(|value| one(reader, value)).collect()
}

fn one(reader: &mut Reader<'_>, value: Value) -> Option<Tolerance> {
    let origin = Reader::origin(&value);
    let ValueKind::Table(table) = value.kind else {
        reader.problem(NAME, &origin, format!("must be a table, written [[{NAME}]]"));
        return None;
    };
    let mut section = reader.section(NAME, table.into_iter().collect());
    let [kind, object, reason] = ["kind", "object", "reason"].map(|key| {
        let text: String = section.get(key, String::new());
        text
    });
    let read = Tolerance::new(&kind, &object, &reason);
    if let Err(error) = &read {
        let key = match error {
            ToleranceError::Kind { .. } => "kind",
            ToleranceError::Shape { .. } | ToleranceError::TooMuch { .. } => "object",
            ToleranceError::NoReason => "reason",
        };
        section.problem(key, &origin, error.to_string());
    }
    section.finish();
    read.ok()
}

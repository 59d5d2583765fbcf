//! Rows as one buffer: one copy, and one allocation for the plugin to free.

use std::error::Error;

use abi_stable::std_types::RVec;
use tenon_plugin_api::contract::{CellV1, ColumnV1, RowsV1};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Kind, Type};

use super::sending::StatementError;
use crate::config::CallBounds;

/// Rows on their way to a plugin.
pub(super) struct RowBuffer {
    bounds: CallBounds,
    columns: Vec<ColumnV1>,
    rows: u64,
    cells: Vec<CellV1>,
    bytes: Vec<u8>,
}

impl RowBuffer {
    pub(super) fn new(bounds: CallBounds) -> Self {
        Self { bounds, columns: Vec::new(), rows: 0, cells: Vec::new(), bytes: Vec::new() }
    }

    /// Adds a row, unless it is one too many.
    pub(super) fn push(&mut self, row: &Row) -> Result<(), StatementError> {
        if self.rows == 0 {
            self.columns = row.columns().iter().map(column).collect();
        }
        if self.rows >= self.bounds.rows {
            return Err(StatementError::TooMuch(format!("{} rows", self.bounds.rows)));
        }
        self.rows += 1;
        for index in 0..row.len() {
            let value: Option<RawValue<'_>> = row.try_get(index)?;
            let offset = self.bytes.len() as u64;
            let len = match value {
                Some(RawValue(raw)) => {
                    self.bytes.extend_from_slice(raw);
                    i64::try_from(raw.len()).unwrap_or(i64::MAX)
                }
                None => -1,
            };
            self.cells.push(CellV1 { offset, len });
        }
        let size = self.bytes.len() + size_of_val(self.cells.as_slice());
        if size as u64 > self.bounds.bytes {
            return Err(StatementError::TooMuch(format!("{} bytes", self.bounds.bytes)));
        }
        Ok(())
    }

    pub(super) fn finish(self) -> RowsV1 {
        RowsV1 {
            columns: RVec::from(self.columns),
            row_count: self.rows,
            cells: self.cells.into(),
            bytes: self.bytes.into(),
        }
    }
}

fn column(column: &tokio_postgres::Column) -> ColumnV1 {
    ColumnV1 {
        name: column.name().into(),
        oid: column.type_().oid(),
        type_name: column.type_().name().into(),
        kind: kind(column.type_()),
    }
}

/// A value as the server sent it.
struct RawValue<'a>(&'a [u8]);

impl<'a> FromSql<'a> for RawValue<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// `pg_type.typtype`, and `A` for arrays.
fn kind(data_type: &Type) -> u8 {
    match data_type.kind() {
        Kind::Array(_) => b'A',
        Kind::Enum(_) => b'e',
        Kind::Range(_) => b'r',
        Kind::Multirange(_) => b'm',
        Kind::Domain(_) => b'd',
        Kind::Composite(_) => b'c',
        Kind::Pseudo => b'p',
        _ => b'b',
    }
}

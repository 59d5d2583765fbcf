//! Results of a query: how PostgreSQL's values come to Rust.

use std::any::type_name;
use std::fmt;
use std::sync::Arc;

use postgres_types::{FromSql, Kind, Type};
use tenon_schema::{DeclaredRow, readable_cast};

use crate::PluginError;
use crate::contract::{ColumnV1, RowsV1};

/// A type that can be read from a column: those that can be parameters, and all for which postgres-types has
/// a `FromSql`. `Option<T>` for what may be NULL.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be read from a column")]
pub trait FromColumn<'r>: FromSql<'r> {}

impl<'r, T: FromSql<'r>> FromColumn<'r> for T {}

/// A value made of a whole row. Derive it: every field is read from the column of its name.
///
/// A tuple is one too, and so is a single value: they are read by position, from as many columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row",
    note = "derive it, `#[derive(FromRow)]`; a single value can be read as a tuple, `({Self},)`"
)]
pub trait FromRow: Sized {
    /// The names of its columns, each as it is written in SQL, in double quotes.
    const COLUMN_NAMES: &'static [&'static str] = &[];
    /// The list of these names, as it stands behind `SELECT`.
    const COLUMNS: &'static str = "";

    /// Reads the row.
    ///
    /// # Errors
    ///
    /// When a column is missing, or is of another type.
    fn from_row(row: &Row) -> Result<Self, PluginError>;

    /// What is told of it to whoever proves the plugin.
    #[doc(hidden)]
    fn declared() -> DeclaredRow {
        DeclaredRow::Unknown
    }
}

/// The rows of a result.
#[derive(Debug, Clone)]
pub struct Rows {
    data: Arc<RowsV1>,
}

impl Rows {
    pub(crate) fn new(rows: RowsV1) -> Self {
        Self { data: Arc::new(rows) }
    }

    /// How many.
    pub fn len(&self) -> usize {
        usize::try_from(self.data.row_count).unwrap_or(usize::MAX)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row, counted from 0.
    pub fn get(&self, index: usize) -> Option<Row> {
        (index < self.len()).then(|| Row { data: Arc::clone(&self.data), index })
    }

    /// All rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = Row> + '_ {
        (0..self.len()).map(|index| Row { data: Arc::clone(&self.data), index })
    }

    /// All rows, each read as a `T`.
    ///
    /// # Errors
    ///
    /// When a column is missing, or is of another type.
    pub fn read<T: FromRow>(&self) -> Result<Vec<T>, PluginError> {
        self.iter().map(|row| T::from_row(&row)).collect()
    }
}

/// One row of a result.
#[derive(Clone)]
pub struct Row {
    data: Arc<RowsV1>,
    index: usize,
}

impl Row {
    /// The value of a column, by name or by position from 0.
    ///
    /// # Errors
    ///
    /// When there is no such column, when it is NULL and `T` is no `Option`, or when its type is not one
    /// that `T` can be read from.
    pub fn get<'r, T: FromColumn<'r>>(&'r self, column: impl ColumnIndex) -> Result<T, PluginError> {
        let at = column.position(&self.data.columns).ok_or_else(|| self.no_such(&column))?;
        let column = &self.data.columns[at];
        let codec = codec_type(column);
        if !T::accepts(&codec) {
            let (name, type_name) = (column.name.as_str(), column.type_name.as_str());
            let cast = readable_cast(type_name, column.kind);
            let cast =
                cast.map(|cast| format!("; cast it in the statement: {name}{cast}")).unwrap_or_default();
            return Err(mismatch(format!(
                "the column {name:?} has the type {type_name}, which cannot be read as {}{cast}",
                short_name::<T>(),
            )));
        }
        let value = self.value(at)?;
        T::from_sql_nullable(&codec, value).map_err(|error| {
            let (name, wanted) = (column.name.as_str(), short_name::<T>());
            mismatch(match value {
                None => format!("the column {name:?} is NULL: read it as Option<{wanted}>"),
                Some(_) => format!("the column {name:?} cannot be read as {wanted}: {error}"),
            })
        })
    }

    /// The whole row as a `T`.
    ///
    /// # Errors
    ///
    /// When a column is missing, or is of another type.
    pub fn read<T: FromRow>(&self) -> Result<T, PluginError> {
        T::from_row(self)
    }

    /// The columns' names, in order.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.data.columns.iter().map(|column| column.name.as_str())
    }

    fn value(&self, column: usize) -> Result<Option<&[u8]>, PluginError> {
        let broken = || mismatch("the result is broken: it does not hold what it says".to_owned());
        let cell = self.data.cells.get(self.index * self.data.columns.len() + column).ok_or_else(broken)?;
        let Ok(len) = usize::try_from(cell.len) else { return Ok(None) };
        let offset = usize::try_from(cell.offset).map_err(|_| broken())?;
        let end = offset.checked_add(len).ok_or_else(broken)?;
        self.data.bytes.get(offset..end).ok_or_else(broken).map(Some)
    }

    fn no_such(&self, column: &impl ColumnIndex) -> PluginError {
        let names: Vec<&str> = self.column_names().collect();
        mismatch(format!("the result has no column {column:?}; it has {}", names.join(", ")))
    }
}

impl fmt::Debug for Row {
    /// The columns only: values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("columns", &self.column_names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A column's name or position.
pub trait ColumnIndex: fmt::Debug + Copy {
    /// The position among these columns.
    fn position(&self, columns: &[ColumnV1]) -> Option<usize>;
}

impl ColumnIndex for usize {
    fn position(&self, columns: &[ColumnV1]) -> Option<usize> {
        (*self < columns.len()).then_some(*self)
    }
}

impl ColumnIndex for &str {
    fn position(&self, columns: &[ColumnV1]) -> Option<usize> {
        columns.iter().position(|column| column.name.as_str() == *self)
    }
}

/// The type by which postgres-types chooses how to decode.
///
/// An enum's value is its label, so it is decoded as text. Of an array that is not built in only its kind is
/// known; its elements are taken as text too, which is right for arrays of enums and of `citext`.
fn codec_type(column: &ColumnV1) -> Type {
    match (Type::from_oid(column.oid), column.kind) {
        (Some(built_in), _) => built_in,
        (None, b'e') => Type::TEXT,
        (None, b'A') => Type::TEXT_ARRAY,
        (None, _) => Type::new(column.type_name.to_string(), column.oid, Kind::Simple, String::new()),
    }
}

pub(crate) fn mismatch(message: String) -> PluginError {
    PluginError::new(500, "column", message)
}

/// `Vec<String>` instead of `alloc::vec::Vec<alloc::string::String>`.
pub(crate) fn short_name<T>() -> String {
    let mut name = String::new();
    for part in type_name::<T>().split_inclusive(['<', ',', '>', ' ', '&', '(', '[']) {
        name.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    name
}

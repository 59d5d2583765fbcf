//! A table of a new plugin, as an author writes it: `note(title text, due date?)`.

use super::column::{ColumnError, ColumnSpec};
use super::words::{self, NameError};

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    pub name: String,
    pub columns: Vec<ColumnSpec>,
}

/// Why a text describes no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("{0:?} does not end with `)`: write it as `note(title text, due date?)`")]
    Open(String),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Column(#[from] ColumnError),
    #[error("the column {0} is there twice")]
    Twice(String),
}

/// What the SDK's prelude and the generated file call something else by.
const TAKEN: &[&str] = &[
    "Box",
    "Clone",
    "Connection",
    "Copy",
    "Date",
    "Debug",
    "Deserialize",
    "Entity",
    "EmbeddedMigration",
    "EnumType",
    "Eq",
    "FromRow",
    "Host",
    "Migration",
    "Numeric",
    "Option",
    "PartialEq",
    "PgEnum",
    "Plugin",
    "PluginError",
    "Request",
    "Response",
    "Result",
    "Row",
    "Rows",
    "Self",
    "Serialize",
    "String",
    "Timestamp",
    "Uuid",
    "Value",
    "Vec",
];

impl std::str::FromStr for TableSpec {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Self, TableError> {
        let text = text.trim();
        let (name, columns) = match text.split_once('(') {
            None => (text, None),
            Some((name, rest)) => {
                let columns = rest.strip_suffix(')').ok_or_else(|| TableError::Open(text.to_owned()))?;
                (name.trim_end(), Some(columns))
            }
        };
        let name = words::name(name)?;
        let columns = match columns {
            Some(columns) => columns.split(',').map(str::parse).collect::<Result<Vec<ColumnSpec>, _>>()?,
            None => vec![ColumnSpec::text("name")],
        };
        let mut seen: Vec<&str> = Vec::new();
        for column in &columns {
            if seen.contains(&column.name.as_str()) {
                return Err(TableError::Twice(column.name.clone()));
            }
            seen.push(&column.name);
        }
        Ok(Self { name, columns })
    }
}

impl TableSpec {
    /// What a row is called in Rust.
    pub(super) fn row_type(&self) -> String {
        free_of_the_prelude(words::camel_case(&self.name))
    }

    /// What a row is called in a sentence.
    pub(super) fn spoken(&self) -> String {
        words::spoken(&self.name)
    }
}

/// The name of a type, or another where generated files call something else by it.
pub(super) fn free_of_the_prelude(name: String) -> String {
    if TAKEN.contains(&name.as_str()) { format!("{name}Row") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_name_and_columns() {
        let note: TableSpec = "note(title text, due date?)".parse().unwrap();
        assert_eq!((note.name.as_str(), note.columns.len()), ("note", 2));
        let plain: TableSpec = "stock_count".parse().unwrap();
        assert_eq!((plain.row_type().as_str(), plain.columns[0].name.as_str()), ("StockCount", "name"));
        assert_eq!("request".parse::<TableSpec>().unwrap().row_type(), "RequestRow");
    }

    #[test]
    fn what_is_no_table_is_told() {
        let why = |text: &str| text.parse::<TableSpec>().unwrap_err().to_string();
        assert!(why("note(title text").contains("does not end with"));
        assert!(why("note(title text, title date)").contains("twice"));
        assert!(why("note()").contains("has no type"));
        assert!(why("Note").contains("is no name"));
    }
}

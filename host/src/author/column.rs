//! A column of a new table, as an author writes it: `title text`, `due date?`.

use super::words::{self, NameError};

/// A type that a column may have: its words in SQL, in Rust, and a value of it in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScaffoldType {
    pub sql: &'static str,
    pub rust: &'static str,
    /// As it stands in `json!(…)`.
    pub example: &'static str,
}

/// The types, by all words for them; the first of each is PostgreSQL's own.
const TYPES: &[(&[&str], ScaffoldType)] = &[
    (&["text", "string"], ScaffoldType { sql: "text", rust: "String", example: "\"some text\"" }),
    (&["boolean", "bool"], ScaffoldType { sql: "boolean", rust: "bool", example: "true" }),
    (&["smallint", "int2"], ScaffoldType { sql: "smallint", rust: "i16", example: "1" }),
    (&["integer", "int", "int4"], ScaffoldType { sql: "integer", rust: "i32", example: "1" }),
    (&["bigint", "int8"], ScaffoldType { sql: "bigint", rust: "i64", example: "1" }),
    (&["real", "float4"], ScaffoldType { sql: "real", rust: "f32", example: "1.5" }),
    (
        &["double precision", "double", "float8"],
        ScaffoldType { sql: "double precision", rust: "f64", example: "1.5" },
    ),
    (&["numeric", "decimal"], ScaffoldType { sql: "numeric", rust: "Numeric", example: "\"1.50\"" }),
    (
        &["timestamptz", "timestamp with time zone"],
        ScaffoldType { sql: "timestamptz", rust: "Timestamp", example: "\"2026-01-31T12:00:00Z\"" },
    ),
    (&["date"], ScaffoldType { sql: "date", rust: "Date", example: "\"2026-01-31\"" }),
    (
        &["uuid"],
        ScaffoldType { sql: "uuid", rust: "Uuid", example: "\"67e55044-10b1-426f-9247-bb680e5fe0c8\"" },
    ),
    (&["jsonb", "json"], ScaffoldType { sql: "jsonb", rust: "Value", example: "{ \"a\": 1 }" }),
    (&["bytea", "bytes"], ScaffoldType { sql: "bytea", rust: "Vec<u8>", example: "[1, 2]" }),
];

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    pub name: String,
    pub column_type: ScaffoldType,
    pub nullable: bool,
}

/// Why a text describes no column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    #[error("{0:?} has no type: write it as `title text`, or `title text?` where it may be NULL")]
    NoType(String),
    #[error("the type {0:?} is not known here: there are {known}", known = known())]
    UnknownType(String),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("{0:?} is a column that every new table has")]
    Given(String),
}

/// What every new table has.
pub(super) const GIVEN: [&str; 2] = ["id", "created_at"];

impl std::str::FromStr for ColumnSpec {
    type Err = ColumnError;

    fn from_str(text: &str) -> Result<Self, ColumnError> {
        let text = text.trim();
        let Some((name, of)) = text.split_once(char::is_whitespace) else {
            return Err(ColumnError::NoType(text.to_owned()));
        };
        let name = words::name(name)?;
        if GIVEN.contains(&name.as_str()) {
            return Err(ColumnError::Given(name));
        }
        let (of, nullable) = match of.trim().strip_suffix('?') {
            Some(of) => (of, true),
            None => (of, false),
        };
        let of = of.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
        let known = TYPES.iter().find(|(words, _)| words.contains(&of.as_str()));
        let (_, column_type) = *known.ok_or(ColumnError::UnknownType(of))?;
        Ok(Self { name, column_type, nullable })
    }
}

impl ColumnSpec {
    /// A text that may not be NULL.
    pub(super) fn text(name: &str) -> Self {
        let (_, column_type) = TYPES[0];
        Self { name: name.to_owned(), column_type, nullable: false }
    }

    /// The column in `CREATE TABLE`.
    pub(super) fn sql(&self) -> String {
        let not_null = if self.nullable { "" } else { " NOT NULL" };
        format!("{} {}{not_null}", self.name, self.column_type.sql)
    }

    /// The type of the field.
    pub(super) fn rust(&self) -> String {
        let of = self.column_type.rust;
        if self.nullable { format!("Option<{of}>") } else { of.to_owned() }
    }
}

fn known() -> String {
    TYPES.iter().map(|(_, one)| one.sql).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_a_name_and_a_type_and_may_be_null() {
        let due: ColumnSpec = " due  date? ".parse().unwrap();
        assert_eq!((due.sql().as_str(), due.rust().as_str()), ("due date", "Option<Date>"));
        let price: ColumnSpec = "price Double  Precision".parse().unwrap();
        assert_eq!((price.sql().as_str(), price.rust().as_str()), ("price double precision NOT NULL", "f64"));
    }

    #[test]
    fn what_is_no_column_is_told_with_what_there_is() {
        let why = |text: &str| text.parse::<ColumnSpec>().unwrap_err().to_string();
        assert!(why("title").contains("`title text`"));
        assert!(why("at inet").contains("there are text, boolean, smallint"));
        assert!(why("id bigint").contains("every new table has"));
        assert!(why("order text").contains("reserved word"));
    }
}

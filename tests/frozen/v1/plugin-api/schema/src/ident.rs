//! SQL identifiers, and the one place where they are quoted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest identifier PostgreSQL keeps, in bytes (`NAMEDATALEN - 1`; manual, chapter 4.1.1).
pub const MAX_IDENTIFIER_BYTES: usize = 63;

/// One SQL identifier, unquoted, as the catalog stores it.
///
/// [`Display`](fmt::Display) is for people; [`quoted`](Ident::quoted) is for SQL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ident(String);

impl Ident {
    /// Takes the name exactly as given, without folding its case.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The bare name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it must be written in SQL: always in double quotes, so that neither case, nor a
    /// keyword, nor a quote inside it can change its meaning.
    pub fn quoted(&self) -> String {
        format!("\"{}\"", self.0.replace('"', "\"\""))
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let simple = self.0.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && self.0.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if simple { f.write_str(&self.0) } else { f.write_str(&self.quoted()) }
    }
}

impl From<&str> for Ident {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Ident {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

/// A schema-qualified name, such as `inventory.item`. Serialized as that text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ObjectName {
    /// The schema (namespace).
    pub schema: Ident,
    /// The name within the schema.
    pub name: Ident,
}

impl ObjectName {
    /// Joins a schema and a name.
    pub fn new(schema: impl Into<Ident>, name: impl Into<Ident>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// The name as it must be written in SQL: `"inventory"."item"`.
    pub fn quoted(&self) -> String {
        format!("{}.{}", self.schema.quoted(), self.name.quoted())
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

impl From<ObjectName> for String {
    fn from(name: ObjectName) -> Self {
        name.to_string()
    }
}

impl TryFrom<String> for ObjectName {
    type Error = ParseObjectNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A text that is not `schema.name`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a schema-qualified name: write it as schema.name, such as inventory.item")]
pub struct ParseObjectNameError {
    text: String,
}

impl FromStr for ObjectName {
    type Err = ParseObjectNameError;

    /// Reads `schema.name`, where either part may be in double quotes. Unquoted parts are taken as they
    /// are: descriptors name what the catalog holds, so nothing is folded to lower case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseObjectNameError { text: text.to_owned() };
        let (schema, rest) = take_part(text).ok_or_else(error)?;
        let rest = rest.strip_prefix('.').ok_or_else(error)?;
        let (name, rest) = take_part(rest).ok_or_else(error)?;
        if rest.is_empty() { Ok(Self::new(schema, name)) } else { Err(error()) }
    }
}

/// One identifier off the front of `text`, and what follows it.
fn take_part(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['.', '"']).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return (!name.is_empty()).then_some((name, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_inside_a_name_cannot_end_it() {
        assert_eq!(Ident::new(r#"a"; DROP TABLE b; --"#).quoted(), r#""a""; DROP TABLE b; --""#);
    }

    #[test]
    fn names_survive_the_trip_through_text() {
        for (schema, name) in [("inv", "item"), ("Inv", "It.em"), ("a\"b", "c d"), ("1", "select")] {
            let object = ObjectName::new(schema, name);
            assert_eq!(object.to_string().parse::<ObjectName>(), Ok(object));
        }
    }

    #[test]
    fn a_name_without_schema_is_refused() {
        for text in ["item", "", ".", "a.", ".b", "a.b.c", "\"a", "\"\".b"] {
            assert!(text.parse::<ObjectName>().is_err(), "{text}");
        }
    }
}

//! The statements that a plugin says it sends, for a host that proves it: what each is, where it stands, and
//! the Rust types on both of its sides.

use serde::{Deserialize, Serialize};

/// One text of `sql!`, where it stands, and what it takes and gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredStatement {
    /// The text, as it is sent.
    pub sql: String,
    /// The source file, as the compiler was told of it.
    pub file: String,
    /// The line of the macro, from 1.
    pub line: u32,
    /// The column of the macro, from 1.
    pub column: u32,
    /// What stands for `$1`, `$2` and so on; `None` where the types are not declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Vec<DeclaredParam>>,
    /// What each row is read into.
    #[serde(default)]
    pub row: DeclaredRow,
}

/// The Rust type of a parameter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredParam {
    /// The type as Rust spells it, without its modules.
    pub rust: String,
    /// The OID of the PostgreSQL type that is sent; 0 leaves it to the server to infer.
    pub oid: u32,
    /// The PostgreSQL enum that the type stands for, as `schema.name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enum_name: Option<String>,
}

/// What a row is read into.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", content = "fields", rename_all = "snake_case")]
pub enum DeclaredRow {
    /// Nothing is said: rows are read by hand, or by a `FromRow` that was written by hand.
    #[default]
    Unknown,
    /// There are no rows to read.
    None,
    /// Each field from the column of its name.
    Name(Vec<DeclaredField>),
    /// Each field from the column at its place, and there are no others.
    Position(Vec<DeclaredField>),
}

/// One value that is read from a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredField {
    /// The column's name; empty where fields are read by position.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub column: String,
    /// The type as Rust spells it, without its modules.
    pub rust: String,
    /// Whether NULL can be read.
    pub nullable: bool,
    /// What can be read.
    pub reads: ReadableTypes,
}

/// The PostgreSQL types that a Rust type can be read from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadableTypes {
    /// The OIDs of built-in types.
    pub oids: Vec<u32>,
    /// The names of types that extensions bring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Whether it is read from whatever there is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any: bool,
    /// The one PostgreSQL enum that the type stands for, as `schema.name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enum_name: Option<String>,
}

/// What a value of a type has to be cast to before any Rust type of the SDK reads it, where there is such a
/// cast: `::numeric` for `money`. `kind` is `pg_type.typtype` as ASCII, or `b'A'` for arrays.
pub fn readable_cast(type_name: &str, kind: u8) -> Option<&'static str> {
    match (type_name, kind) {
        (_, b'c') => Some("::text"),
        (_, b'm') => Some("::text"),
        ("money", _) => Some("::numeric"),
        ("_money", _) => Some("::numeric[]"),
        (
            "record" | "xml" | "tsvector" | "tsquery" | "jsonpath" | "pg_lsn" | "timetz" | "bit" | "varbit",
            _,
        )
        | ("point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle", _)
        | ("macaddr" | "macaddr8" | "xid" | "xid8" | "cid" | "tid" | "pg_snapshot" | "refcursor", _)
        | ("regclass" | "regtype" | "regproc" | "regprocedure" | "regrole" | "regnamespace" | "aclitem", _) => {
            Some("::text")
        }
        (
            "_tsvector" | "_tsquery" | "_xml" | "_timetz" | "_bit" | "_varbit" | "_point" | "_macaddr"
            | "_record",
            _,
        ) => Some("::text[]"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_rust_type_reads_has_a_cast_and_what_is_read_has_none() {
        assert_eq!(readable_cast("money", b'b'), Some("::numeric"));
        assert_eq!(readable_cast("tsvector", b'b'), Some("::text"));
        assert_eq!(readable_cast("address", b'c'), Some("::text"), "a composite type");
        for read in ["int8", "text", "interval", "inet", "int4range", "jsonb", "void"] {
            assert_eq!(readable_cast(read, b'b'), None, "{read}");
        }
    }
}

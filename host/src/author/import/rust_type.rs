//! The Rust type that a column is read as, by the SDK's table of values.

use std::collections::BTreeMap;

use tenon_schema::{Descriptors, ObjectName};

/// A type of a field, not yet with `Option`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RustType {
    pub(super) text: String,
    /// The type as SQL that the SDK takes the field for, where nothing else is said.
    pub(super) sql: String,
}

/// What a plugin's own types are read as.
#[derive(Debug, Default)]
pub(super) struct OwnTypes {
    /// The Rust enums, by the enum types' names.
    pub(super) enums: BTreeMap<ObjectName, String>,
    /// Enum types without one.
    plain_enums: Vec<ObjectName>,
    /// What domains are made of.
    domains: BTreeMap<ObjectName, String>,
}

impl OwnTypes {
    pub(super) fn new(descriptors: &Descriptors, enums: BTreeMap<ObjectName, String>) -> Self {
        let is_plain = |name: &&ObjectName| !enums.contains_key(*name);
        Self {
            plain_enums: descriptors.enums.iter().map(|one| &one.name).filter(is_plain).cloned().collect(),
            domains: descriptors
                .domains
                .iter()
                .map(|one| (one.name.clone(), one.data_type.clone()))
                .collect(),
            enums,
        }
    }

    /// The Rust type of a column's type; `None` where the SDK reads none.
    pub(super) fn of(&self, data_type: &str) -> Option<RustType> {
        self.at_depth(data_type, 0)
    }

    fn at_depth(&self, data_type: &str, depth: usize) -> Option<RustType> {
        if let Some(element) = data_type.strip_suffix("[]") {
            let element = element.trim_end_matches("[]");
            let of = self.at_depth(element, depth)?;
            return self
                .has_arrays(element)
                .then(|| RustType { text: format!("Vec<{}>", of.text), sql: format!("{}[]", of.sql) });
        }
        let bare = without_modifiers(data_type);
        if let Some((_, text, sql)) = BUILT_IN.iter().find(|(name, _, _)| *name == bare) {
            return Some(RustType { text: (*text).to_owned(), sql: (*sql).to_owned() });
        }
        let text = || Some(RustType { text: "String".to_owned(), sql: "text".to_owned() });
        let name: ObjectName = bare.parse().ok()?;
        if let Some(rust) = self.enums.get(&name) {
            return Some(RustType { text: rust.clone(), sql: name.to_string() });
        }
        if self.plain_enums.contains(&name) || AS_TEXT.contains(&name.name.as_str()) {
            return text();
        }
        // A domain may be made of another.
        let base = self.domains.get(&name).filter(|_| depth < 16)?;
        self.at_depth(base, depth + 1)
    }

    /// Whether an array of this can be read: one that is not built in is read as an array of texts.
    fn has_arrays(&self, element: &str) -> bool {
        let bare = without_modifiers(element);
        if BUILT_IN.iter().any(|(name, _, _)| *name == bare) {
            return true;
        }
        bare.parse::<ObjectName>().is_ok_and(|name| {
            self.enums.contains_key(&name)
                || self.plain_enums.contains(&name)
                || name.name.as_str() == "citext"
        })
    }
}

/// As PostgreSQL prints the type, as it is read, and as which type the SDK takes that.
const BUILT_IN: [(&str, &str, &str); 25] = [
    ("boolean", "bool", "boolean"),
    ("smallint", "i16", "smallint"),
    ("smallserial", "i16", "smallint"),
    ("integer", "i32", "integer"),
    ("serial", "i32", "integer"),
    ("bigint", "i64", "bigint"),
    ("bigserial", "i64", "bigint"),
    ("real", "f32", "real"),
    ("double precision", "f64", "double precision"),
    ("numeric", "Numeric", "numeric"),
    ("text", "String", "text"),
    ("character varying", "String", "text"),
    ("character", "String", "text"),
    ("name", "String", "text"),
    ("bytea", "Vec<u8>", "bytea"),
    ("uuid", "Uuid", "uuid"),
    ("timestamp with time zone", "Timestamp", "timestamptz"),
    ("timestamptz", "Timestamp", "timestamptz"),
    ("timestamp without time zone", "tenon_plugin_api::jiff::civil::DateTime", "timestamp"),
    ("timestamp", "tenon_plugin_api::jiff::civil::DateTime", "timestamp"),
    ("date", "Date", "date"),
    ("time without time zone", "tenon_plugin_api::jiff::civil::Time", "time"),
    ("time", "tenon_plugin_api::jiff::civil::Time", "time"),
    ("jsonb", "Value", "jsonb"),
    ("json", "Value", "jsonb"),
];

/// Types of extensions that are read as text.
const AS_TEXT: [&str; 4] = ["citext", "ltree", "lquery", "ltxtquery"];

/// `numeric(12,2)` is a `numeric`, `timestamp(3) with time zone` a `timestamp with time zone`.
fn without_modifiers(data_type: &str) -> String {
    match (data_type.find('('), data_type.find(')')) {
        (Some(open), Some(close)) if open < close && !data_type.contains('"') => {
            format!("{}{}", data_type[..open].trim_end(), &data_type[close + 1..])
        }
        _ => data_type.to_owned(),
    }
}

/// The type as authors write it.
pub(super) fn usual_words(data_type: &str) -> String {
    let (element, array) = match data_type.strip_suffix("[]") {
        Some(element) => (element, "[]"),
        None => (data_type, ""),
    };
    let usual = match element {
        "timestamp with time zone" => "timestamptz",
        "timestamp without time zone" => "timestamp",
        "time without time zone" => "time",
        same => same,
    };
    format!("{usual}{array}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_the_guide_says_and_what_is_not_read_has_none() {
        let descriptors: Descriptors = serde_json::from_str(
            r#"{ "format": 1, "enums": [{ "name": "a.mood", "labels": ["x"] }, { "name": "a.odd", "labels": ["x"] }],
                 "domains": [{ "name": "a.year", "data_type": "integer" }, { "name": "a.years", "data_type": "a.year" }] }"#,
        )
        .unwrap();
        let enums = BTreeMap::from([("a.mood".parse().unwrap(), "enums::Mood".to_owned())]);
        let own = OwnTypes::new(&descriptors, enums);
        for (sql, rust, as_sql) in [
            ("numeric(12,2)", "Numeric", "numeric"),
            ("timestamp(3) with time zone", "Timestamp", "timestamptz"),
            ("character varying(25)[]", "Vec<String>", "text[]"),
            ("a.mood", "enums::Mood", "a.mood"),
            ("a.mood[]", "Vec<enums::Mood>", "a.mood[]"),
            ("a.odd", "String", "text"),
            ("a.years", "i32", "integer"),
            ("public.citext", "String", "text"),
            ("bytea[]", "Vec<Vec<u8>>", "bytea[]"),
        ] {
            let of = own.of(sql).unwrap();
            assert_eq!((of.text.as_str(), of.sql.as_str()), (rust, as_sql), "{sql}");
        }
        for none in ["inet", "tsvector", "interval", "int4range", "a.year[]", "public.ltree[]", "a.other"] {
            assert_eq!(own.of(none), None, "{none}");
        }
        assert_eq!(usual_words("timestamp with time zone[]"), "timestamptz[]");
    }

    #[test]
    fn a_domain_that_is_made_of_itself_ends() {
        let descriptors: Descriptors =
            serde_json::from_str(r#"{ "format": 1, "domains": [{ "name": "a.a", "data_type": "a.a" }] }"#)
                .unwrap();
        assert_eq!(OwnTypes::new(&descriptors, BTreeMap::new()).of("a.a"), None);
    }
}

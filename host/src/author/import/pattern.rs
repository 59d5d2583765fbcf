//! Patterns of names: which schemas and tables are taken.

use std::str::FromStr;

use tenon_schema::{Ident, ObjectName};

/// A name in which `*` stands for any characters and `?` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern(String);

impl FromStr for NamePattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() { Err("a pattern of names is not empty") } else { Ok(Self(text.to_owned())) }
    }
}

impl NamePattern {
    fn fits(&self, name: &str) -> bool {
        let pattern: Vec<char> = self.0.chars().collect();
        let name: Vec<char> = name.chars().collect();
        // Where to go on when what follows the last `*` does not fit here.
        let (mut at, mut of, mut retry) = (0, 0, None);
        while of < name.len() {
            match pattern.get(at) {
                Some('*') => {
                    retry = Some((at + 1, of));
                    at += 1;
                }
                Some(c) if *c == '?' || *c == name[of] => (at, of) = (at + 1, of + 1),
                _ => match retry {
                    Some((after, from)) => {
                        (at, of) = (after, from + 1);
                        retry = Some((after, from + 1));
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|c| *c == '*')
    }
}

/// What is taken of a database.
#[derive(Debug, Clone, Default)]
pub struct ImportScope {
    /// Empty: all but the host's own.
    pub schemas: Vec<NamePattern>,
    /// Of tables and views, as `name` or `schema.name`. Empty: all.
    pub tables: Vec<NamePattern>,
    /// Tables and views that are not taken whatever the others say.
    pub without: Vec<NamePattern>,
}

impl ImportScope {
    pub(super) fn takes_schema(&self, schema: &Ident) -> bool {
        let name = schema.as_str();
        let chosen = self.schemas.is_empty() || self.schemas.iter().any(|pattern| pattern.fits(name));
        name != "tenon" && chosen
    }

    pub(super) fn takes_table(&self, table: &ObjectName) -> bool {
        let fits = |pattern: &NamePattern| {
            pattern.fits(table.name.as_str())
                || pattern.fits(&format!("{}.{}", table.schema.as_str(), table.name.as_str()))
        };
        (self.tables.is_empty() || self.tables.iter().any(fits)) && !self.without.iter().any(fits)
    }

    /// Whether tables are chosen by their names, so that what else there is may belong to others.
    pub(super) fn names_tables(&self) -> bool {
        !self.tables.is_empty()
    }

    /// Whether any table may be left out.
    pub(super) fn is_narrow(&self) -> bool {
        !self.tables.is_empty() || !self.without.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_and_a_question_mark_for_one() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("film", "film", true),
            ("film", "films", false),
            ("film*", "film_actor", true),
            ("*_p????_*", "payment_p2022_01", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("?", "ä", true),
            ("a?", "a", false),
        ] {
            assert_eq!(pattern.parse::<NamePattern>().unwrap().fits(name), fits, "{pattern} {name}");
        }
        assert!("".parse::<NamePattern>().is_err());
    }

    #[test]
    fn a_table_is_named_with_its_schema_or_without() {
        let pattern = |text: &str| vec![text.parse().unwrap()];
        let scope =
            ImportScope { tables: pattern("shop.*"), without: pattern("*_old"), ..Default::default() };
        let takes = |name: &str| scope.takes_table(&name.parse().unwrap());
        assert!(takes("shop.item") && !takes("stock.item") && !takes("shop.item_old"));
        assert!(scope.takes_schema(&"shop".into()) && !scope.takes_schema(&"tenon".into()));
    }
}

//! The pairs as they are written down, in `tests/pairs/`.
//!
//! A file is a row of pairs. Each begins with `-- pair: NAME`, and has sections of SQL, each below its
//! head: `-- both` stands before either, `-- before` and `-- after` are the two schemas, and `-- rows`
//! fills both (or `-- rows before`, `-- rows after` one). A table that is empty then is filled by its
//! columns' types. After the name may stand in parentheses: `from 17`, for the majors that know it;
//! `alone`, for what cannot stand beside another pair in one database, or has no repair; `forwards`, for a
//! pair whose way back is none; `icu`, for what a server without it cannot make; and `empty`, where a table
//! has no rows. Everything stands in the schema `app`, and what stands in none is called after it.

use std::fs;
use std::path::Path;

/// Two schemas.
#[derive(Debug, Clone, Default)]
pub struct Pair {
    /// The file with the pair's name.
    pub name: String,
    pub(super) before: Side,
    pub(super) after: Side,
    /// The first major that knows it.
    pub(super) from: u32,
    pub(super) is_alone: bool,
    pub(super) is_forwards: bool,
    pub(super) may_be_empty: bool,
    pub(super) needs_icu: bool,
}

/// One schema of a pair, with its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Side {
    pub(super) schema: String,
    pub(super) rows: String,
}

impl Pair {
    /// All pairs of the files of a folder, in the order of their names.
    pub fn all(folder: &Path) -> Vec<Self> {
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "sql"));
        files.sort();
        files.iter().flat_map(|file| Self::of_file(file)).collect()
    }

    /// Whether such a server can make its schemas.
    pub fn can_be_made(&self, major: u32, has_icu: bool) -> bool {
        self.from <= major && (has_icu || !self.needs_icu)
    }

    /// The schema before, and the one after.
    pub fn schemas(&self) -> [&str; 2] {
        [&self.before.schema, &self.after.schema]
    }

    fn of_file(file: &Path) -> Vec<Self> {
        let of = file.file_stem().unwrap().to_string_lossy();
        let text = fs::read_to_string(file).unwrap();
        let pairs = format!("\n{text}");
        pairs.split("\n-- pair: ").skip(1).map(|pair| Self::parse(&of, pair)).collect()
    }

    fn parse(of: &str, text: &str) -> Self {
        let (title, text) = text.split_once('\n').expect("a pair has a section");
        let (title, words) = title.split_once(" (").unwrap_or((title, ""));
        let mut pair = Self { name: format!("{of}: {title}"), ..Self::default() };
        for word in words.trim_end_matches(')').split(", ").filter(|word| !word.is_empty()) {
            match word.strip_prefix("from ") {
                Some(major) => pair.from = major.parse().expect("a major version"),
                None if word == "alone" => pair.is_alone = true,
                None if word == "forwards" => pair.is_forwards = true,
                None if word == "empty" => pair.may_be_empty = true,
                None if word == "icu" => pair.needs_icu = true,
                None => panic!("{}: {word:?} is not known", pair.name),
            }
        }
        for section in format!("\n{text}").split("\n-- ").skip(1) {
            let (head, sql) = section.split_once('\n').unwrap_or((section, ""));
            let sql = format!("{}\n", sql.trim_end());
            let (before, after) = (&mut pair.before, &mut pair.after);
            let filled: &mut [&mut String] = match head {
                "both" => &mut [&mut before.schema, &mut after.schema],
                "before" => &mut [&mut before.schema],
                "after" => &mut [&mut after.schema],
                "rows" => &mut [&mut before.rows, &mut after.rows],
                "rows before" => &mut [&mut before.rows],
                "rows after" => &mut [&mut after.rows],
                _ => panic!("{}: there is no section {head:?}", pair.name),
            };
            filled.iter_mut().for_each(|text| text.push_str(&sql));
        }
        pair
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_read_with_its_sections() {
        let text = "a column, or two (from 17, alone)\n-- both\nCREATE SCHEMA app;\n-- before\nA;\n-- after\nB;\n-- rows\nC;";
        let pair = Pair::parse("table", text);
        assert_eq!(pair.name, "table: a column, or two");
        assert_eq!((pair.from, pair.is_alone, pair.is_forwards), (17, true, false));
        assert_eq!(pair.before.schema, "CREATE SCHEMA app;\nA;\n");
        assert_eq!(pair.after.schema, "CREATE SCHEMA app;\nB;\n");
        assert_eq!((pair.before.rows.as_str(), pair.after.rows.as_str()), ("C;\n", "C;\n"));
    }
}

//! Values that files add to an enum and then use, put into the statement that makes the enum.
//!
//! Each file had a transaction of its own where another tool ran them. In a heal all of them run in one, in
//! which nobody can use a value that was added.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use tenon_schema::Ident;

use super::cleaned::with_its_line;
use super::scan::{Token, TokenKind};
use super::words::Words;
use super::{Statement, parse, tree};
use crate::ddl::literal;

/// A value that an enum has from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedValue {
    /// The file that added it, as a place in the list, and the line there.
    pub file: usize,
    pub line: usize,
    /// The type, as it is told.
    pub of: String,
    pub label: String,
}

type Name = (Option<Ident>, Ident);

/// `CREATE TYPE … AS ENUM`
struct Made {
    file: usize,
    /// What stands between its parentheses.
    list: Range<usize>,
    labels: Vec<String>,
}

/// `ALTER TYPE … ADD VALUE`
struct Added {
    of: Name,
    label: String,
    /// Whether it comes before or behind another.
    beside: Option<(bool, String)>,
    file: usize,
    line: usize,
    range: Range<usize>,
    is_used: bool,
}

/// Moves the values of the enums of which an added value is used in a later statement, as far as one
/// statement of these files makes the enum and none renames anything of it.
pub fn values_from_the_start(files: &mut [String]) -> Vec<MovedValue> {
    let mut made: BTreeMap<Name, Vec<Made>> = BTreeMap::new();
    let mut added: Vec<Added> = Vec::new();
    let mut renamed: BTreeSet<Name> = BTreeSet::new();
    for (file, sql) in files.iter().enumerate() {
        for statement in parse(sql).iter().flatten() {
            let words = Words::new(statement.sql, &statement.tokens);
            if !words.begins(&["create", "type"]) && !words.begins(&["alter", "type"]) {
                let texts = if added.is_empty() { Vec::new() } else { statement.texts() };
                for one in added.iter_mut().filter(|one| texts.contains(&one.label)) {
                    one.is_used = true;
                }
                continue;
            }
            let Some((name, after)) = name_at(&words, 2) else { continue };
            if words.is(0, "create") {
                if let Some((list, labels)) = labels(statement, &words, after) {
                    made.entry(name).or_default().push(Made { file, list, labels });
                }
            } else if words.is(after, "rename") {
                renamed.insert(name);
            } else if words.is(after, "add") && words.is(after + 1, "value") {
                added.extend(value(statement, &words, after + 2, file, name));
            }
        }
    }
    let used: BTreeSet<Name> = added.iter().filter(|one| one.is_used).map(|one| one.of.clone()).collect();
    let mut edits: BTreeMap<usize, Vec<(Range<usize>, String)>> = BTreeMap::new();
    let mut moved = Vec::new();
    for (name, made) in &mut made {
        let [made] = made.as_mut_slice() else { continue };
        if !used.contains(name) || renamed.contains(name) {
            continue;
        }
        for one in added.iter().filter(|one| one.of == *name) {
            insert(&mut made.labels, one);
            edits.entry(one.file).or_default().push((one.range.clone(), String::new()));
            let of = name.0.as_ref().map_or_else(String::new, |schema| format!("{schema}."));
            let of = format!("{of}{}", name.1);
            moved.push(MovedValue { file: one.file, line: one.line, of, label: one.label.clone() });
        }
        let list = made.labels.iter().map(|label| literal(label)).collect::<Vec<_>>().join(", ");
        edits.entry(made.file).or_default().push((made.list.clone(), list));
    }
    for (file, mut edits) in edits {
        edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        for (range, text) in edits {
            files[file].replace_range(range, &text);
        }
    }
    moved.sort_by_key(|one| (one.file, one.line));
    moved
}

/// The name at this word, with what stands behind it.
fn name_at(words: &Words<'_>, at: usize) -> Option<(Name, usize)> {
    let first = words.folded(at)?;
    if words.is_sign(at + 1, ".") {
        return Some(((Some(first), words.folded(at + 2)?), at + 3));
    }
    Some(((None, first), at + 1))
}

fn labels(statement: &Statement<'_>, words: &Words<'_>, at: usize) -> Option<(Range<usize>, Vec<String>)> {
    if !words.is(at, "as") || !words.is(at + 1, "enum") || words.kind(at + 2) != Some(TokenKind::Open) {
        return None;
    }
    let open = statement.tokens.get(at + 2)?;
    let rest = statement.tokens.get(at + 3..)?;
    let close = rest.iter().find(|token| token.kind == TokenKind::Close)?;
    let texts = rest.iter().filter(|token| token.kind == TokenKind::Text && token.start < close.start);
    let labels = texts.map(|token| text(statement, token)).collect::<Option<_>>()?;
    Some((open.end..close.start, labels))
}

fn text(statement: &Statement<'_>, token: &Token) -> Option<String> {
    tree::decoded(&statement.sql[token.start..token.end])
}

fn value(
    statement: &Statement<'_>,
    words: &Words<'_>,
    mut at: usize,
    file: usize,
    of: Name,
) -> Option<Added> {
    if words.is(at, "if") {
        at += 3;
    }
    let decoded = |at: usize| text(statement, statement.tokens.get(at)?);
    let label = decoded(at)?;
    let beside = match (words.is(at + 1, "before"), words.is(at + 1, "after")) {
        (false, false) => None,
        (before, _) => Some((before, decoded(at + 2)?)),
    };
    let (start, end) = with_its_line(statement.sql, statement);
    let line = statement.position.line;
    Some(Added { of, label, beside, file, line, range: start..end, is_used: false })
}

fn insert(labels: &mut Vec<String>, one: &Added) {
    if labels.contains(&one.label) {
        return;
    }
    let place = one.beside.as_ref().and_then(|(before, other)| {
        let at = labels.iter().position(|label| label == other)?;
        Some(if *before { at } else { at + 1 })
    });
    labels.insert(place.unwrap_or(labels.len()), one.label.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(files: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut files: Vec<_> = files.iter().map(|text| (*text).to_owned()).collect();
        let moved = values_from_the_start(&mut files);
        let told = moved.iter().map(|one| format!("{}:{} {} {}", one.file, one.line, one.of, one.label));
        (told.collect(), files)
    }

    #[test]
    fn a_value_that_is_used_later_is_there_from_the_start() {
        let files = [
            "CREATE TYPE mood AS ENUM (\n  'a', -- one\n  'c'\n);\nCREATE TYPE calm AS ENUM ('x');",
            "-- More.\nALTER TYPE mood ADD VALUE IF NOT EXISTS 'b' BEFORE 'c';\nALTER TYPE mood ADD VALUE 'd';\n\
             ALTER TYPE calm ADD VALUE 'y';\nALTER TYPE mood ADD VALUE 'b2' AFTER 'b';\n",
            "UPDATE t SET m = 'd';",
        ];
        let (told, files) = moved(&files);
        assert_eq!(told, ["1:2 mood b", "1:3 mood d", "1:5 mood b2"]);
        assert_eq!(
            files[..2],
            [
                "CREATE TYPE mood AS ENUM ('a', 'b', 'b2', 'c', 'd');\nCREATE TYPE calm AS ENUM ('x');",
                "-- More.\nALTER TYPE calm ADD VALUE 'y';\n",
            ]
        );
    }

    #[test]
    fn what_cannot_be_moved_stays() {
        for files in [
            [
                "CREATE TYPE a.b AS ENUM ('x')",
                "ALTER TYPE a.b RENAME VALUE 'x' TO 'z'; ALTER TYPE a.b ADD VALUE 'y'; SELECT 'y'",
            ],
            ["CREATE TYPE a.b AS ENUM ('x')", "ALTER TYPE a.b ADD VALUE 'y'; SELECT 'z'"],
            ["SELECT 1", "ALTER TYPE a.b ADD VALUE 'y'; SELECT 'y'"],
        ] {
            let (told, after) = moved(&files);
            assert!(told.is_empty());
            assert_eq!(after, files);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(CREATE TYPE a AS ENUM \\(|ALTER TYPE a ADD VALUE )*['a.;, ()$éE]{0,20}") {
            values_from_the_start(&mut [text.clone(), text]);
        }
    }
}

//! The docs and comments of the sources: each doc is understood where nobody sees its neighbours, and no line
//! is long.

use std::fs;
use std::path::Path;

use tenon_tests::artifacts::root;

use super::rust_files;

/// The folders of the workspace with sources. What is frozen is left as it was.
const FOLDERS: [&str; 5] = ["host", "migrations-core", "plugin-api", "plugins", "tests"];
const FROZEN: &str = "tests/frozen";

/// The widest line of a comment, in characters.
const WIDEST: usize = 110;

/// Words that mean something only beside what stands before them: an editor shows a doc without that.
const PRONOUNS: &str = "all of it, all of them, and, both, each of them, he, his, it, its, likewise, nor, one of them, \
    others, ours, same, she, so, such, that, the other, the others, the same, their, theirs, them, these, they, this, \
    those, which, who, whoever, whom, whose";

/// The pronoun, or other such word, with which a doc begins.
fn pronoun(doc: &str) -> Option<&'static str> {
    let doc = doc.trim_start().to_lowercase();
    PRONOUNS.split(", ").find(|word| {
        let rest = doc.strip_prefix(word);
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
    })
}

/// The text of a line of a doc, behind `///` or `//!`, but not `////`.
fn doc(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))?;
    (!doc.starts_with('/')).then_some(doc)
}

/// The faults of a file's comments, each with its line.
fn faults(text: &str) -> Vec<(usize, String)> {
    let mut faults = Vec::new();
    let mut is_inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let doc = doc(line);
        if let Some(word) = doc.filter(|_| !is_inside).and_then(pronoun) {
            faults.push((
                number,
                format!("the doc begins with \"{word}\"; say what the item is: {}", line.trim()),
            ));
        }
        is_inside = doc.is_some();
        let width = line.chars().count();
        if width > WIDEST && line.trim_start().starts_with("//") {
            faults.push((number, format!("the comment is {width} columns wide, and not {WIDEST} at most")));
        }
    }
    faults
}

#[test]
fn no_doc_begins_with_a_pronoun_and_no_comment_is_wider_than_a_line() {
    let files: Vec<_> = FOLDERS.iter().flat_map(|folder| rust_files(folder)).collect();
    let own = files.iter().filter_map(|file| file.strip_prefix(root()).ok());
    let own: Vec<&Path> = own.filter(|file| !file.starts_with(FROZEN)).collect();
    assert!(
        own.contains(&Path::new("tests/tests/suites/borders/docs.rs")),
        "the walk goes everywhere: {own:?}"
    );
    let told = own.iter().flat_map(|file| {
        let text = fs::read_to_string(root().join(file)).unwrap();
        faults(&text).into_iter().map(move |(line, fault)| format!("{}:{line}: {fault}", file.display()))
    });
    let told: Vec<_> = told.collect();
    assert!(told.is_empty(), "{}\n{} in all", told.join("\n"), told.len());
}

#[test]
fn what_is_no_doc_by_itself_is_found() {
    let lines = |text: &str| faults(text).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
    assert_eq!(lines("//! Who asks.\n\n/// The answer.\n/// It is one.\nstruct A;"), [1]);
    assert_eq!(
        lines("/// A.\nstruct A {\n    /// Its name.\n    name: String,\n}\n/// The same.\nstruct B;"),
        [3, 6]
    );
    assert!(lines("/// Sorted items, whose order is theirs.\nfn item() {}\n// That is no doc.\n").is_empty());
    let wide = |columns: usize| format!("    // {}\n", "a".repeat(columns - 7));
    assert_eq!(lines(&(wide(WIDEST) + &wide(WIDEST + 1))), [2]);
}

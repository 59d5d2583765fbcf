//! The documents that people read: short sentences, a short map, and nothing named that is not there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use tenon_tests::artifacts::root;

use super::rust_files;

/// The most words of a sentence.
const WORDS: usize = 45;
/// The most characters of a paragraph: six lines of 110 columns.
const CHARACTERS: usize = 6 * 110;
/// The most lines of the map.
const LINES: usize = 300;
/// The documents whose names of files and tests are held.
const NAMING: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];
/// What a file's name ends in, where it stands without its folder.
const ENDINGS: [&str; 7] = [".rs", ".md", ".sql", ".toml", ".tsv", ".json", ".html"];

/// A paragraph, an item of a list, a heading or a cell of a table.
struct Piece {
    line: usize,
    text: String,
}

/// Where a line of a document stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between three backticks and the next three.
    Fenced,
    /// In a block of code that is one by its indentation.
    Indented,
    /// After a blank line, or what is whole in one line.
    Between,
    /// In a paragraph or an item.
    Within,
}

/// A document taken apart. Blocks of code are left out.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut place = Place::Between;
    for (number, line) in text.lines().enumerate() {
        let (said, line_number) = (line.trim(), number + 1);
        let piece = |text: &str| Piece { line: line_number, text: text.trim().to_owned() };
        let is_indented = line.starts_with("    ");
        place = match place {
            Place::Fenced if said.starts_with("```") => Place::Between,
            Place::Fenced => Place::Fenced,
            _ if said.starts_with("```") => Place::Fenced,
            _ if said.is_empty() => Place::Between,
            Place::Indented if is_indented => Place::Indented,
            Place::Between if is_indented && item(said).is_none() => Place::Indented,
            _ if said.starts_with('|') => {
                pieces.extend(said.replace("\\|", "/").split('|').map(piece));
                Place::Between
            }
            _ if said.starts_with('#') => {
                pieces.push(piece(said.trim_start_matches('#')));
                Place::Between
            }
            Place::Within if item(said).is_none() => {
                if let Some(last) = pieces.last_mut() {
                    last.text.push(' ');
                    last.text.push_str(said);
                }
                Place::Within
            }
            _ => {
                pieces.push(piece(item(said).unwrap_or(said)));
                Place::Within
            }
        };
    }
    pieces
}

/// What an item of a list says.
fn item(line: &str) -> Option<&str> {
    let after_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = if after_number.len() < line.len() { after_number.strip_prefix(". ") } else { None };
    line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).or(numbered)
}

/// How many words each sentence has, with its first ones. What stands in backticks is one word.
fn sentences(text: &str) -> Vec<(usize, String)> {
    let plain: Vec<_> =
        text.split('`').enumerate().map(|(at, part)| if at % 2 == 1 { "CODE" } else { part }).collect();
    let plain = plain.concat();
    let is_word = |word: &&str| word.contains(char::is_alphanumeric);
    let words: Vec<_> = plain.split_whitespace().filter(is_word).collect();
    let ends = |word: &str| word.trim_end_matches([')', '*', '"', '”', '_']).ends_with(['.', '!', '?']);
    let begins =
        |word: &str| word.trim_start_matches(['(', '*', '"', '“', '[']).starts_with(char::is_uppercase);
    let sentences = words.chunk_by(|word, next| !(ends(word) && begins(next)));
    sentences.map(|words| (words.len(), words[..words.len().min(8)].join(" "))).collect()
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// All files of ours, by their paths.
fn files() -> Vec<String> {
    let listed = Command::new("git").arg("ls-files").current_dir(root()).output().unwrap();
    assert!(listed.status.success());
    String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The documents: all but the changelog, and what is frozen with the SDK of its day.
fn documents() -> Vec<String> {
    let is_held =
        |path: &String| path.ends_with(".md") && path != "CHANGELOG.md" && !path.starts_with("tests/frozen/");
    files().into_iter().filter(is_held).collect()
}

fn read(document: &str) -> String {
    fs::read_to_string(root().join(document)).unwrap()
}

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for file in ["host", "migrations-core", "plugin-api", "tests/tests"].map(rust_files).concat() {
        let mut is_test = false;
        for line in fs::read_to_string(file).unwrap().lines().map(str::trim) {
            if line == "#[test]" || line.ends_with("::test]") {
                is_test = true;
            } else if let Some((_, name)) = line.split_once("fn ")
                && is_test
            {
                tests.insert(name.split(['(', '<']).next().unwrap_or_default().to_owned());
                is_test = false;
            }
        }
    }
    tests
}

/// Whether a word is the name of a test: many small words, or some and the rest left out.
fn is_test(word: &str) -> bool {
    let name = word.trim_end_matches('…');
    let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    is_name && (name.len() < word.len() || name.matches('_').count() > 3)
}

/// Whether such a test is there.
fn there_is(tests: &BTreeSet<String>, word: &str) -> bool {
    match word.strip_suffix('…') {
        Some(beginning) => tests.iter().any(|name| name.starts_with(beginning)),
        None => tests.contains(word),
    }
}

/// Whether there is such a file or folder, named from the root or from the host's rooms. A name without a
/// folder may be that of any file of ours.
fn is_there(files: &[String], path: &str) -> bool {
    let places = [root().to_owned(), root().join("host/src")];
    places.iter().any(|place| place.join(path).exists())
        || (!path.contains('/') && files.iter().any(|file| Path::new(file).ends_with(path)))
}

/// The suites that a text names: after the word, each in backticks.
fn suites(text: &str) -> Vec<&str> {
    let mut suites = Vec::new();
    for after in ["suite `", "suites `"].into_iter().flat_map(|word| text.split(word).skip(1)) {
        let mut parts = after.split('`');
        suites.extend(parts.next());
        while let (Some(", " | " and "), Some(name)) = (parts.next(), parts.next()) {
            suites.push(name);
        }
    }
    suites
}

/// What a document names that is not there.
fn missing(text: &str, files: &[String], tests: &BTreeSet<String>) -> Vec<String> {
    let mut missing = Vec::new();
    for Piece { line, text } in pieces(text) {
        for word in quoted(&text).filter_map(|code| code.split_whitespace().next()) {
            let is_path = word.contains('/') && !word.starts_with('/');
            let is_file =
                is_path || ENDINGS.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending));
            if is_file && !is_there(files, word) {
                missing.push(format!("line {line}: no file {word}"));
            }
            if is_test(word) && !there_is(tests, word) {
                missing.push(format!("line {line}: no test {word}"));
            }
        }
        let unknown = suites(&text)
            .into_iter()
            .filter(|suite| !is_there(files, &format!("tests/tests/suites/{suite}.rs")));
        missing.extend(unknown.map(|suite| format!("line {line}: no suite {suite}")));
    }
    missing
}

#[test]
fn no_sentence_of_a_document_has_more_than_forty_five_words() {
    let documents = documents();
    for known in ["README.md", "SECURITY.md", "dist/README.md"] {
        assert!(documents.iter().any(|document| document == known), "{documents:#?}");
    }
    let mut long = Vec::new();
    for document in documents {
        for Piece { line, text } in pieces(&read(&document)) {
            let too_long = sentences(&text).into_iter().filter(|(words, _)| *words > WORDS);
            long.extend(too_long.map(|(words, begin)| format!("{document}:{line}: {words} words: {begin}")));
        }
    }
    assert_eq!(long, Vec::<String>::new(), "{long:#?}");
}

#[test]
fn no_paragraph_of_a_document_has_more_than_six_lines() {
    let mut long = Vec::new();
    for document in documents() {
        let pieces = pieces(&read(&document));
        let too_long = pieces.iter().filter(|piece| piece.text.chars().count() > CHARACTERS);
        long.extend(too_long.map(|piece| format!("{document}:{}", piece.line)));
    }
    assert_eq!(long, Vec::<String>::new(), "{long:#?}");
}

#[test]
fn the_map_is_short_and_what_it_names_exists() {
    let lines = read("ARCHITECTURE.md").lines().count();
    assert!(lines <= LINES, "ARCHITECTURE.md has {lines} lines");
    let (tests, files) = (tests(), files());
    let mut wrong = Vec::new();
    for document in NAMING {
        let missing = missing(&read(document), &files, &tests);
        wrong.extend(missing.into_iter().map(|what| format!("{document}, {what}")));
    }
    assert_eq!(wrong, Vec::<String>::new(), "{wrong:#?}");
}

#[test]
fn sentences_are_counted_in_paragraphs_items_and_cells_and_not_in_code() {
    let text = "# A head\n\nOne two. Three `four five`\nsix (seven. Eight).\n- nine ten\n  eleven\n2. twelve\n\n    code is\n\n    left out\n\n```\nso is this\n```\n| a b | c\\|d `e f` |\n";
    let counted: Vec<_> = pieces(text)
        .into_iter()
        .map(|piece| (piece.line, sentences(&piece.text).iter().map(|(words, _)| *words).collect::<Vec<_>>()))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    let wanted = [(1, vec![2]), (3, vec![2, 4, 1]), (5, vec![3]), (7, vec![1]), (16, vec![2]), (16, vec![2])];
    assert_eq!(counted, wanted);
}

#[test]
fn what_a_document_names_and_is_not_there_is_found() {
    let tests: BTreeSet<_> = ["one_two_three_four_five".to_owned()].into();
    let text = "`tests/tests/suites/borders.rs`, `cli/`, `scripts/test -E x`, `a.json`, `/plugins/a`, `pg_locks`\n\n\
                `one_two_three_four_five`, `one_two_…`, suites `borders`, `heal` and `check`, the suite `wire`";
    assert_eq!(missing(text, &["b/a.json".to_owned()], &tests), Vec::<String>::new());
    let text = "`tests/nothing.rs`, `nothing.json`\n\n`six_…`, `one_two_three_four_six`, suites `borders` and `nothing`";
    let told = [
        "line 1: no file tests/nothing.rs",
        "line 1: no file nothing.json",
        "line 3: no test six_…",
        "line 3: no test one_two_three_four_six",
        "line 3: no suite nothing",
    ];
    assert_eq!(missing(text, &[], &tests), told);
}

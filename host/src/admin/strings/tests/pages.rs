//! The sources of the pages, as a reader of words sees them.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Names, which are the same in every language, and what browsers and programs read.
const NO_WORDS: [&str; 12] = [
    "aria-invalid=\"true\" aria-describedby=\"-wrong\"",
    "quiet copy",
    "use strict",
    "Tenon",
    "PostgreSQL",
    "SQLSTATE",
    "sha256",
    "%Y-%m-%d %H:%M:%S UTC",
    "text/html; charset=utf-8",
    "text/plain; charset=utf-8",
    "text/markdown; charset=utf-8",
    "attachment; filename=\"tenon-report.md\"",
];

/// The attributes that people read or hear.
const READ: [&str; 7] =
    ["aria-label", "placeholder", "alt", "title", "data-busy", "data-copy", "data-copied"];

/// One use of a message.
pub(super) struct Use {
    pub file: String,
    pub id: String,
    pub given: Vec<String>,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Among elements.
    Html,
    /// In an attribute or a title, where elements are none.
    Plain,
}

/// A part of a template, in its order.
enum Part<'a> {
    /// What stands between tags, in the element of this name.
    Text(&'a str, String),
    /// What stands in the attribute of this name.
    Attribute(&'a str, String),
    /// What stands in `{{ }}` or `{% %}`.
    Code(&'a str, Place),
}

fn files(folder: &str, ends: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == ends));
    files.sort();
    files
}

fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

fn templates() -> Vec<(String, String)> {
    let read = |file: PathBuf| (name(&file), fs::read_to_string(file).unwrap());
    files("templates", "html").into_iter().map(read).collect()
}

/// The Rust sources in a folder, without their tests.
fn sources(folder: &str) -> Vec<(String, String)> {
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        (name(&file), code.to_owned())
    };
    files(folder, "rs").into_iter().map(read).collect()
}

/// Every use of a message in templates and sources.
pub(super) fn uses() -> Vec<Use> {
    let mut uses = Vec::new();
    for (file, text) in templates() {
        for part in parts(&text) {
            if let Part::Code(code, place) = part {
                collect(&file, code, place, &mut uses);
            }
        }
    }
    let pages = sources("src/admin/pages");
    for (file, text) in
        pages.into_iter().chain(sources("src/admin").into_iter().filter(|(file, _)| file == "routes.rs"))
    {
        collect(&file, &text, Place::Html, &mut uses);
    }
    uses
}

fn collect(file: &str, code: &str, place: Place, uses: &mut Vec<Use>) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    for (at, call) in code.match_indices("t!(\"") {
        // Not `format!`.
        if code[..at].ends_with(is_word) {
            continue;
        }
        let (id, mut rest) = code[at + call.len()..].split_once("\")").expect("t! takes a literal alone");
        let mut given = Vec::new();
        while let Some((name, after)) = argument(rest) {
            given.push(name.to_owned());
            rest = after;
        }
        uses.push(Use { file: file.to_owned(), id: id.to_owned(), given, place });
    }
}

/// The name of the argument that is given next, and what stands behind it.
fn argument(code: &str) -> Option<(&str, &str)> {
    let code = code.trim_start();
    let call =
        [".arg(\"", ".number(\"", ".markup(\""].into_iter().find_map(|call| code.strip_prefix(call))?;
    let (name, rest) = call.split_once('"')?;
    let (mut depth, mut is_quoted) = (1, false);
    for (at, c) in rest.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((name, &rest[at + 1..]));
        }
    }
    None
}

/// All words of pages that are no message, with their files.
pub(super) fn words_elsewhere() -> Vec<String> {
    let told =
        |(file, words): (String, Vec<String>)| words.into_iter().map(move |one| format!("{file}: {one}"));
    let templates = templates().into_iter().map(|(file, text)| (file, words_of_template(&text)));
    let sources = sources("src/admin/pages").into_iter().map(|(file, text)| {
        let mut words = Vec::new();
        literals(text.parse().unwrap(), &mut words);
        (file, words.into_iter().filter(|text| is_prose(text)).collect())
    });
    let script = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/tenon.js")).unwrap();
    // What is in brackets chooses elements.
    let quoted = ['"', '`'].into_iter().flat_map(|mark| script.split(mark).skip(1).step_by(2));
    let quoted = quoted.filter(|text| !text.contains('[') && is_prose(text)).map(str::to_owned).collect();
    templates.chain(sources).chain([("tenon.js".to_owned(), quoted)]).flat_map(told).collect()
}

pub(super) fn words_of_template(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in parts(text) {
        match part {
            Part::Text("code" | "pre" | "script" | "style", _) => {}
            Part::Text(_, text) => words.extend(Some(text).filter(|text| has_letters(text))),
            Part::Attribute(name, text) => {
                words.extend(Some(text).filter(|text| READ.contains(&name) && has_letters(text)));
            }
            Part::Code(code, _) => {
                let quoted = code.split('"').skip(1).step_by(2).filter(|text| is_prose(text));
                words.extend(quoted.map(str::to_owned));
            }
        }
    }
    words
}

fn has_letters(text: &str) -> bool {
    !NO_WORDS.contains(&text.trim_matches(['·', ' '])) && text.chars().any(char::is_alphabetic)
}

/// Whether a literal of code looks like words, and not like a name that programs read.
fn is_prose(text: &str) -> bool {
    // What is put into a format is no word of it.
    let parts = text.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    let text = &parts.collect::<String>();
    let is_word = |word: &str| word.chars().filter(|c| c.is_alphabetic()).count() > 1;
    let mut words = text.split_whitespace().filter(|word| is_word(word));
    let begins = text.trim_start().chars().next().is_some_and(char::is_uppercase);
    !NO_WORDS.contains(&text.as_str()) && (words.clone().count() > 1 || begins && words.next().is_some())
}

/// The strings of Rust code, but for those of attributes and of what is logged.
fn literals(code: TokenStream, found: &mut Vec<String>) {
    let tokens: Vec<_> = code.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let before = |steps: usize| at.checked_sub(steps).map(|at| tokens[at].to_string());
        let is_attribute = || match before(1).as_deref() {
            Some("!") => before(2).as_deref() == Some("#"),
            mark => mark == Some("#"),
        };
        match token {
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if let Some(text) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                    found.push(text.replace("\\\"", "\""));
                }
            }
            // The documentation of an item or a file, and what derives read.
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket && is_attribute() => {}
            TokenTree::Group(_) if before(5).as_deref() == Some("tracing") => {}
            TokenTree::Group(group) => literals(group.stream(), found),
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// A template in its parts.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut element, mut rest) = ("", text);
    let mut words = String::new();
    // Within a tag: the name of the attribute, where one is open.
    let (mut is_tag, mut attribute): (bool, Option<&str>) = (false, None);
    while let Some(first) = rest.chars().next() {
        if let Some((code, after)) = code(rest) {
            if !code.starts_with('#') {
                if code.contains("block title") {
                    element = "title";
                }
                let is_plain = is_tag || code.starts_with('%') || ["title", "option"].contains(&element);
                parts.push(Part::Code(code, if is_plain { Place::Plain } else { Place::Html }));
            }
            rest = after;
            continue;
        }
        match (is_tag, attribute, first) {
            (false, _, '<') => {
                flush(&mut parts, &mut words, |words| Part::Text(element, words));
                let name = rest[1..].split([' ', '>', '\n']).next().unwrap_or_default();
                (is_tag, element) = (true, name);
            }
            (true, None, '>') => is_tag = false,
            (true, None, '"') => {
                let before = &text[..text.len() - rest.len()];
                let name = before.trim_end_matches('=').rsplit([' ', '\n', '}']).next();
                attribute = name;
            }
            (true, Some(name), '"') => {
                flush(&mut parts, &mut words, |words| Part::Attribute(name, words));
                attribute = None;
            }
            (true, None, _) => {}
            (false, _, c) | (true, Some(_), c) => words.push(c),
        }
        rest = &rest[first.len_utf8()..];
    }
    flush(&mut parts, &mut words, |words| Part::Text(element, words));
    parts
}

fn flush<'a>(parts: &mut Vec<Part<'a>>, words: &mut String, part: impl FnOnce(String) -> Part<'a>) {
    let text = std::mem::take(words).trim().to_owned();
    if !text.is_empty() {
        parts.push(part(text));
    }
}

/// The code at the beginning of a template's rest, with its mark, and what stands behind it.
fn code(rest: &str) -> Option<(&str, &str)> {
    let ends = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];
    let (_, end) = ends.into_iter().find(|(begin, _)| rest.starts_with(begin))?;
    let at = rest.find(end)?;
    Some((&rest[1..at], &rest[at + end.len()..]))
}

//! A file that another tool ran, as a migration of a plugin: without what no heal runs.
//!
//! What stands between the statements stays as it was, comments too. Each change is told with its line.

use super::layout::without_concurrently;
use super::scan::{self, Token, TokenKind};
use super::{Statement, StatementKind, SyntaxError, parse};

/// A file without what no heal runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CleanedFile {
    /// The text.
    pub sql: String,
    /// What was changed, in the order of the file.
    pub changes: Vec<CleanedStatement>,
}

/// A statement that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanedStatement {
    /// The line in the file as it was.
    pub line: usize,
    /// The statement on one short line.
    pub excerpt: String,
    /// What became of it.
    pub act: CleaningAct,
    /// Why, as a sentence without a full stop.
    pub why: &'static str,
}

/// What becomes of a statement that no heal runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CleaningAct {
    /// Said otherwise.
    Rewritten,
    /// Left out: what the file makes is the same.
    Removed,
    /// Left out: what an administrator does instead.
    ByHand(&'static str),
    /// Needed, since without it the file would make something else: what an author does.
    Stops(&'static str),
}

/// Takes out of a file, or says otherwise, what the rules refuse.
///
/// # Errors
///
/// All places where the text cannot be split into statements.
pub fn cleaned(sql: &str) -> Result<CleanedFile, Vec<SyntaxError>> {
    let statements = parse(sql)?;
    let mut file = CleanedFile::default();
    let mut at = 0;
    for statement in &statements {
        let cut = cut_names(statement);
        let Some((replacement, act, why)) = change(statement).or(cut) else { continue };
        file.changes.push(CleanedStatement {
            line: statement.position.line,
            excerpt: statement.excerpt(),
            act,
            why,
        });
        match replacement {
            Some(text) => {
                file.sql.push_str(&sql[at..statement.range.start]);
                file.sql.push_str(&text);
                at = statement.range.end;
            }
            None => {
                let (start, end) = with_its_line(sql, statement);
                file.sql.push_str(sql.get(at..start).unwrap_or_default());
                at = end.max(at);
            }
        }
    }
    file.sql.push_str(sql.get(at..).unwrap_or_default());
    Ok(file)
}

type Change = (Option<String>, CleaningAct, &'static str);

const HOST: &str = "the heal begins and ends the transaction around all files";
const BY_HAND: &str = "let an administrator run it";

fn change(statement: &Statement<'_>) -> Option<Change> {
    use CleaningAct::{ByHand, Removed, Rewritten, Stops};
    let gone = |act, why| Some((None, act, why));
    match statement.kind {
        StatementKind::TransactionControl => match first_word(statement).as_str() {
            "rollback" | "abort" => gone(
                Stops("take out what is rolled back"),
                "it takes back what stands before it, and the heal keeps all of a file",
            ),
            "prepare" => gone(Stops("take it out, with what finishes it"), HOST),
            "set" => gone(Removed, "the transaction is the heal's, and has the heal's properties"),
            _ => gone(Removed, HOST),
        },
        StatementKind::NotInTransaction => {
            let plain = without_concurrently(statement);
            let is_index = plain != statement.text() && !statement.begins(&["reindex"]);
            if is_index {
                return Some((Some(plain), Rewritten, "no transaction has CONCURRENTLY, and a heal is one"));
            }
            let why = "PostgreSQL refuses it in a transaction, and a heal is one";
            if statement.begins(&["vacuum"]) || statement.begins(&["reindex"]) {
                return gone(ByHand("let an administrator run it, if it is needed at all"), why);
            }
            gone(ByHand(BY_HAND), why)
        }
        StatementKind::SessionChange => session_change(statement),
        StatementKind::StringSyntax => {
            if statement.text().to_ascii_lowercase().contains("off") {
                gone(
                    Stops("write E'…' where backslashes are escapes, and take it out"),
                    "strings are read with standard_conforming_strings on",
                )
            } else {
                gone(Removed, "it is so anyhow")
            }
        }
        StatementKind::LocalSetting if statement.begins(&["set", "constraints", "all"]) => gone(
            Stops("name the constraints, as in SET CONSTRAINTS shop.line_item_fkey DEFERRED"),
            "it would hold for the files of others too",
        ),
        StatementKind::CopyStdin => gone(
            Stops("write the rows as INSERT INTO … VALUES"),
            "a heal is no client that sends or takes rows",
        ),
        StatementKind::PsqlCommand => match first_word(statement).as_str() {
            "\\i" | "\\ir" | "\\include" | "\\include_relative" | "\\gexec" | "\\copy" | "\\if"
            | "\\else" | "\\elif" | "\\endif" | "\\gset" => {
                gone(Stops("write what it does as SQL"), "it is a command to psql, and a heal is none")
            }
            _ => gone(Removed, "it is a command to psql"),
        },
        StatementKind::Listen => gone(Removed, "it is for the session of a client"),
        StatementKind::Query if is_path_for_session(statement) => {
            let path = statement.texts().into_iter().nth(1).unwrap_or_default();
            let text = format!("SET LOCAL search_path = {}", if path.is_empty() { "''" } else { &path });
            Some((Some(text), Rewritten, "it holds for this file"))
        }
        _ => None,
    }
}

/// Whether it is `SELECT set_config('search_path', …, false)`, as dumps begin with.
fn is_path_for_session(statement: &Statement<'_>) -> bool {
    statement.has(&["set_config"]) && statement.texts().first().is_some_and(|name| name == "search_path")
}

/// Settings that change nothing of what a file makes.
const OF_THE_SESSION: [&str; 13] = [
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
    "client_encoding",
    "client_min_messages",
    "log_min_messages",
    "row_security",
    "xmloption",
    "maintenance_work_mem",
    "work_mem",
    "synchronous_commit",
    "application_name",
];

fn session_change(statement: &Statement<'_>) -> Option<Change> {
    use CleaningAct::{Removed, Rewritten, Stops};
    let text = statement.text();
    let words: Vec<String> = scan::tokens(text)
        .iter()
        .take(4)
        .map(|token| text[token.start..token.end].trim_matches('"').to_ascii_lowercase())
        .collect();
    let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
    match word(0) {
        "set" => {
            let at = if word(1) == "session" { 2 } else { 1 };
            if ["role", "authorization", "session_authorization"].contains(&word(at)) {
                return Some((
                    None,
                    Stops("take it out: whoever heals owns what a heal makes"),
                    "a heal acts as one role",
                ));
            }
            if OF_THE_SESSION.contains(&word(at)) {
                return Some((None, Removed, "it is a setting of the session, which the host sets"));
            }
            let rest = scan::tokens(text).get(at).map(|token| &text[token.start..]).unwrap_or_default();
            Some((Some(format!("SET LOCAL {rest}")), Rewritten, "it holds for this file"))
        }
        "reset" if ["search_path", "role", "all"].contains(&word(1)) => Some((
            None,
            Stops("take it out, and write the schema before each name that follows"),
            "a setting is taken back by the end of the file",
        )),
        "reset" | "discard" | "deallocate" => {
            Some((None, Removed, "each file begins with the settings of the host"))
        }
        _ => Some((None, Stops("write what it does as plain statements"), "it outlasts the transaction")),
    }
}

/// The statement with the names that PostgreSQL would cut, as it cuts them.
fn cut_names(statement: &Statement<'_>) -> Option<Change> {
    let text = statement.text();
    let mut cut = String::new();
    let mut at = 0;
    for token in scan::tokens(text) {
        let Some(short) = cut_name(text, &token) else { continue };
        cut.push_str(&text[at..token.start]);
        cut.push_str(&short);
        at = token.end;
    }
    if at == 0 {
        return None;
    }
    cut.push_str(&text[at..]);
    Some((
        Some(cut),
        CleaningAct::Rewritten,
        "PostgreSQL cuts names of more than 63 bytes, and says so nowhere",
    ))
}

fn cut_name(text: &str, token: &Token) -> Option<String> {
    let name = &text[token.start..token.end];
    let bare = match token.kind {
        TokenKind::Word => name,
        TokenKind::Quoted if name.starts_with('"') => name.strip_prefix('"')?.strip_suffix('"')?,
        _ => return None,
    };
    // Those with quotes in them are left: the rule tells of them.
    if bare.len() <= tenon_schema::MAX_IDENTIFIER_BYTES || bare.contains('"') {
        return None;
    }
    let mut end = tenon_schema::MAX_IDENTIFIER_BYTES;
    while !bare.is_char_boundary(end) {
        end -= 1;
    }
    let short = &bare[..end];
    Some(if token.kind == TokenKind::Word { short.to_owned() } else { format!("\"{short}\"") })
}

fn first_word(statement: &Statement<'_>) -> String {
    let word = statement.text().split(|c: char| c.is_whitespace() || c == ';').next();
    word.unwrap_or_default().to_ascii_lowercase()
}

/// Where a statement begins and ends with its semicolon, and with the line that it has for itself.
pub(super) fn with_its_line(sql: &str, statement: &Statement<'_>) -> (usize, usize) {
    let range = &statement.range;
    let mut end = range.end;
    if statement.kind != StatementKind::PsqlCommand {
        let rest = sql.get(end..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start().len();
        if rest[blank..].starts_with(';') {
            end += blank + 1;
        }
    }
    let before = sql[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let rest = sql.get(end..).unwrap_or_default();
    let line = rest.find('\n').map_or(rest.len(), |at| at + 1);
    if sql[before..range.start].trim().is_empty() && rest[..line].trim().is_empty() {
        (before, end + line)
    } else {
        (range.start, end)
    }
}

/// The part of a file between two marks, in which every line keeps its number: `-- migrate:up` and
/// `-- migrate:down`. `None` if it has no such mark.
pub fn forward_part(sql: &str) -> Option<String> {
    let is_mark = |line: &str, mark: &str| {
        let comment = line.trim_start().strip_prefix("--").map(str::trim_start);
        comment
            .and_then(|comment| comment.strip_prefix(mark))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    let (mut is_forward, mut found) = (false, false);
    let mut part = String::new();
    for line in sql.split_inclusive('\n') {
        if is_mark(line, "migrate:up") {
            (is_forward, found) = (true, true);
            part.push('\n');
        } else if is_mark(line, "migrate:down") {
            is_forward = false;
        } else if is_forward {
            part.push_str(line);
        } else if !found {
            part.push('\n');
        }
    }
    found.then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::PluginMigration;
    use crate::statements::refusals;

    fn told(sql: &str) -> (String, Vec<String>) {
        let file = cleaned(sql).unwrap();
        let act = |act| match act {
            CleaningAct::Rewritten => "rewritten",
            CleaningAct::Removed => "removed",
            CleaningAct::ByHand(_) => "by hand",
            CleaningAct::Stops(_) => "stops",
        };
        let changes = file.changes.iter().map(|one| format!("{} {}", one.line, act(one.act)));
        (file.sql.clone(), changes.collect())
    }

    #[test]
    fn what_no_heal_runs_is_taken_out_and_the_rest_stays_as_it_was() {
        let sql = "-- First.\nBEGIN;\n\n-- The table.\nCREATE TABLE a (b int); -- of b\nSET search_path TO x, public;\n\
                   SET statement_timeout = 0;\nCREATE UNIQUE INDEX CONCURRENTLY i\n  ON a (b);\nCOMMIT;\n";
        let cleaned = "-- First.\n\n-- The table.\nCREATE TABLE a (b int); -- of b\nSET LOCAL search_path TO x, public;\n\
                       CREATE UNIQUE INDEX i\n  ON a (b);\n";
        let changes = ["2 removed", "6 rewritten", "7 removed", "8 rewritten", "10 removed"];
        assert_eq!(told(sql), (cleaned.to_owned(), changes.map(str::to_owned).into()));
    }

    #[test]
    fn what_is_cleaned_no_rule_refuses() {
        let long = "n".repeat(70);
        let sql = format!(
            "\\set x 1\nBEGIN; SET ROLE r; SELECT pg_catalog.set_config('search_path', '', false);\nVACUUM a;\n\
             CREATE TABLE {long} (id int);\nCREATE TABLE \"{long}\" (id int);\nSET standard_conforming_strings = on;\n\
             COPY t FROM stdin;\n1\n\\.\nLISTEN c; DISCARD ALL; RESET work_mem;\nPREPARE p AS SELECT 1;\n\
             SET CONSTRAINTS ALL DEFERRED;\nREINDEX INDEX CONCURRENTLY i;\nCREATE DATABASE d;\nROLLBACK"
        );
        let file = cleaned(&sql).unwrap();
        let migration = PluginMigration::new("a/0001_a.sql".parse().unwrap(), file.sql.clone(), Vec::new());
        assert_eq!(refusals(&migration), [], "{}", file.sql);
        assert!(file.sql.contains("SET LOCAL search_path = ''"), "{}", file.sql);
        let stops = file.changes.iter().filter(|one| matches!(one.act, CleaningAct::Stops(_)));
        assert_eq!(stops.map(|one| one.line).collect::<Vec<_>>(), [2, 7, 11, 12, 15]);
    }

    #[test]
    fn a_file_in_two_parts_leads_forward_with_the_first() {
        let sql = "-- by dbmate\n-- migrate:up transaction:false\nSELECT 1;\n-- migrate:downright\n\n--migrate:down\nSELECT 2;\n";
        assert_eq!(forward_part(sql).as_deref(), Some("\n\nSELECT 1;\n-- migrate:downright\n\n"));
        assert_eq!(forward_part("SELECT 1;"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(BEGIN;|SET a = 1;|COPY t FROM stdin;\n|\\\\x\n)*[.é'\"$Ea1 \\\\=(;\n),*]{0,30}") {
            let _ = cleaned(&text);
            let _ = forward_part(&text);
        }
    }
}

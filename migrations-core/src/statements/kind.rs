//! What kind a statement is, told by its keywords.
//!
//! Every statement of PostgreSQL is known by the words it begins with, so this holds for statements no
//! parser at hand can read. What is not known is [`Other`](StatementKind::Other), and PostgreSQL's to judge.

mod transaction_block;

use serde::{Deserialize, Serialize};

use super::scan::TokenKind;
use super::words::Words;

/// What Tenon has to know about a statement.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum StatementKind {
    /// Begins, ends or changes the transaction: `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT`, `SET
    /// TRANSACTION`…
    TransactionControl,
    /// Refused by PostgreSQL inside a transaction: `… CONCURRENTLY`, `VACUUM`, `CREATE DATABASE`…
    NotInTransaction,
    /// Outlasts the transaction in the session: `SET`, `RESET`, `DISCARD`, `PREPARE`…
    SessionChange,
    /// Changes how PostgreSQL reads the strings of the statements that follow.
    StringSyntax,
    /// `SET LOCAL` and `SET CONSTRAINTS`
    LocalSetting,
    /// `COPY … FROM STDIN` or `TO STDOUT`: needs a client that sends or takes the rows.
    CopyStdin,
    /// `COPY` with a file or a program of the database server.
    CopyServer,
    /// A line for psql, not for PostgreSQL: it begins with a backslash.
    PsqlCommand,
    /// Only reads, functions aside: `SELECT`, `VALUES`, `TABLE`, `WITH`, `SHOW`, `EXPLAIN`, cursors.
    Query,
    /// Changes rows: `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `TRUNCATE`, also inside `WITH`.
    Dml,
    /// Changes the schema, rights or comments.
    Ddl,
    /// `DO`
    Do,
    /// `CALL`
    Call,
    /// `LISTEN` and `UNLISTEN`
    Listen,
    /// `NOTIFY`
    Notify,
    /// `LOCK TABLE`
    Lock,
    /// Anything else.
    Other,
}

const WRITES: [&str; 4] = ["insert", "update", "delete", "merge"];

/// The settings that are the transaction's own properties.
const TRANSACTION_SETTINGS: [&str; 3] =
    ["transaction_isolation", "transaction_read_only", "transaction_deferrable"];

pub(super) fn classify(words: &Words<'_>) -> StatementKind {
    use StatementKind as Kind;

    match words.kind(0) {
        Some(TokenKind::Psql) => return Kind::PsqlCommand,
        // ( SELECT … ) UNION …
        Some(TokenKind::Open) => return query(words),
        _ => {}
    }
    if transaction_block::refuses(words) {
        return Kind::NotInTransaction;
    }
    let Some(first) = words.word(0) else { return Kind::Other };
    match first.to_ascii_lowercase().as_str() {
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" => {
            Kind::TransactionControl
        }
        "prepare" if words.is(1, "transaction") => Kind::TransactionControl,
        "set" => setting(words),
        "reset" | "discard" | "prepare" | "deallocate" => Kind::SessionChange,
        "declare" if words.begins_anywhere(&["with", "hold"]) => Kind::SessionChange,
        "copy" => copy(words),
        "select" | "values" | "table" | "with" => query(words),
        "explain" if WRITES.iter().any(|write| words.has(write)) => Kind::Dml,
        "show" | "explain" | "declare" | "fetch" | "move" | "close" => Kind::Query,
        "insert" | "update" | "delete" | "merge" | "truncate" => Kind::Dml,
        "create" | "alter" | "drop" | "comment" | "grant" | "revoke" | "security" | "import" | "reassign"
        | "refresh" | "reindex" | "cluster" => Kind::Ddl,
        "do" => Kind::Do,
        "call" => Kind::Call,
        "listen" | "unlisten" => Kind::Listen,
        "notify" => Kind::Notify,
        "lock" => Kind::Lock,
        _ => Kind::Other,
    }
}

fn setting(words: &Words<'_>) -> StatementKind {
    let local = words.is(1, "local");
    let at = if local || words.is(1, "session") { 2 } else { 1 };
    let named = |name: &str| words.name(at).is_some_and(|found| found.eq_ignore_ascii_case(name));
    if words.is(1, "constraints") {
        StatementKind::LocalSetting
    } else if words.is(at, "transaction") || TRANSACTION_SETTINGS.into_iter().any(named) {
        StatementKind::TransactionControl
    } else if named("standard_conforming_strings") {
        StatementKind::StringSyntax
    } else if !local || words.is(at, "session") {
        // Even SET LOCAL SESSION AUTHORIZATION: the heal takes back roles, not whole sessions.
        StatementKind::SessionChange
    } else {
        StatementKind::LocalSetting
    }
}

fn copy(words: &Words<'_>) -> StatementKind {
    let outer: Vec<usize> = words.outer().collect();
    let end = outer.iter().position(|&at| words.is_any(at, &["from", "to"])).and_then(|at| outer.get(at + 1));
    match end {
        Some(&end) if words.is_any(end, &["stdin", "stdout"]) => StatementKind::CopyStdin,
        Some(_) => StatementKind::CopyServer,
        None => StatementKind::Other,
    }
}

/// `SELECT`, `VALUES`, `TABLE` or `WITH`, in parentheses or not. Any of them may write.
fn query(words: &Words<'_>) -> StatementKind {
    let is_write = |at: usize| words.is_any(at, &WRITES);
    // A writing CTE, directly after its parenthesis.
    let in_parentheses = (1..words.len())
        .any(|at| is_write(at) && words.kind(at - 1) == Some(TokenKind::Open) && words.has("with"));
    // The main statement of a WITH: the first verb that is not the name of a CTE.
    let main = words
        .outer()
        .find(|&at| {
            let names_cte =
                at > 0 && (words.is_any(at - 1, &["with", "recursive"]) || words.is_sign(at - 1, ","));
            !names_cte && (is_write(at) || words.is_any(at, &["select", "values", "table"]))
        })
        .is_some_and(|at| words.is(0, "with") && is_write(at));
    if in_parentheses || main {
        StatementKind::Dml
    } else if words.is(0, "select") && words.outer().any(|at| words.is(at, "into") && !words.labels(at)) {
        StatementKind::Ddl
    } else {
        StatementKind::Query
    }
}

#[cfg(test)]
mod tests;

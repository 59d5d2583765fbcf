//! What is refused before a heal runs: one rule, one file.
//!
//! Every refusal of a file is found at once. Hazards, which an administrator may consent to, are no rules.

mod all_constraints;
mod copy_stdin;
mod long_name;
mod not_in_transaction;
mod psql_command;
mod session_change;
mod string_syntax;
mod syntax;
mod transaction_control;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Position, Statement, parse};
use crate::migration::{MigrationId, PluginMigration};

/// Why a heal will not run a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RuleRefusal {
    /// The file.
    pub migration: MigrationId,
    /// Where the refused statement begins.
    pub position: Position,
    /// Where it ends: the position after its last character.
    pub end: Position,
    /// The statement on one short line, its literals left out.
    pub excerpt: String,
    /// The rule it breaks.
    pub rule: RuleId,
    /// Why it cannot run, as a sentence without a full stop.
    pub reason: String,
    /// What to do about it, as a sentence without a full stop.
    pub remedy: String,
}

impl fmt::Display for RuleRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { migration, position, excerpt, rule, reason, remedy, .. } = self;
        write!(f, "{migration}:{}:{}: {reason} [{rule}]", position.line, position.column)?;
        if !excerpt.is_empty() {
            write!(f, "\n  statement: {excerpt}")?;
        }
        write!(f, "\n  remedy: {remedy}")
    }
}

/// A rule's name, as it is written in reports and documents.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RuleId {
    /// The text cannot be split into statements.
    Syntax,
    /// The transaction is the heal's.
    TransactionControl,
    /// PostgreSQL refuses the statement inside a transaction.
    NotInTransaction,
    /// A heal leaves the session as it found it.
    SessionChange,
    /// A heal puts off what a file names, for that file.
    AllConstraints,
    /// The meaning of a quote must not change on the way.
    StringSyntax,
    /// There is no client that could send the rows.
    CopyStdin,
    /// There is no psql.
    PsqlCommand,
    /// PostgreSQL would cut the name.
    LongName,
}

impl RuleId {
    /// Every rule.
    pub const ALL: [Self; 9] = [
        Self::Syntax,
        Self::TransactionControl,
        Self::NotInTransaction,
        Self::SessionChange,
        Self::AllConstraints,
        Self::StringSyntax,
        Self::CopyStdin,
        Self::PsqlCommand,
        Self::LongName,
    ];

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::TransactionControl => "transaction-control",
            Self::NotInTransaction => "not-in-transaction",
            Self::SessionChange => "session-change",
            Self::AllConstraints => "all-constraints",
            Self::StringSyntax => "string-syntax",
            Self::CopyStdin => "copy-stdin",
            Self::PsqlCommand => "psql-command",
            Self::LongName => "long-name",
        }
    }

    /// What this rule holds against a statement.
    fn check(self, statement: &Statement<'_>) -> Option<Objection> {
        match self {
            // Told by the splitting itself.
            Self::Syntax => None,
            Self::TransactionControl => transaction_control::check(statement),
            Self::NotInTransaction => not_in_transaction::check(statement),
            Self::SessionChange => session_change::check(statement),
            Self::AllConstraints => all_constraints::check(statement),
            Self::StringSyntax => string_syntax::check(statement),
            Self::CopyStdin => copy_stdin::check(statement),
            Self::PsqlCommand => psql_command::check(statement),
            Self::LongName => long_name::check(statement),
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a rule has to say about a statement.
struct Objection {
    reason: String,
    remedy: &'static str,
}

/// Everything that keeps a migration from being run in a heal, in the order of the file.
pub fn refusals(migration: &PluginMigration) -> Vec<RuleRefusal> {
    let statements = match parse(&migration.sql) {
        Ok(statements) => statements,
        Err(errors) => return syntax::refusals(&migration.id, &errors),
    };
    let mut refusals = Vec::new();
    for statement in &statements {
        for rule in RuleId::ALL {
            let Some(Objection { reason, remedy }) = rule.check(statement) else { continue };
            refusals.push(RuleRefusal {
                migration: migration.id.clone(),
                position: statement.position,
                end: statement.end(),
                excerpt: statement.excerpt(),
                rule,
                reason,
                remedy: remedy.to_owned(),
            });
        }
    }
    refusals
}

/// The first words of a statement, for a sentence about it.
fn verb(statement: &Statement<'_>, words: usize) -> String {
    statement
        .excerpt()
        .split_whitespace()
        .take(words)
        .map(str::to_ascii_uppercase)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The refusals of a file, as `line:column rule`.
    pub(super) fn refused(sql: &str) -> Vec<String> {
        let migration = PluginMigration::new("a/0001.sql".parse().unwrap(), sql, Vec::new());
        refusals(&migration)
            .iter()
            .map(|r| format!("{}:{} {}", r.position.line, r.position.column, r.rule))
            .collect()
    }

    #[test]
    fn an_ordinary_migration_is_not_refused() {
        let sql = "SET LOCAL lock_timeout = '1s';\nCREATE TABLE a.t (id int PRIMARY KEY);\n\
                   DO $$ BEGIN PERFORM 1; END $$;\nINSERT INTO a.t VALUES (1);";
        assert_eq!(refused(sql), Vec::<String>::new());
    }

    #[test]
    fn all_refusals_of_a_file_are_found_at_once() {
        let sql = "\\set x 1\nBEGIN;\nCREATE INDEX CONCURRENTLY ON a.t (b);\nSET ROLE r; COMMIT;\n\
                   COPY a.t FROM STDIN;\n1\n\\.\nSET LOCAL standard_conforming_strings = off;";
        assert_eq!(
            refused(sql),
            [
                "1:1 psql-command",
                "2:1 transaction-control",
                "3:1 not-in-transaction",
                "4:1 session-change",
                "4:13 transaction-control",
                "5:1 copy-stdin",
                "8:1 string-syntax",
            ]
        );
    }

    #[test]
    fn a_refusal_reads_as_something_to_act_on() {
        let sql = "CREATE TABLE a.t (id int);\nCOMMIT;\nVACUUM a.t;\nSET search_path = a;\nCOPY a.t FROM STDIN;\n\
                   \\i other.sql\nSET LOCAL standard_conforming_strings = off;";
        let migration = PluginMigration::new("inventory/0002_items.sql".parse().unwrap(), sql, Vec::new());
        let text: Vec<_> = refusals(&migration).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(text.join("\n\n"));
    }

    #[test]
    fn the_name_in_json_is_the_name_in_text() {
        for rule in RuleId::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
        }
    }
}

//! A dump, restored in a scratch database: what it makes, without its rows.

use std::collections::BTreeMap;

use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_migrations_core::statements::{self, Statement, StatementKind};
use tokio_postgres::{Client, Error};

use super::role;
use super::sql_file::SqlFile;
use super::told::{ImportNote, ImportNotes};
use crate::database::migration_session::{BEGIN, Reset};
use crate::database::search_path::OWN;
use crate::database::unavailable::DbFailure;
use crate::schema::whole;
use crate::scratch::made_by::MadeByError;
use crate::support::errors::chain;

/// A statement of a dump that does not run.
#[derive(Debug)]
pub struct FailedStatement {
    /// File and line.
    pub place: String,
    pub excerpt: String,
    pub reason: String,
}

/// What a dump makes.
pub(super) struct Restored {
    pub(super) snapshot: CatalogSnapshot,
    pub(super) notes: ImportNotes,
}

/// Why a dump makes nothing.
pub(super) enum RestoreError {
    Session(MadeByError),
    Statements(Vec<FailedStatement>),
}

impl From<Error> for RestoreError {
    fn from(error: Error) -> Self {
        Self::Session(MadeByError::Session(error))
    }
}

/// What a statement of a dump is to an import.
enum Turn {
    Run,
    /// For the session that restores a dump: says nothing of what stands there.
    Skip,
    /// Rows of this table.
    Rows(String, usize),
    Owner,
    ByHand(&'static str),
    LeftOut(&'static str),
}

/// Runs what makes something, in a transaction that is never committed, and reads what that made. A statement
/// that fails is tried again behind the others, as long as that helps.
pub(super) async fn restored(client: &Client, files: &[SqlFile]) -> Result<Restored, RestoreError> {
    let mut notes = ImportNotes::default();
    let (mut parsed, mut failed) = (Vec::new(), Vec::new());
    for file in files {
        match statements::parse(&file.text) {
            Ok(statements) => parsed.extend(statements.into_iter().map(|statement| (file, statement))),
            Err(errors) => failed.extend(errors.into_iter().map(|error| FailedStatement {
                place: format!("{}:{}", file.name, error.position.line),
                excerpt: String::new(),
                reason: error.message,
            })),
        }
    }
    if !failed.is_empty() {
        return Err(RestoreError::Statements(failed));
    }
    client.batch_execute(BEGIN).await?;
    Reset::with(&[("check_function_bodies", "off")]).run(client).await?;
    let (mut rows, mut owners) = (BTreeMap::<String, usize>::new(), 0_usize);
    let mut waiting = Vec::new();
    for (file, statement) in parsed {
        let place = format!("{}:{}", file.name, statement.position.line);
        let note = |says: &str| ImportNote::new(format!("{place}: {}", statement.excerpt()), says);
        match turn(&statement) {
            Turn::Skip => {}
            Turn::Owner => owners += 1,
            Turn::Rows(table, number) => *rows.entry(table).or_default() += number,
            Turn::ByHand(why) => notes.by_hand.push(note(why)),
            Turn::LeftOut(why) => notes.left_out.push(note(why)),
            Turn::Run => {
                let is_setting = statement.kind == StatementKind::SessionChange;
                if let Err(error) = run(client, &statement).await?
                    && !is_setting
                {
                    waiting.push((place, statement, error));
                }
            }
        }
    }
    loop {
        let before = waiting.len();
        let mut left = Vec::new();
        for (place, statement, _) in waiting {
            if let Err(error) = run(client, &statement).await? {
                left.push((place, statement, error));
            }
        }
        waiting = left;
        if waiting.is_empty() || waiting.len() == before {
            break;
        }
    }
    if !waiting.is_empty() {
        let failed = waiting.into_iter().map(|(place, statement, error)| FailedStatement {
            place,
            excerpt: statement.excerpt(),
            reason: DbFailure::find(&error).map_or_else(|| chain(&error), |said| said.message),
        });
        return Err(RestoreError::Statements(failed.collect()));
    }
    tell(rows, owners, &mut notes);
    client.batch_execute(OWN).await?;
    let snapshot = whole::within(client).await.map_err(MadeByError::Standing);
    Ok(Restored { snapshot: snapshot.map_err(RestoreError::Session)?, notes })
}

fn tell(rows: BTreeMap<String, usize>, owners: usize, notes: &mut ImportNotes) {
    for (table, number) in rows {
        let rows = if number == 1 {
            "1 row or statement".to_owned()
        } else {
            format!("{number} rows or statements")
        };
        let note = ImportNote::new(format!("rows of {table}"), format!("{rows} with rows are not taken"));
        let advice = "write rows that belong to the plugin into a migration of their own, as INSERT";
        notes.left_out.push(note.advice(advice));
    }
    if owners > 0 {
        let says = format!("{owners} statements say who owns what: whoever heals owns what a heal makes");
        notes.left_out.push(ImportNote::new("owners", says));
    }
}

fn turn(statement: &Statement<'_>) -> Turn {
    use StatementKind as Kind;
    match statement.kind {
        Kind::TransactionControl | Kind::PsqlCommand | Kind::Listen | Kind::Lock | Kind::Notify => {
            let word = statement.text().split_whitespace().next().unwrap_or_default();
            let is_silent =
                ["\\restrict", "\\unrestrict", "\\set", "\\echo", "\\pset", "\\encoding"].contains(&word);
            if statement.kind != Kind::PsqlCommand || is_silent {
                Turn::Skip
            } else {
                Turn::LeftOut("it is a command to psql")
            }
        }
        Kind::StringSyntax => {
            if statement.text().to_ascii_lowercase().contains("off") {
                Turn::LeftOut("strings are read with standard_conforming_strings on")
            } else {
                Turn::Skip
            }
        }
        Kind::CopyServer => Turn::Rows(named(statement, 1), 1),
        Kind::CopyStdin => {
            let lines = statement.text().lines().skip(1).filter(|line| *line != "\\.").count();
            if lines == 0 { Turn::Skip } else { Turn::Rows(named(statement, 1), lines) }
        }
        Kind::Dml if statement.begins(&["insert", "into"]) => Turn::Rows(named(statement, 2), 1),
        Kind::Dml => Turn::LeftOut("it changes rows"),
        Kind::NotInTransaction if statement.has(&["concurrently"]) => Turn::Run,
        Kind::NotInTransaction => {
            Turn::ByHand("it cannot run in a transaction, and concerns more than this database")
        }
        Kind::Query if statement.text().contains("set_config(") => Turn::Run,
        Kind::Query => Turn::Skip,
        _ if statement.begins(&["alter"]) && statement.has(&["owner", "to"]) => Turn::Owner,
        _ if ["role", "user", "group"].iter().any(|kind| {
            ["create", "alter", "drop"].iter().any(|verb| statement.begins(&[verb, kind]))
                && !statement.has(&["mapping"])
        }) =>
        {
            Turn::ByHand("roles belong to the whole server, and no plugin makes them")
        }
        _ if statement.begins(&["create", "user", "mapping"]) => {
            Turn::ByHand("a user mapping is of one server, and may hold a password")
        }
        _ if statement.begins(&["create", "subscription"])
            || statement.begins(&["alter", "subscription"]) =>
        {
            Turn::ByHand("a subscription is of one server, and may hold a password")
        }
        _ if statement.begins(&["alter", "database"]) => Turn::ByHand("it is a setting of one database"),
        _ if statement.begins(&["refresh"]) || statement.begins(&["analyze"]) => Turn::Skip,
        _ => Turn::Run,
    }
}

/// The table that is named first, or what stands at this word.
fn named(statement: &Statement<'_>, at: usize) -> String {
    if let Some(name) = statement.dotted_names().first() {
        return name.to_string();
    }
    let words = statement.text().split(|c: char| c.is_whitespace() || c == '(');
    words.filter(|word| !word.is_empty()).nth(at).unwrap_or_default().to_owned()
}

/// Runs a statement. A role that it misses is made, since all of it is rolled back.
async fn run(client: &Client, statement: &Statement<'_>) -> Result<Result<(), Error>, Error> {
    let sql = statements::without_concurrently(statement);
    let mut made = Vec::new();
    loop {
        client.batch_execute("SAVEPOINT tenon_dump").await?;
        let ran = client.execute_typed(&sql, &[]).await;
        let Err(error) = ran else {
            client.batch_execute("RELEASE SAVEPOINT tenon_dump").await?;
            return Ok(Ok(()));
        };
        client.batch_execute("ROLLBACK TO SAVEPOINT tenon_dump; RELEASE SAVEPOINT tenon_dump").await?;
        let Some(role) = role::missing(&error).filter(|role| !made.contains(role)) else {
            return Ok(Err(error));
        };
        if !statement.mentions(|word| *word == role) {
            return Ok(Err(error));
        }
        client.batch_execute("SAVEPOINT tenon_dump").await?;
        if client.batch_execute(&format!("CREATE ROLE {}", role.quoted())).await.is_err() {
            client.batch_execute("ROLLBACK TO SAVEPOINT tenon_dump").await?;
            return Ok(Err(error));
        }
        client.batch_execute("RELEASE SAVEPOINT tenon_dump").await?;
        made.push(role);
    }
}

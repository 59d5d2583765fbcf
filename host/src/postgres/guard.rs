//! Which statements a plugin may send over its borrowed connection.

use tenon_migrations_core::statements::{self, StatementKind};

/// Why a plugin's statement is not sent to the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    #[error("the text cannot be split into statements: {0}")]
    Unreadable(String),
    #[error("one statement a call, and this text has {0}")]
    NotOne(usize),
    #[error("{what} is the host's alone, since {why}")]
    Refused { what: &'static str, why: &'static str },
}

/// Lets through one statement that stays inside the host's transaction, and says of what kind it is.
pub fn check(sql: &str) -> Result<StatementKind, GuardError> {
    let statements = statements::parse(sql).map_err(|errors| {
        GuardError::Unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    })?;
    let [statement] = statements.as_slice() else {
        return Err(GuardError::NotOne(statements.len()));
    };
    let refused = |what, why| Err(GuardError::Refused { what, why });
    match statement.kind {
        StatementKind::TransactionControl => {
            refused("transaction control", "one call is one transaction; use the connection's savepoints")
        }
        StatementKind::NotInTransaction => {
            refused("this statement", "it cannot run inside the call's transaction")
        }
        StatementKind::SessionChange | StatementKind::StringSyntax => {
            refused("changing the session", "the connection is borrowed and others use it next")
        }
        StatementKind::CopyStdin | StatementKind::CopyServer => {
            refused("COPY", "it needs a client's stream, or the server's files and programs")
        }
        StatementKind::PsqlCommand => refused("a psql command", "psql is not there to run it"),
        StatementKind::Do => refused("DO", "code hidden in a text cannot be checked"),
        StatementKind::Listen => refused("LISTEN", "the connection does not stay with the plugin"),
        StatementKind::LocalSetting
        | StatementKind::Query
        | StatementKind::Dml
        | StatementKind::Ddl
        | StatementKind::Call
        | StatementKind::Notify
        | StatementKind::Lock
        | StatementKind::Other => set_role(statement).map(|()| statement.kind),
    }
}

/// `SET LOCAL ROLE` outlives the call no more than the call's transaction, but within it the plugin would
/// be somebody else.
fn set_role(statement: &statements::Statement<'_>) -> Result<(), GuardError> {
    let words: Vec<_> = statement.text().split_whitespace().take(3).map(str::to_ascii_lowercase).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["set", "local", "role" | "session"] => {
            Err(GuardError::Refused { what: "changing the role", why: "the plugin acts as itself alone" })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_statements_pass() {
        for sql in [
            "SELECT 1",
            "SELECT 1;",
            "INSERT INTO a.b VALUES ($1) RETURNING id",
            "TABLE a.b",
            "/* x */ select 1",
        ] {
            assert!(check(sql).is_ok(), "{sql}");
        }
    }

    #[test]
    fn whatever_would_leave_the_calls_transaction_is_refused() {
        for sql in [
            "COMMIT",
            "/* hidden */ cOmMiT",
            "ROLLBACK",
            "BEGIN",
            "SAVEPOINT x",
            "SET search_path = x",
            "SET ROLE postgres",
            "SET LOCAL ROLE postgres",
            "RESET ALL",
            "DISCARD ALL",
            "VACUUM",
            "LISTEN x",
            "DO $$ BEGIN END $$",
            "COPY a.b FROM PROGRAM 'id'",
            "COPY a.b FROM STDIN",
            "SELECT 1; COMMIT",
            "",
        ] {
            assert!(check(sql).is_err(), "{sql}");
        }
    }
}

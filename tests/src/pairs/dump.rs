//! What `pg_dump` says of a schema, and whether it says the same of two.

use crate::database::TestDatabase;
use crate::server::{Server, run, without_noise};

/// The statements of a dump of the schema, with owners and grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dump(Vec<String>);

impl Dump {
    pub(super) fn of(database: &TestDatabase) -> Self {
        let mut dump = Server::shared().program("pg_dump");
        let dump = run(dump.args(["--schema-only", "--dbname", &database.name]));
        // Each has a head of its own. In which order they stand is a matter of OIDs, which no dump keeps.
        let statements = dump.split("\n--\n-- ");
        let mut statements: Vec<_> = statements.flat_map(grants_apart).collect();
        statements.retain(|statement| !statement.is_empty());
        statements.sort();
        Self(statements)
    }

    /// The same but for where columns stand: no statement moves one.
    pub(super) fn without_places(&self) -> Self {
        let sorted = |statement: &String| {
            let mut lines: Vec<_> = statement.lines().map(|line| line.trim().trim_end_matches(',')).collect();
            lines.sort_unstable();
            lines.join("\n")
        };
        let mut statements: Vec<_> = self.0.iter().map(sorted).collect();
        statements.sort();
        Self(statements)
    }

    /// What one has and the other has not.
    pub(super) fn differences(&self, expected: &Self) -> String {
        let beside = |these: &[String], those: &[String], sign: &str| {
            let only = these.iter().filter(|statement| !those.contains(statement));
            only.map(|statement| format!("{sign} {}", statement.replace('\n', "\n  "))).collect::<Vec<_>>()
        };
        let mut all = beside(&expected.0, &self.0, "-");
        all.extend(beside(&self.0, &expected.0, "+"));
        all.join("\n")
    }
}

/// The grants on an object stand together, in an order that is a matter of when each was given.
fn grants_apart(statement: &str) -> Vec<String> {
    let statement = without_noise(statement.split_once('\n').map_or("", |(_, statement)| statement));
    let words = ["GRANT ", "REVOKE ", "ALTER DEFAULT PRIVILEGES "];
    if statement.lines().all(|line| words.iter().any(|word| line.starts_with(word))) {
        return statement.lines().map(str::to_owned).collect();
    }
    vec![statement]
}

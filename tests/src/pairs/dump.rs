//! What `pg_dump` says of a schema, and whether it says the same of two.

use regex_lite::{Captures, Regex};

use crate::database::TestDatabase;
use crate::server::{TestServer, run, without_noise};

/// A dump of the schema, with owners and grants.
#[derive(Debug, Clone)]
pub(super) struct Dump {
    text: String,
    statements: Vec<String>,
}

impl Dump {
    pub(super) fn of(database: &TestDatabase) -> Self {
        let mut dump = TestServer::shared().program("pg_dump");
        let text = run(dump.args(["--schema-only", "--dbname", &database.name]));
        // Each has a head of its own. In which order they stand is a matter of OIDs, which no dump keeps.
        let mut statements: Vec<_> = text.split("\n--\n-- ").flat_map(grants_apart).collect();
        statements.retain(|statement| !statement.is_empty());
        statements.sort();
        Self { text, statements }
    }

    /// What one says and the other does not, also once both have been restored: that spells some expressions
    /// otherwise.
    pub(super) fn differences(&self, expected: &Self, places: Places) -> Option<String> {
        let difference = difference(self, expected, places)?;
        let restored = |dump: &Self| {
            let database = TestDatabase::new();
            database.tries(&dump.text).is_empty().then(|| Self::of(&database))
        };
        match (restored(self), restored(expected)) {
            (Some(one), Some(other)) => self::difference(&one, &other, places),
            _ => Some(difference),
        }
    }
}

/// Whether it matters where columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    Kept,
    /// No statement moves one.
    Moved,
}

fn difference(dump: &Dump, expected: &Dump, places: Places) -> Option<String> {
    let normal = |dump: &Dump| {
        let mut statements: Vec<_> =
            dump.statements.iter().map(|statement| without_order(statement, places)).collect();
        statements.sort();
        statements
    };
    let (dump, expected) = (normal(dump), normal(expected));
    let beside = |these: &[String], those: &[String], sign: &str| {
        let only = these.iter().filter(|statement| !those.contains(statement));
        only.map(|statement| format!("{sign} {}", statement.replace('\n', "\n  "))).collect::<Vec<_>>()
    };
    let mut all = beside(&expected, &dump, "-");
    all.extend(beside(&dump, &expected, "+"));
    (!all.is_empty()).then(|| all.join("\n"))
}

/// Options, settings, members of a family and publications have no order but that in which they were given.
/// What NOT NULL is called that nobody named tells how its table was made.
fn without_order(statement: &str, places: Places) -> String {
    let lists = [r"\(\w[\w.]*='[^']*'(, \w[\w.]*='[^']*')+\)", r#"PUBLICATION [\w" ()]+(, [\w" ()]+)+ WITH"#];
    let sorted = |found: &Captures<'_>| {
        let list = found[0].trim_matches(['(', ')']);
        let list = list.strip_prefix("PUBLICATION ").unwrap_or(list);
        let mut items: Vec<_> = list.strip_suffix(" WITH").unwrap_or(list).split(", ").collect();
        items.sort_unstable();
        format!("({})", items.join(", "))
    };
    let is_dictionary = statement.starts_with("CREATE TEXT SEARCH DICTIONARY");
    let mut statement = if is_dictionary { statement.replace(", ", ",\n") } else { statement.to_owned() };
    let automatic =
        Regex::new(r#"CONSTRAINT (\w+_not_null\d*|"[^"]+_not_null\d*") NOT NULL"#).expect("it is a pattern");
    statement = automatic.replace_all(&statement, "NOT NULL").into_owned();
    for list in lists {
        let list = Regex::new(list).expect("it is a pattern");
        statement = list.replace_all(&statement, sorted).into_owned();
    }
    let mut lines: Vec<_> =
        statement.lines().map(|line| line.trim_end_matches([',', ' ']).to_owned()).collect();
    let without = ["CREATE FUNCTION", "CREATE PROCEDURE", "CREATE OPERATOR FAMILY"];
    if is_dictionary || places == Places::Moved || without.iter().any(|start| statement.starts_with(start)) {
        lines
            .iter_mut()
            .for_each(|line| *line = line.trim().trim_end_matches([';', ')', ' ', ',']).to_owned());
        lines.sort();
    }
    lines.join("\n")
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

//! As much of a schema as this server can make.

use std::collections::{BTreeMap, BTreeSet};

use super::SchemaSource;
use crate::database::TestDatabase;
use crate::server::TestServer;

/// How often a schema is loaded anew, with the roles that the last time lacked.
const ROUNDS: usize = 4;
/// How many statements are told of that failed; of the others, their number.
const TOLD: usize = 20;

/// Makes a database of a schema, and gives what of it is not there, and why.
///
/// A role that is named and not there is made first, and it is all begun anew. An extension or a language
/// that this server does not have is left out, with all that needs it.
pub(super) fn load(source: &SchemaSource) -> (TestDatabase, Vec<String>) {
    let mut tried = BTreeMap::new();
    let (sql, mut left_out) = of_this_database(&source.sql);
    for _ in 1..ROUNDS {
        let database = TestDatabase::new();
        let failures = database.tries(&sql);
        let lacking: BTreeSet<_> = failures.iter().filter_map(|failure| lacking_role(failure)).collect();
        let new: Vec<_> = lacking.into_iter().filter(|role| !tried.contains_key(*role)).collect();
        if new.is_empty() {
            return (database, told(left_out, failures, tried));
        }
        for role in new {
            tried.insert(role.to_owned(), TestServer::shared().try_role(role).err());
        }
    }
    let database = TestDatabase::new();
    let failures = database.tries(&sql);
    left_out = told(left_out, failures, tried);
    (database, left_out)
}

fn told(
    mut left_out: Vec<String>,
    failures: Vec<String>,
    tried: BTreeMap<String, Option<String>>,
) -> Vec<String> {
    let refused = tried.into_iter().filter_map(|(role, why)| Some((role, why?)));
    left_out.extend(refused.map(|(role, why)| format!("role {role}: {why}")));
    let more = failures.len().saturating_sub(TOLD);
    left_out.extend(failures.into_iter().take(TOLD));
    left_out.extend((more > 0).then(|| format!("{more} more statements that failed")));
    left_out
}

/// The role that a statement named in vain.
fn lacking_role(failure: &str) -> Option<&str> {
    let (_, rest) = failure.split_once("role \"")?;
    let (role, _) = rest.split_once("\" does not exist")?;
    Some(role)
}

/// The text without what leads to another database.
fn of_this_database(sql: &str) -> (String, Vec<String>) {
    let leaves = |line: &&str| {
        let word = line.split_whitespace().next().unwrap_or_default();
        ["\\connect", "\\c"].contains(&word)
    };
    let (away, here): (Vec<_>, Vec<_>) = sql.split_inclusive('\n').partition(leaves);
    let left_out = away.iter().map(|line| format!("{}: it leads to another database", line.trim()));
    (here.concat(), left_out.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_is_lacking_is_named_by_the_failure() {
        let failure = "line 3: role \"some body\" does not exist: GRANT SELECT ON t TO \"some body\";";
        assert_eq!(lacking_role(failure), Some("some body"));
        assert_eq!(lacking_role("line 3: relation \"t\" does not exist"), None);
    }

    #[test]
    fn what_leads_to_another_database_is_left_out_and_told() {
        let (sql, left_out) = of_this_database("CREATE TABLE a ();\n\\connect other\nCREATE TABLE b ();\n");
        assert_eq!(sql, "CREATE TABLE a ();\nCREATE TABLE b ();\n");
        assert_eq!(left_out, ["\\connect other: it leads to another database"]);
    }
}

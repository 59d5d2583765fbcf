//! Migrations that another tool has applied before the plugin was made of them, by that tool's own ledger.
//!
//! A migration says what it was there, by lines `-- tenon:was sqlx 20230101120000` above its first statement.
//! That is read from its text, so that the contract's layout did not have to change for it.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use tenon_schema::ObjectName;

use crate::former_tool::{FormerMigration, FormerTool};
use crate::migration::{MigrationId, PluginMigration};

/// What another tool has written down in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerLedger {
    /// The tool.
    pub tool: FormerTool,
    /// The table of the ledger.
    pub table: ObjectName,
    /// The rows.
    pub entries: Vec<FormerEntry>,
}

/// A row of another tool's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerEntry {
    /// The version; of what has none, the name.
    pub version: String,
    /// What it says of it.
    pub state: FormerState,
}

/// What another tool's ledger says of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormerState {
    /// Applied.
    Applied,
    /// Applied, with all before it.
    AllUpTo,
    /// Begun, and not well ended: why.
    Failed(&'static str),
}

/// The migrations that another tool has applied, and those that it has not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppliedBefore {
    /// Applied by it.
    pub applied: BTreeSet<MigrationId>,
    /// Not applied by it.
    pub left: BTreeSet<MigrationId>,
    /// What it has applied and no migration says that it was, as `sqlx 20230101120000`.
    pub unknown: Vec<String>,
}

/// An entry of another tool's ledger that has to be put right first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{tool} says in {table} of {version} that {why}")]
pub struct FormerFailure {
    /// The tool.
    pub tool: FormerTool,
    /// The table of the ledger.
    pub table: ObjectName,
    /// The version.
    pub version: String,
    /// What went wrong.
    pub why: &'static str,
}

/// Decides which of these migrations were applied before, by the ledgers of the tools that they name; `None`
/// where no migration names a tool whose ledger is there.
///
/// # Errors
///
/// All entries of those ledgers that did not end well.
pub fn applied_before(
    migrations: &[&PluginMigration],
    ledgers: &[FormerLedger],
) -> Result<Option<AppliedBefore>, Vec<FormerFailure>> {
    let named: BTreeSet<_> =
        migrations.iter().flat_map(|migration| migration.was()).flatten().map(|was| was.tool).collect();
    let ledgers: Vec<_> = ledgers.iter().filter(|ledger| named.contains(&ledger.tool)).collect();
    if ledgers.is_empty() {
        return Ok(None);
    }
    let failures = ledgers.iter().flat_map(|ledger| {
        ledger.entries.iter().filter_map(|entry| match entry.state {
            FormerState::Failed(why) => Some(FormerFailure {
                tool: ledger.tool,
                table: ledger.table.clone(),
                version: entry.version.clone(),
                why,
            }),
            _ => None,
        })
    });
    let failures: Vec<_> = failures.collect();
    if !failures.is_empty() {
        return Err(failures);
    }
    let mut found = AppliedBefore::default();
    let mut known: BTreeSet<FormerMigration> = BTreeSet::new();
    for migration in migrations {
        let was: Vec<FormerMigration> = migration.was().flatten().collect();
        let is_applied = |was: &FormerMigration| {
            ledgers.iter().filter(|ledger| ledger.tool == was.tool).any(|ledger| ledger.has(&was.version))
        };
        let group =
            if !was.is_empty() && was.iter().all(is_applied) { &mut found.applied } else { &mut found.left };
        group.insert(migration.id.clone());
        known.extend(was);
    }
    for ledger in ledgers {
        let is_known =
            |version: &str| known.iter().any(|was| was.tool == ledger.tool && is_same(&was.version, version));
        let unknown = ledger.entries.iter().filter(|entry| !is_known(&entry.version));
        found.unknown.extend(unknown.map(|entry| format!("{} {}", ledger.tool, entry.version)));
    }
    Ok(Some(found))
}

impl FormerLedger {
    fn has(&self, version: &str) -> bool {
        self.entries.iter().any(|entry| match entry.state {
            FormerState::Applied => is_same(&entry.version, version),
            FormerState::AllUpTo => order(version, &entry.version).is_some_and(Ordering::is_le),
            FormerState::Failed(_) => false,
        })
    }
}

/// Whether both are one version, however many zeros they begin with.
fn is_same(one: &str, other: &str) -> bool {
    one == other || order(one, other) == Some(Ordering::Equal)
}

/// Numbers with dots between them, in their order; `None` where one is something else.
fn order(one: &str, other: &str) -> Option<Ordering> {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        let mut numbers: Vec<u64> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        while numbers.last() == Some(&0) && numbers.len() > 1 {
            numbers.pop();
        }
        Some(numbers)
    };
    Some(numbers(one)?.cmp(&numbers(other)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[&str]) -> Vec<PluginMigration> {
        let file = |(number, text): (usize, &&str)| {
            let id = format!("a/{:04}_x.sql", number + 1).parse().unwrap();
            PluginMigration::new(id, format!("{text}\nSELECT 1;"), Vec::new())
        };
        texts.iter().enumerate().map(file).collect()
    }

    fn ledger(tool: FormerTool, entries: &[(&str, FormerState)]) -> FormerLedger {
        let entry = |(version, state): &(&str, FormerState)| FormerEntry {
            version: (*version).to_owned(),
            state: state.clone(),
        };
        let table = ObjectName::new("public", tool.ledger());
        FormerLedger { tool, table, entries: entries.iter().map(entry).collect() }
    }

    /// The files that are applied, and what is not known; or what fails.
    type Found = Result<Option<(Vec<String>, Vec<String>)>, String>;

    fn decided(texts: &[&str], ledgers: &[FormerLedger]) -> Found {
        let files = files(texts);
        let found = applied_before(&files.iter().collect::<Vec<_>>(), ledgers);
        let found = found.map_err(|failures| failures.iter().map(ToString::to_string).collect::<String>())?;
        let names =
            |found: AppliedBefore| (found.applied.into_iter().map(|id| id.filename).collect(), found.unknown);
        Ok(found.map(names))
    }

    fn some(names: &[&str], unknown: &[&str]) -> Found {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Ok(Some((owned(names), owned(unknown))))
    }

    #[test]
    fn what_the_other_ledger_says_is_applied_and_nothing_else() {
        use FormerState::{AllUpTo, Applied, Failed};
        let texts = ["-- tenon:was sqlx 1", "-- tenon:was sqlx 2", ""];
        let sqlx = |entries: &[(&str, FormerState)]| [ledger(FormerTool::Sqlx, entries)];
        assert_eq!(decided(&texts, &sqlx(&[("0001", Applied)])), some(&["0001_x.sql"], &[]));
        assert_eq!(
            decided(&texts, &sqlx(&[("2", Applied), ("7", Applied)])),
            some(&["0002_x.sql"], &["sqlx 7"])
        );
        assert_eq!(decided(&texts, &sqlx(&[])), some(&[], &[]));
        assert_eq!(decided(&texts, &[]), Ok(None), "no ledger says anything");
        assert_eq!(decided(&["", ""], &sqlx(&[("1", Applied)])), Ok(None), "no file was sqlx's");
        assert_eq!(
            decided(&texts, &sqlx(&[("1", Failed("it failed"))])),
            Err("sqlx says in public._sqlx_migrations of 1 that it failed".to_owned())
        );
        let flyway = [ledger(FormerTool::Flyway, &[("1.10", AllUpTo), ("R__v.sql", Applied)])];
        let texts = ["-- tenon:was flyway 1.9", "-- tenon:was flyway 1.11", "-- tenon:was flyway R__v.sql"];
        assert_eq!(decided(&texts, &flyway), some(&["0001_x.sql", "0003_x.sql"], &["flyway 1.10"]));
    }

    #[test]
    fn one_file_for_several_is_applied_if_all_of_them_are() {
        use FormerState::Applied;
        let both = ["-- tenon:was diesel 1\n-- tenon:was diesel 2"];
        let one = [ledger(FormerTool::Diesel, &[("1", Applied)])];
        assert_eq!(decided(&both, &one), some(&[], &[]));
        let two = [ledger(FormerTool::Diesel, &[("1", Applied), ("2", Applied)])];
        assert_eq!(decided(&both, &two), some(&["0001_x.sql"], &[]));
    }
}

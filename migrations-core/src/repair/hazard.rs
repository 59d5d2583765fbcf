//! What a step of a heal may cost, by names to which an administrator can consent.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::snapshot::{Kind, ObjectId};

/// One thing that a step may cost: data, somebody's access, or the use of something while it runs.
///
/// Written `drop-column:inventory.item.note`: what is done, and to what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Hazard {
    pub rule: HazardRule,
    /// The object's path without its kind.
    pub object: String,
}

crate::text_schema::text_schema!(
    Hazard,
    "What an administrator has to consent to by name: what is done, and to what",
    "^[a-z-]+:.+$",
    "drop-column:inventory.item.note"
);

impl Hazard {
    /// The hazard that a rule tells of an object.
    pub fn new(rule: HazardRule, object: &ObjectId) -> Self {
        Self { rule, object: object.path() }
    }
}

/// What a step does that somebody may have to consent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HazardRule {
    /// Something goes that stands in the database, with what is kept in it.
    Drop(Kind),
    /// Something gets the name of something that is missing, and is taken for it from then on, with all that
    /// is kept in it.
    Rename(Kind),
    /// A label of an enum gets another name: the rows that have it say something else then.
    RenameLabel,
    /// Values are converted to another type, which may fail or keep less of them.
    RewriteColumn,
    /// A whole table is written anew, and nobody can use it meanwhile; or it no longer survives a crash.
    RewriteTable,
    /// An attribute of a composite type goes, with its values in every row.
    DropAttribute,
    /// A sequence that has come to what is outside of its bounds begins anew: what it hands out may be there
    /// already.
    RestartSequence,
    /// The rows of a table are no longer seen through its parent.
    Detach,
    /// Somebody may no longer do what he could.
    Revoke,
    /// Something becomes somebody else's.
    ChangeOwner,
    /// Other rows are seen and written than before.
    ChangeRowSecurity,
    /// All rows of a table go.
    TruncateTable,
    /// All rows of a table are deleted.
    DeleteRows,
    /// All rows of a table get other values.
    UpdateRows,
    /// An index is built over all rows, and nobody can write to the table meanwhile.
    BuildIndex,
    /// All rows are read to check them; others wait as far as the statement's lock makes them.
    ScanTable,
    /// Nobody can use the table until the heal ends.
    LockTable,
    /// SQL is put together while it runs, and what it does cannot be seen beforehand.
    ComposeSql,
    /// Something outside of the plugins' schemas is used or changed: files and programs of the server, other
    /// servers, roles, what PostgreSQL itself brings.
    ReachOut,
    /// A database is written to that somebody has set to be only read.
    ReadOnly,
}

impl HazardRule {
    /// Whether something is lost by it, or changed for somebody, that no later heal brings back.
    pub fn is_destructive(self) -> bool {
        !matches!(
            self,
            Self::RewriteTable
                | Self::UpdateRows
                | Self::BuildIndex
                | Self::ScanTable
                | Self::LockTable
                | Self::ComposeSql
                | Self::ReadOnly
        )
    }
}

impl HazardRule {
    /// The names of all rules; `drop-KIND` and `rename-KIND` stand for one of each kind of object.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ["drop-KIND", "rename-KIND"].into_iter().chain(NAMED.map(|(_, name)| name))
    }

    /// What happens, as a clause.
    pub fn says(self) -> &'static str {
        match self {
            Self::Drop(_) => "it goes, with what is kept in it",
            Self::Rename(_) => "it gets another name, and keeps what is in it",
            Self::RenameLabel => "the rows that have it say something else then",
            Self::RewriteColumn => "its values are converted, which may fail or keep less of them",
            Self::RewriteTable => "the whole table is written anew, and nobody can use it meanwhile",
            Self::DropAttribute => "the attribute goes, with its values in every row",
            Self::RestartSequence => "it begins anew: what it hands out may be there already",
            Self::Detach => "its rows are no longer seen through its parent",
            Self::Revoke => "somebody may no longer do what they could",
            Self::ChangeOwner => "it becomes somebody else's",
            Self::ChangeRowSecurity => "other rows are seen and written than before",
            Self::TruncateTable => "all its rows go",
            Self::DeleteRows => "all its rows are deleted",
            Self::UpdateRows => "all its rows get other values",
            Self::BuildIndex => "the index is built over all rows, and nobody can write meanwhile",
            Self::ScanTable => "all rows are read to check them",
            Self::LockTable => "nobody can use the table until the heal ends",
            Self::ComposeSql => "what it does cannot be seen beforehand",
            Self::ReachOut => "it reaches out of the plugins' schemas",
            Self::ReadOnly => "the database is set to be only read",
        }
    }
}

/// The rules that are not about dropping or renaming an object.
const NAMED: [(HazardRule, &str); 18] = [
    (HazardRule::RenameLabel, "rename-label"),
    (HazardRule::RestartSequence, "restart-sequence"),
    (HazardRule::RewriteColumn, "rewrite-column"),
    (HazardRule::RewriteTable, "rewrite-table"),
    (HazardRule::DropAttribute, "drop-attribute"),
    (HazardRule::Detach, "detach-table"),
    (HazardRule::Revoke, "revoke"),
    (HazardRule::ChangeOwner, "change-owner"),
    (HazardRule::ChangeRowSecurity, "change-row-security"),
    (HazardRule::TruncateTable, "truncate-table"),
    (HazardRule::DeleteRows, "delete-rows"),
    (HazardRule::UpdateRows, "update-rows"),
    (HazardRule::BuildIndex, "build-index"),
    (HazardRule::ScanTable, "scan-table"),
    (HazardRule::LockTable, "lock-table"),
    (HazardRule::ComposeSql, "compose-sql"),
    (HazardRule::ReachOut, "reach-out"),
    (HazardRule::ReadOnly, "read-only"),
];

impl fmt::Display for HazardRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop(kind) => write!(f, "drop-{}", kind.name().replace('_', "-")),
            Self::Rename(kind) => write!(f, "rename-{}", kind.name().replace('_', "-")),
            other => {
                let named = NAMED.iter().find(|(rule, _)| rule == other);
                f.write_str(named.map_or("hazard", |(_, name)| name))
            }
        }
    }
}

impl Hazard {
    /// What consents to it on a command line, as a shell has to be given it.
    pub fn option(&self) -> String {
        format!("--allow '{}'", self.to_string().replace('\'', r"'\''"))
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.rule, self.object)
    }
}

/// A text that names no hazard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseHazardError {
    #[error("{text:?} names no hazard: write what is done and to what, as drop-column:inventory.item.note")]
    NoObject { text: String },
    #[error("no hazard is called {rule:?}: there are drop-table, rename-column and so on, {}", named())]
    UnknownRule { rule: String },
}

fn named() -> String {
    NAMED.map(|(_, name)| name).join(", ")
}

impl FromStr for HazardRule {
    type Err = ParseHazardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let of_kind = |prefix| Kind::from_name(&text.strip_prefix(prefix)?.replace('-', "_"));
        let dropped = || of_kind("drop-").map(Self::Drop).or_else(|| of_kind("rename-").map(Self::Rename));
        let named = || NAMED.iter().find(|(_, name)| *name == text).map(|(rule, _)| *rule);
        named().or_else(dropped).ok_or_else(|| ParseHazardError::UnknownRule { rule: text.to_owned() })
    }
}

impl FromStr for Hazard {
    type Err = ParseHazardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((rule, object)) if !object.is_empty() => {
                Ok(Self { rule: rule.parse()?, object: object.to_owned() })
            }
            _ => Err(ParseHazardError::NoObject { text: text.to_owned() }),
        }
    }
}

impl From<Hazard> for String {
    fn from(hazard: Hazard) -> Self {
        hazard.to_string()
    }
}

impl TryFrom<String> for Hazard {
    type Error = ParseHazardError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = HazardRule> {
        let drops = Kind::ALL.iter().map(|kind| HazardRule::Drop(*kind));
        let renames = Kind::ALL.iter().map(|kind| HazardRule::Rename(*kind));
        drops.chain(renames).chain(NAMED.map(|(rule, _)| rule))
    }

    #[test]
    fn every_hazard_is_read_as_it_is_written() {
        for rule in all() {
            let hazard = Hazard { rule, object: "inv.\"It: em\".note".to_owned() };
            assert_eq!(hazard.to_string().parse::<Hazard>(), Ok(hazard.clone()));
            let json = serde_json::to_string(&hazard).unwrap();
            assert_eq!(serde_json::from_str::<Hazard>(&json).unwrap(), hazard, "{json}");
        }
    }

    #[test]
    fn a_hazard_says_what_is_done_and_to_what() {
        let column = ObjectId::of_relation(Kind::Column, &"inventory.item".parse().unwrap(), "note".into());
        let hazard = |rule, id: &ObjectId| Hazard::new(rule, id).to_string();
        assert_eq!(hazard(HazardRule::Drop(Kind::Column), &column), "drop-column:inventory.item.note");
        assert_eq!(hazard(HazardRule::RewriteColumn, &column), "rewrite-column:inventory.item.note");
        let view = ObjectId::standalone(Kind::MaterializedView, &"inventory.top".parse().unwrap());
        assert_eq!(
            hazard(HazardRule::Drop(Kind::MaterializedView), &view),
            "drop-materialized-view:inventory.top"
        );
    }

    #[test]
    fn what_names_no_hazard_is_refused_and_told_what_would() {
        for text in ["", "drop-column", "drop-column:", ":inv.item"] {
            assert!(text.parse::<Hazard>().is_err(), "{text}");
        }
        let told = "drop-everything:inv".parse::<Hazard>().unwrap_err().to_string();
        assert!(told.contains("\"drop-everything\"") && told.contains("rewrite-column"), "{told}");
    }
}

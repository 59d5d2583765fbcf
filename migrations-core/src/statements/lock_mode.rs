//! PostgreSQL's eight modes of locking a relation (manual, "Explicit Locking").

use std::fmt;

use serde::{Serialize, Serializer};

/// A mode, each stronger than those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockMode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

crate::text_schema::text_schema!(
    LockMode,
    "A lock of a table, in PostgreSQL's words",
    "^[A-Z ]+$",
    "ACCESS EXCLUSIVE"
);

impl LockMode {
    /// All modes, the weakest first.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// The mode as the manual and `LOCK TABLE` name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// The mode that `pg_locks` names so, as `AccessShareLock`.
    pub fn from_pg_locks(name: &str) -> Option<Self> {
        let name = name.strip_suffix("Lock")?;
        Self::ALL.into_iter().find(|mode| format!("{mode:?}") == name)
    }

    /// The sessions that the mode keeps waiting.
    pub fn waiting(self) -> Waiting {
        match self {
            Self::AccessShare | Self::RowShare | Self::RowExclusive | Self::ShareUpdateExclusive => {
                Waiting::Nobody
            }
            Self::Share | Self::ShareRowExclusive | Self::Exclusive => Waiting::Writers,
            Self::AccessExclusive => Waiting::Everybody,
        }
    }
}

/// The sessions that have to wait, of those that only read and write rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiting {
    Nobody,
    /// Every session that inserts, updates, deletes or locks rows.
    Writers,
    Everybody,
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for LockMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_has_the_name_of_the_manual_and_that_of_pg_locks() {
        let names = [
            "AccessShareLock",
            "RowShareLock",
            "RowExclusiveLock",
            "ShareUpdateExclusiveLock",
            "ShareLock",
            "ShareRowExclusiveLock",
            "ExclusiveLock",
            "AccessExclusiveLock",
        ];
        assert_eq!(names.map(LockMode::from_pg_locks), LockMode::ALL.map(Some));
        assert_eq!(LockMode::from_pg_locks("SIReadLock"), None);
    }
}

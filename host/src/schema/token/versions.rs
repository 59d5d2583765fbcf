//! Row versions of the catalogs: how many there are, and what they hash to.

use tokio_postgres::{Error, Row};

/// The catalogs whose rows belong to relations, and all others that snapshots rest on.
macro_rules! with {
    ($($file:literal),+ ; $query:literal) => {
        concat!("WITH\n", $(include_str!($file), ","),+, "\n", include_str!($query))
    };
}

/// The versions of all rows, and the relations of those that no token of this horizon has seen.
pub(crate) const OF_ALL: &str = with!("sql/of_relation.sql", "sql/of_rest.sql"; "sql/versions.sql");
/// The query for the versions of each relation.
pub(crate) const OF_EACH: &str = with!("sql/of_relation.sql", "sql/of_rest.sql"; "sql/marks.sql");
/// The query for the versions of some relations.
pub(crate) const OF_SOME: &str = with!("sql/of_relation.sql"; "sql/some_marks.sql");

/// Some row versions: their number, and the exclusive or of their hashes. Both together change with any of
/// them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) count: i64,
    pub(crate) hash: i64,
}

impl Versions {
    pub(crate) fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self { count: row.try_get("count")?, hash: row.try_get("hash")? })
    }

    /// The versions of both sets of rows together.
    pub(crate) fn with(self, those: Self) -> Self {
        Self { count: self.count.wrapping_add(those.count), hash: self.hash ^ those.hash }
    }

    /// The versions without those of a subset.
    pub(crate) fn without(self, those: Self) -> Self {
        Self { count: self.count.wrapping_sub(those.count), hash: self.hash ^ those.hash }
    }
}

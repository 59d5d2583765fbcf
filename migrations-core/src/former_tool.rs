//! Other tools of migrations, and what their migrations are called there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A tool of migrations that keeps a ledger.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FormerTool {
    /// The ledger `_sqlx_migrations`.
    Sqlx,
    /// The ledger `__diesel_schema_migrations`.
    Diesel,
    /// The ledger `refinery_schema_history`.
    Refinery,
    /// The ledger `_prisma_migrations`.
    Prisma,
    /// The ledger `flyway_schema_history`.
    Flyway,
    /// The ledger `schema_migrations`, one row a migration.
    Dbmate,
    /// The ledger `schema_migrations`, one row with the last version.
    GolangMigrate,
}

impl FormerTool {
    /// Every tool.
    pub const ALL: [Self; 7] = [
        Self::Sqlx,
        Self::Diesel,
        Self::Refinery,
        Self::Prisma,
        Self::Flyway,
        Self::Dbmate,
        Self::GolangMigrate,
    ];

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
            Self::Refinery => "refinery",
            Self::Prisma => "prisma",
            Self::Flyway => "flyway",
            Self::Dbmate => "dbmate",
            Self::GolangMigrate => "golang-migrate",
        }
    }

    /// What the table is called that it keeps its ledger in, unless somebody has named it otherwise.
    pub fn ledger(self) -> &'static str {
        match self {
            Self::Sqlx => "_sqlx_migrations",
            Self::Diesel => "__diesel_schema_migrations",
            Self::Refinery => "refinery_schema_history",
            Self::Prisma => "_prisma_migrations",
            Self::Flyway => "flyway_schema_history",
            Self::Dbmate | Self::GolangMigrate => "schema_migrations",
        }
    }
}

impl fmt::Display for FormerTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is not `tool version`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} names no migration of another tool: write it like sqlx 20230101120000; the tools are sqlx, diesel, \
     refinery, prisma, flyway, dbmate and golang-migrate"
)]
pub struct FormerMigrationError(String);

impl FromStr for FormerTool {
    type Err = FormerMigrationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|tool| tool.as_str() == text);
        known.ok_or_else(|| FormerMigrationError(text.to_owned()))
    }
}

/// A migration as another tool knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormerMigration {
    /// The tool.
    pub tool: FormerTool,
    /// The version; of what has none, the name.
    pub version: String,
}

impl FromStr for FormerMigration {
    type Err = FormerMigrationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || FormerMigrationError(text.to_owned());
        let (tool, version) = text.trim().split_once(char::is_whitespace).ok_or_else(error)?;
        let tool = tool.parse().map_err(|_| error())?;
        Ok(Self { tool, version: version.trim().to_owned() })
    }
}

impl fmt::Display for FormerMigration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tool, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_former_migration_survives_the_trip_through_text() {
        for tool in FormerTool::ALL {
            let was = FormerMigration { tool, version: "1.2".to_owned() };
            assert_eq!(was.to_string().parse(), Ok(was));
        }
        assert!("rails 1".parse::<FormerMigration>().is_err() && "sqlx".parse::<FormerMigration>().is_err());
    }
}

//! Folders of migrations as other tools lay them out.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;
use tenon_migrations_core::former_tool::FormerTool;

/// How a folder of migrations is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FolderLayout {
    /// 20230101120000_title.sql or 20230101120000_title.up.sql, with _sqlx_migrations
    Sqlx,
    /// 2023-01-01-120000_title/up.sql, with __diesel_schema_migrations
    Diesel,
    /// V1__title.sql or U1__title.sql, with refinery_schema_history
    Refinery,
    /// 20230101120000_title/migration.sql, with _prisma_migrations
    Prisma,
    /// V1.2__title.sql and R__title.sql, with flyway_schema_history
    Flyway,
    /// 20230101120000_title.sql with -- migrate:up in it, with schema_migrations
    Dbmate,
    /// 000001_title.up.sql, with schema_migrations
    GolangMigrate,
    /// Files in the order of the numbers in their names, without a ledger
    Plain,
}

impl FolderLayout {
    pub(super) fn tool(self) -> Option<FormerTool> {
        Some(match self {
            Self::Sqlx => FormerTool::Sqlx,
            Self::Diesel => FormerTool::Diesel,
            Self::Refinery => FormerTool::Refinery,
            Self::Prisma => FormerTool::Prisma,
            Self::Flyway => FormerTool::Flyway,
            Self::Dbmate => FormerTool::Dbmate,
            Self::GolangMigrate => FormerTool::GolangMigrate,
            Self::Plain => return None,
        })
    }
}

impl fmt::Display for FolderLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tool().map_or("plain", FormerTool::as_str))
    }
}

/// Why it is not known how a folder is laid out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    #[error("there is no migration in it")]
    Empty,
    #[error("{example} may be a migration of {}", told(.tools))]
    Ambiguous { example: String, tools: Vec<FolderLayout> },
    #[error("{0} is no migration in the layout of {1}")]
    NoFile(String, FolderLayout),
    #[error("{0} is a program, and only SQL can be imported")]
    Program(String),
    #[error("{one} and {other} have the same version")]
    Twice { one: String, other: String },
}

fn told(tools: &[FolderLayout]) -> String {
    tools.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or of ")
}

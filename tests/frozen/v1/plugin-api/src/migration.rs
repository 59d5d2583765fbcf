//! Migrations as a plugin carries them.

use abi_stable::std_types::{RString, RVec};

use crate::contract::MigrationV1;

/// One migration file, embedded in the library by [`embed_migrations!`](crate::embed_migrations).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddedMigration {
    /// The file name, such as `0001_accounts.sql`.
    pub filename: &'static str,
    /// The whole text, byte for byte.
    pub sql: &'static str,
    /// Files of other plugins that have to be applied before, as `plugin/filename`.
    pub requires: &'static [&'static str],
}

/// One migration, made while the plugin runs; for generated plugins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The file name, such as `0001_accounts.sql`.
    pub filename: String,
    /// The whole text, byte for byte.
    pub sql: String,
    /// Files of other plugins that have to be applied before, as `plugin/filename`.
    pub requires: Vec<String>,
}

/// What `migrations:` of [`export_plugin!`](crate::export_plugin) may be.
pub trait IntoMigrations {
    /// The migrations, in the order of their file names.
    fn into_migrations(self) -> RVec<MigrationV1>;
}

impl IntoMigrations for Vec<Migration> {
    fn into_migrations(self) -> RVec<MigrationV1> {
        let into_v1 = |migration: Migration| MigrationV1 {
            filename: RString::from(migration.filename),
            sql: RString::from(migration.sql),
            requires: migration.requires.into_iter().map(RString::from).collect(),
        };
        self.into_iter().map(into_v1).collect()
    }
}

impl IntoMigrations for &[EmbeddedMigration] {
    fn into_migrations(self) -> RVec<MigrationV1> {
        let into_v1 = |migration: &EmbeddedMigration| MigrationV1 {
            filename: RString::from(migration.filename),
            sql: RString::from(migration.sql),
            requires: migration.requires.iter().copied().map(RString::from).collect(),
        };
        self.iter().map(into_v1).collect()
    }
}

impl<const N: usize> IntoMigrations for &[EmbeddedMigration; N] {
    fn into_migrations(self) -> RVec<MigrationV1> {
        self.as_slice().into_migrations()
    }
}

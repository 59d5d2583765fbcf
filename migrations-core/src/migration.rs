//! Plugins and their migrations as values: who brings which file, what it requires, and its checksum.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use tenon_schema::names::is_plugin_id;

pub use crate::checksum::{Checksum, ChecksumError};
use crate::former_tool::{FormerMigration, FormerMigrationError};

/// The id of the host's own pseudo-plugin, root of the migration graph.
pub const CORE: &str = "core";

/// A plugin's id: lower-case letters, digits and underscores, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PluginId(String);

crate::text_schema::text_schema!(PluginId, "A plugin's id", "^[a-z][a-z0-9_]*$", "inventory");

impl PluginId {
    /// The host itself.
    pub fn core() -> Self {
        Self(CORE.to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the host itself.
    pub fn is_core(&self) -> bool {
        self.0 == CORE
    }
}

/// A text that cannot be a plugin's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a plugin id: use up to 41 lower-case letters, digits and underscores, a letter first"
)]
pub struct PluginIdError {
    text: String,
}

impl Borrow<str> for PluginId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for PluginId {
    type Err = PluginIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_plugin_id(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PluginIdError { text: text.to_owned() })
        }
    }
}

impl TryFrom<String> for PluginId {
    type Error = PluginIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PluginId> for String {
    fn from(id: PluginId) -> Self {
        id.0
    }
}

impl fmt::Display for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One migration of one plugin, as `inventory/0001_items.sql`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MigrationId {
    /// The plugin that brings it.
    pub plugin: PluginId,
    /// The file's name.
    pub filename: String,
}

/// A text that is not `plugin/file.sql`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} does not name a migration: write it as plugin/file.sql, such as identity/0001_accounts.sql"
)]
pub struct MigrationIdError {
    text: String,
}

impl FromStr for MigrationId {
    type Err = MigrationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || MigrationIdError { text: text.to_owned() };
        let (plugin, filename) = text.split_once('/').ok_or_else(error)?;
        let plugin = plugin.parse().map_err(|_| error())?;
        if filename.is_empty() || filename.contains('/') {
            return Err(error());
        }
        Ok(Self { plugin, filename: filename.to_owned() })
    }
}

impl TryFrom<String> for MigrationId {
    type Error = MigrationIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<MigrationId> for String {
    fn from(id: MigrationId) -> Self {
        id.to_string()
    }
}

crate::text_schema::text_schema!(
    MigrationId,
    "A migration: its plugin and the name of its file",
    "^[a-z][a-z0-9_]*/.+$",
    "inventory/0001_items.sql"
);

impl fmt::Display for MigrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.plugin, self.filename)
    }
}

/// One SQL file of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginMigration {
    /// The plugin and the file's name.
    pub id: MigrationId,
    /// The whole text.
    pub sql: String,
    /// The sha256 of the text.
    pub checksum: Checksum,
    /// Files of other plugins that have to be applied before.
    pub requires: Vec<MigrationId>,
}

impl PluginMigration {
    /// Makes a migration from its text, computing the checksum.
    pub fn new(id: MigrationId, sql: impl Into<String>, requires: Vec<MigrationId>) -> Self {
        let sql = sql.into();
        Self { id, checksum: Checksum::of(&sql), sql, requires }
    }

    /// The sha256 over what PostgreSQL reads of the text, see [`tokens`](crate::statements::tokens).
    pub fn tokens(&self) -> Option<Checksum> {
        crate::statements::tokens(&self.sql)
    }

    /// Whether the plugin says that the file may have been applied under this checksum: by a line
    /// `-- tenon:accepts sha256:…` above the first line that is no comment. A line of another shape accepts
    /// nothing.
    pub fn accepts(&self, applied: Checksum) -> bool {
        let accepted =
            self.header("tenon:accepts").filter_map(|rest| rest.strip_prefix("sha256:")?.parse().ok());
        accepted.into_iter().any(|checksum: Checksum| checksum == applied)
    }

    /// The files of the same plugin whose place the plugin says it takes: by lines `-- tenon:replaces NAME…`
    /// above the first line that is no comment, with commas or blanks between the names.
    pub fn replaces(&self) -> BTreeSet<MigrationId> {
        let names = self.header("tenon:replaces");
        let names = names.flat_map(|rest| rest.split(|c: char| c == ',' || c.is_whitespace()));
        let names = names.filter(|name| !name.is_empty() && !name.contains('/'));
        names.map(|name| MigrationId { plugin: self.id.plugin.clone(), filename: name.to_owned() }).collect()
    }

    /// Files of other plugins that come after this one, where they are there: those of the lines
    /// `-- tenon:before other/0002_x.sql` above the first line that is no comment.
    pub fn before(&self) -> impl Iterator<Item = Result<MigrationId, MigrationIdError>> {
        self.header("tenon:before").map(str::parse)
    }

    /// What the file was to other tools before: those of the lines `-- tenon:was sqlx 20230101120000` above
    /// the first line that is no comment.
    pub fn was(&self) -> impl Iterator<Item = Result<FormerMigration, FormerMigrationError>> {
        self.header("tenon:was").map(str::parse)
    }

    /// What follows this word in the comments above the first line that is none.
    fn header<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        let header = self.sql.trim_start_matches('\u{feff}').lines().map(str::trim);
        let comments = header.filter(|line| !line.is_empty()).map_while(|line| line.strip_prefix("--"));
        comments.filter_map(move |comment| {
            let rest = comment.trim().strip_prefix(word)?;
            rest.starts_with(char::is_whitespace).then(|| rest.trim())
        })
    }
}

/// The identity of a plugin: its id, name and version, and what it requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginInfo {
    /// The plugin's id, unique among all plugins of a host.
    pub id: PluginId,
    /// The plugin's name for people, such as "Inventory Plugin".
    pub name: String,
    /// The plugin's version.
    pub version: Version,
    /// The plugins it cannot do without, each with the versions that will do.
    #[serde(default)]
    pub requires: BTreeMap<PluginId, VersionReq>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_the_sha256_of_the_text() {
        let migration = PluginMigration::new("a/1.sql".parse().unwrap(), "SELECT 1;\n", Vec::new());
        // printf 'SELECT 1;\n' | sha256sum
        assert_eq!(
            migration.checksum.to_string(),
            "b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd"
        );
    }

    #[test]
    fn checksums_are_accepted_above_the_first_statement_only() {
        let (one, two, three) = (Checksum::of("one"), Checksum::of("two"), Checksum::of("three"));
        let sql = format!(
            "-- Items.\r\n\n--tenon:accepts  sha256:{one}\r\n-- tenon:accepts sha256:{two}\nSELECT 1;\n\
             -- tenon:accepts sha256:{three}\n"
        );
        let migration = PluginMigration::new("a/1.sql".parse().unwrap(), sql, Vec::new());
        assert_eq!([one, two, three].map(|checksum| migration.accepts(checksum)), [true, true, false]);
    }

    #[test]
    fn what_a_file_comes_before_is_read_above_the_first_statement_only() {
        let sql = "-- tenon:before b/0002_y.sql\n--  tenon:before  c/1.sql\r\n-- tenon:before nothing\n\
                   -- tenon:beforehand d/1.sql\nSELECT 1;\n-- tenon:before e/1.sql\n";
        let migration = PluginMigration::new("a/1.sql".parse().unwrap(), sql, Vec::new());
        let before: Vec<_> = migration.before().map(|id| id.map(|id| id.to_string()).ok()).collect();
        assert_eq!(before, [Some("b/0002_y.sql".to_owned()), Some("c/1.sql".to_owned()), None]);
    }

    #[test]
    fn what_a_file_replaces_is_named_above_the_first_statement() {
        let sql = "-- All in one.\n-- tenon:replaces 0001_a.sql, 0002_b.sql\r\n--tenon:replaces 0003_c.sql\n\
                   -- tenon:replacesnothing.sql\nSELECT 1;\n-- tenon:replaces 0004_d.sql\n";
        let migration = PluginMigration::new("a/0009_all.sql".parse().unwrap(), sql, Vec::new());
        let told: Vec<_> = migration.replaces().iter().map(ToString::to_string).collect();
        assert_eq!(told, ["a/0001_a.sql", "a/0002_b.sql", "a/0003_c.sql"]);
    }

    #[test]
    fn ids_survive_the_trip_through_text() {
        let id: MigrationId = "inventory/0001_items.sql".parse().unwrap();
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["inventory", "/a.sql", "a/", "A/b.sql", "a/b/c.sql", "1a/b.sql"] {
            assert!(text.parse::<MigrationId>().is_err(), "{text}");
        }
    }
}

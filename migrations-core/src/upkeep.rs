//! Upkeep of the ledger: files that were renamed or put together, and plugins that were removed on purpose.
//!
//! What was run stays run. A renamed file is known by its checksum, where that leaves no doubt; one that
//! takes the place of others names them (`-- tenon:replaces NAME…`). Nothing is run for it: the ledger's rows
//! are changed, by a heal, as steps of its plan.
//!
//! A renamed file, one that takes the place of others, and forgetting a plugin are changes of the ledger's
//! rows. They stand in the plan, and its hash covers them. The suite `ledger` holds this.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::applied::Applied;
use crate::migration::{Checksum, MigrationId, PluginId, PluginMigration};

/// One change of the ledger's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum LedgerStep {
    /// The plugin brings under another name what was applied, to the byte.
    Renamed { from: MigrationId, to: MigrationId, checksum: Checksum },
    /// The file takes the place of these, all of which were applied: it is recorded and not run.
    Replaced { by: MigrationId, checksum: Checksum, replaces: Vec<MigrationId> },
    /// Nobody brings the plugin any more, and an administrator says that this is meant.
    Forgotten { plugin: PluginId, migrations: Vec<MigrationId> },
}

impl LedgerStep {
    /// The plugin whose rows are changed.
    pub fn plugin(&self) -> &PluginId {
        match self {
            Self::Renamed { to: id, .. } | Self::Replaced { by: id, .. } => &id.plugin,
            Self::Forgotten { plugin, .. } => plugin,
        }
    }

    /// What it is about, as a finding names it.
    pub fn object(&self) -> String {
        match self {
            Self::Renamed { to: id, .. } | Self::Replaced { by: id, .. } => id.to_string(),
            Self::Forgotten { plugin, .. } => format!("plugin {plugin}"),
        }
    }

    /// The row that is there afterwards.
    pub fn recorded(&self) -> Option<(&MigrationId, Checksum)> {
        match self {
            Self::Renamed { to: id, checksum, .. } | Self::Replaced { by: id, checksum, .. } => {
                Some((id, *checksum))
            }
            Self::Forgotten { .. } => None,
        }
    }

    /// The rows that are gone afterwards.
    pub fn removed(&self) -> &[MigrationId] {
        match self {
            Self::Renamed { from, .. } => std::slice::from_ref(from),
            Self::Replaced { replaces, .. } => replaces,
            Self::Forgotten { migrations, .. } => migrations,
        }
    }
}

impl fmt::Display for LedgerStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Renamed { from, to, .. } => write!(f, "{from} is renamed in the ledger to {to}"),
            Self::Replaced { by, replaces, .. } => {
                write!(f, "{by} is recorded in the ledger and not run, in the place of {}", listed(replaces))
            }
            Self::Forgotten { plugin, migrations } => {
                write!(f, "plugin {plugin} is forgotten by the ledger, with {}", listed(migrations))
            }
        }
    }
}

/// A file that says which others it replaces, and can neither be run nor recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    pub id: MigrationId,
    /// Why, as a sentence without a full stop.
    pub reason: String,
    pub remedy: String,
}

/// What the ledger's rows are to become, and which files fit none of them. `brought` are all files at hand,
/// `ledger` what was applied.
pub(crate) fn of(
    brought: &BTreeMap<&MigrationId, &PluginMigration>,
    ledger: &[Applied],
) -> (Vec<LedgerStep>, Vec<Misfit>) {
    let applied: BTreeSet<&MigrationId> = ledger.iter().map(|row| &row.id).collect();
    let (mut steps, mut misfits) = (Vec::new(), Vec::new());
    let mut left: Vec<&Applied> = ledger.iter().filter(|row| !brought.contains_key(&row.id)).collect();
    let new = || brought.values().filter(|migration| !applied.contains(&migration.id));
    for migration in new() {
        let mut named = migration.replaces();
        named.remove(&migration.id);
        let (were, were_not): (Vec<_>, Vec<_>) = named.into_iter().partition(|id| applied.contains(id));
        let still: Vec<_> =
            were.iter().chain(&were_not).filter(|id| brought.contains_key(id)).cloned().collect();
        let id = migration.id.clone();
        if !still.is_empty() {
            misfits.push(Misfit {
                reason: format!("it replaces {}, which the plugin still brings", listed(&still)),
                remedy: "take what it replaces out of the plugin, or the line out of the file".to_owned(),
                id,
            });
        } else if !were.is_empty() && !were_not.is_empty() {
            misfits.push(Misfit {
                reason: format!(
                    "of what it replaces, {} was applied and {} was not",
                    listed(&were),
                    listed(&were_not)
                ),
                remedy: format!(
                    "install the version of plugin {} that brings {} and heal, then this one",
                    id.plugin,
                    listed(&were_not)
                ),
                id,
            });
        } else if !were.is_empty() {
            left.retain(|row| !were.contains(&row.id));
            steps.push(LedgerStep::Replaced { by: id, checksum: migration.checksum, replaces: were });
        }
    }
    let settled: BTreeSet<_> =
        steps.iter().filter_map(LedgerStep::recorded).map(|(id, _)| id.clone()).collect();
    let open = |id: &MigrationId| !settled.contains(id) && misfits.iter().all(|misfit| misfit.id != *id);
    // Of two files that are alike nobody can say which was which.
    let files: Vec<_> = new().filter(|migration| open(&migration.id)).collect();
    for row in &left {
        let same = |plugin: &PluginId, checksum| *plugin == row.id.plugin && checksum == row.checksum;
        let rows = left.iter().filter(|other| same(&other.id.plugin, other.checksum)).count();
        let mut alike = files.iter().filter(|file| same(&file.id.plugin, file.checksum));
        if let (Some(file), None, 1) = (alike.next(), alike.next(), rows) {
            let (from, to) = (row.id.clone(), file.id.clone());
            steps.push(LedgerStep::Renamed { from, to, checksum: row.checksum });
        }
    }
    steps.sort_by_cached_key(LedgerStep::object);
    (steps, misfits)
}

/// What it takes to forget these plugins, which nobody brings; those of which the ledger knows nothing have
/// no step.
pub fn forget(plugins: &BTreeSet<PluginId>, ledger: &[Applied]) -> Vec<LedgerStep> {
    let rows = |plugin: &PluginId| -> Vec<MigrationId> {
        ledger.iter().filter(|row| row.id.plugin == *plugin).map(|row| row.id.clone()).collect()
    };
    let steps = plugins.iter().map(|plugin| (plugin.clone(), rows(plugin)));
    let steps = steps.filter(|(_, migrations)| !migrations.is_empty());
    steps.map(|(plugin, migrations)| LedgerStep::Forgotten { plugin, migrations }).collect()
}

/// `a/1.sql, a/2.sql and a/3.sql`
fn listed(ids: &[MigrationId]) -> String {
    match ids {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(ToString::to_string).collect();
            format!("{} and {last}", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::History;

    fn migration(id: &str, sql: &str) -> PluginMigration {
        PluginMigration::new(id.parse().unwrap(), sql, Vec::new())
    }

    fn applied(id: &str, sql: &str) -> Applied {
        Applied { id: id.parse().unwrap(), checksum: Checksum::of(sql), tokens: None }
    }

    /// The findings' messages, and the pending files.
    fn told(files: &[PluginMigration], ledger: &[Applied]) -> (Vec<String>, Vec<String>) {
        let history = History::of(files, ledger);
        let pending = history.pending.iter().map(ToString::to_string).collect();
        (history.findings().into_iter().map(|finding| finding.message).collect(), pending)
    }

    const SQUASH: &str = "-- tenon:replaces 1.sql, 2.sql 3.sql\nSELECT 0;\n";

    #[test]
    fn a_file_of_another_name_and_the_same_bytes_is_renamed() {
        let files = [migration("a/0001_x.sql", "SELECT 1;")];
        let (told, pending) = told(&files, &[applied("a/1.sql", "SELECT 1;")]);
        assert_eq!(told, ["a/1.sql is renamed in the ledger to a/0001_x.sql by the next heal"]);
        assert_eq!(pending, Vec::<String>::new());
    }

    #[test]
    fn nothing_is_taken_for_renamed_where_two_are_alike_or_the_plugin_is_another() {
        let files = [migration("a/8.sql", "SELECT 1;"), migration("a/9.sql", "SELECT 1;")];
        assert_eq!(told(&files, &[applied("a/1.sql", "SELECT 1;")]).1, ["a/8.sql", "a/9.sql"]);
        let rows = [applied("a/1.sql", "SELECT 1;"), applied("a/2.sql", "SELECT 1;")];
        assert_eq!(told(&files[..1], &rows).1, ["a/8.sql"]);
        assert_eq!(told(&files[..1], &[applied("b/1.sql", "SELECT 1;")]).1, ["a/8.sql"]);
        // One that is still there was not renamed.
        let both = [migration("a/1.sql", "SELECT 1;"), migration("a/2.sql", "SELECT 1;")];
        assert_eq!(told(&both, &[applied("a/1.sql", "SELECT 1;")]).1, ["a/2.sql"]);
    }

    #[test]
    fn what_replaces_others_is_recorded_where_all_were_applied_and_run_where_none_was() {
        let files = [migration("a/9.sql", SQUASH)];
        let rows = ["a/1.sql", "a/2.sql", "a/3.sql"].map(|id| applied(id, id));
        let (all, pending) = told(&files, &rows);
        assert_eq!(
            all,
            [
                "a/9.sql is recorded in the ledger and not run, in the place of a/1.sql, a/2.sql and a/3.sql by the next heal"
            ]
        );
        assert_eq!(pending, Vec::<String>::new());
        assert_eq!(told(&files, &[]).1, ["a/9.sql"]);
        let (some, pending) = told(&files, &rows[..2]);
        let why = "a/1.sql and a/2.sql was applied and a/3.sql was not";
        assert!(some.iter().any(|one| one.contains(why)), "{some:?}");
        assert_eq!(pending, Vec::<String>::new());
    }

    #[test]
    fn what_is_still_brought_is_not_replaced() {
        let files = [migration("a/1.sql", "a/1.sql"), migration("a/9.sql", SQUASH)];
        let (told, pending) = told(&files, &[]);
        assert!(
            told.iter().any(|one| one.contains("replaces a/1.sql, which the plugin still brings")),
            "{told:?}"
        );
        assert_eq!(pending, ["a/1.sql"]);
    }

    #[test]
    fn only_what_the_ledger_knows_is_forgotten() {
        let plugins = ["a", "b"].map(|id| id.parse().unwrap()).into();
        let steps = forget(&plugins, &[applied("a/1.sql", "x"), applied("c/1.sql", "y")]);
        let told: Vec<_> = steps.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["plugin a is forgotten by the ledger, with a/1.sql"]);
    }
}

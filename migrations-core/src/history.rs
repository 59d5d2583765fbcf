//! The ledger held against the migrations that the plugins bring.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Cause, Finding, Severity};
use crate::migration::{Checksum, Migration, MigrationId, PluginId};

/// One row of the ledger: a migration that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub id: MigrationId,
    /// The checksum of the text that was run.
    pub checksum: Checksum,
}

/// What the ledger says of the migrations at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// In a plugin and not in the ledger, in the order given.
    pub pending: Vec<MigrationId>,
    /// Applied with another checksum than the file has now.
    pub edited: Vec<Edited>,
    /// In the ledger, but no plugin brings it.
    pub missing: Vec<Applied>,
}

/// A migration whose text changed after it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    pub id: MigrationId,
    pub applied: Checksum,
    pub now: Checksum,
}

impl History {
    /// Compares the ledger with migrations that stand in the order of the graph.
    pub fn of<'a>(ordered: impl IntoIterator<Item = &'a Migration>, ledger: &[Applied]) -> Self {
        let applied: BTreeMap<_, _> = ledger.iter().map(|row| (&row.id, row.checksum)).collect();
        let mut brought = BTreeSet::new();
        let mut history = Self::default();
        for migration in ordered {
            brought.insert(&migration.id);
            match applied.get(&migration.id) {
                None => history.pending.push(migration.id.clone()),
                Some(checksum) if *checksum != migration.checksum => history.edited.push(Edited {
                    id: migration.id.clone(),
                    applied: *checksum,
                    now: migration.checksum,
                }),
                Some(_) => {}
            }
        }
        history.missing = ledger.iter().filter(|row| !brought.contains(&row.id)).cloned().collect();
        history
    }

    /// The part of the history that is one plugin's.
    pub fn of_plugin(&self, plugin: &PluginId) -> Self {
        let theirs = |id: &MigrationId| id.plugin == *plugin;
        Self {
            pending: self.pending.iter().filter(|id| theirs(id)).cloned().collect(),
            edited: self.edited.iter().filter(|edited| theirs(&edited.id)).cloned().collect(),
            missing: self.missing.iter().filter(|row| theirs(&row.id)).cloned().collect(),
        }
    }

    /// Everything that is out of step, as findings.
    pub fn findings(&self) -> Vec<Finding> {
        let pending = self.pending.iter().map(|id| {
            let message = format!("migration {id} is pending");
            Finding::new(&id.plugin, Cause::Pending, Severity::Breaking, id.to_string(), message)
                .remedy("press Fix Configuration, or run `tenon heal`")
        });
        let edited = self.edited.iter().map(|Edited { id, applied, now }| {
            let message = format!("migration {id} was changed after it was applied");
            Finding::new(&id.plugin, Cause::Edited, Severity::Breaking, id.to_string(), message)
                .values(Some(format!("sha256 {now}")), Some(format!("sha256 {applied}")))
                .remedy("restore the file as it was applied, and put the change into a new migration")
        });
        let missing = self.missing.iter().map(|Applied { id, checksum }| {
            let message = format!("migration {id} was applied, but no loaded plugin brings it");
            Finding::new(&id.plugin, Cause::Missing, Severity::Warning, id.to_string(), message)
                .values(None, Some(format!("sha256 {checksum}")))
                .remedy("put back the plugin version that brought it")
        });
        pending.chain(edited).chain(missing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migration(id: &str, sql: &str) -> Migration {
        Migration::new(id.parse().unwrap(), sql, Vec::new())
    }

    fn applied(id: &str, sql: &str) -> Applied {
        Applied { id: id.parse().unwrap(), checksum: Checksum::of(sql) }
    }

    #[test]
    fn pending_edited_and_missing_are_kept_apart() {
        let files = [migration("a/1.sql", "one"), migration("a/2.sql", "TWO"), migration("b/1.sql", "new")];
        let ledger = [applied("a/1.sql", "one"), applied("a/2.sql", "two"), applied("gone/1.sql", "x")];
        let told: Vec<_> =
            History::of(&files, &ledger).findings().into_iter().map(|finding| finding.message).collect();
        assert_eq!(
            told,
            [
                "migration b/1.sql is pending",
                "migration a/2.sql was changed after it was applied",
                "migration gone/1.sql was applied, but no loaded plugin brings it",
            ]
        );
    }
}

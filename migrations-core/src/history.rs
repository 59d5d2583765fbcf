//! The ledger held against the migrations that the plugins bring.
//!
//! An applied migration is known by two checksums. One is of its bytes; the other is of its tokens, which
//! comments, blanks and line endings do not change (`statements/tokens.rs`). Where only the first differs
//! the edit is a warning, and keeps nothing from being healed. A file may name former checksums as its own
//! (`-- tenon:accepts sha256:…`). That is read from its text, so that the contract's layout did not have to
//! grow.

use std::collections::{BTreeMap, BTreeSet};

use crate::applied::Applied;
use crate::finding::{Cause, Finding, Severity};
use crate::migration::{Checksum, MigrationId, PluginId, PluginMigration};
use crate::upkeep::{self, LedgerStep, Misfit};

/// What helps where an older host meets the tables of a newer one.
pub const NEWER_CORE: &str = "install the newer version of Tenon again, or restore the backup that was made before \
                                     the upgrade; until then this version serves and checks, and heals nothing";

const NO_SUCH_FILE: &str = "put back the plugin version that brought it; a file that takes its place says so: \
                            `-- tenon:replaces NAME`";

/// What the ledger says of the migrations at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// In a plugin and not in the ledger, in the order given.
    pub pending: Vec<MigrationId>,
    /// Applied with another checksum than the file has now, and not one that the file accepts.
    pub edited: Vec<Edited>,
    /// In the ledger, but no plugin brings it.
    pub missing: Vec<Applied>,
    /// What was applied and is now another file, or a part of one.
    pub upkeep: Vec<LedgerStep>,
    /// Files that replace others of which only some were applied.
    pub misfits: Vec<Misfit>,
}

/// A migration whose text changed after it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    pub id: MigrationId,
    pub applied: Checksum,
    pub now: Checksum,
    pub edit: Edit,
}

/// How much of a migration was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Comments, blanks or line endings alone: to PostgreSQL it is the same file.
    Bytes,
    /// What PostgreSQL reads; or it is not known what was.
    Tokens,
}

impl Edited {
    fn of(row: &Applied, migration: &PluginMigration) -> Self {
        let same = row.tokens.is_some() && row.tokens == migration.tokens();
        Self {
            id: migration.id.clone(),
            applied: row.checksum,
            now: migration.checksum,
            edit: if same { Edit::Bytes } else { Edit::Tokens },
        }
    }

    fn finding(&self) -> Finding {
        let Self { id, applied, now, edit } = self;
        let (severity, how, remedy) = match edit {
            Edit::Bytes => (
                Severity::Warning,
                ", but only in comments, blanks or line endings",
                format!(
                    "restore the file as it was applied, or have it say `-- tenon:accepts sha256:{applied}`"
                ),
            ),
            Edit::Tokens => (
                Severity::Breaking,
                "",
                "restore the file as it was applied, and put the change into a new migration".to_owned(),
            ),
        };
        let message = format!("migration {id} was changed after it was applied{how}");
        Finding::new(&id.plugin, Cause::Edited, severity, id.to_string(), message)
            .values(Some(format!("sha256 {now}")), Some(format!("sha256 {applied}")))
            .remedy(remedy)
    }
}

impl History {
    /// Compares the ledger with migrations that stand in the order of the graph.
    pub fn of<'a>(ordered: impl IntoIterator<Item = &'a PluginMigration>, ledger: &[Applied]) -> Self {
        let ordered: Vec<&PluginMigration> = ordered.into_iter().collect();
        let applied: BTreeMap<_, _> = ledger.iter().map(|row| (&row.id, row)).collect();
        let brought: BTreeMap<_, _> = ordered.iter().map(|migration| (&migration.id, *migration)).collect();
        let (upkeep, misfits) = upkeep::of(&brought, ledger);
        let recorded: BTreeSet<_> =
            upkeep.iter().filter_map(LedgerStep::recorded).map(|(id, _)| id).collect();
        let unfit: BTreeSet<_> = misfits.iter().map(|misfit| &misfit.id).collect();
        let removed: BTreeSet<_> = upkeep.iter().flat_map(LedgerStep::removed).collect();
        let (mut pending, mut edited) = (Vec::new(), Vec::new());
        for migration in ordered {
            match applied.get(&migration.id) {
                None if recorded.contains(&migration.id) || unfit.contains(&migration.id) => {}
                None => pending.push(migration.id.clone()),
                Some(row) if row.checksum == migration.checksum || migration.accepts(row.checksum) => {}
                Some(row) => edited.push(Edited::of(row, migration)),
            }
        }
        let missing =
            ledger.iter().filter(|row| !brought.contains_key(&row.id) && !removed.contains(&row.id));
        let missing = missing.cloned().collect();
        Self { pending, edited, missing, upkeep, misfits }
    }

    /// The part of the history that is one plugin's.
    pub fn of_plugin(&self, plugin: &PluginId) -> Self {
        self.by_plugin().remove(plugin).unwrap_or_default()
    }

    /// The parts of all plugins that it tells something of.
    pub fn by_plugin(&self) -> BTreeMap<PluginId, Self> {
        let mut parts: BTreeMap<PluginId, Self> = BTreeMap::new();
        let mut of =
            |plugin: &PluginId, add: &dyn Fn(&mut Self)| add(parts.entry(plugin.clone()).or_default());
        for id in &self.pending {
            of(&id.plugin, &|part| part.pending.push(id.clone()));
        }
        for edited in &self.edited {
            of(&edited.id.plugin, &|part| part.edited.push(edited.clone()));
        }
        for row in &self.missing {
            of(&row.id.plugin, &|part| part.missing.push(row.clone()));
        }
        for step in &self.upkeep {
            of(step.plugin(), &|part| part.upkeep.push(step.clone()));
        }
        for misfit in &self.misfits {
            of(&misfit.id.plugin, &|part| part.misfits.push(misfit.clone()));
        }
        parts
    }

    /// Whether nothing more of this plugin can be run, since its history is not what its files say.
    fn is_refused(&self, plugin: &PluginId) -> bool {
        self.edited.iter().any(|edited| edited.id.plugin == *plugin && edited.edit == Edit::Tokens)
            || self.missing.iter().any(|row| row.id.plugin == *plugin)
    }

    /// Everything that is out of step, as findings.
    pub fn findings(&self) -> Vec<Finding> {
        let pending = self.pending.iter().map(|id| {
            let message = format!("migration {id} is pending");
            let remedy = match self.is_refused(&id.plugin) {
                true => "first put right what else is told of this plugin's migrations: until then a heal is refused",
                false => "press Fix Configuration, or run `tenon heal`",
            };
            Finding::new(&id.plugin, Cause::Pending, Severity::Breaking, id.to_string(), message)
                .remedy(remedy)
        });
        let edited = self.edited.iter().map(Edited::finding);
        let missing = self.missing.iter().map(|Applied { id, checksum, .. }| {
            let (message, remedy) = if id.plugin.is_core() {
                (format!("migration {id} was applied by a newer version of Tenon"), NEWER_CORE)
            } else {
                (format!("migration {id} was applied, but no loaded plugin brings it"), NO_SUCH_FILE)
            };
            Finding::new(&id.plugin, Cause::Missing, Severity::Warning, id.to_string(), message)
                .values(None, Some(format!("sha256 {checksum}")))
                .remedy(remedy)
        });
        let upkeep = self.upkeep.iter().map(|step| {
            let message = format!("{step} by the next heal");
            Finding::new(step.plugin(), Cause::Ledger, Severity::Warning, step.object(), message).remedy(
                "press Fix Configuration, or run `tenon heal`: it changes the ledger and runs nothing for it",
            )
        });
        let misfits = self.misfits.iter().map(|Misfit { id, reason, remedy }| {
            let message = format!("migration {id} can neither be run nor recorded: {reason}");
            Finding::new(&id.plugin, Cause::Ledger, Severity::Breaking, id.to_string(), message)
                .remedy(remedy.clone())
        });
        pending.chain(edited).chain(missing).chain(upkeep).chain(misfits).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migration(id: &str, sql: &str) -> PluginMigration {
        PluginMigration::new(id.parse().unwrap(), sql, Vec::new())
    }

    fn applied(id: &str, sql: &str) -> Applied {
        let tokens = crate::statements::tokens(sql);
        Applied { id: id.parse().unwrap(), checksum: Checksum::of(sql), tokens }
    }

    #[test]
    fn an_edit_of_bytes_alone_is_a_warning_and_one_of_tokens_breaks() {
        let severity = |now: &str, row: Applied| {
            let findings = History::of([&migration("a/1.sql", now)], &[row]).findings();
            findings.first().map(|finding| (finding.cause, finding.severity))
        };
        let row = || applied("a/1.sql", "SELECT 1;\n");
        assert_eq!(severity("SELECT 1;\r\n", row()), Some((Cause::Edited, Severity::Warning)));
        assert_eq!(severity("SELECT 2;\n", row()), Some((Cause::Edited, Severity::Breaking)));
        let unknown = Applied { tokens: None, ..row() };
        assert_eq!(severity("SELECT 1;\r\n", unknown), Some((Cause::Edited, Severity::Breaking)));
    }

    #[test]
    fn what_the_file_accepts_is_in_step() {
        let row = applied("a/1.sql", "SELECT 1 + 1;\n");
        let file = format!("-- tenon:accepts sha256:{}\nSELECT 2;\n", row.checksum);
        assert_eq!(History::of([&migration("a/1.sql", &file)], &[row]), History::default());
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

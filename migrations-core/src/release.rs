//! A plugin's version held against one that was released before: what no version may do to those who have
//! the former, and what its number should say.
//!
//! Whoever has the former version healed with it. So its files stay as they were, no new one comes before
//! them, and what is no longer declared was dropped. Whether the files can be healed at all, a database of
//! the former version says, and not this.

mod lost;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use semver::Version;
use serde::Serialize;
use tenon_schema::Descriptors;
use tenon_schema::names::number_gaps;

use self::lost::{objects, why_gone};
pub use self::rule::ReleaseRule;
use crate::applied::Applied;
use crate::history::{Edit, History};
use crate::migration::{PluginInfo, PluginMigration};

/// A version of a plugin.
#[derive(Debug, Clone)]
pub struct Release<'a> {
    pub info: &'a PluginInfo,
    pub descriptors: &'a Descriptors,
    pub routes: &'a [String],
    /// The plugin's own, in the order in which they run.
    pub migrations: Vec<&'a PluginMigration>,
}

/// What is to be said of a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Objection {
    pub rule: ReleaseRule,
    /// The file, object, route or version that it is about.
    pub object: String,
    pub reason: String,
    pub remedy: String,
}

impl Objection {
    fn new(
        rule: ReleaseRule,
        object: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { rule, object: object.into(), reason: reason.into(), remedy: remedy.into() }
    }
}

impl Release<'_> {
    /// What is to be said of it by itself.
    pub fn objections(&self) -> Vec<Objection> {
        let names = self.migrations.iter().map(|migration| migration.id.filename.as_str());
        let gaps = number_gaps(names).into_iter().map(|(before, next)| {
            let object = format!("{before:04} to {next:04}");
            let reason = format!("no migration has a number between {before:04} and {next:04}");
            let remedy = "leave none out: nobody can tell whether a file was forgotten";
            Objection::new(ReleaseRule::NumberGap, object, reason, remedy)
        });
        gaps.collect()
    }

    /// What is to be said of it where this one was released before, in the order of the rules.
    pub fn objections_against(&self, former: &Release<'_>) -> Vec<Objection> {
        let mut found = self.of_history(former);
        found.extend(self.of_places(former));
        let changes = self.changes_since(former);
        found.extend(self.of_losses(&changes));
        found.extend(self.of_version(former, &changes));
        found.sort();
        found.dedup();
        found
    }

    /// The files of the former version, as they are in the ledger of whoever has it.
    fn of_history(&self, former: &Release<'_>) -> Vec<Objection> {
        let applied: Vec<_> = former.migrations.iter().map(|migration| applied(migration)).collect();
        let history = History::of(self.migrations.iter().copied(), &applied);
        let version = &former.info.version;
        let edited = history.edited.iter().map(|edited| {
            let (object, was) = (edited.id.to_string(), edited.applied);
            let (rule, how) = match edited.edit {
                Edit::Bytes => (ReleaseRule::EditedComments, ", in comments, blanks or line endings alone"),
                Edit::Tokens => (ReleaseRule::EditedMigration, ""),
            };
            let reason = format!("it was released with {version}, and is another file now{how}");
            let remedy = format!(
                "restore it, and put the change into a new migration; if both come to the same, have it say \
                 `-- tenon:accepts sha256:{was}`"
            );
            Objection::new(rule, object, reason, remedy)
        });
        let removed = history.missing.iter().map(|row| {
            let reason = format!("it was released with {version}, and is gone");
            let remedy = format!(
                "restore it; or have the file that does its work say `-- tenon:replaces {}`",
                row.id.filename
            );
            Objection::new(ReleaseRule::RemovedMigration, row.id.to_string(), reason, remedy)
        });
        let misfits = history.misfits.iter().map(|misfit| {
            let reason = format!(
                "it replaces files of which only some were released with {version}: nobody can heal it"
            );
            let remedy = "have it replace the files of one release alone";
            Objection::new(ReleaseRule::RemovedMigration, misfit.id.to_string(), reason, remedy)
        });
        edited.chain(removed).chain(misfits).collect()
    }

    /// New files that come before one that was released.
    fn of_places(&self, former: &Release<'_>) -> Vec<Objection> {
        let Some(last) = former.migrations.iter().map(|migration| &migration.id.filename).max() else {
            return Vec::new();
        };
        let is_former = |migration: &&&PluginMigration| {
            former.migrations.iter().any(|one| one.id == migration.id || one.checksum == migration.checksum)
        };
        let new = self.migrations.iter().filter(|migration| !is_former(migration));
        // One that takes the place of others may stand in theirs.
        let early = new.filter(|one| one.id.filename < *last && one.replaces().is_empty());
        let told = early.map(|one| {
            let reason = format!(
                "it is new, and comes before {last}, which was released with {}",
                former.info.version
            );
            let remedy =
                format!("give it a number behind {last}: where that was applied it runs later than here");
            Objection::new(ReleaseRule::NumberedBefore, one.id.to_string(), reason, remedy)
        });
        told.collect()
    }

    fn changes_since(&self, former: &Release<'_>) -> Changes {
        let (was, is) = (objects(former), objects(self));
        let new: Vec<_> =
            is.iter().filter(|object| !was.contains(*object)).map(ToString::to_string).collect();
        let known: Vec<_> = former.migrations.iter().map(|migration| migration.checksum).collect();
        let migrations: Vec<_> =
            self.migrations.iter().filter(|one| !known.contains(&one.checksum)).copied().collect();
        // What belongs to a table that is lost is lost with it.
        let lost: Vec<_> = was.iter().filter(|object| !is.contains(*object)).collect();
        let lost_alone = lost.iter().filter(|one| !one.table().is_some_and(|table| lost.contains(&&table)));
        let lost = lost_alone.map(|object| {
            let why = if object.is_route() {
                Some(Gone::Route)
            } else {
                why_gone(object, &migrations, self.descriptors)
            };
            (object.to_string(), why)
        });
        Changes { lost: lost.collect(), new }
    }

    fn of_losses(&self, changes: &Changes) -> Vec<Objection> {
        let mistakes = changes.lost.iter().filter(|(_, why)| why.is_none()).map(|(object, _)| {
            let id = &self.info.id;
            let reason = "it is not declared any more, and no new migration is seen to drop or rename it";
            let remedy = format!(
                "declare it again, or have the migration written that drops it: `tenon plugin diff {id}`"
            );
            Objection::new(ReleaseRule::LostUndropped, object, reason, remedy)
        });
        mistakes.collect()
    }

    /// Whether its number says what it is.
    fn of_version(&self, former: &Release<'_>, changes: &Changes) -> Vec<Objection> {
        let (was, is) = (&former.info.version, &self.info.version);
        let object = format!("version {is}");
        if is < was || (is == was && self.differs_from(former)) {
            let how = if is == was { "the same as that of" } else { "lower than that of" };
            let reason = format!("it is {how} the former release, {was}, which had other contents");
            let remedy = format!("raise it, to {} at least", changes.next(was));
            return vec![Objection::new(ReleaseRule::VersionNotRaised, object, reason, remedy)];
        }
        let next = changes.next(was);
        if *is >= next || is == was {
            return Vec::new();
        }
        let (rule, what, them) = if changes.lost.is_empty() {
            (ReleaseRule::MinorVersion, "new", changes.new.clone())
        } else {
            let lost = changes.lost.iter().map(|(object, why)| match why {
                Some(Gone::By(file)) => format!("{object} (by {file})"),
                _ => object.clone(),
            });
            (ReleaseRule::BreakingVersion, "gone", lost.collect())
        };
        let reason = format!("since {was} there is {what}: {}", them.join(", "));
        let remedy = format!("call it {next}, so that those that require it by range can tell");
        vec![Objection::new(rule, object, reason, remedy)]
    }

    fn differs_from(&self, former: &Release<'_>) -> bool {
        let files = |release: &Release<'_>| -> BTreeMap<_, _> {
            release.migrations.iter().map(|one| (one.id.filename.clone(), one.checksum)).collect()
        };
        self.descriptors != former.descriptors
            || self.routes != former.routes
            || self.info.requires != former.info.requires
            || files(self) != files(former)
    }
}

/// What of it others could use, and what has become of that.
struct Changes {
    lost: Vec<(String, Option<Gone>)>,
    new: Vec<String>,
}

/// Why something is not there any more.
enum Gone {
    Route,
    /// A migration drops or renames it.
    By(String),
    /// The descriptors name it as undeclared, on purpose.
    Undeclared,
}

impl Changes {
    /// The least version that says so, as cargo reads versions: below 1.0 the next number in each place.
    fn next(&self, was: &Version) -> Version {
        let place = match (self.lost.is_empty(), self.new.is_empty()) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => 2,
        };
        let leading = if was.major > 0 { 0 } else { 1 };
        match place + leading {
            0 => Version::new(was.major + 1, 0, 0),
            1 => Version::new(was.major, was.minor + 1, 0),
            _ => Version::new(was.major, was.minor, was.patch + 1),
        }
    }
}

fn applied(migration: &PluginMigration) -> Applied {
    Applied { id: migration.id.clone(), checksum: migration.checksum, tokens: migration.tokens() }
}

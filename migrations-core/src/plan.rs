//! What a heal will do, decided before it does anything. The heal only walks it.
//!
//! - **What a statement does** its tokens tell where that is enough, else squawk's parser
//!   (`statements/tree/`). The parser gives names and effects, and never a verdict: a statement that it
//!   cannot read has none, and PostgreSQL judges it.
//! - **Whose object a name is**, `ownership` knows.
//! - **What is in danger.** A table that the heal itself makes, or that has no rows, is in none. What
//!   destroys rows of another, and what keeps others from one of more than `heal.large_table` rows, needs
//!   consent by name.
//! - **Locks.** An effect carries the mode in which its relation is locked (`statements/lock_mode.rs`).
//!   `hazards/reach.rs` knows from the snapshot what else it reaches. Who has to wait is said of the
//!   strongest mode so far. The suite `locks` holds all statement kinds against `pg_locks`.
//! - **Reaching out.** What a statement reaches out of the plugins' schemas for,
//!   `statements/reaching_out.rs` knows by its tokens, those of bodies too. What no reading of a file can
//!   find, the heal sees in the catalogs behind each migration: rows that its own transaction has written,
//!   so that what others do meanwhile is not held against it. Either wants consent by name.
//! - **Order.** `order.rs` finds what needs a later file, and where only the alphabet decides.
//!
//! A plan with refusals is not run at all. To heal the others an administrator leaves the refused plugin
//! out by name (`--without`, a tick on the page). Those that require it are left out with it. Which
//! consents a plan wants is under its hash, as are its steps.

mod hazards;
mod locks;
mod order;
mod planned_hazard;
mod refusals;
mod repair;
mod role;
mod rule;

use std::collections::BTreeSet;

use serde::Serialize;

pub use self::hazards::costs_of;
pub use self::locks::{LockRoom, Locks, is_about_room};
pub use self::order::lacking;
pub use self::planned_hazard::{Consent, Freeze, LockedRelation, PlannedHazard, Size};
pub use self::refusals::EnumUse;
pub use self::repair::{RepairChoice, RepairRequest, RepairStep};
pub use self::role::RoleStep;
pub use self::rule::PlanRule;
use crate::applied::Applied;
use crate::finding::Finding;
use crate::history::History;
use crate::migration::{Checksum, MigrationId, PluginId, PluginMigration};
use crate::ownership::Ownership;
use crate::repair::Hazard;
use crate::snapshot::CatalogSnapshot;
use crate::statements;
use crate::tolerance::Tolerated;
use crate::upkeep::{self, LedgerStep};

/// The ordered, reviewed thing a heal will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Plan {
    /// What becomes of the ledger's rows before, without anything being run for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<LedgerStep>,
    /// The migrations to run, in order.
    pub steps: Vec<Step>,
    /// What is repaired after them, in order.
    pub repairs: Vec<RepairStep>,
    /// What becomes of the plugins' login roles, once all that is done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleStep>,
    /// The plugins whose descriptors are verified and whose snapshot is stored.
    pub verify: BTreeSet<PluginId>,
    /// Plugins left out because the administrator said so, or because they require one that is.
    pub without: BTreeSet<PluginId>,
    /// What the migrations may cost.
    pub hazards: Vec<PlannedHazard>,
    pub locks: Locks,
    /// The standing relations that the migrations lock, but for locks that only hold off each other's kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locked: Vec<LockedRelation>,
    /// What stands beside the plugins' objects and is tolerated: it goes into the record of the heal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tolerated: Vec<Tolerated>,
    /// Where values of enums are used that are added in the same heal: each is refused.
    #[serde(skip)]
    pub enum_uses: Vec<EnumUse>,
    /// What is worth knowing before it is run, and no reason not to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Why this plan may not be run. Empty when it may.
    pub refusals: Vec<Refusal>,
    /// The sha256 over all of the above that a heal acts on. Posted back with the word to heal, so that
    /// nothing is run that was not shown.
    pub hash: Checksum,
}

/// One migration to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Step {
    pub migration: MigrationId,
    pub checksum: Checksum,
    /// The number of SQL statements in the file.
    pub statements: usize,
}

/// A reason not to run a plan, found before anything runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Refusal {
    /// The plugin that would have to be left out; absent where what was asked is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<PluginId>,
    pub rule: PlanRule,
    /// Where: a migration, with line and column where there are any (`inventory/0002_x.sql:3:1`).
    pub place: String,
    /// The statement, cut to one line; empty when it is about the whole file.
    pub excerpt: String,
    /// Why.
    pub reason: String,
    /// What to write or do instead.
    pub remedy: String,
    /// The consent that would lift it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow: Option<Hazard>,
}

/// Something worth knowing of a plan, told before anything runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Note {
    pub plugin: PluginId,
    pub rule: PlanRule,
    /// Where: a migration, with line and column where there are any.
    pub place: String,
    pub reason: String,
    /// What to write or do.
    pub remedy: String,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.ledger.is_empty() && self.steps.is_empty() && self.verify.is_empty() && self.roles.is_empty()
    }

    /// The pending migrations of one plugin.
    pub fn steps_of<'a>(&'a self, plugin: &'a PluginId) -> impl Iterator<Item = &'a Step> {
        self.steps.iter().filter(move |step| step.migration.plugin == *plugin)
    }

    /// How many statements will run.
    pub fn statements(&self) -> usize {
        let migrations: usize = self.steps.iter().map(|step| step.statements).sum();
        migrations + self.repairs.iter().map(|repair| repair.sql.len()).sum::<usize>()
    }

    /// The names of the files that will run, as the audit entry lists them.
    pub fn files(&self) -> Vec<String> {
        self.steps.iter().map(|step| step.migration.to_string()).collect()
    }
}

/// What a plan is made of.
#[derive(Debug)]
pub struct PlanInput<'a> {
    /// All migrations at hand, in the order of the graph.
    pub migrations: &'a [&'a PluginMigration],
    pub history: &'a History,
    /// Plugins without pending migrations whose stored snapshot is missing or no longer speaks for them.
    pub unverified: &'a BTreeSet<PluginId>,
    /// Plugins to leave out, closed over those that require them.
    pub without: &'a BTreeSet<PluginId>,
    /// What is wrong now.
    pub findings: &'a [&'a Finding],
    /// What of it is to be repaired.
    pub repairs: &'a RepairRequest,
    /// What stands in the database.
    pub live: &'a CatalogSnapshot,
    /// The server's major.
    pub server_major: i32,
    /// The owners of all objects.
    pub ownership: &'a Ownership,
    /// What is tolerated beside it.
    pub tolerated: &'a [Tolerated],
}

/// Decides what a heal will do. What its hazards cost is known when it was
/// [weighed](Plan::apply_table_sizes).
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let pending: BTreeSet<_> = input.history.pending.iter().collect();
    let runs = |migration: &&&PluginMigration| {
        pending.contains(&migration.id) && !input.without.contains(&migration.id.plugin)
    };
    let pending: Vec<&PluginMigration> = input.migrations.iter().filter(runs).copied().collect();
    let (mut refusals, enum_uses) =
        refusals::of_statements(&pending, input.ownership, input.live, input.server_major);
    let still: BTreeSet<_> = input.history.pending.iter().collect();
    let applied = input.migrations.iter().map(|migration| &migration.id);
    let applied = applied.filter(|id| !still.contains(id)).collect();
    let order::Found { refusals: lacking, mut notes } =
        order::look(&pending, &applied, input.live, input.ownership);
    refusals.extend(lacking);
    let all: Vec<_> =
        input.migrations.iter().filter(|one| !input.without.contains(&one.id.plugin)).copied().collect();
    let runs: BTreeSet<_> = pending.iter().map(|one| &one.id.plugin).collect();
    let elsewhere = refusals::elsewhere(&all, &refusals).into_iter();
    notes.extend(elsewhere.filter(|note| runs.contains(&note.plugin)));
    let (hazards, locked) = hazards::scan(&pending, input.live);
    let locks = locks::at_least(&pending);
    let step = |migration: &&PluginMigration| Step {
        migration: migration.id.clone(),
        checksum: migration.checksum,
        statements: statements::count(&migration.sql),
    };
    let steps: Vec<_> = pending.iter().map(step).collect();
    let upkeep = input.history.upkeep.iter().filter(|step| !input.without.contains(step.plugin()));
    let ledger: Vec<_> = upkeep.cloned().collect();
    let touched: BTreeSet<PluginId> = steps.iter().map(|step| step.migration.plugin.clone()).collect();
    refusals.extend(refusals::of_history(input.history, &touched));
    refusals.extend(refusals::of_misfits(input.history, input.without));
    let (repairs, refused) = repair::decide(input.findings, input.repairs, input.without);
    refusals.extend(refused);
    let unverified = input.unverified.difference(input.without).cloned();
    let repaired = repairs.iter().map(|repair| repair.plugin.clone());
    let kept = ledger.iter().map(|step| step.plugin().clone());
    let verify: BTreeSet<_> = touched.into_iter().chain(unverified).chain(repaired).chain(kept).collect();
    let hash = hash(&ledger, &steps, &repairs, &verify);
    let (roles, without) = (Vec::new(), input.without.clone());
    let tolerated = input.tolerated.to_vec();
    Plan {
        ledger,
        steps,
        repairs,
        roles,
        verify,
        without,
        hazards,
        locks,
        locked,
        tolerated,
        enum_uses,
        notes,
        refusals,
        hash,
    }
}

/// Decides what it takes to have the ledger forget these plugins: that, and nothing else. `brought` are those
/// of which there is a file.
pub fn forget(
    plugins: &BTreeSet<PluginId>,
    brought: &BTreeSet<PluginId>,
    history: &History,
    ledger: &[Applied],
) -> Plan {
    let refusals = refusals::of_forgetting(plugins, brought, history, ledger);
    let ledger = upkeep::forget(plugins, ledger);
    let hash = hash(&ledger, &[], &[], &BTreeSet::new());
    Plan {
        ledger,
        steps: Vec::new(),
        repairs: Vec::new(),
        roles: Vec::new(),
        verify: BTreeSet::new(),
        without: BTreeSet::new(),
        hazards: Vec::new(),
        locks: locks::at_least(&[]),
        locked: Vec::new(),
        tolerated: Vec::new(),
        enum_uses: Vec::new(),
        notes: Vec::new(),
        refusals,
        hash,
    }
}

fn hash(
    ledger: &[LedgerStep],
    steps: &[Step],
    repairs: &[RepairStep],
    verify: &BTreeSet<PluginId>,
) -> Checksum {
    let mut text = String::from("tenon plan 1\n");
    for step in ledger {
        text.push_str(&format!("ledger {step}"));
        if let Some((_, checksum)) = step.recorded() {
            text.push_str(&format!(" {checksum}"));
        }
        text.push('\n');
    }
    for step in steps {
        text.push_str(&format!("run {} {}\n", step.migration, step.checksum));
    }
    for repair in repairs {
        let sql = Checksum::of(repair.sql.join("\0"));
        text.push_str(&format!("repair {} {sql}\n", repair.findings.join(" ")));
    }
    for plugin in verify {
        text.push_str(&format!("verify {plugin}\n"));
    }
    Checksum::of(text)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn migration(id: &str, sql: &str) -> PluginMigration {
        PluginMigration::new(id.parse().unwrap(), sql, Vec::new())
    }

    pub(crate) fn plan_of(files: &[PluginMigration], ledger: &[Applied], without: &[&str]) -> Plan {
        let history = History::of(files, ledger);
        let migrations: Vec<_> = files.iter().collect();
        let without = without.iter().map(|id| id.parse().unwrap()).collect();
        plan(&PlanInput {
            migrations: &migrations,
            history: &history,
            unverified: &BTreeSet::new(),
            without: &without,
            findings: &[],
            repairs: &RepairRequest::default(),
            live: &CatalogSnapshot::default(),
            server_major: 17,
            ownership: &Ownership::default(),
            tolerated: &[],
        })
    }

    #[test]
    fn only_what_is_pending_is_run_in_the_order_given() {
        let files = [
            migration("a/1.sql", "SELECT 1"),
            migration("b/1.sql", "SELECT 2"),
            migration("a/2.sql", "SELECT 3"),
        ];
        let ledger = [Applied { id: files[0].id.clone(), checksum: files[0].checksum, tokens: None }];
        assert_eq!(plan_of(&files, &ledger, &[]).files(), ["b/1.sql", "a/2.sql"]);
        assert_eq!(plan_of(&files, &ledger, &["b"]).files(), ["a/2.sql"]);
    }

    #[test]
    fn the_hash_changes_with_every_file_that_would_run() {
        let one = plan_of(&[migration("a/1.sql", "SELECT 1")], &[], &[]);
        let other = plan_of(&[migration("a/1.sql", "SELECT 2")], &[], &[]);
        assert_ne!(one.hash, other.hash);
        assert_eq!(one.hash, plan_of(&[migration("a/1.sql", "SELECT 1")], &[], &[]).hash);
    }

    #[test]
    fn nothing_is_built_on_an_edited_history() {
        let files = [migration("a/1.sql", "SELECT 1"), migration("a/2.sql", "SELECT 2")];
        let ledger = [Applied { id: files[0].id.clone(), checksum: Checksum::of("other"), tokens: None }];
        let refused: Vec<_> = plan_of(&files, &ledger, &[]).refusals.into_iter().map(|r| r.rule).collect();
        assert_eq!(refused, ["edited-history"]);
    }

    #[test]
    fn a_renamed_file_is_a_step_under_the_hash_and_is_not_run() {
        let file = migration("a/2.sql", "SELECT 1");
        let row = Applied { id: "a/1.sql".parse().unwrap(), checksum: file.checksum, tokens: None };
        let plan = plan_of(std::slice::from_ref(&file), std::slice::from_ref(&row), &[]);
        assert_eq!((plan.files(), plan.ledger.len(), plan.is_empty()), (Vec::new(), 1, false));
        assert!(plan.verify.contains("a"));
        let other = Applied { id: "a/0.sql".parse().unwrap(), ..row.clone() };
        assert_ne!(plan.hash, plan_of(std::slice::from_ref(&file), &[other], &[]).hash);
        assert!(plan_of(&[file], &[row], &["a"]).is_empty(), "its plugin is left out");
    }

    #[test]
    fn a_file_that_replaces_what_was_applied_in_part_is_refused() {
        let sql = "-- tenon:replaces 1.sql, 2.sql\nSELECT 1";
        let row = Applied { id: "a/1.sql".parse().unwrap(), checksum: Checksum::of("one"), tokens: None };
        let plan = plan_of(&[migration("a/3.sql", sql)], &[row], &[]);
        let refused: Vec<_> = plan.refusals.iter().map(|refusal| refusal.rule.as_str()).collect();
        assert_eq!((refused, plan.files()), (vec!["replaced-in-part"], Vec::new()));
    }

    #[test]
    fn only_a_plugin_that_nobody_brings_is_forgotten() {
        let row = |id: &str| Applied { id: id.parse().unwrap(), checksum: Checksum::of(id), tokens: None };
        let ledger = [row("a/1.sql"), row("gone/1.sql")];
        let forget = |id: &str| {
            let plan = forget(
                &[id.parse().unwrap()].into(),
                &["a".parse().unwrap()].into(),
                &History::default(),
                &ledger,
            );
            let rules = plan.refusals.into_iter().map(|refusal| refusal.rule).collect::<Vec<_>>();
            (rules, plan.ledger.len())
        };
        assert_eq!(forget("gone"), (Vec::new(), 1));
        assert_eq!(forget("a").0, ["still-brought"]);
        assert_eq!(forget("never").0, ["nothing-to-forget"]);
        assert_eq!(forget("core").0, ["still-brought"]);
    }

    #[test]
    fn a_commit_in_a_migration_is_refused_with_its_place() {
        let files = [migration("a/1.sql", "SELECT 1;\nCOMMIT;")];
        let refusal = plan_of(&files, &[], &[]).refusals.remove(0);
        assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("transaction-control", "a/1.sql:2:1"));
    }
}

//! Why a plan may not be run, told before anything runs: all reasons at once.

mod enum_value;

use std::collections::{BTreeMap, BTreeSet};

pub use self::enum_value::EnumUse;
pub(super) use self::enum_value::elsewhere;

use super::{PlanRule, Refusal};
use crate::applied::Applied;
use crate::history::{Edit, History, NEWER_CORE};
use crate::migration::{MigrationId, PluginId, PluginMigration};
use crate::ownership::{ForeignAccess, Ownership};
use crate::snapshot::CatalogSnapshot;
use crate::statements::{self, Statement};
use crate::upkeep::Misfit;

/// What the statements of the pending migrations must not do, in the order in which they would run.
pub(super) fn of_statements(
    pending: &[&PluginMigration],
    ownership: &Ownership,
    live: &CatalogSnapshot,
    server_major: i32,
) -> (Vec<Refusal>, Vec<EnumUse>) {
    let mut uses = Vec::new();
    let mut values = enum_value::Values::new(live, server_major);
    let mut refusals = Vec::new();
    for migration in pending {
        refusals.extend(statements::refusals(migration).into_iter().map(|refusal| Refusal {
            plugin: Some(migration.id.plugin.clone()),
            rule: PlanRule::Statement(refusal.rule),
            place: format!("{}:{}:{}", migration.id, refusal.position.line, refusal.position.column),
            excerpt: refusal.excerpt,
            reason: refusal.reason,
            remedy: refusal.remedy,
            allow: None,
        }));
        for (number, statement) in statements::parse(&migration.sql).iter().flatten().enumerate() {
            let foreign_accesses = ownership.foreign_accesses(&migration.id.plugin, statement);
            refusals.extend(
                foreign_accesses.iter().map(|foreign_access| foreign(migration, statement, foreign_access)),
            );
            for (refusal, of) in values.uses(migration, statement) {
                let (migration, place) = (migration.id.clone(), refusal.place.clone());
                uses.push(EnumUse { migration, statement: number, place, of });
                refusals.push(refusal);
            }
        }
    }
    (refusals, uses)
}

/// A refusal of one statement.
fn of_statement(
    migration: &PluginMigration,
    statement: &Statement<'_>,
    rule: PlanRule,
    reason: String,
    remedy: String,
) -> Refusal {
    let position = statement.position;
    Refusal {
        plugin: Some(migration.id.plugin.clone()),
        rule,
        place: format!("{}:{}:{}", migration.id, position.line, position.column),
        excerpt: statement.excerpt(),
        reason,
        remedy,
        allow: None,
    }
}

fn foreign(
    migration: &PluginMigration,
    statement: &Statement<'_>,
    foreign_access: &ForeignAccess,
) -> Refusal {
    let ForeignAccess { object, owner, owner_name } = foreign_access;
    let plugin = &migration.id.plugin;
    let (reason, remedy) = if owner.is_core() {
        (
            format!("{object} is the host's own, and no plugin's to touch"),
            "leave the host's tables to the host".to_owned(),
        )
    } else {
        (
            format!("{object} belongs to {owner_name}, which {plugin} does not require"),
            format!("have {plugin} require {owner} in its manifest, or leave the object alone"),
        )
    };
    of_statement(migration, statement, PlanRule::ForeignObject, reason, remedy)
}

/// A plugin's history has to be what its files say before anything is built upon it. What a newer host has
/// made of its own tables keeps an older one from all heals.
pub(super) fn of_history(history: &History, touched: &BTreeSet<PluginId>) -> Vec<Refusal> {
    let edited = history.edited.iter().filter(|edited| edited.edit == Edit::Tokens);
    let edited = edited.filter(|edited| touched.contains(&edited.id.plugin));
    let edited = edited.map(|edited| Refusal {
        plugin: Some(edited.id.plugin.clone()),
        rule: PlanRule::EditedHistory,
        place: edited.id.to_string(),
        excerpt: String::new(),
        reason: format!(
            "the file was applied with sha256 {} and is now {}; pending migrations of the plugin would be \
             built on a history that is not theirs",
            edited.applied, edited.now
        ),
        remedy: "restore the file as it was applied".to_owned(),
        allow: None,
    });
    let last_pending: BTreeMap<&PluginId, &MigrationId> =
        history.pending.iter().map(|id| (&id.plugin, id)).collect();
    let missing = history.missing.iter().filter(|row| !row.id.plugin.is_core()).filter_map(|row| {
        let pending = last_pending.get(&row.id.plugin).filter(|_| touched.contains(&row.id.plugin))?;
        Some(Refusal {
            plugin: Some(row.id.plugin.clone()),
            rule: PlanRule::MissingHistory,
            place: row.id.to_string(),
            excerpt: String::new(),
            reason: format!("it was applied, the plugin no longer brings it, and {pending} is pending"),
            remedy: "put back the file, or install the plugin version that belongs to this database"
                .to_owned(),
            allow: None,
        })
    });
    edited.chain(of_newer_core(history)).chain(missing).collect()
}

/// An older host writes nothing to the ledger of a newer one.
fn of_newer_core(history: &History) -> impl Iterator<Item = Refusal> + '_ {
    history.missing.iter().filter(|row| row.id.plugin.is_core()).map(|row| Refusal {
        plugin: Some(row.id.plugin.clone()),
        rule: PlanRule::MissingHistory,
        place: row.id.to_string(),
        excerpt: String::new(),
        reason: "a newer version of Tenon has applied it, and this one does not know what it changed"
            .to_owned(),
        remedy: NEWER_CORE.to_owned(),
        allow: None,
    })
}

/// Files that can neither be run nor recorded.
pub(super) fn of_misfits(history: &History, without: &BTreeSet<PluginId>) -> Vec<Refusal> {
    let misfits = history.misfits.iter().filter(|misfit| !without.contains(&misfit.id.plugin));
    let refusals = misfits.map(|Misfit { id, reason, remedy }| Refusal {
        plugin: Some(id.plugin.clone()),
        rule: PlanRule::ReplacedInPart,
        place: id.to_string(),
        excerpt: String::new(),
        reason: reason.clone(),
        remedy: remedy.clone(),
        allow: None,
    });
    refusals.collect()
}

/// Why the ledger may not forget these plugins.
pub(super) fn of_forgetting(
    plugins: &BTreeSet<PluginId>,
    brought: &BTreeSet<PluginId>,
    history: &History,
    ledger: &[Applied],
) -> Vec<Refusal> {
    let refusal = |plugin: &PluginId, rule: PlanRule, reason: String, remedy: String| Refusal {
        plugin: None,
        rule,
        place: format!("plugin {plugin}"),
        excerpt: String::new(),
        reason,
        remedy,
        allow: None,
    };
    let of_one = |plugin: &PluginId| {
        if plugin.is_core() || brought.contains(plugin) {
            let reason = format!("{plugin} is there: what its migrations made is its own");
            let remedy = "take its file out of the plugin directory first, if it is not to be there any more";
            return Some(refusal(plugin, PlanRule::StillBrought, reason, remedy.to_owned()));
        }
        let known = ledger.iter().any(|row| row.id.plugin == *plugin);
        (!known).then(|| {
            let reason = format!("the ledger knows no migration of a plugin {plugin}");
            let remedy = "`tenon check` shows the plugins that are missing".to_owned();
            refusal(plugin, PlanRule::NothingToForget, reason, remedy)
        })
    };
    let own = history.pending.iter().find(|id| id.plugin.is_core()).map(|id| {
        let reason = format!("{id} is pending: the ledger is not as this version of Tenon needs it");
        refusal(&id.plugin, PlanRule::PendingCore, reason, "heal first: `tenon heal`".to_owned())
    });
    plugins.iter().filter_map(of_one).chain(own).chain(of_newer_core(history)).collect()
}

//! The hazards of a plan, what decides how much they weigh, and who has consented to them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tenon_schema::ObjectName;

use super::{Plan, PlanRule, Refusal};
use crate::migration::{Checksum, PluginId};
use crate::repair::{Hazard, HazardRule};
use crate::statements::{LockMode, Waiting};

/// One thing that a migration may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlannedHazard {
    /// What is done, and to what: the consent that allows it.
    pub hazard: Hazard,
    pub plugin: PluginId,
    /// The relation whose rows it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub table: Option<ObjectName>,
    /// Where: `inventory/0002_x.sql:3:1`.
    pub place: String,
    /// The statement on one line, its literals left out.
    pub excerpt: String,
    /// What happens, as a clause about the table.
    pub reason: String,
    /// The strongest lock on the relation by then, held until the heal ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockMode>,
    /// How large the relation is. Absent where that could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    pub consent: Consent,
}

/// How large a relation is, with all that inherits from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Size {
    /// The number of rows, as the server's statistics estimate it.
    pub rows: u64,
    /// What is on disk, without indexes.
    pub bytes: u64,
    pub index_bytes: u64,
}

/// Whether somebody has to say yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    NotNeeded,
    Needed,
    Given,
}

/// The strongest lock that the migrations take on a relation that stands already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LockedRelation {
    #[schema(value_type = String)]
    pub relation: ObjectName,
    pub mode: LockMode,
    /// The statement that takes it, and holds it until the heal ends: `inventory/0002_x.sql:3:1`.
    pub place: String,
    /// How large the relation is. Absent where it has no rows, or that could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
}

impl Plan {
    /// The relations whose size decides over hazards, and those that are locked.
    pub fn tables_to_size(&self) -> BTreeSet<ObjectName> {
        let locked = self.locked.iter().map(|locked| locked.relation.clone());
        self.hazards.iter().filter_map(|hazard| hazard.table.clone()).chain(locked).collect()
    }

    /// Puts the sizes to the hazards: what has no rows is in no danger; what destroys rows, and what keeps
    /// others waiting for a table of more than `large` rows, needs consent by name. Without sizes everything
    /// counts as large.
    pub fn apply_table_sizes(
        &mut self,
        sizes: Option<&BTreeMap<ObjectName, Size>>,
        allowed: &BTreeSet<Hazard>,
        large: Option<u64>,
    ) {
        if let Some(sizes) = sizes {
            for locked in &mut self.locked {
                locked.size = sizes.get(&locked.relation).copied().filter(|size| size.bytes > 0);
            }
            self.hazards.retain_mut(|hazard| {
                let Some(table) = &hazard.table else { return true };
                hazard.size = sizes.get(table).copied().filter(|size| size.bytes > 0);
                hazard.size.is_some()
            });
        }
        self.consent_beforehand(allowed);
        let mut consents = String::new();
        for hazard in &mut self.hazards {
            let is_large = || {
                let of_table = large.filter(|_| hazard.table.is_some() && hazard.keeps_others_waiting());
                of_table.is_some_and(|large| hazard.size.is_none_or(|size| size.rows > large))
            };
            if !hazard.hazard.rule.is_destructive() && !is_large() {
                continue;
            }
            hazard.consent = Consent::Given;
            if !allowed.contains(&hazard.hazard) {
                hazard.consent = Consent::Needed;
                self.refusals.push(hazard.refusal());
            }
            consents.push_str(&format!("consent {}\n", hazard.hazard));
        }
        if !consents.is_empty() {
            self.hash = Checksum::of(format!("{}\n{consents}", self.hash));
        }
    }
}

/// What has a database be only read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    pub database: String,
    /// What is set so: the database, a role, the server.
    pub set_for: String,
    /// What lifts it.
    pub undo: String,
}

impl Plan {
    /// Puts to the plan that somebody wants nothing written: only who consents to that by name writes all the
    /// same. A plan that does nothing is none the worse.
    pub fn freeze(&mut self, freeze: &Freeze, allowed: &BTreeSet<Hazard>) {
        if self.is_empty() {
            return;
        }
        let Freeze { database, set_for, undo } = freeze;
        let hazard = Hazard { rule: HazardRule::ReadOnly, object: database.clone() };
        self.hash = Checksum::of(format!("{}\nconsent {hazard}\n", self.hash));
        let frozen = PlannedHazard {
            consent: if allowed.contains(&hazard) { Consent::Given } else { Consent::Needed },
            hazard,
            plugin: PluginId::core(),
            table: None,
            place: format!("database {database}"),
            excerpt: String::new(),
            reason: format!(
                "default_transaction_read_only is on for {set_for}: whoever set it wants nothing written, and a heal writes"
            ),
            lock: None,
            size: None,
        };
        if frozen.consent == Consent::Needed {
            let remedy = format!(
                "ask whoever set it; `{undo}` lifts it, and `{}` heals all the same",
                frozen.hazard.option()
            );
            self.refusals.push(Refusal { plugin: None, remedy, ..frozen.refusal() });
        }
        self.hazards.push(frozen);
    }

    /// Whether something is lost by it that no later heal brings back.
    pub fn is_destructive(&self) -> bool {
        self.destructive().next().is_some()
    }

    /// What is lost by it, in migrations and in repairs.
    pub fn destructive(&self) -> impl Iterator<Item = &Hazard> {
        let of_migrations = self.hazards.iter().map(|hazard| &hazard.hazard);
        let of_repairs = self.repairs.iter().flat_map(|repair| &repair.hazards);
        of_migrations.chain(of_repairs).filter(|hazard| hazard.rule.is_destructive())
    }

    /// Whether nothing speaks against running it and rolling it back: what is tried destroys nothing, so that
    /// nobody has to approve it.
    pub fn may_be_tried(&self) -> bool {
        self.refusals.iter().all(|refusal| refusal.rule == PlanRule::NotApproved)
    }

    /// The hazards to which somebody has consented by name.
    pub fn consents(&self) -> Vec<Hazard> {
        let given = self.hazards.iter().filter(|hazard| hazard.consent == Consent::Given);
        given.map(|hazard| hazard.hazard.clone()).collect()
    }
}

impl PlannedHazard {
    /// Whether somebody who reads or writes rows has to wait for the end of the heal.
    fn keeps_others_waiting(&self) -> bool {
        self.hazard.rule == HazardRule::UpdateRows
            || self.lock.is_none_or(|mode| mode.waiting() > Waiting::Nobody)
    }

    fn refusal(&self) -> Refusal {
        let hazard = &self.hazard;
        Refusal {
            plugin: Some(self.plugin.clone()),
            rule: PlanRule::Hazard,
            place: self.place.clone(),
            excerpt: self.excerpt.clone(),
            reason: format!("{self}, and nobody has consented to it"),
            remedy: format!("consent to it by name: `{}`", hazard.option()),
            allow: Some(hazard.clone()),
        }
    }
}

impl std::fmt::Display for PlannedHazard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hazard, table, reason, lock, size, .. } = self;
        write!(f, "{hazard}: {reason}")?;
        let lock = lock.map(|mode| format!(", locked {mode}")).unwrap_or_default();
        match (table, size) {
            (None, _) => Ok(()),
            (Some(table), None) => write!(f, " ({table}{lock}, whose size could not be asked)"),
            (Some(table), Some(size)) => write!(f, " ({table}{lock}, {size})"),
        }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "about {} rows, {}", self.rows, bytes(self.bytes))?;
        if self.index_bytes > 0 { write!(f, " and {} of indexes", bytes(self.index_bytes)) } else { Ok(()) }
    }
}

/// A size in the unit that leaves one to four digits.
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let fits = |unit: &usize| bytes >> (10 * unit) < 10_000;
    let unit = (0..UNITS.len()).find(fits).unwrap_or(UNITS.len() - 1);
    format!("{} {}", bytes >> (10 * unit), UNITS[unit])
}

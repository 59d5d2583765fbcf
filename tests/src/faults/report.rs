//! What came of disturbing heals.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::InjectedFault;

/// What came of it.
#[derive(Debug, Default)]
pub struct FaultReport {
    pub(super) points: usize,
    by_fault: BTreeMap<InjectedFault, Struck>,
    /// What was lost, each with what it takes to see it again.
    pub lost: Vec<String>,
    /// By fault: how often it could not be made to strike, and why.
    pub(super) skipped: BTreeMap<InjectedFault, (usize, String)>,
}

/// What a fault did.
#[derive(Debug, Default)]
pub(super) struct Struck {
    points: usize,
    /// How often the heal went through all the same.
    pub(super) healed: usize,
    /// The SQLSTATEs of which the heals told.
    pub(super) told: BTreeSet<String>,
}

impl FaultReport {
    /// How many heals went through all the same.
    pub fn healed_anyway(&self) -> usize {
        self.by_fault.values().map(|struck| struck.healed).sum()
    }

    /// Whether heals told of this SQLSTATE when that had happened to them; or whether it could not happen
    /// here.
    pub fn tells(&self, fault: InjectedFault, sqlstate: &str) -> bool {
        self.skipped.contains_key(&fault)
            || self.by_fault.get(&fault).is_some_and(|struck| struck.told.contains(sqlstate))
    }

    pub(super) fn count(&mut self, fault: InjectedFault) -> &mut Struck {
        self.points += 1;
        let struck = self.by_fault.entry(fault).or_default();
        struck.points += 1;
        struck
    }
}

impl fmt::Display for FaultReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<20} {:>6} {:>14}  told as", "fault", "points", "healed anyway")?;
        for (fault, Struck { points, healed, told }) in &self.by_fault {
            let told: Vec<_> = told.iter().map(String::as_str).collect();
            writeln!(f, "{:<20} {points:>6} {healed:>14}  {}", fault.to_string(), told.join(" "))?;
        }
        for (fault, (points, why)) in &self.skipped {
            writeln!(f, "skipped: {fault}, {points} points: {why}")?;
        }
        write!(f, "points {}, lost {}", self.points, self.lost.len())
    }
}

//! Changing what acts on a relation: a trigger, a rule, a policy; and extended statistics.

use crate::repair::address::address;
use crate::repair::make::on_relation::switch;
use crate::repair::rank::rank;
use crate::repair::replace::replace;
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides};
use crate::snapshot::{Kind, Property};

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    match (id.kind, changed.property) {
        (Kind::Trigger | Kind::Rule, Property::Enabled) => {
            Some(Repair::new(rank(id.kind), [switch(id, changed.expected_text()?)]))
        }
        (Kind::Statistics, Property::StatisticsTarget) => {
            let target = changed.expected_text().unwrap_or("-1");
            let sql = format!("ALTER {} SET STATISTICS {target}", address(id, sides)?);
            Some(changed.repair(rank(id.kind), [sql]))
        }
        (Kind::Policy, _) => Some(replace(id, sides)?.hazard(Hazard::new(HazardRule::ChangeRowSecurity, id))),
        _ => replace(id, sides),
    }
}

//! Changing what acts on a relation: a trigger, a rule, a policy; and extended statistics.

use crate::mend::address::address;
use crate::mend::make::on_relation::switch;
use crate::mend::rank::rank;
use crate::mend::replace::replace;
use crate::mend::{Changed, Hazard, HazardRule, Mend, Sides};
use crate::snapshot::{Kind, Property};

pub(in crate::mend) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
    let id = changed.id;
    match (id.kind, changed.property) {
        (Kind::Trigger | Kind::Rule, Property::Enabled) => {
            Some(Mend::new(rank(id.kind), [switch(id, changed.expected_text()?)]))
        }
        (Kind::Statistics, Property::StatisticsTarget) => {
            let target = changed.expected_text().unwrap_or("-1");
            let sql = format!("ALTER {} SET STATISTICS {target}", address(id, sides)?);
            Some(changed.mend(rank(id.kind), [sql]))
        }
        (Kind::Policy, _) => Some(replace(id, sides)?.hazard(Hazard::new(HazardRule::ChangeRowSecurity, id))),
        _ => replace(id, sides),
    }
}

//! Changing an index that no constraint makes.

use tenon_schema::Ident;

use crate::repair::address::name;
use crate::repair::make::index::statistics;
use crate::repair::make::table;
use crate::repair::rank::order;
use crate::repair::sides::text;
use crate::repair::spelling::change_options;
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides};
use crate::snapshot::Property;

use super::keys;

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    let alter = |action: String| format!("ALTER INDEX {} {action}", name(id));
    let (expected, found) = changed.lists();
    match changed.property {
        Property::Options => {
            Some(changed.repair(order(id, sides), change_options(expected, found).into_iter().map(alter)))
        }
        Property::StatisticsTarget => {
            let found = sides.live(id).and_then(|live| text(live, Property::StatisticsTarget));
            Some(changed.repair(order(id, sides), statistics(id, changed.expected_text(), found)))
        }
        Property::Tablespace => {
            let space = Ident::new(changed.expected_text().unwrap_or("pg_default"));
            let repair =
                changed.repair(order(id, sides), [alter(format!("SET TABLESPACE {}", space.quoted()))]);
            Some(repair.hazard(Hazard::new(HazardRule::RewriteTable, id)))
        }
        Property::AttachedTo => keys::attach_index(changed, sides),
        _ => {
            let mut repair = keys::replace(id, sides)?;
            repair.sql.extend(table::uses_of(id, sides));
            Some(repair)
        }
    }
}

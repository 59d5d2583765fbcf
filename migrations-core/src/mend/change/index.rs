//! Changing an index that no constraint makes.

use tenon_schema::Ident;

use crate::mend::address::name;
use crate::mend::make::index::statistics;
use crate::mend::make::table;
use crate::mend::rank::order;
use crate::mend::sides::text;
use crate::mend::spelling::change_options;
use crate::mend::{Changed, Hazard, HazardRule, Mend, Sides};
use crate::snapshot::Property;

use super::keys;

pub(in crate::mend) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
    let id = changed.id;
    let alter = |action: String| format!("ALTER INDEX {} {action}", name(id));
    let (expected, found) = changed.lists();
    match changed.property {
        Property::Options => {
            Some(changed.mend(order(id, sides), change_options(expected, found).into_iter().map(alter)))
        }
        Property::StatisticsTarget => {
            let found = sides.live(id).and_then(|live| text(live, Property::StatisticsTarget));
            Some(changed.mend(order(id, sides), statistics(id, changed.expected_text(), found)))
        }
        Property::Tablespace => {
            let space = Ident::new(changed.expected_text().unwrap_or("pg_default"));
            let mend = changed.mend(order(id, sides), [alter(format!("SET TABLESPACE {}", space.quoted()))]);
            Some(mend.hazard(Hazard::new(HazardRule::RewriteTable, id)))
        }
        Property::AttachedTo => keys::attach_index(changed, sides),
        _ => {
            let mut mend = keys::replace(id, sides)?;
            mend.sql.extend(table::uses_of(id, sides));
            Some(mend)
        }
    }
}

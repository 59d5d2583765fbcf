//! Changing a function, a procedure or an aggregate.

use crate::repair::make::routine::{aggregate, function};
use crate::repair::rank::order;
use crate::repair::replace::replace_with_users;
use crate::repair::sides::text;
use crate::repair::{Changed, Repair, Sides};
use crate::snapshot::{Kind, Object, Property};

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    let (wanted, live) = (sides.wanted(id)?, sides.live(id)?);
    let same = |property| wanted.get(&property) == live.get(&property);
    if !same(Property::RoutineKind) || !same(Property::Returns) || !can_take(&wanted, live) {
        return replace_with_users(id, sides);
    }
    let create = "CREATE OR REPLACE";
    let sql = match id.kind {
        Kind::Aggregate => aggregate(create, id, &wanted)?,
        _ => function(create, id, &wanted)?,
    };
    Some(Repair::new(order(id, sides), [sql]))
}

/// Whether arguments can become these: defaults may be added, and nothing else.
fn can_take(wanted: &Object, live: &Object) -> bool {
    let (wanted, live) = (text(wanted, Property::Arguments), text(live, Property::Arguments));
    let without = |text: Option<&str>| {
        let each = text
            .unwrap_or_default()
            .split(", ")
            .map(|item| item.split(" DEFAULT ").next().unwrap_or(item).to_owned());
        each.collect::<Vec<_>>()
    };
    wanted == live || (without(wanted) == without(live) && !live.unwrap_or_default().contains(" DEFAULT "))
}

//! Indexes and keys, with those of all partitions.

use crate::repair::address::{drop, name};
use crate::repair::family::{is_partitioned, members, relation, whole};
use crate::repair::make::make;
use crate::repair::rank::{LAST, order};
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides};
use crate::snapshot::ObjectId;

/// Makes the index of a part one of the whole's. It ceases to be one only with that, and is made anew then.
pub(in crate::repair) fn attach_index(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    if let Some(whole) = changed.expected_text() {
        let attach = format!("ALTER INDEX {whole} ATTACH PARTITION {}", name(changed.id));
        return changed.found.is_none().then(|| Repair::adding(LAST, [attach]));
    }
    let root = whole(sides.live, changed.id)?;
    if sides.expected(&root).is_some() {
        return None;
    }
    let mut sql = vec![drop(&root, sides)?];
    sql.extend(make(changed.id, sides)?);
    let repair = Repair::new(order(changed.id, sides), sql);
    Some(repair.hazard(Hazard::new(HazardRule::Drop(root.kind), &root)))
}

/// Makes an index or key anew, with those of all partitions.
pub(in crate::repair) fn replace(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let root = whole(sides.expected, id).unwrap_or_else(|| id.clone());
    let mut sql = Vec::new();
    // Dropping that of the whole drops those of the parts.
    for gone in [whole(sides.live, id), Some(root.clone()), Some(id.clone())].into_iter().flatten() {
        let drop = drop(&gone, sides)?;
        if !sql.contains(&drop) {
            sql.push(drop);
        }
    }
    if is_partitioned(&relation(&root), sides.expected) {
        for member in members(sides.expected, &root, sides) {
            let drop = drop(&member, sides)?;
            if !sql.contains(&drop) {
                sql.push(drop);
            }
            sql.extend(make(&member, sides)?);
        }
    }
    sql.extend(make(&root, sides)?);
    Some(Repair::new(order(&root, sides), sql))
}

//! Dropping something and making it anew, where it can be changed no other way.

use crate::snapshot::ObjectId;

use super::address::drop;
use super::make::make;
use super::rank::order;
use super::{Hazard, HazardRule, Repair, Sides};

/// Drops it and makes it as it is wanted, in one go.
pub(super) fn replace(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    let mut sql = vec![drop(id, sides)?];
    sql.extend(make(id, sides)?);
    Some(Repair::new(order(id, sides), sql))
}

/// Drops and makes anew what others may stand on; what is kept in it, or handed out by hand, may go.
pub(super) fn replace_with_users(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    Some(replace(id, sides)?.hazard(Hazard::new(HazardRule::Drop(id.kind), id)))
}

//! Making a part of a relation that has no parts of its own.

use crate::repair::{Sides, about};
use crate::snapshot::{Kind, Object, ObjectId};

use super::{constraint, index, on_relation};

/// The statements that make it as it is wanted, with owner, grants and comment.
pub(super) fn make(id: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
    let part = sides.wanted(id)?;
    let mut sql = bare(id, &part)?;
    sql.extend(about::all(id, &part, sides)?);
    Some(sql)
}

/// The statements that make a part as it is wanted, without owner, grants and comment.
pub(super) fn bare(id: &ObjectId, part: &Object) -> Option<Vec<String>> {
    match id.kind {
        Kind::Constraint => constraint::add(id, part),
        Kind::Index => index::create(id, part),
        Kind::Trigger => on_relation::create_trigger(id, part),
        Kind::Rule => on_relation::create_rule(id, part),
        Kind::Policy => on_relation::create_policy(id, part),
        Kind::Statistics => on_relation::create_statistics(id, part),
        _ => None,
    }
}

//! Making an enum type anew, for a migration.

use tenon_schema::{Descriptors, ObjectName};

use crate::snapshot::{CatalogSnapshot, Kind, ObjectId, Property};

use super::obstacle::cleared;
use super::{Sides, retype};

/// The statements that make an enum type anew with its labels as they are read, for a migration: the one way
/// in which a new label can be used in the transaction that adds it.
///
/// # Errors
///
/// What cannot be taken along, in words.
pub fn enum_anew(
    of: &ObjectName,
    snapshot: &CatalogSnapshot,
    server_major: i32,
) -> Result<Vec<String>, String> {
    let id = ObjectId::standalone(Kind::Enum, of);
    // Whose it is was decided by whoever runs the migration.
    let mut owned = snapshot.clone();
    owned.objects.values_mut().for_each(|object| std::mem::drop(object.remove(&Property::Owner)));
    let descriptors = &Descriptors::default();
    let sides = Sides { expected: &owned, live: &owned, descriptors, unmanaged: &[], server_major };
    Ok(cleared(retype::enum_with_users(&id, &sides)?, &sides)?.sql)
}

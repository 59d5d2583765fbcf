//! Who says which object is theirs.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::{Descriptors, Ident, ObjectName};

use crate::migration::PluginId;
use crate::reading::{Kind, ObjectId, Property, Reading};

/// The standing objects that a plugin's descriptors claim. What belongs to a table is claimed with it.
pub fn of(descriptors: &Descriptors) -> BTreeSet<ObjectName> {
    let tables = descriptors.tables.iter().map(|table| &table.name);
    let enums = descriptors.enums.iter().map(|enum_type| &enum_type.name);
    let sequences = descriptors.sequences.iter().map(|sequence| &sequence.name);
    let views = descriptors.views.iter().map(|view| &view.name);
    tables.chain(enums).chain(sequences).chain(views).cloned().collect()
}

/// The schemas in which these objects stand.
pub fn schemas<'a>(claims: impl IntoIterator<Item = &'a ObjectName>) -> BTreeSet<Ident> {
    claims.into_iter().map(|name| name.schema.clone()).collect()
}

/// The objects that more than one plugin claims, with all who do.
pub fn conflicts<'a>(
    plugins: impl IntoIterator<Item = (&'a PluginId, &'a Descriptors)>,
) -> BTreeMap<ObjectName, Vec<PluginId>> {
    let mut claimed: BTreeMap<ObjectName, Vec<PluginId>> = BTreeMap::new();
    for (plugin, descriptors) in plugins {
        for name in of(descriptors) {
            claimed.entry(name).or_default().push(plugin.clone());
        }
    }
    claimed.retain(|_, claimants| claimants.len() > 1);
    claimed
}

/// A plugin's part of a larger reading: what it claims, and what was its own when it was last verified.
pub fn part(live: &Reading, claims: &BTreeSet<ObjectName>, verified: &Reading) -> Reading {
    live.only(|id| claims.contains(&id.owner()) || verified.objects.contains_key(id))
}

/// The standing objects of a reading that nobody claims and no verified reading knows.
pub fn unmanaged(live: &Reading, claims: &BTreeSet<ObjectName>, verified: &[&Reading]) -> Vec<ObjectId> {
    let stands_alone = |id: &ObjectId| match (
        id.kind,
        live.objects.get(id).is_some_and(|o| o.contains_key(&Property::OwnedBy)),
    ) {
        (Kind::Table | Kind::Enum, _) => true,
        (Kind::Sequence, owned) => !owned,
        (Kind::Column | Kind::Constraint | Kind::Index, _) => false,
    };
    let known = |id: &ObjectId| verified.iter().any(|reading| reading.objects.contains_key(id));
    let nobodys =
        live.objects.keys().filter(|id| stands_alone(id) && !claims.contains(&id.owner()) && !known(id));
    nobodys.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenon_schema::EnumType;

    #[test]
    fn two_plugins_with_one_object_are_both_named() {
        let descriptors = |names: &[&str]| Descriptors {
            enums: names
                .iter()
                .map(|name| EnumType { name: name.parse().unwrap(), labels: Vec::new() })
                .collect(),
            ..Descriptors::default()
        };
        let (a, b): (PluginId, PluginId) = ("a".parse().unwrap(), "b".parse().unwrap());
        let (of_a, of_b) = (descriptors(&["s.one", "s.two"]), descriptors(&["s.two", "s.three"]));
        let conflicts = conflicts([(&a, &of_a), (&b, &of_b)]);
        assert_eq!(conflicts, BTreeMap::from([("s.two".parse().unwrap(), vec![a.clone(), b.clone()])]));
    }
}

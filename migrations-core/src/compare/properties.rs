//! What holds of any two snapshots.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;
use crate::snapshot::Kind;

const PROPERTIES: [Property; 5] =
    [Property::DataType, Property::Default, Property::Columns, Property::NotNull, Property::Comment];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Flag),
        "[ab]{0,2}".prop_map(Value::Text),
        // Two spellings of one thing, at the fixpoint of deparsing.
        prop_oneof![Just("(ARRAY[a])::text[]"), Just("ARRAY[(a)::text]")]
            .prop_map(|text| Value::Text(text.to_owned())),
        vec("[ab]{0,1}", 0..3).prop_map(Value::List),
        vec("[ab]{0,2}".prop_map(Value::Text), 1..3).prop_map(Value::Spellings),
        vec(vec("[ab]{0,1}", 2).prop_map(Value::List), 1..3).prop_map(Value::Spellings),
        Just(Value::Undeclared),
    ]
}

fn id() -> impl Strategy<Value = ObjectId> {
    let kinds = [Kind::Table, Kind::View, Kind::Function, Kind::Column, Kind::Index, Kind::Settings];
    (proptest::sample::select(kinds.to_vec()), "[st]", "[xy]", "[xyz]").prop_map(
        |(kind, schema, relation, name)| {
            let part = matches!(kind, Kind::Column | Kind::Index);
            ObjectId {
                schema: schema.into(),
                relation: part.then(|| relation.into()),
                kind,
                name: name.into(),
            }
        },
    )
}

fn snapshot() -> impl Strategy<Value = CatalogSnapshot> {
    let object = btree_map(proptest::sample::select(PROPERTIES.to_vec()), value(), 0..3);
    btree_map(id(), object, 0..12).prop_map(|objects| CatalogSnapshot { objects })
}

/// The change seen from the other side.
fn mirrored(change: &Change) -> Change {
    match change.clone() {
        Change::Missing => Change::Unexpected,
        Change::Unexpected => Change::Missing,
        Change::Changed { property, expected, found } => {
            Change::Changed { property, expected: found, found: expected }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn equal_readings_do_not_differ(snapshot in snapshot()) {
        prop_assert_eq!(compare(&snapshot, &snapshot), []);
    }

    #[test]
    fn what_one_has_more_the_other_lacks(one in snapshot(), other in snapshot()) {
        let there: Vec<_> =
            compare(&one, &other).into_iter().map(|found| (found.object, mirrored(&found.change))).collect();
        let back: Vec<_> = compare(&other, &one).into_iter().map(|found| (found.object, found.change)).collect();
        prop_assert_eq!(there, back);
    }

    #[test]
    fn a_reading_without_one_object_differs_in_that_object_or_in_what_it_belongs_to(
        snapshot in snapshot(),
        place in any::<proptest::sample::Index>(),
    ) {
        prop_assume!(!snapshot.objects.is_empty());
        let lost = place.get(&snapshot.objects.keys().cloned().collect::<Vec<_>>()).clone();
        let mut less = snapshot.clone();
        less.objects.remove(&lost);
        let told: BTreeMap<_, _> =
            compare(&snapshot, &less).into_iter().map(|found| (found.object, found.change)).collect();
        prop_assert_eq!(told.get(&lost), Some(&Change::Missing));
    }
}

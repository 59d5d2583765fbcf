//! The one comparer, for every kind of object, in three words: missing, unexpected, changed.

mod expression;
mod hidden;
#[cfg(test)]
mod properties;
mod severity;

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::deparse;
use crate::extension;
use crate::severity::Severity;
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Objects, Property, Value};
use crate::statements::equal_ignoring_select_list;

/// One way in which the database is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Difference {
    pub object: ObjectId,
    #[serde(flatten)]
    pub change: Change,
    pub severity: Severity,
}

/// What is different about the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Expected, and not there.
    Missing,
    /// There, and not expected.
    Unexpected,
    /// There, but with another value; `None` where PostgreSQL has none.
    Changed {
        property: Property,
        #[schema(value_type = serde_json::Value)]
        expected: Option<Value>,
        #[schema(value_type = serde_json::Value)]
        found: Option<Value>,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.change {
            Change::Missing => write!(f, "{} is missing", self.object),
            Change::Unexpected => write!(f, "{} is not expected", self.object),
            Change::Changed { property, expected, found } => {
                let show = |value: &Option<Value>| value.as_ref().map_or("none".to_owned(), Value::to_string);
                write!(
                    f,
                    "{}: {} expected {}, found {}",
                    self.object,
                    property.noun(),
                    show(expected),
                    show(found)
                )
            }
        }
    }
}

/// All differences between two snapshots printed by the same server major, in the order of their objects.
///
/// What belongs to a table that is itself missing or unexpected is not listed again, nor is what stands in a
/// schema that is missing.
pub fn compare(expected: &CatalogSnapshot, found: &impl Objects) -> Vec<Difference> {
    let expected = &*extension::follow(expected, found);
    let mut differences = Vec::new();
    for (id, object) in &expected.objects {
        match found.object(id) {
            Some(other) => changes(id, object, other, &mut differences),
            None if covered(id, expected, found) || is_of_missing_schema(id, expected, found) => {}
            None => differences.push(Difference {
                object: id.clone(),
                change: Change::Missing,
                severity: severity::of_missing(id.kind),
            }),
        }
    }
    for (id, object) in found.objects() {
        if !expected.objects.contains_key(id) && !covered(id, found, expected) {
            differences.push(Difference {
                object: id.clone(),
                change: Change::Unexpected,
                severity: severity::of_unexpected(id.kind, object),
            });
        }
    }
    differences.sort_by(|a, b| a.object.cmp(&b.object));
    differences
}

/// Whether the object's table is in `here` and not in `there`, so that it is told of already.
fn covered(id: &ObjectId, here: &impl Objects, there: &impl Objects) -> bool {
    id.relations().any(|relation| here.object(&relation).is_some())
        && !id.relations().any(|relation| there.object(&relation).is_some())
}

/// Whether the object's schema is expected and not there.
fn is_of_missing_schema(id: &ObjectId, expected: &CatalogSnapshot, found: &impl Objects) -> bool {
    let schema = ObjectId::global(Kind::Schema, &id.schema);
    expected.objects.contains_key(&schema) && found.object(&schema).is_none()
}

fn changes(id: &ObjectId, expected: &Object, found: &Object, differences: &mut Vec<Difference>) {
    let star = expected.contains_key(&Property::Star);
    let is_expression = |property| expression::holds(id.kind, property, expected);
    let mut change = |property: Property, expected: Option<&Value>, found: Option<&Value>| {
        let equal = !property.is_compared()
            || equal(property, is_expression(property), expected, found)
            || hidden::same(property, expected, found);
        if !(equal || star && left_to_the_star(property, expected, found)) {
            let (expected, found) = (expected.map(Value::first), found.map(Value::first));
            differences.push(Difference {
                object: id.clone(),
                change: Change::Changed { property, expected: expected.cloned(), found: found.cloned() },
                severity: severity::of_change(id.kind, property, expected, found),
            });
        }
    };
    // Both are in the order of their properties.
    let (mut expected, mut found) = (expected.iter().peekable(), found.iter().peekable());
    loop {
        let (one, other) =
            (expected.peek().map(|(property, _)| **property), found.peek().map(|(property, _)| **property));
        let Some(property) = one.into_iter().chain(other).min() else { return };
        let one = expected.next_if(|(next, _)| **next == property).map(|(_, value)| value);
        let other = found.next_if(|(next, _)| **next == property).map(|(_, value)| value);
        change(property, one, other);
    }
}

/// Whether two values are one, in some spelling of each.
fn equal(property: Property, is_expression: bool, expected: Option<&Value>, found: Option<&Value>) -> bool {
    match (expected, found) {
        (Some(Value::Undeclared), _) | (_, Some(Value::Undeclared)) => true,
        (Some(Value::List(these)), Some(Value::List(those))) if property == Property::ColumnOrder => {
            same_order(these, those)
        }
        // That nobody had filled it yet says nothing of what became of it.
        (Some(Value::Flag(false)), Some(_)) if property == Property::Populated => true,
        (Some(one), Some(other)) => equal_in_a_spelling(is_expression, one, other),
        _ => expected == found,
    }
}

/// Each item of a list may be in another spelling.
fn equal_in_a_spelling(is_expression: bool, one: &Value, other: &Value) -> bool {
    let same = |one: &String, other: &String| one == other || (is_expression && deparse::same(one, other));
    let pairs =
        || one.spellings().iter().flat_map(|one| other.spellings().iter().map(move |other| (one, other)));
    if let (Value::List(these), Value::List(those)) = (one.first(), other.first()) {
        let item = |place: usize| {
            pairs().any(|(one, other)| match (one, other) {
                (Value::List(these), Value::List(those)) => {
                    these.get(place).zip(those.get(place)).is_some_and(|(one, other)| same(one, other))
                }
                _ => false,
            })
        };
        return these.len() == those.len() && (0..these.len()).all(item);
    }
    pairs().any(|(one, other)| match (one, other) {
        (Value::Text(one), Value::Text(other)) => same(one, other),
        (one, other) => one == other,
    })
}

/// Whether what stands in both lists stands in one order: a column that is missing or not expected is told as
/// such.
fn same_order(these: &[String], those: &[String]) -> bool {
    let common = |these: &'_ [String], those: &'_ [String]| -> Vec<String> {
        let others: BTreeSet<_> = those.iter().collect();
        these.iter().filter(|name| others.contains(name)).cloned().collect()
    };
    these == those || common(these, those) == common(those, these)
}

/// Whether the values of a view that is declared with a `*` differ at most in what that stood for.
fn left_to_the_star(property: Property, expected: Option<&Value>, found: Option<&Value>) -> bool {
    match (property, expected, found) {
        (Property::Star | Property::Columns, ..) => true,
        (Property::Query, Some(one), Some(other)) => same_rows(one, other),
        _ => false,
    }
}

/// Whether two queries are the same but for what they select, in some spelling of each.
pub(crate) fn same_rows(one: &Value, other: &Value) -> bool {
    let same = |one: &Value, other: &Value| match (one, other) {
        (Value::Text(one), Value::Text(other)) => equal_ignoring_select_list(one, other),
        _ => false,
    };
    one.spellings().iter().any(|one| other.spellings().iter().any(|other| same(one, other)))
}

/// Whether the body of a routine in SQL was parsed when it was made, and is no string.
pub fn is_parsed_body(body: &str) -> bool {
    body.starts_with("BEGIN ATOMIC") || body.starts_with("RETURN ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::snapshot::Kind;
    use tenon_schema::Ident;

    pub(super) fn id(kind: Kind, relation: Option<&str>, name: &str) -> ObjectId {
        ObjectId { schema: Ident::new("inv"), relation: relation.map(Ident::from), kind, name: name.into() }
    }

    fn item() -> CatalogSnapshot {
        let column = |data_type: &str| {
            Object::from([
                (Property::DataType, Value::Text(data_type.to_owned())),
                (Property::NotNull, Value::Flag(true)),
            ])
        };
        CatalogSnapshot {
            objects: BTreeMap::from([
                (id(Kind::Table, None, "item"), Object::new()),
                (id(Kind::Column, Some("item"), "id"), column("bigint")),
                (id(Kind::Column, Some("item"), "qty"), column("integer")),
            ]),
        }
    }

    fn told(expected: &CatalogSnapshot, found: &CatalogSnapshot) -> Vec<String> {
        compare(expected, found).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_readings_have_no_differences() {
        assert_eq!(told(&item(), &item()), Vec::<String>::new());
    }

    #[test]
    fn a_missing_table_is_told_once_and_not_per_column() {
        assert_eq!(told(&item(), &CatalogSnapshot::default()), ["table inv.item is missing"]);
        assert_eq!(told(&CatalogSnapshot::default(), &item()), ["table inv.item is not expected"]);
    }

    #[test]
    fn a_changed_property_is_told_with_both_values() {
        let mut found = item();
        let qty = found.objects.get_mut(&id(Kind::Column, Some("item"), "qty")).unwrap();
        qty.insert(Property::DataType, Value::Text("bigint".to_owned()));
        qty.insert(Property::Default, Value::Text("0".to_owned()));
        assert_eq!(
            told(&item(), &found),
            [
                "column inv.item.qty: type expected integer, found bigint",
                "column inv.item.qty: default expected none, found 0",
            ]
        );
    }

    #[test]
    fn columns_in_another_order_are_told_and_one_more_or_less_is_not_told_as_that() {
        let ordered = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            let object = Object::from([(Property::ColumnOrder, Value::List(names))]);
            CatalogSnapshot { objects: BTreeMap::from([(id(Kind::Table, None, "item"), object)]) }
        };
        let told_of = |found: &[&str]| told(&ordered(&["a", "b", "c"]), &ordered(found));
        for same in [&["a", "b", "c"][..], &["a", "c"], &["a", "x", "b", "c", "y"], &["x"], &[]] {
            assert_eq!(told_of(same), [""; 0], "{same:?}");
        }
        assert_eq!(
            told_of(&["c", "a"]),
            ["table inv.item: order of columns expected (a, b, c), found (c, a)"]
        );
        assert_eq!(told_of(&["a", "c", "b"]).len(), 1);
    }

    #[test]
    fn a_materialized_view_that_lost_its_rows_is_told_and_one_that_got_them_is_not() {
        let view = |populated| {
            let object = Object::from([(Property::Populated, Value::Flag(populated))]);
            CatalogSnapshot { objects: BTreeMap::from([(id(Kind::MaterializedView, None, "m"), object)]) }
        };
        let lost = ["materialized view inv.m: populated expected yes, found no"];
        assert_eq!(told(&view(true), &view(false)), lost);
        assert_eq!(told(&view(false), &view(true)), [""; 0]);
    }

    #[test]
    fn text_that_a_restore_deparsed_otherwise_is_no_change_and_another_list_is() {
        let check = |values: &str| {
            let mut snapshot = item();
            let text = format!("((sku)::text = ANY ({values}))");
            let object = Object::from([
                (Property::Expression, Value::Text(text.clone())),
                (Property::Definition, Value::List(vec![text])),
            ]);
            snapshot.objects.insert(id(Kind::Constraint, Some("item"), "item_sku_check"), object);
            snapshot
        };
        let written = check("(ARRAY['R'::character varying, 'D'::character varying])::text[]");
        let restored = check("ARRAY[('R'::character varying)::text, ('D'::character varying)::text]");
        let other = check("ARRAY[('R'::character varying)::text, ('X'::character varying)::text]");
        assert_eq!(told(&written, &restored), Vec::<String>::new());
        assert_eq!(told(&restored, &written), Vec::<String>::new());
        assert_eq!(told(&written, &other).len(), 2);
        let comment = |text: &str| {
            let object = Object::from([(Property::Comment, Value::Text(text.to_owned()))]);
            CatalogSnapshot { objects: BTreeMap::from([(id(Kind::Table, None, "item"), object)]) }
        };
        let kept = comment("(ARRAY[a])::text[]");
        assert_eq!(told(&kept, &comment("ARRAY[(a)::text]")).len(), 1, "a comment is kept to the letter");
    }

    fn of_one(property: Property, value: Value) -> CatalogSnapshot {
        let object = Object::from([(property, value)]);
        CatalogSnapshot { objects: BTreeMap::from([(id(Kind::Domain, None, "d"), object)]) }
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| (*item).to_owned()).collect())
    }

    #[test]
    fn a_text_in_any_spelling_that_a_restore_gives_it_is_no_change_and_another_is() {
        let query = |value| of_one(Property::Query, value);
        let made = query(Value::Spellings(vec![text("EXTRACT(YEAR FROM d)"), text("EXTRACT(year FROM d)")]));
        for spelled in ["EXTRACT(YEAR FROM d)", "EXTRACT(year FROM d)"] {
            assert_eq!(told(&made, &query(text(spelled))), Vec::<String>::new());
            assert_eq!(told(&query(text(spelled)), &made), Vec::<String>::new());
        }
        assert_eq!(
            told(&made, &query(text("EXTRACT(month FROM d)"))),
            ["domain inv.d: query expected EXTRACT(YEAR FROM d), found EXTRACT(month FROM d)"]
        );
        let restored = query(Value::Spellings(vec![text("EXTRACT(year FROM d)")]));
        assert_eq!(told(&made, &restored), Vec::<String>::new());
    }

    #[test]
    fn each_item_of_a_list_may_be_in_another_spelling() {
        let checks = |value| of_one(Property::Checks, value);
        let spellings =
            Value::Spellings(vec![list(&["a 1", "b 1"]), list(&["a 2", "b 2"]), list(&["a 2", "b 3"])]);
        let made = checks(spellings.clone());
        for items in [["a 1", "b 3"], ["a 2", "b 1"], ["a 2", "b 3"]] {
            assert_eq!(told(&made, &checks(list(&items))), Vec::<String>::new());
        }
        for items in [&["a 3", "b 3"][..], &["b 1", "a 1"], &["a 1"], &["a 1", "b 1", "c 1"]] {
            assert_eq!(told(&made, &checks(list(items))).len(), 1, "{items:?}");
        }
        // A repair begins with what is there.
        let as_found = made.spelled_as_in(&checks(list(&["a 2", "b 4"])));
        assert_eq!(*as_found, checks(list(&["a 2", "b 1"])));
        let json = serde_json::to_string(&made).unwrap();
        assert!(json.contains(r#"{"spellings":[["a 1","b 1"],["#), "{json}");
        assert_eq!(serde_json::from_str::<CatalogSnapshot>(&json).unwrap(), made);
        let value = serde_json::to_value(&spellings).unwrap();
        assert_eq!(serde_json::from_value::<Value>(value).unwrap(), spellings);
        for damaged in [r#"{"spellings":[]}"#, r#"{"spellings":[true]}"#, r#"{"other":["a"]}"#, "{}"] {
            assert!(serde_json::from_str::<Value>(damaged).is_err(), "{damaged}");
        }
    }

    #[test]
    fn an_extra_column_breaks_the_plugin_only_if_it_refuses_its_inserts() {
        let severity = |object: Object| {
            let mut found = item();
            found.objects.insert(id(Kind::Column, Some("item"), "note"), object);
            compare(&item(), &found)[0].severity
        };
        let not_null = (Property::NotNull, Value::Flag(true));
        assert_eq!(severity(Object::new()), Severity::Warning);
        assert_eq!(severity(Object::from([not_null.clone()])), Severity::Breaking);
        let default = (Property::Default, Value::Text("0".to_owned()));
        assert_eq!(severity(Object::from([not_null, default])), Severity::Warning);
    }

    #[test]
    fn what_belongs_to_a_missing_view_is_not_told_again() {
        let view = CatalogSnapshot {
            objects: BTreeMap::from([
                (id(Kind::View, None, "v"), Object::new()),
                (id(Kind::Trigger, Some("v"), "t"), Object::new()),
            ]),
        };
        assert_eq!(told(&view, &CatalogSnapshot::default()), ["view inv.v is missing"]);
    }

    #[test]
    fn what_is_left_open_is_no_difference_and_survives_the_trip_through_json() {
        let with_owner = |owner| {
            let mut snapshot = item();
            let table = snapshot.objects.get_mut(&id(Kind::Table, None, "item")).unwrap();
            table.insert(Property::Owner, owner);
            snapshot
        };
        let open = with_owner(Value::Undeclared);
        let json = serde_json::to_string(&open).unwrap();
        assert!(json.contains(r#""owner":null"#), "{json}");
        let open: CatalogSnapshot = serde_json::from_str(&json).unwrap();
        assert_eq!(told(&open, &with_owner(Value::Text("anybody".to_owned()))), Vec::<String>::new());
        assert_eq!(told(&open, &item()), Vec::<String>::new());
    }

    #[test]
    fn a_reading_survives_the_trip_through_json() {
        let json = serde_json::to_string(&item()).unwrap();
        assert_eq!(serde_json::from_str::<CatalogSnapshot>(&json).unwrap(), item());
    }
}

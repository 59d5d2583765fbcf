//! The one comparer, for every kind of object, in three words: missing, unexpected, changed.

mod expression;
#[cfg(test)]
mod properties;
mod seen;
mod severity;

use std::fmt;

use serde::Serialize;

use crate::deparse;
use crate::extension;
use crate::finding::Severity;
use crate::reading::{Object, ObjectId, Objects, Property, Reading, Value};
use crate::statements::same_but_for_what_is_selected;

/// One way in which the database is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub object: ObjectId,
    #[serde(flatten)]
    pub change: Change,
    pub severity: Severity,
}

/// What is different about the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Expected, and not there.
    Missing,
    /// There, and not expected.
    Unexpected,
    /// There, but with another value; `None` where PostgreSQL has none.
    Changed { property: Property, expected: Option<Value>, found: Option<Value> },
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

/// All differences between two readings printed by the same server major, in the order of their objects.
///
/// What belongs to a table that is itself missing or unexpected is not listed again.
pub fn compare(expected: &Reading, found: &impl Objects) -> Vec<Difference> {
    let expected = &*extension::follow(expected, found);
    let mut differences = Vec::new();
    for (id, object) in &expected.objects {
        match found.object(id) {
            Some(other) => changes(id, object, other, &mut differences),
            None if covered(id, expected, found) => {}
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

fn changes(id: &ObjectId, expected: &Object, found: &Object, differences: &mut Vec<Difference>) {
    let star = expected.contains_key(&Property::Star);
    let is_expression = |property| expression::holds(id.kind, property, expected);
    let mut change = |property: Property, expected: Option<&Value>, found: Option<&Value>| {
        let equal = !property.is_compared()
            || equal(is_expression(property), expected, found)
            || seen::same(property, expected, found);
        if !(equal || star && left_to_the_star(property, expected, found)) {
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

/// Whether two values are one, expressions at the fixpoint of deparsing.
fn equal(is_expression: bool, expected: Option<&Value>, found: Option<&Value>) -> bool {
    let same = |one: &String, other: &String| one == other || (is_expression && deparse::same(one, other));
    match (expected, found) {
        (Some(Value::Undeclared), _) | (_, Some(Value::Undeclared)) => true,
        (Some(Value::Text(one)), Some(Value::Text(other))) => same(one, other),
        (Some(Value::List(these)), Some(Value::List(those))) => {
            these.len() == those.len() && these.iter().zip(those).all(|(one, other)| same(one, other))
        }
        _ => expected == found,
    }
}

/// Whether the values of a view that is declared with a `*` differ at most in what that stood for.
fn left_to_the_star(property: Property, expected: Option<&Value>, found: Option<&Value>) -> bool {
    match (property, expected, found) {
        (Property::Star | Property::Columns, ..) => true,
        (Property::Query, Some(Value::Text(one)), Some(Value::Text(other))) => {
            same_but_for_what_is_selected(one, other)
        }
        _ => false,
    }
}

/// Whether the body of a routine in SQL was parsed when it was made, and is no string.
pub(crate) fn is_parsed_body(body: &str) -> bool {
    body.starts_with("BEGIN ATOMIC") || body.starts_with("RETURN ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::reading::Kind;
    use tenon_schema::Ident;

    pub(super) fn id(kind: Kind, relation: Option<&str>, name: &str) -> ObjectId {
        ObjectId { schema: Ident::new("inv"), relation: relation.map(Ident::from), kind, name: name.into() }
    }

    fn item() -> Reading {
        let column = |data_type: &str| {
            Object::from([
                (Property::DataType, Value::Text(data_type.to_owned())),
                (Property::NotNull, Value::Flag(true)),
            ])
        };
        Reading {
            objects: BTreeMap::from([
                (id(Kind::Table, None, "item"), Object::new()),
                (id(Kind::Column, Some("item"), "id"), column("bigint")),
                (id(Kind::Column, Some("item"), "qty"), column("integer")),
            ]),
        }
    }

    fn told(expected: &Reading, found: &Reading) -> Vec<String> {
        compare(expected, found).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_readings_have_no_differences() {
        assert_eq!(told(&item(), &item()), Vec::<String>::new());
    }

    #[test]
    fn a_missing_table_is_told_once_and_not_per_column() {
        assert_eq!(told(&item(), &Reading::default()), ["table inv.item is missing"]);
        assert_eq!(told(&Reading::default(), &item()), ["table inv.item is not expected"]);
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
    fn text_that_a_restore_deparsed_otherwise_is_no_change_and_another_list_is() {
        let check = |values: &str| {
            let mut reading = item();
            let text = format!("((sku)::text = ANY ({values}))");
            let object = Object::from([
                (Property::Expression, Value::Text(text.clone())),
                (Property::Definition, Value::List(vec![text])),
            ]);
            reading.objects.insert(id(Kind::Constraint, Some("item"), "item_sku_check"), object);
            reading
        };
        let written = check("(ARRAY['R'::character varying, 'D'::character varying])::text[]");
        let restored = check("ARRAY[('R'::character varying)::text, ('D'::character varying)::text]");
        let other = check("ARRAY[('R'::character varying)::text, ('X'::character varying)::text]");
        assert_eq!(told(&written, &restored), Vec::<String>::new());
        assert_eq!(told(&restored, &written), Vec::<String>::new());
        assert_eq!(told(&written, &other).len(), 2);
        let comment = |text: &str| {
            let object = Object::from([(Property::Comment, Value::Text(text.to_owned()))]);
            Reading { objects: BTreeMap::from([(id(Kind::Table, None, "item"), object)]) }
        };
        let kept = comment("(ARRAY[a])::text[]");
        assert_eq!(told(&kept, &comment("ARRAY[(a)::text]")).len(), 1, "a comment is kept to the letter");
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
        let view = Reading {
            objects: BTreeMap::from([
                (id(Kind::View, None, "v"), Object::new()),
                (id(Kind::Trigger, Some("v"), "t"), Object::new()),
            ]),
        };
        assert_eq!(told(&view, &Reading::default()), ["view inv.v is missing"]);
    }

    #[test]
    fn what_is_left_open_is_no_difference_and_survives_the_trip_through_json() {
        let with_owner = |owner| {
            let mut reading = item();
            let table = reading.objects.get_mut(&id(Kind::Table, None, "item")).unwrap();
            table.insert(Property::Owner, owner);
            reading
        };
        let open = with_owner(Value::Undeclared);
        let json = serde_json::to_string(&open).unwrap();
        assert!(json.contains(r#""owner":null"#), "{json}");
        let open: Reading = serde_json::from_str(&json).unwrap();
        assert_eq!(told(&open, &with_owner(Value::Text("anybody".to_owned()))), Vec::<String>::new());
        assert_eq!(told(&open, &item()), Vec::<String>::new());
    }

    #[test]
    fn a_reading_survives_the_trip_through_json() {
        let json = serde_json::to_string(&item()).unwrap();
        assert_eq!(serde_json::from_str::<Reading>(&json).unwrap(), item());
    }
}

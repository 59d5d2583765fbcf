//! What descriptors cannot say, and a heal settles: it stays as the heal found or made it.
//!
//! Comments that no plugin declares, what a view's `*` stood for when the view was made, what no descriptor has words
//! for, such as the order of columns, and the settings of the database. What was settled before is not settled anew by a heal that had nothing to do with it, so
//! that a change by hand is still told after it.

use crate::reading::{Kind, Object, ObjectId, Property, Reading, Value};
use crate::statements::same_but_for_what_is_selected;

/// What stood where, around a heal.
#[derive(Debug, Clone, Copy)]
pub struct Stood<'a> {
    /// What a former heal settled.
    pub former: Option<&'a Reading>,
    /// Whether that was read by the queries that read the rest: what they did not read then it says nothing of.
    pub former_is_comparable: bool,
    /// The database before the heal.
    pub before: &'a Reading,
    /// The database after its migrations.
    pub after: &'a Reading,
}

/// What a view shows, of which a star says nothing certain.
const SHOWN: [Property; 2] = [Property::Query, Property::Columns];

/// What no descriptor has words for. What it usually is may be known, and a migration may have made it otherwise.
pub(crate) const NO_WORDS_FOR: [Property; 11] = [
    Property::ColumnOrder,
    Property::Inherited,
    Property::NotNullName,
    Property::NotNullValidated,
    Property::NotNullNoInherit,
    Property::NotNullInherited,
    Property::NotNullComment,
    Property::IndexComment,
    Property::AttachedTo,
    Property::Populated,
    Property::DependsOn,
];

/// Settles what is open in the reading that a plugin's descriptors amount to.
pub fn settle(reading: &mut Reading, stood: Stood<'_>) {
    for (id, object) in &mut reading.objects {
        let Some(now) = stood.after.objects.get(id) else { continue };
        if object.get(&Property::Comment) == Some(&Value::Undeclared) {
            take(object, Property::Comment, stood.says(id, now, Property::Comment));
        }
        for property in NO_WORDS_FOR {
            if object.get(&property) == Some(&Value::Undeclared) {
                take(object, property, stood.says(id, now, property));
            }
        }
        if object.contains_key(&Property::Star) && same_rows(object, now) {
            for property in SHOWN {
                take(object, property, stood.says(id, now, property));
            }
            object.remove(&Property::Star);
        }
    }
}

/// Settles the settings of the database, which are the host's own to tell of.
pub fn settle_settings(reading: &mut Reading, stood: Stood<'_>) {
    let id = settings();
    if let Some(now) = stood.after.objects.get(&id) {
        let mut settings = Object::new();
        take(&mut settings, Property::Settings, stood.says(&id, now, Property::Settings));
        reading.objects.insert(id, settings);
    }
}

/// The one object that all settings of the database and of its roles are told of.
pub fn settings() -> ObjectId {
    ObjectId::global(Kind::Settings, &"database".into())
}

impl<'a> Stood<'a> {
    /// What a property is to be: what the former heal settled, unless this one changed it.
    fn says(&self, id: &ObjectId, now: &'a Object, property: Property) -> Option<&'a Value> {
        let now = now.get(&property);
        let speaks = self.former_is_comparable || !NO_WORDS_FOR.contains(&property);
        let former = self.former.filter(|_| speaks).and_then(|former| former.objects.get(id));
        let settled = former.filter(|former| {
            former.get(&property) != Some(&Value::Undeclared) && !former.contains_key(&Property::Star)
        });
        let untouched = self.before.objects.get(id).is_some_and(|before| before.get(&property) == now);
        settled.filter(|_| untouched).map_or(now, |former| former.get(&property))
    }
}

fn take(object: &mut Object, property: Property, value: Option<&Value>) {
    match value {
        Some(value) => object.insert(property, value.clone()),
        None => object.remove(&property),
    };
}

fn same_rows(one: &Object, other: &Object) -> bool {
    match (one.get(&Property::Query), other.get(&Property::Query)) {
        (Some(Value::Text(one)), Some(Value::Text(other))) => same_but_for_what_is_selected(one, other),
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use std::collections::BTreeMap;

    fn view(query: &str, comment: Option<Value>) -> Reading {
        let id = ObjectId::standalone(Kind::View, &"inv.v".parse().unwrap());
        let mut object = Object::from([(Property::Query, Value::Text(query.to_owned()))]);
        object.extend(comment.map(|comment| (Property::Comment, comment)));
        Reading { objects: BTreeMap::from([(id, object)]) }
    }

    fn star(query: &str) -> Reading {
        let mut reading = view(query, Some(Value::Undeclared));
        reading.objects.values_mut().for_each(|view| drop(view.insert(Property::Star, Value::Flag(true))));
        reading
    }

    fn note(text: &str) -> Option<Value> {
        Some(Value::Text(text.to_owned()))
    }

    #[test]
    fn what_is_open_is_as_it_was_made_and_any_later_change_is_told() {
        let made = view("SELECT a FROM t", note("a note"));
        let mut settled = star("SELECT a, b FROM t");
        assert_eq!(compare(&settled, &made), []);
        settle(
            &mut settled,
            Stood { former: None, former_is_comparable: true, before: &Reading::default(), after: &made },
        );
        assert_eq!(settled, made);
        assert_eq!(compare(&settled, &view("SELECT b FROM t", None)).len(), 2);
    }

    #[test]
    fn a_change_by_hand_is_not_settled_by_a_heal_that_did_not_make_it() {
        let (former, by_hand) = (view("SELECT a FROM t", note("old")), view("SELECT b FROM t", None));
        let mut settled = star("SELECT a, b FROM t");
        settle(
            &mut settled,
            Stood { former: Some(&former), former_is_comparable: true, before: &by_hand, after: &by_hand },
        );
        assert_eq!(settled, former);
        let mut settled = star("SELECT a, b FROM t");
        let made = view("SELECT a, b FROM t", note("new"));
        settle(
            &mut settled,
            Stood { former: Some(&former), former_is_comparable: true, before: &by_hand, after: &made },
        );
        assert_eq!(settled, made);
    }

    #[test]
    fn a_view_of_other_rows_than_declared_is_not_settled() {
        let made = view("SELECT a FROM u", None);
        let mut settled = star("SELECT a, b FROM t");
        assert_eq!(compare(&settled, &made).len(), 1);
        settle(
            &mut settled,
            Stood { former: None, former_is_comparable: true, before: &Reading::default(), after: &made },
        );
        assert_eq!(compare(&settled, &made).len(), 1);
    }
    #[test]
    fn what_no_descriptor_has_words_for_is_as_it_was_made_and_what_older_queries_did_not_read_is_settled_anew()
     {
        let order = |order: Option<&[&str]>| {
            let list = |names: &[&str]| Value::List(names.iter().map(|name| (*name).to_owned()).collect());
            let object = order.map(|names| (Property::ColumnOrder, list(names))).into_iter().collect();
            let id = ObjectId::standalone(Kind::Table, &"inv.t".parse().unwrap());
            Reading { objects: BTreeMap::from([(id, object)]) }
        };
        let open = || {
            let mut reading = order(None);
            let open = (Property::ColumnOrder, Value::Undeclared);
            reading.objects.values_mut().for_each(|table| table.extend([open.clone()]));
            reading
        };
        let settled = |former: Option<&Reading>, former_is_comparable, before: &Reading, after: &Reading| {
            let mut reading = open();
            settle(&mut reading, Stood { former, former_is_comparable, before, after });
            reading
        };
        let (made, by_hand) = (order(Some(&["a", "b"])), order(Some(&["b", "a"])));
        assert_eq!(settled(None, true, &Reading::default(), &made), made);
        assert_eq!(settled(Some(&made), true, &by_hand, &by_hand), made, "what was done by hand stays told");
        assert_eq!(settled(Some(&made), true, &made, &by_hand), by_hand, "the heal has done it");
        assert_eq!(settled(Some(&order(None)), false, &made, &made), made, "nobody had looked before");
    }
}

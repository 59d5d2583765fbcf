//! What descriptors cannot say, and a heal settles: it stays as the heal found or made it.
//!
//! Comments that no plugin declares, what a view's `*` stood for when the view was made, where
//! extensions are, the settings of the database and what else the host tells of it as a whole. What was settled before is not settled anew by a heal that had nothing to do with it, so
//! that a change by hand is still told after it.

use crate::compare::{Change, Difference};
use crate::reading::{Kind, Object, ObjectId, Property, Reading, Value};
use crate::statements::same_but_for_what_is_selected;

/// What stood where, around a heal.
#[derive(Debug, Clone, Copy)]
pub struct Stood<'a> {
    /// What a former heal settled.
    pub former: Option<&'a Reading>,
    /// The database before the heal.
    pub before: &'a Reading,
    /// The database after its migrations.
    pub after: &'a Reading,
}

/// What a view shows, of which a star says nothing certain.
const SHOWN: [Property; 2] = [Property::Query, Property::Columns];

/// Settles what is open in the reading that a plugin's descriptors amount to.
pub fn settle(reading: &mut Reading, stood: Stood<'_>) {
    for (id, object) in &mut reading.objects {
        let Some(now) = stood.after.objects.get(id) else { continue };
        if object.get(&Property::Comment) == Some(&Value::Undeclared) {
            take(object, Property::Comment, stood.says(id, now, Property::Comment));
        }
        if object.get(&Property::ExtensionSchema) == Some(&Value::Undeclared) {
            take(object, Property::ExtensionSchema, stood.says(id, now, Property::ExtensionSchema));
        }
        if object.contains_key(&Property::Star) && same_rows(object, now) {
            for property in SHOWN {
                take(object, property, stood.says(id, now, property));
            }
            object.remove(&Property::Star);
        }
    }
}

/// What the host tells of a database as a whole, each an unordered list.
const OF_DATABASE: [Property; 6] = [
    Property::Settings,
    Property::Casts,
    Property::UserMappings,
    Property::Subscriptions,
    Property::MemberGrants,
    Property::ExtensionComments,
];

/// Settles the settings of the database, and what else the host tells of it: entry by entry, so that what a heal
/// made or removed is expected from then on, and what stood otherwise before is told still.
pub fn settle_settings(reading: &mut Reading, stood: Stood<'_>) {
    let id = settings();
    let Some(now) = stood.after.objects.get(&id) else { return };
    let lists = OF_DATABASE.into_iter().filter_map(|property| {
        let now = entries(now, property)?;
        let former = stood.former.and_then(|former| entries(former.objects.get(&id)?, property));
        let before =
            stood.before.objects.get(&id).and_then(|before| entries(before, property)).unwrap_or(&[]);
        let mut settled: Vec<_> = match former {
            Some(former) => {
                let kept = former.iter().filter(|entry| now.contains(entry) || !before.contains(entry));
                kept.chain(now.iter().filter(|entry| !before.contains(entry))).cloned().collect()
            }
            None => now.to_vec(),
        };
        settled.sort();
        settled.dedup();
        Some((property, Value::List(settled)))
    });
    let settled = lists.collect();
    reading.objects.insert(id, settled);
}

/// Whether a heal changed what the host tells of the database as a whole, but for its settings proper.
pub fn is_changed(before: &Reading, after: &Reading) -> bool {
    let (before, after) = (before.objects.get(&settings()), after.objects.get(&settings()));
    let said = |object: Option<&Object>, property| object.and_then(|object| object.get(&property)).cloned();
    OF_DATABASE.into_iter().skip(1).any(|property| said(before, property) != said(after, property))
}

/// Whether a difference is of what the host tells of the database as a whole, but for its settings proper.
pub fn is_of_database(difference: &Difference) -> bool {
    let Change::Changed { property, .. } = &difference.change else { return false };
    difference.object == settings() && OF_DATABASE.iter().skip(1).any(|one| one == property)
}

fn entries(object: &Object, property: Property) -> Option<&[String]> {
    match object.get(&property)? {
        Value::List(entries) => Some(entries),
        _ => None,
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
        let former = self.former.and_then(|former| former.objects.get(id));
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
        settle(&mut settled, Stood { former: None, before: &Reading::default(), after: &made });
        assert_eq!(settled, made);
        assert_eq!(compare(&settled, &view("SELECT b FROM t", None)).len(), 2);
    }

    #[test]
    fn a_change_by_hand_is_not_settled_by_a_heal_that_did_not_make_it() {
        let (former, by_hand) = (view("SELECT a FROM t", note("old")), view("SELECT b FROM t", None));
        let mut settled = star("SELECT a, b FROM t");
        settle(&mut settled, Stood { former: Some(&former), before: &by_hand, after: &by_hand });
        assert_eq!(settled, former);
        let mut settled = star("SELECT a, b FROM t");
        let made = view("SELECT a, b FROM t", note("new"));
        settle(&mut settled, Stood { former: Some(&former), before: &by_hand, after: &made });
        assert_eq!(settled, made);
    }

    #[test]
    fn of_what_the_host_tells_of_the_database_a_heal_settles_what_it_changed_and_nothing_else() {
        let reading = |casts: &[&str]| {
            let casts = Value::List(casts.iter().map(|cast| (*cast).to_owned()).collect());
            Reading { objects: BTreeMap::from([(settings(), Object::from([(Property::Casts, casts)]))]) }
        };
        let settled = |former: Option<&[&str]>, before: &[&str], after: &[&str]| {
            let mut settled = Reading::default();
            let former = former.map(reading);
            let (before, after) = (reading(before), reading(after));
            settle_settings(&mut settled, Stood { former: former.as_ref(), before: &before, after: &after });
            entries(&settled.objects[&settings()], Property::Casts).unwrap().to_vec()
        };
        assert_eq!(settled(None, &["a"], &["a"]), ["a"], "the first heal takes what there is");
        assert_eq!(settled(Some(&[]), &["a"], &["a"]), [""; 0], "made by hand");
        assert_eq!(settled(Some(&["b"]), &["a"], &["a"]), ["b"], "removed by hand");
        assert_eq!(settled(Some(&["b"]), &["a", "b"], &["a", "c"]), ["c"], "made and removed by the heal");
    }

    #[test]
    fn a_view_of_other_rows_than_declared_is_not_settled() {
        let made = view("SELECT a FROM u", None);
        let mut settled = star("SELECT a, b FROM t");
        assert_eq!(compare(&settled, &made).len(), 1);
        settle(&mut settled, Stood { former: None, before: &Reading::default(), after: &made });
        assert_eq!(compare(&settled, &made).len(), 1);
    }
}

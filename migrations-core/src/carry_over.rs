//! What descriptors cannot say, and a heal settles: it stays as the heal found or made it.
//!
//! Comments that no plugin declares, what a view's `*` stood for when the view was made, what no descriptor
//! has words for, such as the order of columns, where extensions are, the settings of the database and what
//! else the host tells of it as a whole. What was settled before is not settled anew by a heal that had
//! nothing to do with it, so that a change by hand is still told after it.
//!
//! What is settled, one by one:
//!
//! - comments that nobody declares (a later change of these is cosmetic);
//! - what a view's `*` stood for when it was made;
//! - the order of columns, what a child declares itself, the names of NOT NULL constraints, `DEPENDS ON
//!   EXTENSION`;
//! - where extensions are;
//! - in the host's own snapshot, settings of the database and its roles that change what statements mean (a
//!   later change is a warning). Settings that switch triggers and foreign keys off are not settled: they
//!   are reported until they are gone;
//! - what else is reported of the database as a whole, entry by entry: casts between PostgreSQL's own
//!   types, user mappings, subscriptions, rights and comments of extensions. What a migration makes of
//!   these is expected from then on.

use crate::compare::{Change, Difference, same_rows as same_rows_in_a_spelling};
use crate::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};

/// What stood where, around a heal.
#[derive(Debug, Clone, Copy)]
pub struct BeforeAfter<'a> {
    /// What a former heal settled.
    pub former: Option<&'a CatalogSnapshot>,
    /// Whether that was read by the queries that read the rest: what they did not read then it says nothing
    /// of.
    pub former_is_comparable: bool,
    /// The database before the heal.
    pub before: &'a CatalogSnapshot,
    /// The database after its migrations; of what a star is in, with all spellings that a restore gives it.
    pub after: &'a CatalogSnapshot,
}

/// What a view shows, of which a star says nothing certain.
const SHOWN: [Property; 2] = [Property::Query, Property::Columns];

/// What no descriptor has words for. What it usually is may be known, and a migration may have made it
/// otherwise.
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

/// Settles what is open in the snapshot that a plugin's descriptors amount to.
pub fn carry_over(snapshot: &mut CatalogSnapshot, stood: BeforeAfter<'_>) {
    for (id, object) in &mut snapshot.objects {
        let Some(now) = stood.after.objects.get(id) else { continue };
        if object.get(&Property::Comment) == Some(&Value::Undeclared) {
            take(object, Property::Comment, stood.says(id, now, Property::Comment));
        }
        for property in NO_WORDS_FOR {
            if object.get(&property) == Some(&Value::Undeclared) {
                take(object, property, stood.says(id, now, property));
            }
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

/// Settings that switch constraints and triggers off for whoever works under them: no heal makes them what is
/// expected.
const NEVER: [&str; 2] = ["session_replication_role", "event_triggers"];

/// What the host tells of a database as a whole, each an unordered list.
const OF_DATABASE: [Property; 6] = [
    Property::Settings,
    Property::Casts,
    Property::UserMappings,
    Property::Subscriptions,
    Property::MemberGrants,
    Property::ExtensionComments,
];

/// Settles the settings of the database, and what else the host tells of it: entry by entry, so that what a
/// heal made or removed is expected from then on, and what stood otherwise before is told still.
pub fn carry_over_settings(snapshot: &mut CatalogSnapshot, stood: BeforeAfter<'_>) {
    let id = settings();
    let Some(now) = stood.after.objects.get(&id) else { return };
    let lists = OF_DATABASE.into_iter().filter_map(|property| {
        let now = entries(now, property)?;
        let former = stood.former.and_then(|former| entries(former.objects.get(&id)?, property));
        let before =
            stood.before.objects.get(&id).and_then(|before| entries(before, property)).unwrap_or(&[]);
        let mut carry_over: Vec<_> = match former {
            Some(former) => {
                let kept = former.iter().filter(|entry| now.contains(entry) || !before.contains(entry));
                kept.chain(now.iter().filter(|entry| !before.contains(entry))).cloned().collect()
            }
            None => now.to_vec(),
        };
        carry_over.retain(|entry| property != Property::Settings || !is_never_settled(entry));
        carry_over.sort();
        carry_over.dedup();
        Some((property, Value::List(carry_over)))
    });
    let carry_over = lists.collect();
    snapshot.objects.insert(id, carry_over);
}

/// Whether a heal changed what the host tells of the database as a whole, but for its settings proper.
pub fn is_changed(before: &CatalogSnapshot, after: &CatalogSnapshot) -> bool {
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

/// Whether a setting is never settled, of a line such as `role app here: session_replication_role=replica`.
fn is_never_settled(line: &str) -> bool {
    let name = line.split('=').next().unwrap_or_default();
    let name = name.rsplit(' ').next().unwrap_or_default();
    NEVER.iter().any(|never| name.eq_ignore_ascii_case(never))
}

/// The one object that all settings of the database and of its roles are told of.
pub fn settings() -> ObjectId {
    ObjectId::global(Kind::Settings, &"database".into())
}

impl<'a> BeforeAfter<'a> {
    /// What a property is to be: what the former heal settled, unless this one changed it.
    fn says(&self, id: &ObjectId, now: &'a Object, property: Property) -> Option<&'a Value> {
        let now = now.get(&property);
        let speaks = self.former_is_comparable || !NO_WORDS_FOR.contains(&property);
        let former = self.former.filter(|_| speaks).and_then(|former| former.objects.get(id));
        let carry_over = former.filter(|former| {
            former.get(&property) != Some(&Value::Undeclared) && !former.contains_key(&Property::Star)
        });
        let before = self.before.objects.get(id);
        let untouched =
            before.is_some_and(|before| before.get(&property).map(Value::first) == now.map(Value::first));
        carry_over.filter(|_| untouched).map_or(now, |former| former.get(&property))
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
        (Some(one), Some(other)) => same_rows_in_a_spelling(one, other),
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use std::collections::BTreeMap;

    fn view(query: &str, comment: Option<Value>) -> CatalogSnapshot {
        let id = ObjectId::standalone(Kind::View, &"inv.v".parse().unwrap());
        let mut object = Object::from([(Property::Query, Value::Text(query.to_owned()))]);
        object.extend(comment.map(|comment| (Property::Comment, comment)));
        CatalogSnapshot { objects: BTreeMap::from([(id, object)]) }
    }

    fn star(query: &str) -> CatalogSnapshot {
        let mut snapshot = view(query, Some(Value::Undeclared));
        snapshot.objects.values_mut().for_each(|view| drop(view.insert(Property::Star, Value::Flag(true))));
        snapshot
    }

    /// Where all readings can be compared.
    fn stood<'a>(
        former: Option<&'a CatalogSnapshot>,
        before: &'a CatalogSnapshot,
        after: &'a CatalogSnapshot,
    ) -> BeforeAfter<'a> {
        BeforeAfter { former, former_is_comparable: true, before, after }
    }

    fn note(text: &str) -> Option<Value> {
        Some(Value::Text(text.to_owned()))
    }

    #[test]
    fn what_is_open_is_as_it_was_made_and_any_later_change_is_told() {
        let made = view("SELECT a FROM t", note("a note"));
        let mut settled = star("SELECT a, b FROM t");
        assert_eq!(compare(&settled, &made), []);
        carry_over(&mut settled, stood(None, &CatalogSnapshot::default(), &made));
        assert_eq!(settled, made);
        assert_eq!(compare(&settled, &view("SELECT b FROM t", None)).len(), 2);
    }

    #[test]
    fn a_change_by_hand_is_not_settled_by_a_heal_that_did_not_make_it() {
        let (former, by_hand) = (view("SELECT a FROM t", note("old")), view("SELECT b FROM t", None));
        let mut settled = star("SELECT a, b FROM t");
        carry_over(&mut settled, stood(Some(&former), &by_hand, &by_hand));
        assert_eq!(settled, former);
        let mut settled = star("SELECT a, b FROM t");
        let made = view("SELECT a, b FROM t", note("new"));
        carry_over(&mut settled, stood(Some(&former), &by_hand, &made));
        assert_eq!(settled, made);
    }

    #[test]
    fn what_switches_constraints_or_triggers_off_is_never_settled() {
        let settings_of = |lines: &[&str]| {
            let lines = lines.iter().map(|line| (*line).to_owned()).collect();
            let object = Object::from([(Property::Settings, Value::List(lines))]);
            CatalogSnapshot { objects: BTreeMap::from([(settings(), object)]) }
        };
        let now = settings_of(&[
            "role \"my app\" here: session_replication_role=replica",
            "search_path=session_replication_role=x, public",
        ]);
        let mut settled = CatalogSnapshot::default();
        carry_over_settings(&mut settled, stood(None, &now, &now));
        assert_eq!(settled, settings_of(&["search_path=session_replication_role=x, public"]));
        assert_eq!(compare(&settled, &now).len(), 1);
    }

    #[test]
    fn of_what_the_host_tells_of_the_database_a_heal_settles_what_it_changed_and_nothing_else() {
        let snapshot = |casts: &[&str]| {
            let casts = Value::List(casts.iter().map(|cast| (*cast).to_owned()).collect());
            CatalogSnapshot {
                objects: BTreeMap::from([(settings(), Object::from([(Property::Casts, casts)]))]),
            }
        };
        let settled = |former: Option<&[&str]>, before: &[&str], after: &[&str]| {
            let mut settled = CatalogSnapshot::default();
            let former = former.map(snapshot);
            let (before, after) = (snapshot(before), snapshot(after));
            let former = former.as_ref();
            carry_over_settings(&mut settled, stood(former, &before, &after));
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
        carry_over(&mut settled, stood(None, &CatalogSnapshot::default(), &made));
        assert_eq!(compare(&settled, &made).len(), 1);
    }
    #[test]
    fn what_no_descriptor_has_words_for_is_as_it_was_made_and_what_older_queries_did_not_read_is_settled_anew()
     {
        let order = |order: Option<&[&str]>| {
            let list = |names: &[&str]| Value::List(names.iter().map(|name| (*name).to_owned()).collect());
            let object = order.map(|names| (Property::ColumnOrder, list(names))).into_iter().collect();
            let id = ObjectId::standalone(Kind::Table, &"inv.t".parse().unwrap());
            CatalogSnapshot { objects: BTreeMap::from([(id, object)]) }
        };
        let open = || {
            let mut snapshot = order(None);
            let open = (Property::ColumnOrder, Value::Undeclared);
            snapshot.objects.values_mut().for_each(|table| table.extend([open.clone()]));
            snapshot
        };
        let settled = |former: Option<&CatalogSnapshot>,
                       former_is_comparable,
                       before: &CatalogSnapshot,
                       after: &CatalogSnapshot| {
            let mut snapshot = open();
            carry_over(&mut snapshot, BeforeAfter { former, former_is_comparable, before, after });
            snapshot
        };
        let (made, by_hand) = (order(Some(&["a", "b"])), order(Some(&["b", "a"])));
        assert_eq!(settled(None, true, &CatalogSnapshot::default(), &made), made);
        assert_eq!(settled(Some(&made), true, &by_hand, &by_hand), made, "what was done by hand stays told");
        assert_eq!(settled(Some(&made), true, &made, &by_hand), by_hand, "the heal has done it");
        assert_eq!(settled(Some(&order(None)), false, &made, &made), made, "nobody had looked before");
    }
}

//! The properties of an object while it is described: which of them were said, and which not yet.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::ObjectName;

use crate::repair::spelling;
use crate::secret::is_hidden;
use crate::snapshot::{Object, ObjectId, Property, Value};

/// What goes without saying, or is never held against what is declared.
const NEVER_SAID: [Property; 7] = [
    // Whoever heals owns.
    Property::Owner,
    // That of the columns that are declared.
    Property::ColumnOrder,
    Property::Populated,
    Property::Star,
    Property::Contents,
    Property::StoodIn,
    Property::Relocatable,
];

/// One object that is being described.
pub(super) struct Facts<'a> {
    pub(super) id: &'a ObjectId,
    pub(super) object: &'a Object,
    said: BTreeSet<Property>,
    left: Vec<String>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(id: &'a ObjectId, object: &'a Object) -> Self {
        Self { id, object, said: NEVER_SAID.into(), left: Vec::new() }
    }

    /// The value of a property, which is said from now on.
    fn value(&mut self, property: Property) -> Option<&'a Value> {
        self.said.insert(property);
        self.object.get(&property).map(Value::first)
    }

    pub(super) fn text(&mut self, property: Property) -> Option<&'a str> {
        match self.value(property)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text without which nothing can be described.
    pub(super) fn needed(&mut self, property: Property) -> Result<&'a str, String> {
        self.text(property).ok_or_else(|| format!("its {} was not read", property.noun()))
    }

    pub(super) fn list(&mut self, property: Property) -> &'a [String] {
        match self.value(property) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    pub(super) fn is_set(&mut self, property: Property) -> bool {
        self.value(property) == Some(&Value::Flag(true))
    }

    /// Whether something is said to be otherwise than it usually is: not valid, not enforced.
    pub(super) fn is_denied(&mut self, property: Property) -> bool {
        self.value(property) == Some(&Value::Flag(false))
    }

    /// Whatever is read of it goes without saying.
    pub(super) fn all_implied(&mut self) {
        self.said.extend(self.object.keys());
    }

    /// Notes what goes without saying.
    pub(super) fn implied(&mut self, properties: &[Property]) {
        self.said.extend(properties);
    }

    /// Notes what has no words.
    pub(super) fn cannot(&mut self, why: String) {
        self.left.push(why);
    }

    /// What was not said, each with its reason.
    pub(super) fn left(mut self) -> Vec<String> {
        for (property, value) in self.object {
            let is_nothing = match value {
                Value::Flag(set) => !set,
                Value::List(items) => items.is_empty(),
                _ => false,
            };
            if !is_nothing && !self.said.contains(property) {
                self.left.push(format!("no descriptor has words for {}: {value}", property.noun()));
            }
        }
        self.left
    }
}

/// `name=value` each, without those whose values are hidden.
pub(super) fn options(facts: &mut Facts<'_>, property: Property) -> BTreeMap<String, String> {
    let (hidden, said): (BTreeMap<_, _>, BTreeMap<_, _>) =
        spelling::options(facts.list(property)).into_iter().partition(|(_, value)| is_hidden(value));
    for name in hidden.keys() {
        facts.cannot(format!("the value of its option {name} may be a secret, and was not read"));
    }
    said
}

/// A name as it is read inside of a text.
pub(super) fn name(text: &str) -> Result<ObjectName, String> {
    text.parse().map_err(|_| format!("the name {text} was not understood"))
}

/// Whether two objects say the same but for these.
pub(super) fn same_but_for(one: &Object, other: &Object, but: &[Property]) -> bool {
    let those = |object: &Object| -> Vec<(Property, Value)> {
        let kept = object.iter().filter(|(property, _)| !but.contains(property));
        kept.map(|(property, value)| (*property, value.first().clone())).collect()
    };
    those(one) == those(other)
}

//! The values of properties, and their form in JSON.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// One property's value. A property that PostgreSQL gives as NULL is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Text(String),
    /// A list whose order means something: columns of a key, labels of an enum. Sorted where it has none.
    List(Vec<String>),
    /// Left to the administrator: equal to whatever is found.
    Undeclared,
    /// Text that was printed from something parsed, or a list of such, in every spelling that it takes on
    /// when it is dumped and restored, and dumped again: first as it was made, last as no restore changes it
    /// any more.
    #[serde(serialize_with = "as_spellings")]
    Spellings(Vec<Self>),
}

fn as_spellings<S: serde::Serializer>(values: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map([(SPELLINGS, values)])
}

/// The one key of the JSON object that several spellings are.
const SPELLINGS: &str = "spellings";

impl Value {
    /// All its spellings: of nearly every value there is one, itself.
    pub fn spellings(&self) -> &[Self] {
        match self {
            Self::Spellings(values) => values,
            one => std::slice::from_ref(one),
        }
    }

    /// The value as it was made.
    pub fn first(&self) -> &Self {
        self.spellings().first().unwrap_or(self)
    }

    /// The value in that one of its spellings in which the other is, each item of a list by itself; and where
    /// that has none of them, as it was made.
    pub(super) fn spelled_as_in(&self, other: Option<&Self>) -> Self {
        let Self::Spellings(values) = self else { return self.clone() };
        let (Self::List(made), Some(Self::List(others))) = (self.first(), other) else {
            return values.iter().find(|value| Some(*value) == other).unwrap_or(self.first()).clone();
        };
        let item = |place: usize, made: &String| {
            let spelled = values.iter().filter_map(|value| match value {
                Self::List(items) => items.get(place),
                _ => None,
            });
            spelled.into_iter().find(|item| others.contains(item)).unwrap_or(made).clone()
        };
        Self::List(made.iter().enumerate().map(|(place, made)| item(place, made)).collect())
    }
}

/// By hand, since what serde derives for an untagged enum keeps each value and tries one after the other.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a truth value, a text, a list of texts, null, or spellings of one")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Undeclared)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let entry = entries.next_entry::<String, Vec<Value>>()?;
        let Some((_, values)) = entry.filter(|(key, _)| key == SPELLINGS) else {
            return Err(A::Error::custom("an object that is not spellings of a value"));
        };
        if values.is_empty() || values.iter().any(|value| !matches!(value, Value::Text(_) | Value::List(_))) {
            return Err(A::Error::custom("spellings that are neither texts nor lists of texts"));
        }
        Ok(Value::Spellings(values))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => write!(f, "({})", items.join(", ")),
            Self::Undeclared => f.write_str("not declared"),
            // None of none: what is read has at least one.
            Self::Spellings(values) => values.first().map_or(Ok(()), |value| value.fmt(f)),
        }
    }
}

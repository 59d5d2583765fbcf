//! Where objects are made.

use std::collections::BTreeMap;

use tenon_schema::{Ident, ObjectName};

/// The schemas in whose place others are used. Only objects are moved, never what is written in expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    moved: BTreeMap<Ident, Ident>,
    prefix: String,
}

impl Placement {
    /// Every object where it is declared.
    pub fn as_declared() -> Self {
        Self::default()
    }

    /// The objects of each of these schemas in another; all others where they are declared.
    pub fn moved(schemas: impl IntoIterator<Item = (Ident, Ident)>) -> Self {
        Self { moved: schemas.into_iter().collect(), prefix: String::new() }
    }

    /// What stands in no schema under a name with this in front.
    pub fn prefixed(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Whether the objects are copies beside the real ones, made only to be read.
    pub fn is_scratch(&self) -> bool {
        !self.moved.is_empty() || !self.prefix.is_empty()
    }

    /// Where an object is made.
    pub fn place(&self, name: &ObjectName) -> ObjectName {
        ObjectName::new(self.schema(&name.schema), name.name.clone())
    }

    /// The schema that stands for this one.
    pub fn schema(&self, schema: &Ident) -> Ident {
        self.moved.get(schema).unwrap_or(schema).clone()
    }

    /// The name under which something that stands in no schema is made.
    pub fn global(&self, name: &Ident) -> Ident {
        Ident::new(format!("{}{}", self.prefix, name.as_str()))
    }
}

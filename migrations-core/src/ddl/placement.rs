//! Where objects are made.

use std::collections::BTreeMap;

use tenon_schema::{Ident, ObjectName};

/// Which schemas are replaced by which. Only objects are moved, never what is written in expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    moved: BTreeMap<Ident, Ident>,
}

impl Placement {
    /// Every object where it is declared.
    pub fn as_declared() -> Self {
        Self::default()
    }

    /// The objects of each of these schemas in another; all others where they are declared.
    pub fn moved(schemas: impl IntoIterator<Item = (Ident, Ident)>) -> Self {
        Self { moved: schemas.into_iter().collect() }
    }

    /// Where an object is made.
    pub fn place(&self, name: &ObjectName) -> ObjectName {
        let schema = self.moved.get(&name.schema).unwrap_or(&name.schema);
        ObjectName::new(schema.clone(), name.name.clone())
    }
}

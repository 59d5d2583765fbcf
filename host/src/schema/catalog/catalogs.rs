//! The catalogs that have rows: what they have none of need not be asked for.

use tenon_migrations_core::snapshot::Kind;

/// The catalogs that have a row which initdb did not make, by the numbers that the token's queries give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Catalogs(i64);

impl Catalogs {
    /// Any catalog may have rows.
    pub(crate) const UNKNOWN: Self = Self(i64::MAX);

    /// The catalogs of a set of bits.
    pub(crate) fn of_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// Whether there may be an object of this kind. The kinds that nearly every database has are always
    /// asked for.
    pub(crate) fn may_have(self, kind: Kind) -> bool {
        let catalog = match kind {
            Kind::Table
            | Kind::Column
            | Kind::Constraint
            | Kind::Index
            | Kind::Domain
            | Kind::Schema
            | Kind::Extension
            | Kind::Settings => return true,
            Kind::Sequence => 6,
            Kind::Trigger => 7,
            Kind::Policy => 8,
            Kind::View | Kind::MaterializedView | Kind::Rule => 9,
            Kind::Statistics => 13,
            // An enum may have no labels.
            Kind::Composite | Kind::Enum => 16,
            Kind::Function => 21,
            Kind::Aggregate => 22,
            Kind::Range => 24,
            Kind::Collation => 25,
            Kind::Operator => 27,
            Kind::OperatorClass => 28,
            Kind::OperatorFamily => 29,
            Kind::Cast => 32,
            Kind::TextSearchDictionary => 34,
            Kind::TextSearchConfiguration => 35,
            Kind::DefaultPrivileges => 39,
            Kind::ForeignServer => 42,
            Kind::EventTrigger => 43,
            Kind::Publication => 44,
        };
        self.0 & (1 << catalog) != 0
    }
}

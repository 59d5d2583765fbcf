//! The queries by which spellings are found.

use tenon_migrations_core::snapshot::Kind;

/// The queries whose answers make twins of this kind, one after the other.
pub(crate) fn queries(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Table => &[include_str!("sql/table.sql")],
        Kind::View => &[include_str!("sql/view.sql"), include_str!("sql/view_default.sql")],
        Kind::MaterializedView => &[include_str!("sql/materialized_view.sql")],
        Kind::Function => &[include_str!("sql/routine.sql")],
        Kind::Domain => &[include_str!("sql/domain.sql")],
        Kind::Constraint => &[include_str!("sql/constraint.sql")],
        Kind::Index => &[include_str!("sql/index.sql")],
        Kind::Trigger => &[include_str!("sql/trigger.sql")],
        Kind::Rule => &[include_str!("sql/rule.sql")],
        Kind::Policy => &[include_str!("sql/policy.sql")],
        Kind::Statistics => &[include_str!("sql/statistics.sql")],
        Kind::Publication => &[include_str!("sql/publication.sql")],
        _ => &[],
    }
}

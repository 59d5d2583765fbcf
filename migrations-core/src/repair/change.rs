//! What would repair that a property of an object has another value.

mod column;
pub(super) mod constraint;
mod global;
mod index;
mod keys;
mod on_relation;
pub(super) mod operator;
mod routine;
pub(super) mod sequence;
pub(super) mod table;
mod text_search;
pub(super) mod types;
pub(super) mod view;

use crate::snapshot::Kind;

use super::{Changed, Repair, Sides};

pub(super) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    match changed.id.kind {
        Kind::Table => table::change(changed, sides),
        Kind::Column => column::change(changed, sides),
        Kind::Constraint => constraint::change(changed, sides),
        Kind::Index => index::change(changed, sides),
        Kind::Sequence => sequence::change(changed, sides),
        Kind::Trigger | Kind::Rule | Kind::Policy | Kind::Statistics => on_relation::change(changed, sides),
        Kind::View => view::change(changed, sides),
        Kind::MaterializedView => view::change_materialized(changed, sides),
        Kind::Function | Kind::Aggregate => routine::change(changed, sides),
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::Collation => {
            types::change(changed, sides)
        }
        Kind::Operator | Kind::OperatorFamily | Kind::OperatorClass | Kind::Cast => {
            operator::change(changed, sides)
        }
        Kind::TextSearchDictionary | Kind::TextSearchConfiguration => text_search::change(changed, sides),
        Kind::Extension | Kind::ForeignServer | Kind::EventTrigger | Kind::Publication | Kind::Settings => {
            global::change(changed, sides)
        }
        Kind::Schema | Kind::DefaultPrivileges => None,
    }
}

//! The statements that make an object as it is wanted: what is changed by being made anew is too.

pub(super) mod column;
pub(super) mod constraint;
pub(super) mod global;
pub(crate) mod index;
pub(super) mod on_relation;
pub(crate) mod operator;
mod part;
pub(crate) mod routine;
pub(super) mod sequence;
pub(super) mod table;
pub(super) mod text_search;
pub(crate) mod types;
pub(crate) mod view;

use crate::snapshot::{Kind, Object, ObjectId};

use super::{Sides, about};

/// The statements that make it as it is wanted, with owner, grants and comment.
pub(super) fn make(id: &ObjectId, sides: &Sides<'_>) -> Option<Vec<String>> {
    let object = sides.wanted(id)?;
    let mut sql = bare(id, &object, sides)?;
    if id.kind != Kind::DefaultPrivileges {
        sql.extend(about::all(id, &object, sides)?);
    }
    if id.kind == Kind::Table {
        // Only a sequence of the same owner can be given to a table.
        sql.extend(sequence::owned_by_table(&id.owner(), sides));
    }
    Some(sql)
}

fn bare(id: &ObjectId, object: &Object, sides: &Sides<'_>) -> Option<Vec<String>> {
    match id.kind {
        Kind::Table => table::create(id, object, sides),
        Kind::Column => column::add(id, object, sides),
        Kind::Sequence => Some(vec![sequence::create(id, object)?]),
        Kind::View => view::create(id, object, sides),
        Kind::MaterializedView => view::create_materialized(id, object, sides),
        Kind::Function | Kind::Aggregate => Some(vec![routine::create(id, object)?]),
        Kind::Enum => types::create_enum(id, object),
        Kind::Domain => types::create_domain(id, object),
        Kind::Composite => types::create_composite(id, object),
        Kind::Range => types::create_range(id, object),
        Kind::Collation => types::create_collation(id, object),
        Kind::Operator => operator::create(id, object),
        Kind::OperatorFamily => operator::create_family(id, object, sides),
        Kind::OperatorClass => operator::create_class(id, object, sides),
        Kind::Cast => operator::create_cast(id, object),
        Kind::TextSearchDictionary => text_search::create_dictionary(id, object),
        Kind::TextSearchConfiguration => text_search::create_configuration(id, object),
        Kind::Schema => Some(vec![format!("CREATE SCHEMA {}", id.name.quoted())]),
        Kind::DefaultPrivileges => about::make_default_privileges(id, object, sides),
        Kind::Extension => global::create_extension(id, object),
        Kind::ForeignServer => global::create_server(id, object),
        Kind::EventTrigger => global::create_event_trigger(id, object),
        Kind::Publication => global::create_publication(id, object),
        Kind::Constraint | Kind::Index | Kind::Trigger | Kind::Rule | Kind::Policy | Kind::Statistics => {
            part::bare(id, object)
        }
        Kind::Settings => None,
    }
}

//! Sequences of their own.

use tenon_schema::Sequence;

use super::{DdlStatement, Placement};

pub(super) fn create(sequence: &Sequence, placement: &Placement) -> DdlStatement {
    let unlogged = if sequence.unlogged { "UNLOGGED " } else { "" };
    let mut sql = format!("CREATE {unlogged}SEQUENCE {}", placement.place(&sequence.name).quoted());
    if let Some(data_type) = &sequence.data_type {
        sql.push_str(&format!(" AS {data_type}"));
    }
    for (option, value) in [
        ("INCREMENT BY", sequence.increment),
        ("MINVALUE", sequence.min),
        ("MAXVALUE", sequence.max),
        ("START WITH", sequence.start),
        ("CACHE", sequence.cache),
    ] {
        if let Some(value) = value {
            sql.push_str(&format!(" {option} {value}"));
        }
    }
    if sequence.cycle {
        sql.push_str(" CYCLE");
    }
    DdlStatement { object: format!("sequence {}", sequence.name), sql }
}

/// The link to the owning column, which exists only after the tables.
pub(super) fn own(sequence: &Sequence, placement: &Placement) -> Option<DdlStatement> {
    let owner = sequence.owned_by.as_ref()?;
    Some(DdlStatement {
        object: format!("sequence {} owned by {}.{}", sequence.name, owner.table, owner.column),
        sql: format!(
            "ALTER SEQUENCE {} OWNED BY {}.{}",
            placement.place(&sequence.name).quoted(),
            placement.place(&owner.table).quoted(),
            owner.column.quoted()
        ),
    })
}

//! Sequences of their own, and those of identity columns of which something is said.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::{Descriptors, Ident, ObjectName, Sequence, Table};

use super::{DdlStatement, Placement};

/// The sequences of identity columns, by table and column.
pub(super) type OfIdentities<'a> = BTreeMap<(&'a ObjectName, &'a Ident), &'a Sequence>;

/// The sequences that come with identity columns: of these the column says how they are made.
pub(super) fn of_identities(descriptors: &Descriptors) -> OfIdentities<'_> {
    let owned = descriptors.sequences.iter().filter_map(|item| {
        let owner = item.owned_by.as_ref()?;
        Some(((&owner.table, &owner.column), item))
    });
    let mut owned: OfIdentities<'_> = owned.collect();
    if !owned.is_empty() {
        let identities: BTreeSet<_> = descriptors.tables.iter().flat_map(identities).collect();
        owned.retain(|column, _| identities.contains(column));
    }
    owned
}

fn identities(table: &Table) -> impl Iterator<Item = (&ObjectName, &Ident)> {
    let columns = table.columns.iter().filter(|column| column.identity.is_some());
    columns.map(|column| (&table.name, &column.name))
}

pub(super) fn create(sequence: &Sequence, placement: &Placement) -> DdlStatement {
    let unlogged = if sequence.unlogged { "UNLOGGED " } else { "" };
    let mut sql = format!("CREATE {unlogged}SEQUENCE {}", placement.place(&sequence.name).quoted());
    if let Some(data_type) = &sequence.data_type {
        sql.push_str(&format!(" AS {data_type}"));
    }
    sql.push_str(&options(sequence));
    DdlStatement { object: format!("sequence {}", sequence.name), sql }
}

/// ` (SEQUENCE NAME … INCREMENT BY …)` of an identity column.
pub(super) fn of_identity(sequence: &Sequence, placement: &Placement) -> String {
    format!(" (SEQUENCE NAME {}{})", placement.place(&sequence.name).quoted(), options(sequence))
}

/// ` INCREMENT BY … CYCLE`
fn options(sequence: &Sequence) -> String {
    let mut sql = String::new();
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
    sql
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

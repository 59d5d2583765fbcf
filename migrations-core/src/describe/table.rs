//! Describing a table with all that belongs to it.

use tenon_schema::{Foreign, Ident, ObjectName, PartitionOf, ReplicaIdentity, Table};

use crate::repair::sides::list;
use crate::repair::spelling::leading_ident;
use crate::snapshot::Property;

use super::about::about;
use super::column::Of;
use super::facts::{Facts, name, options};
use super::{Describer, column, constraint, index, on_relation};

/// The access method that a table has where it names none.
pub(super) const USUAL_METHOD: &str = "heap";

pub(super) fn describe<'a>(describer: &mut Describer<'a>, facts: &mut Facts<'a>) -> Result<Table, String> {
    let mut table = own(facts)?;
    let of = Of {
        name: table.name.clone(),
        order: list(facts.object, Property::ColumnOrder),
        is_typed: table.of_type.is_some(),
        is_foreign: table.foreign.is_some(),
        whole: table.partition_of.as_ref().map(|part| part.parent.clone()),
        parents: table.inherits.clone(),
    };
    table.columns = column::all(describer, &of);
    table.constraints = constraint::all(describer, &of);
    table.indexes = index::all(describer, &of.name);
    table.triggers = on_relation::triggers(describer, &of.name, of.whole.as_ref());
    table.policies = on_relation::policies(describer, &of.name);
    table.rules = on_relation::rules(describer, &of.name);
    table.statistics = index::statistics(describer, &of.name);
    Ok(table)
}

/// What is said of the table alone.
fn own(facts: &mut Facts<'_>) -> Result<Table, String> {
    let persistence = facts.text(Property::Persistence);
    if persistence == Some("temporary") {
        return Err("it is temporary".to_owned());
    }
    facts.implied(&[Property::RelationKind]);
    let bound = facts.text(Property::PartitionBound);
    let partition_of = match facts.text(Property::PartitionOf) {
        Some(parent) => {
            let bound = bound.ok_or("its partition bound was not read")?.to_owned();
            Some(PartitionOf { parent: name(parent)?, bound })
        }
        None => None,
    };
    let inherits: Result<Vec<ObjectName>, _> =
        facts.list(Property::Inherits).iter().map(|parent| name(parent)).collect();
    let server = facts.text(Property::Server).map(Ident::from);
    let foreign = server.map(|server| Foreign { server, options: options(facts, Property::ForeignOptions) });
    let method = facts.text(Property::Method).filter(|method| *method != USUAL_METHOD);
    Ok(Table {
        name: facts.id.owner(),
        unlogged: persistence == Some("unlogged"),
        partition_by: facts.text(Property::PartitionKey).map(str::to_owned),
        partition_of,
        of_type: facts.text(Property::OfType).map(str::to_owned),
        inherits: inherits?,
        method: method.map(Ident::from),
        storage: options(facts, Property::Options),
        tablespace: facts.text(Property::Tablespace).map(Ident::from),
        replica_identity: if foreign.is_some() { of_foreign(facts) } else { replica_identity(facts) },
        row_security: facts.is_set(Property::RowSecurity),
        force_row_security: facts.is_set(Property::ForceRowSecurity),
        foreign,
        clustered_on: facts.text(Property::Clustered).map(Ident::from),
        about: about(facts),
        ..Table::default()
    })
}

/// Nothing is known of a foreign table's rows, and nothing can be said of it.
fn of_foreign(facts: &mut Facts<'_>) -> ReplicaIdentity {
    facts.implied(&[Property::ReplicaIdentity]);
    ReplicaIdentity::Default
}

fn replica_identity(facts: &mut Facts<'_>) -> ReplicaIdentity {
    let text = facts.text(Property::ReplicaIdentity).unwrap_or("DEFAULT");
    let index = text.strip_prefix("INDEX ").and_then(leading_ident);
    match (text, index) {
        (_, Some((index, _))) => ReplicaIdentity::Index(index),
        ("FULL", _) => ReplicaIdentity::Full,
        ("NOTHING", _) => ReplicaIdentity::Nothing,
        ("DEFAULT", _) => ReplicaIdentity::Default,
        (other, _) => {
            facts.cannot(format!("no descriptor has words for the replica identity {other}"));
            ReplicaIdentity::Default
        }
    }
}

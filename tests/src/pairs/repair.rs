//! Repairing one database until it is what another is.

use std::collections::BTreeSet;

use tenon_migrations_core::claims::{self, Claim, Unmanaged};
use tenon_migrations_core::compare::{Change, Difference, compare};
use tenon_migrations_core::repair::{self, Hazard, Offer, Repair, Sides};
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, ObjectId, Property};
use tenon_schema::{Descriptors, Ident, ObjectName};
use tokio_postgres::Client;

use super::Outcome;
use crate::mutate::database::{read, read_only};

/// What was run.
pub(super) struct Repaired {
    /// What was told of it.
    pub(super) hazards: BTreeSet<Hazard>,
    /// Whether a column stands elsewhere than it should.
    pub(super) is_displaced: bool,
}

/// Runs every repair that is offered, in one transaction.
pub(super) async fn repair(client: &Client, expected: &CatalogSnapshot) -> Result<Repaired, Outcome> {
    let said = read_only(client).await.map_err(Outcome::Unread)?;
    let live = &said.snapshot;
    let nobodys = unmanaged(expected, live);
    let sides = Sides {
        expected: &expected.spelled_as_in(live),
        live,
        descriptors: &Descriptors::default(),
        unmanaged: &nobodys,
        server_major: said.server_major(),
    };
    let differences = compare(expected, live);
    let offered: Vec<_> = differences.iter().zip(chosen(&differences, &sides)).collect();
    let repairs: Vec<_> = offered.iter().filter_map(|(_, (repair, _))| repair.as_ref()).collect();
    let sql: Vec<_> =
        repair::in_order(repairs.iter().copied()).into_iter().flat_map(|part| part.sql).collect();
    client.batch_execute("BEGIN; SET LOCAL search_path = pg_catalog, pg_temp").await.unwrap();
    for statement in &sql {
        // As a heal does: one statement a message.
        if let Err(error) = client.execute_typed(statement, &[]).await {
            client.batch_execute("ROLLBACK").await.unwrap();
            return Err(Outcome::Refused(format!("{}: {statement}\n{}", message(&error), listed(&sql))));
        }
    }
    if let Err(error) = client.batch_execute("SET CONSTRAINTS ALL IMMEDIATE; COMMIT").await {
        client.batch_execute("ROLLBACK").await.unwrap();
        return Err(Outcome::Refused(format!("{}: at the end\n{}", message(&error), listed(&sql))));
    }
    let left = compare(expected, &read(client).await.map_err(Outcome::Unread)?.snapshot);
    let (displaced, left): (Vec<_>, Vec<_>) = left.into_iter().partition(is_place);
    if !left.is_empty() {
        let none = |left: &Difference| {
            let mut of = offered
                .iter()
                .filter(|(difference, (repair, _))| difference.object == left.object && repair.is_none());
            of.next().map(|(_, (_, in_the_way))| {
                format!("{left} ({})", in_the_way.as_deref().unwrap_or("nothing in the way"))
            })
        };
        let untold: Vec<_> = left.iter().filter_map(none).collect();
        if untold.len() == left.len() {
            return Err(Outcome::NotOffered(format!("{}\n{}", untold.join("\n"), listed(&sql))));
        }
        let left: Vec<_> = left.iter().map(ToString::to_string).collect();
        return Err(Outcome::Left(format!("{}\n{}", left.join("\n"), listed(&sql))));
    }
    let hazards = repairs.iter().flat_map(|repair| repair.hazards.iter().cloned()).collect();
    Ok(Repaired { hazards, is_displaced: !displaced.is_empty() })
}

/// What an administrator chooses of what is offered, and what is in the way of the rest. Where the plain way
/// is not offered since only a name is other, what was renamed is named back, and not removed besides.
fn chosen(differences: &[Difference], sides: &Sides<'_>) -> Vec<(Option<Repair>, Option<String>)> {
    let offers = repair::offers(differences, sides);
    let renames: Vec<_> = offers
        .iter()
        .filter(|offer| offer.repair.is_none())
        .filter_map(|offer| offer.rename.clone())
        .collect();
    let renamed = |difference: &Difference| {
        let id = &difference.object;
        let in_schema =
            format!("SCHEMA {} ", Ident::quoted(if id.kind == Kind::Schema { &id.name } else { &id.schema }));
        let itself = format!("{} ", id.owner().quoted());
        let mut sql = renames.iter().flat_map(|rename| &rename.sql);
        difference.change == Change::Unexpected
            && id.relation.is_none()
            && sql.any(|sql| sql.contains(&in_schema) || sql.contains(&itself) || names_routine(sql, id))
    };
    let choose = |(difference, offer): (&Difference, Offer)| {
        let repair = offer.repair.or(offer.rename).filter(|_| !renamed(difference));
        (repair, offer.in_the_way)
    };
    differences.iter().zip(offers).map(choose).collect()
}

fn names_routine(sql: &str, id: &ObjectId) -> bool {
    let bare = id.name.as_str().split('(').next().unwrap_or_default();
    id.kind == Kind::Function
        && sql.contains(&format!("{}(", ObjectName::new(id.schema.clone(), bare).quoted()))
}

/// What is made anew stands last, and no statement moves a column.
fn is_place(difference: &Difference) -> bool {
    matches!(difference.change, Change::Changed { property: Property::ColumnOrder, .. })
}

fn listed(sql: &[String]) -> String {
    sql.iter().map(|sql| format!("| {sql};")).collect::<Vec<_>>().join("\n")
}

/// What a plugin does not know that has all that is expected.
fn unmanaged(expected: &CatalogSnapshot, live: &CatalogSnapshot) -> Vec<Unmanaged> {
    let claims = expected.objects.keys().map(Claim::to).collect();
    claims::unmanaged(live, &claims, &[expected])
}

fn message(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

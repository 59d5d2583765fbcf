//! Mending one database until it is what another is.

use std::collections::BTreeSet;

use tenon_migrations_core::claims::{self, Claim, Unmanaged};
use tenon_migrations_core::compare::{Change, Difference, compare};
use tenon_migrations_core::mend::{self, Hazard, Sides};
use tenon_migrations_core::reading::{Property, Reading};
use tenon_schema::Descriptors;
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

/// Runs every mend that is offered, in one transaction.
pub(super) async fn repair(client: &Client, expected: &Reading) -> Result<Repaired, Outcome> {
    let said = read_only(client).await.map_err(Outcome::Unread)?;
    let live = &said.reading;
    let nobodys = unmanaged(expected, live);
    let sides = Sides {
        expected: &expected.spelled_as_in(live),
        live,
        descriptors: &Descriptors::default(),
        unmanaged: &nobodys,
        server_major: said.server_major(),
    };
    let differences = compare(expected, live);
    // Where only a name is other, the plain way makes an empty thing beside it: what was renamed is named back.
    let chosen = mend::offers(&differences, &sides).into_iter().map(|offer| (offer.mend.or(offer.rename), offer.in_the_way));
    let offered: Vec<_> = differences.iter().zip(chosen).collect();
    let mends: Vec<_> = offered.iter().filter_map(|(_, (mend, _))| mend.as_ref()).collect();
    let sql: Vec<_> =
        mend::in_order(mends.iter().copied()).into_iter().flat_map(|part| part.sql).collect();
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
    let left = compare(expected, &read(client).await.map_err(Outcome::Unread)?.reading);
    let (displaced, left): (Vec<_>, Vec<_>) = left.into_iter().partition(is_place);
    if !left.is_empty() {
        let none = |left: &Difference| {
            let mut of = offered.iter().filter(|(difference, (mend, _))| difference.object == left.object && mend.is_none());
            of.next().map(|(_, (_, in_the_way))| format!("{left} ({})", in_the_way.as_deref().unwrap_or("nothing in the way")))
        };
        let untold: Vec<_> = left.iter().filter_map(none).collect();
        if untold.len() == left.len() {
            return Err(Outcome::NotOffered(format!("{}\n{}", untold.join("\n"), listed(&sql))));
        }
        let left: Vec<_> = left.iter().map(ToString::to_string).collect();
        return Err(Outcome::Left(format!("{}\n{}", left.join("\n"), listed(&sql))));
    }
    let hazards = mends.iter().flat_map(|mend| mend.hazards.iter().cloned()).collect();
    Ok(Repaired { hazards, is_displaced: !displaced.is_empty() })
}

/// What is made anew stands last, and no statement moves a column.
fn is_place(difference: &Difference) -> bool {
    matches!(difference.change, Change::Changed { property: Property::ColumnOrder, .. })
}

fn listed(sql: &[String]) -> String {
    sql.iter().map(|sql| format!("| {sql};")).collect::<Vec<_>>().join("\n")
}

/// What a plugin does not know that has all that is expected.
fn unmanaged(expected: &Reading, live: &Reading) -> Vec<Unmanaged> {
    let claims = expected.objects.keys().map(Claim::to).collect();
    claims::unmanaged(live, &claims, &[expected])
}

fn message(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

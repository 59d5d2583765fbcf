//! Mending one database until it is what another is.

use std::collections::BTreeSet;

use tenon_migrations_core::claims::{self, Claim, Unmanaged};
use tenon_migrations_core::compare::{Change, Difference, compare};
use tenon_migrations_core::mend::{self, Hazard, Mend, Sides};
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
    let offered: Vec<_> =
        differences.iter().map(|difference| (difference, mend::mend(difference, &sides))).collect();
    let mends = mend::in_order(offered.iter().filter_map(|(_, mend)| mend.as_ref()));
    client.batch_execute("BEGIN; SET LOCAL search_path = pg_catalog, pg_temp").await.unwrap();
    for sql in mends.iter().flat_map(|mend| &mend.sql) {
        // As a heal does: one statement a message.
        if let Err(error) = client.execute_typed(sql, &[]).await {
            client.batch_execute("ROLLBACK").await.unwrap();
            return Err(Outcome::Refused(format!("{}: {sql}\n{}", message(&error), listed(&mends))));
        }
    }
    if let Err(error) = client.batch_execute("SET CONSTRAINTS ALL IMMEDIATE; COMMIT").await {
        client.batch_execute("ROLLBACK").await.unwrap();
        return Err(Outcome::Refused(format!("{}: at the end\n{}", message(&error), listed(&mends))));
    }
    let left = compare(expected, &read(client).await.map_err(Outcome::Unread)?.reading);
    let (displaced, left): (Vec<_>, Vec<_>) = left.into_iter().partition(is_place);
    if !left.is_empty() {
        let has_none = |left: &Difference| {
            offered
                .iter()
                .any(|(difference, mend)| difference.object == left.object && mend.is_none())
        };
        let (none, stands): (Vec<_>, Vec<_>) = left.iter().partition(|left| has_none(left));
        if stands.is_empty() {
            return Err(Outcome::NotOffered(lines(&none)));
        }
        return Err(Outcome::Left(format!("{}\n{}", lines(&left.iter().collect::<Vec<_>>()), listed(&mends))));
    }
    let hazards = mends.iter().flat_map(|mend| mend.hazards.iter().cloned()).collect();
    Ok(Repaired { hazards, is_displaced: !displaced.is_empty() })
}

/// What is made anew stands last, and no statement moves a column.
fn is_place(difference: &Difference) -> bool {
    matches!(difference.change, Change::Changed { property: Property::ColumnOrder, .. })
}

fn lines(differences: &[&Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn listed(mends: &[&Mend]) -> String {
    mends.iter().flat_map(|mend| &mend.sql).map(|sql| format!("| {sql};")).collect::<Vec<_>>().join("\n")
}

/// What a plugin does not know that has all that is expected.
fn unmanaged(expected: &Reading, live: &Reading) -> Vec<Unmanaged> {
    let claims = expected.objects.keys().map(Claim::to).collect();
    claims::unmanaged(live, &claims, &[expected])
}

fn message(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

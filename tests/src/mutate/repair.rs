//! Running the SQL that would repair what was changed.

use tenon_migrations_core::claims::{self, Claim, Unmanaged};
use tenon_migrations_core::compare::{Change, Difference, compare};
use tenon_migrations_core::repair::{self, Repair, Sides};
use tenon_migrations_core::snapshot::Property;
use tenon_schema::Descriptors;
use tokio_postgres::Client;

use super::database::{SchemaState, read, said};

/// What came of the repairs of one change.
#[derive(Debug)]
pub(super) enum RepairOutcome {
    /// The database is as it was.
    Whole,
    /// Some differences have no repair, and those that have one are gone.
    NotOffered(Vec<String>),
    /// A repair failed, or left what it was to repair.
    Failed(String),
}

impl RepairOutcome {
    /// With the statements that made the change.
    pub(super) fn after(self, change: &str) -> Self {
        match self {
            // No statement makes such a state, and none repairs it.
            Self::Failed(why) if change.starts_with("UPDATE pg_") => Self::NotOffered(vec![why]),
            Self::Failed(why) => Self::Failed(format!("{change}\n{why}")),
            other => other,
        }
    }
}

/// Runs every repair that is offered, in the transaction that the change was made in. Where something can
/// only be named back, all that can be is.
pub(super) async fn repair(client: &Client, before: &SchemaState, after: &SchemaState) -> RepairOutcome {
    let nobodys = unmanaged(before, after);
    let sides = Sides {
        expected: &before.snapshot.spelled_as_in(&after.snapshot),
        live: &after.snapshot,
        descriptors: &Descriptors::default(),
        unmanaged: &nobodys,
        server_major: before.server_major(),
    };
    let differences = of_a_plugin(before, after);
    let offers = repair::offers(&differences, &sides);
    let by_rename = offers.iter().any(|offer| offer.repair.is_none() && offer.rename.is_some());
    let offers = offers.into_iter().map(|offer| match (by_rename, offer.rename) {
        (true, Some(rename)) => Some(rename),
        (_, _) => offer.repair,
    });
    let offered: Vec<_> = differences.iter().zip(offers).collect();
    let repairs: Vec<&Repair> = offered.iter().filter_map(|(_, repair)| repair.as_ref()).collect();
    for sql in repair::in_order(repairs).into_iter().flat_map(|part| part.sql) {
        // As a heal does: one statement a message.
        if let Err(error) = client.execute_typed(&sql, &[]).await {
            return RepairOutcome::Failed(format!("{}: {sql}", said(&error)));
        }
    }
    let left = match read(client).await {
        Ok(said) => of_a_plugin(before, &said),
        Err(why) => return RepairOutcome::Failed(why),
    };
    let was = |left: &&Difference| {
        // What is made anew stands last, and no statement moves a column.
        matches!(left.change, Change::Changed { property: Property::ColumnOrder, .. })
            || offered.iter().any(|(difference, repair)| difference == left && repair.is_none())
    };
    let stands: Vec<_> = left.iter().filter(|left| !was(left)).map(ToString::to_string).collect();
    if !stands.is_empty() {
        let ran: Vec<_> =
            offered.iter().filter_map(|(_, repair)| repair.as_ref()).flat_map(|repair| &repair.sql).collect();
        return RepairOutcome::Failed(format!("left: {}\nafter: {ran:#?}", stands.join("\n      ")));
    }
    if left.is_empty() {
        return RepairOutcome::Whole;
    }
    RepairOutcome::NotOffered(left.iter().map(ToString::to_string).collect())
}

/// The differences that would be told if all that was there were a plugin's.
fn of_a_plugin(before: &SchemaState, after: &SchemaState) -> Vec<Difference> {
    let mut differences = compare(&before.snapshot, &after.snapshot);
    differences.retain(|difference| {
        difference.object.relation.is_some() || before.snapshot.objects.contains_key(&difference.object)
    });
    differences
}

/// What a plugin that has all that was there does not know.
fn unmanaged(before: &SchemaState, after: &SchemaState) -> Vec<Unmanaged> {
    let claims = before.snapshot.objects.keys().map(Claim::to).collect();
    claims::unmanaged(&after.snapshot, &claims, &[&before.snapshot])
}

//! Whether a check of a copy says what a check of the original says. A check holds what the catalogs say
//! against what plugins declare, and it compares nothing but text. So the two say the same wherever the
//! catalogs do, spellings apart that a restore gives; no plugin has to be loaded for it.

use std::collections::BTreeSet;

use tenon_migrations_core::compare::Difference;
use tenon_schema::Ident;

use crate::database::connect::Database;
use crate::schema::snapshot_file::{SnapshotFile, is_of_schema};
use crate::schema::whole;
use crate::scratch::respell;
use crate::support::errors::chain;

/// The managed cluster's own schema, which no dump has.
const NOT_SAVED: &str = "tenon_cluster";
/// How many differences are told.
const MOST: usize = 20;

/// What a check goes by.
pub(super) async fn read(database: &Database) -> Result<SnapshotFile, String> {
    let (client, _task) = database.connect().await.map_err(|error| chain(&error))?;
    let read = whole::read(&client, database.bounds(), None).await;
    read.map_err(|error| chain(&error))
}

/// What a check of the copy would find otherwise, in words.
pub(super) async fn differences(original: &SnapshotFile, copy: &Database) -> Result<Vec<String>, String> {
    let (mut expected, mut found) = (original.clone(), read(copy).await?);
    let mut differences = compare(&expected, &found)?;
    for of_copy in [false, true] {
        let differing = differences.iter().filter(|one| respell::may_be_spelling(one));
        let objects: BTreeSet<_> = differing.map(|one| one.object.clone()).collect();
        if objects.is_empty() {
            break;
        }
        let snapshot = if of_copy { &mut found.objects } else { &mut expected.objects };
        respell::complete(copy, snapshot, &objects).await.map_err(|error| chain(&error))?;
        differences = compare(&expected, &found)?;
    }
    let more = differences.len().saturating_sub(MOST);
    let mut told: Vec<_> = differences.iter().take(MOST).map(Difference::to_string).collect();
    told.extend((more > 0).then(|| format!("and {more} more")));
    Ok(told)
}

fn compare(expected: &SnapshotFile, found: &SnapshotFile) -> Result<Vec<Difference>, String> {
    let mut differences = expected.compare(found).map_err(|error| chain(&error))?;
    let not_saved = Ident::from(NOT_SAVED);
    differences.retain(|one| !is_of_schema(&one.object, &not_saved));
    Ok(differences)
}

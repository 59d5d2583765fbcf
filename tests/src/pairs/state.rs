//! The two databases of a pair, and the way from each to the other.

use tenon_migrations_core::snapshot::CatalogSnapshot;
use tokio_postgres::Client;

use super::desk::{Desk, Lent};
use super::dump::{Dump, Places};
use super::repair::repair;
use super::rows::Rows;
use super::text::Side;
use super::{Outcome, Pair};
use crate::mutate::database::{connect_to, runtime, with_spellings};

/// A schema with its rows, in a database of its own.
struct State {
    database: Lent,
    client: Client,
    snapshot: CatalogSnapshot,
    dump: Option<Dump>,
}

/// Runs a pair in its directions.
pub(super) fn run(pair: &Pair, dumps: bool, desk: &Desk) -> Vec<(&'static str, Outcome)> {
    runtime().block_on(async {
        let before = match State::new(desk.lend(), &pair.before, pair.may_be_empty, dumps).await {
            Ok(state) => state,
            Err(outcome) => return vec![("before", outcome)],
        };
        let after = match State::new(desk.lend(), &pair.after, pair.may_be_empty, dumps).await {
            Ok(state) => state,
            Err(outcome) => return vec![("after", outcome)],
        };
        let mut outcomes = vec![("forwards", before.becomes(&after).await)];
        if !pair.is_forwards {
            outcomes.push(("backwards", after.becomes(&before).await));
        }
        for state in [before, after] {
            desk.take_back(state.database);
        }
        outcomes
    })
}

impl State {
    async fn new(database: Lent, side: &Side, may_be_empty: bool, dumps: bool) -> Result<Self, Outcome> {
        let made = format!("CREATE SCHEMA IF NOT EXISTS app;\n{}\nRESET ALL;\n{}", side.schema, side.rows);
        let failures = database.tries(&made);
        if !failures.is_empty() {
            return Err(Outcome::Unmade(failures.join("\n")));
        }
        let client = connect_to(&database.name);
        let empty = Rows::fill(&client).await?;
        if !empty.is_empty() && !may_be_empty {
            return Err(Outcome::Unmade(format!("no rows in {}", empty.join(", "))));
        }
        let snapshot = with_spellings(&client).await.map_err(Outcome::Unread)?;
        let dump = dumps.then(|| Dump::of(&database));
        Ok(Self { database, client, snapshot, dump })
    }

    /// Repairs this one until it is the other.
    async fn becomes(&self, other: &Self) -> Outcome {
        match self.try_to_become(other).await {
            Ok(()) => Outcome::Whole,
            Err(outcome) => outcome,
        }
    }

    async fn try_to_become(&self, other: &Self) -> Result<(), Outcome> {
        let rows = Rows::of(&self.client).await?;
        let repaired = repair(&self.client, &other.snapshot).await?;
        let changed = rows.changed(&Rows::of(&self.client).await?, &repaired.hazards);
        if !changed.is_empty() {
            return Err(Outcome::RowsChanged(changed.join("\n")));
        }
        let Some(expected) = &other.dump else { return Ok(()) };
        let places = if repaired.is_displaced { Places::Moved } else { Places::Kept };
        match Dump::of(&self.database).differences(expected, places) {
            None => Ok(()),
            Some(difference) => Err(Outcome::DumpDiffers(difference)),
        }
    }
}

//! Rehearsing in a copy of the schema: the same batch by the same code, in a scratch database that is
//! dropped.

use std::sync::Arc;

use super::heal_run::HealRun;
use super::journal::Journal;
use super::notices::Notices;
use super::{HealContext, HealEvent, HealOutcome};
use crate::database::connect::Database;
use crate::schema::state::State;
use crate::scratch::copy;
use crate::scratch::database::{ScratchError, in_scratch};
use crate::support::errors::chain;

/// What can be done where there is no copy.
const DRY_RUN: &str = "`tenon heal --dry-run` needs none: it runs in the database itself and is rolled back";

impl HealRun<'_> {
    /// Runs the batch in a copy of the database of which this is the state. Whatever comes of it, the copy is
    /// dropped.
    pub(super) async fn rehearse(self, notices: &Notices, original: &State) -> HealOutcome {
        self.tell_plan();
        (self.events)(&HealEvent::Copying);
        let rehearsed = in_scratch(&self.context.database, async |scratch| {
            tokio::select! {
                by = self.cancel.asked() => {
                    (self.events)(&HealEvent::Cancelling { by: by.clone() });
                    self.cancelled(by)
                }
                outcome = self.rehearse_in(&scratch, notices, original) => outcome,
            }
        });
        match rehearsed.await {
            Ok(outcome) => {
                self.ended(&outcome);
                outcome
            }
            Err(error) => no_scratch(&error),
        }
    }

    async fn rehearse_in(&self, database: &Database, notices: &Notices, original: &State) -> HealOutcome {
        let lacking = match copy::fill(database, &self.context.registry, original).await {
            Ok(lacking) => lacking,
            Err(error) => return not_rehearsed(chain(&error), format!("see the log; {DRY_RUN}")),
        };
        let (client, interrupt) = match database.connect_listening(notices.listener()).await {
            Ok(connected) => connected,
            Err(error) => return not_rehearsed(chain(&error), DRY_RUN.to_owned()),
        };
        let context =
            HealContext { database: database.clone(), cached_state: Arc::default(), ..self.context.clone() };
        let run = HealRun { context: &context, ..self.clone() };
        let journal = Journal::of_nothing(database, &self.context.spool, self.id);
        let mut outcome = run.to_the_end(client, &interrupt, journal).await;
        if let HealOutcome::Rehearsed { rehearsal, .. } = &mut outcome {
            let not_applied = lacking.not_applied.iter();
            rehearsal.copy_lacks = not_applied.map(|(id, why)| format!("{id}: {why}")).collect();
            rehearsal.copy_differs = lacking.differences.iter().map(ToString::to_string).collect();
        }
        outcome
    }
}

fn no_scratch(error: &ScratchError) -> HealOutcome {
    let remedy = match error {
        ScratchError::NotAllowed(_) => format!("let it, and rehearse again; {DRY_RUN}"),
        _ => DRY_RUN.to_owned(),
    };
    not_rehearsed(chain(error), remedy)
}

fn not_rehearsed(message: String, remedy: String) -> HealOutcome {
    HealOutcome::NotRehearsed { message, remedy }
}

//! Whether an empty database can be healed: the same batch by the same code, in a scratch database.

use std::sync::Arc;

use tenon_migrations_core::plan::Plan;

use super::Stage;
use super::cancel::Cancel;
use super::heal_run::HealRun;
use super::journal::Journal;
use super::notices::Notices;
use super::{EventSink, HealContext, HealFailure, HealOutcome, HealRequest};
use crate::database::connect::ConnectError;
use crate::heal::decide::PlanBasis;

/// Heals an empty database, of which the plan was made, and does not commit. Gives why it would fail.
pub async fn prove(
    context: &HealContext,
    request: &HealRequest,
    decided: PlanBasis,
    plan: Plan,
) -> Result<Option<HealFailure>, ConnectError> {
    let events: EventSink = Arc::new(|_| {});
    let (notices, cancel) = (Notices::new(&events), Cancel::default());
    let (client, interrupt) = context.database.connect().await?;
    let run = HealRun::new(context, request, &notices, &cancel, plan, decided);
    let journal = Journal::of_nothing(&context.database, &context.spool, run.id);
    Ok(match run.to_the_end(client, &interrupt, journal).await {
        HealOutcome::Succeeded { .. } => None,
        HealOutcome::Failed { failure, .. } => Some(failure),
        other => {
            let message = format!("it did not come to its end: {}", other.word());
            Some(HealFailure { stage: Stage::Prove, message, ..HealFailure::default() })
        }
    })
}

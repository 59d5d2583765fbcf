//! What a heal does, in a sentence.

use super::counted;
use crate::heal::HealEvent;

/// What a heal that has told of this does now.
pub fn doing(event: &HealEvent) -> String {
    match event {
        HealEvent::Planned { files, repairs: 0, roles, .. } if files.is_empty() && *roles > 0 => {
            format!("About to put {} right", counted(*roles, "login role"))
        }
        HealEvent::Planned { files, repairs: 0, .. } => {
            format!("About to run {}", counted(files.len(), "migration"))
        }
        HealEvent::Planned { files, repairs, .. } => {
            format!("About to run {} and {}", counted(files.len(), "migration"), counted(*repairs, "repair"))
        }
        HealEvent::LedgerKept { step } => step.to_string(),
        HealEvent::RolesStarted => "Seeing to the plugins' login roles".to_owned(),
        HealEvent::RolesDone { roles, .. } => format!("{} put right", counted(*roles, "login role")),
        HealEvent::RepairStarted { object, index, total, .. } => {
            format!("Repairing {object} ({index} of {total})")
        }
        HealEvent::RepairDone { object, index, total, .. } => {
            format!("Repair of {object} done ({index} of {total})")
        }
        HealEvent::MigrationStarted { migration, index, total, .. } => {
            format!("Running {migration} ({index} of {total})")
        }
        HealEvent::StatementDone { migration, statement, statements } => {
            format!("Running {migration}: statement {statement} of {statements} done")
        }
        HealEvent::Notice { during, message, .. } => format!("{during}: {message}"),
        HealEvent::Waiting { holder } => format!("Waiting for {holder}"),
        HealEvent::Blocked { wait } => format!("Waiting for {} on {}", wait.mode, wait.object),
        HealEvent::Unblocked => "Going on".to_owned(),
        HealEvent::Retrying { attempt, attempts, failure, .. } => {
            format!("Attempt {attempt} of {attempts} was rolled back ({}); trying again", failure.message)
        }
        HealEvent::Cancelling { by } => format!("Stopping, as {by} wishes"),
        HealEvent::Recorded { migration, index, total } => {
            format!("{migration} recorded ({index} of {total})")
        }
        HealEvent::MigrationDone { migration, index, total, .. } => {
            format!("{migration} done ({index} of {total})")
        }
        HealEvent::Verifying { plugins } => format!("Verifying {}", counted(*plugins, "plugin")),
        HealEvent::Committing => "Committing".to_owned(),
        HealEvent::RollingBack => "Rolling back".to_owned(),
        HealEvent::Copying => "Copying the schema".to_owned(),
        HealEvent::Ended { result } => format!("Ended: {result}"),
    }
}

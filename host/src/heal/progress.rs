//! How far a heal is.

use serde::Serialize;

use super::lock_wait::LockWait;
use super::request::HealEvent;

/// The counts that a heal's events come to, and what it waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct HealProgress {
    /// Migrations and repairs that are done, in this attempt.
    pub steps_done: usize,
    pub steps: usize,
    /// Statements of migrations and repairs that are done, in this attempt.
    pub statements_done: usize,
    pub statements: usize,
    /// The number of the attempt, from 1.
    pub attempt: i32,
    /// The lock of the database that it waits for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<LockWait>,
}

impl HealProgress {
    /// Takes in the next event.
    pub fn apply(&mut self, event: &HealEvent) {
        match event {
            HealEvent::Planned { files, repairs, statements, .. } => {
                *self = Self {
                    steps: files.len() + repairs,
                    statements: *statements,
                    attempt: 1,
                    ..Self::default()
                };
            }
            HealEvent::StatementDone { .. } => self.statements_done += 1,
            HealEvent::Recorded { .. } | HealEvent::MigrationDone { .. } => self.steps_done += 1,
            HealEvent::RepairDone { statements, .. } => {
                self.steps_done += 1;
                self.statements_done += statements;
            }
            HealEvent::Retrying { attempt, .. } => {
                (self.steps_done, self.statements_done) = (0, 0);
                self.attempt = attempt + 1;
            }
            _ => {}
        }
        self.waits = match event {
            HealEvent::Blocked { wait } => Some(wait.clone()),
            // What the server says, and that somebody wishes it to stop, ends no wait.
            HealEvent::Notice { .. } | HealEvent::Cancelling { .. } => self.waits.take(),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn events_come_to_counts_that_begin_anew_with_each_attempt() {
        let migration: tenon_migrations_core::migration::MigrationId =
            "inventory/0001_a.sql".parse().unwrap();
        let planned = HealEvent::Planned {
            heal: Uuid::nil(),
            files: vec![migration.to_string()],
            repairs: 1,
            roles: 0,
            statements: 3,
        };
        let statement =
            HealEvent::StatementDone { migration: migration.clone(), statement: 1, statements: 2 };
        let done = HealEvent::MigrationDone { migration, index: 1, total: 2, duration_ms: 1 };
        let wait = LockWait {
            mode: "SHARE".to_owned(),
            object: "a.b".to_owned(),
            blocked_by: "psql".to_owned(),
            since: Timestamp::UNIX_EPOCH,
        };
        let mut progress = HealProgress::default();
        let mut counts = |events: &[&HealEvent]| {
            events.iter().for_each(|event| progress.apply(event));
            let HealProgress { steps_done, statements_done, attempt, .. } = progress;
            (steps_done, statements_done, attempt, progress.waits.is_some())
        };
        assert_eq!(counts(&[&planned, &statement, &HealEvent::Blocked { wait }]), (0, 1, 1, true));
        assert_eq!(counts(&[&HealEvent::Cancelling { by: "ana".to_owned() }]), (0, 1, 1, true));
        assert_eq!(counts(&[&HealEvent::Unblocked, &statement, &done]), (1, 2, 1, false));
        let retrying = HealEvent::Retrying { attempt: 1, attempts: 3, wait_ms: 1, failure: Box::default() };
        assert_eq!(counts(&[&retrying]), (0, 0, 2, false));
        assert_eq!((progress.steps, progress.statements), (2, 3));
    }
}

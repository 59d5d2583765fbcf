//! Exit codes, the same for every command.

use std::io::Write;

use tenon_migrations_core::health::Status;

use super::child;
use crate::database::unavailable::Unavailable;
use crate::heal::HealOutcome;
use crate::plugin::isolate;

/// How a command ended, as the shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Healthy, or done.
    Done = 0,
    /// The command was tried and failed.
    Failed = 1,
    /// Drifted, degraded, or something is pending.
    OutOfStep = 2,
    /// The database could not be reached or is not there, or a check could not be completed.
    Unknown = 3,
    /// Not begun, since another heal holds the lock.
    Busy = 4,
    /// Refused before anything ran.
    Refused = 5,
    /// Stopped, with everything rolled back.
    Cancelled = 6,
    /// The command line was wrong.
    Usage = 64,
}

/// What the long help ends with.
pub(super) const HELP: &str = "\
The database is the one of the environment variable DATABASE_URL or of the configuration; without
either, Tenon runs a PostgreSQL of its own in the state directory, which serve and heal make. It is
never taken from the command line, where other users could read its password.

Exit codes:
  0   healthy, or done
  1   failed
  2   drifted or degraded, or something is pending
  3   unknown: the database could not be reached or is not there, or a check could not be completed
  4   another heal holds the lock
  5   refused before anything ran
  6   stopped by Ctrl-C, SIGTERM or an administrator; everything was rolled back
  64  wrong usage";

impl Exit {
    /// The number the shell sees.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Ends the program, and calls nothing that libraries have for that: plugins' code would run on this
    /// thread, which nothing holds to what plugins may, and could yet change how the program ends. The log is
    /// written as it comes, but for what plugins have just printed.
    pub fn end(self) -> ! {
        let _ = std::io::stdout().flush();
        isolate::settle_all();
        isolate::end_in_order();
        child::done();
        isolate::end_at_once(self.code().into())
    }
}

impl From<Status> for Exit {
    fn from(status: Status) -> Self {
        match status {
            Status::Healthy => Self::Done,
            Status::Drifted | Status::Degraded => Self::OutOfStep,
            Status::Unknown => Self::Unknown,
        }
    }
}

impl From<Unavailable> for Exit {
    /// What could not be read is not known, whatever the reason is; what is no database for Tenon is refused.
    fn from(unavailable: Unavailable) -> Self {
        match unavailable {
            Unavailable::NoDatabase | Unavailable::Unsupported => Self::Refused,
            _ => Self::Unknown,
        }
    }
}

impl From<&HealOutcome> for Exit {
    fn from(outcome: &HealOutcome) -> Self {
        match outcome {
            HealOutcome::Succeeded { .. } | HealOutcome::Overtaken { .. } | HealOutcome::NothingToDo => {
                Self::Done
            }
            HealOutcome::Rehearsed { plan, rehearsal } => {
                match (&rehearsal.failure, plan.refusals.is_empty()) {
                    (Some(_), _) => Self::Failed,
                    (None, false) => Self::Refused,
                    (None, true) => Self::Done,
                }
            }
            HealOutcome::Cancelled { .. } => Self::Cancelled,
            HealOutcome::Failed { .. } => Self::Failed,
            HealOutcome::Unavailable { .. }
            | HealOutcome::Unclear { .. }
            | HealOutcome::NotRehearsed { .. } => Self::Unknown,
            HealOutcome::Busy { .. } => Self::Busy,
            HealOutcome::Refused { .. }
            | HealOutcome::PlanChanged { .. }
            | HealOutcome::KeyReused { .. }
            | HealOutcome::Standby => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heal::Purpose;

    #[test]
    fn a_status_that_is_not_known_is_never_a_success() {
        let codes = [Status::Healthy, Status::Drifted, Status::Degraded, Status::Unknown]
            .map(|status| Exit::from(status).code());
        assert_eq!(codes, [0, 2, 2, 3]);
    }

    #[test]
    fn only_a_heal_that_left_nothing_undone_is_a_success() {
        let heal = uuid::Uuid::nil();
        let message = String::new;
        let outcomes = [
            (
                HealOutcome::Succeeded {
                    heal,
                    files: Vec::new(),
                    repairs: Vec::new(),
                    roles: Vec::new(),
                    ledger: Vec::new(),
                    duration_ms: 0,
                },
                0,
            ),
            (HealOutcome::NothingToDo, 0),
            (HealOutcome::Failed { heal, files: Vec::new(), failure: Default::default() }, 1),
            (HealOutcome::Unavailable { message: message() }, 3),
            (HealOutcome::Unclear { heal, message: message() }, 3),
            (HealOutcome::Busy { holder: Default::default() }, 4),
            (HealOutcome::Cancelled { heal, purpose: Purpose::Heal, by: message() }, 6),
            (HealOutcome::KeyReused { heal }, 5),
            (HealOutcome::Standby, 5),
        ];
        for (outcome, code) in outcomes {
            assert_eq!(Exit::from(&outcome).code(), code, "{outcome:?}");
        }
    }

    #[test]
    fn the_help_lists_every_code() {
        use Exit::{Busy, Cancelled, Done, Failed, OutOfStep, Refused, Unknown, Usage};
        for exit in [Done, Failed, OutOfStep, Unknown, Busy, Refused, Cancelled, Usage] {
            assert!(HELP.contains(&format!("\n  {} ", exit.code())), "{exit:?}");
        }
    }
}

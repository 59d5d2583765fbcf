//! How a heal ended, and how the database is now.

use serde::Serialize;
use tenon_migrations_core::health::Status;

use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::planning;
use crate::heal::{HealFailure, HealOutcome, Purpose};
use crate::report::text::{self, counted};
use crate::report::{Excerpt, HealthReport, Remaining, json};
use crate::support::error_code::ErrorCode;

/// Prints the outcome: what was done to standard output, what went wrong to standard error.
pub(crate) fn report(
    outcome: &HealOutcome,
    health: Option<&HealthReport>,
    remaining: &[Remaining],
    app: &App,
) {
    if app.options.json {
        app.terminal.data(&json::line(&EndedHeal { outcome, remaining }));
    }
    if let HealOutcome::Rehearsed { plan, rehearsal } = outcome {
        if !app.options.json {
            app.terminal.data(&text::rehearsal(plan, rehearsal, app.terminal.out()));
        }
        if let Err(failure) = told(outcome) {
            failure.print(&app.terminal);
        }
        return;
    }
    match told(outcome) {
        Ok(_) if app.options.json => {}
        Ok(line) => {
            let style = app.terminal.out();
            let line = match outcome {
                HealOutcome::NothingToDo if !remaining.is_empty() => {
                    "Nothing that a heal would do: no migration is pending".to_owned()
                }
                _ => line,
            };
            app.terminal.data(&format!("{}\n", style.good(line)));
            if let Some(health) = health {
                let text = match health.status {
                    Status::Healthy => format!("{}\n", text::verdict(health, style)),
                    _ => format!("\n{}", text::health(health, style)),
                };
                app.terminal.data(&text);
            }
        }
        Err(failure) => failure.print(&app.terminal),
    }
}

/// The outcome as JSON, with what is wrong all the same.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct EndedHeal<'a> {
    #[serde(flatten)]
    outcome: &'a HealOutcome,
    #[serde(skip_serializing_if = "<[Remaining]>::is_empty")]
    remaining: &'a [Remaining],
}

/// What was done in one line, or why it was not.
pub(crate) fn told(outcome: &HealOutcome) -> Result<String, Failure> {
    let failure = |heading: &str| {
        let failure = Failure::new(outcome.into(), heading);
        outcome.code().into_iter().fold(failure, Failure::code)
    };
    match outcome {
        HealOutcome::Succeeded { heal, files, repairs, roles, ledger, duration_ms } => {
            let what = match (files.len(), repairs.len(), roles.len()) {
                (0, 0, 0) if !ledger.is_empty() => {
                    format!("Made {} of the ledger", counted(ledger.len(), "change"))
                }
                (0, 0, 0) => "Verified, with nothing to apply,".to_owned(),
                (0, 0, roles) => format!("Put {} right", counted(roles, "login role")),
                (count, 0, _) => format!("Applied {}", counted(count, "migration")),
                (0, repairs, _) => format!("Made {}", counted(repairs, "repair")),
                (count, repairs, _) => {
                    format!("Applied {} and made {}", counted(count, "migration"), counted(repairs, "repair"))
                }
            };
            Ok(format!("{what} in {duration_ms} ms (heal {heal})"))
        }
        HealOutcome::Rehearsed { rehearsal, .. } if let Some(error) = &rehearsal.failure => {
            Err(failed(error, text::what(rehearsal.purpose)))
        }
        HealOutcome::Rehearsed { plan, .. } if !plan.refusals.is_empty() => {
            Err(planning::refused_once_rehearsed(plan))
        }
        HealOutcome::Rehearsed { rehearsal, .. } => {
            Ok(format!("Run and rolled back in {} ms", rehearsal.duration_ms))
        }
        HealOutcome::NotRehearsed { message, remedy } => {
            Err(failure("the plan was not rehearsed").detail(message).hint(remedy))
        }
        HealOutcome::NothingToDo => {
            Ok("Nothing to do: no migration is pending and every plugin is verified".to_owned())
        }
        HealOutcome::Refused { plan } => Err(planning::refused(plan)),
        HealOutcome::PlanChanged { plan } => {
            Err(failure("this is not the plan that was reviewed; nothing was run")
                .detail(format!("the plan is now {}", plan.hash))
                .hint("look again: `tenon plan`"))
        }
        HealOutcome::Busy { holder } => Err(failure("another heal holds the lock; nothing was run")
            .detail(holder.to_string())
            .hint("wait for it to end, then look again: `tenon plan`")),
        HealOutcome::Overtaken { by } => Ok(format!(
            "Nothing was left to do: {} did just this meanwhile, on {} (heal {})",
            by.admin, by.host, by.heal
        )),
        HealOutcome::Cancelled { heal, purpose, by } => {
            let heading = format!("the {} was stopped; everything was rolled back", text::what(*purpose));
            let stopped = failure(&heading).detail(format!("by {by}"));
            Err(match purpose {
                Purpose::Rehearsal => stopped,
                Purpose::Heal | Purpose::DryRun => {
                    stopped.hint(format!("`tenon audit list` has the record (heal {heal})"))
                }
            })
        }
        HealOutcome::KeyReused { heal } => {
            Err(failure("the idempotency key was used before, for another plan; nothing was run")
                .detail(format!("by heal {heal}"))
                .hint("take a new key for a new plan"))
        }
        HealOutcome::Failed { heal, failure, .. } => {
            let record = format!("`tenon audit list` has the record (heal {heal})");
            Err(failed(failure, "heal").hint(match &failure.remedy {
                Some(remedy) => format!("{remedy}; {record}"),
                None => format!("{record}; `tenon plan` shows what is pending"),
            }))
        }
        HealOutcome::Standby => Err(failure("the database is a hot standby; nothing was run")
            .detail("it follows another server and cannot be written to")
            .hint("heal the primary: what is changed there arrives here by itself")),
        HealOutcome::Unavailable { message } => {
            Err(failure("the database could not be reached; nothing was run").detail(message))
        }
        HealOutcome::Unclear { heal, message } => Err(failure(
            "the connection was lost while committing, and the database could not be asked how that ended",
        )
        .detail(message)
        .hint(format!(
            "once it is back, `tenon check` tells; the next start records the truth about heal {heal}"
        ))),
    }
}

/// Where it failed, and what was said.
pub(crate) fn failed(failure: &HealFailure, what: &str) -> Failure {
    let stage = failure.stage;
    let heading = match failure.file.as_ref().or(failure.repair.as_ref()) {
        Some(file) => format!("the {what} failed in {file} ({stage}); everything was rolled back"),
        None => format!("the {what} failed ({stage}); everything was rolled back"),
    };
    let state = failure.sqlstate.as_ref().map(|state| format!(" (SQLSTATE {state})")).unwrap_or_default();
    let mut told = Failure::new(Exit::Failed, heading)
        .code(ErrorCode::Failed)
        .detail(format!("{}{state}", failure.message));
    if let Some(place) = text::place(failure) {
        let statement = failure.statement.map(|number| format!(", statement {number}")).unwrap_or_default();
        told = told.detail(format!("at {place}{statement}"));
    }
    if let (Some(_), Some(number)) = (&failure.repair, failure.statement) {
        told = told.detail(format!("in statement {number} of the repair"));
    }
    for (name, value) in [("detail", &failure.detail), ("PostgreSQL's hint", &failure.hint)] {
        if let Some(value) = value {
            told = told.detail(format!("{name}: {value}"));
        }
    }
    told = told.excerpt(Excerpt::of_failure(failure));
    told = failure.differences.iter().fold(told, Failure::detail);
    match &failure.remedy {
        Some(remedy) => told.hint(remedy),
        None => told,
    }
}

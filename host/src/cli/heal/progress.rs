//! How far a heal is: a bar on a terminal, plain lines in a log, JSON lines for `--json`.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::terminal::Terminal;
use crate::heal::HealEvent;
use crate::report::json;
use crate::report::text::{clean, counted};

/// Where the events of one heal are shown.
#[derive(Debug)]
pub(super) enum Progress {
    Bar(ProgressBar),
    Lines(Terminal),
    Json(Terminal),
    None(Terminal),
}

impl Progress {
    pub(crate) fn new(terminal: &Terminal) -> Self {
        if terminal.json() {
            Self::Json(terminal.clone())
        } else if terminal.draws() && !terminal.quiet() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let template = if terminal.err().colour {
                "{bar:30.green} {pos}/{len} statements  {wide_msg}"
            } else {
                "{bar:30} {pos}/{len} statements  {wide_msg}"
            };
            // A template that could not be read would leave the default bar.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            Self::Bar(bar)
        } else {
            Self::Lines(terminal.clone())
        }
    }

    pub(crate) fn on(&self, event: &HealEvent) {
        match self {
            Self::Bar(bar) => draw(bar, event),
            Self::Lines(terminal) => {
                if let Some(line) = line(event) {
                    terminal.message(&format!("{line}\n"));
                }
            }
            Self::Json(terminal) => terminal.data(&json::line(event)),
            Self::None(_) => {}
        }
    }

    /// Says something without disturbing the bar.
    pub(crate) fn say(&self, text: &str) {
        match self {
            Self::Bar(bar) => bar.println(text),
            Self::Lines(terminal) | Self::Json(terminal) | Self::None(terminal) => {
                terminal.error(&format!("{text}\n"));
            }
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn draw(bar: &ProgressBar, event: &HealEvent) {
    match event {
        HealEvent::Planned { statements, .. } => {
            bar.set_length(*statements as u64);
            bar.set_position(0);
        }
        HealEvent::MigrationStarted { migration, .. } => bar.set_message(migration.to_string()),
        HealEvent::StatementDone { .. } => bar.inc(1),
        HealEvent::Recorded { migration, .. } => bar.set_message(format!("{migration} is recorded")),
        HealEvent::Notice { during, message, .. } => bar.println(format!("{during}: {}", clean(message))),
        HealEvent::Waiting { holder } => {
            bar.set_message(format!("waiting for {}", clean(&holder.to_string())));
        }
        HealEvent::Retrying { .. } => {
            bar.set_position(0);
            line(event).into_iter().for_each(|line| bar.println(line));
        }
        HealEvent::Blocked { wait } => {
            bar.set_message(format!("waiting for {}", clean(&wait.to_string())));
        }
        HealEvent::Unblocked => bar.set_message("going on"),
        HealEvent::Cancelling { .. } => bar.set_message("stopping"),
        HealEvent::RepairStarted { object, .. } => bar.set_message(format!("repair of {object}")),
        HealEvent::RepairDone { statements, .. } => bar.inc(*statements as u64),
        HealEvent::MigrationDone { .. } | HealEvent::RolesDone { .. } | HealEvent::Ended { .. } => {}
        HealEvent::LedgerKept { step } => bar.set_message(clean(&step.to_string())),
        HealEvent::RolesStarted => bar.set_message("the plugins' login roles"),
        HealEvent::Verifying { plugins } => {
            bar.set_message(format!("verifying {}", counted(*plugins, "plugin")));
        }
        HealEvent::Committing => bar.set_message("committing"),
        HealEvent::RollingBack => bar.set_message("rolling back"),
        HealEvent::Copying => bar.set_message("copying the schema"),
    }
}

/// One line for a log; statements alone are not worth one.
fn line(event: &HealEvent) -> Option<String> {
    Some(match event {
        HealEvent::Planned { heal, files, repairs, roles, statements } => {
            let (files, statements) = (counted(files.len(), "migration"), counted(*statements, "statement"));
            let if_any = |count: usize, one: &str| match count {
                0 => String::new(),
                count => format!("{}, ", counted(count, one)),
            };
            let (repairs, roles) = (if_any(*repairs, "repair"), if_any(*roles, "login role"));
            format!("heal {heal}: {files}, {repairs}{roles}{statements}")
        }
        HealEvent::MigrationStarted { .. }
        | HealEvent::StatementDone { .. }
        | HealEvent::RepairStarted { .. }
        | HealEvent::Unblocked
        | HealEvent::RolesStarted
        | HealEvent::RolesDone { roles: 0, .. } => return None,
        HealEvent::RepairDone { object, index, total, duration_ms, .. } => {
            format!("[{index}/{total}] repair of {} in {duration_ms} ms", clean(object))
        }
        HealEvent::Notice { during, message, .. } => format!("{during}: {}", clean(message)),
        HealEvent::Waiting { holder } => format!("waiting for {}", clean(&holder.to_string())),
        HealEvent::Blocked { wait } => format!("waiting for {}", clean(&wait.to_string())),
        HealEvent::Retrying { attempt, attempts, wait_ms, failure } => format!(
            "attempt {attempt} of {attempts} was rolled back ({}): trying again in {wait_ms} ms",
            clean(&failure.message)
        ),
        HealEvent::Cancelling { by } => format!("stopping, as {} wishes", clean(by)),
        HealEvent::Recorded { migration, index, total } => format!("[{index}/{total}] {migration} recorded"),
        HealEvent::LedgerKept { step } => clean(&step.to_string()),
        HealEvent::MigrationDone { migration, index, total, duration_ms } => {
            format!("[{index}/{total}] {migration} in {duration_ms} ms")
        }
        HealEvent::RolesDone { roles, statements, duration_ms } => {
            let (roles, statements) = (counted(*roles, "login role"), counted(*statements, "statement"));
            format!("{roles} in {duration_ms} ms, {statements}")
        }
        HealEvent::Verifying { plugins } => format!("verifying {}", counted(*plugins, "plugin")),
        HealEvent::Committing => "committing".to_owned(),
        HealEvent::RollingBack => "rolling back".to_owned(),
        HealEvent::Copying => "copying the schema".to_owned(),
        // The outcome says more.
        HealEvent::Ended { .. } => return None,
    })
}

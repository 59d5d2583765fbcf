//! The heal that runs, as the banner of every page tells of it. `tenon.js` says it with the same messages.

use jiff::Timestamp;

use super::Frame;
use crate::admin::strings::{Text, t};
use crate::heal::Purpose;
use crate::host::RunningHeal;

impl Frame {
    /// What runs, by whom and where, as far as that can be seen.
    pub(super) fn heal_who(&self) -> Option<Text> {
        let heal = self.heal.as_ref()?;
        let mut told = match heal.purpose {
            Some(Purpose::DryRun) => t!("running-dry-run"),
            Some(Purpose::Rehearsal) => t!("running-rehearsal"),
            Some(Purpose::Heal) | None => t!("running-heal"),
        };
        if let Some(admin) = &heal.admin {
            told = t!("running-by").markup("what", told).arg("admin", admin);
        }
        if let Some(host) = &heal.host {
            told = t!("running-on").markup("what", told).arg("host", host);
        }
        Some(told)
    }

    /// How long it has been running.
    pub(super) fn heal_elapsed(&self) -> Option<Text> {
        let since = self.heal.as_ref()?.since?;
        let seconds = Timestamp::now().duration_since(since).as_secs().max(0);
        Some(match seconds {
            0..60 => t!("running-seconds").arg("seconds", seconds),
            _ => t!("running-minutes").arg("minutes", seconds / 60).arg("seconds", seconds % 60),
        })
    }

    /// How far it is: what it does, and how much of it is done.
    pub(super) fn heal_doing(&self) -> Option<Text> {
        let RunningHeal { message, progress, .. } = self.heal.as_ref()?;
        let mut told = t!("running-doing").arg("what", message);
        if progress.statements > 0 {
            let (done, all) = (progress.statements_done, progress.statements);
            told = t!("running-statement").markup("what", told).arg("done", done).arg("all", all);
        } else if progress.steps > 0 {
            let (done, all) = (progress.steps_done, progress.steps);
            told = t!("running-steps").markup("what", told).arg("done", done).arg("all", all);
        }
        if progress.attempt > 1 {
            told = t!("running-attempt").markup("what", told).arg("number", progress.attempt);
        }
        Some(told)
    }

    /// What it waits for, if it does.
    pub(super) fn heal_wait(&self) -> Option<Text> {
        let wait = self.heal.as_ref()?.progress.waits.as_ref()?;
        Some(t!("running-waits").arg("seconds", wait.seconds()).arg("wait", wait))
    }
}

//! A job: what a plugin does without being asked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::{JOB_METHOD, RequestV1};
use crate::{Host, PluginError};

/// One run of one of the plugin's jobs.
///
/// All that it does with the database is one transaction, in which the host also notes that the run has
/// succeeded. So a run whose transaction was committed is not repeated, and one whose was not is.
#[derive(Debug)]
pub struct Job<'a> {
    name: &'a str,
    run: JobRun,
    host: &'a Host<'a>,
}

/// What the body of a job's call says.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRun {
    /// The run's id.
    pub run: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// How many attempts there are at most.
    pub attempts: u32,
    /// The time that the run is for.
    pub scheduled_at: Timestamp,
    /// Whether somebody asked for it.
    #[serde(default)]
    pub asked: bool,
}

impl<'a> Job<'a> {
    /// The job that a call is for, if it is for one.
    pub(crate) fn of(request: &RequestV1<'a>, host: &'a Host<'a>) -> Option<Result<Self, PluginError>> {
        if request.method.as_str() != JOB_METHOD {
            return None;
        }
        let name = request.route.as_str().split_once(' ').map_or("", |(_, name)| name);
        let run = serde_json::from_slice(request.body.as_slice())
            .map_err(|error| PluginError::unreadable("what the host says of the run", error));
        Some(run.map(|run| Self { name, run, host }))
    }

    /// The job's name.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The run's id, as in the host's log and in `tenon job history`. Each attempt has one of its own.
    pub fn run_id(&self) -> &str {
        &self.run.run
    }

    /// The number of this attempt: 1 for the first.
    pub fn attempt(&self) -> u32 {
        self.run.attempt
    }

    /// Whether nothing is tried again if this one fails.
    pub fn is_last_attempt(&self) -> bool {
        self.run.attempt >= self.run.attempts
    }

    /// The time that the run is for. It begins then or later; attempts of one run have one time.
    pub fn scheduled_at(&self) -> Timestamp {
        self.run.scheduled_at
    }

    /// Whether an administrator asked for it, and not the schedule.
    pub fn was_asked_for(&self) -> bool {
        self.run.asked
    }

    /// The host: its log and the plugin's configuration.
    pub fn host(&self) -> &'a Host<'a> {
        self.host
    }
}

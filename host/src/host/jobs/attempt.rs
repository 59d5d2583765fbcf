//! One attempt: a call into the plugin, sealed with the word of the lease, and what becomes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use tenon_plugin_api::JobRun;
use tenon_plugin_api::contract::JOB_METHOD;
use tokio_postgres::Client;
use uuid::Uuid;

use super::super::Tenon;
use super::super::plugins::SealedCall;
use super::store::{self, ASKED, JobAttempt, JobError, Unsuccessful};
use super::{GIVEN_BACK, OF_LOST};
use crate::host::counters::{Asked, JobResult};
use crate::plugin::runtime::CallError;

/// An attempt that has ended, and how.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) attempt: JobAttempt,
    result: Result<(), CallError>,
    took: Duration,
}

impl Tenon {
    /// Makes an attempt. Its success is committed with what it did.
    pub(super) async fn make_attempt(self: Arc<Self>, attempt: JobAttempt) -> Ended {
        let (plugin, job, run) = (attempt.plugin.as_str(), attempt.name.as_str(), attempt.run);
        tracing::debug!(plugin, job, %run, attempt = attempt.attempt, "a job begins");
        let (began, mut asked) = (Instant::now(), Asked::default());
        let result = Box::pin(self.call_job(&attempt, &mut asked)).await;
        let took = began.elapsed();
        self.metrics.count(asked, &result, took);
        Ended { attempt, result, took }
    }

    async fn call_job(&self, attempt: &JobAttempt, asked: &mut Asked) -> Result<(), CallError> {
        let told = JobRun {
            run: attempt.run.to_string(),
            attempt: attempt.attempt,
            attempts: 0,
            scheduled_at: attempt.tick,
            asked: attempt.cause == ASKED,
        };
        // Both are made by this host, of hexadecimal digits and dashes.
        let seal = format!("SELECT tenon.job_done('{}', '{}')", attempt.run, attempt.lease);
        self.call_job_with((&attempt.plugin, &attempt.name), told, seal, asked).await
    }

    /// Runs a job once, now and beside its schedule, and commits what it does. For tests of plugins: neither
    /// the schedule nor the history knows of it.
    pub async fn try_job(&self, plugin: &str, name: &str) -> Result<(), CallError> {
        let run = Uuid::now_v7().to_string();
        let told = JobRun { run, attempt: 1, attempts: 0, scheduled_at: Timestamp::now(), asked: true };
        self.call_job_with((plugin, name), told, "SELECT".to_owned(), &mut Asked::default()).await
    }

    /// Calls a plugin for a run of a job, which is told how many attempts that has.
    async fn call_job_with(
        &self,
        (plugin, name): (&str, &str),
        told: JobRun,
        seal: String,
        asked: &mut Asked,
    ) -> Result<(), CallError> {
        let (registered, library) = self.serving(plugin)?;
        let job = library.jobs.find(name).ok_or_else(|| CallError::NoRoute {
            plugin: plugin.to_owned(),
            method: JOB_METHOD.to_owned(),
            path: name.to_owned(),
        })?;
        let told = JobRun { attempts: job.retries.saturating_add(1), ..told };
        let body = Bytes::from(serde_json::to_vec(&told).unwrap_or_default());
        let (route, deadline) = (&job.route, job.deadline);
        let sealed = SealedCall { route, id: &told.run, body, seal, deadline };
        self.call_sealed((registered, library), sealed, asked).await
    }

    /// Writes down how an attempt has ended, if it did not do so itself.
    pub(super) async fn settle_attempt(&self, client: &Client, ended: &Ended) -> Result<(), JobError> {
        let Ended { attempt, result, took } = ended;
        let (plugin, job) = (attempt.plugin.as_str(), attempt.name.as_str());
        let error = match result {
            Ok(()) => {
                self.bounds().within(client, store::free(client, attempt.run)).await?;
                self.metrics.job_ran(plugin, job, JobResult::Succeeded, *took, attempt.late);
                return Ok(());
            }
            Err(error) => error,
        };
        if has_not_begun(error) {
            tracing::debug!(plugin, job, "a job is given back: {error}");
            return self.bounds().within(client, store::give_back(client, attempt, GIVEN_BACK)).await;
        }
        let declared = self.registry.plugins.get(plugin).and_then(|plugin| plugin.library.as_ref());
        let declared = declared.and_then(|library| library.jobs.find(job));
        let retries = declared.map_or(0, |job| job.retries);
        let is_lost = matches!(error, CallError::NoDatabase(_));
        let goes_on = attempt.attempt <= retries || is_lost && attempt.attempt < OF_LOST;
        let pause = declared.map(|job| job.pause_after(attempt.attempt)).filter(|_| goes_on);
        let message = error.to_string();
        let end = Unsuccessful {
            state: if is_lost { "lost" } else { "failed" },
            again_in: if is_lost { pause.map(|pause| pause.min(GIVEN_BACK)) } else { pause },
            code: error.code(),
            message: &message,
        };
        if self.bounds().within(client, store::settle(client, attempt, &end)).await? {
            // The answer to its COMMIT was lost.
            self.metrics.job_ran(plugin, job, JobResult::Succeeded, *took, attempt.late);
            return Ok(());
        }
        let result = match (is_lost, end.again_in) {
            (true, _) => JobResult::Lost,
            (false, Some(_)) => JobResult::Failed,
            (false, None) => JobResult::GivenUp,
        };
        self.metrics.job_ran(plugin, job, result, *took, attempt.late);
        let (run, code, number) = (attempt.run, error.code(), attempt.attempt);
        match end.again_in {
            Some(pause) => {
                let seconds = pause.as_secs();
                tracing::warn!(
                    plugin, job, %run, code, attempt = number,
                    "a job failed, and is tried again in {seconds} s: {message}"
                );
            }
            None => tracing::error!(plugin, job, %run, code, attempt = number, "a job failed: {message}"),
        }
        Ok(())
    }
}

/// Whether nothing of the job has run, so that this was no attempt.
fn has_not_begun(error: &CallError) -> bool {
    matches!(
        error,
        CallError::NoPlugin(_)
            | CallError::NoRoute { .. }
            | CallError::MethodNotAllowed { .. }
            | CallError::Disabled { .. }
            | CallError::Out { .. }
            | CallError::Held { .. }
            | CallError::NotChecked { .. }
            | CallError::Quarantined { .. }
            | CallError::NoRole { .. }
            | CallError::NotRun { .. }
    )
}

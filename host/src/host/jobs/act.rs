//! What an administrator does to a job: run it now, pause it, let it go on.

use serde::Serialize;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::super::Tenon;
use super::CHANNEL;
use super::store::{self, JobError};
use crate::audit::{Action, Actor};

/// A job of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct JobName {
    pub plugin: String,
    pub job: String,
}

impl JobName {
    fn error(&self) -> JobError {
        JobError::NoJob { plugin: self.plugin.clone(), name: self.job.clone() }
    }
}

impl Tenon {
    /// Has a job be run at once, by whichever host comes first. It may be paused; what was to be tried again
    /// is done with.
    pub async fn ask_for_job(&self, job: &JobName, by: &Actor) -> Result<(), JobError> {
        let ask = async |client: &Client, _, runs| {
            if runs {
                return Err(JobError::Runs { plugin: job.plugin.clone(), name: job.job.clone() });
            }
            let parameters = [(&job.plugin as _, Type::TEXT), (&job.job as _, Type::TEXT)];
            client.execute_typed(include_str!("sql/ask.sql"), &parameters).await?;
            Ok(())
        };
        self.change_job(job, ask).await?;
        let (plugin, job) = (job.plugin.clone(), job.job.clone());
        tracing::info!(plugin, job, admin = by.admin, "a run of a job was asked for");
        self.record(by, Action::RunJob { plugin, job }, None).await;
        Ok(())
    }

    /// Has a job not be run any more by itself, or be run again. What it misses meanwhile is treated as its
    /// rule says.
    pub async fn pause_job(&self, job: &JobName, paused: bool, by: &Actor) -> Result<(), JobError> {
        let pause = async |client: &Client, is_paused, _| {
            if paused == is_paused {
                let (plugin, name) = (job.plugin.clone(), job.job.clone());
                return Err(JobError::SoAlready { plugin, name, paused });
            }
            let parameters =
                [(&job.plugin as _, Type::TEXT), (&job.job as _, Type::TEXT), (&paused as _, Type::BOOL)];
            client.execute_typed(include_str!("sql/pause.sql"), &parameters).await?;
            Ok(())
        };
        self.change_job(job, pause).await?;
        let (plugin, job) = (job.plugin.clone(), job.job.clone());
        tracing::info!(plugin, job, admin = by.admin, paused, "a job was paused, or goes on");
        let action =
            if paused { Action::PauseJob { plugin, job } } else { Action::ResumeJob { plugin, job } };
        self.record(by, action, None).await;
        Ok(())
    }

    /// Changes a job's row, by whether it is paused and whether it runs, and tells all hosts.
    async fn change_job(
        &self,
        job: &JobName,
        change: impl AsyncFnOnce(&Client, bool, bool) -> Result<(), JobError>,
    ) -> Result<(), JobError> {
        let client = self.job_session().await?;
        let changed = self.bounds().within(&client, async {
            if !store::exists(&client).await? {
                return Err(JobError::Pending);
            }
            let parameters = [(&job.plugin as _, Type::TEXT), (&job.job as _, Type::TEXT)];
            let rows = client.query_typed(include_str!("sql/known.sql"), &parameters).await?;
            let row = rows.first().ok_or_else(|| job.error())?;
            change(&client, row.try_get("paused")?, row.try_get("runs")?).await?;
            let notify = "SELECT pg_catalog.pg_notify($1, $2)";
            let told = [(&CHANNEL as _, Type::TEXT), (&job.job as _, Type::TEXT)];
            client.query_typed(notify, &told).await?;
            Ok(())
        });
        changed.await
    }
}

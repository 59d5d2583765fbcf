//! What an administrator does to a job: run it now, pause it, let it go on.

use serde::Serialize;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::super::Tenon;
use super::store::{self, JobError};
use super::{CHANNEL, NAME};
use crate::audit::{Action, Actor};

/// A job of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct JobName {
    pub plugin: String,
    pub job: String,
}

/// What an administrator does to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobChange {
    /// A run at once, by whichever host comes first. The job may be paused; what was to be tried again is
    /// done with.
    Run,
    /// Not be run any more by itself.
    Pause,
    /// Be run again. What it missed is treated as its rule says.
    Resume,
}

impl JobChange {
    fn action(self, job: &JobName) -> Action {
        let (plugin, job) = (job.plugin.clone(), job.job.clone());
        match self {
            Self::Run => Action::RunJob { plugin, job },
            Self::Pause => Action::PauseJob { plugin, job },
            Self::Resume => Action::ResumeJob { plugin, job },
        }
    }

    fn log(self, job: &JobName, by: &Actor) {
        let (JobName { plugin, job }, admin) = (job, &by.admin);
        match self {
            Self::Run => tracing::info!(plugin, job, admin, "a run of a job was asked for"),
            Self::Pause => tracing::info!(plugin, job, admin, "a job was paused"),
            Self::Resume => tracing::info!(plugin, job, admin, "a paused job goes on"),
        }
    }
}

impl Tenon {
    /// Changes a job, and records who had it changed.
    pub async fn change_job(&self, job: &JobName, change: JobChange, by: &Actor) -> Result<(), JobError> {
        let client = self.own_tables(NAME).await?;
        self.bounds().within(&client, write(&client, job, change)).await?;
        change.log(job, by);
        self.record(by, change.action(job), None).await;
        Ok(())
    }
}

/// Changes a job's row, if it is not so already, and tells all hosts.
async fn write(client: &Client, job: &JobName, change: JobChange) -> Result<(), JobError> {
    if !store::exists(client).await? {
        return Err(JobError::Pending);
    }
    let (plugin, name) = (&job.plugin, &job.job);
    let parameters = [(plugin as _, Type::TEXT), (name as _, Type::TEXT)];
    let rows = client.query_typed(include_str!("sql/known.sql"), &parameters).await?;
    let no_job = || JobError::NoJob { plugin: plugin.clone(), name: name.clone() };
    let row = rows.first().ok_or_else(no_job)?;
    let (is_paused, runs): (bool, bool) = (row.try_get("paused")?, row.try_get("runs")?);
    match change {
        JobChange::Run if runs => {
            return Err(JobError::Runs { plugin: plugin.clone(), name: name.clone() });
        }
        JobChange::Run => client.execute_typed(include_str!("sql/ask.sql"), &parameters).await?,
        JobChange::Pause | JobChange::Resume => {
            let paused = change == JobChange::Pause;
            if paused == is_paused {
                return Err(JobError::SoAlready { plugin: plugin.clone(), name: name.clone(), paused });
            }
            let parameters = [(plugin as _, Type::TEXT), (name as _, Type::TEXT), (&paused as _, Type::BOOL)];
            client.execute_typed(include_str!("sql/pause.sql"), &parameters).await?
        }
    };
    let notify = "SELECT pg_catalog.pg_notify($1, $2)";
    client.query_typed(notify, &[(&CHANNEL as _, Type::TEXT), (name as _, Type::TEXT)]).await?;
    Ok(())
}

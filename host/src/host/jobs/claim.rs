//! Claiming what is due: for which time there is a run, and which attempt it is.

use std::time::Duration;

use tenon_schema::jobs::Schedule;
use tokio_postgres::Client;
use uuid::Uuid;

use super::super::Tenon;
use super::OF_LOST;
use super::due::{Decision, decide};
use super::store::{self, ASKED, DueJob, JobAttempt, JobError, OwnJobs, SCHEDULE, START};
use crate::plugin::jobs::PluginJob;

impl Tenon {
    /// Claims what is due, as many as there is room for.
    pub(super) async fn claim_jobs(
        &self,
        client: &Client,
        own: &[(String, &PluginJob)],
        statements: &OwnJobs,
        room: usize,
    ) -> Result<Vec<JobAttempt>, JobError> {
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let claimed = self.bounds().within(client, async {
            let mut claimed = Vec::new();
            for due in store::due(client, statements, limit).await? {
                let job = own.iter().find(|(plugin, job)| *plugin == due.plugin && *job.name == *due.name);
                if let Some((_, job)) = job {
                    claimed.extend(self.claim(client, job, due).await?);
                }
            }
            Ok::<_, JobError>(claimed)
        });
        claimed.await
    }

    /// Claims one job, unless what has come of it is passed over.
    async fn claim(
        &self,
        client: &Client,
        job: &PluginJob,
        due: DueJob,
    ) -> Result<Option<JobAttempt>, JobError> {
        if let Some(former) = due.run {
            tracing::warn!(
                plugin = due.plugin,
                job = due.name,
                run = %former,
                "the host that ran a job has died, or lost the database"
            );
            store::lost(client, former).await?;
        }
        let (tick, attempt, cause, after) = match (due.tick_at, due.asked_at) {
            // What a host took with it was no fault of the job, or else it takes the next host with it too.
            (Some(_), _) if due.run.is_some() && due.attempt > job.retries && due.attempt >= OF_LOST => {
                store::pass(client, &due, due.next_at).await?;
                return Ok(None);
            }
            (Some(tick), _) => {
                (tick, due.attempt.saturating_add(1), store::cause(client, &due, tick).await?, due.next_at)
            }
            (None, Some(asked)) if asked <= due.now => (asked, 1, ASKED.to_owned(), due.next_at),
            (None, _) => {
                let Some(next_at) = due.next_at else { return Ok(None) };
                match decide(&job.schedule, &job.zone, job.catch_up, next_at, due.now) {
                    Decision::Pass { next } => {
                        store::pass(client, &due, next).await?;
                        return Ok(None);
                    }
                    Decision::Run { tick, next } => {
                        let is_start = job.schedule == Schedule::OnStart;
                        (tick, 1, if is_start { START } else { SCHEDULE }.to_owned(), next)
                    }
                }
            }
        };
        let late = Duration::try_from(due.now.duration_since(tick)).unwrap_or_default();
        let (run, lease) = (Uuid::now_v7(), Uuid::new_v4());
        let DueJob { plugin, name, .. } = due;
        let attempt = JobAttempt { plugin, name, run, lease, cause, tick, attempt, late };
        store::begin(client, &attempt, after, &self.name).await?;
        Ok(Some(attempt))
    }
}

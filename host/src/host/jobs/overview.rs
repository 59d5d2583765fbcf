//! The jobs of all hosts as they are shown: when each runs next, and how it went.

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::super::Tenon;
use super::super::own_tables::Unreached;
use super::store::{self, JobError};
use crate::support::errors::chain;

/// How long something may be due before it is late, in seconds.
const LATE: f64 = 60.0;

/// The jobs that the database knows.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct JobList {
    /// By plugin and name.
    pub jobs: Vec<JobReport>,
    /// Why they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// One job.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct JobReport {
    pub plugin: String,
    pub job: String,
    /// `every 1h`, `cron 0 3 * * *`, `cron 0 3 * * * in Europe/Berlin` or `on start`.
    pub schedule: String,
    /// `running`, `retrying`, `waiting` or `paused`.
    pub state: &'static str,
    /// Whether hosts do not run it by themselves.
    pub paused: bool,
    /// When it begins next, or began to be due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// For how many seconds it has been due, if that is long and no host has begun it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_seconds: Option<u64>,
    /// The attempt that is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<JobRunReport>,
    /// The last attempt that has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<JobRunReport>,
}

impl JobReport {
    /// Whether hosts do not run it by themselves.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether the last attempt did not succeed.
    pub fn fails(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.state != "succeeded")
    }
}

/// One attempt to run a job.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct JobRunReport {
    pub id: Uuid,
    pub plugin: String,
    pub job: String,
    /// `schedule`, `asked` or `start`.
    pub cause: String,
    /// The time that it was for.
    pub scheduled_at: Timestamp,
    /// 1 for the first.
    pub attempt: u32,
    pub host: String,
    /// `running`, `succeeded`, `failed` or `lost`: its host has died, or lost the database.
    pub state: String,
    pub started_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// A word for programs that says why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl JobRunReport {
    /// How long it took, in words, if it has ended.
    pub fn took(&self) -> Option<String> {
        let millis = self.ended_at?.duration_since(self.started_at).as_millis().max(0);
        Some(if millis < 1000 {
            format!("{millis} ms")
        } else {
            format!("{}.{} s", millis / 1000, millis % 1000 / 100)
        })
    }
}

/// The latest attempts.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct JobHistory {
    /// Newest first.
    pub runs: Vec<JobRunReport>,
    /// Why they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

impl Tenon {
    /// The jobs that hosts of the database have made known.
    pub async fn job_list(&self) -> JobList {
        match self.read_jobs(include_str!("sql/list.sql"), &[], report_of).await {
            Ok(jobs) => JobList { jobs, trouble: None },
            Err(error) => JobList { jobs: Vec::new(), trouble: Some(chain(&error)) },
        }
    }

    /// The latest attempts, of a plugin and of a job of it if these are named.
    pub async fn job_history(&self, plugin: Option<&str>, job: Option<&str>, limit: i64) -> JobHistory {
        let parameters: [(&(dyn ToSql + Sync), Type); 3] =
            [(&plugin, Type::TEXT), (&job, Type::TEXT), (&limit, Type::INT8)];
        let of_row = |row: &Row| {
            let (plugin, job) = (row.try_get("plugin")?, row.try_get("name")?);
            Ok(ended_of(row, plugin, job)?)
        };
        match self.read_jobs(include_str!("sql/history.sql"), &parameters, of_row).await {
            Ok(runs) => JobHistory { runs, trouble: None },
            Err(error) => JobHistory { runs: Vec::new(), trouble: Some(chain(&error)) },
        }
    }

    /// Nothing before the migration of the tables.
    async fn read_jobs<T>(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
        of_row: impl Fn(&Row) -> Result<T, JobError>,
    ) -> Result<Vec<T>, JobError> {
        let connection = self.connection().await;
        let connection = connection.map_err(|error| Unreached::of(&error))?;
        let client = connection.driven_by_task();
        let read = self.bounds().read(client, async {
            if !store::exists(client).await? {
                return Ok(Vec::new());
            }
            client.query_typed(sql, parameters).await?.iter().map(of_row).collect()
        });
        read.await
    }
}

fn report_of(row: &Row) -> Result<JobReport, JobError> {
    let (plugin, job): (String, String) = (row.try_get("plugin")?, row.try_get("name")?);
    let (paused, runs, is_open): (bool, bool, bool) =
        (row.try_get("paused")?, row.try_get("runs")?, row.try_get("is_open")?);
    let late: Option<f64> = row.try_get("late")?;
    let late = late.filter(|late| *late > LATE && !paused);
    let r_id: Option<Uuid> = row.try_get("r_id")?;
    let running = r_id.map(|id| running_of(row, id, plugin.clone(), job.clone())).transpose()?;
    let id: Option<Uuid> = row.try_get("id")?;
    let last = id.map(|_| ended_of(row, plugin.clone(), job.clone())).transpose()?;
    Ok(JobReport {
        plugin,
        job,
        schedule: row.try_get("schedule")?,
        state: match (runs, paused, is_open) {
            (true, _, _) => "running",
            (false, true, _) => "paused",
            (false, false, true) => "retrying",
            (false, false, false) => "waiting",
        },
        paused,
        next_at: row.try_get::<_, Option<Timestamp>>("next_at")?.filter(|_| !paused),
        late_seconds: late.map(|late| std::time::Duration::from_secs_f64(late).as_secs()),
        running,
        last,
    })
}

fn ended_of(row: &Row, plugin: String, job: String) -> Result<JobRunReport, tokio_postgres::Error> {
    let number: i32 = row.try_get("number")?;
    Ok(JobRunReport {
        id: row.try_get("id")?,
        plugin,
        job,
        cause: row.try_get("cause")?,
        scheduled_at: row.try_get("scheduled_at")?,
        attempt: u32::try_from(number).unwrap_or_default(),
        host: row.try_get("host")?,
        state: row.try_get("state")?,
        started_at: row.try_get("started_at")?,
        ended_at: row.try_get("ended_at")?,
        code: row.try_get("code")?,
        message: row.try_get("message")?,
    })
}

fn running_of(
    row: &Row,
    id: Uuid,
    plugin: String,
    job: String,
) -> Result<JobRunReport, tokio_postgres::Error> {
    let number: i32 = row.try_get("r_number")?;
    Ok(JobRunReport {
        id,
        plugin,
        job,
        cause: row.try_get("r_cause")?,
        scheduled_at: row.try_get("r_scheduled_at")?,
        attempt: u32::try_from(number).unwrap_or_default(),
        host: row.try_get("r_host")?,
        state: "running".to_owned(),
        started_at: row.try_get("r_started_at")?,
        ended_at: None,
        code: None,
        message: None,
    })
}

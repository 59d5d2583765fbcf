//! The jobs in the database: claimed, kept and settled. All is called in a transaction.

use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::super::own_tables::Unreached;
use crate::database::bounds::NoResponse;
use crate::heal::HEAL_LOCK;
use crate::support::error_code::ErrorCode;

/// How long a host keeps an attempt if it says no more.
pub(super) const LEASE: Duration = Duration::from_secs(12);

/// How many attempts of each job are kept.
const KEPT: i64 = 100;

/// For how long one start of a host stands for those of all others.
const ONE_START: Duration = Duration::from_secs(60);

/// How many characters of an error are kept.
const MOST_MESSAGE: usize = 2000;

/// Why the jobs could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("the database refused it")]
    Database(#[from] tokio_postgres::Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error(transparent)]
    Unreached(#[from] Unreached),
    #[error("core/0007_jobs.sql is pending, which makes the tables of jobs")]
    Pending,
    #[error("there is no job {name} of plugin {plugin}")]
    NoJob { plugin: String, name: String },
    #[error("the job {plugin} {name} is {}", if *.paused { "paused already" } else { "not paused" })]
    SoAlready { plugin: String, name: String, paused: bool },
    #[error("the job {plugin} {name} runs")]
    Runs { plugin: String, name: String },
}

impl JobError {
    /// The code under which it is explained.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Database(_) | Self::NoResponse(_) | Self::Unreached(_) => ErrorCode::Unavailable,
            Self::Pending => ErrorCode::Pending,
            Self::NoJob { .. } => ErrorCode::NoJob,
            Self::SoAlready { .. } => ErrorCode::JobUnchanged,
            Self::Runs { .. } => ErrorCode::JobRuns,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Pending => "run `tenon heal`",
            Self::NoJob { .. } => {
                "`tenon job list` shows the jobs; a host that serves makes those of its plugins known"
            }
            Self::SoAlready { .. } => "`tenon job list` shows how the jobs are",
            Self::Runs { .. } => "wait until it has ended: no job runs beside itself",
            _ => "`tenon check` says what is wrong with the database",
        }
    }
}

type Parameters<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// A job as its row tells that is due.
#[derive(Debug)]
pub(super) struct DueJob {
    pub(super) plugin: String,
    pub(super) name: String,
    pub(super) next_at: Option<Timestamp>,
    pub(super) asked_at: Option<Timestamp>,
    pub(super) tick_at: Option<Timestamp>,
    pub(super) attempt: u32,
    /// The attempt whose host has died.
    pub(super) run: Option<Uuid>,
    pub(super) now: Timestamp,
}

/// An attempt that is this host's.
#[derive(Debug, Clone)]
pub(super) struct JobAttempt {
    pub(super) plugin: String,
    pub(super) name: String,
    pub(super) run: Uuid,
    pub(super) lease: Uuid,
    pub(super) cause: String,
    pub(super) tick: Timestamp,
    pub(super) attempt: u32,
    /// How long after its time it begins.
    pub(super) late: Duration,
}

/// The jobs of a host as the statements take them.
#[derive(Debug, Default)]
pub(super) struct OwnJobs {
    pub(super) plugins: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) schedules: Vec<String>,
}

/// Whether the tables are there.
pub(super) async fn exists(client: &Client) -> Result<bool, JobError> {
    let row = client.query_typed_one(include_str!("sql/exists.sql"), &[]).await?;
    Ok(row.try_get("there")?)
}

/// The database's time.
pub(super) async fn now(client: &Client) -> Result<Timestamp, JobError> {
    let row = client.query_typed_one(include_str!("sql/now.sql"), &[]).await?;
    Ok(row.try_get("now")?)
}

/// Makes jobs known. The first host of a version that starts takes over what it declares otherwise.
pub(super) async fn declare(
    client: &Client,
    own: &OwnJobs,
    next: &[Option<Timestamp>],
    takes_over: bool,
) -> Result<(), JobError> {
    let parameters: Parameters<'_> = &[
        (&own.plugins, Type::TEXT_ARRAY),
        (&own.names, Type::TEXT_ARRAY),
        (&own.schedules, Type::TEXT_ARRAY),
        (&next, Type::TIMESTAMPTZ_ARRAY),
        (&takes_over, Type::BOOL),
    ];
    client.execute_typed(include_str!("sql/declare.sql"), parameters).await?;
    Ok(())
}

/// Forgets the jobs that a plugin has no more.
pub(super) async fn undeclare(client: &Client, plugin: &str, names: &[&str]) -> Result<(), JobError> {
    let parameters: Parameters<'_> = &[(&plugin, Type::TEXT), (&names, Type::TEXT_ARRAY)];
    client.execute_typed(include_str!("sql/undeclare.sql"), parameters).await?;
    Ok(())
}

/// Has those jobs be due that run when hosts start.
pub(super) async fn start(client: &Client, own: &OwnJobs) -> Result<(), JobError> {
    let seconds = ONE_START.as_secs_f64();
    let parameters: Parameters<'_> =
        &[(&own.plugins, Type::TEXT_ARRAY), (&own.names, Type::TEXT_ARRAY), (&seconds, Type::FLOAT8)];
    client.execute_typed(include_str!("sql/start.sql"), parameters).await?;
    Ok(())
}

/// The jobs that are due and nobody's, which are locked from then on.
pub(super) async fn due(client: &Client, own: &OwnJobs, limit: i64) -> Result<Vec<DueJob>, JobError> {
    let parameters: Parameters<'_> = &[
        (&own.plugins, Type::TEXT_ARRAY),
        (&own.names, Type::TEXT_ARRAY),
        (&own.schedules, Type::TEXT_ARRAY),
        (&limit, Type::INT8),
        (&HEAL_LOCK.0, Type::INT4),
        (&HEAL_LOCK.1, Type::INT4),
    ];
    let rows = client.query_typed(include_str!("sql/due.sql"), parameters).await?;
    rows.iter().map(due_of).collect()
}

fn due_of(row: &Row) -> Result<DueJob, JobError> {
    let attempt: i32 = row.try_get("attempt")?;
    Ok(DueJob {
        plugin: row.try_get("plugin")?,
        name: row.try_get("name")?,
        next_at: row.try_get("next_at")?,
        asked_at: row.try_get("asked_at")?,
        tick_at: row.try_get("tick_at")?,
        attempt: u32::try_from(attempt).unwrap_or_default(),
        run: row.try_get("run")?,
        now: row.try_get("now")?,
    })
}

/// In how long any of these jobs is due, if any will be.
pub(super) async fn due_in(client: &Client, own: &OwnJobs) -> Result<Option<Duration>, JobError> {
    let parameters: Parameters<'_> = &[(&own.plugins, Type::TEXT_ARRAY), (&own.names, Type::TEXT_ARRAY)];
    let row = client.query_typed_one(include_str!("sql/next.sql"), parameters).await?;
    let seconds: Option<f64> = row.try_get("due_in")?;
    Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)))
}

/// Begins an attempt, which is this host's from then on.
pub(super) async fn begin(
    client: &Client,
    job: &JobAttempt,
    next: Option<Timestamp>,
    host: &str,
) -> Result<(), JobError> {
    let (asked, attempt) = (job.cause == ASKED, i32::try_from(job.attempt).unwrap_or(i32::MAX));
    let seconds = LEASE.as_secs_f64();
    let parameters: Parameters<'_> = &[
        (&job.plugin, Type::TEXT),
        (&job.name, Type::TEXT),
        (&next, Type::TIMESTAMPTZ),
        (&asked, Type::BOOL),
        (&job.tick, Type::TIMESTAMPTZ),
        (&attempt, Type::INT4),
        (&job.run, Type::UUID),
        (&job.lease, Type::UUID),
        (&seconds, Type::FLOAT8),
        (&job.cause, Type::TEXT),
        (&host, Type::TEXT),
    ];
    client.execute_typed(include_str!("sql/begin.sql"), parameters).await?;
    let kept: Parameters<'_> = &[(&job.plugin, Type::TEXT), (&job.name, Type::TEXT), (&KEPT, Type::INT8)];
    client.execute_typed(include_str!("sql/prune.sql"), kept).await?;
    Ok(())
}

/// The cause of a run that somebody asked for.
pub(super) const ASKED: &str = "asked";
/// The cause of a run whose time has come.
pub(super) const SCHEDULE: &str = "schedule";
/// The cause of a run that a host's start brings.
pub(super) const START: &str = "start";

/// Why there was a first attempt for this time.
pub(super) async fn cause(client: &Client, job: &DueJob, tick: Timestamp) -> Result<String, JobError> {
    let parameters: Parameters<'_> =
        &[(&job.plugin, Type::TEXT), (&job.name, Type::TEXT), (&tick, Type::TIMESTAMPTZ)];
    let rows = client.query_typed(include_str!("sql/cause.sql"), parameters).await?;
    let cause = rows.first().map(|row| row.try_get("cause")).transpose()?;
    Ok(cause.unwrap_or_else(|| SCHEDULE.to_owned()))
}

/// Notes that an attempt's host has died.
pub(super) async fn lost(client: &Client, run: Uuid) -> Result<(), JobError> {
    client.execute_typed(include_str!("sql/lost.sql"), &[(&run, Type::UUID)]).await?;
    Ok(())
}

/// Passes over what has come of a job.
pub(super) async fn pass(client: &Client, job: &DueJob, next: Option<Timestamp>) -> Result<(), JobError> {
    let parameters: Parameters<'_> =
        &[(&job.plugin, Type::TEXT), (&job.name, Type::TEXT), (&next, Type::TIMESTAMPTZ)];
    client.execute_typed(include_str!("sql/pass.sql"), parameters).await?;
    Ok(())
}

/// How an attempt is settled whose transaction was not committed.
#[derive(Debug)]
pub(super) struct Unsuccessful<'a> {
    /// `failed` or `lost`.
    pub(super) state: &'static str,
    pub(super) again_in: Option<Duration>,
    pub(super) code: &'a str,
    pub(super) message: &'a str,
}

/// Settles an attempt that did not succeed, as far as is known. Says whether it did after all: the answer to
/// COMMIT may have been lost.
pub(super) async fn settle(
    client: &Client,
    job: &JobAttempt,
    end: &Unsuccessful<'_>,
) -> Result<bool, JobError> {
    let again_in = end.again_in.map(|pause| pause.as_secs_f64());
    let message: String = end.message.chars().filter(|c| *c != '\0').take(MOST_MESSAGE).collect();
    let parameters: Parameters<'_> = &[
        (&job.run, Type::UUID),
        (&job.lease, Type::UUID),
        (&end.state, Type::TEXT),
        (&again_in, Type::FLOAT8),
        (&end.code, Type::TEXT),
        (&message, Type::TEXT),
    ];
    let row = client.query_typed_one(include_str!("sql/settle.sql"), parameters).await?;
    if row.try_get("mine")? {
        return Ok(false);
    }
    let rows = client.query_typed(include_str!("sql/state.sql"), &[(&job.run, Type::UUID)]).await?;
    let state: Option<String> = rows.first().map(|row| row.try_get("state")).transpose()?;
    Ok(state.as_deref() == Some("succeeded"))
}

/// Gives an attempt back of which nothing has run.
pub(super) async fn give_back(client: &Client, job: &JobAttempt, again_in: Duration) -> Result<(), JobError> {
    let seconds = again_in.as_secs_f64();
    let parameters: Parameters<'_> =
        &[(&job.run, Type::UUID), (&job.lease, Type::UUID), (&seconds, Type::FLOAT8)];
    client.execute_typed(include_str!("sql/give_back.sql"), parameters).await?;
    Ok(())
}

/// Keeps these attempts for another while.
pub(super) async fn renew(client: &Client, runs: &[Uuid]) -> Result<(), JobError> {
    let seconds = LEASE.as_secs_f64();
    let parameters: Parameters<'_> = &[(&runs, Type::UUID_ARRAY), (&seconds, Type::FLOAT8)];
    client.execute_typed(include_str!("sql/renew.sql"), parameters).await?;
    Ok(())
}

/// Lets other hosts make these attempts anew.
pub(super) async fn release(client: &Client, runs: &[Uuid], again_in: Duration) -> Result<(), JobError> {
    let seconds = again_in.as_secs_f64();
    let parameters: Parameters<'_> = &[(&runs, Type::UUID_ARRAY), (&seconds, Type::FLOAT8)];
    client.execute_typed(include_str!("sql/release.sql"), parameters).await?;
    Ok(())
}

/// Frees the lease of an attempt that has succeeded.
pub(super) async fn free(client: &Client, run: Uuid) -> Result<(), JobError> {
    client.execute_typed(include_str!("sql/free.sql"), &[(&run, Type::UUID)]).await?;
    Ok(())
}

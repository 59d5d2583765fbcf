//! Running the jobs of plugins: once for the database, however many hosts serve it.
//!
//! One task of each host looks for what is due (`store.rs`), and sleeps until something is. Hosts agree by
//! the database alone, and by its clock:
//!
//! 1. A host *claims* a job: it locks the row (`FOR UPDATE SKIP LOCKED`), decides for which time there is a
//!    run (`due.rs`), and writes the attempt with a word that nobody else knows, the lease.
//! 2. It calls the plugin as for a request (`attempt.rs`): the same threads, limits, strikes and quarantine.
//!    Meanwhile it renews the lease.
//! 3. `tenon.job_done(run, lease)` is the last statement of the plugin's own transaction. So what the job did
//!    and that it has run are committed together. Whoever's lease has become another's commits nothing.
//! 4. An attempt that failed is settled in a transaction of the host's own, and tried again after a pause.
//!
//! The lease of a host that has died ends, and another one makes the next attempt. No job begins while a
//! heal runs, none of a plugin whose routes are held, and none in a database whose tables of jobs are not
//! there. The suite `jobs` holds all this.

mod act;
mod attempt;
mod claim;
mod due;
mod overview;
mod store;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tenon_schema::jobs::Schedule;
use tokio::task::JoinSet;
use tokio_postgres::Client;
use uuid::Uuid;

use super::Tenon;
use crate::plugin::jobs::PluginJob;
use crate::support::errors::chain;
pub use act::{JobChange, JobName};
use attempt::Ended;
use due::next;
pub use overview::{JobHistory, JobList, JobReport, JobRunReport};
pub use store::JobError;
use store::{LEASE, OwnJobs};

/// How long nothing is looked for that nobody has told of.
const IDLE: Duration = Duration::from_secs(30);

/// How often what a host declares is written down anew, in case the database is another by now.
const DECLARED: Duration = Duration::from_secs(60);

/// Between two looks while a heal runs, or while others have what is due.
const SOON: Duration = Duration::from_secs(1);

/// The least pause between two looks.
const LEAST: Duration = Duration::from_millis(5);

/// How many attempts are under way at one time in one host, at most.
const MOST_PARALLEL: usize = 8;

/// How many attempts are made of what no fault of the job has ended.
const OF_LOST: u32 = 4;

/// How long hosts wait for what another one has given back.
const GIVEN_BACK: Duration = Duration::from_secs(5);

/// How long a host that stops waits for its jobs, at least.
const STOPPING: Duration = Duration::from_secs(5);

/// How a session that is for jobs names itself.
const NAME: &str = "tenon runs jobs";

/// The channel on which hosts tell each other that a job may be due.
pub(super) const CHANNEL: &str = "tenon_jobs";

/// What the task has at hand.
#[derive(Default)]
struct Round {
    client: Option<Client>,
    /// The attempts that are under way.
    under_way: JoinSet<Ended>,
    /// The attempts whose leases are renewed: those under way, and those that could not be settled yet.
    kept: BTreeSet<Uuid>,
    unsettled: Vec<Ended>,
    renewed: Option<Instant>,
    /// The plugins whose jobs are known, and since when all are.
    declared: BTreeSet<String>,
    declared_at: Option<Instant>,
}

impl Tenon {
    /// Runs the plugins' jobs until the host stops, and gives back what has not ended by then.
    pub async fn run_jobs(self: Arc<Self>) {
        let mut round = Round::default();
        let mut reports = self.reports();
        while !self.jobs.is_stopping() {
            reports.borrow_and_update();
            let pause = match self.look_for_jobs(&mut round).await {
                Ok(pause) => {
                    self.jobs.goes_on();
                    pause
                }
                Err(error) => {
                    round.client = None;
                    self.jobs.waits("jobs of plugins", &error);
                    SOON * 3
                }
            };
            tokio::select! {
                () = self.jobs.woken() => {}
                () = tokio::time::sleep(pause) => {}
                Ok(()) = reports.changed() => {}
                Some(ended) = round.under_way.join_next(), if !round.under_way.is_empty() => {
                    round.unsettled.extend(ended.ok());
                }
            }
        }
        self.end_jobs(round).await;
    }

    /// Has no further job begin here; those that run have their time to end.
    pub fn stop_jobs(&self) {
        self.jobs.stop();
    }

    /// One look: settles what has ended, keeps what runs, begins what is due. Says how long nothing else is.
    async fn look_for_jobs(self: &Arc<Self>, round: &mut Round) -> Result<Duration, JobError> {
        let own = self.own_jobs();
        if own.is_empty() && round.kept.is_empty() && round.unsettled.is_empty() {
            round.client = None;
            return Ok(IDLE);
        }
        while let Some(ended) = round.under_way.try_join_next() {
            round.unsettled.extend(ended.ok());
        }
        if round.under_way.is_empty() && round.unsettled.is_empty() {
            round.kept.clear();
        }
        let client = self.session_of(round).await?;
        let looked = self.look_with(&client, round, &own).await;
        round.client = Some(client);
        looked
    }

    async fn look_with(
        self: &Arc<Self>,
        client: &Client,
        round: &mut Round,
        own: &[(String, &PluginJob)],
    ) -> Result<Duration, JobError> {
        if !self.bounds().read(client, store::exists(client)).await? {
            return Ok(IDLE);
        }
        while let Some(ended) = round.unsettled.pop() {
            if let Err(error) = self.settle_attempt(client, &ended).await {
                round.unsettled.push(ended);
                return Err(error);
            }
            round.kept.remove(&ended.attempt.run);
        }
        self.renew_leases(client, round).await?;
        self.declare_jobs(client, round, own).await?;
        let statements = as_statements_take(own);
        let room = self.parallel_jobs().saturating_sub(round.kept.len());
        let mut has_begun = false;
        if room > 0 && !own.is_empty() {
            for attempt in self.claim_jobs(client, own, &statements, room).await? {
                has_begun = true;
                round.kept.insert(attempt.run);
                let host = Arc::clone(self);
                round.under_way.spawn(async move { host.make_attempt(attempt).await });
            }
        }
        let pause = self.bounds().read(client, store::due_in(client, &statements)).await?;
        let pause = match pause {
            _ if room == 0 => LEASE / 4,
            // What is due and was not claimed another host has, or a heal runs.
            Some(pause) if pause.is_zero() && !has_begun => SOON / 4,
            Some(pause) => pause.clamp(LEAST, IDLE),
            None => IDLE,
        };
        Ok(if round.kept.is_empty() { pause } else { pause.min(LEASE / 4) })
    }

    /// The jobs of the plugins whose routes answer here.
    fn own_jobs(&self) -> Vec<(String, &PluginJob)> {
        let with_jobs =
            self.registry.plugins.values().filter(|plugin| {
                plugin.library.as_ref().is_some_and(|library| !library.jobs.all().is_empty())
            });
        let serving = with_jobs.filter_map(|plugin| self.serving(plugin.info.id.as_str()).ok());
        let jobs = serving.flat_map(|(plugin, library)| {
            library.jobs.all().iter().map(|job| (plugin.info.id.to_string(), job))
        });
        jobs.collect()
    }

    /// How many attempts may be under way: each has a connection of the plugins'.
    fn parallel_jobs(&self) -> usize {
        self.config.database.pool_size.get().div_ceil(2).min(MOST_PARALLEL)
    }

    async fn renew_leases(&self, client: &Client, round: &mut Round) -> Result<(), JobError> {
        let is_time = round.renewed.is_none_or(|at| at.elapsed() >= LEASE / 5);
        if round.kept.is_empty() || !is_time {
            return Ok(());
        }
        let runs: Vec<_> = round.kept.iter().copied().collect();
        self.bounds().within(client, store::renew(client, &runs)).await?;
        round.renewed = Some(Instant::now());
        Ok(())
    }

    /// Makes the jobs known: those of a plugin that serves for the first time since the host has started take
    /// the place of what an earlier version declared.
    async fn declare_jobs(
        &self,
        client: &Client,
        round: &mut Round,
        own: &[(String, &PluginJob)],
    ) -> Result<(), JobError> {
        let is_new = |plugin: &String| !round.declared.contains(plugin);
        let fresh: Vec<_> = own.iter().filter(|(plugin, _)| is_new(plugin)).cloned().collect();
        let is_time = round.declared_at.is_none_or(|at| at.elapsed() >= DECLARED);
        if fresh.is_empty() && !is_time {
            return Ok(());
        }
        let declared = self.bounds().within(client, async {
            let now = store::now(client).await?;
            let first = |jobs: &[(String, &PluginJob)]| -> Vec<_> {
                jobs.iter().map(|(_, job)| next(&job.schedule, &job.zone, now)).collect()
            };
            if !fresh.is_empty() {
                let statements = as_statements_take(&fresh);
                store::declare(client, &statements, &first(&fresh), true).await?;
                let plugins: BTreeSet<_> = fresh.iter().map(|(plugin, _)| plugin).collect();
                for plugin in plugins {
                    let names = fresh.iter().filter(|(of, _)| of == plugin).map(|(_, job)| &*job.name);
                    store::undeclare(client, plugin, &names.collect::<Vec<_>>()).await?;
                }
                let starting: Vec<_> =
                    fresh.iter().filter(|(_, job)| job.schedule == Schedule::OnStart).cloned().collect();
                store::start(client, &as_statements_take(&starting)).await?;
            }
            store::declare(client, &as_statements_take(own), &first(own), false).await
        });
        declared.await?;
        fresh.iter().for_each(|(plugin, job)| self.metrics.job_declared(plugin, &job.name));
        round.declared.extend(fresh.into_iter().map(|(plugin, _)| plugin));
        round.declared_at = Some(Instant::now());
        Ok(())
    }

    /// Waits for the attempts that are under way, and gives back what does not end.
    async fn end_jobs(self: Arc<Self>, mut round: Round) {
        let end = Instant::now() + self.config.server.drain.max(STOPPING);
        if !round.under_way.is_empty() {
            tracing::info!("{} jobs run: waiting for them", round.under_way.len());
        }
        while Instant::now() < end && !(round.under_way.is_empty() && round.unsettled.is_empty()) {
            let until = end.min(Instant::now() + LEASE / 5);
            if let Ok(Some(ended)) = tokio::time::timeout_at(until.into(), round.under_way.join_next()).await
            {
                round.unsettled.extend(ended.ok());
            }
            let Ok(client) = self.session_of(&mut round).await else { break };
            while let Some(ended) = round.unsettled.pop() {
                if self.settle_attempt(&client, &ended).await.is_ok() {
                    round.kept.remove(&ended.attempt.run);
                }
            }
            let _ = self.renew_leases(&client, &mut round).await;
            round.client = Some(client);
        }
        if let Err(error) = self.release_attempts(&mut round).await {
            tracing::debug!("other hosts will miss this one's jobs: {}", chain(&error));
        }
    }

    /// Lets other hosts make anew what ends with this one.
    async fn release_attempts(&self, round: &mut Round) -> Result<(), JobError> {
        if round.kept.is_empty() {
            return Ok(());
        }
        let client = self.session_of(round).await?;
        let runs: Vec<_> = round.kept.iter().copied().collect();
        tracing::warn!("{} jobs did not end in time, and are left to other hosts", runs.len());
        self.bounds().within(&client, store::release(&client, &runs, GIVEN_BACK)).await
    }

    async fn session_of(&self, round: &mut Round) -> Result<Client, JobError> {
        match round.client.take().filter(|client| !client.is_closed()) {
            Some(client) => Ok(client),
            None => self.own_tables(NAME).await.map_err(JobError::from),
        }
    }
}

fn as_statements_take(jobs: &[(String, &PluginJob)]) -> OwnJobs {
    OwnJobs {
        plugins: jobs.iter().map(|(plugin, _)| plugin.clone()).collect(),
        names: jobs.iter().map(|(_, job)| job.name.to_string()).collect(),
        schedules: jobs.iter().map(|(_, job)| job.text.clone()).collect(),
    }
}

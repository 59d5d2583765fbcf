//! A plugin's jobs: read from its manifest, with all that is wrong with them.
//!
//! What runs a job is a call like any other, of a route that no request can name: `JOB remind`.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use tenon_plugin_api::Manifest;
use tenon_plugin_api::contract::{DeclaredJob, JOB_METHOD};
use tenon_schema::jobs::{CatchUp, Schedule, is_job_name, parse_duration};

use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::routes::Route;

/// The pause before the first retry, where the author names none.
const PAUSE: Duration = Duration::from_secs(60);
/// The longest pause before a retry.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// The longest that a run may take.
const LONGEST: Duration = Duration::from_secs(3600);

/// The jobs of one plugin, in the order of its manifest.
#[derive(Debug, Clone, Default)]
pub struct PluginJobs(Vec<PluginJob>);

/// A job of a plugin.
#[derive(Debug, Clone)]
pub struct PluginJob {
    pub name: Arc<str>,
    /// The schedule as the manifest spells it.
    pub text: String,
    pub schedule: Schedule,
    /// The time zone of a cron line.
    pub zone: TimeZone,
    /// How long a run may take, where the job says so.
    pub deadline: Option<Duration>,
    pub retries: u32,
    pub pause: Duration,
    pub catch_up: CatchUp,
    /// What its calls are like.
    pub route: Route,
}

impl PluginJobs {
    /// The jobs of a manifest, or all that is wrong with them.
    pub fn of(manifest: &Manifest) -> Result<Self, Vec<Problem>> {
        let (mut jobs, mut problems) = (Vec::<PluginJob>::new(), Vec::new());
        let first = u32::try_from(manifest.routes.len()).unwrap_or(u32::MAX);
        for (number, declared) in (first..).zip(&manifest.jobs) {
            match PluginJob::of(declared, number) {
                Ok(job) if jobs.iter().any(|other| other.name == job.name) => {
                    problems.push(malformed(&declared.name, "there is another one of that name"));
                }
                Ok(job) => jobs.push(job),
                Err(fault) => problems.push(malformed(&declared.name, &fault)),
            }
        }
        if problems.is_empty() { Ok(Self(jobs)) } else { Err(problems) }
    }

    /// The jobs, in the order of the manifest.
    pub fn all(&self) -> &[PluginJob] {
        &self.0
    }

    /// The job of this name.
    pub fn find(&self, name: &str) -> Option<&PluginJob> {
        self.0.iter().find(|job| &*job.name == name)
    }
}

impl PluginJob {
    fn of(declared: &DeclaredJob, number: u32) -> Result<Self, String> {
        if !is_job_name(&declared.name) {
            return Err("its name is none: lower-case letters, digits and _, a letter first".to_owned());
        }
        let schedule = Schedule::parse(&declared.schedule)?;
        let zone = match &schedule {
            Schedule::Cron { zone: Some(name), .. } => {
                TimeZone::get(name).map_err(|_| format!("this system knows no time zone {name:?}"))?
            }
            _ => TimeZone::UTC,
        };
        let duration = |text: &Option<String>| text.as_deref().map(parse_duration).transpose();
        let catch_up = match &declared.catch_up {
            None => CatchUp::default(),
            Some(word) => CatchUp::parse(word)
                .ok_or_else(|| format!("this version of Tenon knows no catch_up {word:?}"))?,
        };
        Ok(Self {
            name: declared.name.as_str().into(),
            text: schedule.to_string(),
            schedule,
            zone,
            deadline: duration(&declared.deadline)?.map(|deadline| deadline.min(LONGEST)),
            retries: declared.retries,
            pause: duration(&declared.pause)?.unwrap_or(PAUSE),
            catch_up,
            route: Route::without_path(JOB_METHOD, &declared.name, number),
        })
    }

    /// The pause after this attempt has failed: each is twice as long as the one before it, within a bound.
    pub fn pause_after(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.checked_pow(attempt.saturating_sub(1)).and_then(|by| self.pause.checked_mul(by));
        doubled.map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE.max(self.pause)))
    }
}

fn malformed(name: &str, fault: &str) -> Problem {
    let remedy = "report it to the plugin's author: export_plugin! builds no such jobs; a time zone that is missing \
                  comes with the system's package of time zones";
    Problem::new(ProblemCode::BadJob, format!("its job {name:?} cannot run: {fault}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(jobs: &serde_json::Value) -> Result<PluginJobs, Vec<String>> {
        let manifest = serde_json::json!({
            "id": "shop", "name": "Shop", "version": "1.0.0", "contract": [1], "routes": ["GET /a"], "jobs": jobs,
        });
        let manifest = serde_json::from_value(manifest).unwrap();
        PluginJobs::of(&manifest)
            .map_err(|all| all.iter().map(|one| format!("{}: {one}", one.code)).collect())
    }

    #[test]
    fn a_job_that_says_little_has_the_rest_by_default() {
        let jobs = jobs(&serde_json::json!([{ "name": "tidy", "schedule": "every 1h" }])).unwrap();
        let job = jobs.find("tidy").unwrap();
        assert_eq!((job.retries, job.pause, job.deadline), (0, PAUSE, None));
        assert_eq!((job.catch_up, job.route.number, &*job.route.text), (CatchUp::One, 1, "JOB tidy"));
        assert!(jobs.find("other").is_none());
    }

    #[test]
    fn all_that_is_wrong_with_jobs_is_told_at_once() {
        let told = jobs(&serde_json::json!([
            { "name": "Tidy", "schedule": "every 1h" },
            { "name": "a", "schedule": "hourly" },
            { "name": "b", "schedule": "cron 0 3 * * * in Nowhere/City" },
            { "name": "c", "schedule": "on start", "deadline": "soon" },
            { "name": "d", "schedule": "on start", "catch_up": "some" },
            { "name": "e", "schedule": "on start" },
            { "name": "e", "schedule": "on start" },
        ]))
        .unwrap_err();
        assert_eq!(told.len(), 6, "{told:?}");
        assert!(told.iter().all(|one| one.starts_with("bad-job: its job ")), "{told:?}");
    }

    #[test]
    fn pauses_grow_within_a_bound() {
        let jobs = jobs(&serde_json::json!([{ "name": "tidy", "schedule": "every 1h", "pause": "5s" }]));
        let job = jobs.unwrap().find("tidy").unwrap().clone();
        let pauses = [1, 2, 3, 11, 99].map(|attempt| job.pause_after(attempt).as_secs());
        assert_eq!(pauses, [5, 10, 20, 3600, 3600]);
    }
}

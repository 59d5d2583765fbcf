//! A plugin that does things without being asked: well, badly, for long, and on each of the schedules.
#![expect(clippy::panic, reason = "a job may do so too")]

use tenon_plugin_api::prelude::*;

#[derive(Debug, Entity)]
#[entity(table = "diligent.seen")]
struct Seen {
    #[column(primary_key, identity = "always")]
    id: i64,
    job: String,
    scheduled_at: Timestamp,
    attempt: i32,
    asked: bool,
    run: Uuid,
    #[column(default = "clock_timestamp()")]
    began: Timestamp,
}

struct Diligent;

impl Plugin for Diligent {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        match request.route() {
            "GET /seen" => {
                let seen: i64 = db.query_one("SELECT count(*) FROM diligent.seen", &[])?.get(0)?;
                Response::json(&json!({ "seen": seen }))
            }
            route => Err(PluginError::not_found(format!("nothing answers {route}"))),
        }
    }
}

/// Writes down that the job runs.
fn see(db: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    let attempt = i32::try_from(job.attempt()).map_err(|error| PluginError::internal(error.to_string()))?;
    let run: Uuid = job.run_id().parse().map_err(|_| PluginError::internal("the run has no id"))?;
    let sql =
        "INSERT INTO diligent.seen (job, scheduled_at, attempt, asked, run) VALUES ($1, $2, $3, $4, $5)";
    db.execute(sql, &[&job.name(), &job.scheduled_at(), &attempt, &job.was_asked_for(), &run])?;
    Ok(())
}

fn tick(db: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    see(db, job)?;
    db.query("SELECT pg_sleep(0.2)", &[])?;
    Ok(())
}

fn flaky(db: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    see(db, job)?;
    if job.is_last_attempt() { Ok(()) } else { Err(PluginError::conflict("not yet")) }
}

fn fails(db: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    see(db, job)?;
    Err(PluginError::new(500, "out_of_paper", "the printer has no paper"))
}

fn slow(db: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    see(db, job)?;
    db.query("SELECT pg_sleep(60)", &[])?;
    Ok(())
}

fn long(db: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    see(db, job)?;
    db.query("SELECT pg_sleep(3)", &[])?;
    Ok(())
}

fn panics(_: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    panic!("attempt {} was one too many", job.attempt())
}

/// Passes over an error, after which nothing of the transaction can be kept.
fn careless(db: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    see(db, job)?;
    let _ = db.query("SELECT 1 / 0", &[]);
    Ok(())
}

/// Says that it has run before it has, with a lease that it makes up.
fn hasty(db: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    see(db, job)?;
    db.query("SELECT tenon.job_done($1, gen_random_uuid())", &[&job.run_id().parse::<Uuid>().ok()])?;
    Ok(())
}

fn idle(_: &Connection<'_>, job: &Job<'_>) -> Result<(), PluginError> {
    job.host().info("nothing to do", &[("job", &job.name())]);
    Ok(())
}

export_plugin! {
    Diligent,
    id: "diligent",
    access: public,
    name: "Diligent Plugin",
    version: "1.0.0",
    routes: ["GET /seen"],
    jobs: [
        every("1s", tick).catch_up(all).retries(10).pause("1s"),
        every("1h", see).name("hourly_none").catch_up(none),
        every("1h", see).name("hourly_one"),
        every("1h", see).name("hourly_all").catch_up(all),
        on_start(see).name("warm"),
        // What follows runs when somebody asks for it.
        cron("0 0 1 1 *", flaky).retries(2).pause("1s"),
        cron("0 0 1 1 *", fails),
        cron("0 0 1 1 *", slow).zone("Europe/Berlin").deadline("1s"),
        cron("0 0 1 1 *", long).deadline("20s"),
        cron("0 0 1 1 *", panics),
        cron("0 0 1 1 *", careless),
        cron("0 0 1 1 *", hasty),
        cron("0 0 1 1 *", idle),
    ],
    entities: [Seen],
    migrations: embed_migrations!(files: ["diligent/0001_diligent.sql"]),
}

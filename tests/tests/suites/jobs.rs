//! Jobs of plugins: each runs once for the database, however many hosts there are and however they end.

use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{SUPERUSER, ServeProcess, TestServer, World, is_long};

/// Waits for what is wanted.
fn until(what: &str, wanted: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !wanted() {
        assert!(Instant::now() < end, "it never came to that: {what}");
        sleep(Duration::from_millis(50));
    }
}

/// A healed database with a plugin that has jobs.
fn world() -> World {
    let world = World::with(&["diligent"]);
    drop(world.heal_and_prove(&["diligent"]));
    world
}

/// Pauses the job of every second, which would stand in the way of looking at others.
fn without_tick(world: &World) {
    until("the jobs are known", || world.sql("SELECT count(*) FROM tenon.job") == "13");
    world.sql("UPDATE tenon.job SET paused = true WHERE name = 'tick'");
}

fn seen(world: &World, job: &str) -> usize {
    world.sql(&format!("SELECT count(*) FROM diligent.seen WHERE job = '{job}'")).parse().unwrap()
}

/// How the attempts of a job ended, oldest first.
fn ends(world: &World, job: &str) -> String {
    let sql = format!(
        "SELECT string_agg(concat_ws(' ', attempt, state, code), ', ' ORDER BY started_at) FROM tenon.job_run \
         WHERE name = '{job}'"
    );
    world.sql(&sql)
}

fn ask(serving: &ServeProcess, job: &str) {
    serving.post_as_admin(&format!("/api/v1/jobs/diligent/{job}/run"), &Value::Null).expect_status(200);
}

fn job(serving: &ServeProcess, name: &str) -> Value {
    let list = serving.get_as_admin("/api/v1/jobs").expect_status(200).json();
    list["jobs"].as_array().unwrap().iter().find(|job| job["job"] == name).unwrap().clone()
}

#[test]
fn a_job_of_every_second_runs_once_for_each_on_two_hosts_one_of_which_is_killed() {
    let world = world();
    let first = world.serve_in("a");
    let second = world.serve_in("b");
    let seconds = if is_long() { 60 } else { 10 };
    let ticks = || seen(&world, "tick");
    until("half of them have run", || ticks() >= seconds / 2);
    // In the middle of a run, whichever host has it.
    let runs = |host: &ServeProcess| {
        let pid = host.pid();
        let sql =
            format!("SELECT count(*) FROM tenon.job_run WHERE state = 'running' AND host LIKE '%:{pid}'");
        world.sql(&sql) == "1"
    };
    let (dies, stays) = loop {
        if runs(&first) {
            break (first, second);
        }
        if runs(&second) {
            break (second, first);
        }
    };
    drop(dies);
    until("all have run", || ticks() >= seconds);
    assert_eq!(stays.stop(), 0);
    assert_eq!(
        world.sql("SELECT count(*), count(DISTINCT scheduled_at) FROM diligent.seen WHERE job = 'tick'"),
        world.sql(
            "SELECT count(*), extract(epoch FROM max(scheduled_at) - min(scheduled_at))::int + 1 \
             FROM diligent.seen WHERE job = 'tick'"
        ),
        "each second has one run"
    );
    let kept = "SELECT count(*) FROM diligent.seen s WHERE job = 'tick' AND NOT EXISTS \
                (SELECT FROM tenon.job_run r WHERE r.id = s.run AND r.state = 'succeeded')";
    assert_eq!(world.sql(kept), "0", "what was done and that it was done are kept together");
    let lost = world.sql("SELECT count(*) FROM tenon.job_run WHERE name = 'tick' AND state = 'lost'");
    assert_eq!(lost, "1", "the run in which a host was killed");
    let beside = "SELECT count(*) FROM tenon.job_run a JOIN tenon.job_run b USING (plugin, name) \
                  WHERE a.name = 'tick' AND a.id <> b.id AND a.state = 'succeeded' AND b.state = 'succeeded' \
                    AND a.started_at < b.started_at AND b.started_at < a.ended_at";
    assert_eq!(world.sql(beside), "0", "none ran beside itself");
}

#[test]
fn a_run_that_fails_is_tried_again_and_everybody_can_see_it() {
    let world = world();
    let serving = world.serve();
    without_tick(&world);
    ask(&serving, "flaky");
    until("the third attempt succeeds", || ends(&world, "flaky").ends_with("3 succeeded"));
    assert_eq!(ends(&world, "flaky"), "1 failed conflict, 2 failed conflict, 3 succeeded");
    assert_eq!(world.sql("SELECT attempt, asked FROM diligent.seen WHERE job = 'flaky'"), "3|t");
    ask(&serving, "fails");
    until("it fails", || ends(&world, "fails") == "1 failed out_of_paper");
    let fails = job(&serving, "fails");
    assert_eq!((&fails["state"], &fails["last"]["state"]), (&json!("waiting"), &json!("failed")));
    assert_eq!(fails["last"]["message"], "the printer has no paper");
    assert_eq!(seen(&world, "fails"), 0, "nothing of it is kept");
    let result = |job: &str, result: &str| {
        serving.metric(&format!(
            "tenon_job_runs_total{{plugin=\"diligent\",name=\"{job}\",result=\"{result}\"}}"
        ))
    };
    assert_eq!((result("flaky", "failed"), result("flaky", "succeeded")), (Some(2.0), Some(1.0)));
    assert_eq!(result("fails", "given_up"), Some(1.0));
    let listed = world.tenon(&["job", "list"]).expect_code(0).out;
    assert!(listed.contains("the printer has no paper") && listed.contains("every 1h"), "{listed}");
    assert!(listed.contains("cron 0 0 1 1 * in Europe/Berlin"), "{listed}");
    let history = world.tenon(&["--json", "job", "history", "diligent", "flaky"]).expect_code(0).json();
    assert_eq!(history["runs"].as_array().unwrap().len(), 3, "{history}");
    let doctor = world.tenon(&["doctor"]).all();
    let told = "job fails of plugin diligent failed the last time: the printer has no paper";
    assert!(doctor.contains(told), "{doctor}");
    serving.log_in();
    let page = serving.get("/jobs").expect_status(200).text;
    assert!(page.contains("the printer has no paper") && page.contains("Run now"), "{page}");
}

#[test]
fn what_takes_too_long_and_what_is_careless_is_not_kept() {
    let world = world();
    let serving = world.serve();
    without_tick(&world);
    ask(&serving, "slow");
    ask(&serving, "careless");
    ask(&serving, "hasty");
    until("its time is over", || ends(&world, "slow") == "1 failed deadline");
    until("it cannot be committed", || ends(&world, "careless").starts_with("1 failed"));
    until("it is refused", || ends(&world, "hasty").starts_with("1 failed"));
    for job in ["slow", "careless", "hasty"] {
        assert_eq!(seen(&world, job), 0, "{job}");
    }
    ask(&serving, "idle");
    until("who sends nothing succeeds too", || ends(&world, "idle") == "1 succeeded");
    // What was left of broken transactions is nobody's.
    assert_eq!(
        serving.get("/plugins/diligent/seen").expect_status(200).json()["seen"],
        1,
        "that of the start"
    );
}

#[test]
fn a_panic_is_a_strike_and_a_plugin_in_quarantine_runs_no_jobs() {
    let world = world();
    let serving = world.serve();
    without_tick(&world);
    for attempts in 1..=3 {
        ask(&serving, "panics");
        until("it panics", || ends(&world, "panics").matches("failed panic").count() == attempts);
    }
    until("it is in quarantine", || serving.get("/plugins/diligent/seen").status == 503);
    ask(&serving, "idle");
    sleep(Duration::from_secs(2));
    assert_eq!(ends(&world, "idle"), "", "its jobs wait");
    serving.post_as_admin("/api/v1/plugins/diligent/release", &Value::Null).expect_status(200);
    until("then they run", || ends(&world, "idle") == "1 succeeded");
}

#[test]
fn no_job_runs_beside_itself_or_while_it_is_paused_and_who_said_so_is_recorded() {
    let world = world();
    let serving = world.serve();
    without_tick(&world);
    ask(&serving, "long");
    until("it runs", || job(&serving, "long")["state"] == "running");
    let refused = serving.post_as_admin("/api/v1/jobs/diligent/long/run", &Value::Null).expect_status(409);
    assert_eq!(refused.json()["code"], "job_runs");
    let refused = world.tenon(&["job", "run", "diligent", "long"]).expect_code(5);
    assert!(refused.err.contains("the job diligent long runs"), "{}", refused.err);
    until("it has run", || ends(&world, "long") == "1 succeeded");
    drop(world.tenon(&["job", "pause", "diligent", "hourly_one", "--as", "eve"]).expect_code(0));
    let again =
        serving.post_as_admin("/api/v1/jobs/diligent/hourly_one/pause", &Value::Null).expect_status(409);
    assert_eq!(again.json()["code"], "job_unchanged");
    world.sql("UPDATE tenon.job SET next_at = now() WHERE name = 'hourly_one'");
    drop(world.tenon(&["job", "run", "diligent", "idle"]).expect_code(0));
    until("what was asked for runs", || ends(&world, "idle") == "1 succeeded");
    assert_eq!(
        (job(&serving, "hourly_one")["state"].clone(), seen(&world, "hourly_one")),
        (json!("paused"), 0)
    );
    serving.log_in();
    let form = [("plugin", "diligent"), ("job", "hourly_one")];
    serving.post_form("/jobs/resume", &form).expect_status(200);
    until("then it runs", || seen(&world, "hourly_one") == 1);
    let none = serving.post_as_admin("/api/v1/jobs/diligent/nothing/run", &Value::Null).expect_status(404);
    assert_eq!(none.json()["code"], "no_job");
    let audit = world.tenon(&["audit", "list"]).expect_code(0).out;
    for told in [
        "asked for a run of job long",
        "paused job hourly_one",
        "let job hourly_one of plugin diligent go on",
    ] {
        assert!(audit.contains(told), "{told}: {audit}");
    }
}

#[test]
fn what_was_missed_while_no_host_was_there_has_no_run_one_or_one_each() {
    let world = world();
    let serving = world.serve();
    without_tick(&world);
    until("the start has a run", || seen(&world, "warm") == 1);
    assert_eq!(serving.stop(), 0);
    world.sql(
        "UPDATE tenon.job SET next_at = now() - interval '5 hours 30 minutes' WHERE name LIKE 'hourly%'",
    );
    let serving = world.serve();
    until("each has its run", || seen(&world, "hourly_all") == 6);
    until("one stands for all", || seen(&world, "hourly_one") == 1);
    sleep(Duration::from_secs(1));
    assert_eq!(
        ["hourly_none", "hourly_one", "hourly_all", "warm"].map(|job| seen(&world, job)),
        [0, 1, 6, 1],
        "a start within a minute of another one is the same"
    );
    let next = "SELECT count(*) FROM tenon.job WHERE name LIKE 'hourly%' AND next_at - now() BETWEEN '29 minutes' AND \
                '30 minutes'";
    assert_eq!(world.sql(next), "3", "all go on by their schedule");
    assert_eq!(job(&serving, "hourly_none").get("last"), None);
}

#[test]
fn no_request_reaches_a_job() {
    let world = world();
    let serving = world.serve();
    without_tick(&world);
    for line in [
        "JOB /plugins/diligent/ HTTP/1.1",
        "JOB /plugins/diligent/idle HTTP/1.1",
        "JOB /plugins/diligent/JOB%20idle HTTP/1.1",
        "GET /plugins/diligent/JOB%20idle HTTP/1.1",
    ] {
        let answer = serving.ask_as_it_stands(line);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(["400", "404", "405", "501"].contains(&status), "{line}: {answer}");
    }
    assert_eq!(ends(&world, "idle"), "");
}

#[test]
fn a_run_whose_host_has_died_is_made_anew_and_one_that_is_anothers_keeps_nothing() {
    let world = world();
    let first = world.serve_in("a");
    without_tick(&world);
    ask(&first, "long");
    until("it runs", || job(&first, "long")["state"] == "running");
    drop(first);
    let second = world.serve_in("b");
    until("another host has run it", || ends(&world, "long").ends_with("2 succeeded"));
    assert_eq!((ends(&world, "long").as_str(), seen(&world, "long")), ("1 lost, 2 succeeded", 1));
    // A host that was too slow to keep its lease.
    ask(&second, "long");
    until("it runs", || job(&second, "long")["state"] == "running");
    world.sql("UPDATE tenon.job SET lease = gen_random_uuid() WHERE name = 'long'");
    sleep(Duration::from_secs(5));
    assert_eq!(seen(&world, "long"), 1, "what it did is not kept");
}

#[test]
fn no_job_begins_while_a_heal_runs() {
    let world = world();
    let serving = world.serve();
    without_tick(&world);
    thread::scope(|scope| {
        // The lock of heals.
        scope.spawn(|| world.sql("SELECT pg_advisory_lock(1952804463, 1751474540), pg_sleep(4)"));
        sleep(Duration::from_millis(500));
        ask(&serving, "idle");
        sleep(Duration::from_secs(2));
        assert_eq!(ends(&world, "idle"), "", "it waits");
    });
    until("then it runs", || ends(&world, "idle") == "1 succeeded");
}

#[test]
fn a_host_that_stops_waits_for_its_jobs() {
    let world = world();
    let serving = world.serve();
    without_tick(&world);
    ask(&serving, "long");
    until("it runs", || job(&serving, "long")["state"] == "running");
    assert_eq!(serving.stop(), 0);
    assert_eq!((ends(&world, "long").as_str(), seen(&world, "long")), ("1 succeeded", 1));
    assert_eq!(world.sql("SELECT count(*) FROM tenon.job_lease"), "0");
}

#[test]
fn a_plugin_with_a_login_role_of_its_own_runs_jobs_and_sees_nothing_of_others() {
    let world = World::with(&["diligent"]);
    let server = TestServer::shared();
    world.set_url(&server.tcp_url(SUPERUSER, &server.password(), server.port, &world.database.name));
    world.isolate();
    assert_eq!(world.host().heal().word(), "succeeded");
    let serving = world.serve();
    without_tick(&world);
    ask(&serving, "long");
    ask(&serving, "hasty");
    until("it has run", || ends(&world, "long") == "1 succeeded");
    until("it is refused", || ends(&world, "hasty").starts_with("1 failed"));
    assert_eq!(seen(&world, "hasty"), 0);
    let may = "SELECT count(*) FROM pg_roles r, pg_class c WHERE r.rolname LIKE 'tenon%diligent%' AND c.relnamespace = \
               'tenon'::regnamespace AND c.relkind = 'r' AND has_table_privilege(r.oid, c.oid, 'SELECT, UPDATE')";
    assert_eq!(world.sql(may), "0", "it may not look at the jobs, nor at anything else of the host");
}

#[test]
fn a_job_needs_the_tables_of_jobs_and_a_database_that_answers() {
    let world = World::with(&["diligent"]);
    let pending = world.tenon(&["job", "run", "diligent", "idle"]).expect_code(2);
    assert!(
        pending.err.contains("core/0007_jobs.sql is pending") && pending.err.contains("`tenon heal`"),
        "{pending:?}"
    );
    assert_eq!(world.tenon(&["job", "list"]).expect_code(0).out, "No plugin has jobs\n");
    drop(world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0));
    assert_eq!(world.tenon(&["job", "history"]).expect_code(0).out, "No job has run\n");
    world.set_url("postgresql://nobody@127.0.0.1:1/none");
    for command in [["job", "list"], ["job", "history"]] {
        let away = world.tenon(&command).expect_code(3);
        assert!(away.err.contains("`tenon check` says what is wrong"), "{}", away.err);
    }
    assert!(world.tenon(&["check"]).expect_code(3).out.contains("reason"));
}

//! The sample `notifications`, with `todo`, whose events it hears: what somebody does at a route of the one
//! comes to a receiver outside by a job of the other, once for each event that the receiver takes.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{Answers, ServeProcess, Sink, World, artifacts};

/// The proxy that says who calls.
const PROXY: &str = "127.0.0.2";

/// A healed database, whose operator has messages go to one place and allows another one, which may be the
/// same.
fn world(to: &Sink, allowed: &Sink) -> World {
    let world = World::with(&["todo", "notifications"]);
    world.isolate();
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.set(&format!(
        "[callers.proxy]\nuser_header = \"X-Auth-User\"\ntrusted = [\"{PROXY}/32\"]\n\
         [plugin.notifications]\nurl = \"http://127.0.0.1:{}/in\"\ntoken = \"between us\"\n\
         [plugins.fetch.notifications]\nallow = [\"POST http://127.0.0.1:{}/in\"]\nprivate = [\"127.0.0.1\"]",
        to.port, allowed.port
    ));
    world
}

/// A list that Ada shares with somebody.
fn share(serving: &ServeProcess, title: &str, person: &str) {
    let ask = |line: &str, body: Value| {
        let answer = serving.ask_from(PROXY, line, &[("X-Auth-User", "ada")], &body);
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()
    };
    let list = ask("POST /plugins/todo/lists", json!({ "title": title }));
    let people = format!("POST /plugins/todo/lists/{}/people", list["id"].as_str().unwrap());
    ask(&people, json!({ "person": person }));
}

fn run(serving: &ServeProcess) {
    let run = "/api/v1/jobs/notifications/send/run";
    let end = Instant::now() + Duration::from_secs(30);
    // It may be running by itself, or its host may have told nobody of it yet.
    while serving.post_as_admin(run, &Value::Null).status != 200 {
        assert!(Instant::now() < end, "the job cannot be run");
        sleep(Duration::from_millis(100));
    }
}

fn standing(world: &World) -> String {
    world.sql(
        "SELECT concat_ws(' ', count(*) FILTER (WHERE sent_at IS NULL AND refused IS NULL), count(sent_at), \
         count(refused)) FROM notifications.message",
    )
}

fn until(world: &World, wanted: &str) {
    let end = Instant::now() + Duration::from_secs(30);
    while standing(world) != wanted {
        assert!(Instant::now() < end, "{wanted}: {}", standing(world));
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn the_tests_of_the_sample_pass() {
    let world = World::with(&["todo"]);
    let output = Command::new(env!("CARGO"))
        .envs(artifacts::toolchain())
        .current_dir(artifacts::root().join("plugins/notifications"))
        .args(["test", "--offline", "--test", "telling"])
        .env("CARGO_TARGET_DIR", artifacts::profile_dir().parent().unwrap())
        .env("TENON_PROGRAM", artifacts::program("tenon"))
        .env("TENON_TEST_STATE_DIR", world.path().join("tests"))
        .env("TENON_TEST_PLUGIN_DIR", world.plugin_dir())
        .env_remove("DATABASE_URL")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("test result: ok. 2 passed"), "{said}");
}

#[test]
fn what_one_plugin_emits_another_sends_to_a_receiver_outside() {
    let sink = Sink::start();
    let world = world(&sink, &sink);
    let serving = world.serve();
    share(&serving, "shopping", "grace");
    until(&world, "1 0 0");
    run(&serving);
    let posted = &sink.taken(1)[0];
    assert_eq!(posted.json()["person"], "grace");
    assert_eq!(posted.json()["text"], "ada shares the list \"shopping\" with you");
    assert_eq!(posted.header("authorization"), "Bearer between us");
    assert_eq!(posted.header("idempotency-key").len(), 36);
    until(&world, "0 1 0");

    // Where the receiver is away, the job fails and is tried again.
    sink.answers(Answers::Status(503));
    share(&serving, "compilers", "eve");
    until(&world, "1 1 0");
    run(&serving);
    sink.turned_away(1);
    let failed =
        "SELECT code || message FROM tenon.job_run WHERE plugin = 'notifications' AND state = 'failed'";
    let end = Instant::now() + Duration::from_secs(30);
    while !world.sql(failed).contains("laterthe receiver of messages answers 503") {
        assert!(Instant::now() < end, "{}", world.sql(failed));
        sleep(Duration::from_millis(100));
    }
    assert_eq!(standing(&world), "1 1 0");
    sink.answers(Answers::Status(204));
    run(&serving);
    until(&world, "0 2 0");

    // What is refused for good holds nothing up.
    sink.answers(Answers::Status(410));
    share(&serving, "gifts", "nobody");
    until(&world, "1 2 0");
    run(&serving);
    until(&world, "0 2 1");
}

#[test]
fn what_the_operator_does_not_allow_is_not_sent_and_waits() {
    let world = world(&Sink::start(), &Sink::start());
    let serving = world.serve();
    share(&serving, "shopping", "grace");
    until(&world, "1 0 0");
    run(&serving);
    let end = Instant::now() + Duration::from_secs(30);
    let refused =
        "SELECT count(*) FROM tenon.job_run WHERE plugin = 'notifications' AND code = 'fetch_refused'";
    while world.sql(refused) == "0" {
        assert!(Instant::now() < end, "it was not refused");
        sleep(Duration::from_millis(100));
    }
    assert_eq!(standing(&world), "1 0 0");
}

//! A host that serves, left to itself: it checks, tells of each change, and holds back whoever was not seen
//! well.

mod held;
mod strays;

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

const DRIFT: &str = "ALTER TABLE inventory.item ALTER qty DROP DEFAULT";
const UNDO: &str = "ALTER TABLE inventory.item ALTER qty SET DEFAULT 0";

/// Two plugins at work, looked at as often.
fn healed(every: &str) -> World {
    let world = World::with(&["identity", "inventory"]);
    drop(world.heal_and_prove(&["identity", "inventory"]));
    world.set(&format!("[check]\nevery = \"{every}\""));
    world
}

/// The changes of verdicts that were logged: `inventory: Healthy -> Drifted`.
fn changes(serving: &ServeProcess) -> Vec<String> {
    let events = serving.all_logged(|event| event["to"].is_string());
    let told = events.iter().map(|event| {
        assert_eq!(event["level"], "WARN", "{event:#}");
        let text = |name: &str| event[name].as_str().unwrap_or("all").to_owned();
        format!("{}: {} -> {}", text("plugin"), text("from"), text("to"))
    });
    told.collect()
}

/// Waits until the host has checked so often more.
fn checked(serving: &ServeProcess, more: f64) {
    let checks = || {
        let of = |read| serving.metric(&format!("tenon_checks_total{{read=\"{read}\"}}")).unwrap();
        ["unchanged", "part", "whole", "unknown"].map(of).iter().sum::<f64>()
    };
    let (end, until) = (checks() + more, Instant::now() + Duration::from_secs(30));
    while checks() < end {
        assert!(Instant::now() < until, "it does not check by itself");
        sleep(Duration::from_millis(20));
    }
}

/// The verdict, without asking for a check.
fn status(serving: &ServeProcess) -> Value {
    serving.get_as_admin("/api/v1/health").expect_status(200).json()["status"].clone()
}

fn of_plugin<'a>(event: &'a Value, id: &str) -> Option<&'a str> {
    (event["plugin"] == id).then(|| event["message"].as_str()).flatten()
}

#[test]
fn what_changes_is_noticed_by_itself_and_told_once_when_it_begins_and_once_when_it_ends() {
    let world = healed("200ms");
    let serving = world.serve();
    checked(&serving, 3.0);
    assert_eq!(changes(&serving), [""; 0], "nothing has changed");
    world.sql(DRIFT);
    let told = serving.logged("the drift", |event| of_plugin(event, "inventory").is_some());
    let line = "Inventory Plugin: 1 difference in the database; from Healthy to Drifted";
    assert_eq!(
        (&told["message"], &told["from"], &told["to"]),
        (&line.into(), &"Healthy".into(), &"Drifted".into())
    );
    assert_eq!(status(&serving), "drifted");
    checked(&serving, 5.0);
    let worse = ["all: Healthy -> Drifted", "inventory: Healthy -> Drifted"];
    assert_eq!(changes(&serving), worse, "it stays so, and is not told again");
    // One more difference is no other verdict.
    world.sql("ALTER TABLE inventory.item ALTER name SET DEFAULT 'x'");
    checked(&serving, 3.0);
    assert_eq!(changes(&serving), worse);
    world.sql(&format!("{UNDO}, ALTER name DROP DEFAULT"));
    serving.logged("the end", |event| {
        of_plugin(event, "inventory") == Some("Inventory Plugin: in step; from Drifted to Healthy")
    });
    checked(&serving, 3.0);
    let better = ["all: Drifted -> Healthy", "inventory: Drifted -> Healthy"];
    assert_eq!(changes(&serving), [worse, better].concat());
    assert_eq!(serving.stop(), 0);
}

#[test]
fn a_plugin_whose_table_is_gone_is_taken_off_the_air_and_put_back_without_anybody_asking() {
    let world = healed("200ms");
    let serving = world.serve();
    serving.get("/plugins/inventory/items").expect_status(200);
    world.sql("ALTER TABLE inventory.item RENAME TO thing");
    let told = serving.logged("the hold", |event| of_plugin(event, "inventory").is_some());
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("from Healthy to Drifted, its routes are held from now on"), "{message}");
    let held = serving.get("/plugins/inventory/items").expect_status(503).json();
    assert_eq!(held["code"], "held", "{held:#}");
    serving.get("/plugins/identity/accounts").expect_status(200);
    world.sql("ALTER TABLE inventory.thing RENAME TO item");
    serving.logged("the end", |event| {
        of_plugin(event, "inventory").is_some_and(|message| message.ends_with("its routes answer again"))
    });
    serving.get("/plugins/inventory/items").expect_status(200);
    let told = changes(&serving);
    assert!(!told.iter().any(|one| one.starts_with("identity")), "nothing is wrong with it: {told:#?}");
}

#[test]
fn changes_that_a_click_or_a_heal_brings_to_light_are_told_as_well() {
    let world = healed("0");
    let serving = world.serve();
    world.sql(DRIFT);
    let check = || serving.post_as_admin("/api/v1/check", &json!({})).expect_status(200).json();
    assert_eq!(check()["status"], "drifted");
    check();
    let finding = check()["plugins"][2]["findings"][0]["id"].clone();
    let plan = serving.get_as_admin(&format!("/api/v1/plan?repair={}", finding.as_str().unwrap())).json();
    let body = json!({ "plan_hash": plan["hash"], "repair": [finding] });
    serving.post_as_admin("/api/v1/heal", &body).expect_status(200);
    let (worse, better) = ("all: Healthy -> Drifted", "all: Drifted -> Healthy");
    serving.logged("the end", |event| event["to"] == "Healthy" && event["plugin"] == "inventory");
    assert_eq!(
        changes(&serving),
        [worse, "inventory: Healthy -> Drifted", better, "inventory: Drifted -> Healthy"]
    );
}

#[test]
fn zero_is_never_but_a_host_that_knows_nothing_goes_on_trying() {
    let world = healed("0");
    let proxy = world.by_proxy();
    let serving = world.serve();
    assert_eq!(status(&serving), "unknown");
    proxy.up();
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    // It is told after the whole and the other plugins.
    serving.logged("the recovery", |event| of_plugin(event, "inventory").is_some());
    assert_eq!(
        changes(&serving),
        [
            "all: Unknown -> Healthy",
            "core: Unknown -> Healthy",
            "identity: Unknown -> Healthy",
            "inventory: Unknown -> Healthy"
        ]
    );
    assert_eq!(serving.stop(), 0);
    // One that has lost nothing, and so has nothing to look after again.
    let serving = world.serve();
    let before = serving.metric("tenon_last_check_timestamp_seconds");
    world.sql(DRIFT);
    sleep(Duration::from_secs(4));
    assert_eq!(
        (status(&serving), serving.metric("tenon_last_check_timestamp_seconds")),
        ("healthy".into(), before)
    );
}

#[test]
fn a_database_that_goes_away_is_noticed_by_itself_and_so_is_its_return() {
    let world = healed("200ms");
    let proxy = world.by_proxy();
    proxy.up();
    let serving = world.serve();
    assert_eq!(status(&serving), "healthy");
    proxy.down();
    let told = serving.logged("the outage", |event| event["to"] == "Unknown" && event["plugin"].is_null());
    let message = told["message"].as_str().unwrap();
    assert!(
        message.starts_with("the verdict went from Healthy to Unknown: the database could not be read"),
        "{message}"
    );
    assert_eq!((&told["kind"], told["remedy"].is_string()), (&"Unreachable".into(), true), "{told:#}");
    checked(&serving, 3.0);
    proxy.up();
    serving.logged("its end", |event| event["from"] == "Unknown" && event["plugin"].is_null());
    checked(&serving, 3.0);
    let whole = |change: &String| change.starts_with("all");
    let told: Vec<_> = changes(&serving).into_iter().filter(whole).collect();
    assert_eq!(told, ["all: Healthy -> Unknown", "all: Unknown -> Healthy"]);
}

#[test]
fn metrics_carry_the_time_of_the_verdict_and_how_it_was_come_by() {
    let world = healed("0");
    let serving = world.serve();
    let at = || serving.metric("tenon_last_check_timestamp_seconds").unwrap();
    let checks = |read| serving.metric(&format!("tenon_checks_total{{read=\"{read}\"}}")).unwrap();
    let check = || serving.post_as_admin("/api/v1/check", &json!({})).expect_status(200);
    assert_eq!((checks("whole"), checks("unchanged")), (1.0, 0.0));
    let (first, now) = (at(), jiff::Timestamp::now().as_duration().as_secs_f64());
    assert!((now - 25.0..=now).contains(&first), "{first} at {now}");
    check();
    assert!(at() > first, "{} after {first}", at());
    assert_eq!(serving.metric("tenon_check_duration_seconds_count"), Some(2.0));
    assert_eq!(checks("unchanged"), 1.0);
    world.sql(DRIFT);
    check();
    assert_eq!((checks("part"), checks("whole"), checks("unknown")), (1.0, 1.0, 0.0));
}

#[test]
fn checks_are_made_about_as_often_as_it_is_said_and_never_in_step() {
    let world = healed("500ms");
    let serving = world.serve();
    let mut times: Vec<f64> = Vec::new();
    let end = Instant::now() + Duration::from_secs(30);
    while times.len() < 9 && Instant::now() < end {
        let at = serving.metric("tenon_last_check_timestamp_seconds").unwrap();
        if times.last() != Some(&at) {
            times.push(at);
        }
        sleep(Duration::from_millis(20));
    }
    let pauses: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let shortest = pauses.iter().copied().fold(f64::INFINITY, f64::min);
    let longest = pauses.iter().copied().fold(0.0, f64::max);
    // What a check takes comes on top.
    assert!(pauses.len() == 8 && shortest > 0.39 && longest - shortest > 0.01, "{pauses:?}");
    assert!(pauses.iter().sum::<f64>() < 8.0, "{pauses:?}");
}

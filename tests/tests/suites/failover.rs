//! The server fails, and another one takes over: in the middle of checks, of traffic and of a heal. Nothing
//! that was committed is lost, the audit log says what became of the heal, and the next one succeeds.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use tenon_tests::{PatroniCluster, PrimaryAndStandby, World, is_long};

/// Long enough for a host to have found the other server.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two servers with a database `app`, of which a world's plugins are healed.
fn healed_pair(plugins: &[&str]) -> (PrimaryAndStandby, World) {
    let pair = PrimaryAndStandby::start();
    pair.sql("postgres", "CREATE DATABASE app");
    let world = World::with(plugins);
    world.set_url(&pair.writable_url("app"));
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    pair.catch_up();
    (pair, world)
}

/// How all heals ended, the first one first.
fn results(world: &World) -> Vec<String> {
    let log = world.tenon(&["audit", "list", "--json"]).expect_code(0).json();
    let entries = log["entries"].as_array().unwrap().iter().rev();
    entries.map(|entry| entry["result"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_standby_is_promoted_in_the_middle_of_checks_and_of_traffic() {
    let (pair, world) = healed_pair(&["identity"]);
    world.set("[check]\nevery = \"200ms\"");
    let serving = world.serve();
    let another = serving.another();
    let (ends, path) = (AtomicBool::new(false), "/plugins/identity/accounts");
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    thread::scope(|scope| {
        let client = scope.spawn(|| {
            let mut seen = (BTreeSet::new(), BTreeSet::new());
            while !ends.load(Ordering::Relaxed) {
                seen.0.insert(serving.get(path).status);
                seen.1.insert(serving.get_as_admin("/api/v1/health").json()["status"].to_string());
            }
            seen
        });
        sleep(Duration::from_millis(500));
        pair.fail_over();
        let end = Instant::now() + PATIENCE;
        let is_well = || {
            let health = another.try_post_as_admin("/api/v1/check", &serde_json::Value::Null);
            health.is_ok_and(|health| health.json()["status"] == "healthy")
        };
        while !is_well() {
            assert!(Instant::now() < end, "it did not find the other server: {}", serving.said());
            sleep(Duration::from_millis(100));
        }
        sleep(Duration::from_millis(500));
        ends.store(true, Ordering::Relaxed);
        let (statuses, verdicts) = client.join().unwrap();
        // What cannot be read is Unknown, and never drift; a call without a database is 503.
        assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
        let known: BTreeSet<_> = ["\"healthy\"", "\"unknown\""].map(str::to_owned).into();
        assert!(verdicts.is_subset(&known), "{verdicts:?}");
    });
    assert_eq!(serving.get(path).status, 200);
    // It can be changed there too.
    pair.on_standby("app", "ALTER TABLE identity.account ADD COLUMN note text");
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "drifted");
}

#[test]
fn a_standby_is_promoted_in_the_middle_of_a_heal_and_the_next_one_succeeds() {
    let (pair, world) = healed_pair(&["identity_1_0"]);
    pair.synchronously();
    world.upgrade("identity_1_0", "identity");
    world.set("[heal]\nlock_timeout = \"60s\"\nretries = 0");
    // The heal waits for a lock when the primary is gone.
    let held = thread::scope(|scope| {
        let holder = scope.spawn(|| {
            let sql = "BEGIN; LOCK TABLE identity.account IN ROW EXCLUSIVE MODE; SELECT pg_sleep(60)";
            pair.primary.psql("app").args(["-c", sql]).output()
        });
        let heal = scope.spawn(|| world.tenon(&["heal", "--yes", "--as", "ops"]));
        let waits = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted";
        let end = Instant::now() + PATIENCE;
        let blocked = || {
            let output = pair.primary.psql("app").args(["-c", waits]).output().unwrap();
            output.stdout.starts_with(b"t")
        };
        while !blocked() {
            assert!(Instant::now() < end && !heal.is_finished(), "the heal does not wait");
            sleep(Duration::from_millis(50));
        }
        pair.fail_over();
        drop(holder.join().unwrap());
        heal.join().unwrap()
    });
    assert!([1, 3].contains(&held.code), "{held:#?}");
    let pending = world.tenon(&["check", "--json"]).expect_code(2).json();
    assert!(pending.to_string().contains("0002_public_id.sql"), "{pending:#}");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    assert_eq!(results(&world), ["succeeded", "failed", "succeeded"]);
    world.tenon(&["audit", "verify"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
}

#[test]
fn however_far_a_heal_is_when_the_server_fails_it_is_whole_or_not_there_and_the_log_says_which() {
    let times: &[u64] = if is_long() { &[0, 40, 90, 150, 220, 300, 400, 550, 700, 900] } else { &[150] };
    for time in times {
        let (pair, world) = healed_pair(&["identity_1_0"]);
        pair.synchronously();
        world.upgrade("identity_1_0", "identity");
        for plugin in ["inventory", "orders", "reporting"] {
            world.install(plugin);
        }
        let heal = thread::scope(|scope| {
            let heal = scope.spawn(|| world.tenon(&["heal", "--yes", "--as", "ops"]));
            let began = "SELECT count(*) > 1 FROM tenon.audit WHERE event = 'started'";
            let end = Instant::now() + PATIENCE;
            while !pair.primary.psql("app").args(["-c", began]).output().unwrap().stdout.starts_with(b"t") {
                assert!(Instant::now() < end && !heal.is_finished(), "the heal does not begin");
                sleep(Duration::from_millis(5));
            }
            sleep(Duration::from_millis(*time));
            pair.fail_over();
            heal.join().unwrap()
        });
        let there = pair.on_standby("app", "SELECT count(*) FROM tenon.migration WHERE plugin = 'inventory'");
        // Whoever comes next closes what was left open.
        let next = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
        let results = results(&world);
        match there.as_str() {
            "0" => assert_eq!(results, ["succeeded", "failed", "succeeded"], "{time} ms: {heal:#?}{next:#?}"),
            _ => assert_eq!(results[..2], ["succeeded", "succeeded"], "{time} ms: {heal:#?}{next:#?}"),
        }
        // Who was told that it is done was told the truth.
        assert!(heal.code != 0 || there != "0", "{time} ms: {heal:#?}");
        world.tenon(&["audit", "verify"]).expect_code(0);
        world.tenon(&["check"]).expect_code(0);
    }
}

#[test]
fn under_patroni_the_leader_is_killed_during_a_heal_and_nothing_is_lost() {
    let mut cluster = PatroniCluster::start();
    cluster.sql("postgres", "CREATE DATABASE app");
    let world = World::with(&["identity_1_0"]);
    world.set_url(&cluster.url("app"));
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    cluster.sql(
        "app",
        "INSERT INTO identity.account (email, display_name) SELECT format('u%s@x.y', n), 'u' FROM generate_series(1, 500) n",
    );
    let serving = world.serve();
    world.upgrade("identity_1_0", "identity");
    let heal = thread::scope(|scope| {
        let heal = scope.spawn(|| world.tenon(&["heal", "--yes", "--as", "ops"]));
        let end = Instant::now() + PATIENCE;
        let began = "SELECT count(*) FROM tenon.audit WHERE event = 'started'";
        while cluster.sql("app", began) != "2" {
            assert!(Instant::now() < end && !heal.is_finished(), "the heal does not begin");
            sleep(Duration::from_millis(5));
        }
        cluster.kill_leader();
        heal.join().unwrap()
    });
    cluster.wait_for(1);
    assert_eq!(cluster.sql("app", "SELECT count(*) FROM identity.account"), "500");
    let done = cluster.sql("app", "SELECT count(*) FROM tenon.migration WHERE plugin = 'identity'");
    let next = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    let (results, told) = (results(&world), format!("{heal:#?}{next:#?}"));
    match done.as_str() {
        "1" => assert_eq!(results, ["succeeded", "failed", "succeeded"], "{told}"),
        _ => assert_eq!(results, ["succeeded", "succeeded"], "{told}"),
    }
    assert!(heal.code != 0 || done == "2", "{told}");
    world.tenon(&["audit", "verify"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
    assert_eq!(cluster.sql("app", "SELECT count(*) FROM identity.account"), "500");
    // The host that served all the time has found the new leader by itself.
    serving.until("/plugins/identity/accounts", |answer| answer.status == 200);
}

//! What all hosts of a database remember together: whoever acknowledges, all know; and a database is known
//! again however its address is spelled.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_host::audit::{Actor, Origin};
use tenon_migrations_core::health::Serving;
use tenon_tests::database::sql_in;
use tenon_tests::{ServeProcess, TestHost, World};

const DRIFT: &str = "ALTER TABLE inventory.item ALTER qty DROP DEFAULT";
const UNDO: &str = "ALTER TABLE inventory.item ALTER qty SET DEFAULT 0";

fn drifted() -> (World, String) {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    world.sql(DRIFT);
    let id = world.host().findings().remove(0).id;
    (world, id)
}

fn is_acknowledged(host: &TestHost) -> bool {
    host.findings().remove(0).acknowledged.is_some()
}

fn acknowledge(world: &World, id: &str) {
    world.tenon(&["finding", "acknowledge", id, "--reason", "known", "--as", "ops"]).expect_code(0);
}

#[test]
fn what_is_acknowledged_on_one_host_is_on_another_that_serves_without_being_asked() {
    let (world, id) = drifted();
    let serving = world.serve();
    let status = || serving.get_as_admin("/api/v1/health").json()["status"].clone();
    assert_eq!(status(), "drifted");
    // Another host of the database, with files of its own.
    let other = world.host_in("elsewhere");
    let word = tenon_migrations_core::acknowledgement::Acknowledgement::new(
        "ops",
        jiff::Timestamp::now(),
        jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1),
        "known",
    );
    let (ids, word) = ([id].into(), word.unwrap());
    other.wait(other.host.acknowledge(&ids, &word, tenon_host::audit::Origin::Cli)).unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while status() != "healthy" {
        assert!(Instant::now() < end, "it never heard of it: {}", serving.said());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(is_acknowledged(&world.host_in("a third")));
}

#[test]
fn another_spelling_of_the_address_is_the_same_database() {
    let (world, id) = drifted();
    acknowledge(&world, &id);
    let url = world.url();
    world.set_url(&format!("{url}{}application_name=another", if url.contains('?') { '&' } else { '?' }));
    assert!(is_acknowledged(&world.host_in("elsewhere")));
    // The rows are the database's own, and say nothing of a copy of it.
    let seen = world.sql("SELECT count(*), count(acknowledged) FROM tenon.finding");
    assert_eq!(seen, "1|1");
}

#[test]
fn a_file_of_a_former_version_is_taken_over_once() {
    let (world, id) = drifted();
    acknowledge(&world, &id);
    let host = world.host();
    let address = host.check().database.address.clone();
    // As the version before this one kept it: in the file, by the address.
    let kept = world.sql("SELECT acknowledged FROM tenon.finding");
    let record = json!({
        "first_seen": "2026-01-02T03:04:05Z", "last_seen": jiff::Timestamp::now(),
        "acknowledged": serde_json::from_str::<Value>(&kept).unwrap()
    });
    world.sql("DELETE FROM tenon.finding");
    let file = world.path().join("state/findings.json");
    let former = json!({ "format": "1", "databases": { address: { id: record } } });
    std::fs::write(&file, former.to_string()).unwrap();
    let finding = host.findings().remove(0);
    assert!(finding.acknowledged.is_some());
    assert_eq!(finding.first_seen, Some("2026-01-02T03:04:05Z".parse().unwrap()));
    let left: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(left["databases"], json!({}), "the database has it now");
    assert!(is_acknowledged(&world.host_in("elsewhere")));
}

#[test]
fn who_may_only_read_remembers_on_the_host_alone_until_somebody_may_write() {
    let (world, id) = drifted();
    world.sql("DELETE FROM tenon.finding");
    let name = &world.database.name;
    world.sql(&format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on"));
    let first_seen = |host: TestHost| {
        let findings = host.findings();
        findings.iter().find(|finding| finding.id == id).and_then(|finding| finding.first_seen).unwrap()
    };
    let first = first_seen(world.host());
    assert_eq!(world.sql("SELECT count(*) FROM tenon.finding"), "0");
    sql_in("postgres", &format!("ALTER DATABASE \"{name}\" RESET default_transaction_read_only"));
    assert_eq!(first_seen(world.host()), first);
    assert_eq!(first_seen(world.host_in("elsewhere")), first);
}

#[test]
fn changes_of_the_verdict_are_kept_one_row_each_whichever_hosts_saw_them() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let (one, other) = (world.serve(), world.serve());
    let both = |status: &str| {
        for serving in [&one, &other] {
            let told = serving.post_as_admin("/api/v1/check", &Value::Null).json();
            assert_eq!(told["status"], status);
        }
    };
    both("healthy");
    world.sql(DRIFT);
    both("drifted");
    both("drifted");
    world.sql(UNDO);
    both("healthy");
    let history = one.get_as_admin("/api/v1/verdicts").expect_status(200).json();
    let told: Vec<_> =
        history["verdicts"].as_array().unwrap().iter().map(|row| (&row["former"], &row["verdict"])).collect();
    let (healthy, drifted) = (json!("healthy"), json!("drifted"));
    assert_eq!(told, [(&drifted, &healthy), (&healthy, &drifted), (&Value::Null, &healthy)], "{history:#}");
    assert_eq!(history["verdicts"][1]["counts"]["findings"], 1);
    assert_eq!(history["verdicts"][1]["counts"]["plugins"], json!({ "drifted": 1, "healthy": 1 }));
    one.get_as_admin("/api/v1/verdicts?limit=0").expect_status(400);
}

#[test]
fn a_plugin_in_quarantine_on_one_host_is_so_on_all_and_so_is_its_release() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let serving = world.serve();
    serving.until("/plugins/inventory/items", |answer| answer.status == 200);
    let other = world.host_in("elsewhere");
    let (id, by) = ("inventory".parse().unwrap(), Actor::new("ops", Origin::Cli));
    other.wait(other.host.put_into_quarantine(&id, "it leaks", &by)).unwrap();
    serving.until("/plugins/inventory/items", |answer| answer.status == 503);
    other.wait(other.host.release(&id, &by)).unwrap();
    serving.until("/plugins/inventory/items", |answer| answer.status == 200);
    // Said on the host that serves, by another process of it.
    world.tenon(&["plugin", "quarantine", "inventory", "--reason", "again", "--as", "ops"]).expect_code(0);
    assert_eq!(world.host_in("a third").plugin("inventory").serving, Serving::Held);
    world.tenon(&["plugin", "release", "inventory", "--as", "ops"]).expect_code(0);
    assert_eq!(world.host_in("a third").plugin("inventory").serving, Serving::Yes);
}

#[test]
fn a_release_holds_although_a_check_has_seen_the_word_before_it() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let host = world.host();
    let (id, by) = ("inventory".parse().unwrap(), Actor::new("ops", Origin::Cli));
    let over = AtomicBool::new(false);
    let serving = std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    host.check();
                }
            });
        }
        let serving: Vec<_> = (0..20)
            .map(|_| {
                host.wait(host.host.put_into_quarantine(&id, "it leaks", &by)).unwrap();
                let held = host.plugin("inventory").serving;
                host.wait(host.host.release(&id, &by)).unwrap();
                (held, host.plugin("inventory").serving)
            })
            .collect();
        over.store(true, Ordering::Relaxed);
        serving
    });
    assert_eq!(serving, [(Serving::Held, Serving::Yes); 20]);
}

#[test]
fn a_release_while_the_database_is_away_counts_once_it_is_back() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    world.tenon(&["plugin", "quarantine", "inventory", "--reason", "it leaks", "--as", "ops"]).expect_code(0);
    assert_eq!(world.host_in("elsewhere").plugin("inventory").serving, Serving::Held);
    let url = world.url();
    world.set_url("postgresql://nobody@127.0.0.1:1/nowhere");
    world.tenon(&["plugin", "release", "inventory", "--as", "ops"]).expect_code(0);
    world.set_url(&url);
    assert_eq!(world.host().plugin("inventory").serving, Serving::Yes);
    assert_eq!(world.host_in("elsewhere").plugin("inventory").serving, Serving::Yes);
}

#[test]
fn a_login_on_one_host_counts_on_another_until_it_is_ended_on_either() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let (one, other) = (world.serve(), world.serve_in("elsewhere"));
    let page = |serving: &ServeProcess, cookie: &str| {
        serving.ask_from("127.0.0.1", "GET /account", &[("Cookie", cookie)], &Value::Null).status
    };
    // On a host that has begun sessions of its own.
    let own = other.session();
    let cookie = one.session();
    assert_eq!((page(&one, &cookie), page(&other, &cookie)), (200, 200));
    let listed = |serving: &ServeProcess| {
        let told = serving.get_as_admin("/api/v1/sessions").expect_status(200).json();
        let ids =
            told["sessions"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let id = listed(&one).remove(0);
    let soon = |what: &str, is_so: &dyn Fn() -> bool| {
        // A second at most, where the machine has nothing else to do.
        let end = Instant::now() + Duration::from_secs(10);
        while !is_so() {
            assert!(Instant::now() < end, "{what}: {}", world.sql("SELECT * FROM tenon.session"));
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    soon("the list of the other", &|| listed(&other).contains(&id));
    let basic = [("Authorization", other.basic().replace("authorization: ", ""))];
    let basic = basic.each_ref().map(|(name, value)| (*name, value.as_str()));
    let line = format!("DELETE /api/v1/sessions/{id}");
    other.ask_from("127.0.0.1", &line, &basic, &Value::Null).expect_status(204);
    assert_eq!(page(&other, &cookie), 303);
    soon("the end of the session", &|| page(&one, &cookie) == 303);
    assert_eq!((page(&one, &own), page(&other, &own)), (200, 200));
    // A reader of the whole schema has nothing to begin a session with.
    let key = "SELECT length(key) FROM tenon.session_key";
    assert_eq!(world.sql(key), "64");
    assert_eq!(world.sql(&format!("SET ROLE pg_read_all_data; {key}")), "");
    // What one has told the other stays over a restart, and where the database is away.
    assert_eq!(one.stop(), 0);
    let url = world.url();
    world.set_url("postgresql://nobody@127.0.0.1:1/nowhere");
    let again = world.serve();
    assert_eq!((page(&again, &own), page(&again, &cookie)), (200, 303));
    world.set_url(&url);
}

#[test]
fn a_change_of_the_verdict_while_the_database_is_away_outlives_a_restart() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    world.set("[check]\nevery = \"200ms\"");
    let proxy = world.by_proxy();
    proxy.up();
    let serving = world.serve();
    proxy.down();
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "unknown");
    let seen_by = serving.pid().to_string();
    assert_eq!(serving.stop(), 0);
    proxy.up();
    let again = world.serve();
    let changes = again.until("/api/v1/verdicts", |answer| {
        answer.json()["verdicts"].as_array().is_some_and(|changes| changes.len() >= 2)
    });
    let changes = changes.json()["verdicts"].clone();
    let away = changes.as_array().unwrap().iter().find(|one| one["verdict"] == "unknown").unwrap().clone();
    assert_eq!(away["former"], "healthy", "{changes:#}");
    assert!(away["host"].as_str().unwrap().ends_with(&format!(":{seen_by}")), "{changes:#}");
    assert!(!world.path().join("state/verdicts.json").exists());
}

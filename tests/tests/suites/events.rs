//! Events of plugins: heard once what was told is committed, in order under each key, whatever becomes of the
//! hosts.

use std::collections::BTreeMap;
use std::fs;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{SUPERUSER, ServeProcess, Sink, TestServer, World, artifacts, is_long};

/// Waits for what is wanted.
fn until(what: &str, wanted: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(90);
    while !wanted() {
        assert!(Instant::now() < end, "it never came to that: {what}");
        sleep(Duration::from_millis(50));
    }
}

/// A healed database with a plugin that tells, and hears itself, and one that hears it.
fn world() -> World {
    let world = World::with(&["teller", "hearer"]);
    drop(world.heal_and_prove(&["teller", "hearer"]));
    world
}

/// A host that serves, once it is known who hears.
fn serve_in(world: &World, state: &str) -> ServeProcess {
    let serving = world.serve_in(state);
    until("it is known who hears", || world.sql("SELECT count(*) >= 2 FROM tenon.event_listener") == "t");
    serving
}

fn tell(serving: &ServeProcess, wish: &Value) {
    serving.post("/plugins/teller/tell", wish).expect_status(204);
}

/// How many were heard.
fn heard(world: &World) -> usize {
    world.sql("SELECT count(*) FROM hearer.heard").parse().unwrap()
}

/// How many deliveries are left, of which this is so.
fn left(world: &World, of: &str) -> String {
    world.sql(&format!("SELECT count(*) FROM tenon.event_delivery WHERE {of}"))
}

/// The numbers that were heard under each key, in that order.
fn in_order(world: &World) -> BTreeMap<String, Vec<u64>> {
    let rows = world.sql(
        "SELECT key, string_agg(number::text, ',' ORDER BY id) FROM hearer.heard WHERE key IS NOT NULL GROUP BY key",
    );
    rows.lines()
        .map(|row| {
            let (key, numbers) = row.split_once('|').unwrap();
            (key.to_owned(), numbers.split(',').map(|number| number.parse().unwrap()).collect())
        })
        .collect()
}

/// Has what failed be tried for the last time, now.
fn near_the_end(world: &World) {
    world.sql("UPDATE tenon.event_delivery SET attempts = 9, retry_at = now() WHERE attempts > 0");
    world.sql("NOTIFY tenon_events");
}

#[test]
fn what_is_committed_each_listener_hears_once_and_in_order_and_what_is_rolled_back_nobody() {
    let world = world();
    let serving = serve_in(&world, "a");
    let wish = json!({ "key": "x", "from": 1, "to": 5 });
    serving.post("/plugins/teller/take-back", &wish).expect_status(409);
    thread::scope(|scope| {
        for key in ["a", "b"] {
            let serving = &serving;
            scope.spawn(move || {
                for round in 0..10 {
                    let wish = json!({ "key": key, "from": round * 10 + 1, "to": round * 10 + 10 });
                    tell(serving, &wish);
                }
            });
        }
        scope.spawn(|| tell(&serving, &json!({ "from": 1001, "to": 1050 })));
    });
    until("all are heard", || heard(&world) == 250 && left(&world, "true") == "0");
    let all: Vec<_> = (1..=100).collect();
    assert_eq!(in_order(&world), BTreeMap::from([("a".to_owned(), all.clone()), ("b".to_owned(), all)]));
    assert_eq!(world.sql("SELECT count(DISTINCT event) FROM hearer.heard"), "250");
    assert_eq!(world.sql("SELECT count(*) FROM teller.heard"), "250", "the other listener");
    let metric = "tenon_event_deliveries_total{plugin=\"hearer\",event=\"teller.told\",result=\"heard\"}";
    assert_eq!(serving.metric(metric), Some(250.0));
    let doctor = world.tenon(&["doctor"]).all();
    assert!(doctor.contains("events are heard as they should be, by 2 listeners"), "{doctor}");
    assert_eq!(serving.stop(), 0);
}

#[test]
fn an_event_is_declared_and_its_payload_of_the_declared_type() {
    let world = world();
    let serving = serve_in(&world, "a");
    for (path, told) in [
        ("undeclared", "the plugin does not declare the event"),
        (
            "misfit",
            "the payload of the event teller.told is not of the type that the plugin declares: /number: ",
        ),
        ("foreign", ""),
        ("forge", ""),
    ] {
        let refused = serving.post(&format!("/plugins/teller/{path}"), &json!({}));
        assert!(refused.status >= 400, "{path}: {}", refused.text);
        let log = serving.said();
        assert!(log.contains(told), "{path}: {log}");
        assert!(!log.contains("secret"), "values stay out of the log: {log}");
    }
    let code = serving.post("/plugins/teller/misfit", &json!({})).json();
    assert_eq!(code["code"], "bad_event");
    assert_eq!(world.sql("SELECT count(*) FROM tenon.event"), "0");
}

#[test]
fn what_fails_is_tried_again_and_given_up_in_the_end() {
    let world = world();
    let serving = serve_in(&world, "a");
    tell(&serving, &json!({ "key": "a", "from": 1, "to": 1, "fails": 2 }));
    tell(&serving, &json!({ "key": "a", "from": 2, "to": 3 }));
    tell(&serving, &json!({ "key": "b", "from": 1, "to": 1 }));
    until("the other key is not held up", || in_order(&world).contains_key("b"));
    assert!(!in_order(&world).contains_key("a"), "what follows under its key waits");
    until("all are heard", || heard(&world) == 4);
    assert_eq!(in_order(&world)["a"], [1, 2, 3]);
    assert_eq!(world.sql("SELECT attempt FROM hearer.heard WHERE key = 'a' AND number = 1"), "3");
    // What will never be heard, near its end.
    tell(&serving, &json!({ "key": "c", "from": 1, "to": 1, "fails": 99 }));
    tell(&serving, &json!({ "key": "c", "from": 2, "to": 2 }));
    until("it is tried", || left(&world, "attempts > 0") == "1");
    near_the_end(&world);
    until("it is given up", || left(&world, "dead_at IS NOT NULL") == "1");
    until("what follows goes on", || heard(&world) == 5);
    let list = world.tenon(&["event", "list"]).expect_code(0).out;
    assert!(list.contains("not now") && list.contains("given up"), "{list}");
    let doctor = world.tenon(&["doctor"]).all();
    let told = "plugin hearer did not hear teller.told 1 times, which were given up";
    assert!(doctor.contains(told), "{doctor}");
    let id = world.tenon(&["--json", "event", "list"]).expect_code(0).json()["failed"][0]["id"].clone();
    let id = id.as_str().unwrap();
    serving.log_in();
    let page = serving.get("/events").expect_status(200).text;
    assert!(page.contains("not now") && page.contains("Deliver again") && page.contains(id), "{page}");
    let retried = world.tenon(&["event", "retry", id, "--as", "ops"]).expect_code(0).out;
    assert!(retried.starts_with("Deliveries that are made again: 1"), "{retried}");
    until("it is tried again", || left(&world, "attempts > 0") == "1");
    let refused = world.tenon(&["event", "discard", id, "--as", "ops"]).expect_code(5);
    assert!(refused.err.contains("was given up"), "{}", refused.err);
    let discard = format!("/api/v1/events/{id}/discard");
    let refused = serving.post_as_admin(&discard, &Value::Null).expect_status(409);
    assert_eq!(refused.json()["code"], "event_not_given_up");
    near_the_end(&world);
    until("it is given up", || left(&world, "dead_at IS NOT NULL") == "1");
    let given_up =
        "tenon_event_deliveries_total{plugin=\"hearer\",event=\"teller.told\",result=\"given_up\"}";
    assert_eq!(serving.metric(given_up), Some(2.0));
    serving.post_as_admin(&discard, &Value::Null).expect_status(200);
    assert_eq!(left(&world, "true"), "0");
    let listed = serving.get_as_admin("/api/v1/events").expect_status(200).json();
    assert_eq!((&listed["failed"], &listed["listeners"][0]["plugin"]), (&json!([]), &json!("hearer")));
    let nothing = world.tenon(&["event", "retry", "--as", "ops"]).expect_code(0).out;
    assert!(nothing.starts_with("Every event was heard"), "{nothing}");
    let audit = world.tenon(&["audit", "list"]).expect_code(0).out;
    for told in ["had 1 delivery of event", "discarded 1 delivery of event"] {
        assert!(audit.contains(told), "{told}: {audit}");
    }
}

#[test]
fn an_event_is_heard_once_also_where_hosts_are_killed_at_any_time() {
    let world = world();
    let first = serve_in(&world, "a");
    let kills = if is_long() { 200 } else { 10 };
    let mut told = 0;
    for kill in 0..kills {
        // Each has its own directory: one that dies in call after call of a plugin puts it in quarantine.
        let dies = world.serve_in(&format!("b{kill}"));
        for of in [&first, &dies] {
            for _ in 0..5 {
                told += 1;
                tell(of, &json!({ "key": format!("key {}", told % 7), "from": told, "to": told }));
            }
        }
        sleep(Duration::from_millis(17 * (kill % 9)));
        // SIGKILL.
        drop(dies);
    }
    let all = told.to_string();
    until("all are heard", || world.sql("SELECT count(DISTINCT number) FROM hearer.heard") == all);
    until("nothing is left", || left(&world, "true") == "0");
    assert_eq!(heard(&world).to_string(), all, "each was heard once");
    assert_eq!(world.sql("SELECT count(*) FROM teller.heard"), all, "by the other listener too");
    for (key, numbers) in in_order(&world) {
        assert!(numbers.is_sorted(), "{key}: {numbers:?}");
    }
}

#[test]
fn two_hosts_deliver_what_is_told_at_both_and_one_goes_on_alone() {
    let world = world();
    let (first, second) = (serve_in(&world, "a"), serve_in(&world, "b"));
    thread::scope(|scope| {
        for (serving, from) in [(&first, 0), (&second, 1000)] {
            scope.spawn(move || {
                for number in from..from + 50 {
                    tell(serving, &json!({ "key": format!("of {from}"), "from": number, "to": number }));
                }
            });
        }
    });
    until("all are heard", || heard(&world) == 100 && left(&world, "true") == "0");
    for (key, numbers) in in_order(&world) {
        assert_eq!((numbers.len(), numbers.is_sorted()), (50, true), "{key}: {numbers:?}");
    }
    assert_eq!(first.stop(), 0);
    tell(&second, &json!({ "from": 1, "to": 10 }));
    let began = Instant::now();
    until("the other goes on", || heard(&world) == 110);
    assert!(began.elapsed() < Duration::from_secs(9), "a host that stops leaves no lease");
}

#[test]
fn a_listener_that_panics_is_struck_and_in_quarantine_hears_nothing() {
    let world = world();
    let serving = serve_in(&world, "a");
    tell(&serving, &json!({ "from": 1, "to": 1, "panics": true }));
    until("it is in quarantine", || {
        world.sql("NOTIFY tenon_events");
        serving.get("/plugins/hearer/heard").status == 503
    });
    until("each panic is counted", || {
        serving.metric("tenon_plugin_panics_total{plugin=\"hearer\"}") == Some(3.0)
    });
    let code = "SELECT code FROM tenon.event_delivery WHERE plugin = 'hearer'";
    assert_eq!(world.sql(code), "panic");
    tell(&serving, &json!({ "from": 2, "to": 2 }));
    until("others hear it", || world.sql("SELECT count(*) FROM teller.heard") == "2");
    assert_eq!(heard(&world), 0);
    world.sql("DELETE FROM tenon.event_delivery WHERE attempts > 0");
    serving.post_as_admin("/api/v1/plugins/hearer/release", &Value::Null).expect_status(200);
    until("then it hears", || heard(&world) == 1);
}

#[test]
fn a_plugin_that_hears_one_which_it_does_not_require_is_refused() {
    let world = World::with(&["teller"]);
    // The macro builds no such plugin.
    let mut bytes = fs::read(artifacts::library("hearer")).unwrap();
    let requires = br#""requires":{"teller":"^1"}"#;
    let at = bytes.windows(requires.len()).position(|window| window == requires).unwrap();
    let nobody = format!("{:<1$}", r#""requires":{"#, requires.len() - 1) + "}";
    bytes[at..at + requires.len()].copy_from_slice(nobody.as_bytes());
    world.write_library("libhearer.so", &bytes);
    let inspected = world.tenon(&["plugin", "inspect", "plugins/libhearer.so"]).all();
    let told = "it hears \"teller.told\", and does not require the plugin that emits it";
    assert!(inspected.contains(told) && inspected.contains("bad-event"), "{inspected}");
    let list = world.tenon(&["plugin", "list"]).all();
    assert!(list.contains(told), "{list}");
    let explained = world.tenon(&["explain", "bad-event"]).expect_code(0).out;
    assert!(explained.contains("does not require"), "{explained}");
}

#[test]
fn nothing_is_delivered_while_a_heal_runs_or_by_a_host_that_has_lost_its_lease() {
    let world = world();
    let serving = serve_in(&world, "a");
    thread::scope(|scope| {
        // The lock of heals.
        scope.spawn(|| world.sql("SELECT pg_advisory_lock(1952804463, 1751474540), pg_sleep(4)"));
        sleep(Duration::from_millis(500));
        tell(&serving, &json!({ "from": 1, "to": 1 }));
        sleep(Duration::from_secs(2));
        assert_eq!(heard(&world), 0, "it waits");
    });
    until("then it is heard", || heard(&world) == 1);
    // Another host has the listener, and is silent.
    world.sql("UPDATE tenon.event_listener SET lease = gen_random_uuid(), leased_until = now() + interval '3 seconds'");
    tell(&serving, &json!({ "from": 2, "to": 2 }));
    sleep(Duration::from_secs(1));
    assert_eq!(heard(&world), 1, "it is the other's");
    until("its lease has ended", || heard(&world) == 2);
}

#[test]
fn plugins_with_login_roles_emit_what_they_declare_and_nothing_else() {
    let world = World::with(&["teller", "hearer"]);
    let server = TestServer::shared();
    world.set_url(&server.tcp_url(SUPERUSER, &server.password(), server.port, &world.database.name));
    world.isolate();
    assert_eq!(world.host().heal().word(), "succeeded");
    let serving = serve_in(&world, "a");
    tell(&serving, &json!({ "key": "a", "from": 1, "to": 3 }));
    until("they are heard", || heard(&world) == 3);
    let roles = world.sql("SELECT role FROM tenon.event_type");
    assert!(roles.starts_with("tenon") && roles.contains("teller"), "{roles}");
    let may = "SELECT count(*) FROM pg_roles r, pg_class c WHERE r.rolname LIKE 'tenon%' AND c.relnamespace = \
               'tenon'::regnamespace AND c.relkind = 'r' AND (r.rolname LIKE '%teller%' OR r.rolname LIKE '%hearer%') \
               AND has_table_privilege(r.oid, c.oid, 'SELECT, UPDATE')";
    assert_eq!(world.sql(may), "0", "they may not look at the events, nor at anything else of the host");
    world.sql("UPDATE tenon.event_type SET role = 'nobody'");
    let refused = serving.post("/plugins/teller/tell", &json!({ "key": "a", "from": 4, "to": 4 }));
    assert!(refused.status >= 400, "{}", refused.text);
    assert_eq!(heard(&world), 3);
}

#[test]
fn webhooks_are_told_of_the_events_that_their_configuration_names() {
    let world = world();
    let sink = Sink::start();
    fs::write(world.path().join("key"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    world.set(&format!(
        "[[notify.webhook]]\nname = \"partner\"\nurl = \"http://127.0.0.1:{}/\"\nsecret_file = \"key\"\nevents = []\n\
         plugin_events = [\"teller.told\"]",
        sink.port
    ));
    let serving = world.serve();
    until("it is known who hears", || world.sql("SELECT count(*) FROM tenon.event_listener") == "3");
    tell(&serving, &json!({ "key": "a", "from": 1, "to": 2 }));
    let taken = sink.taken(2);
    let ids = world.sql("SELECT string_agg(event::text, ' ' ORDER BY id) FROM hearer.heard");
    for (number, (message, id)) in (1..).zip(taken.iter().zip(ids.split(' '))) {
        let json = message.json();
        assert_eq!((&json["type"], &json["id"]), (&json!("event.emitted"), &json!(id)), "{json}");
        let payload = json!({ "number": number, "fails": 0, "panics": false });
        assert_eq!((&json["data"]["event"], &json["data"]["payload"]), (&json!("teller.told"), &payload));
        assert_eq!((&json["data"]["key"], message.header("webhook-id")), (&json!("a"), id));
    }
    until("nothing is left", || left(&world, "true") == "0");
    let listed = world.tenon(&["event", "list"]).expect_code(0).out;
    assert!(listed.contains("core"), "{listed}");
}

#[test]
fn events_need_their_tables() {
    let world = World::with(&["teller", "hearer"]);
    let pending = world.tenon(&["event", "retry", "--as", "ops"]).expect_code(2);
    assert!(
        pending.err.contains("core/0009_events.sql is pending") && pending.err.contains("`tenon heal`"),
        "{pending:?}"
    );
    assert_eq!(world.tenon(&["event", "list"]).expect_code(0).out, "No plugin hears events\n");
    world.set_url("postgres://nobody@127.0.0.1:1/nothing");
    let unknown = world.tenon(&["event", "list"]).expect_code(3);
    assert!(unknown.err.contains("it is not known which events were heard"), "{unknown:?}");
    assert!(unknown.err.contains("`tenon check`"), "{unknown:?}");
}

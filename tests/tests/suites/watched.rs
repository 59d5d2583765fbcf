//! A heal that runs is seen by everybody: on each page and over the API, of this host and of another process,
//! with what it waits for, and as a stream of events.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::{Value, json};
use tenon_tests::{HttpAnswer, ServeProcess, World};

/// A heal comes to its ledger row, and no further.
const BLOCK: &str = "LOCK TABLE tenon.migration IN SHARE MODE";

/// A world in which a heal has run once, so that there is a ledger to lock, and that has something pending.
fn with_pending() -> World {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("inventory");
    world.set("[heal]\nlock_timeout = \"60s\"\nwait = \"1s\"");
    world
}

/// Asks for a heal of what is pending, and does not wait for its end.
fn heal_at_once(serving: &ServeProcess) -> HttpAnswer {
    let plan = serving.get_as_admin("/api/v1/plan").json();
    let body = json!({ "plan_hash": plan["hash"] });
    serving.post_preferring("/api/v1/heal", "wait=5, respond-async", &body).expect_status(202)
}

/// The heal that runs, once it waits for a lock of the database.
fn waiting(serving: &ServeProcess) -> Value {
    serving.until("/api/v1/heal", |answer| answer.json()["progress"]["waits"].is_object()).json()
}

#[test]
fn a_heal_that_waits_says_for_whom_everywhere_and_is_stopped_from_any_page() {
    let world = with_pending();
    let serving = world.serve();
    let held = world.database.hold(BLOCK);
    let accepted = heal_at_once(&serving);
    let location = accepted.header("location").unwrap().to_owned();
    assert_eq!(accepted.header("preference-applied"), Some("respond-async"));

    let running = waiting(&serving);
    let (heal, waits) = (running["heal"].as_str().unwrap(), &running["progress"]["waits"]);
    assert_eq!((&waits["mode"], &waits["object"]), (&json!("ROW EXCLUSIVE"), &json!("tenon.migration")));
    let blocked_by = waits["blocked_by"].as_str().unwrap();
    assert!(blocked_by.starts_with("psql (process ") && blocked_by.ends_with(" holds SHARE"), "{blocked_by}");
    assert!(waits["since"].as_str().is_some_and(|since| since.starts_with("20")), "{waits}");
    assert_eq!(
        (&running["running"], &running["here"], &running["admin"]),
        (&json!(true), &json!(true), &json!("admin"))
    );
    assert_eq!(running["progress"]["steps"], 3, "{running:#}");
    let status = serving.get_as_admin(&location).expect_status(200).json();
    assert_eq!((&status["state"], &status["heal"]), (&json!("running"), &json!(heal)));

    // Each page, to whoever is logged in.
    serving.log_in();
    for page in ["/", "/audit", "/heal"] {
        let text = serving.get(page).text;
        for told in [
            "A heal by admin on ",
            "data-heal-wait>It waits since ",
            "ROW EXCLUSIVE on tenon.migration: psql (process ",
        ] {
            assert!(text.contains(told), "{page}: {told}\n{text}");
        }
        assert!(text.contains(&format!("action=\"/heal/{heal}/cancel\"")), "{page}: {text}");
    }
    // Whoever would heal as well is told.
    let second = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(4).err;
    for told in ["a heal by admin on ", "it waits since ", "psql (process "] {
        assert!(second.contains(told), "{told}: {second}");
    }

    serving.post_form(&format!("/heal/{heal}/cancel"), &[]).expect_status(200);
    let ended = serving.until(&location, |answer| answer.json()["state"] == "ended").json();
    assert_eq!(
        (&ended["outcome"]["result"], &ended["outcome"]["by"]),
        (&json!("cancelled"), &json!("admin"))
    );
    assert_eq!(serving.get_as_admin("/api/v1/heal").json(), json!({ "running": false }));
    assert!(!serving.get("/audit").text.contains("data-heal-wait>It waits since"));
    drop(held);
    drop(world.heal_and_prove(&["identity", "inventory"]));
}

#[test]
fn the_events_of_a_heal_are_read_from_the_first_or_from_where_one_was_and_end_with_the_outcome() {
    let world = with_pending();
    let serving = world.serve();
    let held = world.database.hold(BLOCK);
    let location = heal_at_once(&serving).header("location").unwrap().to_owned();
    waiting(&serving);
    let stream = format!("{location}/events");
    let events = std::thread::scope(|scope| {
        let listens = scope.spawn(|| serving.events(&stream, 0));
        drop(held);
        listens.join().unwrap()
    });
    let numbers: Vec<_> = events.iter().map_while(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=events.len() as u64 - 1).collect::<Vec<_>>(), "{events:#?}");
    let told: Vec<_> = events.iter().filter_map(|(.., data)| data["event"].as_str()).collect();
    assert_eq!((told.first(), told.last()), (Some(&"planned"), Some(&"ended")));
    let at = |word: &str| told.iter().position(|told| *told == word);
    assert!(at("blocked").is_some() && at("blocked") < at("unblocked").or(at("verifying")), "{told:?}");
    assert!(
        events
            .iter()
            .filter(|(.., data)| data["event"].is_string())
            .all(|(.., data)| data["message"].is_string())
    );
    let (number, name, outcome) = events.last().unwrap();
    assert_eq!((number, name.as_str(), &outcome["result"]), (&None, "outcome", &json!("succeeded")));
    // Afterwards as well, and only what was not heard.
    assert_eq!(serving.events(&stream, 0), events);
    assert_eq!(serving.events(&stream, numbers.len() as u64 - 2), events[events.len() - 3..]);
    let heal = outcome["heal"].as_str().unwrap();
    assert_eq!(
        serving.get_as_admin(&format!("/api/v1/heals/{heal}")).json()["id"],
        serving.get_as_admin(&location).json()["id"]
    );
    let nobody =
        serving.get_as_admin("/api/v1/heals/00000000-0000-7000-8000-000000000000").expect_status(404).json();
    assert_eq!(nobody["code"], "no_such_heal");
    serving.get_as_admin("/api/v1/heals/x").expect_status(404);
}

#[test]
fn a_heal_of_another_process_is_seen_too_and_where_it_can_be_stopped() {
    let world = with_pending();
    let serving = world.serve();
    serving.log_in();
    let held = world.database.hold(BLOCK);
    let mut command = world.command();
    let mut healing =
        command.args(["heal", "--yes", "--as", "grace"]).stderr(Stdio::piped()).spawn().unwrap();
    let running = waiting(&serving);
    assert_eq!((&running["here"], &running["admin"]), (&json!(false), &json!("grace")));
    let heal = running["heal"].as_str().unwrap();
    let page = serving.get("/").text;
    assert!(
        page.contains("A heal by grace on ") && page.contains("data-heal-wait>It waits since "),
        "{page}"
    );
    assert!(page.contains(&format!("/heal/{heal}/cancel")), "{page}");
    let mut said = BufReader::new(healing.stderr.take().unwrap()).lines().map(Result::unwrap);
    let waits = said.find(|line| line.starts_with("waiting for "));
    assert!(
        waits.is_some_and(
            |line| line.starts_with("waiting for ROW EXCLUSIVE on tenon.migration: psql (process ")
        ),
        "and the command line tells it too"
    );
    drop(held);
    said.for_each(drop);
    assert_eq!(healing.wait().unwrap().code(), Some(0));
}

#[test]
fn a_host_that_stops_ends_the_streams_that_are_listened_to() {
    let world = World::with(&[]);
    let serving = world.serve();
    let address = serving.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let basic = serving.basic();
    write!(stream, "GET /api/v1/heal/events HTTP/1.1\r\n{basic}\r\nhost: {address}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let heard = lines.find(|line| line.starts_with("data: "));
    assert_eq!(heard.as_deref(), Some("data: {\"running\":false}"));
    assert_eq!(serving.stop(), 0);
    assert!(lines.all(|line| !line.starts_with("data: ")), "and the stream was ended");
}

//! Messages of changes: each is sent once, however many hosts see it, signed, and again until it is taken;
//! and nobody who heals waits for that.

mod destinations;

use std::fs;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tenon_tests::{Answers, Posted, ServeProcess, Sink, World, is_long};

const DRIFT: &str = "ALTER TABLE inventory.item ALTER qty DROP DEFAULT";
const UNDO: &str = "ALTER TABLE inventory.item ALTER qty SET DEFAULT 0";

const KEY: &[u8] = b"thirty-two bytes are a good key.";

/// What of a webhook's address nobody is to see.
const TOKEN: &str = "T0KEN-of-the-sink";

/// A healed database, and a webhook to this sink.
fn told_by(sink: &Sink, more: &str) -> World {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    configure(&world, sink, more);
    world
}

fn configure(world: &World, sink: &Sink, more: &str) {
    let keys = format!("whsec_{}\n", STANDARD.encode(KEY));
    fs::write(world.path().join("key"), keys).unwrap();
    world.set(&format!(
        "[check]\nevery = \"200ms\"\n[notify]\ntimeout = \"20s\"\n{more}\n[[notify.webhook]]\nname = \"ops\"\n\
         url = \"http://127.0.0.1:{}/{TOKEN}\"\nsecret_file = \"key\"",
        sink.port
    ));
}

/// Waits until the query answers so.
fn until(world: &World, sql: &str, wanted: &str) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let found = world.sql(sql);
        if found == wanted {
            return;
        }
        assert!(Instant::now() < end, "{sql}: {found}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Serves, and waits until messages are looked for.
fn serve(world: &World) -> ServeProcess {
    let serving = world.serve();
    until(world, "SELECT count(*) FROM tenon.notification_target", "1");
    serving
}

fn types(messages: &[Posted]) -> Vec<String> {
    messages.iter().map(|one| one.json()["type"].as_str().unwrap().to_owned()).collect()
}

/// The verdict before and after.
fn went(message: &Posted) -> (Value, Value) {
    let data = &message.json()["data"];
    (data["former"].clone(), data["verdict"].clone())
}

/// The signature, by PostgreSQL's own SHA-256.
fn is_signed(world: &World, message: &Posted) {
    let Posted { body, .. } = message;
    let (id, seconds) = (message.header("webhook-id"), message.header("webhook-timestamp"));
    let age = jiff::Timestamp::now().as_second() - seconds.parse::<i64>().unwrap();
    assert!((0..120).contains(&age), "{seconds}");
    let mut key = KEY.to_vec();
    key.resize(64, 0);
    let padded = |with: u8| key.iter().map(|byte| format!("{:02x}", byte ^ with)).collect::<String>();
    let text: String = format!("{id}.{seconds}.{body}").bytes().map(|byte| format!("{byte:02x}")).collect();
    let inner = format!("sha256(decode('{}{text}', 'hex'))", padded(0x36));
    let signature =
        world.sql(&format!("SELECT encode(sha256(decode('{}', 'hex') || {inner}), 'base64')", padded(0x5c)));
    assert_eq!(message.header("webhook-signature"), format!("v1,{signature}"));
}

#[test]
fn each_change_is_one_signed_message_whichever_hosts_see_it_also_when_the_sink_was_down() {
    let sink = Sink::start();
    let world = told_by(&sink, "");
    let (one, other) = (serve(&world), world.serve());
    world.sql(DRIFT);
    assert_eq!(went(&sink.taken(1)[0]), (json!("healthy"), json!("drifted")));
    sink.answers(Answers::Nothing);
    world.sql(UNDO);
    sink.turned_away(1);
    until(&world, "SELECT count(*) FROM tenon.notification_delivery WHERE error IS NOT NULL", "1");
    let waits = one.get_as_admin("/api/v1/notifications").expect_status(200).json();
    assert_eq!(waits["targets"][0]["pending"], 1, "{waits:#}");
    assert!(waits["undelivered"][0]["error"].as_str().unwrap().starts_with("it gave no answer"), "{waits:#}");
    let doctor = world.tenon(&["doctor", "--json"]).json();
    let lines = doctor["lines"].as_array().unwrap();
    let told = lines.iter().find(|line| line["topic"] == "messages").unwrap();
    let message = told["message"].as_str().unwrap();
    assert!(message.starts_with("webhook ops takes no message, and 1 wait: it gave no answer"), "{told:#}");
    assert_eq!(told["state"], "warning");
    assert!(!doctor.to_string().contains(TOKEN), "{doctor:#}");
    one.log_in().expect_status(200);
    let page = one.get("/notifications").expect_status(200).text;
    let listed = world.tenon(&["notify", "list"]).expect_code(0);
    assert!(page.contains("it gave no answer") && listed.out.contains("it gave no answer"), "{listed:#?}");
    if is_long() {
        // It is down for a minute, in which it is tried in vain twice.
        std::thread::sleep(Duration::from_secs(60));
    }
    sink.answers(Answers::Status(204));
    assert_eq!(went(&sink.taken(2)[1]), (json!("drifted"), json!("healthy")));
    world.sql(DRIFT);
    sink.taken(3);
    world.sql(UNDO);
    sink.taken(4);
    // Whoever would send another one had time for it.
    std::thread::sleep(Duration::from_secs(1));
    let messages = sink.taken(4);
    let verdicts: Vec<_> = messages.iter().map(|one| went(one).1).collect();
    assert_eq!(verdicts, ["drifted", "healthy", "drifted", "healthy"]);
    let schema = world.tenon(&["json-schema", "notify", "message"]).expect_code(0).json();
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    for message in &messages {
        is_signed(&world, message);
        let json = message.json();
        let errors: Vec<_> = schema.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{json:#}");
        assert_eq!(json["id"], message.header("webhook-id"));
        assert_eq!(message.line, format!("POST /{TOKEN} HTTP/1.1"));
    }
    let text = messages[0].json()["text"].as_str().unwrap().to_owned();
    assert!(text.ends_with("went from Healthy to Drifted: 1 finding"), "{text}");
    let delivered = |serving: &ServeProcess| {
        serving.metric("tenon_notifications_total{target=\"ops\",result=\"delivered\"}").unwrap_or_default()
    };
    assert!((delivered(&one) + delivered(&other) - 4.0).abs() < 0.1, "{}", one.said());
    // The same by the API.
    let post = |path: &str| one.post_as_admin(&format!("/api/v1/notifications/{path}"), &Value::Null);
    assert_eq!(post("test?target=nobody").expect_status(404).json()["code"], "no_target");
    assert_eq!(post("retry").expect_status(200).json()["retried"], 0);
    let tried = post("test?target=ops").expect_status(200).json();
    assert_eq!((&tried["targets"][0]["status"], sink.taken(5).len()), (&json!(204), 5), "{tried:#}");
    for said in [one.said(), other.said(), listed.all(), page, waits.to_string(), tried.to_string()] {
        assert!(!said.contains(TOKEN) && !said.contains(&STANDARD.encode(KEY)), "{said}");
    }
}

#[test]
fn a_heal_does_not_wait_for_a_sink_that_hangs_and_all_that_happened_is_told_in_its_order() {
    let sink = Sink::start();
    let world =
        told_by(&sink, "[[notify.command]]\nname = \"file\"\nrun = [\"./write\"]\nevents = [\"heal\"]\n");
    let written = world.path().join("written");
    let script = format!("#!/bin/sh\ncat >> '{0}'; echo >> '{0}'; env >> '{0}'\n", written.display());
    fs::write(world.path().join("write"), script).unwrap();
    let runs = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(world.path().join("write"), runs).unwrap();
    let serving = world.serve();
    until(&world, "SELECT count(*) FROM tenon.notification_target", "2");
    sink.answers(Answers::Later);
    world.sql(DRIFT);
    sink.keeps_waiting();
    let began = Instant::now();
    let plan = serving.get_as_admin("/api/v1/plan?repair=additive").expect_status(200).json();
    let heal = json!({ "plan_hash": plan["hash"], "repair": ["additive"] });
    let healed = serving.post_as_admin("/api/v1/heal", &heal).expect_status(200).json();
    assert!(began.elapsed() < Duration::from_secs(10), "{healed:#}");
    assert!(sink.is_waited_for(), "the sink still holds the first message");
    world.tenon(&["plugin", "quarantine", "inventory", "--reason", "it leaks", "--as", "ops"]).expect_code(0);
    let health = serving.until("/api/v1/health", |answer| answer.json()["status"] == "degraded");
    assert_eq!(health.json()["status"], "degraded");
    sink.answers(Answers::Status(200));
    let messages = sink.taken(5);
    let told = types(&messages);
    assert_eq!(told[0], "verdict.changed");
    let at =
        |name: &str| told.iter().position(|one| one == name).unwrap_or_else(|| panic!("{name}: {told:?}"));
    assert!(at("heal.succeeded") < at("plugin.quarantined"), "{told:?}");
    let heal = messages[at("heal.succeeded")].json();
    let (text, id) = (heal["text"].as_str().unwrap(), heal["data"]["heal"].as_str().unwrap());
    assert!(text.starts_with("The heal of database") && text.ends_with("succeeded: 1 repair"), "{text}");
    // The link leads to the entry.
    let link = heal["link"].as_str();
    assert!(link.is_none_or(|link| link.contains("/audit?before=") && link.ends_with(id)), "{link:?}");
    let quarantined = messages[at("plugin.quarantined")].json();
    assert!(quarantined["text"].as_str().unwrap().ends_with(": it leaks"), "{quarantined:#}");
    until(
        &world,
        "SELECT count(*) FROM tenon.notification_delivery WHERE target = 'file' AND delivered_at IS NOT NULL",
        "1",
    );
    let written = fs::read_to_string(written).unwrap();
    assert_eq!(serde_json::from_str::<Value>(written.lines().next().unwrap()).unwrap(), heal);
    assert!(!written.contains("DATABASE_URL") && !written.contains("HOME="), "{written}");
}

#[test]
fn a_database_that_is_away_is_told_once_and_so_is_its_return() {
    let sink = Sink::start();
    let world = told_by(&sink, "");
    let proxy = world.by_proxy();
    proxy.up();
    let serving = serve(&world);
    proxy.down();
    let away = sink.taken(1).remove(0);
    assert_eq!(went(&away), (json!("healthy"), json!("unknown")));
    let file = world.path().join("state/notifications.json");
    assert!(fs::read_to_string(&file).unwrap().contains(away.header("webhook-id")));
    for command in ["list", "retry"] {
        assert!(world.tenon(&["notify", command]).expect_code(3).err.contains("`tenon check`"));
    }
    proxy.up();
    assert_eq!(went(&sink.taken(2)[1]), (json!("unknown"), json!("healthy")));
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(sink.taken(2).len(), 2, "{}", serving.said());
    let kept =
        world.sql("SELECT count(*), count(delivered_at), sum(attempts) FROM tenon.notification_delivery");
    assert_eq!(kept, "2|2|2");
    let left: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(left["messages"], json!([]), "the database has it");
}

#[test]
fn what_was_given_up_is_told_and_tried_again_when_somebody_says_so() {
    let sink = Sink::start();
    sink.answers(Answers::Status(503));
    let world = World::with(&["rogue"]);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    configure(&world, &sink, "retry_for = \"0\"");
    let serving = serve(&world);
    serving.post("/plugins/rogue/connect-unix", &json!({})).expect_status(200);
    until(
        &world,
        "SELECT count(*) FROM tenon.notification_delivery WHERE next_at IS NULL AND delivered_at IS NULL",
        "1",
    );
    let report = world.tenon(&["notify", "list", "--json"]).expect_code(0).json();
    assert_eq!(report["targets"][0]["given_up"], 1, "{report:#}");
    assert_eq!(report["undelivered"][0]["error"], "it answered 503", "{report:#}");
    let given_up =
        serving.logged("it", |event| event["message"].as_str().is_some_and(|it| it.contains("given up")));
    assert_eq!(given_up["level"], "ERROR");
    sink.answers(Answers::Status(200));
    let run = world.tenon(&["notify", "retry", "ops"]).expect_code(0);
    assert!(run.out.starts_with("1 message is tried again"), "{run:#?}");
    let told = sink.taken(1).remove(0).json();
    assert_eq!(told["type"], "plugin.refused");
    assert_eq!((&told["data"]["plugin"], &told["data"]["system_call"]), (&json!("rogue"), &json!("socket")));
    // Once for each call of each file, however often.
    serving.post("/plugins/rogue/connect-unix", &json!({})).expect_status(200);
    serving.post_as_admin("/api/v1/check", &Value::Null).expect_status(200);
    assert_eq!(world.sql("SELECT count(*) FROM tenon.notification"), "1");
}

#[test]
fn targets_are_tried_before_they_are_needed_and_no_address_is_shown() {
    let sink = Sink::start();
    let world = World::with(&["identity"]);
    let none = world.tenon(&["notify", "test"]).expect_code(5);
    assert!(none.err.contains("[[notify.webhook]]"), "{none:#?}");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    configure(&world, &sink, "");
    world.set(&format!(
        "[[notify.webhook]]\nname = \"nobody\"\nurl = \"http://127.0.0.1:{port}/{TOKEN}\"\nsecret_file = \"key\"\n\
         [[notify.command]]\nname = \"fails\"\nrun = [\"sh\", \"-c\", \"echo 'no phone' >&2; exit 3\"]"
    ));
    let run = world.tenon(&["notify", "test", "--json"]).expect_code(1);
    let answer = |name: &str| {
        let targets = run.json()["targets"].as_array().unwrap().clone();
        targets.into_iter().find(|one| one["target"] == name).unwrap()
    };
    assert_eq!((&answer("ops")["delivered"], &answer("ops")["status"]), (&json!(true), &json!(204)));
    assert_eq!(answer("fails")["error"], "sh ended with exit status: 3: no phone");
    let why = answer("nobody")["error"].as_str().unwrap().to_owned();
    assert!(why.starts_with("it gave no answer") && why.contains("refused"), "{why}");
    let tried = sink.taken(1).remove(0);
    is_signed(&world, &tried);
    assert_eq!(tried.json()["type"], "test");
    sink.answers(Answers::Status(404));
    let wrong = world.tenon(&["notify", "test", "ops"]).expect_code(1);
    assert!(wrong.out.contains("it answered 404: is the address right?"), "{wrong:#?}");
    assert!(!(run.all() + &wrong.all()).contains(TOKEN), "{run:#?}");
    let unknown = world.tenon(&["notify", "test", "nobody-else"]).expect_code(5);
    assert!(unknown.err.contains("there are fails, nobody, ops"), "{unknown:#?}");
    assert!(world.tenon(&["notify", "list"]).expect_code(3).out.contains("ops"), "the tables are pending");
    assert!(world.tenon(&["notify", "retry"]).expect_code(2).err.contains("`tenon heal`"));
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    assert_eq!(world.tenon(&["notify", "retry"]).expect_code(0).out, "Every message has arrived\n");
}

//! What people are shown: a plan with its SQL, small faults told where they are met, and not more often than
//! they are worth.

use std::process::Command;

use serde_json::{Value, json};
use tenon_tests::{TestServer, World};

const ID: &str = "brings_00";
const MADE: (&str, &str) = (
    "0001_a.sql",
    "CREATE SCHEMA brings_00;\nCREATE TABLE brings_00.a (id bigint PRIMARY KEY, note text);\n",
);
const DROPS: (&str, &str) =
    ("0002_drop.sql", "-- Notes are kept elsewhere.\nALTER TABLE brings_00.a DROP COLUMN note;\n");

fn table(columns: &[&str]) -> Value {
    let column = |name: &&str| match *name {
        "id" => json!({ "name": "id", "data_type": "bigint", "not_null": true }),
        name => json!({ "name": name, "data_type": "text" }),
    };
    let columns: Vec<_> = columns.iter().map(column).collect();
    let constraints = json!([{ "rule": { "primary_key": { "columns": ["id"] } } }]);
    json!({ "format": 1, "tables": [{ "name": "brings_00.a", "columns": columns, "constraints": constraints }] })
}

fn healed() -> World {
    let world = World::with(&[]);
    world.bring(ID, &[MADE], &table(&["id", "note"]));
    assert_eq!(world.host().heal().word(), "succeeded");
    world
}

#[test]
fn a_plan_shows_its_sql_with_what_it_costs_at_the_statements() {
    let world = healed();
    world.sql("INSERT INTO brings_00.a SELECT n, 'x' FROM generate_series(1, 500) n; ANALYZE brings_00.a");
    world.bring(ID, &[MADE, DROPS], &table(&["id"]));
    let shown = world.tenon(&["plan", "--sql"]).expect_code(5).out;
    let (above, _) = shown.split_once("\nALTER TABLE brings_00.a DROP COLUMN note;").unwrap();
    let above: Vec<_> = above.lines().rev().take_while(|line| line.starts_with("-- ")).collect();
    assert!(
        above.iter().any(|line| line.starts_with("-- hazard: drop-column:brings_00.a.note: ")),
        "{shown}"
    );
    assert!(above.iter().any(|line| line.contains("brings_00.a is locked ACCESS EXCLUSIVE: ")), "{shown}");
    assert!(above.contains(&"-- Notes are kept elsewhere."), "{shown}");
    assert!(!world.tenon(&["plan"]).expect_code(5).out.contains("DROP COLUMN"));

    let serving = world.serve();
    for plan in [
        world.tenon(&["plan", "--sql", "--json"]).expect_code(5).json(),
        serving.get_as_admin("/api/v1/plan?sql=1").expect_status(200).json(),
    ] {
        let file = &plan["sql"][0];
        assert_eq!((&file["migration"], &file["sql"]), (&json!("brings_00/0002_drop.sql"), &json!(DROPS.1)));
        let marks: Vec<_> = file["marks"].as_array().unwrap().iter().collect();
        let kinds: Vec<_> = marks.iter().map(|mark| (mark["line"].as_u64(), mark["kind"].as_str())).collect();
        assert_eq!(kinds, [(Some(2), Some("hazard")), (Some(2), Some("lock"))], "{plan:#}");
        assert_eq!(plan["locked"][0]["size"]["rows"], 500, "{plan:#}");
    }
    assert!(serving.get_as_admin("/api/v1/plan").json().get("sql").is_none());
    serving.get_as_admin("/api/v1/plan?sql=yes").expect_status(400);
    serving.log_in().expect_status(200);
    let page = serving.get("/heal").expect_status(200).text;
    assert!(page.contains("<b>hazard</b> drop-column:brings_00.a.note: "), "{page}");
    assert!(page.contains("about 500 rows"), "{page}");
}

#[test]
fn a_first_heal_that_meets_what_stands_there_names_baseline() {
    let world = World::with(&[]);
    world.bring(ID, &[MADE], &table(&["id", "note"]));
    world.sql(MADE.1);
    let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(1);
    assert!(run.err.contains("tenon baseline --plugin brings_00"), "{}", run.err);
    // What it names is what helps.
    world.tenon(&["baseline", "--plugin", ID, "--yes", "--as", "ops"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
}

#[test]
fn a_taken_port_is_told_before_an_administrator_is_made_with_the_key_that_chooses_another() {
    let world = World::with(&[]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    world.set(&format!("[server]\nlisten = \"{address}\""));
    let run = world.tenon(&["serve"]).expect_code(1);
    for told in [&address.to_string(), "server.listen", "TENON_SERVER__LISTEN"] {
        assert!(run.err.contains(told), "{}", run.err);
    }
    assert!(!run.out.contains("password"), "{}", run.out);
    assert!(!world.path().join("accounts.json").exists());
}

#[test]
fn a_misspelt_log_filter_is_refused_and_not_taken_for_silence() {
    for filter in ["wran", "info,tenon_host"] {
        let world = World::with(&[]);
        world.set(&format!("[log]\nfilter = \"{filter}\""));
        let run = world.tenon(&["check"]).expect_code(5);
        assert!(run.err.contains("is no level; there are error, warn, info"), "{filter}: {}", run.err);
    }
}

#[test]
fn findings_of_one_file_have_ids_of_their_own() {
    let world = World::with(&["identity", "inventory"]);
    world.write_library("libbroken.so", b"not a library");
    world.install_as("identity", "libother.so");
    let report = world.host().check();
    let mut ids: Vec<_> = report.findings().map(|finding| finding.id.as_str()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "{:#?}", report.findings().collect::<Vec<_>>());
}

#[test]
fn what_keeps_the_database_from_being_read_is_told_once() {
    let world = World::with(&["identity", "inventory"]);
    world.set_url("postgres://harness@127.0.0.1:1/nowhere");
    let run = world.tenon(&["check"]).expect_code(3);
    assert_eq!(run.out.matches("refused").count(), 1, "{}", run.out);
    assert!(run.out.contains("Inventory Plugin: 1 check not completed"), "{}", run.out);
}

#[test]
fn calls_that_fail_alike_are_few_errors_in_the_log() {
    let world = World::with(&["identity", "inventory"]);
    assert_eq!(world.host().heal().word(), "succeeded");
    let serving = world.serve();
    world.sql("ALTER TABLE inventory.item RENAME TO gone");
    for _ in 0..40 {
        let answer = serving.get("/plugins/inventory/items");
        assert_eq!(answer.status, 500, "{}", answer.text);
    }
    let failed =
        |event: &Value| event["message"].as_str().is_some_and(|told| told.starts_with("a call failed"));
    let errors = serving.all_logged(|event| event["level"] == "ERROR" && failed(event));
    assert!((10..=30).contains(&errors.len()), "{}", errors.len());
}

#[test]
fn kinds_that_are_not_compared_are_counted_and_listed_where_that_is_told() {
    let world = healed();
    let told = world.tenon(&["check"]).expect_code(0).out;
    let listed = world.tenon(&["check", "--json"]).expect_code(0).json()["not_compared"].clone();
    let count = listed.as_array().unwrap().len();
    assert!(count > 1, "{listed}");
    let line = format!("Not compared yet: {count} kinds of object (`tenon check --json` lists them)");
    assert!(told.contains(&line), "{told}");
    assert!(told.lines().all(|line| line.len() < 200), "{told}");
}

#[test]
fn the_command_beside_the_reminder_of_a_backup_makes_one() {
    let world = World::with(&[]);
    world.bring(ID, &[MADE], &table(&["id", "note"]));
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.sql("INSERT INTO brings_00.a VALUES (1, 'a nail')");
    let adds = ("0002_more.sql", "ALTER TABLE brings_00.a ADD COLUMN more text;\n");
    world.bring(ID, &[MADE, adds], &table(&["id", "note", "more"]));
    let serving = world.serve();
    serving.log_in().expect_status(200);
    let page = serving.get("/heal").expect_status(200).text;
    let command =
        page.split("data-copied=\"Copied\">").find(|part| part.starts_with("pg_dump ")).expect(&page);
    let command = command.split("</pre>").next().unwrap().replace("&#39;", "'");
    let server = TestServer::shared();
    let path = format!("{}:{}", server.bindir.display(), std::env::var("PATH").unwrap());
    let run = |command: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).env("PATH", &path).current_dir(world.path());
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    run(&command);
    let kept = run("pg_restore --data-only --schema=brings_00 --table=a --file=- before-heal.dump");
    assert!(kept.contains("a nail"), "{kept}");
}

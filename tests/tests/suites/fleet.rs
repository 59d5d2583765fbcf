//! Many databases with one set of plugins: checked, planned and healed, the first alone, each in a
//! transaction of its own. Eight databases; five hundred with `TENON_LONG`.

use std::path::PathBuf;

use serde_json::{Value, json};
use tenon_tests::database::sql_in;
use tenon_tests::{Run, World, is_long};

/// Databases of the test's server whose names begin alike, dropped at the end.
struct Many {
    world: World,
    prefix: String,
    count: usize,
}

impl Many {
    fn new(plugins: &[&str], count: usize) -> Self {
        let world = World::with(plugins);
        let prefix = format!("f{}", &world.database.name[2..14]);
        for number in 0..count {
            sql_in("postgres", &format!("CREATE DATABASE {prefix}_{number:03} STRATEGY file_copy"));
        }
        Self { world, prefix, count }
    }

    fn name(&self, number: usize) -> String {
        format!("{}_{number:03}", self.prefix)
    }

    fn query(&self) -> String {
        format!("SELECT datname FROM pg_database WHERE datname LIKE '{}\\_%' ORDER BY 1", self.prefix)
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let (command, more) = arguments.split_first().unwrap();
        let query = self.query();
        let all: Vec<&str> =
            ["fleet", command, "--targets", &query].into_iter().chain(more.iter().copied()).collect();
        self.world.tenon(&all)
    }

    /// The lines of JSON of a run: one for each database, and the summary.
    fn told(run: &Run) -> (Vec<Value>, Value) {
        let mut lines: Vec<Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let summary = lines.pop().unwrap();
        lines.sort_by_key(|line| line["database"].as_str().unwrap().to_owned());
        (lines, summary)
    }

    /// In how many databases a heal has made something.
    fn healed(&self) -> usize {
        let is_healed =
            |number| sql_in(&self.name(number), "SELECT to_regclass('tenon.audit') IS NOT NULL") == "t";
        (0..self.count).filter(|number| is_healed(*number)).count()
    }

    fn audit(&self, number: usize) -> String {
        let ends = "SELECT string_agg(event, ',' ORDER BY seq) FROM tenon.audit WHERE event IN ('succeeded', 'failed')";
        sql_in(&self.name(number), ends)
    }

    fn in_words(&self, text: &str) -> String {
        self.world.redact(&text.replace(&self.prefix, "[fleet]"))
    }
}

impl Drop for Many {
    fn drop(&mut self) {
        for number in 0..self.count {
            let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name(number));
            let _ = std::panic::catch_unwind(|| sql_in("postgres", &drop));
        }
    }
}

#[test]
fn a_fleet_is_healed_from_a_canary_on_and_goes_on_where_it_ended() {
    let many = Many::new(&["identity"], if is_long() { 500 } else { 8 });
    let all = many.count;
    let (lines, summary) = Many::told(&many.run(&["check", "--json"]).expect_code(2));
    assert_eq!((lines.len(), &summary["databases"]), (all, &json!(all)));
    assert_eq!(summary["counts"], json!({ "drifted": all }));
    assert!(lines.iter().all(|line| line["pending"] == 13 && line["differences"] == 0), "{lines:#?}");
    let plan = many.run(&["plan"]).expect_code(2);
    let alike = format!("{all}  {}, {}, {}, …", many.name(0), many.name(1), many.name(2));
    assert!(plan.out.contains(&alike) && plan.out.contains("identity/0002_public_id.sql"), "{}", plan.out);
    // A canary that fails: nothing else is begun.
    let (canary, in_the_way) =
        (many.name(3), "CREATE SCHEMA identity; CREATE TABLE identity.account (n int)");
    sql_in(&canary, in_the_way);
    let heal = ["heal", "--yes", "--as", "ops", "--json"];
    let with_canary: Vec<&str> = heal.iter().copied().chain(["--canary", &canary]).collect();
    let (lines, summary) = Many::told(&many.run(&with_canary).expect_code(1));
    assert_eq!(summary["counts"], json!({ "failed": 1, "not_begun": all - 1 }));
    assert_eq!((&lines[3]["result"], many.healed()), (&json!("failed"), 0));
    assert!(lines[3]["error"].as_str().unwrap().contains("identity/0001_accounts.sql"), "{:#}", lines[3]);
    // One that fails in the middle: those before it are done, those after it are not begun.
    let stops = many.run(&["heal", "--yes", "--as", "ops", "--jobs", "1"]).expect_code(1);
    let done = format!("{all} databases: 1 failed, 3 healed, {} not begun", all - 4);
    assert!(stops.out.contains(&done) && stops.err.contains("run it again"), "{stops:#?}");
    assert_eq!(many.healed(), 3);
    // Mended, it goes on. What was healed has nothing to do, and each database has one entry of its own.
    sql_in(&canary, "DROP SCHEMA identity CASCADE");
    let (lines, summary) = Many::told(&many.run(&heal).expect_code(0));
    assert_eq!(summary["counts"], json!({ "healed": all - 3, "in_step": 3 }));
    let status = |line: &Value| line["result"] == "in_step" || line["status"] == "healthy";
    assert!(lines.iter().all(status), "{lines:#?}");
    for number in 0..all {
        let log = if number == 3 { "failed,failed,succeeded" } else { "succeeded" };
        assert_eq!(many.audit(number), log, "{}", many.name(number));
    }
    assert_eq!(many.healed(), all);
    let well = many.run(&["check"]).expect_code(0);
    assert!(well.out.starts_with(&format!("{all} databases: {all} healthy, in ")), "{}", well.out);
    // A column by hand at night in one of them is the one that is shown.
    sql_in(&many.name(7), "ALTER TABLE identity.account ADD COLUMN note text");
    let drifted = many.run(&["check"]).expect_code(2);
    let shown = many.in_words(&drifted.out);
    assert_eq!(shown.lines().count(), 4, "{shown}");
    assert!(
        shown.contains("[fleet]_007") && shown.contains("Identity Plugin: 1 difference in the database"),
        "{shown}"
    );
    // Several at once, in the table of a screen.
    let everything = many.run(&["check", "--all"]).expect_code(2);
    assert_eq!(everything.out.lines().count(), all + 3);
}

#[test]
fn a_canary_that_is_healed_and_not_well_keeps_the_others_as_they_are() {
    let many = Many::new(&["identity_1_0"], 3);
    many.run(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    many.world.upgrade("identity_1_0", "identity");
    // No heal mends this unasked.
    let canary = many.name(1);
    sql_in(&canary, "ALTER TABLE identity.account ADD COLUMN note text");
    let heal = ["heal", "--yes", "--as", "ops", "--json", "--canary", &canary];
    let stopped = many.run(&heal).expect_code(6);
    let (lines, summary) = Many::told(&stopped);
    assert_eq!(summary["counts"], json!({ "healed": 1, "not_begun": 2 }));
    assert_eq!((&lines[1]["result"], &lines[1]["status"]), (&json!("healed"), &json!("drifted")));
    assert!(stopped.err.contains("is drifted after its heal: no other is begun"), "{}", stopped.err);
    let goes_on: Vec<&str> = heal.iter().copied().chain(["--keep-going"]).collect();
    let (_, summary) = Many::told(&many.run(&goes_on).expect_code(0));
    assert_eq!(summary["counts"], json!({ "healed": 2, "in_step": 1 }));
}

#[test]
fn a_list_of_databases_is_read_in_every_form_and_all_that_is_wrong_with_it_is_told_at_once() {
    let many = Many::new(&["identity"], 2);
    let world = &many.world;
    let file = |text: &str| {
        let file: PathBuf = world.path().join("targets");
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (first, second) = (many.name(0), many.name(1));
    let address = world.url().replace(&world.database.name, &second);
    let list = file(&format!("# tenants\n\n{first}\nacme  {address}\n"));
    let (lines, _) =
        Many::told(&world.tenon(&["fleet", "check", "--targets", &list, "--json"]).expect_code(2));
    assert_eq!([&lines[0]["database"], &lines[1]["database"]], ["acme", &first]);
    let rows = format!("VALUES ('one', '{first}'), ('two', '{second}'), ('gone', 'not_there')");
    let run = world.tenon(&["fleet", "check", "--targets", &rows, "--json"]).expect_code(3);
    let (lines, summary) = Many::told(&run);
    assert_eq!(summary["counts"], json!({ "drifted": 2, "unknown": 1 }));
    assert!(lines[0]["error"].as_str().unwrap().contains("not_there"), "{:#}", lines[0]);
    assert_eq!(lines[0]["code"], "no_database", "{:#}", lines[0]);
    let run = world.tenon(&["fleet", "check", "--targets", &rows]).expect_code(3);
    assert!(run.out.contains("[no_database]"), "{}", run.out);
    let wrong = file(&format!(
        "{first}\n{first}\nacme postgresql://u:hunter2@h:99999/d\nfine {second}\nfine {first}\n"
    ));
    let run = world.tenon(&["fleet", "check", "--targets", &wrong]).expect_code(5);
    for told in [
        "targets, line 2",
        "targets, line 3",
        "targets, line 5: the database is that of targets, line",
        "fine stands there twice",
    ] {
        assert!(run.err.contains(told), "{told}: {}", run.err);
    }
    assert!(!run.all().contains("hunter2"), "{}", run.all());
    for (list, told) in [
        (file("# nobody\n").as_str(), "the list of databases is empty"),
        ("/nowhere/targets", "cannot be read"),
        ("SELECT no_such_column FROM pg_database", "no_such_column"),
        ("SELECT 1, 2, 3", "has 3 columns"),
        ("SELECT datname FROM pg_database; COMMIT; SELECT 1", "multiple commands"),
        // What it reads cannot be written.
        ("WITH x AS (DELETE FROM pg_database RETURNING datname) SELECT datname FROM x", "read-only"),
    ] {
        let run = world.tenon(&["fleet", "plan", "--targets", list]).expect_code(5);
        assert!(run.err.contains(told), "{told}: {}", run.err);
        assert_eq!(run.codes(), ["bad_targets"]);
    }
    let unknown = world
        .tenon(&["fleet", "heal", "--targets", &many.query(), "--yes", "--canary", "nobody"])
        .expect_code(64);
    assert!(unknown.err.contains("there is no database nobody"), "{}", unknown.err);
    let unasked = world.tenon(&["fleet", "heal", "--targets", &many.query()]).expect_code(64);
    assert!(unasked.err.contains("look at `tenon fleet plan`"), "{}", unasked.err);
    let plan = many.run(&["plan"]).expect_code(2);
    assert!(plan.out.contains("2  "), "{}", plan.out);
    assert_eq!(many.healed(), 0);
}

/// More of them than a socket holds that nobody reads: each line was once a word to the parent process.
#[test]
fn as_many_lines_as_there_are_databases_are_printed() {
    let world = World::with(&["identity"]);
    let file = world.path().join("targets");
    let names: Vec<_> = (0..400).map(|number| format!("not_there_{number:03}\n")).collect();
    std::fs::write(&file, names.concat()).unwrap();
    let list = file.to_str().unwrap();
    let run = world.tenon(&["fleet", "check", "--targets", list, "--json"]).expect_code(3);
    let (lines, summary) = Many::told(&run);
    assert_eq!((lines.len(), &summary["counts"]), (400, &json!({ "unknown": 400 })));
}

#[test]
fn what_would_be_refused_is_told_with_its_code_in_the_table_and_in_json() {
    let many = Many::new(&["identity"], 2);
    many.run(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    let files = [("0001_a.sql", "CREATE SCHEMA brings_00;\nCOMMIT;\n")];
    many.world.bring("brings_00", &files, &json!({ "format": 1 }));
    let told = many.run(&["plan"]).expect_code(5);
    let place = "refused: brings_00/0001_a.sql:2:1: ";
    assert!(told.out.contains(place) && told.out.contains("[transaction-control]"), "{}", told.out);
    let (lines, summary) = Many::told(&many.run(&["plan", "--json"]).expect_code(5));
    assert_eq!(summary["counts"], json!({ "refused": 2 }));
    for line in &lines {
        let refusal = &line["refusals"][0];
        assert_eq!(refusal["rule"], "transaction-control", "{line:#}");
        assert_eq!(refusal["place"], "brings_00/0001_a.sql:2:1", "{line:#}");
    }
    let healed = many.run(&["heal", "--yes", "--as", "ops"]).expect_code(5);
    assert!(healed.out.contains("[transaction-control]"), "{}", healed.out);
    let (lines, _) = Many::told(&many.run(&["heal", "--yes", "--as", "ops", "--json"]).expect_code(5));
    assert_eq!(lines[0]["code"], "refused", "{:#}", lines[0]);
    assert!(lines[0]["error"].as_str().unwrap().contains("[transaction-control]"), "{:#}", lines[0]);
}

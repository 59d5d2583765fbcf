//! What commands print with `--json`: always JSON, with its `format`, and as its JSON Schema says.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use serde_json::{Value, json};
use tenon_tests::{Run, World};

const PLUGINS: [&str; 2] = ["identity", "inventory"];

/// The schemas, by the command whose lines they are of.
struct Schemas {
    by_command: BTreeMap<String, Validator>,
    seen: BTreeSet<String>,
}

impl Schemas {
    fn of(world: &World) -> Self {
        let all = world.tenon(&["json-schema"]).expect_code(0).json();
        let schemas = all["schemas"].as_object().unwrap();
        let validator = |schema| jsonschema::draft202012::new(schema).unwrap();
        let by_command = schemas.iter().map(|(name, schema)| (name.clone(), validator(schema))).collect();
        Self { by_command, seen: BTreeSet::new() }
    }

    /// Runs a command with `--json` and holds all that it prints to its schema.
    fn run(&mut self, world: &World, command: &str, arguments: &[&str]) -> Run {
        let words: Vec<_> = command.split(' ').chain(["--json"]).chain(arguments.iter().copied()).collect();
        let run = world.tenon(&words);
        self.holds(command, &run.out);
        run
    }

    fn holds(&mut self, command: &str, printed: &str) {
        let schema = &self.by_command[command];
        let documents: Vec<Value> = serde_json::Deserializer::from_str(printed)
            .into_iter()
            .map(|document| document.unwrap())
            .collect();
        assert!(!documents.is_empty(), "{command} printed nothing");
        for document in documents {
            assert_eq!(document["format"], 1, "{command}: {document:#}");
            let errors: Vec<_> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{command}: {errors:#?}\n{document:#}");
        }
        self.seen.insert(command.to_owned());
    }
}

fn first_finding(world: &World, object: &str) -> String {
    let list = world.tenon(&["finding", "list", "--json"]).expect_code(0).json();
    let found = list["findings"].as_array().unwrap().iter().find(|one| one["object"] == object).cloned();
    found.unwrap_or_else(|| panic!("{object}: {list:#}"))["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_every_command_prints_is_json_with_its_format_and_as_its_schema_says() {
    let world = World::with(&PLUGINS);
    let mut all = Schemas::of(&world);
    all.run(&world, "about", &[]).expect_code(0);
    all.run(&world, "config check", &[]).expect_code(0);
    all.run(&world, "config show", &[]).expect_code(0);
    all.run(&world, "doctor", &[]).expect_code(0);
    all.run(&world, "backup", &["made.tenon", "--no-verify"]).expect_code(0);
    all.run(&world, "explain", &["pending"]).expect_code(0);
    // Everything is pending.
    all.run(&world, "check", &[]).expect_code(2);
    all.run(&world, "plan", &["--sql", "--rehearse"]).expect_code(2);
    all.run(&world, "graph", &[]).expect_code(2);
    let here = ["--targets", "SELECT current_database()"];
    all.run(&world, "fleet check", &here).expect_code(2);
    all.run(&world, "fleet plan", &here).expect_code(2);
    all.run(&world, "plugin list", &[]).expect_code(0);
    all.run(&world, "plugin inspect", &[]).expect_code(0);
    all.run(&world, "plugin settings", &["inventory"]).expect_code(0);
    all.run(&world, "plugin settings", &["inventory", "--set", "a=1"]).expect_code(5);
    all.run(&world, "heal", &["--yes", "--as", "ops"]).expect_code(0);
    all.run(&world, "heal", &["--yes", "--as", "ops"]).expect_code(0);
    all.run(&world, "fleet heal", &["--yes", "--as", "ops", here[0], here[1]]).expect_code(0);
    // Drift, and what is said of it.
    let before = all.run(&world, "schema read", &[]).expect_code(0).out;
    std::fs::write(world.path().join("before.json"), &before).unwrap();
    world.sql("ALTER TABLE inventory.item ADD COLUMN extra text");
    all.run(&world, "schema diff", &["before.json", "database"]).expect_code(2);
    all.run(&world, "finding list", &[]).expect_code(0);
    let id = first_finding(&world, "column inventory.item.extra");
    let acknowledge = [&id, "--reason", "known", "--for", "2d", "--as", "ops"];
    all.run(&world, "finding acknowledge", &acknowledge).expect_code(0);
    all.run(&world, "finding list", &[]).expect_code(0);
    all.run(&world, "finding unacknowledge", &[&id, "--as", "ops"]).expect_code(0);
    all.run(&world, "plugin quarantine", &["inventory", "--reason", "odd", "--as", "ops"]).expect_code(0);
    all.run(&world, "check", &[]).expect_code(2);
    all.run(&world, "plugin release", &["inventory", "--as", "ops"]).expect_code(0);
    // The record and the accounts.
    all.run(&world, "audit list", &[]).expect_code(0);
    all.run(&world, "audit verify", &[]).expect_code(0);
    all.run(&world, "audit resolve", &[]).expect_code(0);
    let add = |name, role| ["--generate", "--as", "ops", "--role", role, name];
    all.run(&world, "admin add", &add("bob", "administrator")).expect_code(0);
    all.run(&world, "admin add", &add("ada", "viewer")).expect_code(0);
    all.run(&world, "admin role", &["ada", "healer", "--as", "ops"]).expect_code(0);
    all.run(&world, "admin passwd", &["ada", "--generate", "--as", "ops"]).expect_code(0);
    all.run(&world, "admin token add", &["ada", "ci", "--as", "ops"]).expect_code(0);
    all.run(&world, "admin token list", &[]).expect_code(0);
    all.run(&world, "admin token revoke", &["ada", "ci", "--as", "ops"]).expect_code(0);
    all.run(&world, "admin list", &[]).expect_code(0);
    all.run(&world, "admin remove", &["ada", "--as", "ops"]).expect_code(0);
    // Messages.
    world.set("[[notify.command]]\nname = \"page\"\nrun = [\"true\"]");
    all.run(&world, "notify test", &[]).expect_code(0);
    all.run(&world, "notify list", &[]).expect_code(0);
    all.run(&world, "notify retry", &["page"]).expect_code(0);
    // Jobs.
    world.sql(
        "INSERT INTO tenon.job (plugin, name, schedule, next_at) VALUES ('shop', 'tidy', 'every 1h', now())",
    );
    world.sql(
        "INSERT INTO tenon.job_run SELECT gen_random_uuid(), 'shop', 'tidy', 'schedule', now(), 1, 'a:1', 'failed', now(), \
         now(), 'busy', 'no'",
    );
    all.run(&world, "job list", &[]).expect_code(0);
    all.run(&world, "job history", &["shop", "tidy"]).expect_code(0);
    all.run(&world, "job pause", &["shop", "tidy", "--as", "ops"]).expect_code(0);
    all.run(&world, "job resume", &["shop", "tidy", "--as", "ops"]).expect_code(0);
    all.run(&world, "job run", &["shop", "tidy", "--as", "ops"]).expect_code(0);
    // Events.
    world.sql("INSERT INTO tenon.event_listener VALUES ('shop.sold', 'bank', now())");
    let id = world.sql(
        "INSERT INTO tenon.event (id, name, key, at, payload) \
         VALUES (gen_random_uuid(), 'shop.sold', 'a', now(), '{}') RETURNING id",
    );
    let id = id.lines().next().unwrap().to_owned();
    world.sql(
        "INSERT INTO tenon.event_delivery \
         SELECT 'bank', 'shop.sold', number, 'a', 3, NULL, now(), 'busy', 'no' FROM tenon.event",
    );
    all.run(&world, "event list", &[]).expect_code(0);
    all.run(&world, "event discard", &[&id, "--as", "ops"]).expect_code(0);
    all.run(&world, "event retry", &["--as", "ops"]).expect_code(0);
    // An author's.
    all.run(&world, "plugin new", &["notes", "--path", "notes"]).expect_code(0);
    all.run(&world, "plugin verify", &["inventory"]);
    all.run(&world, "plugin diff", &["inventory"]);
    all.run(&world, "plugin import", &["shop", "--from-database", "database", "--schema", "inventory"]);
    all.run(&world, "baseline", &["--yes", "--as", "ops", "--plugin", "inventory"]);
    all.run(&world, "ledger forget", &["inventory", "--yes", "--as", "ops"]);
    let serving = world.serve();
    all.run(&world, "host list", &[]).expect_code(0);
    let said = serving.said();
    let told: Vec<_> = said.lines().filter(|line| line.starts_with("{\"format\"")).collect();
    all.holds("serve", &told.join("\n"));
    // Of these the suites `dev` and `notify`, and the next test.
    let left = all.by_command.keys().filter(|name| !all.seen.contains(*name)).collect::<Vec<_>>();
    assert_eq!(left, ["dev", "notify message", "plan approve", "postgres upgrade", "restore"]);
}

#[test]
fn an_approval_is_told_as_its_schema_says() {
    let world = World::with(&["shelf"]);
    drop(world.heal_and_prove(&["shelf"]));
    world.sql("INSERT INTO shelf.book SELECT n, 'a', n, 'b' FROM generate_series(1, 5) AS n");
    world.upgrade("shelf", "shelf_2_0");
    world.set("[heal]\napprovals = 2");
    let mut all = Schemas::of(&world);
    let allow = ["--allow", "drop-column:shelf.book.note"];
    let plan = all.run(&world, "plan", &allow).expect_code(5).json();
    let approve = [&[plan["hash"].as_str().unwrap(), "--as", "ada"][..], &allow].concat();
    all.run(&world, "plan approve", &approve).expect_code(0);
    all.run(&world, "plan approve", &approve).expect_code(5);
}

#[test]
fn saved_settings_are_told_as_their_schema_says() {
    let world = World::with(&["courier"]);
    world.tenon(&["heal", "--yes"]).expect_code(2);
    let mut all = Schemas::of(&world);
    let save = ["courier", "--set", "batch=5", "--set", "office.town=Ulm", "--as", "ops"];
    all.run(&world, "plugin settings", &save).expect_code(0);
    all.run(&world, "plugin settings", &["courier"]).expect_code(0);
    all.run(&world, "plugin settings", &["courier", "--unset", "batch", "--as", "ops"]).expect_code(0);
}

#[test]
fn a_command_that_fails_prints_json_too() {
    let world = World::with(&PLUGINS);
    let mut all = Schemas::of(&world);
    for (command, arguments, code) in [
        ("plan", &["--plugin-dir", "nowhere", "--allow", "drop-table:x"][..], None),
        ("check", &["--plugin", "nobody"], Some(64)),
        ("finding acknowledge", &["nothing", "--reason", "x"], Some(5)),
        ("plugin settings", &["nobody"], Some(64)),
        ("admin role", &["nobody", "viewer", "--as", "ops"], Some(5)),
        ("schema diff", &["nothing.json", "database"], None),
        ("check", &["--no-such-option"], Some(64)),
        ("plan", &["postgresql://somebody@there/d"], Some(64)),
    ] {
        let run = all.run(&world, command, arguments);
        assert!(run.code != 0 && code.is_none_or(|code| run.code == code), "{command}: {run:#?}");
    }
}

#[test]
fn the_schema_of_one_command_is_printed_alone_and_refuses_what_is_another() {
    let world = World::with(&["identity"]);
    let schema = world.tenon(&["json-schema", "audit", "verify"]).expect_code(0).json();
    assert_eq!(schema["title"], "tenon audit verify --json");
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let sound = json!({ "format": 1, "sound": true, "head": { "seq": 0, "hash": "" } });
    assert!(validator.is_valid(&sound));
    assert!(!validator.is_valid(&json!({ "sound": true, "head": { "seq": 0, "hash": "" } })));
    assert!(!validator.is_valid(&json!({ "format": 1, "sound": true })));
    let refused = world.tenon(&["json-schema", "plugin", "lock"]).expect_code(64);
    assert!(refused.err.contains("plugin list"), "{refused:#?}");
}

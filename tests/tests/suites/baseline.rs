//! Adopting a database that was made by other means.

use serde_json::json;
use tenon_host::audit::AuditResult;
use tenon_host::audit::Kind;
use tenon_migrations_core::health::Status;
use tenon_tests::{World, files_of};

/// A world whose database was made by psql of these plugins' files, without Tenon's own.
fn made_by_psql(plugins: &[&str], files: usize) -> World {
    let world = World::with(plugins);
    let of_plugins = files_of(plugins).into_iter().filter(|file| !file.to_string_lossy().contains("/host/"));
    for file in of_plugins.take(files) {
        world.sql(&std::fs::read_to_string(file).unwrap());
    }
    world
}

#[test]
fn a_database_made_by_psql_is_adopted_as_it_is() {
    let world = made_by_psql(&["identity", "inventory"], usize::MAX);
    world.sql("INSERT INTO identity.account (email, display_name) VALUES ('ana@example.org', 'Ana')");
    let run =
        world.tenon(&["baseline", "--plugin", "identity", "--plugin", "inventory", "--yes", "--as", "ops"]);
    let run = run.expect_code(0);
    assert!(run.err.contains("inventory/0001_items.sql  recorded without being run"), "{run:#?}");
    assert!(run.err.contains("core/0003_audit.sql  run"), "{run:#?}");
    world.prove(&["identity", "inventory"]);
    assert_eq!(world.sql("SELECT count(*) FROM identity.account"), "1");
    let entry = world.host().audit().entries.remove(0);
    assert_eq!((entry.kind, entry.result), (Kind::Baseline, AuditResult::Succeeded));
    assert_eq!((entry.admin.as_str(), entry.files.len()), ("ops", 16));
    let listed = world.tenon(&["audit", "list"]).expect_code(0).out;
    assert!(listed.contains("adopted 5 migrations, and ran 11 migrations"), "{listed}");
    assert_eq!(world.host().heal().word(), "nothing_to_do");
}

#[test]
fn the_api_adopts_and_forgets_what_was_shown_as_the_command_line_does() {
    let world = made_by_psql(&["identity"], usize::MAX);
    let serving = world.serve();
    let get = |query: &str| serving.get_as_admin(&format!("/api/v1/plan?{query}"));
    let post = |body: &serde_json::Value| serving.post_as_admin("/api/v1/heal", body);
    let pending = get("").expect_status(200).json();
    let steps = pending["steps"].as_array().unwrap().iter().map(|step| step["migration"].as_str().unwrap());
    let adopt: Vec<_> = steps.filter(|id| id.starts_with("identity/")).collect();
    let plan = get(&format!("adopt={}", adopt.join(","))).expect_status(200).json();
    // Only the plan that was shown for this is run for this.
    let other = json!({ "plan_hash": pending["hash"], "adopt": adopt });
    assert_eq!(post(&other).expect_status(409).json()["code"], "plan_changed");
    let outcome = post(&json!({ "plan_hash": plan["hash"], "adopt": adopt })).expect_status(200).json();
    assert_eq!(outcome["result"], "succeeded", "{outcome:#}");
    let entry = world.host().audit().entries.remove(0);
    assert_eq!((entry.kind, entry.result, &*entry.admin), (Kind::Baseline, AuditResult::Succeeded, "admin"));

    for query in ["adopt=identity", "adopt=identity/1.sql&forget=identity", "forget=a&without=b", "forget=A"]
    {
        assert!(get(query).status == 400, "{query}");
    }
    let refused = get("forget=identity").expect_status(200).json();
    assert!(!refused["refusals"].as_array().unwrap().is_empty(), "{refused:#}");
    drop(serving);
    world.remove("identity");
    world.install("inventory");
    let serving = world.serve();
    let plan = serving.get_as_admin("/api/v1/plan?forget=identity").expect_status(200).json();
    let forget = json!({ "plan_hash": plan["hash"], "forget": ["identity"] });
    let outcome = serving.post_as_admin("/api/v1/heal", &forget).expect_status(200).json();
    assert_eq!(outcome["result"], "succeeded", "{outcome:#}");
    assert_eq!(world.sql("SELECT count(*) FROM tenon.migration WHERE plugin = 'identity'"), "0");
    let proof = serving.get_as_admin("/api/v1/audit/proof").expect_status(200).json();
    assert_eq!(proof["sound"], true, "{proof:#}");
    let head = proof["head"]["hash"].as_str().unwrap();
    let proof = |head: &str| serving.get_as_admin(&format!("/api/v1/audit/proof?head={head}")).json();
    assert_eq!((&proof(head)["sound"], &proof("00")["sound"]), (&json!(true), &json!(false)));
}

#[test]
fn a_database_in_which_one_column_differs_is_not_adopted_and_the_column_is_named() {
    let world = made_by_psql(&["identity", "inventory"], usize::MAX);
    world.sql("ALTER TABLE inventory.item ALTER qty TYPE bigint");
    let before = world.database.contents();
    let run = world.tenon(&["baseline", "--plugin", "identity", "--plugin", "inventory", "--yes"]);
    let run = run.expect_code(1);
    let told = "column inventory.item.qty: type expected integer, found bigint";
    assert_eq!(run.err.matches(told).count(), 1, "{run:#?}");
    assert!(!run.all().contains("PostgreSQL's hint"), "{run:#?}");
    assert_eq!(world.database.contents(), before);
    let entry = world.host().audit().entries.remove(0);
    assert_eq!((entry.kind, entry.result), (Kind::Baseline, AuditResult::Failed));
    assert_eq!(entry.error.unwrap().stage.words(), "baseline");
    // What the hint says.
    assert!(
        run.err.contains("change the database as these lines say, then have it recorded again"),
        "{run:#?}"
    );
    world.sql("ALTER TABLE inventory.item ALTER qty TYPE integer");
    world.tenon(&["baseline", "--plugin", "identity", "--plugin", "inventory", "--yes"]).expect_code(0);
    world.prove(&["identity", "inventory"]);
}

#[test]
fn what_need_not_be_kept_is_dropped_and_made_by_a_heal_as_the_hint_says() {
    let world = made_by_psql(&["inventory"], 2);
    world.sql("ALTER TABLE inventory.item ALTER qty TYPE bigint");
    let run = world.tenon(&["baseline", "--plugin", "inventory", "--yes"]).expect_code(1);
    assert!(run.err.contains("can be dropped as a whole, and is then made by `tenon heal`"), "{run:#?}");
    world.sql("DROP SCHEMA inventory CASCADE");
    world.tenon(&["heal", "--yes"]).expect_code(0);
    world.prove(&["inventory"]);
}

#[test]
fn where_nothing_is_there_the_hint_has_the_migrations_run() {
    let world = made_by_psql(&["identity"], usize::MAX);
    world.install("inventory");
    let run =
        world.tenon(&["baseline", "--plugin", "identity", "--plugin", "inventory", "--yes"]).expect_code(1);
    let hint = "hint: nothing is there of what Inventory Plugin makes: have it run, `tenon heal`;";
    assert!(run.err.contains(hint), "{run:#?}");
    world.tenon(&["baseline", "--plugin", "identity", "--yes"]).expect_code(0);
    world.tenon(&["heal", "--yes"]).expect_code(0);
    world.prove(&["identity", "inventory"]);
}

#[test]
fn the_first_migrations_of_a_plugin_are_adopted_and_the_rest_is_run() {
    // The database is as after the first file of inventory.
    let world = made_by_psql(&["inventory"], 1);
    let run = world.tenon(&["baseline", "inventory/0001_items.sql", "inventory/0002_search.sql", "--yes"]);
    let run = run.expect_code(1);
    assert!(run.err.contains("Inventory Plugin:"), "what the second makes is not there: {run:#?}");
    let hint = "record those up to that one alone, as in `tenon baseline inventory/0001_items.sql`, and have the others run";
    assert!(run.err.contains(hint), "{run:#?}");
    assert_eq!(world.ledger(), "");
    world.tenon(&["baseline", "inventory/0002_search.sql", "--yes"]).expect_code(5);
    world.tenon(&["baseline", "inventory/0001_items.sql", "--yes"]).expect_code(0);
    let host = world.host();
    assert_eq!(host.check().status, Status::Drifted);
    assert_eq!(host.plan().files(), ["inventory/0002_search.sql", "inventory/0003_reorder_level.sql"]);
    drop(host);
    drop(world.heal_and_prove(&["inventory"]));
}

#[test]
fn nothing_is_adopted_that_is_applied_already() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    let run = world.tenon(&["baseline", "identity/0001_accounts.sql", "--yes"]).expect_code(5);
    assert!(run.err.contains("it is not pending"), "{run:#?}");
    assert_eq!(world.host().audit().entries.len(), 1);
}

const MADE: &str = "CREATE SCHEMA brings_00;\nCREATE TYPE brings_00.mood AS ENUM ('a', 'b');\n\
    CREATE TABLE brings_00.one (id bigint PRIMARY KEY, mood brings_00.mood);\n\
    CREATE TABLE brings_00.two (id bigint REFERENCES brings_00.one);\n\
    CREATE VIEW brings_00.all AS SELECT id FROM brings_00.one;\n";

#[test]
fn an_empty_database_is_not_adopted_whatever_the_descriptors_say_and_all_that_is_missing_is_listed() {
    let some = json!({ "format": 1, "tables": [{ "name": "brings_00.two", "columns": [
        { "name": "id", "data_type": "bigint" }], "constraints": [{ "rule": { "foreign_key": {
        "columns": ["id"], "references": "brings_00.one" } } }] }] });
    for descriptors in [json!({ "format": 1 }), some] {
        let world = World::with(&[]);
        world.bring("brings_00", &[("0001_all.sql", MADE)], &descriptors);
        let run = world.tenon(&["baseline", "--plugin", "brings_00", "--yes"]).expect_code(1);
        for object in
            ["enum type brings_00.mood", "table brings_00.one", "table brings_00.two", "view brings_00.all"]
        {
            assert!(run.err.contains(&format!("{object} is missing")), "{object}: {run:#?}");
        }
        assert_eq!(world.ledger(), "", "{descriptors}");
        assert!(!run.all().contains("Healthy"), "{run:#?}");
        // The samples, which declare everything.
        let world = World::with(&["identity", "inventory"]);
        let run = world.tenon(&["baseline", "--plugin", "identity", "--plugin", "inventory", "--yes"]);
        let run = run.expect_code(1);
        assert!(
            run.err.contains("table inventory.item") && run.err.contains("table identity.account"),
            "{run:#?}"
        );
    }
}

#[test]
fn what_is_made_and_not_declared_has_to_be_there_too() {
    let world = World::with(&[]);
    world.bring("brings_00", &[("0001_all.sql", MADE)], &json!({ "format": 1 }));
    world.sql(MADE);
    world.sql("ALTER TABLE brings_00.one ADD more int");
    let run = world.tenon(&["baseline", "--plugin", "brings_00", "--yes"]).expect_code(1);
    assert!(run.err.contains("column brings_00.one.more"), "{run:#?}");
    world.sql("ALTER TABLE brings_00.one DROP more");
    world.tenon(&["baseline", "--plugin", "brings_00", "--yes"]).expect_code(0);
    assert_eq!(world.host().check().status, Status::Healthy);
}

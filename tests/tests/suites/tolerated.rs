//! What a tool has put beside a plugin's objects, and an operator tolerates by name.

use serde_json::json;
use tenon_migrations_core::health::{Serving, Status};
use tenon_tests::World;

const TOOL: &str = "CREATE SCHEMA tool; CREATE FUNCTION tool.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';";
const TRIGGER: &str =
    "CREATE TRIGGER audit_row AFTER INSERT ON shelf.book FOR EACH ROW EXECUTE FUNCTION tool.note()";

fn tolerate(world: &World, kind: &str, object: &str) {
    world.set(&format!(
        "[[tolerate]]\nkind = \"{kind}\"\nobject = \"{object}\"\nreason = \"the audit tool, as agreed\""
    ));
}

#[test]
fn a_tools_trigger_holds_the_plugin_until_it_is_tolerated_and_is_on_every_record_from_then_on() {
    let world = World::with(&["shelf"]);
    world.heal_and_prove(&["shelf"]);
    world.sql(&format!("{TOOL} {TRIGGER}"));
    let before = world.host().check();
    assert_eq!(before.status, Status::Drifted, "{before:#?}");
    tolerate(&world, "trigger", "*.*.audit_*");
    let host = world.host();
    let after = host.check();
    assert_eq!(after.status, Status::Healthy, "{after:#?}");
    assert!(after.plugins.iter().all(|plugin| plugin.serving == Serving::Yes && plugin.findings.is_empty()));
    let told: Vec<_> = after.tolerated.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["trigger shelf.book.audit_row (the audit tool, as agreed; as trigger *.*.audit_*)"]);
    let run = world.tenon(&["check"]).expect_code(0);
    assert!(run.out.contains(&format!("Tolerated: {}", told[0])), "{run:#?}");
    world.upgrade("shelf", "shelf_2_0");
    let plan = world.tenon(&["plan", "--json"]).expect_code(2).json();
    let record = json!([{
        "plugin": "shelf", "object": "trigger shelf.book.audit_row", "by": "trigger *.*.audit_*",
        "reason": "the audit tool, as agreed",
    }]);
    assert_eq!(plan["tolerated"], record, "{plan:#}");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    assert_eq!(world.tenon(&["check"]).code, 0);
    let log = world.tenon(&["audit", "list", "--json"]).expect_code(0).json();
    assert!(log.to_string().contains("\"tolerated\":[{"), "{log:#}");
    assert_eq!(world.sql("SELECT count(*) FROM pg_trigger WHERE tgname = 'audit_row'"), "1");
}

#[test]
fn what_a_tool_adds_while_a_heal_makes_the_table_stops_the_heal_until_it_is_tolerated() {
    let world = World::with(&["shelf"]);
    // An event trigger of an audit tool: each new table gets its trigger.
    world.sql(&format!(
        "{TOOL} CREATE FUNCTION tool.follow() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE t record; BEGIN \
         FOR t IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE' AND schema_name = 'shelf' LOOP \
         EXECUTE format('CREATE TRIGGER audit_row AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION tool.note()', t.object_identity); \
         END LOOP; END $$; CREATE EVENT TRIGGER tool_follows ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION tool.follow()"
    ));
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(1);
    tolerate(&world, "trigger", "shelf.*.audit_*");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    let run = world.tenon(&["check"]);
    assert!(run.out.contains("Tolerated: trigger shelf.book.audit_row"), "{run:#?}");
    assert!(!run.out.contains("503"), "{run:#?}");
}

#[test]
fn what_is_missing_or_changed_or_declared_is_never_tolerated() {
    let world = World::with(&["identity", "inventory"]);
    world.heal_and_prove(&["identity", "inventory"]);
    let index = world.sql(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = indexrelid \
         WHERE c.relnamespace = 'inventory'::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid) \
         ORDER BY 1 LIMIT 1",
    );
    assert!(!index.is_empty());
    let prefix: String = index.chars().take(5).collect();
    tolerate(&world, "index", &format!("inventory.*.{prefix}*"));
    let run = world.tenon(&["check"]);
    assert!(run.all().contains("is not used, since it matches index inventory."), "{run:#?}");
    world.sql(&format!("DROP INDEX inventory.{index}"));
    let run = world.tenon(&["check"]).expect_code(2);
    assert!(run.out.contains(&index), "{run:#?}");
}

#[test]
fn a_unique_index_refuses_rows_and_has_to_be_named_in_full() {
    let world = World::with(&["shelf"]);
    world.heal_and_prove(&["shelf"]);
    world.sql("CREATE UNIQUE INDEX tool_once ON shelf.book (id)");
    tolerate(&world, "index", "shelf.book.tool_*");
    world.tenon(&["check"]).expect_code(2);
    tolerate(&world, "index", "shelf.book.tool_once");
    world.tenon(&["check"]).expect_code(0);
}

#[test]
fn a_table_that_a_tool_added_to_a_plugins_own_publication_is_tolerated_and_no_other_change_of_it() {
    let world = World::with(&[]);
    let files = [(
        "0001_a.sql",
        "CREATE SCHEMA brings_00; CREATE TABLE brings_00.item (id int PRIMARY KEY); CREATE TABLE brings_00.\"Odd one\" (id int); \
         CREATE PUBLICATION brings_feed FOR TABLE brings_00.item;",
    )];
    let column = json!([{ "name": "id", "data_type": "integer" }]);
    let key = json!([{ "name": "id", "data_type": "integer", "not_null": true }]);
    let descriptors = json!({
        "format": 1, "schemas": [{ "name": "brings_00" }],
        "tables": [
            { "name": "brings_00.item", "columns": key, "constraints": [{ "rule": { "primary_key": { "columns": ["id"] } } }] },
            { "name": "brings_00.\"Odd one\"", "columns": column },
        ],
        "publications": [{ "name": "brings_feed", "tables": [{ "table": "brings_00.item" }] }],
    });
    world.bring("brings_00", &files, &descriptors);
    assert_eq!(world.host().heal().word(), "succeeded");
    world.sql("CREATE SCHEMA tool; CREATE TABLE tool.beat (id int PRIMARY KEY); ALTER PUBLICATION brings_feed ADD TABLE tool.beat, brings_00.\"Odd one\" (id)");
    world.tenon(&["check"]).expect_code(2);
    tolerate(&world, "publication", "brings_feed.tool.*");
    world.tenon(&["check"]).expect_code(2);
    tolerate(&world, "publication", "brings_*.*.*");
    let run = world.tenon(&["check"]).expect_code(0);
    assert!(run.out.contains("Tolerated: publication brings_feed (the audit tool"), "{run:#?}");
    // Whatever else is other about it is not.
    world.sql("ALTER PUBLICATION brings_feed DROP TABLE brings_00.item");
    world.tenon(&["check"]).expect_code(2);
    world.sql("ALTER PUBLICATION brings_feed ADD TABLE brings_00.item; ALTER PUBLICATION brings_feed SET (publish = 'insert')");
    world.tenon(&["check"]).expect_code(2);
}

#[test]
fn a_tolerance_that_is_none_is_refused_with_all_that_is_wrong_with_it() {
    let world = World::with(&[]);
    world.set("[[tolerate]]\nkind = \"policy\"\nobject = \"a.b.c\"\nreason = \"x\"");
    world.set("[[tolerate]]\nkind = \"trigger\"\nobject = \"*.*.*\"\nreason = \"x\"");
    world.set("[[tolerate]]\nkind = \"trigger\"\nobject = \"a.b.audit\"\nreson = \"x\"");
    let run = world.tenon(&["check"]);
    assert_ne!(run.code, 0, "{run:#?}");
    for told in [
        "\"policy\" cannot be tolerated: only trigger, index, statistics, publication can",
        "\"*.*.*\" matches too much",
        "tolerate.reson",
        "unknown key; known in [tolerate]: kind, object, reason",
        "a tolerance needs a reason",
    ] {
        assert!(run.err.contains(told), "{told} is not in {run:#?}");
    }
}

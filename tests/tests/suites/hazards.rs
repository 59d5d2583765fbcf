//! What is refused before anything runs, and what a plan says it may cost.

use std::collections::BTreeSet;

use serde_json::json;
use tenon_host::heal::{HealOutcome, HealRequest};
use tenon_migrations_core::plan::{Consent, Plan, RepairRequest};
use tenon_tests::{TestHost, World, artifacts, failure_of, request};

const COLUMN: &str = "drop-column:shelf.book.note";
const TABLE: &str = "drop-table:shelf.draft";

/// A database with books in it, and a version of the plugin that keeps less of them.
fn upgraded() -> (World, TestHost) {
    let world = World::with(&["shelf"]);
    world.heal_and_prove(&["shelf"]);
    world.sql("INSERT INTO shelf.book SELECT n, 'a', n, 'b' FROM generate_series(1, 500) AS n; ANALYZE");
    world.upgrade("shelf", "shelf_2_0");
    let host = world.host();
    (world, host)
}

fn allowing(hazards: &[&str]) -> HealRequest {
    let allowed = hazards.iter().map(|hazard| hazard.parse().unwrap()).collect();
    HealRequest { repairs: RepairRequest { allowed, ..RepairRequest::default() }, ..request() }
}

fn told(plan: &Plan) -> Vec<(String, Consent, Option<u64>)> {
    let told = |hazard: &tenon_migrations_core::plan::PlannedHazard| {
        (hazard.hazard.to_string(), hazard.consent, hazard.size.map(|size| size.rows))
    };
    plan.hazards.iter().map(told).collect()
}

#[test]
fn what_a_migration_may_cost_is_told_with_the_size_of_the_table_and_what_destroys_needs_consent() {
    let (world, host) = upgraded();
    let plan = host.plan();
    assert_eq!(
        told(&plan),
        [
            (COLUMN.to_owned(), Consent::Needed, Some(500)),
            ("rewrite-table:shelf.book".to_owned(), Consent::NotNeeded, Some(500)),
            ("build-index:shelf.book".to_owned(), Consent::NotNeeded, Some(500)),
        ],
        "the empty table is in no danger"
    );
    let before = world.database.schema();
    let HealOutcome::Refused { plan } = host.heal() else { panic!("healed without consent") };
    let allow: Vec<_> = plan.refusals.iter().filter_map(|refusal| refusal.allow.clone()).collect();
    assert_eq!(allow.iter().map(ToString::to_string).collect::<Vec<_>>(), [COLUMN]);
    assert_eq!(world.database.schema(), before);
    let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(5);
    assert!(run.err.contains(&format!("--allow '{COLUMN}'")), "{}", run.err);
    assert_eq!(host.heal_as(&allowing(&[COLUMN])).word(), "succeeded");
    world.prove(&["shelf_2_0"]);
}

#[test]
fn rows_that_come_after_the_plan_was_shown_are_not_lost_by_it() {
    let (world, host) = upgraded();
    let request = allowing(&[COLUMN]);
    let plan = host.wait(host.host.plan(&BTreeSet::new(), &request.repairs)).unwrap();
    assert!(plan.refusals.is_empty(), "{plan:#?}");
    world.sql("INSERT INTO shelf.draft VALUES (1)");
    let reviewed = Some(plan.hash);
    let HealOutcome::PlanChanged { plan } = host.heal_as(&HealRequest { reviewed, ..request.clone() }) else {
        panic!("a table with a row was dropped unasked");
    };
    assert!(plan.hazards.iter().any(|hazard| hazard.hazard.to_string() == TABLE), "{plan:#?}");
    assert_eq!(host.heal_as(&request).word(), "refused");
    assert_eq!(host.heal_as(&allowing(&[COLUMN, TABLE])).word(), "succeeded");
}

#[test]
fn holding_others_up_needs_consent_from_the_configured_size_on() {
    let (world, _) = upgraded();
    world.set("[heal]\nlarge_table = 499");
    let host = world.host();
    let needed: Vec<_> = told(&host.plan()).into_iter().map(|(hazard, ..)| hazard).collect();
    let refused: Vec<_> = host
        .plan()
        .refusals
        .into_iter()
        .filter_map(|refusal| refusal.allow)
        .map(|it| it.to_string())
        .collect();
    assert_eq!(refused, needed);
    let all: Vec<_> = needed.iter().map(String::as_str).collect();
    assert_eq!(host.heal_as(&allowing(&all)).word(), "succeeded");
}

#[test]
fn everything_that_is_refused_is_told_at_once_with_its_place_and_nothing_runs() {
    let world = World::with(&["shelf"]);
    world.heal_and_prove(&["shelf"]);
    world.install("trespasses");
    let host = world.host();
    let plan = host.plan();
    let refused: Vec<_> = plan
        .refusals
        .iter()
        .map(|refusal| {
            format!("{} {}", refusal.place.trim_start_matches("trespasses/0001_much.sql"), refusal.rule)
        })
        .collect();
    assert_eq!(
        refused,
        [
            ":6:1 not-in-transaction",
            ":7:1 all-constraints",
            ":2:3 foreign-object",
            ":3:1 foreign-object",
            ":4:1 foreign-object",
            ":5:1 foreign-object",
            ":5:1 enum-value-used",
        ]
    );
    let told = world.tenon(&["plan"]).expect_code(5).err;
    for words in [
        "shelf.book belongs to Shelf Plugin, which trespasses does not require",
        "tenon.audit is the host's own",
        "name the constraints",
        "DELETE FROM shelf.book",
        "^^^^^^",
    ] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
}

/// A plugin that runs this in a `DO`, as text that it puts together.
fn composing(world: &World, id: &str, sql: &str) {
    let composed = sql.replace('.', ".' || '");
    let sql = format!(
        "CREATE SCHEMA {id}; CREATE TABLE {id}.own (a int); INSERT INTO {id}.own VALUES (1);\n\
         DO $$ BEGIN EXECUTE '{composed}'; END $$"
    );
    let files = [("0001_composed.sql".to_owned(), sql)];
    world.write_library(&format!("lib{id}.so"), &artifacts::bringing(id, &files));
}

#[test]
fn what_a_migration_touches_by_sql_that_it_puts_together_is_seen_while_it_runs() {
    let world = World::with(&["shelf"]);
    world.heal_and_prove(&["shelf"]);
    world.sql("INSERT INTO shelf.book SELECT n, 'a', n, 'b' FROM generate_series(1, 5) AS n; ANALYZE");
    let before = (world.database.schema(), world.sql("SELECT * FROM shelf.book"));
    let told = "the migration touched shelf.book, which belongs to Shelf Plugin";
    let statements = [
        "UPDATE shelf.book SET pages = 0",
        "SELECT FROM shelf.book WHERE id = 3",
        "TRUNCATE shelf.book",
        "ALTER TABLE shelf.book ADD by_another int",
    ];
    for (number, sql) in statements.iter().enumerate() {
        let id = format!("brings_1{number}");
        composing(&world, &id, sql);
        let plan = world.tenon(&["plan"]).expect_code(2).out;
        assert!(plan.contains(&format!("compose-sql:{id}/0001_composed.sql: ")), "{plan}");
        let failure = failure_of(world.host().heal());
        assert_eq!(failure.message, told, "{sql}: {failure:#?}");
        assert!(failure.remedy.unwrap().contains(&format!("have {id} require shelf")));
        let rehearsal = world.tenon(&["plan", "--rehearse"]).expect_code(1);
        assert!(rehearsal.err.contains(told), "{rehearsal:#?}");
        world.remove(&id);
    }
    assert_eq!((world.database.schema(), world.sql("SELECT * FROM shelf.book")), before);
    composing(&world, "brings_20", "UPDATE brings_20.own SET a = 2");
    assert_eq!(world.host().heal().word(), "succeeded");
    assert_eq!(world.sql("SELECT a FROM brings_20.own"), "2");
}

#[test]
fn what_the_same_heal_has_made_for_another_plugin_is_not_touched_either() {
    let world = World::with(&["shelf"]);
    // Its files come after those of the shelf.
    composing(&world, "z_comes_2", "INSERT INTO shelf.draft VALUES (1)");
    let failure = failure_of(world.host().heal());
    assert_eq!(failure.message, "the migration touched shelf.draft, which belongs to Shelf Plugin");
    assert_eq!(world.ledger(), "");
}

#[test]
fn what_a_migration_reads_by_a_name_or_sql_in_a_text_is_seen_too() {
    let world = World::with(&["shelf"]);
    world.heal_and_prove(&["shelf"]);
    world.sql("CREATE SEQUENCE shelf.number; INSERT INTO shelf.book SELECT n, 'a', n, 'b' FROM generate_series(1, 5) AS n");
    for (number, (sql, object)) in [
        ("SELECT query_to_xml('TABLE sh' || 'elf.book', true, true, '')", "shelf.book"),
        ("SELECT table_to_xml('shelf.book', true, true, '')", "shelf.book"),
        ("SELECT nextval('shelf.number')", "shelf.number"),
        ("SELECT setval('shelf.number', 100)", "shelf.number"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("brings_3{number}");
        let files = [("0001_reads.sql".to_owned(), format!("{sql};"))];
        world.write_library(&format!("lib{id}.so"), &artifacts::bringing(&id, &files));
        let failure = failure_of(world.host().heal());
        let told = format!("the migration touched {object}, which belongs to Shelf Plugin");
        assert_eq!(failure.message, told, "{sql}: {failure:#?}");
        world.remove(&id);
    }
}

#[test]
fn whose_anothers_objects_are_and_what_may_be_done_with_them_no_migration_changes() {
    let world = World::with(&["shelf"]);
    world.heal_and_prove(&["shelf"]);
    let function =
        "CREATE FUNCTION shelf.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TYPE shelf.t AS ENUM ('a')";
    world.sql(function);
    for (number, (sql, object)) in [
        ("GRANT ALL ON shelf.book TO PUBLIC", "shelf.book"),
        ("GRANT SELECT (id) ON shelf.book TO PUBLIC", "shelf.book"),
        ("GRANT CREATE ON SCHEMA shelf TO PUBLIC", "schema shelf"),
        ("ALTER FUNCTION shelf.f() SECURITY DEFINER", "shelf.f"),
        ("ALTER FUNCTION shelf.f() SET search_path = public", "shelf.f"),
        ("REVOKE ALL ON FUNCTION shelf.f() FROM PUBLIC", "shelf.f"),
        ("ALTER TYPE shelf.t OWNER TO pg_monitor", "shelf.t"),
        ("GRANT INSERT ON tenon.audit TO PUBLIC", "tenon.audit"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("brings_4{number}");
        composing(&world, &id, sql);
        let failure = failure_of(world.host().heal());
        assert!(failure.message.contains(object), "{sql}: {failure:#?}");
        assert!(
            failure.message.contains("the migration changed owner, rights or settings of "),
            "{failure:#?}"
        );
        world.remove(&id);
    }
    assert_eq!(world.sql("SELECT relacl FROM pg_class WHERE oid = 'shelf.book'::regclass"), "");
}

#[test]
fn a_plan_counts_its_locks_and_says_how_much_room_the_server_has_for_them() {
    let world = World::with(&["shelf"]);
    let host = world.host();
    let locks = host.plan().locks;
    assert!(locks.needed >= 6 && locks.room.is_some(), "{locks:?}");
    let room = locks.room.unwrap();
    let setting = |name: &str| world.sql(&format!("SHOW {name}")).parse::<u64>().unwrap();
    assert_eq!(room.max_locks_per_transaction, setting("max_locks_per_transaction"));
    assert_eq!(room.max_connections, setting("max_connections"));
}

/// A plugin that brings one file, in a schema of its own.
fn reaching(sql: &str) -> World {
    let world = World::with(&[]);
    let file = format!(
        "CREATE SCHEMA brings_00;\nCREATE TABLE brings_00.item (id int PRIMARY KEY, of int REFERENCES brings_00.item);\n{sql}\n"
    );
    world.write_library(
        "libbrings_00.so",
        &artifacts::bringing("brings_00", &[("0001_a.sql".to_owned(), file)]),
    );
    world
}

/// Statements that reach out of the plugins' schemas, what they reach, and what puts it back.
fn reaches(other: &World) -> Vec<(String, String, String)> {
    let (role, database) = (format!("r_{}", other.database.name), &other.database.name);
    let one = |sql: &str, object: &str, back: &str| (sql.to_owned(), object.to_owned(), back.to_owned());
    vec![
        one(&format!("CREATE ROLE {role} LOGIN"), &format!("role {role}"), &format!("DROP ROLE {role}")),
        one(
            &format!("ALTER DATABASE {database} SET work_mem = '1MB'"),
            &format!("database {database}"),
            &format!("ALTER DATABASE {database} RESET work_mem"),
        ),
        one("CREATE FOREIGN DATA WRAPPER w", "foreign-data wrapper w", "DROP FOREIGN DATA WRAPPER w"),
        one("CREATE EXTENSION dblink", "extension dblink", "DROP EXTENSION dblink"),
        one(
            "CREATE FUNCTION pg_catalog.brought() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "schema pg_catalog",
            "DROP FUNCTION pg_catalog.brought()",
        ),
        one(
            "ALTER TABLE brings_00.item DISABLE TRIGGER ALL",
            "triggers of brings_00.item",
            "DROP TABLE brings_00.item CASCADE",
        ),
        one(
            "CREATE FUNCTION brings_00.c() RETURNS int LANGUAGE internal AS 'int4um'",
            "language internal",
            "",
        ),
        one("COPY brings_00.item TO PROGRAM 'cat >/dev/null'", "server programs", ""),
        one("SELECT pg_read_file('PG_VERSION')", "function pg_read_file", ""),
    ]
}

fn reached(object: &str) -> String {
    format!("reach-out:{object}")
}

#[test]
fn what_reaches_out_of_the_plugins_schemas_wants_consent_by_name() {
    let other = World::with(&[]);
    for (sql, object, back) in reaches(&other) {
        let world = reaching(&format!("{sql};"));
        let plan = world.host().plan();
        assert_eq!(told(&plan), [(reached(&object), Consent::Needed, None)], "{sql}");
        assert_eq!(plan.refusals[0].place, "brings_00/0001_a.sql:3:1");
        let option = format!("--allow '{}'", reached(&object));
        assert!(plan.refusals[0].remedy.contains(&option), "{:#?}", plan.refusals);
        assert_eq!(world.host().heal().word(), "refused");
        let outcome = world.host().heal_as(&allowing(&[&reached(&object)]));
        assert_eq!(outcome.word(), "succeeded", "{sql}: {outcome:#?}");
        world.sql(&back);
    }
}

#[test]
fn what_reaches_out_by_sql_that_is_put_together_is_seen_when_it_has_run_and_undone() {
    let other = World::with(&[]);
    let all = reaches(&other);
    for (sql, _, back) in
        all.iter().filter(|(sql, ..)| !sql.starts_with("COPY") && !sql.starts_with("SELECT"))
    {
        let statement = sql.replace('\'', "''");
        let world = reaching(&format!(
            "DO $x$ BEGIN EXECUTE '{statement}'; EXCEPTION WHEN division_by_zero THEN NULL; END $x$;"
        ));
        // What others do meanwhile is not held against it.
        world.sql(&format!("CREATE ROLE other_{0} LOGIN; DROP ROLE other_{0}", world.database.name));
        let failure = failure_of(world.host().heal());
        assert_eq!(failure.file.as_deref(), Some("brings_00/0001_a.sql"), "{sql}");
        assert!(failure.message.starts_with("the migration changed "), "{sql}: {failure:#?}");
        let allow = failure.allow.expect("what would allow it").to_string();
        assert!(failure.remedy.unwrap().contains(&format!("--allow '{allow}'")), "{sql}");
        assert_eq!(world.ledger(), "");
        let outcome = world.host().heal_as(&allowing(&[&allow]));
        assert_eq!(outcome.word(), "succeeded", "{sql}, {allow}: {outcome:#?}");
        let entry = &world.host().audit().entries[0];
        assert_eq!(entry.consents.iter().map(ToString::to_string).collect::<Vec<_>>(), [allow], "the record");
        world.sql(back);
    }
}

#[test]
fn who_reaches_out_by_sql_that_is_put_together_can_be_proved_all_the_same() {
    let composed =
        "DO $x$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 1000', current_database()); END $x$;";
    for sql in ["SELECT pg_stat_file('PG_VERSION');", composed] {
        let world = World::with(&[]);
        let descriptors = json!({ "format": 1, "schemas": [{ "name": "brings_00" }] });
        world.bring(
            "brings_00",
            &[("0001_a.sql", &format!("CREATE SCHEMA brings_00;\n{sql}\n"))],
            &descriptors,
        );
        world.tenon(&["plugin", "lock", "brings_00"]).expect_code(0);
        // Who installs it is asked all the same.
        assert_ne!(world.host().heal().word(), "succeeded");
    }
}

#[test]
fn all_that_sql_that_is_put_together_reaches_is_told_at_once() {
    let world = reaching(
        "DO $x$ BEGIN EXECUTE 'CREATE FOREIGN DATA WRAPPER w'; EXECUTE 'CREATE SERVER s FOREIGN DATA WRAPPER w'; END $x$;",
    );
    let failure = failure_of(world.host().heal());
    assert_eq!(failure.message, "the migration changed foreign-data wrapper w, server s");
    let consents = ["reach-out:foreign-data wrapper w", "reach-out:server s"];
    let remedy = failure.remedy.unwrap();
    for consent in consents {
        assert!(remedy.contains(&format!("`--allow '{consent}'`")), "{remedy}");
    }
    assert_eq!(failure.consents.iter().map(ToString::to_string).collect::<Vec<_>>(), consents);
    assert_eq!(failure.allow.unwrap().to_string(), consents[0]);
    // The page offers each, and what is ticked goes with the plan.
    let serving = world.serve();
    serving.log_in();
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    let page = serving.heal_by_page(&[("plan_hash", plan["hash"].as_str().unwrap())]).text;
    for consent in consents {
        assert!(page.contains(&format!("name=\"allow\" value=\"{consent}\"")), "{page}");
    }
    let ticked = consents.map(|consent| format!("allow={}", consent.replace(' ', "+"))).join("&");
    let page = serving.get_as_admin(&format!("/heal?{ticked}")).expect_status(200).text;
    for consent in consents {
        assert!(page.contains(&format!("type=\"hidden\" name=\"allow\" value=\"{consent}\"")), "{page}");
    }
    assert_eq!(world.host().heal_as(&allowing(&consents)).word(), "succeeded");
}

//! The managed database: who does what in it, and how one of a former version is brought over.

use serde_json::json;
use tenon_tests::{Former, World};

use super::isolation::{SAMPLES, definer};

/// A world of the managed database, healed.
fn managed(plugins: &[&str]) -> World {
    let world = World::with(plugins);
    world.manage();
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world
}

/// The query for the owners of what is in none of PostgreSQL's own schemas, and how many things each has.
const OWNERS: &str = "
    SELECT owner::regrole, count(*)
    FROM (SELECT nspowner AS owner FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$|^public$|^tenon_cluster$'
          UNION ALL SELECT relowner FROM pg_class WHERE oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_'
          UNION ALL SELECT typowner FROM pg_type
                    WHERE oid >= 16384 AND typnamespace::regnamespace::text !~ '^pg_' AND typname !~ 'citext$'
          UNION ALL SELECT proowner FROM pg_proc
                    WHERE oid >= 16384 AND pronamespace::regnamespace::text <> 'tenon_cluster'
                      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')
          UNION ALL SELECT datdba FROM pg_database WHERE datname = current_database()) AS o
    GROUP BY 1 ORDER BY 1";

#[test]
fn the_samples_run_in_it_without_a_superuser_and_whoever_acts_is_not_the_owner() {
    let world = managed(&SAMPLES);
    let serving = world.serve();
    let report = serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy").json();
    assert_eq!(report["plugins"].as_array().unwrap().len(), SAMPLES.len() + 1, "{report}");
    let account = json!({ "email": "ana@example.org", "display_name": "Ana" });
    let account = serving.post("/plugins/identity/accounts", &account).expect_status(201).json();
    let item = json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    serving.post("/plugins/inventory/items", &item).expect_status(201);
    let order = json!({ "account": account["public_id"], "lines": [{ "sku": "A-1", "qty": 2 }] });
    serving.post("/plugins/orders/orders", &order).expect_status(201);
    serving.get("/plugins/reporting/orders").expect_status(200);
    let owners = world.managed_sql(OWNERS);
    let known = |line: &str| line.starts_with("\"tenon-owner\"|") || line.contains("_owner|");
    assert!(owners.lines().all(known), "{owners}");
    let powers = "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND (rolsuper OR rolcreaterole OR rolreplication)";
    assert_eq!(world.managed_sql(powers), "tenon-bootstrap");
    let sessions = "SELECT DISTINCT regexp_replace(usename, '_[0-9a-f]{8}$', '') FROM pg_stat_activity \
                    WHERE datname = 'tenon' AND usename <> 'tenon-bootstrap' ORDER BY 1";
    let sessions = world.managed_sql(sessions);
    let expected = "tenon-serving\ntenon_identity\ntenon_inventory\ntenon_orders\ntenon_reporting";
    assert_eq!(sessions, expected);
    // No role is called like a schema: "$user" would lead there.
    let alike = "SELECT rolname FROM pg_roles JOIN pg_namespace ON nspname = rolname";
    assert_eq!(world.managed_sql(alike), "");
    let layers = serving.get_as_admin("/api/v1/plugins").json()["enforcement"].clone();
    let last: Vec<_> = layers.as_array().unwrap().iter().skip(2).cloned().collect();
    let enforced = |name: &str| json!({ "name": name, "state": "enforced" });
    assert_eq!(last, [enforced("login roles"), enforced("database role")]);
}

#[test]
fn views_and_security_definer_functions_act_as_their_plugin_and_not_as_who_heals() {
    let world = World::with(&["identity"]);
    world.manage();
    // What stands in the text is refused before it runs; this does not.
    let log =
        "DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM ten' || 'on.audit' INTO n; RETURN n; END";
    let own = "BEGIN RETURN (SELECT count(*) FROM peeks.own); END";
    let spoil = "BEGIN EXECUTE 'DROP TABLE iden' || 'tity.account CASCADE'; END";
    let (log, spoil) = (definer("log", "bigint", log), definer("spoil", "void", spoil));
    let own = definer("own", "bigint", own);
    let made = [
        "CREATE SCHEMA peeks; CREATE TABLE peeks.own (a int); CREATE VIEW peeks.mine AS SELECT a FROM peeks.own;
         CREATE MATERIALIZED VIEW peeks.kept AS SELECT a FROM peeks.own;\n",
        &log.0,
        &own.0,
        &spoil.0,
    ]
    .concat();
    let descriptors = json!({
        "format": 1,
        "tables": [{ "name": "peeks.own", "columns": [{ "name": "a", "data_type": "integer" }] }],
        "views": [{ "name": "peeks.mine", "query": "SELECT a FROM peeks.own" }],
        "materialized_views": [{ "name": "peeks.kept", "query": "SELECT a FROM peeks.own" }],
        "functions": [log.1, own.1, spoil.1],
    });
    world.bring("brings_00", &[("0001_all.sql", &made)], &descriptors);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    let serving = world.serve();
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    let role = world.managed_sql(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'tenon\\_brings\\_00\\_%' AND rolcanlogin",
    );
    let owners = "SELECT DISTINCT pg_get_userbyid(o) FROM (SELECT proowner FROM pg_proc WHERE pronamespace = 'peeks'::regnamespace
                  UNION SELECT relowner FROM pg_class WHERE relnamespace = 'peeks'::regnamespace AND relkind IN ('v', 'm')) AS x (o)";
    assert_eq!(world.managed_sql(owners), format!("{role}_owner"));
    let may = |sql: &str| world.try_managed_sql(&format!("SET ROLE {role}; {sql}"));
    for sql in [
        "SELECT peeks.own()",
        "SELECT count(*) FROM peeks.mine",
        "INSERT INTO peeks.mine VALUES (1)",
        "SELECT * FROM peeks.kept",
    ] {
        may(sql).unwrap_or_else(|said| panic!("{sql}: {said}"));
    }
    for sql in [
        "SELECT peeks.log()",
        "SELECT peeks.spoil()",
        "DROP VIEW peeks.mine",
        "CREATE OR REPLACE FUNCTION peeks.own() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
    ] {
        let said = may(sql).unwrap_err();
        assert!(said.contains("permission denied") || said.contains("must be owner"), "{sql}: {said}");
    }
    // What is given to somebody else by hand is told, keeps the plugin from serving, and is healed.
    world.managed_sql(
        "ALTER FUNCTION peeks.log() OWNER TO \"tenon-owner\"; GRANT SELECT ON tenon.audit TO PUBLIC",
    );
    let report = world.tenon(&["check", "--json"]).expect_code(2).json();
    let told = report.to_string();
    for message in [
        "does not own, so that they act as their owner, routine peeks.log()",
        "everybody (PUBLIC) is granted SELECT",
    ] {
        assert!(told.contains(message), "{message}: {told}");
    }
    world.managed_sql("REVOKE SELECT ON tenon.audit FROM PUBLIC");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    assert_eq!(world.managed_sql(owners), format!("{role}_owner"));
    world.tenon(&["check"]).expect_code(0);
    // Later versions of a plugin change what it owns.
    let newer = "BEGIN RETURN 7; END";
    let newer = definer("own", "bigint", newer);
    let more = format!("{}DROP VIEW peeks.mine", newer.0);
    let mut descriptors = descriptors;
    descriptors["functions"][1] = newer.1;
    descriptors["views"].as_array_mut().unwrap().pop();
    world.bring("brings_00", &[("0001_all.sql", &made), ("0002_more.sql", &more)], &descriptors);
    let healed = world.tenon(&["heal", "--yes", "--as", "ops"]);
    assert!(healed.code == 0, "{healed:#?}");
    world.tenon(&["check"]).expect_code(0);
}

#[test]
fn all_that_is_done_to_a_database_is_done_to_the_managed_one_too() {
    let world = World::with(&["identity", "inventory_1_0"]);
    world.manage();
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    let run = |code: i32, arguments: &[&str]| world.tenon(arguments).expect_code(code);
    run(0, &["check"]);
    run(0, &["plan"]);
    for arguments in
        [&["audit", "list"][..], &["audit", "verify"], &["audit", "export"], &["finding", "list"]]
    {
        run(0, arguments);
    }
    run(0, &["schema", "read"]);
    run(0, &["schema", "diff", "database", "plugin:identity"]);
    let roles = run(0, &["plugin", "role"]).out;
    assert_eq!(roles.matches("CREATE ROLE").count(), 2, "{roles}");
    run(0, &["plugin", "lock", "identity", "--out", "identity.lock"]);
    // What is pending is rehearsed on a copy, and healed.
    world.upgrade("inventory_1_0", "inventory");
    run(2, &["plan"]);
    let rehearsed = run(2, &["plan", "--rehearse"]);
    assert!(rehearsed.out.contains("rehears"), "{}", rehearsed.out);
    run(0, &["heal", "--dry-run", "--yes", "--as", "ops"]);
    run(0, &["heal", "--yes", "--as", "ops"]);
    run(0, &["check"]);
    // A ledger that was lost is written anew from what is there.
    let serving = world.serve();
    world.managed_sql("DELETE FROM tenon.migration WHERE plugin = 'identity'; DELETE FROM tenon.reading WHERE plugin = 'identity'");
    assert_eq!(serving.stop(), 0);
    run(2, &["check"]);
    run(0, &["baseline", "--yes", "--as", "ops", "--plugin", "identity"]);
    run(0, &["check"]);
    world.remove("identity");
    run(2, &["check"]);
    run(0, &["ledger", "forget", "--yes", "--as", "ops", "identity"]);
    run(0, &["check"]);
}

#[test]
fn one_of_a_former_version_is_brought_over_by_the_next_start_with_all_that_is_in_it() {
    let plugins = ["identity", "inventory", "orders", "reporting", "gallery"];
    let world = World::with(&plugins);
    let former = Former::start(&world);
    // As that version had it: all by the one superuser.
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
    former.sql(
        "CREATE EXTENSION citext; CREATE TYPE public.pair AS (a int, b int); CREATE DOMAIN public.few AS int CHECK (VALUE < 9);
         CREATE SEQUENCE public.ids; CREATE AGGREGATE public.total(int) (SFUNC = int4pl, STYPE = int);
         CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
         CREATE OPERATOR CLASS public.mine FOR TYPE int USING btree AS OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int);
         CREATE COLLATION public.\"by code\" FROM \"C\"; CREATE TEXT SEARCH CONFIGURATION public.plain (COPY = simple);
         CREATE TEXT SEARCH DICTIONARY public.words (TEMPLATE = simple);
         CREATE PROCEDURE public.act() LANGUAGE sql AS 'SELECT 1'; CREATE MATERIALIZED VIEW public.seen AS SELECT 1 AS one;
         CREATE TABLE public.part (a int, b int) PARTITION BY LIST (a); CREATE TABLE public.part_1 PARTITION OF public.part FOR VALUES IN (1);
         CREATE STATISTICS public.stats ON a, b FROM public.part_1; SELECT lo_from_bytea(4711, 'kept')",
    );
    let contents = "SELECT string_agg(concat_ws(' ', email, display_name), ',') FROM identity.account";
    former.sql("INSERT INTO identity.account (email, display_name) VALUES ('ana@example.org', 'Ana')");
    let before = former.sql(contents);
    // While a program of that version runs it, it is not touched.
    world.manage();
    let run = world.tenon(&["check"]).expect_code(3);
    assert!(run.err.contains("older version of Tenon"), "{}", run.err);
    former.stop();
    let serving = world.serve();
    for told in ["its superuser tenon is tenon-bootstrap now", "tenon-owner owns what is in it"] {
        serving.logged("that it is brought over", |event| {
            event["message"].as_str().is_some_and(|message| message.contains(told))
        });
    }
    let owners = world.managed_sql(OWNERS);
    assert!(owners.starts_with("\"tenon-owner\"|") && owners.lines().count() == 1, "{owners}");
    let kept = "SELECT pg_get_userbyid(lomowner), (SELECT pg_get_userbyid(extowner) FROM pg_extension WHERE extname = 'citext')
                FROM pg_largeobject_metadata WHERE oid = 4711";
    assert_eq!(world.managed_sql(kept), "tenon-owner|tenon-owner");
    assert_eq!(
        world.managed_sql("SELECT count(*) FROM pg_roles WHERE rolname IN ('tenon', 'tenon-renamer')"),
        "0"
    );
    assert_eq!(world.managed_sql(contents), before);
    // The owner can do with all of it what an owner may.
    world.managed_sql(
        "SET ROLE \"tenon-owner\"; DROP EXTENSION citext; DROP TABLE public.part; SELECT lo_unlink(4711)",
    );
    // What is left to do are the login roles, which a heal makes.
    let report = serving.until("/api/v1/health", |answer| answer.json()["status"] != "unknown").json();
    let causes: std::collections::BTreeSet<_> = report["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|plugin| plugin["findings"].as_array().unwrap())
        .map(|finding| finding["cause"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(causes.into_iter().collect::<Vec<_>>(), ["rights"], "{report}");
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    serving.post_as_admin("/api/v1/heal", &json!({ "plan_hash": plan["hash"] })).expect_status(200);
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    serving.get("/plugins/identity/accounts").expect_status(200);
    assert_eq!(serving.stop(), 0);
    // And the start after that has nothing to bring over.
    let serving = world.serve();
    assert!(!serving.said().contains("brought over"), "{}", serving.said());
    assert_eq!(serving.stop(), 0);
    world.tenon(&["audit", "verify"]).expect_code(0);
}

#[test]
fn shared_isolation_is_refused_in_the_managed_database() {
    let world = World::with(&["identity"]);
    world.manage();
    world.set("[plugins]\nisolation = \"shared\"");
    let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(5);
    assert!(
        run.err.contains("login role of its own") && run.err.contains("plugins.isolation"),
        "{}",
        run.err
    );
    assert!(!world.path().join("state/postgres").exists());
}

#[test]
fn a_plugin_that_an_administrator_lets_change_its_tables_owns_what_it_makes() {
    let world = World::with(&["identity", "forms"]);
    world.manage();
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    // Allowed later: it is told that the right is lacking, and the next heal gives it.
    world.set("[plugins]\nddl = [\"forms\"]");
    world.tenon(&["check"]).expect_code(2);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    let serving = world.serve();
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    let table = json!("CREATE TABLE forms.field (name text)");
    serving.post("/plugins/forms/fields", &table).expect_status(200);
    serving.post("/plugins/forms/rows", &json!("INSERT INTO forms.field VALUES ('a')")).expect_status(200);
    let owner =
        world.managed_sql("SELECT relowner::regrole FROM pg_class WHERE oid = 'forms.field'::regclass");
    assert!(owner.starts_with("tenon_forms_") && owner.ends_with("_owner"), "{owner}");
    let others = json!("ALTER TABLE identity.account ADD COLUMN mine int");
    let said = serving.post("/plugins/forms/fields", &others).expect_status(500).json();
    assert_eq!(said["code"], "refused", "{said}");
}

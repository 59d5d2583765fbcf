//! What a plugin may not do with the connection that it borrows.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tenon_tests::{Pooler, ServeProcess, World};

use super::{act, gallery, rogue, world};

/// Changes settings where nobody sees it who sees the statement.
const SETS: &str = "CREATE FUNCTION public.sets(name text, value text) RETURNS text LANGUAGE sql \
                    AS 'SELECT set_config(name, value, false)'";

#[test]
fn a_connection_that_is_kept_for_later_or_used_on_another_thread_is_refused() {
    let world = world();
    world.set("[plugins]\nthreads = 1");
    let serving = world.serve();
    assert_eq!(act(&serving, "connection/keep"), "7");
    let told = ["use-later", "use-elsewhere", "keep", "use-later"].map(|one| {
        let answer = serving.post(&format!("/plugins/rogue/connection/{one}"), &json!({}));
        (one, serving.why(&answer))
    });
    insta::assert_snapshot!(gallery(told));
}

#[test]
fn statements_that_leave_the_calls_transaction_or_the_plugins_role_are_refused() {
    let (world, serving) = rogue();
    world.sql(SETS);
    let statements = [
        "COMMIT",
        "ROLLBACK",
        "BEGIN",
        "/* well hidden */ commit",
        "SELECT 1; COMMIT",
        "PREPARE TRANSACTION 'mine'",
        "SET ROLE postgres",
        "SET LOCAL ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "RESET ROLE",
        "SET search_path = pg_catalog",
        "DO $$ BEGIN COMMIT; END $$",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "COPY inventory.item FROM '/etc/passwd'",
        "LISTEN tenon",
        "VACUUM",
        "CREATE DATABASE mine",
        "DISCARD ALL",
    ];
    let told = statements.map(|sql| {
        let answer = serving.post("/plugins/rogue/sql", &json!(sql)).expect_status(500);
        (sql, serving.why(&answer))
    });
    insta::assert_snapshot!(world.redact(&gallery(told)));
    // A role that was taken for the session by way of a function is gone with the call.
    let taken = "SELECT public.sets('role', 'pg_monitor'), public.sets('application_name', 'rogue')";
    serving.post("/plugins/rogue/sql", &json!(taken)).expect_status(200);
    serving
        .post("/plugins/rogue/sql", &json!("SELECT 1 / (current_user <> 'pg_monitor')::int"))
        .expect_status(200);
}

#[test]
fn what_brings_too_many_rows_or_bytes_is_refused_and_rolled_back() {
    let world = world();
    world.sql("CREATE TABLE public.noted (note text)");
    world.set("[database]\npool_size = 2\n[plugins]\nmost_rows = 1000\nmost_bytes = 1000000");
    let serving = world.serve();
    let statements = [
        "SELECT generate_series(1, 1000)",
        "SELECT generate_series(1, 1001)",
        "SELECT generate_series(1, 1000000000)",
        "SELECT repeat('x', 900000)",
        "SELECT repeat('x', 1000001)",
    ];
    let told = statements.map(|sql| {
        let answer = serving.post("/plugins/rogue/rows", &json!(sql));
        (sql, serving.why(&answer))
    });
    insta::assert_snapshot!(gallery(told));
    let megabytes = serving.post("/plugins/rogue/megabytes", &json!({}));
    assert_eq!(serving.why(&megabytes), "the plugin's answer has more than 1000000 bytes");
    // One that goes on after the refusal has nothing kept either.
    let passed_over = serving.post("/plugins/rogue/pass-over", &json!("SELECT generate_series(1, 1001)"));
    assert_eq!(passed_over.expect_status(500).json()["code"], "too_much");
    assert_eq!(world.sql("SELECT count(*) FROM noted"), "0");
    assert_eq!(act(&serving, "hello"), "hello");
}

#[test]
fn a_plugin_whose_calls_take_long_keeps_no_connection_from_the_others() {
    let world = world();
    world.set("[database]\npool_size = 2\n[plugins]\ncall_timeout = \"5s\"");
    let serving = world.serve();
    thread::scope(|scope| {
        for _ in 0..4 {
            let call = serving.another();
            scope.spawn(move || call.post_as_admin("/plugins/rogue/sql", &json!("SELECT pg_sleep(2)")));
        }
        let sleeps =
            "FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()";
        world.database.wait_until(&format!("SELECT count(*) > 0 {sleeps}"));
        let began = Instant::now();
        for _ in 0..5 {
            serving.get("/plugins/inventory/items").expect_status(200);
        }
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        assert_eq!(world.sql(&format!("SELECT count(*) {sleeps}")), "1", "one of two is its share");
    });
}

#[test]
fn nothing_of_a_call_is_left_in_the_session_for_the_next_one() {
    let world = world();
    world.sql(SETS);
    world.sql(
        "CREATE FUNCTION public.listens() RETURNS void LANGUAGE plpgsql AS 'BEGIN LISTEN mine; END';
         CREATE FUNCTION public.holds() RETURNS void LANGUAGE plpgsql
             AS 'BEGIN EXECUTE ''DECLARE held CURSOR WITH HOLD FOR SELECT 1''; END'",
    );
    world.set("[database]\npool_size = 1");
    let serving = world.serve();
    let deeds = [
        ("SELECT public.sets('search_path', 'elsewhere')", "current_setting('search_path') = 'elsewhere'"),
        ("SELECT public.sets('role', 'pg_monitor')", "current_user = 'pg_monitor'"),
        ("SELECT public.sets('session_authorization', 'pg_monitor')", "session_user = 'pg_monitor'"),
        (
            "SELECT public.sets('default_transaction_read_only', 'off')",
            "current_setting('default_transaction_read_only') = 'off'",
        ),
        ("SELECT public.sets('rogue.mine', 'kept')", "current_setting('rogue.mine', true) = 'kept'"),
        ("CREATE TEMP TABLE mine (n int)", "to_regclass('pg_temp.mine') IS NOT NULL"),
        (
            "SELECT pg_advisory_lock(4711)",
            "EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND pid = pg_backend_pid())",
        ),
        ("SELECT public.holds()", "EXISTS (SELECT FROM pg_cursors WHERE name = 'held')"),
        (
            "SELECT public.listens()",
            "EXISTS (SELECT FROM pg_listening_channels() AS channel WHERE channel = 'mine')",
        ),
    ];
    let asks = |condition: &str| format!("SELECT 1 / ({condition})::int");
    let session =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tenon'";
    // The host also looks at its audit log when it starts.
    world.database.wait_until(&format!("SELECT count(*) = 1 FROM ({session}) AS session"));
    let first = world.sql(session);
    for (deed, condition) in deeds {
        // LISTEN begins with the transaction's end.
        if !deed.contains("listens") {
            serving.post("/plugins/rogue/both", &json!([deed, asks(condition)])).expect_status(200);
        }
        serving.post("/plugins/rogue/sql", &json!(deed)).expect_status(200);
        let left = serving.post("/plugins/rogue/sql", &json!(asks(condition)));
        assert_eq!(left.expect_status(422).json()["sqlstate"], "22012", "{deed}");
        serving.post("/plugins/rogue/sql", &json!(asks(&format!("NOT ({condition})")))).expect_status(200);
        let alone = serving.post("/plugins/rogue/alone", &json!([deed])).expect_status(200).json();
        assert!(alone.as_str().is_some_and(|told| told.ends_with("rows")), "{deed}: {alone}");
        serving.post("/plugins/rogue/sql", &json!(asks(&format!("NOT ({condition})")))).expect_status(200);
    }
    // It was cleaned each time, and not made anew.
    assert_eq!(world.sql(session), first);
    // A transaction that was broken, and passed over, costs the session.
    serving.post("/plugins/rogue/pass-over", &json!("SELECT 1 / 0")).expect_status(500);
    assert_eq!(act(&serving, "hello"), "hello");
    serving.post("/plugins/rogue/sql", &json!("SELECT 1")).expect_status(200);
}

#[test]
fn a_statement_that_was_prepared_goes_on_working_when_its_table_changes() {
    let world = world();
    world.sql("CREATE TABLE public.noted (note text); INSERT INTO noted VALUES ('x')");
    world.set("[database]\npool_size = 1");
    let serving = world.serve();
    let rows = || {
        let answer = serving.post("/plugins/rogue/rows", &json!("SELECT * FROM public.noted"));
        assert_eq!(answer.expect_status(200).json(), "1 rows");
    };
    (0..3).for_each(|_| rows());
    world.sql("ALTER TABLE noted ADD COLUMN more int");
    (0..3).for_each(|_| rows());
    world.sql("DROP TABLE noted; CREATE VIEW noted AS SELECT 1 AS one");
    (0..3).for_each(|_| rows());
}

#[test]
fn behind_a_pooler_that_lends_connections_for_a_transaction_calls_go_as_without() {
    let world = world();
    let pooler = Pooler::start();
    world.set_url(&pooler.url(&world.database.name));
    world.sql("CREATE TABLE public.noted (note text)");
    let serving = world.serve();
    for _ in 0..6 {
        let insert = json!("INSERT INTO noted VALUES ('x')");
        serving.post("/plugins/rogue/sql", &insert).expect_status(200);
        serving.post("/plugins/rogue/look", &insert).expect_status(500);
        serving.post("/plugins/rogue/rows", &json!("SELECT * FROM noted")).expect_status(200);
        let alone = ["SELECT 1 / 0", "INSERT INTO noted VALUES ('y')", "SELECT 1"];
        let alone = serving.post("/plugins/rogue/alone/fail", &json!(alone)).expect_status(409).json();
        insta::allow_duplicates! {
            insta::assert_snapshot!(alone["detail"].as_str().unwrap(), @"division by zero; 1 rows; POST /alone/{act}: the route is declared autocommit: its calls send one statement, and this one's is committed");
        }
    }
    assert_eq!(world.sql("SELECT count(*) FROM noted"), "12");
}

#[test]
fn a_route_changes_rows_and_what_belongs_to_the_session_and_nothing_else_in_whatever_spelling() {
    let (world, serving) = rogue();
    let refused = [
        "DROP TABLE identity.account CASCADE",
        "/* SELECT */ dRoP/**/TABLE identity.account",
        "ALTER ROLE CURRENT_USER PASSWORD 'mine'",
        "CREATE ROLE mine SUPERUSER",
        "CREATE EXTENSION dblink",
        "CREATE TABLE public.mine (n int)",
        "SELECT 1 AS n INTO public.mine",
        "EXPLAIN ANALYZE CREATE TABLE public.mine AS SELECT 1",
        "GRANT ALL ON ALL TABLES IN SCHEMA inventory TO PUBLIC",
        "ALTER SYSTEM SET log_statement = 'all'",
        "ALTER DATABASE postgres SET search_path = mine",
        "SECURITY LABEL ON TABLE inventory.item IS 'mine'",
        "ANALYZE",
        "SET/**/LOCAL \"role\" = postgres",
        "SET LOCAL session_replication_role = replica",
        "SELECT set_config('role', 'postgres', true)",
        "SELECT set_config('ro' || 'le', 'postgres', true)",
        "SELECT U&\"set\\005fconfig\"('role', 'postgres', true)",
        "SELECT set_config('search_path', 'mine', false)",
        "UPDATE pg_settings SET setting = 'postgres' WHERE name = 'role'",
        "SELECT query_to_xml('SELECT set_config(''role'', ''postgres'', true)', true, true, '')",
    ];
    let told = refused.map(|sql| {
        let answer = serving.post("/plugins/rogue/sql", &json!(sql)).expect_status(500);
        assert_eq!(answer.json()["code"], "refused", "{sql}: {answer:?}");
        (sql, serving.why(&answer))
    });
    insta::assert_snapshot!(world.redact(&gallery(told)));
    assert_eq!(world.sql("SELECT to_regclass('public.mine') IS NULL"), "t");
    for sql in [
        "UPDATE inventory.item SET name = name",
        "EXPLAIN SELECT 1",
        "CREATE TEMP TABLE mine AS SELECT 1 AS n",
        "LOCK TABLE inventory.item IN SHARE MODE",
        "NOTIFY mine",
        "SET LOCAL search_path = inventory",
        "SELECT set_config('rogue.customer', '1', true)",
    ] {
        serving.post("/plugins/rogue/sql", &json!(sql)).expect_status(200);
    }
}

#[test]
fn a_route_changes_the_schema_where_it_is_declared_to_and_allowed_to_and_inside_its_own() {
    let world = World::with(&["identity", "forms"]);
    assert_eq!(world.host().heal().word(), "succeeded");
    let add = json!("ALTER TABLE forms.form ADD COLUMN note text");
    let detail = |serving: &ServeProcess, route: &str, sql: &serde_json::Value| {
        serving.why(&serving.post(&format!("/plugins/forms/{route}"), sql).expect_status(500))
    };
    let serving = world.serve();
    let told = detail(&serving, "rows", &add);
    assert_eq!(
        told,
        "POST /rows: ALTER TABLE changes more than rows, which migrations do: the route is not declared `ddl(…)`"
    );
    let told = detail(&serving, "fields", &add);
    assert!(told.starts_with("POST /fields: ALTER TABLE") && told.contains("`plugins.ddl`"), "{told}");
    drop(serving);
    world.set("[plugins]\nddl = [\"forms\"]");
    let serving = world.serve();
    for sql in [
        "DROP TABLE identity.account CASCADE",
        "ALTER ROLE CURRENT_USER PASSWORD 'x'",
        "CREATE TABLE mine (n int)",
        "CREATE TABLE forms.mine (id uuid REFERENCES identity.account)",
        "ALTER TABLE forms.form OWNER TO postgres",
    ] {
        let told = detail(&serving, "fields", &json!(sql));
        assert!(
            told.starts_with("POST /fields: ") && told.contains("may change more than the plugin's own"),
            "{told}"
        );
    }
    detail(&serving, "rows", &add);
    serving.post("/plugins/forms/fields", &add).expect_status(200);
    assert_eq!(
        world.sql(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'forms.form'::regclass AND attname = 'note'"
        ),
        "1"
    );
}

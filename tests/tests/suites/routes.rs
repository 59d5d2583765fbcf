//! Plugins at work: their routes through the real server, their transactions, their panics.

use serde_json::json;
use tenon_tests::{ServeProcess, World, artifacts};

fn shop() -> (World, ServeProcess) {
    let plugins = ["identity", "inventory", "orders", "reporting"];
    let world = World::with(&plugins);
    drop(world.heal_and_prove(&plugins));
    let serving = world.serve();
    (world, serving)
}

#[test]
fn the_samples_work_together_through_the_server() {
    let (world, shop) = shop();
    let account = json!({ "email": "ana@example.org", "display_name": "Ana" });
    let account = shop.post("/plugins/identity/accounts", &account).expect_status(201).json();
    let item = json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    shop.post("/plugins/inventory/items", &item).expect_status(201);
    shop.post("/plugins/inventory/items", &item).expect_status(409);
    shop.get("/plugins/inventory/items/A-1").expect_status(200);
    shop.get("/plugins/inventory/items/B-2").expect_status(404);
    shop.get("/plugins/inventory/nothing").expect_status(404);
    shop.post("/plugins/inventory/items/A-1", &item).expect_status(405);
    shop.get("/plugins/nobody/items").expect_status(404);
    for path in ["/plugins", "/plugins/"] {
        let told = shop.get(path).expect_status(404).text;
        assert!(told.contains("<html") && !told.contains("no plugin"), "it names none: {told}");
    }
    let order = json!({ "account": account["public_id"], "lines": [{ "sku": "A-1", "qty": 2 }] });
    shop.post("/plugins/orders/orders", &order).expect_status(201);
    assert_eq!(world.sql("SELECT qty FROM inventory.item"), "3");
    assert_eq!(shop.get("/plugins/inventory/items").expect_status(200).json()[0]["qty"], 3);
}

#[test]
fn one_plain_reading_is_a_transaction_by_itself_and_two_are_one_of_the_hosts() {
    let world = World::with(&["stall"]);
    world.tenon(&["heal", "--as", "ana", "--yes"]).expect_code(0);
    world.set("[database]\npool_size = 2");
    let serving = world.serve();
    let many = |times: u32| serving.get(&format!("/plugins/stall/many/{times}")).expect_status(204);
    let ended_with = |last: &str| {
        world.database.wait_until(&format!(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle' AND \
             query LIKE '{last}%')"
        ));
    };
    // What the calls of a route are like shows with the first.
    many(1);
    ended_with("ROLLBACK");
    many(1);
    ended_with("SELECT id, name, qty FROM stall.item");
    many(3);
    many(3);
    ended_with("ROLLBACK");
    many(1);
    ended_with("ROLLBACK");
    world.database.wait_until(
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND \
         state LIKE 'idle in transaction%')",
    );
}

#[test]
fn a_session_that_the_server_has_closed_meanwhile_costs_no_request() {
    let (world, shop) = shop();
    for _ in 0..3 {
        shop.get("/plugins/inventory/items").expect_status(200);
        let closed = "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert_eq!(world.sql(closed), "t");
        let gone = "SELECT count(*) = 0 FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
        world.database.wait_until(gone);
    }
    shop.get("/plugins/inventory/items").expect_status(200);
}

#[test]
fn a_request_that_fails_leaves_no_row() {
    let (world, shop) = shop();
    let account = json!({ "email": "ana@example.org", "display_name": "Ana" });
    let account = shop.post("/plugins/identity/accounts", &account).expect_status(201).json();
    let item = json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    shop.post("/plugins/inventory/items", &item).expect_status(201);
    // The first line takes two from the stock, the second one fails.
    let order = json!({
        "account": account["public_id"],
        "lines": [{ "sku": "A-1", "qty": 2 }, { "sku": "A-1", "qty": 4 }],
    });
    shop.post("/plugins/orders/orders", &order).expect_status(409);
    assert_eq!(world.sql("SELECT qty FROM inventory.item"), "5");
    assert_eq!(world.sql("SELECT count(*) FROM orders.purchase"), "0");
}

#[test]
fn a_panic_an_error_and_a_broken_transaction_leave_no_row_and_the_next_request_works() {
    let world = World::with(&["panics_in_handle"]);
    drop(world.heal_and_prove(&["panics_in_handle"]));
    let serving = world.serve();
    let of = |route: &str| format!("/plugins/panics_in_handle/{route}");
    let count = || serving.get(&of("count")).expect_status(200).text;
    serving.post(&of("rows"), &json!({})).expect_status(201);
    assert_eq!(count(), "1");
    for (route, status) in [("panic", 500), ("fail", 409), ("commit", 500), ("swallow", 500)] {
        let answer = serving.post(&of(route), &json!({}));
        assert_eq!(answer.status, status, "{route}: {answer:?}");
        assert_eq!(count(), "1", "{route}");
    }
    serving.post(&of("rows"), &json!({})).expect_status(201);
    assert_eq!(count(), "2");
    serving.logged("the panic", |event| {
        event["message"].as_str().is_some_and(|text| text.contains("no luck in handle"))
    });
}

#[test]
fn a_call_beyond_its_deadline_is_504_and_its_transaction_is_gone() {
    let world = World::with(&["panics_in_handle"]);
    drop(world.heal_and_prove(&["panics_in_handle"]));
    world.set("[plugins]\ncall_timeout = \"300ms\"\nthreads = 1");
    let serving = world.serve();
    serving.post("/plugins/panics_in_handle/sleep", &json!({})).expect_status(504);
    serving.until("/plugins/panics_in_handle/count", |answer| answer.status == 200 && answer.text == "0");
}

#[test]
fn a_plugin_with_pending_migrations_is_503_with_the_reason_and_the_others_serve() {
    let world = World::with(&["identity", "inventory_1_0"]);
    drop(world.heal_and_prove(&["identity", "inventory_1_0"]));
    world.upgrade("inventory_1_0", "inventory");
    let serving = world.serve();
    serving.get("/plugins/identity/accounts").expect_status(200);
    let held = serving.get("/plugins/inventory/items").expect_status(503);
    assert!(held.text.contains("Inventory Plugin: 2 pending migrations"), "{}", held.text);
}

#[test]
fn a_plugin_that_is_out_is_503_with_the_reason() {
    let world = World::with(&["identity", "panics_in_init"]);
    drop(world.heal_and_prove_some(&["identity"]));
    let serving = world.serve();
    serving.get("/plugins/identity/accounts").expect_status(200);
    let out = serving.get("/plugins/panics_in_init/").expect_status(503);
    assert!(out.text.contains("panicked in init"), "{}", out.text);
}

#[test]
fn a_route_that_is_declared_read_only_cannot_write_whatever_its_method() {
    let world = World::with(&["rogue"]);
    world.sql(
        "CREATE TABLE public.noted (note text);
         CREATE FUNCTION public.sets(name text, value text) RETURNS text LANGUAGE sql AS 'SELECT set_config(name, value, true)'",
    );
    let serving = world.serve();
    let insert = json!("INSERT INTO noted VALUES ('x')");
    serving.post("/plugins/rogue/look", &json!("SELECT * FROM noted")).expect_status(200);
    let told = serving.post("/plugins/rogue/look", &insert).expect_status(500);
    assert_eq!(serving.why(&told), "cannot execute INSERT in a read-only transaction");
    // Nor can it make itself a writer first.
    let write = json!("SELECT public.sets('transaction_read_only', 'off')");
    serving.post("/plugins/rogue/look", &write).expect_status(500);
    assert_eq!(world.sql("SELECT count(*) FROM noted"), "0");
    serving.post("/plugins/rogue/sql", &insert).expect_status(200);
    assert_eq!(world.sql("SELECT count(*) FROM noted"), "1");
}

#[test]
fn a_route_declared_autocommit_sends_one_statement_which_nothing_takes_back() {
    let world = World::with(&["rogue"]);
    world.sql(
        "CREATE TABLE public.noted (note text PRIMARY KEY);
         CREATE PROCEDURE public.ends() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'",
    );
    world.set("[database]\npool_size = 1");
    let serving = world.serve();
    let insert = |note: &str| format!("INSERT INTO public.noted VALUES ('{note}')");
    let alone = |end: &str, each: &[&str]| {
        let answer = serving.post(&format!("/plugins/rogue/alone{end}"), &json!(each));
        let why = serving.why(&answer);
        serde_json::from_str(&why).unwrap_or(why)
    };
    let told = [
        alone("", &[&insert("alone")]),
        alone("", &[&insert("first of two"), &insert("second of two"), "SELECT 1"]),
        alone("", &[&insert("before a savepoint"), "savepoint"]),
        alone("", &["savepoint", &insert("after a savepoint")]),
        alone("", &[&insert("alone"), &insert("another try")]),
        alone("", &["COMMIT", &insert("after a refusal")]),
        alone("", &["CALL public.ends()", "LOCK TABLE public.noted"]),
        alone("", &["SELECT lower('A')", "SELECT lower('A')"]),
        alone("/fail", &[&insert("before an error")]),
        alone("/panic", &[&insert("before a panic")]),
    ];
    insta::assert_snapshot!(told.join("\n"));
    insta::assert_snapshot!(world.sql("SELECT string_agg(note, ', ' ORDER BY note) FROM noted"));
}

#[test]
fn what_only_reads_writes_nothing_in_the_session_of_a_route_declared_autocommit() {
    let world = World::with(&["rogue", "stall"]);
    drop(world.host().heal());
    // A reading, as far as its text says.
    world.sql(
        "CREATE TABLE public.noted (note text);
         CREATE FUNCTION public.writes() RETURNS int LANGUAGE sql AS 'INSERT INTO noted VALUES (''x''); SELECT 1';
         CREATE VIEW public.sly AS SELECT writes()",
    );
    world.set("[database]\npool_size = 1");
    let serving = world.serve();
    let [sly, insert] = ["SELECT * FROM public.sly", "INSERT INTO public.noted VALUES ('x')"];
    let look =
        |sql: &str, status| drop(serving.post("/plugins/rogue/look", &json!(sql)).expect_status(status));
    // From now on its calls are expected to send one reading each, which goes without a transaction.
    look("SELECT 1", 200);
    for round in 1..=3 {
        let wrote = serving.post("/plugins/rogue/alone", &json!([insert])).expect_status(200).json();
        assert_eq!(wrote, "1 rows", "{round}");
        look(sly, 500);
        look("SELECT 1", 200);
        assert_eq!(serving.post("/plugins/rogue/alone", &json!([insert])).json(), "1 rows", "{round}");
        // Another plugin finds the session as at its beginning.
        serving.get("/plugins/stall/items").expect_status(200);
        look(sly, 500);
        assert_eq!(world.sql("SELECT count(*) FROM noted"), (2 * round).to_string());
    }
}

#[test]
fn a_disabled_plugin_answers_404_and_its_part_of_the_database_is_looked_after() {
    let world = World::with(&["identity", "inventory"]);
    world.set("[plugins]\ndisabled = [\"inventory\", \"inventroy\"]");
    drop(world.heal_and_prove(&["identity", "inventory"]));
    let serving = world.serve();
    serving.get("/plugins/identity/accounts").expect_status(200);
    let told = serving.get("/plugins/inventory/items").expect_status(404).json();
    assert_eq!(told["code"], "disabled");
    insta::assert_snapshot!(told["detail"].as_str().unwrap(), @"Inventory Plugin is disabled in this host's configuration (plugins.disabled)");
    let check = world.redact(&world.tenon(&["check"]).expect_code(0).out);
    insta::assert_snapshot!(check);
    let list = world.tenon(&["plugin", "list"]).expect_code(0).out;
    let of_inventory = list.lines().find(|line| line.contains("Inventory Plugin")).unwrap();
    assert!(of_inventory.contains("  disabled  "), "{list}");
    serving.log_in();
    let page = serving.get("/").text;
    assert!(page.contains("disabled: its routes answer 404"), "{page}");
}

#[test]
fn why_a_plugin_does_not_answer_is_told_by_code_reason_and_remedy() {
    let world = World::with(&["identity", "inventory_1_0", "panics_in_init", "rogue"]);
    drop(world.host().heal());
    world.upgrade("inventory_1_0", "inventory");
    world.tenon(&["plugin", "quarantine", "rogue", "--reason", "too loud", "--as", "ana"]).expect_code(0);
    let serving = world.serve();
    let told: Vec<_> = ["nobody/", "identity/nothing", "inventory/items", "panics_in_init/", "rogue/hello"]
        .map(|path| {
            let mut problem = serving.get(&format!("/plugins/{path}")).json();
            problem["request_id"] = json!("[id]");
            world.redact(&format!("{path}: {}", serde_json::to_string_pretty(&problem).unwrap()))
        })
        .into();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_library_whose_manifest_has_routes_in_conflict_is_told_of_and_not_loaded() {
    let world = World::with(&["identity"]);
    world.write_library("librogue.so", &artifacts::renamed("rogue", "\"POST /rows\"", "\"POST /{xx}\""));
    let list = world.redact(&world.tenon(&["plugin", "list"]).expect_code(0).out);
    insta::assert_snapshot!(list.split_once("\n\n").unwrap().1);
}

#[test]
fn a_body_may_have_as_many_bytes_as_the_operator_says() {
    let world = World::with(&["rogue"]);
    world.set("[plugins]\nmost_body_bytes = 20");
    let serving = world.serve();
    serving.post("/plugins/rogue/sql", &json!("SELECT 12345678901")).expect_status(200);
    let told = serving.post("/plugins/rogue/sql", &json!("SELECT 123456789012")).expect_status(413).json();
    assert_eq!(told["code"], "body_too_large");
    assert_eq!(told["detail"], "the body is larger than 20 bytes");
}

#[test]
fn a_body_in_several_pieces_arrives_whole() {
    let world = World::with(&["rogue"]);
    world.set("[plugins]\nmost_body_bytes = 20");
    let serving = world.serve();
    let told = serving.post_in_pieces("/plugins/rogue/told", &["one", "two", "three"]).expect_status(200);
    assert_eq!(told.json(), "nobody: 11");
    let told = serving.post_in_pieces("/plugins/rogue/told", &["twelve bytes", "and nine."]);
    assert_eq!(told.expect_status(413).json()["code"], "body_too_large");
}

#[test]
fn a_plugin_is_told_who_is_logged_in_unless_another_site_made_them_act() {
    let world = World::with(&["rogue"]);
    let serving = world.serve();
    let told = || serving.post_form("/plugins/rogue/told", &[("a", "b")]).expect_status(200).json();
    assert_eq!(told(), "nobody: 3");
    serving.log_in().expect_status(200);
    assert_eq!(told(), "admin: 3");
    assert_eq!(serving.post("/plugins/rogue/told", &json!(12)).expect_status(200).json(), "nobody: 2");
}

#[test]
fn values_that_the_database_refuses_are_the_callers_fault_and_nothing_of_the_servers_text_is_told() {
    let world = World::with(&["rogue"]);
    world.sql(
        "CREATE TABLE public.noted (note varchar(9) NOT NULL CONSTRAINT one_note UNIQUE, n int CONSTRAINT positive CHECK (n > 0));
         CREATE TABLE public.late (n int CONSTRAINT later UNIQUE DEFERRABLE INITIALLY DEFERRED)",
    );
    let serving = world.serve();
    let told = [
        "INSERT INTO noted VALUES ('secret'), ('secret')",
        "INSERT INTO noted VALUES (NULL)",
        "INSERT INTO noted VALUES ('secret', -1)",
        "INSERT INTO noted VALUES ('secret secret')",
        "INSERT INTO late VALUES (1), (1)",
        "SELECT 'secret'::int",
    ]
    .map(|sql| {
        let answer = serving.post("/plugins/rogue/sql", &json!(sql));
        assert!(!answer.text.contains("secret"), "{answer:?}");
        let told = answer.json();
        format!(
            "{} {} {} {}: {}",
            answer.status, told["sqlstate"], told["constraint"], told["field"], told["detail"]
        )
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    409 "23505" "one_note" null: "there is such a one already (constraint one_note)"
    409 "23502" null "note": "a value is missing (field note)"
    409 "23514" "positive" null: "a value is not allowed (constraint positive)"
    422 "22001" null null: "a text is too long"
    409 "23505" "later" null: "there is such a one already (constraint later)"
    422 "22P02" null null: "a value cannot be taken"
    "#);
}

#[test]
fn an_error_that_only_calls_itself_a_lost_connection_is_the_plugins_own() {
    let world = World::with(&["rogue"]);
    world.sql(
        "CREATE FUNCTION public.shut_down() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN RAISE 'not really' USING ERRCODE = '57P01'; END $$;
         CREATE TABLE public.late (n int);
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON public.late DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION public.shut_down()",
    );
    let serving = world.serve();
    for sql in [
        "DO $$ BEGIN RAISE 'not really' USING ERRCODE = '57P01'; END $$",
        "DO $$ BEGIN RAISE 'not really' USING ERRCODE = '08006'; END $$",
        "INSERT INTO late VALUES (1)",
    ] {
        let answer = serving.post("/plugins/rogue/sql", &json!(sql)).expect_status(500);
        assert_ne!(answer.json()["code"], "no_database", "{sql}");
    }
    // A session that is ended says the same with another severity: before the COMMIT nothing was kept.
    let ended = "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(10)";
    let answer = serving.post("/plugins/rogue/sql", &json!(ended)).expect_status(503);
    assert_eq!(answer.json()["code"], "no_database");
    // In the COMMIT nobody says so, and no proxy may ask again.
    world.sql(
        "CREATE OR REPLACE FUNCTION public.shut_down() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(10); RETURN NULL; END $$",
    );
    let answer = serving.post("/plugins/rogue/sql", &json!("INSERT INTO late VALUES (1)")).expect_status(500);
    assert_eq!(answer.json()["code"], "unclear");
}

#[test]
fn what_is_a_plugins_own_fault_is_logged_and_its_caller_has_the_requests_id_alone() {
    let world = World::with(&["rogue"]);
    let serving = world.serve();
    let answer = serving.post("/plugins/rogue/sql", &json!("SELECT * FROM secrets")).expect_status(500);
    assert!(!answer.text.contains("secrets"), "{answer:?}");
    assert_eq!(serving.why(&answer), "relation \"secrets\" does not exist");
    let id = answer.json()["request_id"].clone();
    assert_eq!(answer.header("x-request-id"), id.as_str());
    let event = serving.logged("the failure", |event| event["request_id"] == id);
    assert_eq!(
        (&event["plugin"], &event["route"], &event["code"]),
        (&"rogue".into(), &"POST /sql".into(), &"sql".into())
    );
}

#[test]
fn the_metrics_tell_of_each_plugin_and_of_the_host() {
    let world = World::with(&["rogue", "inventory"]);
    world.set("[plugins]\ndisabled = [\"inventory\"]");
    let serving = world.serve();
    serving.post("/plugins/rogue/hello", &json!({})).expect_status(200);
    serving.post("/plugins/rogue/panic", &json!({})).expect_status(500);
    serving.post("/plugins/rogue/sql", &json!("SELECT 1 / 0")).expect_status(422);
    serving.post("/plugins/rogue/connect-unix", &json!({})).expect_status(200);
    serving.get("/plugins/made-up/path").expect_status(404);
    serving.get("/plugins/rogue/made/up/path").expect_status(404);
    let text = serving.get("/metrics").expect_status(200).text;
    for line in [
        "tenon_plugin_requests_total{plugin=\"rogue\",route=\"POST /{act}\",outcome=\"ok\"} 2",
        "tenon_plugin_requests_total{plugin=\"rogue\",route=\"POST /{act}\",outcome=\"panic\"} 1",
        "tenon_plugin_requests_total{plugin=\"rogue\",route=\"POST /sql\",outcome=\"sql\"} 1",
        "tenon_plugin_requests_total{plugin=\"rogue\",route=\"\",outcome=\"no_route\"} 1",
        "tenon_plugin_requests_total{plugin=\"\",route=\"\",outcome=\"no_plugin\"} 1",
        "tenon_plugin_request_duration_seconds_count{plugin=\"rogue\",route=\"POST /sql\"} 1",
        "tenon_plugin_panics_total{plugin=\"rogue\"} 1",
        "tenon_plugin_strikes{plugin=\"rogue\"} 1",
        "tenon_plugin_threads_hanging{plugin=\"rogue\"} 0",
        "tenon_plugin_calls_waiting{plugin=\"rogue\"} 0",
        "tenon_plugin_serving{plugin=\"rogue\",state=\"yes\"} 1",
        "tenon_plugin_serving{plugin=\"inventory\",state=\"disabled\"} 1",
        "tenon_plugin_refused_system_calls_total{plugin=\"rogue\",system_call=\"socket\"} 1",
        "tenon_health{state=\"drifted\"} 1",
        "tenon_health{state=\"healthy\"} 0",
        "tenon_plugin_serving{plugin=\"rogue\",state=\"held\"} 0",
        "tenon_findings{plugin=\"rogue\",severity=\"security\",acknowledged=\"false\"} 0",
        "tenon_heal_running{purpose=\"heal\"} 0",
        "tenon_heals_total{purpose=\"heal\",result=\"succeeded\"} 0",
        "tenon_audit_spool_events 0",
        "tenon_pool_connections_max 10",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
    }
    let value = |name: &str| -> f64 {
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {text}"));
        line.trim().parse().unwrap()
    };
    assert!(value("tenon_plugin_cpu_seconds_total{plugin=\"rogue\"}") > 0.0);
    assert!(value("tenon_pending_migrations{plugin=\"inventory\"}") > 0.0);
    assert!(value("tenon_last_check_timestamp_seconds") > 1.0e9);
    assert!(value("process_resident_memory_bytes") > 1.0e6);
    assert!(value("process_open_fds") < value("process_max_fds"));
    let started = jiff::Timestamp::now().as_duration().as_secs_f64() - value("process_start_time_seconds");
    assert!((0.0..600.0).contains(&started), "{started}");
    assert!(!text.contains("made"), "{text}");
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn the_operator_says_who_may_read_the_metrics() {
    let world = World::with(&[]);
    world.set("[server]\nmetrics = \"accounts\"");
    let serving = world.serve();
    serving.get("/metrics").expect_status(401);
    serving.get_as_admin("/metrics").expect_status(200);
}

#[test]
fn an_error_is_told_as_what_it_is_over_a_session_that_has_not_seen_the_types_yet() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let item = json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    world.serve().post("/plugins/inventory/items", &item).expect_status(201);
    // Its sessions are new, and the first thing they hear of the enum is a row that is not inserted.
    world.serve().post("/plugins/inventory/items", &item).expect_status(409);
}

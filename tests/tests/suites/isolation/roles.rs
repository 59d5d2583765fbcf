//! A login role for each plugin: what SQL reaches, whatever statement it is put into.

use serde_json::json;
use tenon_host::heal::{HealOutcome, HealRequest, Purpose};
use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::health::Status;
use tenon_tests::{TestHost, TestServer, World, request};

use super::{SAMPLES, gallery};

/// A world where each plugin has a role, healed.
fn isolated(plugins: &[&str]) -> (World, TestHost) {
    let world = World::with(plugins);
    world.isolate();
    let host = world.host();
    let outcome = host.heal();
    assert!(matches!(outcome, HealOutcome::Succeeded { .. }), "{outcome:#?}");
    (world, host)
}

/// Puts an account, an item and an order in by the plugins' routes.
pub(super) fn shop(host: &TestHost) {
    let post = |plugin: &str, path: &str, body: serde_json::Value| {
        let answer = host.call(plugin, &format!("POST {path}"), &body.to_string());
        let answer = answer.unwrap_or_else(|error| panic!("{plugin} {path}: {error}"));
        assert_eq!(answer.status, 201, "{plugin} {path}: {answer:?}");
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()
    };
    let account = post("identity", "/accounts", json!({ "email": "ana@example.org", "display_name": "Ana" }));
    let item = json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    post("inventory", "/items", item);
    let lines = json!([{ "sku": "A-1", "qty": 2 }]);
    post("orders", "/orders", json!({ "account": account["public_id"], "lines": lines }));
}

pub(super) fn healthy(host: &TestHost) {
    let report = host.check();
    assert_eq!(report.status, Status::Healthy, "{:#?}", report.findings().collect::<Vec<_>>());
}

/// What the host says of the roles, one a line.
pub(super) fn told(host: &TestHost) -> Vec<String> {
    let findings = host.findings().into_iter().filter(|finding| finding.cause == Cause::Rights);
    findings.map(|one| format!("{}: {}", one.severity.noun(), one.message)).collect()
}

#[test]
fn the_samples_work_each_as_its_own_role_and_what_is_healed_twice_does_not_change() {
    let (world, host) = isolated(&SAMPLES);
    healthy(&host);
    shop(&host);
    assert_eq!(world.sql("SELECT qty FROM inventory.item"), "3");
    let serving = world.serve();
    let report = serving.get("/plugins/reporting/orders").expect_status(200).json();
    assert_eq!(report[0]["account_name"], "Ana", "{report}");
    let users = "SELECT string_agg(DISTINCT usename, ',') FROM pg_stat_activity \
                 WHERE datname = current_database() AND usename LIKE 'tenon%'";
    let users = world.sql(users);
    for plugin in ["identity", "inventory", "orders", "reporting"] {
        assert!(users.contains(&world.role_of(plugin).name), "{users}");
    }
    let before = world.database.contents();
    assert!(matches!(host.heal(), HealOutcome::NothingToDo));
    assert!(matches!(world.host().heal(), HealOutcome::NothingToDo));
    assert_eq!(world.database.contents(), before);
    // As every other, the heal is in the log, with what became of the roles.
    let audit = host.audit();
    // A login role and an owner role for each.
    assert_eq!(audit.entries[0].roles.len(), 8, "{audit:#?}");
    world.tenon(&["audit", "verify"]).expect_code(0);
}

#[test]
fn sql_reaches_what_is_the_plugins_own_and_what_it_requires_and_nothing_else() {
    let (world, host) = isolated(&SAMPLES);
    shop(&host);
    world.sql(
        "CREATE TABLE public.strangers (secret text);
         CREATE FUNCTION identity.all_accounts() RETURNS SETOF identity.account LANGUAGE sql SECURITY DEFINER
             AS 'SELECT * FROM identity.account';
         CREATE VIEW identity.everybody AS SELECT * FROM identity.account;
         SELECT lo_from_bytea(4711, 'a secret')",
    );
    let orders = world.role_of("orders");
    // Its own, by whatever statement, and what it requires.
    for sql in [
        "SELECT count(*) FROM orders.purchase",
        "UPDATE orders.line SET qty = qty",
        "DO $$ BEGIN UPDATE orders.purchase SET note = 'x'; END $$",
        "BEGIN; TRUNCATE orders.line; ROLLBACK",
        "SELECT qty FROM inventory.item FOR UPDATE",
        "SELECT count(*) FROM identity.account",
        "CREATE TEMP TABLE mine AS SELECT 1",
    ] {
        orders.tries(sql).unwrap_or_else(|said| panic!("{sql}: {said}"));
    }
    let inventory = world.role_of("inventory");
    let superuser = "harness";
    let become_superuser = format!("SET ROLE {superuser}");
    let authorization = format!("SET SESSION AUTHORIZATION {superuser}");
    let by_setting = format!("SELECT set_config('role', '{superuser}', false)");
    let authorized_by_setting = format!("SELECT set_config('session_authorization', '{superuser}', true)");
    let by_orders = format!("SET ROLE {}", orders.name);
    let attempts = [
        "SELECT * FROM identity.account",
        "DELETE FROM orders.purchase",
        "INSERT INTO orders.purchase (account_id) VALUES (gen_random_uuid())",
        "SELECT * FROM reporting.order_summary",
        "SELECT * FROM public.strangers",
        "SELECT * FROM tenon.audit",
        "INSERT INTO tenon.migration VALUES ('a', 'b', 'c')",
        "UPDATE tenon.reading SET objects = ''",
        "SELECT * FROM identity.all_accounts()",
        "SELECT * FROM identity.everybody",
        "SELECT lo_get(4711)",
        "DO $$ BEGIN PERFORM * FROM identity.account; END $$",
        "DO $$ BEGIN EXECUTE 'DELETE FROM ' || 'identity.account'; END $$",
        "CREATE FUNCTION pg_temp.f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM identity.account'; SELECT pg_temp.f()",
        "CREATE FUNCTION pg_temp.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM identity.account'; SELECT pg_temp.f()",
        "CREATE TEMP VIEW v AS SELECT * FROM identity.account; SELECT * FROM v",
        "SELECT query_to_xml('SELECT * FROM identity.account', true, true, '')",
        "COPY identity.account TO STDOUT",
        "COPY inventory.item TO PROGRAM 'cat'",
        "COPY inventory.item FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('.')",
        "SELECT rolpassword FROM pg_authid",
        &become_superuser,
        &authorization,
        &by_setting,
        &authorized_by_setting,
        &by_orders,
        "SET ROLE pg_read_all_data",
        "GRANT pg_read_all_data TO CURRENT_USER",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "CREATE ROLE mine LOGIN",
        "CREATE TABLE inventory.mine (x int)",
        "CREATE FUNCTION inventory.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA mine",
        "CREATE FOREIGN DATA WRAPPER mine",
        "ALTER TABLE inventory.item ADD COLUMN mine int",
        "CREATE TRIGGER mine BEFORE INSERT ON orders.line FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TEMP TABLE mine (id bigint REFERENCES orders.purchase)",
        "DROP TABLE inventory.item",
        "BEGIN; LOCK TABLE identity.account",
        "TRUNCATE identity.account CASCADE",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'harness'",
        "ALTER SYSTEM SET log_statement = 'all'",
    ];
    for sql in attempts {
        let Err(said) = inventory.tries(sql) else { panic!("it was not refused: {sql}") };
        // That it may not, and not that it is wrong; each major has its own words for it.
        assert!(said.contains("ERROR:  42501: "), "{sql}: {said}");
    }
    assert_eq!(world.sql("SELECT count(*) FROM identity.account"), "1");
}

#[test]
fn a_plugin_whose_role_is_not_there_does_not_serve_and_never_as_somebody_else() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let schema = world.database.schema();
    world.isolate();
    let host = world.host();
    let role = world.role_of("inventory").name;
    // Before any check, and after one.
    let error = host.call("inventory", "GET /items", "").unwrap_err();
    assert_eq!((error.status(), error.code()), (503, "held"), "{error}");
    assert!(error.to_string().contains("not checked yet"), "{error}");
    let absent = |noun: &str, role: &str| format!("breaking: the plugin's {noun} role {role} does not exist");
    assert_eq!(told(&host), [absent("login", &role), absent("owner", &format!("{role}_owner"))]);
    let error = host.call("inventory", "GET /items", "").unwrap_err();
    assert_eq!((error.status(), error.code()), (503, "held"), "{error}");
    assert!(error.to_string().contains("login role"), "{error}");
    assert_eq!(world.database.schema(), schema, "a check writes nothing");
    let plan = world.tenon(&["plan"]).expect_code(2);
    insta::assert_snapshot!(world.redact(&plan.out));
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
    assert_eq!(host.call("inventory", "GET /items", "").unwrap().status, 200);
    // It goes away before a check could see that.
    world.sql(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"));
    world.database.wait_until(&format!("SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = '{role}'"));
    world.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    let error = host.call("inventory", "GET /items", "").unwrap_err();
    assert_eq!((error.status(), error.code()), (503, "no_role"), "{error}");
}

#[test]
fn rights_follow_what_plugins_that_come_later_and_repairs_make() {
    let (world, host) = isolated(&["identity", "inventory"]);
    drop(host);
    ["keeper", "reader", "writer"].iter().for_each(|role| TestServer::shared().make_role(role));
    for plugin in ["orders", "reporting", "every_kind"] {
        world.install(plugin);
    }
    let host = world.host();
    let plan = host.plan();
    assert_eq!(plan.roles.iter().filter(|step| step.follows).count(), 10, "{:#?}", plan.roles);
    assert_eq!(host.heal_consenting().word(), "succeeded");
    healthy(&host);
    shop(&host);
    let orders = world.role_of("orders");
    let lines = "SELECT count(*) FROM orders.line";
    assert_eq!(orders.tries(lines).unwrap(), "1");
    // A table that is made anew has no rights of the old one.
    world.sql("DROP TABLE orders.line CASCADE; DROP VIEW IF EXISTS reporting.order_summary");
    let mut request = request();
    request.repairs.choices.insert("additive".parse().unwrap());
    let outcome = host.heal_as(&request);
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    healthy(&host);
    assert_eq!(orders.tries(lines).unwrap(), "0");
}

#[test]
fn every_right_too_many_or_too_few_is_told_and_healed() {
    let (world, host) = isolated(&["identity", "inventory", "orders"]);
    let (inventory, orders) = (world.role_of("inventory").name, world.role_of("orders").name);
    let lender = format!("lender_of_{}", world.database.name);
    let changes = [
        format!("REVOKE DELETE, UPDATE ON inventory.item FROM {orders}"),
        format!("REVOKE USAGE ON SCHEMA inventory FROM {inventory}"),
        format!("GRANT SELECT ON identity.account TO {inventory}"),
        format!("GRANT SELECT (email) ON identity.account TO {inventory}"),
        format!("GRANT TRUNCATE ON inventory.item TO {orders}"),
        format!("GRANT SELECT ON inventory.item TO {inventory} WITH GRANT OPTION"),
        format!("GRANT CREATE ON SCHEMA inventory TO {inventory}"),
        format!("GRANT SELECT ON tenon.audit TO {inventory}"),
        format!("GRANT pg_read_all_data TO {inventory}"),
        format!("GRANT {orders} TO {inventory}"),
        format!("ALTER ROLE {inventory} CREATEDB BYPASSRLS INHERIT"),
        format!("ALTER ROLE {inventory} NOLOGIN"),
        format!("GRANT TEMP ON DATABASE {} TO {inventory}", world.database.name),
        // By somebody who is not the owner, who cannot take it back.
        format!(
            "CREATE ROLE {lender}; GRANT USAGE ON SCHEMA identity TO {lender}; \
             GRANT SELECT ON identity.account TO {lender} WITH GRANT OPTION; SET ROLE {lender}; \
             GRANT SELECT ON identity.account TO {inventory}; RESET ROLE"
        ),
        format!("SET ROLE {lender}; GRANT SELECT (email) ON identity.account TO {inventory}; RESET ROLE"),
    ];
    let mut all = Vec::new();
    for change in &changes {
        world.sql(change);
        let told = told(&host);
        assert!(!told.is_empty(), "{change}");
        all.push((change.as_str(), told.join("\n")));
        let report = host.check();
        assert_eq!(report.status, Status::Drifted, "{change}");
        let other = report.findings().find(|finding| finding.cause != Cause::Rights);
        assert_eq!(other, None, "{change}: what roles are granted is told of the roles alone");
        assert_eq!(host.heal().word(), "succeeded", "{change}");
        healthy(&host);
        assert!(matches!(host.heal(), HealOutcome::NothingToDo), "{change}");
    }
    insta::assert_snapshot!(world.redact(&gallery(all).replace(&lender, "lender")));
}

#[test]
fn a_heal_of_roles_alone_tells_what_it_does_on_terminal_page_and_line() {
    let (world, host) = isolated(&["identity", "inventory"]);
    let role = world.role_of("inventory").name;
    let change = format!("REVOKE UPDATE ON inventory.item FROM {role}; ALTER ROLE {role} CREATEDB");
    world.sql(&change);
    let (outcome, events) = host.heal_listening();
    let HealOutcome::Succeeded { roles, .. } = outcome else { panic!("{outcome:#?}") };
    assert_eq!(roles.iter().map(|step| step.role.as_str()).collect::<Vec<_>>(), [role.as_str()]);
    let told: Vec<_> = events.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    let names: Vec<_> = told.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let expected = ["planned", "roles_started", "roles_done", "verifying", "committing", "ended"];
    assert_eq!(names, expected);
    assert_eq!(
        (&told[0]["roles"], &told[2]["roles"], &told[2]["statements"]),
        (&json!(1), &json!(1), &json!(2))
    );

    world.sql(&change);
    let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    assert!(run.err.contains("0 migrations, 1 login role, 0 statements"), "{}", run.err);
    assert!(world.redact(&run.err).contains("1 login role in [n] ms, 2 statements"), "{}", run.err);
    assert!(run.out.contains("Put 1 login role right in "), "{}", run.out);

    world.sql(&change);
    let run = world.tenon(&["heal", "--yes", "--as", "ops", "--json"]).expect_code(0);
    assert!(run.out.contains(r#""event":"roles_done","roles":1,"statements":2,"#), "{}", run.out);
    assert_eq!(run.last_json()["roles"][0]["role"], json!(role), "{}", run.out);

    world.sql(&change);
    let serving = world.serve();
    serving.log_in();
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    let page = serving.heal_by_page(&[("plan_hash", plan["hash"].as_str().unwrap())]).text;
    assert!(page.contains("1 login role was put right in ") && page.contains(&role), "{page}");
    assert!(!page.contains("Everything was verified"), "{page}");
    let log = serving.get_as_admin("/audit").expect_status(200).text;
    assert!(log.contains("0 migrations, 1 login role"), "{log}");
}

#[test]
fn a_right_that_no_heal_takes_without_guessing_holds_the_plugin_and_is_told() {
    let (world, host) = isolated(&["inventory"]);
    let role = world.role_of("inventory").name;
    world.sql(&format!(
        "CREATE SCHEMA theirs AUTHORIZATION {role}; SELECT lo_create(4712);
         ALTER LARGE OBJECT 4712 OWNER TO {role}"
    ));
    assert_eq!(
        told(&host),
        [format!("security: the plugin's login role {role} owns schema theirs")],
        "a large object it may well have made"
    );
    assert!(matches!(host.heal(), HealOutcome::NothingToDo));
    assert_eq!(host.call("inventory", "GET /items", "").unwrap_err().code(), "held");
}

#[test]
fn another_password_is_found_out_and_the_next_heal_makes_it_right() {
    let (world, host) = isolated(&["inventory"]);
    let role = world.role_of("inventory").name;
    world.sql(&format!("ALTER ROLE {role} PASSWORD 'another'"));
    drop(host);
    let host = world.host();
    let said =
        format!("the host cannot log in as the plugin's login role {role}: its password is another one");
    assert_eq!(told(&host), [format!("breaking: {said}")]);
    let plan = world.tenon(&["plan"]).expect_code(2).out;
    assert!(plan.contains(&format!("ALTER ROLE \"{role}\" PASSWORD '…'")), "{plan}");
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
    assert_eq!(host.call("inventory", "GET /items", "").unwrap().status, 200);
    // With a key of the operator's all passwords are others, and short ones are none.
    std::fs::write(world.path().join("key"), "a secret of 32 characters or more").unwrap();
    world.set("role_key_file = \"key\"");
    drop(host);
    let host = world.host();
    assert_eq!(told(&host), [format!("breaking: {said}")]);
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
    std::fs::write(world.path().join("key"), "short").unwrap();
    let run = world.tenon(&["check"]).expect_code(5);
    assert!(run.err.contains("holds less than 32 characters"), "{}", run.err);
}

#[test]
fn no_password_is_in_any_file_any_log_or_the_environment_and_none_is_sent() {
    let world = World::with(&["inventory"]);
    world.isolate();
    let serving = world.serve();
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    serving.post_as_admin("/api/v1/heal", &json!({ "plan_hash": plan["hash"] })).expect_status(200);
    serving.get("/plugins/inventory/items").expect_status(200);
    let host = world.host();
    let roles = host.host.roles().unwrap();
    let password = roles.password(roles.name(&"inventory".parse().unwrap()).unwrap()).unwrap();
    let password = secrecy::ExposeSecret::expose_secret(&password).to_owned();
    assert_eq!(password.len(), 43);
    let mut haystacks = vec![("what it said".to_owned(), serving.said())];
    for name in ["cmdline", "environ"] {
        let bytes = std::fs::read(format!("/proc/{}/{name}", serving.pid())).unwrap();
        haystacks.push((name.to_owned(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    let mut open = vec![world.path().to_owned()];
    while let Some(place) = open.pop() {
        for entry in std::fs::read_dir(place).unwrap().map(Result::unwrap) {
            let path = entry.path();
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => open.push(path),
                kind if kind.is_file() && path.extension().is_none_or(|end| end != "so") => {
                    let bytes = std::fs::read(&path).unwrap();
                    haystacks
                        .push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
                }
                _ => {}
            }
        }
    }
    haystacks.push(("the database".to_owned(), world.database.contents()));
    let verifier =
        format!("SELECT rolpassword FROM pg_authid WHERE rolname = '{}'", world.role_of("inventory").name);
    let verifier = world.sql(&verifier);
    assert!(verifier.starts_with("SCRAM-SHA-256$4096:"), "{verifier}");
    for (place, text) in haystacks {
        assert!(!text.contains(&password) && !text.contains(&verifier), "{place}");
    }
}

#[test]
fn two_databases_of_one_server_have_roles_of_their_own() {
    let ((one, first), (other, second)) = (isolated(&["inventory"]), isolated(&["inventory"]));
    assert_ne!(one.role_of("inventory").name, other.role_of("inventory").name);
    let sql = "SELECT count(*) FROM inventory.item";
    assert_eq!(one.role_of("inventory").tries(sql).unwrap(), "0");
    // Nothing keeps it from connecting there, but there it has no right.
    let name = one.role_of("inventory").name;
    let said = other.database.refuses(&format!("SET SESSION AUTHORIZATION {name}; {sql}"));
    assert!(said.contains("permission denied for schema inventory"), "{said}");
    healthy(&first);
    healthy(&second);
}

#[test]
fn the_role_of_a_plugin_that_is_gone_is_told_with_the_sql_that_drops_it() {
    let (world, host) = isolated(&["identity", "inventory"]);
    drop(host);
    world.remove("inventory");
    let host = world.host();
    let role = world.role_of("inventory").name;
    let warnings = host.check().warnings.join("\n");
    let sql = format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"");
    assert!(warnings.contains(&sql), "{warnings}");
    world.sql(&sql);
    assert_eq!(host.check().warnings, [""; 0]);
}

#[test]
fn without_isolation_no_role_is_made_and_the_command_that_makes_them_says_so() {
    let world = World::with(&SAMPLES);
    drop(world.heal_and_prove(&SAMPLES));
    let tag = world.role_of("inventory").name.replace("tenon_inventory", "");
    assert_eq!(world.sql(&format!("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tenon%{tag}'")), "0");
    let run = world.tenon(&["plugin", "role"]).expect_code(5);
    assert!(run.err.contains("plugins.isolation"), "{}", run.err);
}

#[test]
fn a_dry_run_and_a_rehearsal_leave_no_role_behind() {
    let world = World::with(&["inventory"]);
    world.isolate();
    let host = world.host();
    for purpose in [Purpose::DryRun, Purpose::Rehearsal] {
        let outcome = host.heal_as(&HealRequest { purpose, ..request() });
        assert_eq!(outcome.word(), "rehearsed", "{outcome:#?}");
        let role = world.role_of("inventory").name;
        assert_eq!(world.sql(&format!("SELECT count(*) FROM pg_roles WHERE rolname = '{role}'")), "0");
    }
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
}

#[test]
fn plugins_share_the_connections_that_there_are_and_none_keeps_them_from_the_others() {
    let world = World::with(&SAMPLES);
    world.isolate();
    world.set("[database]\npool_size = 4");
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    for _ in 0..3 {
        for (plugin, route) in [
            ("identity", "GET /accounts"),
            ("inventory", "GET /items"),
            ("orders", "GET /orders"),
            ("reporting", "GET /orders"),
        ] {
            assert_eq!(host.call(plugin, route, "").unwrap().status, 200, "{plugin}");
        }
        let open = "SELECT count(*) <= 3 FROM pg_stat_activity \
                    WHERE datname = current_database() AND usename LIKE 'tenon\\_%'";
        world.database.wait_until(open);
    }
}

#[test]
fn a_plugin_that_means_to_reaches_no_stranger_by_the_connection_that_it_borrows() {
    let (world, _host) = isolated(&["inventory", "rogue"]);
    // Of what functions do nobody knows who sees the statement.
    world.sql(
        "CREATE FUNCTION public.sets(name text, value text) RETURNS text LANGUAGE sql AS 'SELECT set_config(name, value, true)';
         CREATE FUNCTION public.runs(sql text) RETURNS xml LANGUAGE sql AS 'SELECT query_to_xml(sql, true, true, '''')'",
    );
    let serving = world.serve();
    let statements = [
        "SELECT * FROM inventory.item",
        "SELECT * FROM tenon.audit",
        "SELECT public.sets('role', 'harness')",
        "SELECT public.sets('session_authorization', 'harness')",
        "SELECT public.runs('SELECT * FROM inventory.item')",
        "CREATE TEMP VIEW v AS SELECT * FROM inventory.item",
    ];
    let told = statements.map(|sql| {
        let answer = serving.post("/plugins/rogue/sql", &json!(sql)).expect_status(500);
        (sql, serving.why(&answer))
    });
    insta::assert_snapshot!(gallery(told), @r#"
    SELECT * FROM inventory.item
        permission denied for schema inventory
    SELECT * FROM tenon.audit
        permission denied for table audit
    SELECT public.sets('role', 'harness')
        permission denied to set role "harness"
    SELECT public.sets('session_authorization', 'harness')
        permission denied to set session authorization "harness"
    SELECT public.runs('SELECT * FROM inventory.item')
        permission denied for schema inventory
    CREATE TEMP VIEW v AS SELECT * FROM inventory.item
        permission denied for schema inventory
    "#);
    serving
        .post("/plugins/rogue/sql", &json!("SELECT 1 / (session_user LIKE 'tenon_rogue_%')::int"))
        .expect_status(200);
    serving.logged("the layer", |event| event["layer"] == "login roles" && event["state"] == "enforced");
}

#[test]
fn the_managed_database_lets_the_roles_in() {
    let world = World::with(&["inventory"]);
    world.isolate_by_roles();
    let run = |arguments: &[&str]| {
        let output = world.command().env_remove("DATABASE_URL").args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert_eq!(output.status.code(), Some(0), "{said}");
        said
    };
    run(&["heal", "--yes", "--as", "ops"]);
    // A check logs in as each of them.
    let said = run(&["check"]);
    assert!(said.contains("in step"), "{said}");
}

//! Plans that are run and rolled back: in a copy of the schema, and in the database itself.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_host::audit::Kind;
use tenon_host::audit::{AuditEntry, AuditResult};
use tenon_host::heal::{HealOutcome, HealRequest, Purpose, Rehearsal};
use tenon_migrations_core::plan::{Plan, RepairRequest};
use tenon_tests::{OwnServer, Role, TestHost, TestServer, World, artifacts, request};

/// What the shelf's version 2.0 needs consent to, once there are books.
const COLUMN: &str = "drop-column:shelf.book.note";

/// Books in a shelf, whose plugin has something pending.
fn with_books() -> World {
    let world = World::with(&["shelf"]);
    world.heal_and_prove(&["shelf"]);
    world.sql("INSERT INTO shelf.book SELECT n, 'a', n, 'b' FROM generate_series(1, 500) AS n; ANALYZE");
    world.upgrade("shelf", "shelf_2_0");
    world
}

/// Books in a shelf, whose plan fails in its last statement but one: by hand somebody has made what it makes.
fn with_books_and_an_index() -> World {
    let world = with_books();
    world.sql("CREATE INDEX book_title_idx ON shelf.book (pages)");
    world
}

/// A role that heals this world, owns what it made, and may or may not create databases.
fn healer<'a>(world: &'a World, may: &str) -> Role<'a> {
    let role = Role::new(world, "healer");
    world.sql(&format!(
        "ALTER ROLE {0} {may}; GRANT CREATE ON DATABASE {1} TO {0}",
        role.name, world.database.name
    ));
    world.set_url(&role.url());
    role
}

fn consenting(purpose: Purpose) -> HealRequest {
    let allowed = [COLUMN.parse().unwrap()].into();
    HealRequest { repairs: RepairRequest { allowed, ..RepairRequest::default() }, purpose, ..request() }
}

fn rehearsed(host: &TestHost, request: &HealRequest) -> (Plan, Rehearsal) {
    match host.heal_as(request) {
        HealOutcome::Rehearsed { plan, rehearsal } => (plan, *rehearsal),
        other => panic!("{other:#?}"),
    }
}

/// All that a database holds, and what the log says of it.
fn everything(world: &World) -> (String, usize) {
    (world.database.contents(), world.host().audit().entries.len())
}

/// The log alone has grown, by a dry run that ended so.
fn nothing_but_an_entry(world: &World, before: &(String, String), result: AuditResult) -> AuditEntry {
    assert_eq!((world.database.schema(), world.ledger()), *before);
    let entry = world.host().audit().entries.remove(0);
    assert_eq!((entry.kind, entry.result), (Kind::DryRun, result), "{entry:#?}");
    world.tenon(&["audit", "verify"]).expect_code(0);
    entry
}

/// The locks that were held, without how long.
fn held(rehearsal: &Rehearsal) -> Vec<String> {
    let statement = |number: Option<usize>| number.map(|number| format!(" {number}")).unwrap_or_default();
    let one = |lock: &tenon_host::heal::HeldLock| {
        format!("{} {} {}{}", lock.relation, lock.mode, lock.taken_by, statement(lock.statement))
    };
    rehearsal.locks.iter().map(one).collect()
}

#[test]
fn a_rehearsal_of_a_good_plan_passes_and_leaves_nothing_behind() {
    let world = World::with(&["identity"]);
    let role = healer(&world, "CREATEDB");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.install("inventory");
    let before = everything(&world);
    let run = world.tenon(&["plan", "--rehearse"]).expect_code(2);
    for told in [
        "3 migrations of 1 plugin in this order",
        "The rehearsal in a copy of the schema went well, and was rolled back after",
        "The copy has no rows but those that migrations insert",
        ", as measured, of ",
    ] {
        assert!(run.out.contains(told), "{told} is not in {run:#?}");
    }
    assert!(!run.out.contains("the copy is not like the database"), "{}", run.out);
    assert!(run.err.contains("copying the schema") && run.err.contains("rolling back"), "{}", run.err);
    assert_eq!(everything(&world), before);
    let scratch = format!("SELECT count(*) FROM pg_database WHERE pg_get_userbyid(datdba) = '{}'", role.name);
    assert_eq!(world.sql(&scratch), "0");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.prove(&["identity", "inventory"]);
}

#[test]
fn a_rehearsal_before_the_first_heal_needs_no_ledger_and_makes_none() {
    let world = World::with(&["identity", "inventory"]);
    let run = world.tenon(&["plan", "--rehearse", "--json"]).expect_code(2);
    let plan = run.json();
    assert_eq!(plan["rehearsal"]["migrations"].as_array().map(Vec::len), Some(16), "{plan:#}");
    assert_eq!(plan["rehearsal"]["locks"], json!([]), "nothing stands there that could be locked");
    assert_eq!((world.ledger(), world.host().audit().entries.len()), (String::new(), 0));
    assert_eq!(world.database.schema(), tenon_tests::TestDatabase::new().schema());
}

#[test]
fn a_rehearsal_that_fails_names_the_statement_as_a_heal_would() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("fails_late");
    let before = everything(&world);
    let run = world.tenon(&["plan", "--rehearse"]).expect_code(1);
    assert!(run.out.contains("fails_late/0002_rows.sql"), "the plan is shown all the same: {run:#?}");
    for told in [
        "the rehearsal failed in fails_late/0002_rows.sql (migrate); everything was rolled back",
        "division by zero (SQLSTATE 22012)",
        "at fails_late/0002_rows.sql:6:1, statement 3",
    ] {
        assert!(run.err.contains(told), "{told} is not in {run:#?}");
    }
    let said = world.tenon(&["plan", "--rehearse", "--json"]).expect_code(1).json();
    assert_eq!(said["rehearsal"]["failure"]["sqlstate"], "22012");
    assert_eq!(said["locks"]["measured"], false, "what failed has not taken all its locks");
    assert_eq!(everything(&world), before);
}

#[test]
fn what_was_changed_by_hand_is_in_the_copy_too() {
    let world = with_books_and_an_index();
    world.sql("ALTER TABLE shelf.book ADD by_hand int DEFAULT 7; CREATE VIEW shelf.seen AS SELECT id FROM shelf.book");
    let host = world.host();
    let (_, rehearsal) = rehearsed(&host, &consenting(Purpose::Rehearsal));
    let failure = rehearsal.failure.unwrap();
    assert_eq!((failure.sqlstate.as_deref(), failure.statement), (Some("42P07"), Some(3)), "{failure:#?}");
    assert_eq!(rehearsal.copy_differs, Vec::<String>::new());
}

#[test]
fn a_copy_of_every_kind_of_object_is_like_the_original() {
    for role in ["reader", "writer", "keeper"] {
        TestServer::shared().make_role(role);
    }
    let plugins = ["every_kind", "gallery", "stars", "watcher", "identity", "orders", "inventory"];
    let world = World::with(&plugins);
    assert_eq!(world.host().heal_consenting().word(), "succeeded");
    world.sql(
        "COMMENT ON TABLE stars.item IS 'by hand'; ALTER TABLE orders.line DROP CONSTRAINT line_qty_check;
         ALTER TABLE inventory.item RENAME COLUMN qty TO quantity;
         ALTER TYPE inventory.state RENAME VALUE 'draft' TO 'sketch'",
    );
    world.install("shelf");
    let (plan, rehearsal) =
        rehearsed(&world.host(), &HealRequest { purpose: Purpose::Rehearsal, ..request() });
    assert_eq!(rehearsal.copy_differs, Vec::<String>::new());
    assert_eq!((rehearsal.failure, plan.files()), (None, vec!["shelf/0001_book.sql".to_owned()]));
}

#[test]
fn making_a_copy_changes_nothing_that_other_databases_share() {
    let world = World::with(&[]);
    let role = Role::new(&world, "shared");
    let (name, database) = (&role.name, &world.database.name);
    let files = [
        ("0001_a.sql".to_owned(), "CREATE SCHEMA brings_07; CREATE TABLE brings_07.a (b int)".to_owned()),
        (
            "0002_role.sql".to_owned(),
            format!("CREATE TABLE brings_07.c (d int); ALTER ROLE {name} SET work_mem = '5MB'"),
        ),
        (
            "0003_grant.sql".to_owned(),
            format!("CREATE TABLE brings_07.e (f int); GRANT CREATE ON DATABASE {database} TO {name}"),
        ),
    ];
    world.write_library("libbrings_07.so", &artifacts::bringing("brings_07", &files));
    assert_eq!(world.host().heal_consenting().word(), "succeeded");
    // Both were changed since, and a copy that runs the files again must not change them back.
    world.sql(&format!(
        "ALTER ROLE {name} SET work_mem = '9MB'; REVOKE CREATE ON DATABASE {database} FROM {name}"
    ));
    let shared = format!(
        "SELECT setconfig FROM pg_db_role_setting WHERE setrole = '{name}'::regrole;
         SELECT has_database_privilege('{name}', '{database}', 'CREATE')"
    );
    assert_eq!(world.sql(&shared), "{work_mem=9MB}\nf");
    world.install("shelf");
    let (_, rehearsal) = rehearsed(&world.host(), &HealRequest { purpose: Purpose::Rehearsal, ..request() });
    assert_eq!((rehearsal.failure, rehearsal.copy_differs), (None, Vec::new()));
    let why = "it changes what all databases of the server share";
    let lacks = ["0002_role.sql", "0003_grant.sql"].map(|file| format!("brings_07/{file}: {why}"));
    assert_eq!(rehearsal.copy_lacks, lacks);
    assert_eq!(world.sql(&shared), "{work_mem=9MB}\nf");
}

#[test]
fn a_copy_puts_checks_off_as_the_heal_did() {
    let world = World::with(&["defers"]);
    drop(world.heal_and_prove(&["defers"]));
    world.install("shelf");
    let (_, rehearsal) = rehearsed(&world.host(), &HealRequest { purpose: Purpose::Rehearsal, ..request() });
    let lacks = (rehearsal.copy_lacks, rehearsal.copy_differs);
    assert_eq!((rehearsal.failure, lacks), (None, (Vec::new(), Vec::new())));
}

#[test]
fn what_could_not_be_applied_again_in_the_copy_is_told() {
    let world = World::with(&[]);
    world.sql("CREATE TABLE public.by_hand AS SELECT 7 AS n");
    let files = [
        ("0001_a.sql".to_owned(), "CREATE SCHEMA brings_08; CREATE TABLE brings_08.a (n int)".to_owned()),
        ("0002_rows.sql".to_owned(), "INSERT INTO brings_08.a SELECT n FROM public.by_hand".to_owned()),
    ];
    world.write_library("libbrings_08.so", &artifacts::bringing("brings_08", &files));
    assert_eq!(world.host().heal().word(), "succeeded");
    world.install("shelf");
    let run = world.tenon(&["plan", "--rehearse"]).expect_code(2);
    let (_, told) = run.out.split_once("Not applied again in the copy").unwrap();
    let (_, told) = told.split_once("brings_08/0002_rows.sql: ").unwrap();
    assert!(told.contains("relation \"public.by_hand\" does not exist"), "{run:#?}");
}

#[test]
fn measured_locks_take_the_place_of_the_estimate_and_are_no_fewer() {
    let world = with_books();
    let host = world.host();
    let without = Default::default();
    let repairs = consenting(Purpose::Heal).repairs;
    let estimated = host.wait(host.host.plan(&without, &repairs)).unwrap().locks;
    assert!(!estimated.measured);
    let (plan, rehearsal) = rehearsed(&host, &consenting(Purpose::Rehearsal));
    assert!(plan.locks.measured && plan.locks.needed >= estimated.needed, "{plan:#?} {estimated:?}");
    assert_eq!(plan.locks.needed, rehearsal.lock_entries);
    // The host goes on to say so of this very plan.
    assert_eq!(host.wait(host.host.plan(&without, &repairs)).unwrap().locks.needed, rehearsal.lock_entries);
}

#[test]
fn more_locks_than_there_is_room_for_are_refused_once_they_were_measured() {
    let server = OwnServer::start_with("-c max_locks_per_transaction=10 -c max_connections=15");
    server.sql("postgres", "CREATE DATABASE small");
    let world = World::with(&["many_tables"]);
    world.set_url(&server.url("small"));
    let tables = [("TENON_BENCH_TABLES", "10")];
    let estimated = world.tenon_with(&tables, &["plan", "--json"]).expect_code(2).json();
    let rehearsed = world.tenon_with(&tables, &["plan", "--rehearse"]).expect_code(5);
    let measured = world.tenon_with(&tables, &["plan", "--rehearse", "--json"]).expect_code(5).json();
    let needed = |plan: &Value| plan["locks"]["needed"].as_u64().unwrap();
    assert!(needed(&estimated) < 150 && needed(&measured) > 150, "{estimated:#} {measured:#}");
    let refusal = &measured["refusals"][0];
    assert_eq!(refusal["rule"], "lock-budget");
    let reason = refusal["reason"].as_str().unwrap();
    let exactly = format!("it needs {} locks, and the server has room for 150", needed(&measured));
    assert!(reason.starts_with(&exactly), "{reason}");
    // With a tenth to spare.
    let setting = (needed(&measured) * 11 / 10).div_ceil(15);
    let remedy = refusal["remedy"].as_str().unwrap();
    assert!(
        remedy.starts_with(&format!("set max_locks_per_transaction to {setting} on the server")),
        "{remedy}"
    );
    assert!(rehearsed.err.contains("refused for 1 reason; everything was rolled back"), "{}", rehearsed.err);
    assert!(rehearsed.err.contains("set max_locks_per_transaction to"), "{}", rehearsed.err);
    assert_eq!(
        server.sql("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'tenon_scratch%'"),
        "0"
    );
}

#[test]
fn a_role_that_may_create_no_database_is_told_so_and_the_plan_is_shown() {
    let world = World::with(&["identity"]);
    let role = healer(&world, "NOCREATEDB");
    let run = world.tenon(&["plan", "--rehearse"]).expect_code(3);
    assert!(
        run.out.contains("identity/0001_accounts.sql") && run.out.contains("Locks: at least "),
        "{run:#?}"
    );
    for told in [
        "the plan was not rehearsed".to_owned(),
        format!("`ALTER ROLE {} CREATEDB` lets it", role.name),
        "`tenon heal --dry-run`".to_owned(),
    ] {
        assert!(run.err.contains(&told), "{told} is not in {run:#?}");
    }
    let said = world.tenon(&["plan", "--rehearse", "--json"]).expect_code(3).json();
    assert!(said["not_rehearsed"].as_str().unwrap().contains("CREATEDB"), "{said:#}");
    world.sql(&format!("ALTER ROLE {} CREATEDB", role.name));
    let run = world.tenon(&["plan", "--rehearse"]).expect_code(2);
    assert!(run.out.contains("The rehearsal in a copy of the schema went well"), "{run:#?}");
    world.sql(&format!("ALTER ROLE {} NOCREATEDB", role.name));
    // Another role makes the copy, and the plan is tried as that one.
    world.set(&format!("[database]\nscratch_url = \"{}\"", TestServer::shared().url("postgres")));
    let run = world.tenon(&["plan", "--rehearse"]).expect_code(2);
    assert!(run.out.contains("The rehearsal in a copy of the schema went well"), "{run:#?}");
    // It may do what the heal does.
    world.tenon(&["heal", "--dry-run", "--yes", "--as", "ops"]).expect_code(0);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
}

#[test]
fn a_dry_run_shows_how_long_each_lock_was_held_and_is_recorded_as_one() {
    let world = with_books();
    let before = (world.database.schema(), world.ledger());
    let rows = world.sql("SELECT sum(hashtext(book::text)) FROM shelf.book AS book");
    world.tenon(&["heal", "--dry-run", "--yes", "--as", "ops"]).expect_code(5);
    let arguments = ["heal", "--dry-run", "--yes", "--as", "ops", "--allow", COLUMN];
    let run = world.tenon(&arguments).expect_code(0);
    for told in [
        "The dry run (heal ",
        "went well, and was rolled back after",
        "What sequences gave out",
        ", as measured, of ",
    ] {
        assert!(run.out.contains(told), "{told} is not in {run:#?}");
    }
    let locked = run.out.lines().find(|line| line.contains("shelf.book ")).unwrap();
    assert!(locked.contains("ACCESS EXCLUSIVE") && locked.contains(" ms"), "{locked}");
    nothing_but_an_entry(&world, &before, AuditResult::Succeeded);
    assert!(world.tenon(&["audit", "list"]).out.contains("dry run of shelf/0002_less.sql"));
    assert_eq!(world.sql("SELECT sum(hashtext(book::text)) FROM shelf.book AS book"), rows);

    let host = world.host();
    let (plan, rehearsal) = rehearsed(&host, &consenting(Purpose::DryRun));
    let locks = held(&rehearsal);
    assert_eq!(locks[0..1], ["shelf.book ACCESS EXCLUSIVE shelf/0002_less.sql 1"], "{locks:#?}");
    assert!(locks.contains(&"shelf.draft ACCESS EXCLUSIVE shelf/0002_less.sql 4".to_owned()), "{locks:#?}");
    assert!(locks.contains(&"tenon.migration ROW EXCLUSIVE the ledger".to_owned()), "{locks:#?}");
    assert!(rehearsal.locks[0].held_ms <= rehearsal.duration_ms, "{rehearsal:#?}");
    assert!(plan.locks.measured);
    let heal = rehearsal.heal.unwrap();
    assert_eq!(nothing_but_an_entry(&world, &before, AuditResult::Succeeded).heal, heal);
    assert_eq!(host.heal_as(&consenting(Purpose::Heal)).word(), "succeeded");
    world.prove(&["shelf_2_0"]);
}

#[test]
fn a_dry_run_that_fails_half_way_says_of_what_and_what_it_had_locked() {
    let world = with_books_and_an_index();
    let before = (world.database.schema(), world.ledger());
    let arguments = ["heal", "--dry-run", "--yes", "--as", "ops", "--allow", COLUMN];
    let run = world.tenon(&arguments).expect_code(1);
    assert!(run.err.contains("the dry run failed in shelf/0002_less.sql (migrate)"), "{run:#?}");
    assert!(run.err.contains("\"book_title_idx\" already exists (SQLSTATE 42P07)"), "{run:#?}");
    assert!(run.out.contains("failed, and was rolled back after"), "{run:#?}");
    let entry = nothing_but_an_entry(&world, &before, AuditResult::Failed);
    assert_eq!(entry.error.unwrap().sqlstate.as_deref(), Some("42P07"));
    let (_, rehearsal) = rehearsed(&world.host(), &consenting(Purpose::DryRun));
    assert_eq!(held(&rehearsal)[0], "shelf.book ACCESS EXCLUSIVE shelf/0002_less.sql 1");
}

#[test]
fn a_dry_run_is_stopped_by_a_signal_and_others_are_told_whose_it_is() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("inventory");
    world.set("[heal]\nwait = \"100ms\"\nlock_timeout = \"30s\"");
    let before = (world.database.schema(), world.ledger());
    let blocked = world.database.hold("LOCK TABLE tenon.migration IN SHARE MODE");
    let mut command = world.command();
    let command = command.args(["heal", "--dry-run", "--yes", "--as", "grace"]).stderr(Stdio::piped());
    let running = command.spawn().unwrap();
    world.database.wait_until_blocked();
    let HealOutcome::Busy { holder } = world.host().heal() else { panic!("two at once") };
    assert!(holder.to_string().starts_with("a dry run by grace on "), "{holder}");
    let signal = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(signal.success());
    let ended = running.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(6), "{}", String::from_utf8_lossy(&ended.stderr));
    drop(blocked);
    assert_eq!((world.database.schema(), world.ledger()), before);
    let entries = world.host().audit().entries;
    let told: Vec<_> = entries.iter().take(2).map(|entry| (entry.kind, entry.result)).collect();
    assert_eq!(told, [(Kind::Heal, AuditResult::TurnedAway), (Kind::DryRun, AuditResult::Cancelled)]);
}

#[test]
fn a_rehearsal_that_is_stopped_leaves_no_scratch_database_behind() {
    let world = World::with(&["many_tables"]);
    let role = healer(&world, "CREATEDB");
    let mut command = world.command();
    let command = command.args(["plan", "--rehearse"]).env("TENON_BENCH_TABLES", "500");
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let scratch =
        format!("SELECT count(*) > 0 FROM pg_database WHERE pg_get_userbyid(datdba) = '{}'", role.name);
    world.database.wait_until(&scratch);
    assert!(Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap().success());
    let ended = running.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(6), "{said}");
    assert!(said.contains("the rehearsal was stopped; everything was rolled back"), "{said}");
    let shown = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(shown.contains("many_tables/0001_tables.sql"), "{shown}");
    assert_eq!(world.sql(&scratch), "f");
    assert_eq!((world.ledger(), world.host().audit().entries.len()), (String::new(), 0));
}

#[test]
fn a_server_that_falls_silent_while_a_copy_is_made_is_given_up() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("shelf");
    let proxy = world.by_proxy();
    proxy.up();
    // On a busy machine a database is not made in a second.
    world.set("[database]\nstatement_timeout = \"10s\"\nlock_timeout = \"1s\"");
    proxy.silenced_by(Some("SAVEPOINT tenon_copy"));
    let run = world.tenon(&["plan", "--rehearse"]).expect_code(3);
    assert!(run.err.contains("the server did not answer within 16 s"), "{run:#?}");
}

#[test]
fn what_a_killed_process_left_behind_is_dropped_and_what_is_in_use_is_not() {
    let server = OwnServer::start();
    let world = World::with(&["many_tables"]);
    world.set_url(&server.url("postgres"));
    let ask = |sql: &str| server.sql("postgres", &format!("{sql} WHERE datname LIKE 'tenon_scratch%'"));
    let scratch = || ask("SELECT string_agg(datname, ',') FROM pg_database");
    let until = |expected: &dyn Fn(usize) -> bool| {
        let within = Instant::now() + Duration::from_secs(30);
        while !expected(ask("SELECT count(*) FROM pg_stat_activity").parse().unwrap()) {
            assert!(Instant::now() < within, "not so many are connected to a scratch database");
        }
    };
    let signal = |name: &str, process: &Child| {
        assert!(Command::new("kill").args([name, &process.id().to_string()]).status().unwrap().success());
    };
    // One that stands still in the middle, however slow the machine is.
    let rehearsing = || {
        let mut command = world.command();
        command.args(["plan", "--rehearse"]).env("TENON_BENCH_TABLES", "500");
        let running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Whoever made it, and who rehearses in it.
        until(&|connected| connected >= 2);
        signal("-STOP", &running);
        running
    };
    let mut killed = rehearsing();
    let left = scratch();
    killed.kill().unwrap();
    killed.wait().unwrap();
    until(&|connected| connected == 0);
    assert_eq!(scratch(), left, "nobody was there to drop it");
    // As a DROP DATABASE leaves it that is cut off: nobody can connect to it, and it can only be dropped.
    server.sql("postgres", &format!("UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{left}'"));
    let mut slow = rehearsing();
    let in_use = scratch();
    assert!(in_use != left && !in_use.contains(','), "{left} was not dropped: {in_use}");
    world.tenon(&["plan", "--rehearse"]).expect_code(2);
    assert_eq!(scratch(), in_use, "one was dropped in which somebody was");
    signal("-CONT", &slow);
    assert_eq!(slow.wait().unwrap().code(), Some(2));
    assert_eq!(scratch(), "");
}

#[test]
fn page_api_and_program_rehearse_alike() {
    let world = with_books();
    let serving = world.serve();
    let before = (world.database.schema(), world.ledger());
    let hash = serving.get_as_admin("/api/v1/plan").json()["hash"].clone();
    let body = |purpose: &str| json!({ "plan_hash": hash, "allow": [COLUMN], "purpose": purpose });
    let by_api = |purpose: &str| {
        let answer = serving.post_as_admin("/api/v1/heal", &body(purpose)).expect_status(200).json();
        assert_eq!(answer["result"], "rehearsed", "{answer:#}");
        answer["rehearsal"].clone()
    };
    let by_program = world.tenon(&["plan", "--rehearse", "--json", "--allow", COLUMN]).expect_code(2).json();
    assert_eq!(alike(&by_api("rehearsal")), alike(&by_program["rehearsal"]));
    let dry_run = ["heal", "--dry-run", "--yes", "--as", "ops", "--json", "--allow", COLUMN];
    let by_program = world.tenon(&dry_run).expect_code(0);
    let last: Value = serde_json::from_str(by_program.out.lines().last().unwrap()).unwrap();
    assert_eq!(alike(&by_api("dry_run")), alike(&last["rehearsal"]));
    serving.post_with_key("/api/v1/heal", "a-key", &body("dry_run")).expect_status(400);

    serving.log_in();
    let hash = hash.as_str().unwrap();
    for (purpose, heading) in [("rehearsal", "The rehearsal went well"), ("dry_run", "The dry run went well")]
    {
        let form = [("plan_hash", hash), ("allow", COLUMN), ("purpose", purpose)];
        let page = serving.heal_by_page(&form);
        assert!(page.text.contains(heading) && page.text.contains("shelf/0002_less.sql"), "{}", page.text);
        assert!(page.text.contains("ACCESS EXCLUSIVE"), "{}", page.text);
    }
    serving.post_form("/heal", &[("plan_hash", hash), ("purpose", "fun")]).expect_status(400);
    assert_eq!((world.database.schema(), world.ledger()), before);
    let kinds = "SELECT body::json ->> 'kind', count(*) FROM tenon.audit WHERE event = 'started' GROUP BY 1 ORDER BY 1";
    assert_eq!(world.sql(kinds), "dry_run|3\nheal|1");
}

/// What does not differ from run to run.
fn alike(rehearsal: &Value) -> Value {
    let names = |list: &Value, keys: &[&str]| {
        let of = |item: &Value| keys.iter().map(|key| item[*key].clone()).collect::<Vec<_>>();
        list.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    json!({
        "purpose": rehearsal["purpose"],
        "migrations": names(&rehearsal["migrations"], &["migration"]),
        "locks": names(&rehearsal["locks"], &["relation", "mode", "taken_by", "statement"]),
        "failure": rehearsal["failure"],
    })
}

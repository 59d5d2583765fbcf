//! Where a check works: as a role with few rights, on a hot standby, behind a pooler, beside locks and heals.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tenon_host::audit::AuditResult;
use tenon_host::database::bounds::Bounds;
use tenon_host::database::connect::Database;
use tenon_host::database::unavailable::Unavailable;
use tenon_host::heal::HealRequest;
use tenon_host::schema::state;
use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::health::Status;
use tenon_tests::{Pooler, PrimaryAndStandby, Role, World, request};

#[test]
fn a_role_that_may_read_the_ledger_and_nothing_else_sees_all_drift() {
    let world = World::with(&["gallery"]);
    drop(world.heal_and_prove(&["gallery"]));
    let role = Role::new(&world, "reading");
    world.set_url(&role.url());
    let missing = |grant: &str| {
        let report = world.host().check();
        assert_eq!(report.status, Status::Unknown);
        let trouble = report.database.trouble.clone().unwrap();
        assert_eq!(trouble.kind, Unavailable::NotPermitted, "{trouble:#?}");
        assert!(trouble.remedy.contains(grant), "{trouble:#?}");
        world.sql(&format!("{} {}", grant, role.name));
    };
    missing("GRANT USAGE ON SCHEMA tenon TO");
    missing("GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO");
    let host = world.host();
    assert_eq!(host.findings(), []);
    world.sql(
        "ALTER TABLE gallery.room DROP CONSTRAINT room_is_wide; CREATE POLICY p ON gallery.room USING (true)",
    );
    let found: Vec<_> = host.findings().into_iter().map(|finding| finding.object).collect();
    assert_eq!(found, ["constraint gallery.room.room_is_wide", "policy gallery.room.p"]);
}

#[test]
fn a_hot_standby_is_checked_in_full_and_not_healed() {
    let pair = PrimaryAndStandby::start();
    pair.sql("postgres", "CREATE DATABASE app");
    let world = World::with(&["gallery"]);
    world.set_url(&pair.primary.url("app"));
    assert_eq!(world.host().heal().word(), "succeeded");
    pair.catch_up();
    world.set_url(&pair.standby.url("app"));
    let host = world.host();
    let report = host.check();
    assert_eq!((report.status, report.findings().count()), (Status::Healthy, 0), "{report:#?}");
    pair.sql("app", "ALTER TABLE gallery.room DROP CONSTRAINT room_is_wide");
    let found: Vec<_> = host.findings().into_iter().map(|finding| finding.message).collect();
    assert_eq!(found, ["constraint gallery.room.room_is_wide is missing"]);
    world.tenon(&["schema", "read"]).expect_code(0);
    world.install("stars");
    let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(5);
    assert!(run.err.contains("the database is a hot standby; nothing was run"), "{}", run.err);
    assert!(
        world
            .host()
            .audit()
            .entries
            .iter()
            .all(|entry| !entry.files.iter().any(|file| file.contains("stars")))
    );
}

#[test]
fn behind_a_pooler_that_lends_connections_for_a_transaction_all_goes_as_without() {
    let world = World::with(&["gallery", "stars"]);
    let pooler = Pooler::start();
    world.set_url(&pooler.url(&world.database.name));
    let host = world.host();
    assert_eq!(host.check().status, Status::Drifted, "{}", pooler.log());
    assert!(!host.plan().steps.is_empty());
    drop(host);
    drop(world.heal_and_prove(&["gallery", "stars"]));
    let entry = world.host().audit().entries.remove(0);
    assert_eq!(entry.result, AuditResult::Succeeded);
    world.sql("ALTER TABLE gallery.room DROP CONSTRAINT room_is_wide");
    let host = world.host();
    for _ in 0..5 {
        assert_eq!(host.findings().len(), 1);
    }
    world.tenon(&["schema", "read"]).expect_code(0);
}

#[test]
fn behind_a_pooler_too_nothing_waits_longer_than_the_bounds() {
    let world = World::with(&["gallery"]);
    drop(world.heal_and_prove(&["gallery"]));
    let pooler = Pooler::start();
    world.set_url(&pooler.url(&world.database.name));
    world.set("[database]\nlock_timeout = \"300ms\"");
    let _held = world.database.hold("LOCK TABLE gallery.room");
    let host = world.host();
    let began = Instant::now();
    assert_eq!(host.check().status, Status::Unknown);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn behind_a_pooler_too_the_audit_log_is_neither_read_nor_written_without_end() {
    let world = World::with(&["gallery"]);
    drop(world.heal_and_prove(&["gallery"]));
    let pooler = Pooler::start();
    world.set_url(&pooler.url(&world.database.name));
    world.set("[database]\nlock_timeout = \"300ms\"\n[heal]\nlock_timeout = \"300ms\"\nwait = \"0s\"");
    world.install("stars");
    let held = world.database.hold("LOCK TABLE tenon.audit");
    let host = world.host();
    let began = Instant::now();
    let log = host.audit();
    assert!(log.trouble.is_some_and(|trouble| trouble.kind == Unavailable::TimedOut));
    drop(held);
    let held = world.database.hold("LOCK TABLE tenon.audit IN SHARE MODE");
    assert_eq!(host.heal().word(), "failed");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let entry = host.audit().entries.remove(0);
    assert!(
        entry.spooled && entry.error.is_some(),
        "what the table does not take waits in the spool: {entry:#?}"
    );
    drop(held);
}

#[test]
fn a_table_that_somebody_locks_is_unknown_within_the_bound_and_says_who() {
    let world = World::with(&["gallery"]);
    drop(world.heal_and_prove(&["gallery"]));
    world.set("[database]\nlock_timeout = \"300ms\"");
    let held = world.database.hold("SET application_name = 'the nightly job'; LOCK TABLE gallery.room");
    let host = world.host();
    let began = Instant::now();
    let report = host.check();
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(report.status, Status::Unknown);
    let trouble = report.database.trouble.clone().unwrap();
    assert_eq!(trouble.kind, Unavailable::TimedOut);
    assert!(trouble.message.contains("the nightly job (process "), "{}", trouble.message);
    assert!(trouble.message.contains("holds gallery.room"), "{}", trouble.message);
    drop(held);
    assert_eq!(host.findings(), []);
}

/// Does this while DDL is committed again and again, hundreds of times a second.
fn in_a_storm_of_ddl<T>(world: &World, work: impl FnOnce() -> T) -> T {
    world.sql("CREATE TABLE public.calm (); CREATE TABLE public.storm (gusts int)");
    let storm = "DO $$ BEGIN FOR gust IN 1..1000000 LOOP \
        EXECUTE format('COMMENT ON TABLE public.storm IS %L', gust); \
        EXECUTE format('ALTER TABLE public.storm ALTER gusts SET DEFAULT %s', gust); \
        COMMIT; EXIT WHEN to_regclass('public.calm') IS NULL; END LOOP; END $$";
    std::thread::scope(|scope| {
        let blowing = scope.spawn(|| world.sql(storm));
        world.database.wait_until("SELECT obj_description('public.storm'::regclass)::int > 10");
        let done = work();
        world.sql("DROP TABLE public.calm");
        blowing.join().unwrap();
        done
    })
}

#[test]
fn two_sessions_read_a_catalog_and_one_where_no_more_are_to_be_had() {
    let world = World::with(&["gallery"]);
    drop(world.heal_and_prove(&["gallery"]));
    for (sessions, settings) in [(2, ""), (1, "[database]\npool_size = 1")] {
        world.set(settings);
        let host = world.host();
        assert_eq!((host.check().status, host.findings()), (Status::Healthy, Vec::new()));
        // Those of the host before are ending.
        world.database.wait_until(&format!(
            "SELECT count(*) = {sessions} FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name = 'tenon' AND state = 'idle'"
        ));
    }
}

#[test]
fn a_reading_that_ddl_tears_again_and_again_is_unknown_and_never_drift() {
    let world = World::with(&["gallery"]);
    let host = world.heal_and_prove(&["gallery"]);
    let (report, read, diff) = in_a_storm_of_ddl(&world, || {
        let host = world.host();
        (host.check(), world.tenon(&["schema", "read"]), world.tenon(&["check"]))
    });
    let trouble = report.database.trouble.as_ref().unwrap();
    let torn = "the catalog was changing: 4 readings in a row were torn by concurrent DDL";
    assert!(trouble.message.ends_with(torn), "{}", trouble.message);
    assert_eq!(report.status, Status::Unknown);
    assert!(report.findings().all(|finding| finding.cause == Cause::Unknown), "{report:#?}");
    assert!(read.code == 3 && read.err.contains(torn), "{read:#?}");
    assert_eq!(diff.code, 3, "{diff:#?}");
    assert_eq!((host.check().status, host.findings()), (Status::Healthy, Vec::new()), "and then it is calm");
}

#[test]
fn ddl_beside_checks_waits_for_none_of_them_longer_than_a_reading() {
    // pg_get_viewdef locks the tables of a view until the reading ends.
    let world = World::with(&["gallery", "stars"]);
    drop(world.heal_and_prove(&["gallery", "stars"]));
    let ended = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let checks = scope.spawn(|| {
            let mut checks = 0;
            while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                // A new host has seen nothing and reads everything.
                world.host().check();
                checks += 1;
            }
            checks
        });
        let ddl = scope.spawn(|| {
            for extra in 0..40 {
                let alter = "ALTER TABLE stars.item ALTER extra SET DEFAULT";
                // On a busy machine a reading takes its time, but less than a check waits for a lock.
                world.sql(&format!("SET lock_timeout = '3s'; {alter} '{extra}'"));
            }
        });
        let ddl = ddl.join();
        ended.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(checks.join().unwrap() > 1);
        ddl.unwrap();
    });
}

#[test]
fn once_it_has_read_a_check_holds_no_lock_at_all() {
    let world = World::with(&["gallery", "stars"]);
    let host = world.heal_and_prove(&["gallery", "stars"]);
    let scope = BTreeSet::from(["gallery".into(), "stars".into(), "tenon".into()]).into();
    let database = Database::new(&world.url().into(), "the test", None, None).unwrap();
    let (locks, pid) = host.wait(async {
        let (client, _connection) = database.connect().await.unwrap();
        let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
        let mut seen = None;
        state::read(&client, None, Bounds::default(), &scope, &mut seen).await.unwrap();
        assert!(!seen.unwrap().state.live.objects.is_empty());
        let locks =
            world.sql(&format!("SELECT count(*) FROM pg_locks WHERE pid = {pid} AND locktype = 'relation'"));
        (locks, pid)
    });
    assert_eq!(locks, "0", "process {pid}");
}

#[test]
fn a_check_beside_a_running_heal_says_so_and_finds_no_phantom() {
    let world = World::with(&["gallery"]);
    drop(world.heal_and_prove(&["gallery"]));
    world.install("stars");
    let (healing, checking) = (world.host(), world.host());
    // The heal comes to its ledger row, and no further.
    let held = world.database.hold("LOCK TABLE tenon.migration IN SHARE MODE");
    std::thread::scope(|scope| {
        let running =
            scope.spawn(|| healing.heal_as(&HealRequest { admin: "grace".to_owned(), ..request() }));
        world.database.wait_until_blocked();
        let report = checking.check();
        let told = report.database.running_heal.clone().unwrap_or_default();
        assert!(told.contains("a heal by grace") && told.contains("since"), "{told}");
        assert!(report.findings().all(|finding| finding.plugin.as_str() == "stars"), "{report:#?}");
        let text = world.tenon(&["check"]).out;
        assert!(text.contains("a heal is running") && text.contains("grace"), "{text}");
        drop(held);
        assert_eq!(running.join().unwrap().word(), "succeeded");
    });
    let report = checking.check();
    assert_eq!((report.status, report.database.running_heal.clone()), (Status::Healthy, None));
}

#[test]
fn what_a_reindex_leaves_behind_when_it_is_cut_off_is_told_as_that() {
    let world = World::with(&["gallery"]);
    let host = world.heal_and_prove(&["gallery"]);
    let name = &world.database.name;
    // The rebuild waits for this writer, and is cut off while it does.
    let held = world.database.hold("INSERT INTO gallery.room (name, width) VALUES ('hall', 20)");
    world.sql(&format!("ALTER DATABASE {name} SET statement_timeout = '700ms'"));
    world.database.refuses("REINDEX INDEX CONCURRENTLY gallery.room_tags_idx");
    world.sql(&format!("ALTER DATABASE {name} RESET ALL"));
    drop(held);
    let left =
        "SELECT count(*) FROM pg_index WHERE NOT indisvalid AND indexrelid::regclass::text LIKE '%ccnew'";
    assert_eq!(world.sql(left), "1");
    let findings = host.findings();
    let causes: Vec<_> = findings.iter().filter_map(|finding| finding.probable_cause.as_deref()).collect();
    assert_eq!(causes, ["a REINDEX CONCURRENTLY that failed or was cut off, and left this behind"]);
}

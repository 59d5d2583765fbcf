//! A check, against one more round of the same catalog queries in a psql that has run them before: neither
//! pays for a process or a connection.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tenon_migrations_core::health::Status;
use tenon_tests::{TestHost, World};

use super::floor::{Queries, objects};
use super::{memory_kib, print, succeeded, timed};

/// What tells a process to measure the memory of a check: where the world of another process is, and the
/// address of its database.
const PLACE: &str = "TENON_BENCH_PLACE";
const ADDRESS: &str = "TENON_BENCH_ADDRESS";
const OBJECTS: &str = "TENON_BENCH_OBJECTS";

pub(super) fn check(tables: &str) {
    if let Some(place) = std::env::var_os(PLACE) {
        return memory(tables, Path::new(&place));
    }
    let world = World::with(&["many_tables"]);
    let host = world.host();
    succeeded(&host.heal());
    world.sql("ANALYZE");
    assert_eq!(host.check().status, Status::Healthy);
    let floor = Queries::write(world.path());
    let rounds = if tables.len() > 4 { 3 } else { 7 };
    let measure = |case: &str, before: &dyn Fn(usize), status: Status| {
        let round = |round: usize| {
            before(round);
            let ours = timed(|| assert_eq!(host.check().status, status));
            (ours, floor.round(&world.database))
        };
        let rounds: Vec<_> = (0..rounds).map(round).collect();
        print(&format!("check, {tables} tables, {case}"), "psql, the catalog queries alone", &rounds);
    };
    measure("everything", &|_| host.wait(host.host.forget()), Status::Healthy);
    host.check();
    measure("unchanged", &|_| drop(host.check()), Status::Healthy);
    let elsewhere = "CREATE TABLE IF NOT EXISTS elsewhere (n int); INSERT INTO elsewhere VALUES (1)";
    world.sql(elsewhere);
    host.check();
    measure(
        "unchanged, rows written",
        &|_| drop(world.sql("INSERT INTO elsewhere VALUES (1)")),
        Status::Healthy,
    );
    let table = "ALTER TABLE many_tables.t7";
    world.sql(&format!("{table} ADD COLUMN more text"));
    host.check();
    let change = |round: usize| {
        let column = if round.is_multiple_of(2) { "DROP COLUMN more" } else { "ADD COLUMN more text" };
        world.sql(&format!("{table} {column}, ALTER COLUMN size SET DEFAULT {round}"));
    };
    measure("one change", &change, Status::Drifted);
    idle(tables, &world, &host);
    drop(host);
    let this = Command::new(std::env::current_exe().unwrap())
        .arg("check")
        .env(PLACE, world.path())
        .env(ADDRESS, world.url())
        .env(OBJECTS, world.sql(&objects()))
        .status();
    assert!(this.unwrap().success());
}

/// How many checks of a host that checks by itself are measured together: one alone takes less than a tick.
const IDLE: u32 = 1000;

/// What the server spends on checks by a host that serves, where nothing has changed, and where only rows
/// were written.
fn idle(tables: &str, world: &World, host: &TestHost) {
    host.check();
    let (before, took) = (of_server(world), timed(|| (0..IDLE).for_each(|_| drop(host.check()))));
    let spent = of_server(world) - before;
    let told = |checks, what: &str, spent: Duration, took: Duration| {
        println!(
            "check, {tables} tables, {checks} idle self-checks, {what}: the server spent {} ms, and they took {} ms",
            spent.as_millis(),
            took.as_millis()
        );
    };
    told(IDLE, "nothing written", spent, took);
    let (mut spent, mut took) = (Duration::ZERO, Duration::ZERO);
    let some = IDLE / 10;
    for _ in 0..some {
        world.sql("INSERT INTO elsewhere VALUES (1)");
        let before = of_server(world);
        took += timed(|| drop(host.check()));
        spent += of_server(world).saturating_sub(before);
    }
    told(some, "rows written before each", spent, took);
}

/// What the server's sessions for this database have spent on a processor. (proc_pid_stat(5): the 14th and
/// the 15th field, of which the second may hold blanks; 100 ticks a second.)
fn of_server(world: &World) -> Duration {
    let pids = world.sql(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' \
         AND pid <> pg_backend_pid()",
    );
    let ticks = pids.lines().map(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    });
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

/// What a check of the database of the process that started this one needs.
fn memory(tables: &str, place: &Path) {
    let variable = |name| std::env::var(name).unwrap();
    let host = TestHost::of(place, &variable(ADDRESS), Some("shared"));
    let before = memory_kib("VmRSS");
    host.check();
    let peak = memory_kib("VmHWM");
    let objects: u64 = variable(OBJECTS).parse().unwrap();
    println!(
        "check, {tables} tables: peak memory {} MiB, {} of them for the check, {} bytes an object ({objects} objects)",
        peak / 1024,
        (peak - before) / 1024,
        (peak - before) * 1024 / objects
    );
}

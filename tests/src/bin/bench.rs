//! Measures Tenon and its floor in one run, and prints the ratio: `bench check|heal [TABLES]`.
//!
//! The plugin `many_tables` makes the tables; how many, it reads from the environment, which only a new
//! process can be given safely. So each measurement is a process of its own, started by the first; and the
//! memory of a check is measured in one more, which has done nothing else.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use tenon_host::pipeline;
use tenon_host::postgres::catalog;
use tenon_host::postgres::heal::HealOutcome;
use tenon_migrations_core::health::Status;
use tenon_migrations_core::reading::Kind;
use tenon_tests::{Server, TestDatabase, TestHost, World};

/// What tells a process that it is to measure, and the plugin how many tables to bring.
const TABLES: &str = "TENON_BENCH_TABLES";
/// What tells a process to measure the memory of a check: where the world of another process is, and the
/// address of its database.
const PLACE: &str = "TENON_BENCH_PLACE";
const ADDRESS: &str = "TENON_BENCH_ADDRESS";
const OBJECTS: &str = "TENON_BENCH_OBJECTS";
const SCHEMAS: &str = "'{core,many_tables,tenon}'::name[]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let measure = match arguments.first().map(String::as_str) {
        Some("check") => check as fn(&str),
        Some("heal") => heal,
        _ => return usage(),
    };
    if let Ok(tables) = std::env::var(TABLES) {
        measure(&tables);
        return ExitCode::SUCCESS;
    }
    let sizes = match arguments.get(1) {
        Some(tables) if tables.parse::<u32>().is_ok_and(|tables| tables > 0) => vec![tables.as_str()],
        Some(_) => return usage(),
        None if arguments[0] == "check" => vec!["100", "1000", "10000"],
        None => vec!["100", "1000"],
    };
    for tables in sizes {
        let this = std::env::current_exe().unwrap();
        let ended = Command::new(this).arg(&arguments[0]).env(TABLES, tables).status().unwrap();
        if !ended.success() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: bench check|heal [TABLES]");
    ExitCode::from(64)
}

/// A check on a warm connection, against one more round of the same catalog queries in a psql that has run
/// them before: neither pays for a process or a connection.
fn check(tables: &str) {
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
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            before(round);
            ours.push(timed(|| assert_eq!(host.check().status, status)));
            theirs.push(floor.round(&world.database));
        }
        let what = format!("check, {case}");
        print(&what, tables, "psql, the catalog queries alone", median(ours), median(theirs));
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
    drop(host);
    let this = Command::new(std::env::current_exe().unwrap())
        .arg("check")
        .env(PLACE, world.path())
        .env(ADDRESS, world.url())
        .env(OBJECTS, world.sql(&objects()))
        .status();
    assert!(this.unwrap().success());
}

/// What a check of the database of the process that started this one needs.
fn memory(tables: &str, place: &Path) {
    let variable = |name| std::env::var(name).unwrap();
    let host = TestHost::of(place, &variable(ADDRESS));
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

/// A figure of this process as Linux tells it, in KiB.
fn memory_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The catalog queries as files for psql: once, and several times in one session.
struct Queries {
    once: PathBuf,
    often: PathBuf,
}

impl Queries {
    const ROUNDS: u32 = 6;

    fn write(place: &Path) -> Self {
        let queries = kinds().chain(catalog::OVERLAYS.map(here)).map(|query| format!("{query};\n"));
        let queries: String = queries.collect();
        let round = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog;\n{queries}COMMIT;\n"
        );
        let file = |name: &str, rounds: u32| {
            let file = place.join(name);
            std::fs::write(&file, format!("\\o /dev/null\n{}", round.repeat(rounds as usize))).unwrap();
            file
        };
        Self { once: file("once.sql", 1), often: file("often.sql", Self::ROUNDS) }
    }

    /// The time of one round more.
    fn round(&self, database: &TestDatabase) -> Duration {
        let once = timed(|| psql(database, &["-A", "-t"], &self.once));
        let often = timed(|| psql(database, &["-A", "-t"], &self.often));
        often.saturating_sub(once) / (Self::ROUNDS - 1)
    }
}

/// The queries of all kinds.
fn kinds() -> impl Iterator<Item = String> {
    Kind::ALL.iter().map(|kind| here(catalog::query(*kind)))
}

fn here(query: &str) -> String {
    query.replace("$1::name[]", SCHEMAS)
}

/// The query of how many objects there are.
fn objects() -> String {
    let counts: Vec<_> =
        kinds().map(|query| format!("(SELECT count(*) FROM (\n{query}\n) AS kind)")).collect();
    format!("SELECT {}", counts.join(" + "))
}

/// A heal of an empty database, against the whole run of psql with the same SQL, the host's own tables
/// included.
fn heal(tables: &str) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let world = World::with(&["many_tables"]);
        let host = world.host();
        let mut outcome = None;
        ours.push(timed(|| outcome = Some(host.heal())));
        succeeded(&outcome.unwrap());
        let (registry, trouble) = pipeline::register(host.host.config());
        assert!(trouble.is_none());
        let sql: Vec<_> = registry.migrations.iter().map(|migration| migration.sql.as_ref()).collect();
        let file = world.path().join("all.sql");
        std::fs::write(&file, sql.join("\n")).unwrap();
        let plain = TestDatabase::new();
        theirs.push(timed(|| psql(&plain, &["-1"], &file)));
    }
    print("heal", tables, "psql -X -q -1 -f", median(ours), median(theirs));
}

fn succeeded(outcome: &HealOutcome) {
    assert!(matches!(outcome, HealOutcome::Succeeded { .. }), "{outcome:#?}");
}

fn psql(database: &TestDatabase, options: &[&str], file: &Path) {
    let mut psql = Server::shared().program("psql");
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &database.name]).args(options).arg("-f").arg(file);
    let output = psql.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn print(what: &str, tables: &str, floor: &str, ours: Duration, theirs: Duration) {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!(
        "{what}, {tables} tables: ours {:.1} ms, floor {:.1} ms ({floor}), ratio {ratio:.2}",
        ms(ours),
        ms(theirs)
    );
}

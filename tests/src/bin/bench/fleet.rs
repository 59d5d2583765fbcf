//! A check of many databases in one run of the program, against as many runs of psql with the same catalog
//! queries: both connect to each database anew, and do as many at a time.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tenon_tests::database::sql_in;
use tenon_tests::{TestServer, World};

use super::floor::Queries;
use super::{print, timed};

/// How many databases are worked on at one time.
const JOBS: usize = 4;

const PLUGINS: [&str; 1] = ["inventory"];

pub(super) fn fleet(databases: &str) {
    let count: usize = databases.parse().unwrap();
    let world = World::with(&PLUGINS);
    let (floor, prefix) = (Queries::of(world.path(), "'{inventory,tenon}'::name[]"), "bench_fleet");
    let name = |number: usize| format!("{prefix}_{number}");
    world.tenon(&["heal", "--yes", "--as", "bench"]).expect_code(0);
    for number in 0..count {
        sql_in("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name(number)));
        let template = &world.database.name;
        sql_in(
            "postgres",
            &format!("CREATE DATABASE {} TEMPLATE {template} STRATEGY file_copy", name(number)),
        );
    }
    let query = format!("SELECT datname FROM pg_database WHERE datname LIKE '{prefix}\\_%'");
    let ours = || {
        let mut check: Command = world.command();
        check.args(["fleet", "check", "--targets", &query, "--jobs", &JOBS.to_string()]);
        let output = check.output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(
            told.contains(&format!("{count} healthy")),
            "{told}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let theirs = || {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..JOBS {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            return;
                        }
                        let mut psql = TestServer::shared().psql(&name(number));
                        let output = psql.arg("-f").arg(floor.once()).output().unwrap();
                        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                    }
                });
            }
        });
    };
    let rounds: Vec<_> = (0..3).map(|_| (timed(ours), timed(theirs))).collect();
    print(
        &format!("fleet check, {count} databases, {JOBS} at a time"),
        "psql, the catalog queries alone in each",
        &rounds,
    );
    for number in 0..count {
        sql_in("postgres", &format!("DROP DATABASE {} WITH (FORCE)", name(number)));
    }
}

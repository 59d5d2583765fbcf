//! The floor: psql with the same queries, or the same SQL.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tenon_host::schema::catalog;
use tenon_migrations_core::snapshot::Kind;
use tenon_tests::{TestDatabase, TestServer};

use super::timed;

const SCHEMAS: &str = "'{core,many_tables,tenon}'::name[]";

/// The catalog queries as files for psql: once, and several times in one session.
pub(super) struct Queries {
    once: PathBuf,
    often: PathBuf,
}

impl Queries {
    const ROUNDS: u32 = 6;

    pub(super) fn write(place: &Path) -> Self {
        Self::of(place, SCHEMAS)
    }

    /// The queries for these schemas, an SQL array.
    pub(super) fn of(place: &Path, schemas: &str) -> Self {
        let here = |query: &str| query.replace("$1::name[]", schemas);
        let kinds = Kind::ALL.iter().map(|kind| here(catalog::query(*kind)));
        let queries = kinds.chain(catalog::OVERLAYS.map(here)).map(|query| format!("{query};\n"));
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

    /// The file with one round.
    pub(super) fn once(&self) -> &Path {
        &self.once
    }

    /// The time of one round more.
    pub(super) fn round(&self, database: &TestDatabase) -> Duration {
        let once = timed(|| psql(database, &["-A", "-t"], &self.once));
        let often = timed(|| psql(database, &["-A", "-t"], &self.often));
        often.saturating_sub(once) / (Self::ROUNDS - 1)
    }
}

/// The query of how many objects there are.
pub(super) fn objects() -> String {
    let counts: Vec<_> =
        kinds().map(|query| format!("(SELECT count(*) FROM (\n{query}\n) AS kind)")).collect();
    format!("SELECT {}", counts.join(" + "))
}

/// The queries of all kinds.
fn kinds() -> impl Iterator<Item = String> {
    Kind::ALL.iter().map(|kind| here(catalog::query(*kind)))
}

fn here(query: &str) -> String {
    query.replace("$1::name[]", SCHEMAS)
}

pub(super) fn psql(database: &TestDatabase, options: &[&str], file: &Path) {
    let mut psql = TestServer::shared().psql(&database.name);
    psql.args(options).arg("-f").arg(file);
    let output = psql.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

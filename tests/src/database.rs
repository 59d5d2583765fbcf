//! A database of one test's own, and what PostgreSQL's own programs say about it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tenon_migrations_core::migration::Checksum;
use tenon_migrations_core::roles;

use crate::server::{TestServer, attempt_with_input, run, run_with_input, without_noise};

/// Runs SQL in the database of this name, as [`TestDatabase::sql`] does, from wherever the test is.
pub fn sql_in(database: &str, sql: &str) -> String {
    run_with_input(&mut psql(database, &["-f", "-"]), sql).trim_end().to_owned()
}

/// A new database, dropped at the end.
#[derive(Debug)]
pub struct TestDatabase {
    pub name: String,
}

/// How many rows were written of what hosts remember, beside each check.
const REMEMBERED: &str = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_all_tables \
     WHERE schemaname = 'tenon' AND relname IN ('finding', 'host', 'verdict')";

impl TestDatabase {
    /// Makes it.
    pub fn new() -> Self {
        let name = format!("t_{}", uuid::Uuid::new_v4().simple());
        run(&mut psql("postgres", &["-c", &format!("CREATE DATABASE {name}")]));
        Self { name }
    }

    /// One that holds whatever bytes it is given.
    pub fn in_sql_ascii() -> Self {
        let name = format!("t_{}", uuid::Uuid::new_v4().simple());
        let sql = format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'");
        run(&mut psql("postgres", &["-c", &sql]));
        Self { name }
    }

    /// The database's address, over the socket.
    pub fn url(&self) -> String {
        TestServer::shared().url(&self.name)
    }

    /// Runs SQL, given to psql as it is. The result is its rows, one a line, values divided by `|`.
    pub fn sql(&self, sql: &str) -> String {
        sql_in(&self.name, sql)
    }

    /// Runs SQL that has to fail, and gives what psql said.
    pub fn refuses(&self, sql: &str) -> String {
        let output = psql(&self.name, &["-c", sql]).output().unwrap();
        assert!(!output.status.success(), "it was not refused: {sql}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Runs as much of this SQL as can be, and gives of each statement that failed why.
    pub fn tries(&self, sql: &str) -> Vec<String> {
        // Each by itself also where the text begins a transaction; the failed ones are said.
        let set = ["ON_ERROR_STOP=0", "ON_ERROR_ROLLBACK=on", "ECHO=errors", "SHOW_CONTEXT=never"];
        let mut psql = psql(&self.name, &[]);
        psql.args(set.iter().flat_map(|variable| ["-v", variable]));
        failures(&attempt_with_input(psql.args(["-f", "-"]), sql))
    }

    /// The server's major version.
    pub fn major(&self) -> u32 {
        self.sql("SELECT current_setting('server_version_num')::int / 10000").parse().unwrap()
    }

    /// What `pg_dump -s` says, without what differs from run to run.
    pub fn schema(&self) -> String {
        self.dump(&["--schema-only"])
    }

    /// What `pg_dump` says, with all rows but those of what hosts remember, without what differs from run to
    /// run.
    pub fn contents(&self) -> String {
        self.dump(&[
            "--inserts",
            "--exclude-table-data=tenon.finding",
            "--exclude-table-data=tenon.host",
            "--exclude-table-data=tenon.verdict",
            "--exclude-table-data=tenon.session*",
        ])
    }

    /// A second database, made of this one's dump by psql.
    pub fn restored(&self) -> Self {
        let mut dump = TestServer::shared().program("pg_dump");
        let dump = run(dump.args(["--no-owner", "--dbname", &self.name]));
        let restored = Self::new();
        restored.sql(&dump);
        restored
    }

    /// How many rows were written in this database so far, in tables and catalogs, by sessions that have
    /// ended; but for what hosts remember of themselves, of findings and of verdicts.
    pub fn rows_written(&self) -> u64 {
        let sql = format!(
            "SELECT tup_inserted + tup_updated + tup_deleted, numbackends FROM pg_stat_database WHERE datname = '{}'",
            self.name
        );
        loop {
            // A session's numbers arrive with its end.
            let said = run(&mut psql("postgres", &["-c", &sql]));
            let (written, sessions) = said.trim().split_once('|').unwrap();
            if sessions == "0" {
                let written: u64 = written.parse().unwrap();
                return written - self.sql(REMEMBERED).parse::<u64>().unwrap();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs SQL in a transaction that stays open until the value is dropped.
    pub fn hold(&self, sql: &str) -> Held {
        let mut session = psql(&self.name, &["-f", "-"]);
        let mut child = session.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "BEGIN; {sql}; SELECT 'held';").unwrap();
        let said = BufReader::new(child.stdout.as_mut().unwrap()).lines().map_while(Result::ok);
        assert!(said.into_iter().any(|line| line == "held"), "psql could not run: {sql}");
        Held(child)
    }

    /// Waits until this SQL gives true.
    pub fn wait_until(&self, sql: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.sql(sql) != "t" {
            assert!(Instant::now() < end, "it never came to this: {sql}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a session waits for a lock on a relation of this database; others have tests of their own.
    pub fn wait_until_blocked(&self) {
        self.wait_until(
            "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'relation' AND NOT granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        );
    }

    /// What `pg_dump` says with these arguments, without what differs from run to run.
    pub fn dump(&self, arguments: &[&str]) -> String {
        let mut dump = TestServer::shared().program("pg_dump");
        dump.args(["--no-owner", "--dbname", &self.name]).args(arguments);
        without_noise(&run(&mut dump))
    }
}

impl Default for TestDatabase {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // Its plugins' login roles are the whole server's, and do not go with it.
        let roles = format!(
            "SELECT 'DROP ROLE ' || quote_ident(rolname) FROM pg_roles WHERE rolname LIKE 'tenon%{}%' \\gexec",
            roles::tag(&self.name)
        );
        // In a test that is failing already a second panic would hide the first.
        let _ = psql("postgres", &["-c", &drop]).output();
        let _ = std::panic::catch_unwind(|| run_with_input(&mut psql("postgres", &["-f", "-"]), &roles));
    }
}

/// What psql said of statements that failed: why, and the beginning of the statement.
fn failures(said: &str) -> Vec<String> {
    let mut failures: Vec<String> = Vec::new();
    for line in said.lines() {
        let told = |mark: &str| {
            let (place, text) = line.strip_prefix("psql:")?.split_once(mark)?;
            let number = place.trim_end_matches([':', ' ']).rsplit(':').next()?;
            Some((number.to_owned(), text.trim().to_owned()))
        };
        if let Some((number, why)) = told(" ERROR: ").or_else(|| told(" error: ")) {
            failures.push(format!("line {number}: {why}"));
        } else if let Some((_, statement)) = told(" STATEMENT: ") {
            let beginning: String = statement.chars().take(100).collect();
            if let Some(last) = failures.last_mut() {
                *last = format!("{last}: {beginning}");
            }
        } else if line.starts_with("psql: error:") || line.contains("FATAL:") {
            failures.push(line.to_owned());
        }
    }
    failures
}

/// An open transaction, rolled back at the end.
#[derive(Debug)]
pub struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        // The end of its input ends psql, and with it the transaction.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn psql(database: &str, arguments: &[&str]) -> std::process::Command {
    let mut psql = TestServer::shared().psql(database);
    psql.args(arguments);
    psql
}

/// The schema of a database that plain psql made from these files, each in a transaction, in this order.
/// Kept, since many tests need the same.
pub fn schema_built_by_psql(files: &[PathBuf]) -> String {
    let texts: Vec<_> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let kept = TestServer::shared().home.join(format!("schema-{}", Checksum::of(texts.join("\0"))));
    if let Ok(schema) = fs::read_to_string(&kept) {
        return schema;
    }
    let database = TestDatabase::new();
    for file in files {
        run(psql(&database.name, &["-1", "-f"]).arg(file));
    }
    let schema = database.schema();
    // By rename: another process may be reading it.
    let new = kept.with_extension(uuid::Uuid::new_v4().simple().to_string());
    fs::write(&new, &schema).unwrap();
    fs::rename(&new, &kept).unwrap();
    schema
}

//! Where one heal is disturbed: a database on a server of its own, and the program in a folder of its own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::artifacts;
use crate::server::OwnServer;

/// How long somebody else holds what the heal needs: longer than it waits for a lock once, and shorter than
/// it waits in all.
const HELD: f32 = 0.7;

/// The longest that a heal may take, whatever happens to it.
const PATIENCE: Duration = Duration::from_secs(240);

/// The role that heals, which is no superuser, and its password.
const ROLE: &str = "healer";
const PASSWORD: &str = "a-healer";

/// A database and a folder.
pub(super) struct Place {
    pub(super) server: std::sync::Arc<Mutex<OwnServer>>,
    port: u16,
    database: String,
    folder: TempDir,
}

/// What a run of the program came to.
#[derive(Debug)]
pub(super) struct Ran {
    /// Absent when it was killed.
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Place {
    /// A copy of that database, with these plugins to be healed by.
    pub(super) fn new(server: &std::sync::Arc<Mutex<OwnServer>>, template: &str, plugins: &[&str]) -> Self {
        let database = format!("f_{}", uuid::Uuid::new_v4().simple());
        let port = {
            let server = server.lock().unwrap();
            server.sql("postgres", &format!("CREATE DATABASE {database} TEMPLATE {template}"));
            server.sql("postgres", &format!("GRANT CREATE ON DATABASE {database} TO {ROLE}"));
            server.port()
        };
        let folder = tempfile::tempdir().unwrap();
        let place = Self { server: std::sync::Arc::clone(server), port, database, folder };
        fs::create_dir(place.path().join("plugins")).unwrap();
        fs::write(
            place.path().join("tenon.toml"),
            "plugin_dir = \"plugins\"\nstate_dir = \"state\"\n[heal]\nlock_timeout = \"300ms\"\n\
             statement_timeout = \"20s\"\nwait = \"1s\"\n[plugins]\nisolation = \"shared\"\n",
        )
        .unwrap();
        place.install(plugins);
        place
    }

    /// Makes the roles of a server, and in it a database to copy: empty but for the trigger that can raise an
    /// error.
    pub(super) fn prepare(server: &OwnServer, template: &str) {
        server.sql("postgres", &format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'"));
        server.sql("postgres", &format!("CREATE DATABASE {template}"));
        server.sql(
            template,
            "CREATE TABLE public.fault (armed boolean NOT NULL);
             INSERT INTO public.fault VALUES (false);
             CREATE FUNCTION public.fault() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
             SET search_path = pg_catalog AS $$
             BEGIN
                 IF (SELECT armed FROM public.fault) THEN
                     RAISE EXCEPTION 'a trigger raised this error';
                 END IF;
             END $$;
             CREATE EVENT TRIGGER fault ON ddl_command_start EXECUTE FUNCTION public.fault();",
        );
    }

    pub(super) fn install(&self, plugins: &[&str]) {
        for plugin in plugins {
            // A newer version takes the older one's place.
            let name = plugin.split("_1_0").next().unwrap_or(plugin);
            let to = self.path().join("plugins").join(format!("lib{name}.so"));
            let (from, _) = (artifacts::library(plugin), fs::remove_file(&to));
            // A second name costs nothing, and can only be had on the same disk.
            fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop)).unwrap();
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn database(&self) -> &str {
        &self.database
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Starts the program, which reaches the database over this port.
    pub(super) fn start(&self, port: u16, arguments: &[&str]) -> Child {
        let mut command = Command::new(artifacts::program("tenon"));
        let url =
            format!("postgresql://{ROLE}:{PASSWORD}@127.0.0.1:{port}/{}?sslmode=disable", self.database);
        let file = |name: &str| fs::File::create(self.path().join(name)).unwrap();
        command.current_dir(self.path()).env_clear().stdin(Stdio::null()).args(arguments);
        command.env("HOME", self.path()).env("DATABASE_URL", url).stdout(file("out")).stderr(file("err"));
        command.spawn().unwrap()
    }

    /// Waits for its end. One that takes too long is killed, which is told.
    pub(super) fn end(&self, mut child: Child) -> Ran {
        let began = Instant::now();
        let mut late = String::new();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if began.elapsed() > PATIENCE {
                late = format!("it did not end within {} s\n", PATIENCE.as_secs());
                let _ = child.kill();
            }
            thread::sleep(Duration::from_millis(5));
        };
        let text = |name: &str| fs::read_to_string(self.path().join(name)).unwrap_or_default();
        Ran { code: status.code(), out: text("out"), err: late + &text("err") }
    }

    /// Runs the program to its end, undisturbed.
    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        self.end(self.start(self.port, arguments))
    }

    /// Runs SQL as the superuser.
    pub(super) fn sql(&self, sql: &str) -> String {
        self.server.lock().unwrap().sql(&self.database, sql)
    }

    /// Runs SQL as the superuser where it does not matter whether the server is there.
    pub(super) fn try_sql(&self, sql: &str) {
        let _ = self.server.lock().unwrap().psql(&self.database, sql);
    }

    /// Asks the server something that may be unable to answer yet: whoever has exhausted its locks keeps them
    /// for a moment.
    pub(super) fn says(&self, sql: &str) -> Option<String> {
        let output = self.server.lock().unwrap().psql(&self.database, sql).ok()?;
        let said = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| said.trim_end().to_owned())
    }

    /// Calls a function with the process id of each of the host's sessions.
    pub(super) fn to_sessions(&self, function: &str) {
        self.try_sql(&format!(
            "SELECT {function}(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = '{ROLE}'"
        ));
    }

    /// Runs SQL in another session, which stays for a while.
    pub(super) fn hold(&self, sql: &str) {
        let mut psql = self.server.lock().unwrap().command(&self.database);
        // Whatever comes of it, a session stays.
        psql.args(["-v", "ON_ERROR_STOP=0"]);
        let Ok(mut child) = psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
        else {
            return;
        };
        if let Some(mut stdin) = child.stdin.take() {
            let _ = writeln!(stdin, "{sql}\nSELECT 'held';\nSELECT pg_sleep({HELD});");
        }
        let Some(said) = child.stdout.take() else { return };
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        let _ = lines.find(|line| line == "held");
        thread::spawn(move || {
            lines.for_each(drop);
            let _ = child.wait();
        });
    }

    pub(super) fn revoke(&self) {
        self.try_sql(&format!("REVOKE CREATE ON DATABASE {} FROM {ROLE}", self.database));
    }

    pub(super) fn grant(&self) {
        self.try_sql(&format!("GRANT CREATE ON DATABASE {} TO {ROLE}", self.database));
    }

    /// What `pg_dump -s` says, without what differs from run to run.
    pub(super) fn schema(&self) -> String {
        self.server.lock().unwrap().schema(&self.database)
    }

    /// The ledger, one row a line.
    pub(super) fn ledger(&self) -> String {
        match self.sql("SELECT to_regclass('tenon.migration') IS NOT NULL").as_str() {
            "t" => {
                self.sql("SELECT plugin, filename, checksum FROM tenon.migration ORDER BY plugin, filename")
            }
            _ => String::new(),
        }
    }

    /// The audit log's entries as pairs of the heal's id and its result, newest first.
    pub(super) fn entries(&self) -> Result<Vec<(String, String)>, String> {
        let ran = self.run(&["audit", "list", "--json"]);
        let list: Value = serde_json::from_str(&ran.out).map_err(|error| format!("{error}: {ran:?}"))?;
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let entries = list["entries"].as_array().ok_or_else(|| format!("no entries: {ran:?}"))?;
        Ok(entries.iter().map(|entry| (text(entry, "heal"), text(entry, "result"))).collect())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database);
        let _: Result<Output, _> = self.server.lock().unwrap().psql("postgres", &drop);
    }
}

//! One real PostgreSQL for the whole run, whichever process of the tests comes first.
//!
//! nextest runs each test in a process of its own. Under a lock in `target/tenon-test-postgres/` the first
//! makes the server and leaves its place there; the others find it. `scripts/test` stops it at the end.
//! Nothing it keeps is worth anything, so it never waits for a disk.

mod certificates;
mod own;
mod patroni;

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::artifacts::profile_dir;
pub use own::OwnServer;
pub use patroni::PatroniCluster;

/// The superuser of the server: trusted on its socket, asked for a password over TCP.
pub const SUPERUSER: &str = "harness";

/// A server that runs.
#[derive(Debug, Clone)]
pub struct TestServer {
    /// The server's private directory: data, log, and the socket itself. Short, as a socket's path has to be.
    pub home: PathBuf,
    /// Of TCP on 127.0.0.1, and in the socket's name.
    pub port: u16,
    /// Where its programs are.
    pub bindir: PathBuf,
}

impl TestServer {
    /// The one server of the run.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<TestServer> = OnceLock::new();
        SERVER.get_or_init(|| {
            let place =
                profile_dir().parent().expect("a profile's folder is in target").join("tenon-test-postgres");
            fs::create_dir_all(&place).unwrap();
            let lock = File::create(place.join("lock")).unwrap();
            lock.lock().unwrap();
            let location = place.join("location");
            let known =
                fs::read_to_string(&location).ok().and_then(|home| Self::alive(Path::new(home.trim())));
            known.unwrap_or_else(|| {
                let server = Self::make();
                fs::write(&location, format!("{}\n", server.home.display())).unwrap();
                server
            })
        })
    }

    /// The address of a database over the socket, as the superuser.
    pub fn url(&self, database: &str) -> String {
        let home = self.home.to_str().unwrap().replace('/', "%2F");
        format!("postgresql://{SUPERUSER}@{home}:{}/{database}", self.port)
    }

    /// The address of a database over TCP, as that role.
    pub fn tcp_url(&self, role: &str, password: &str, port: u16, database: &str) -> String {
        format!("postgresql://{role}:{password}@127.0.0.1:{port}/{database}")
    }

    /// The superuser's password over TCP.
    pub fn password(&self) -> String {
        fs::read_to_string(self.home.join("password")).unwrap()
    }

    /// One of PostgreSQL's programs, ready to connect as the superuser.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.bindir.join(name));
        for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG"))
        {
            command.env_remove(variable);
        }
        command.env("PGHOST", &self.home).env("PGPORT", self.port.to_string()).env("PGUSER", SUPERUSER);
        command.env("PGCLIENTENCODING", "UTF8").stdin(Stdio::null());
        command
    }

    /// psql in a database, as the superuser: it reads no settings, prints values alone, divided by `|`, and
    /// stops at the first error.
    pub fn psql(&self, database: &str) -> Command {
        let mut psql = self.program("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database]);
        psql
    }

    /// Makes a role, unless it is there already: roles are the whole server's.
    pub fn make_role(&self, name: &str) {
        let sql = format!(
            "DO $$BEGIN CREATE ROLE \"{name}\"; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END$$"
        );
        run(self.psql("postgres").args(["-c", &sql]));
    }

    /// Makes a role that may have a name which no role can have: why it was not made.
    pub fn try_role(&self, name: &str) -> Result<(), String> {
        let sql = format!("CREATE ROLE \"{}\"", name.replace('"', "\"\""));
        let output = self.psql("postgres").args(["-c", &sql]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        // Another run may have made it meanwhile.
        if output.status.success() || said.contains("already exists") {
            return Ok(());
        }
        Err(said.lines().next().unwrap_or_default().trim_start_matches("ERROR:").trim().to_owned())
    }

    /// Whether it was built with ICU's collations.
    pub fn has_icu(&self) -> bool {
        // Newer servers list one of them whether or not it can be used.
        let sql = "SELECT count(*) > 0 FROM pg_collation WHERE collname = 'und-x-icu'";
        run(self.psql("postgres").args(["-c", sql])).trim() == "t"
    }

    fn alive(home: &Path) -> Option<Self> {
        // The fourth line of the file is the port (PostgreSQL's src/include/utils/pidfile.h).
        let pid_file = fs::read_to_string(home.join("data/postmaster.pid")).ok()?;
        let port = pid_file.lines().nth(3)?.trim().parse().ok()?;
        UnixStream::connect(home.join(format!(".s.PGSQL.{port}"))).ok()?;
        Some(Self { home: home.to_owned(), port, bindir: bindir() })
    }

    fn make() -> Self {
        let (bindir, home) = (bindir(), new_home());
        init(&bindir, &home, &[]);
        let more = std::env::var("TENON_TEST_POSTGRES_OPTIONS").unwrap_or_default();
        Self::start(bindir, home, &format!("-c wal_level=minimal -c max_wal_senders=0 {more}"))
    }

    /// Starts a server on the data in its home.
    fn start(bindir: PathBuf, home: PathBuf, more: &str) -> Self {
        // Somebody else may take the port between our look and the server's.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if starts(&bindir, &home, port, more) {
                return Self { home, port, bindir };
            }
        }
        panic!("the server did not start:\n{}", fs::read_to_string(home.join("log")).unwrap_or_default());
    }

    fn stop(&self) {
        let mut stop = as_server_user(&self.bindir.join("pg_ctl"), &self.home);
        // In a test that is failing already a second panic would hide the first.
        let _ = stop.args(["stop", "--mode=immediate", "--silent", "--pgdata=data"]).output();
    }

    fn remove(&self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// Whether a server comes up on this port.
fn starts(bindir: &Path, home: &Path, port: u16, more: &str) -> bool {
    let options = format!(
        "-p {port} -h 127.0.0.1 -k '{}' -F -c synchronous_commit=off -c full_page_writes=off -c jit=off \
         -c autovacuum=off {more}",
        home.display()
    );
    let mut start = as_server_user(&bindir.join("pg_ctl"), home);
    start.args(["start", "--wait", "--silent", "--pgdata=data", "--log=log", "-o", &options]);
    // The server outlives this process: it must not hold its output open.
    start.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
}

/// A dump without comments, the session's settings, and the random key of `\restrict`.
pub(crate) fn without_noise(dump: &str) -> String {
    let kept =
        dump.lines().filter(|line| !line.is_empty() && !line.starts_with("--") && !line.starts_with('\\'));
    let kept =
        kept.filter(|line| !line.starts_with("SET ") && !line.starts_with("SELECT pg_catalog.set_config"));
    kept.collect::<Vec<_>>().join("\n")
}

/// A primary and a hot standby that follows it, of one test's own. Both end with the value.
#[derive(Debug)]
pub struct PrimaryAndStandby {
    pub primary: TestServer,
    pub standby: TestServer,
}

impl PrimaryAndStandby {
    /// Starts both; what is committed on the primary later arrives on the standby.
    pub fn start() -> Self {
        let bindir = bindir();
        let (first, second) = (new_home(), new_home());
        init(&bindir, &first, &[]);
        let primary = TestServer::start(bindir.clone(), first, "-c wal_level=replica -c max_wal_senders=4");
        let data = second.join("data");
        let mut copy = as_server_user(&bindir.join("pg_basebackup"), &second);
        copy.env("PGHOST", &primary.home).env("PGPORT", primary.port.to_string()).env("PGUSER", SUPERUSER);
        run(copy
            .args([
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--wal-method=stream",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data));
        let standby = TestServer::start(bindir, second, "-c hot_standby=on");
        Self { primary, standby }
    }

    /// The address of a database over TCP, wherever it can be written to: at first the primary, after a
    /// promotion the other one.
    pub fn writable_url(&self, database: &str) -> String {
        let (first, second) = (self.primary.port, self.standby.port);
        let password = self.primary.password();
        format!(
            "postgresql://{SUPERUSER}:{password}@127.0.0.1:{first},127.0.0.1:{second}/{database}?target_session_attrs=read-write"
        )
    }

    /// Has the primary wait with each commit until the standby has it, so that nothing that was committed can
    /// be lost with the primary.
    pub fn synchronously(&self) {
        for sql in [
            "ALTER SYSTEM SET synchronous_standby_names = '*'",
            "ALTER SYSTEM SET synchronous_commit = 'remote_apply'",
            "SELECT pg_reload_conf()",
        ] {
            run(self
                .primary
                .psql("postgres")
                .env("PGOPTIONS", "-c synchronous_commit=local")
                .args(["-c", sql]));
        }
    }

    /// Kills the primary as a power failure does, and makes the standby one.
    pub fn fail_over(&self) {
        let pid = fs::read_to_string(self.primary.home.join("data/postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap().to_owned();
        run(Command::new("kill").args(["-KILL", &pid]));
        run(self.standby.psql("postgres").args(["-c", "SELECT pg_promote(true, 60)"]));
    }

    /// Runs SQL on the one that was the standby.
    pub fn on_standby(&self, database: &str, sql: &str) -> String {
        run(self.standby.psql(database).args(["-c", sql])).trim_end().to_owned()
    }

    /// Runs SQL on the primary and waits until the standby has it.
    pub fn sql(&self, database: &str, sql: &str) {
        run(self.primary.psql(database).args(["-c", sql]));
        self.catch_up();
    }

    /// Waits until the standby has replayed what the primary has written by now.
    pub fn catch_up(&self) {
        let ask = |server: &TestServer, sql: &str| {
            let said = run(server.psql("postgres").args(["-c", sql]));
            said.trim().to_owned()
        };
        let written = ask(&self.primary, "SELECT pg_current_wal_flush_lsn() FROM pg_switch_wal()");
        let end = Instant::now() + Duration::from_secs(60);
        while ask(&self.standby, &format!("SELECT pg_last_wal_replay_lsn() >= '{written}'")) != "t" {
            assert!(Instant::now() < end, "the standby does not follow");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for PrimaryAndStandby {
    fn drop(&mut self) {
        for server in [&self.standby, &self.primary] {
            server.stop();
            server.remove();
        }
    }
}

/// A private directory of the server's user.
fn new_home() -> PathBuf {
    // Not under target: the server's user may not be able to enter that, and a socket's path is short.
    let place = std::env::var_os("TENON_TEST_POSTGRES_PLACE").unwrap_or_else(|| "/tmp".into());
    let home = tempfile::Builder::new().prefix("tenon-pg-").tempdir_in(place).unwrap().keep();
    fs::set_permissions(&home, Permissions::from_mode(0o700)).unwrap();
    give_to_server_user(&home);
    home
}

/// Gives a file to the user that PostgreSQL's programs run as.
pub(crate) fn give_to_server_user(path: &Path) {
    server_user().iter().for_each(|(uid, gid)| chown(path, Some(*uid), Some(*gid)).unwrap());
}

/// Gives a directory and all that is in it to that user.
pub(crate) fn give_all_to_server_user(directory: &Path) {
    give_to_server_user(directory);
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let is_directory = entry.file_type().unwrap().is_dir();
        (if is_directory { give_all_to_server_user } else { give_to_server_user })(&entry.path());
    }
}

/// A program that runs as the server's user, in this directory.
pub(crate) fn as_server_user(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).stdin(Stdio::null());
    server_user().iter().for_each(|(uid, gid)| {
        command.uid(*uid).gid(*gid);
    });
    command
}

fn init(bindir: &Path, home: &Path, more: &[&str]) {
    let password = home.join("password");
    fs::write(&password, uuid::Uuid::new_v4().to_string()).unwrap();
    give_to_server_user(&password);
    run(as_server_user(&bindir.join("initdb"), home)
        .args(["--username", SUPERUSER, "--auth-local=trust", "--auth-host=scram-sha-256"])
        .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--pgdata=data", "--pwfile=password"])
        .args(more));
}

/// PostgreSQL does not run as root: the user and group it gets instead.
fn server_user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let of = |name: &str| Some((id(&["-u", name])?, id(&["-g", name])?));
    Some(of("postgres").or_else(|| of("nobody")).expect("there is a user postgres or nobody"))
}

/// Looked for where the host looks.
fn bindir() -> PathBuf {
    let set = std::env::var_os("TENON_PG_BINDIR").map(PathBuf::from);
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let path: Vec<_> = std::env::var_os("PATH")
        .iter()
        .flat_map(|path| std::env::split_paths(path).collect::<Vec<_>>())
        .collect();
    let mut debian: Vec<_> = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    debian.sort_by_key(|entry| {
        std::cmp::Reverse(entry.file_name().to_string_lossy().parse::<u32>().unwrap_or(0))
    });
    let debian = debian.into_iter().map(|entry| entry.path().join("bin"));
    set.into_iter()
        .chain(told)
        .chain(path)
        .chain(debian)
        .find(|dir| dir.join("initdb").is_file() && dir.join("postgres").is_file())
        .expect("PostgreSQL's server programs are installed: run the tests with scripts/test")
}

/// Runs a command that has to succeed, and gives what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that has to succeed, and gives it this text to read.
pub(crate) fn run_with_input(command: &mut Command, input: &str) -> String {
    let output = output_with_input(command, input);
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that may fail, with this text to read, and gives what it says on standard error.
pub(crate) fn attempt_with_input(command: &mut Command, input: &str) -> String {
    String::from_utf8_lossy(&output_with_input(command, input).stderr).into_owned()
}

fn output_with_input(command: &mut Command, input: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    output
}

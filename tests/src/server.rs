//! One real PostgreSQL for the whole run, whichever process of the tests comes first.
//!
//! nextest runs each test in a process of its own. Under a lock in `target/tenon-test-postgres/` the first
//! makes the server and leaves its place there; the others find it. `scripts/test` stops it at the end.
//! Nothing it keeps is worth anything, so it never waits for a disk.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::artifacts::profile_dir;

/// The superuser of the server: trusted on its socket, asked for a password over TCP.
pub const SUPERUSER: &str = "harness";

/// A server that runs.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its private directory: data, log, and the socket itself. Short, as a socket's path has to be.
    pub home: PathBuf,
    /// Of TCP on 127.0.0.1, and in the socket's name.
    pub port: u16,
    /// Where its programs are.
    pub bindir: PathBuf,
}

impl Server {
    /// The one server of the run.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
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
                let server = Self::start();
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

    fn alive(home: &Path) -> Option<Self> {
        // The fourth line of the file is the port (PostgreSQL's src/include/utils/pidfile.h).
        let pid_file = fs::read_to_string(home.join("data/postmaster.pid")).ok()?;
        let port = pid_file.lines().nth(3)?.trim().parse().ok()?;
        UnixStream::connect(home.join(format!(".s.PGSQL.{port}"))).ok()?;
        Some(Self { home: home.to_owned(), port, bindir: bindir() })
    }

    fn start() -> Self {
        let bindir = bindir();
        // Not under target: the server's user may not be able to enter that, and a socket's path is short.
        let home = tempfile::Builder::new().prefix("tenon-pg-").tempdir_in("/tmp").unwrap().keep();
        fs::set_permissions(&home, Permissions::from_mode(0o700)).unwrap();
        let user = server_user();
        let own =
            |path: &Path| user.iter().for_each(|(uid, gid)| chown(path, Some(*uid), Some(*gid)).unwrap());
        own(&home);
        let password = home.join("password");
        fs::write(&password, uuid::Uuid::new_v4().to_string()).unwrap();
        own(&password);
        let as_user = |name: &str| {
            let mut command = Command::new(bindir.join(name));
            command.current_dir(&home).stdin(Stdio::null());
            user.iter().for_each(|(uid, gid)| {
                command.uid(*uid).gid(*gid);
            });
            command
        };
        run(as_user("initdb")
            .args(["--username", SUPERUSER, "--auth-local=trust", "--auth-host=scram-sha-256"])
            .args([
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--pgdata=data",
                "--pwfile=password",
            ]));
        // Somebody else may take the port between our look and the server's.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let options = format!(
                "-p {port} -h 127.0.0.1 -k '{}' -F -c synchronous_commit=off -c full_page_writes=off -c jit=off \
                 -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off",
                home.display()
            );
            let mut start = as_user("pg_ctl");
            start.args(["start", "--wait", "--silent", "--pgdata=data", "--log=log", "-o", &options]);
            // The server outlives this process: it must not hold its output open.
            if start.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success() {
                return Self { home: home.clone(), port, bindir };
            }
        }
        panic!("the server did not start:\n{}", fs::read_to_string(home.join("log")).unwrap_or_default());
    }
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
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

//! PgBouncer in front of the run's server, giving out a connection for a transaction at a time.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::server::{SUPERUSER, TestServer, as_server_user, give_to_server_user};

/// The roles that a pooler lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LetsIn {
    /// Everybody, whom it takes for the superuser.
    Everybody,
    /// The superuser, by password.
    Superuser,
    /// All roles of the server, by their passwords: it asks the server for them (`auth_query`).
    Roles,
}

/// What becomes of the options that sessions are begun with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Options {
    Refused,
    /// The sessions begin without them, and nobody is told.
    Dropped,
}

/// A pooler of one test's own. Ends with the value.
#[derive(Debug)]
pub struct Pooler {
    port: u16,
    process: Child,
    home: TempDir,
}

impl Pooler {
    /// Starts one that has few connections to give, so that its clients get each other's.
    pub fn start() -> Self {
        Self::start_for(LetsIn::Everybody, Options::Refused)
    }

    /// Starts one that takes the options of sessions, and drops them.
    pub fn dropping_options() -> Self {
        Self::start_for(LetsIn::Everybody, Options::Dropped)
    }

    /// Starts one that asks for the superuser's password, and knows no other role.
    pub fn knowing_one_role() -> Self {
        Self::start_for(LetsIn::Superuser, Options::Refused)
    }

    /// Starts one that asks for a password, and the server for everybody's.
    pub fn knowing_all_roles() -> Self {
        Self::start_for(LetsIn::Roles, Options::Refused)
    }

    fn start_for(lets_in: LetsIn, options: Options) -> Self {
        let server = TestServer::shared();
        let home = tempfile::Builder::new().prefix("tenon-pooler-").tempdir_in("/tmp").unwrap();
        give_to_server_user(home.path());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server_port = server.port;
        let (database, authentication) = match lets_in {
            LetsIn::Everybody => {
                (format!("host={} user={SUPERUSER}", server.home.display()), "auth_type = any")
            }
            LetsIn::Superuser => ("host=127.0.0.1".to_owned(), "auth_type = scram-sha-256"),
            LetsIn::Roles => ("host=127.0.0.1".to_owned(), "auth_type = scram-sha-256\nauth_user = harness"),
        };
        let ignored = if options == Options::Dropped { "ignore_startup_parameters = options\n" } else { "" };
        let settings = format!(
            "[databases]\n* = {database} port={server_port}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n{authentication}\n\
             auth_file = users.txt\npool_mode = transaction\ndefault_pool_size = 3\nlogfile = pooler.log\n{ignored}"
        );
        let users = format!("\"{SUPERUSER}\" \"{}\"\n", server.password());
        for (name, text) in [("pooler.ini", settings), ("users.txt", users)] {
            let file = home.path().join(name);
            fs::write(&file, text).unwrap();
            give_to_server_user(&file);
        }
        let mut command = as_server_user(&program(), home.path());
        let process = command.arg("pooler.ini").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pooler = Self { port, process, home };
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "the pooler did not start: {}", pooler.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        pooler
    }

    /// The address of a database behind it, as the superuser.
    pub fn url(&self, database: &str) -> String {
        let server = TestServer::shared();
        server.tcp_url(SUPERUSER, &server.password(), self.port, database)
    }

    /// What it says of itself.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("pooler.log")).unwrap_or_default()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain([Path::new("/usr/sbin").to_owned()]);
    let mut programs = places.map(|place| place.join("pgbouncer"));
    programs
        .find(|program| program.is_file())
        .expect("PgBouncer is installed: run the tests with scripts/test")
}

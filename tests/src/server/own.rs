//! A server that a test has for itself: to kill it, to fill its disks, to reach it by TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::{
    SUPERUSER, TestServer, bindir, certificates, give_to_server_user, init, new_home, run, starts,
    without_noise,
};
use crate::disk::Disk;

/// How it is started: with little write-ahead log, so that it fits on a small disk.
const OPTIONS: &str = "-c wal_level=minimal -c max_wal_senders=0 -c min_wal_size=2MB -c max_wal_size=32MB";

/// The megabytes of its disks.
const DATA: u32 = 200;
const WAL: u32 = 96;

/// Writes so much log that what there is of it has room for about 20 kB more: a file of it has a megabyte.
const USE_UP_WAL: &str =
    "SELECT count(pg_logical_emit_message(false, 'fill', repeat('x', 8000))) FROM generate_series(1, (
         SELECT ((count(*) + 1) * 1048576 - pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') % 1048576 - 20000)::bigint
                / 8100
         FROM pg_ls_waldir()
         WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_insert_lsn())))";

/// A server of one's own. It ends with the value.
#[derive(Debug)]
pub struct OwnServer {
    server: TestServer,
    /// Of its data and of its write-ahead log; or why it is on no disks that can be filled.
    disks: Result<[Disk; 2], String>,
}

impl OwnServer {
    /// Starts one, on small disks if this user may mount them.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts one with these options more.
    pub fn start_with(more: &str) -> Self {
        Self::prepared(|_| more.to_owned())
    }

    /// Starts one that lets nobody in over TCP but by TLS, with a certificate for `localhost`.
    pub fn encrypted() -> Self {
        Self::prepared(certificates::make)
    }

    /// Starts one with the options that preparing its home gives.
    fn prepared(prepare: impl FnOnce(&Path) -> String) -> Self {
        let (bindir, home) = (bindir(), new_home());
        let (data, wal) = (home.join("data"), home.join("wal"));
        [&data, &wal].into_iter().for_each(|place| fs::create_dir(place).unwrap());
        let disks = Disk::mount(&data, DATA).and_then(|of_data| Ok([of_data, Disk::mount(&wal, WAL)?]));
        [&data, &wal].into_iter().for_each(|place| give_to_server_user(place));
        let waldir = format!("--waldir={}", wal.display());
        init(&bindir, &home, &["--wal-segsize=1", &waldir]);
        let more = prepare(&home);
        Self { server: TestServer::start(bindir, home, &format!("{OPTIONS} {more}")), disks }
    }

    /// The address of a database over the socket, as the superuser.
    pub fn url(&self, database: &str) -> String {
        self.server.url(database)
    }

    /// The address of a database over TCP at this name of the machine, with the superuser's password.
    pub fn tcp_url(&self, host: &str, database: &str) -> String {
        format!("postgresql://{SUPERUSER}:{}@{host}:{}/{database}", self.server.password(), self.port())
    }

    /// One of the files in its home: `authority.pem` signed the certificate of an encrypted one,
    /// `stranger.pem` did not.
    pub fn file(&self, name: &str) -> PathBuf {
        self.server.home.join(name)
    }

    /// The server's port of TCP on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// One of PostgreSQL's programs, ready to connect as the superuser.
    pub fn program(&self, name: &str) -> Command {
        self.server.program(name)
    }

    /// psql in that database, as the superuser. What it commits outlives a crash, which by the server's
    /// settings it need not.
    pub fn command(&self, database: &str) -> Command {
        let mut psql = self.server.psql(database);
        psql.env("PGOPTIONS", "-c synchronous_commit=on");
        psql
    }

    /// Runs SQL as the superuser, whatever comes of it.
    pub fn psql(&self, database: &str, sql: &str) -> std::io::Result<Output> {
        self.command(database).args(["-c", sql]).output()
    }

    /// Runs SQL as the superuser, once the server is there. The result is its rows, one a line.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let output = self.psql(database, sql).unwrap();
            if output.status.success() {
                return String::from_utf8(output.stdout).unwrap().trim_end().to_owned();
            }
            let said = String::from_utf8_lossy(&output.stderr);
            // psql's own code for a connection that is not to be had or was lost.
            assert!(output.status.code() == Some(2) && Instant::now() < end, "{sql}: {said}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What `pg_dump -s` says, without what differs from run to run.
    pub fn schema(&self, database: &str) -> String {
        without_noise(&run(self.server.program("pg_dump").args([
            "--no-owner",
            "--schema-only",
            "--dbname",
            database,
        ])))
    }

    /// Kills the server's first process, and starts it anew on the same port once the others have noticed.
    pub fn crash(&self) {
        if let Some(pid) = self.first_process() {
            run(Command::new("kill").args(["-KILL", &pid]));
        }
        let end = Instant::now() + Duration::from_secs(60);
        while !self.starts() {
            assert!(Instant::now() < end, "the server did not come up again");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Why it is on no disks that can be filled, if it is not.
    pub fn cannot_be_filled(&self) -> Option<&str> {
        self.disks.as_ref().err().map(String::as_str)
    }

    /// Leaves no room for data.
    pub fn fill_data(&self) {
        self.disks.iter().flatten().take(1).for_each(Disk::fill);
    }

    /// Leaves hardly any room for the write-ahead log: what comes next ends the server, for as long as there
    /// is none.
    pub fn fill_wal(&self) {
        self.disks.iter().flatten().skip(1).for_each(Disk::fill);
        let _ = self.psql("postgres", USE_UP_WAL);
    }

    /// Gives the room back, and starts the server if it has ended.
    pub fn make_room(&self) {
        self.disks.iter().flatten().for_each(Disk::make_room);
        let end = Instant::now() + Duration::from_secs(60);
        while !self.psql("postgres", "SELECT 1").is_ok_and(|said| said.status.success()) {
            assert!(Instant::now() < end, "the server did not come up again");
            if !self.first_process().is_some_and(|pid| Path::new("/proc").join(pid).exists()) {
                self.starts();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn first_process(&self) -> Option<String> {
        let file = fs::read_to_string(self.server.home.join("data/postmaster.pid")).ok()?;
        file.lines().next().map(str::to_owned)
    }

    fn starts(&self) -> bool {
        starts(&self.server.bindir, &self.server.home, self.server.port, OPTIONS)
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.server.stop();
        self.disks = Err(String::new());
        self.server.remove();
    }
}

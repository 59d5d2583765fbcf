//! Three servers under Patroni, with etcd as their memory: one leads, and where it is killed another one
//! takes over by itself.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{SUPERUSER, as_server_user, bindir, give_to_server_user, new_home, run};

/// How many servers there are.
const MEMBERS: usize = 3;

/// How long the cluster is waited for: it takes its time to be sure that a leader is gone.
const PATIENCE: Duration = Duration::from_secs(180);

/// The cluster. Its processes end with the value.
#[derive(Debug)]
pub struct PatroniCluster {
    home: PathBuf,
    bindir: PathBuf,
    password: String,
    etcd: Child,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    port: u16,
    home: PathBuf,
    process: Child,
}

impl PatroniCluster {
    /// Starts one, and waits until one leads and the others follow. Nothing that was committed is lost with
    /// the leader: it waits for one of the others.
    pub fn start() -> Self {
        let (home, bindir) = (new_home(), bindir());
        let (clients, peers) = (free_port(), free_port());
        let etcd = Self::etcd(&home, clients, peers);
        let password = uuid::Uuid::new_v4().to_string();
        let member = |number| Self::member(&home, &bindir, number, clients, &password);
        let members = (0..MEMBERS).map(member).collect();
        let cluster = Self { home, bindir, password, etcd, members };
        cluster.wait_for(MEMBERS - 1);
        cluster
    }

    fn etcd(home: &Path, clients: u16, peers: u16) -> Child {
        let address = |port: u16| format!("http://127.0.0.1:{port}");
        let mut etcd = as_server_user(Path::new("/usr/bin/etcd"), home);
        etcd.args(["--data-dir", "etcd", "--name", "one", "--log-level", "error"])
            .args(["--listen-client-urls", &address(clients), "--advertise-client-urls", &address(clients)])
            .args(["--listen-peer-urls", &address(peers), "--initial-advertise-peer-urls", &address(peers)])
            .args(["--initial-cluster", &format!("one={}", address(peers))])
            .env("ETCD_UNSUPPORTED_ARCH", std::env::consts::ARCH);
        let log = fs::File::create(home.join("etcd.log")).unwrap();
        etcd.stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("etcd is installed: run the tests with scripts/test")
    }

    fn member(home: &Path, bindir: &Path, number: usize, etcd: u16, password: &str) -> Member {
        let place = home.join(format!("m{number}"));
        fs::create_dir(&place).unwrap();
        give_to_server_user(&place);
        let (port, api) = (free_port(), free_port());
        let (bindir, here) = (bindir.display(), place.display());
        let settings = format!(
            "scope: tenon\nname: m{number}\nrestapi: {{listen: '127.0.0.1:{api}', connect_address: '127.0.0.1:{api}'}}\n\
             etcd3: {{host: '127.0.0.1:{etcd}'}}\n\
             bootstrap:\n  dcs: {{ttl: 20, loop_wait: 2, retry_timeout: 4, synchronous_mode: true, \
             postgresql: {{use_pg_rewind: false, parameters: {{fsync: 'off', jit: 'off'}}}}}}\n  \
             initdb: [{{encoding: UTF8}}, {{locale: C.UTF-8}}]\n\
             postgresql:\n  listen: '127.0.0.1:{port}'\n  connect_address: '127.0.0.1:{port}'\n  data_dir: '{here}/data'\n  \
             bin_dir: '{bindir}'\n  pgpass: '{here}/pgpass'\n  \
             authentication: {{superuser: {{username: {SUPERUSER}, password: '{password}'}}, \
             replication: {{username: replicator, password: '{password}'}}}}\n  \
             parameters: {{unix_socket_directories: '{here}'}}\n  \
             pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 scram-sha-256', \
             'host replication replicator 127.0.0.1/32 scram-sha-256']\n"
        );
        let file = place.join("patroni.yml");
        fs::write(&file, settings).unwrap();
        give_to_server_user(&file);
        let process = Self::patroni(&place);
        Member { port, home: place, process }
    }

    fn patroni(place: &Path) -> Child {
        let log = fs::File::options().create(true).append(true).open(place.join("patroni.log")).unwrap();
        let mut patroni = as_server_user(Path::new("/usr/bin/patroni"), place);
        patroni.arg("patroni.yml").stdout(log.try_clone().unwrap()).stderr(log);
        patroni.spawn().expect("Patroni is installed: run the tests with scripts/test")
    }

    /// The address of a database, wherever it can be written to.
    pub fn url(&self, database: &str) -> String {
        let places: Vec<_> = self.members.iter().map(|member| format!("127.0.0.1:{}", member.port)).collect();
        let (password, places) = (&self.password, places.join(","));
        format!("postgresql://{SUPERUSER}:{password}@{places}/{database}?target_session_attrs=read-write")
    }

    /// Runs SQL on the one that leads. The result is its rows, one a line.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let leader = self.leader().unwrap_or_else(|| panic!("nobody leads: {}", self.log()));
        run(self.psql(leader, database).args(["-c", sql])).trim_end().to_owned()
    }

    /// Kills the leader and its Patroni as a power failure does. Others notice by its silence.
    pub fn kill_leader(&mut self) -> usize {
        let leader = self.leader().unwrap_or_else(|| panic!("nobody leads: {}", self.log()));
        let member = &mut self.members[leader];
        member.process.kill().unwrap();
        member.process.wait().unwrap();
        let pid = fs::read_to_string(member.home.join("data/postmaster.pid")).unwrap();
        run(Command::new("kill").args(["-KILL", pid.lines().next().unwrap()]));
        leader
    }

    /// Waits until another one leads, and is followed by so many.
    pub fn wait_for(&self, followers: usize) {
        let end = Instant::now() + PATIENCE;
        let sql = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')";
        let all = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
        let is_ready = || {
            let leader = self.leader()?;
            let asked = |sql: &str| {
                let output = self.psql(leader, "postgres").args(["-c", sql]).output().ok()?;
                String::from_utf8_lossy(&output.stdout).trim().parse::<usize>().ok()
            };
            Some(asked(sql)? >= 1 && asked(all)? >= followers)
        };
        while is_ready() != Some(true) {
            assert!(Instant::now() < end, "nobody leads: {}", self.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn leader(&self) -> Option<usize> {
        (0..self.members.len()).find(|number| {
            let mut psql = self.psql(*number, "postgres");
            let said = psql.args(["-c", "SELECT pg_is_in_recovery()"]).output();
            said.is_ok_and(|said| said.stdout.starts_with(b"f"))
        })
    }

    fn psql(&self, number: usize, database: &str) -> Command {
        let member = &self.members[number];
        let mut psql = Command::new(self.bindir.join("psql"));
        psql.env("PGHOST", &member.home).env("PGPORT", member.port.to_string()).env("PGUSER", SUPERUSER);
        psql.env("PGCONNECT_TIMEOUT", "5").stdin(Stdio::null());
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database]);
        psql
    }

    fn log(&self) -> String {
        let logs = self.members.iter().map(|member| member.home.join("patroni.log"));
        let logs = logs.chain([self.home.join("etcd.log")]);
        let ends = logs.map(|log| {
            let text = fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().rev().take(12).collect();
            format!("{}:\n{}", log.display(), lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        });
        ends.collect::<Vec<_>>().join("\n")
    }
}

impl Drop for PatroniCluster {
    fn drop(&mut self) {
        for member in &mut self.members {
            let _ = member.process.kill();
            let _ = member.process.wait();
            let mut stop = as_server_user(&self.bindir.join("pg_ctl"), &member.home);
            let _ = stop.args(["stop", "--mode=immediate", "--silent", "--pgdata=data"]).output();
        }
        let _ = self.etcd.kill();
        let _ = self.etcd.wait();
        let _ = fs::remove_dir_all(&self.home);
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

//! A plugin's routes, against the same endpoints hand-written on actix-web with deadpool-postgres: as many
//! workers, as many connections, the same statements, asked in turn by the same clients.

pub(super) mod clients;
mod hand_written;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use tenon_tests::{ServeProcess, World};
use tokio::runtime::Runtime;

use self::clients::{Answers, Ask, ask};
use super::median;

/// What tells a process to be the hand-written server: the database's address.
const FLOOR: &str = "TENON_BENCH_FLOOR";
const POOL: usize = 10;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

pub(super) fn route(clients: &str) {
    if let Ok(url) = std::env::var(FLOOR) {
        return hand_written::serve(&url, POOL);
    }
    let clients: usize = clients.parse().unwrap();
    let world = World::with(&["stall"]);
    world.set(&format!("[database]\npool_size = {POOL}\n[plugins]\nthreads = {POOL}"));
    world.tenon(&["heal", "--as", "bench", "--yes"]).expect_code(0);
    world.sql("ANALYZE");
    let ours = world.serve();
    let floor = HandWritten::start(&world);
    let both = Both { runtime: runtime(), ours: address(&ours), floor: floor.address };
    let sale = |path| Ask::post(path, r#"{"item":17,"qty":1}"#);
    both.measure("read one row", &Ask::get("/items/17"), clients);
    both.measure("list 100 rows", &Ask::get("/items"), clients);
    both.measure("insert", &sale("/sales"), clients);
    both.measure("insert in a transaction", &sale("/sales/in-a-transaction"), clients);
    both.measure("no statement", &Ask::get("/nothing"), clients);
    both.overhead();
}

/// The two servers that are compared, and the client's runtime.
struct Both {
    runtime: Runtime,
    ours: SocketAddr,
    floor: SocketAddr,
}

impl Both {
    fn measure(&self, what: &str, theirs: &Ask, clients: usize) {
        let ours = Ask { path: format!("/plugins/stall{}", theirs.path), ..theirs.clone() };
        let round = |time| {
            let answers = [
                self.runtime.block_on(ask(self.ours, &ours, clients, time)),
                self.runtime.block_on(ask(self.floor, theirs, clients, time)),
            ];
            assert!(answers.iter().all(|answers| answers.failed == 0), "{what}: there were errors");
            answers
        };
        round(ROUND / 4);
        let rounds: Vec<_> = (0..ROUNDS).map(|_| round(ROUND)).collect();
        let of = |which: usize, figure: fn(&Answers) -> f64| {
            median(rounds.iter().map(|round| figure(&round[which])).collect())
        };
        let ratio = |figure: fn(&Answers) -> f64| {
            median(rounds.iter().map(|round| figure(&round[0]) / figure(&round[1])).collect())
        };
        let p99 = |answers: &Answers| answers.percentile(99);
        println!(
            "route, {what}, {clients} clients: ours {:.0}/s, hand-written {:.0}/s, ratio {:.2}; p99 ours {:.2} ms, \
             hand-written {:.2} ms, ratio {:.2}",
            of(0, Answers::per_second),
            of(1, Answers::per_second),
            ratio(Answers::per_second),
            of(0, p99),
            of(1, p99),
            ratio(p99),
        );
    }

    /// What one statement costs more over the borrowed handle, with nobody else there.
    fn overhead(&self) {
        const TIMES: u32 = 2000;
        let each = |address, path: String| {
            let answers = self.runtime.block_on(ask(address, &Ask::get(&path), 1, ROUND));
            answers.percentile(50) * 1000.0 / f64::from(TIMES)
        };
        let (ours, theirs) = (
            each(self.ours, format!("/plugins/stall/many/{TIMES}")),
            each(self.floor, format!("/many/{TIMES}")),
        );
        println!(
            "route, one statement of many in a call: over the borrowed handle {ours:.1} µs, hand-written {theirs:.1} \
             µs, difference {:.1} µs",
            ours - theirs
        );
    }
}

pub(super) fn address(serving: &ServeProcess) -> SocketAddr {
    serving.url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap()
}

/// The client's runtime, of one thread: the rest of the machine is the servers'.
pub(super) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The hand-written server's process. It ends with the value.
struct HandWritten {
    address: SocketAddr,
    child: Child,
    _input: Option<ChildStdin>,
}

impl HandWritten {
    fn start(world: &World) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("route")
            .env(FLOOR, world.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { address: line.trim().parse().unwrap(), _input: child.stdin.take(), child }
    }
}

impl Drop for HandWritten {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

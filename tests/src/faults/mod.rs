//! Disturbing heals at every point, and seeing that nothing is lost: see `scripts/faults`.
//!
//! A heal runs as the real program, behind a wire that counts the messages between it and the server. At one
//! of them something happens. Afterwards the database has to be exactly as before or exactly as planned, the
//! ledger and the audit log have to say which, and the next heal has to succeed.

mod fault;
mod judge;
mod place;
mod report;
mod wire;

use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

pub use self::fault::{ALL, InjectedFault};
use self::judge::judge;
use self::place::Place;
pub use self::report::FaultReport;
use self::wire::{Message, Moment, Wire};
use crate::server::OwnServer;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct FaultOptions {
    pub points: usize,
    pub seed: u64,
    /// Only this; all in turn without it.
    pub only: Option<InjectedFault>,
    /// How many at a time, each on a server of its own.
    pub at_once: usize,
}

/// Of so many points one is at the heal's COMMIT or at the answer to it.
const COMMITS: usize = 8;

/// What is healed.
#[derive(Debug, Clone, Copy)]
struct Scene {
    name: &'static str,
    template: &'static str,
    plugins: &'static [&'static str],
}

/// The first heal of an empty database, and one that upgrades plugins with rows.
const SCENES: [Scene; 2] = [
    Scene { name: "first", template: "empty", plugins: &["identity", "inventory", "orders", "reporting"] },
    Scene { name: "upgrade", template: "old", plugins: &["identity", "inventory", "orders"] },
];

/// What an undisturbed heal does.
struct Reference {
    messages: usize,
    /// The log's entries before.
    entries: Vec<(String, String)>,
    before: String,
    after: String,
    ledger_before: String,
    ledger_after: String,
}

/// One heal that is disturbed.
#[derive(Debug, Clone, Copy)]
struct Point {
    scene: usize,
    fault: InjectedFault,
    moment: Moment,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = if self.moment.after { "after" } else { "before" };
        let message = match self.moment.message {
            Message::Number(number) => format!("message {number}"),
            Message::Commit => "COMMIT".to_owned(),
            Message::Committed => "the answer to COMMIT".to_owned(),
        };
        write!(f, "{} {when} {message} of the {} heal", self.fault, SCENES[self.scene].name)
    }
}

/// What came of a point.
enum Came {
    /// Nothing was lost; and whether the heal went through all the same, and of which SQLSTATEs it told.
    Kept {
        healed: bool,
        told: Vec<String>,
    },
    Lost(String),
    /// The fault cannot be made to strike here.
    Skipped(String),
}

/// Disturbs so many heals.
pub fn run(options: &FaultOptions) -> FaultReport {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..options.at_once {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                let stage = Stage::new();
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= options.points {
                        break;
                    }
                    let point = stage.point(options, number);
                    let came = match stage.cannot(point.fault) {
                        Some(why) => Came::Skipped(why),
                        None => stage.disturb(point).unwrap_or_else(Came::Lost),
                    };
                    send.send((number, point, came)).unwrap();
                }
            });
        }
        drop(send);
        let mut report = FaultReport::default();
        for (number, point, came) in receive {
            match came {
                Came::Kept { healed, told } => {
                    let struck = report.count(point.fault);
                    struck.healed += usize::from(healed);
                    struck.told.extend(told);
                }
                Came::Lost(why) => {
                    report.count(point.fault);
                    let told = format!("point {number} of seed {}: {point}\n{why}", options.seed);
                    eprintln!("{told}\n");
                    report.lost.push(told);
                }
                Came::Skipped(why) => report.skipped.entry(point.fault).or_insert((0, why)).0 += 1,
            }
            if report.points.is_multiple_of(25) {
                eprintln!("{} of {} points, lost {}", report.points, options.points, report.lost.len());
            }
        }
        report
    })
}

/// A server of a worker's own, with what the undisturbed heals do on it.
struct Stage {
    server: Arc<Mutex<OwnServer>>,
    references: Vec<Reference>,
}

impl Stage {
    fn new() -> Self {
        let server = OwnServer::start();
        Place::prepare(&server, "empty");
        let server = Arc::new(Mutex::new(server));
        let old = Place::new(&server, "empty", &["identity_1_0", "inventory_1_0"]);
        let ran = old.run(&["heal", "--yes", "--as", "ops"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let copied = format!("ALTER DATABASE {} RENAME TO old", old.database());
        server.lock().unwrap().sql("postgres", &copied);
        let references = SCENES.iter().map(|scene| Reference::of(&server, scene)).collect();
        Self { server, references }
    }

    /// The point of this number, the same for the same seed.
    fn point(&self, options: &FaultOptions, number: usize) -> Point {
        let mut random =
            StdRng::seed_from_u64(options.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let scene = random.random_range(0..SCENES.len());
        let fault = options.only.unwrap_or(ALL[number % ALL.len()]);
        let moment = if fault == InjectedFault::FreezeCommit {
            // Each in turn: there are four, and each takes a minute.
            let message = if number.is_multiple_of(2) { Message::Commit } else { Message::Committed };
            Moment { message, after: number % 4 >= 2 }
        } else {
            let message = match random.random_range(0..COMMITS * 2) {
                0 => Message::Commit,
                1 => Message::Committed,
                _ => Message::Number(random.random_range(0..self.references[scene].messages)),
            };
            Moment { message, after: random.random() }
        };
        Point { scene, fault, moment }
    }

    /// Why that cannot happen here, if it cannot.
    fn cannot(&self, fault: InjectedFault) -> Option<String> {
        let server = self.server.lock().unwrap();
        server.cannot_be_filled().filter(|_| fault.fills()).map(str::to_owned)
    }

    /// Disturbs a heal. Fails with what was lost.
    fn disturb(&self, point: Point) -> Result<Came, String> {
        let (scene, reference) = (SCENES[point.scene], &self.references[point.scene]);
        let place = Arc::new(Place::new(&self.server, scene.template, scene.plugins));
        let host = Arc::new(AtomicU32::new(0));
        let (there, process) = (Arc::clone(&place), Arc::clone(&host));
        let wire = Wire::to(place.port(), Some(point.moment), move |grip| {
            point.fault.strike(&there, process.load(Ordering::SeqCst), grip);
        });
        let child = place.start(wire.port, &["heal", "--yes", "--as", "ops", "--json"]);
        host.store(child.id(), Ordering::SeqCst);
        let ran = place.end(child);
        drop(wire);
        point.fault.lift(&place);
        // A session that has lost its host ends when it notices.
        let gone = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid()";
        let began = Instant::now();
        while place.says(gone).as_deref() != Some("t") && began.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(20));
        }
        let healed = judge(&place, reference, &ran).map_err(|why| format!("{why}\n{ran:?}"))?;
        let states = ran.out.split("\"sqlstate\":\"").skip(1).filter_map(|rest| rest.split('"').next());
        Ok(Came::Kept { healed, told: states.map(str::to_owned).collect() })
    }
}

impl Reference {
    fn of(server: &Arc<Mutex<OwnServer>>, scene: &Scene) -> Self {
        let place = Place::new(server, scene.template, scene.plugins);
        let (before, ledger_before) = (place.schema(), place.ledger());
        let entries = place.entries().unwrap();
        let wire = Wire::to(place.port(), None, |_| {});
        let ran = place.end(place.start(wire.port, &["heal", "--yes", "--as", "ops", "--json"]));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let messages = wire.passed();
        let (after, ledger_after) = (place.schema(), place.ledger());
        Self { messages, entries, before, after, ledger_before, ledger_after }
    }
}

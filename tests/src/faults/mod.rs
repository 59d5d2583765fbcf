//! Disturbing heals at every point, and seeing that nothing is lost: see `scripts/faults`.
//!
//! A heal runs as the real program, behind a wire that counts the messages between it and the server. At one of
//! them something happens. Afterwards the database has to be exactly as before or exactly as planned, the ledger
//! and the audit log have to say which, and the next heal has to succeed.

mod fault;
mod place;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

pub use self::fault::{ALL, Fault};
use self::place::{Place, Ran};
use self::wire::{Moment, Wire};
use crate::server::OwnServer;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    pub points: usize,
    pub seed: u64,
    /// Only this; all in turn without it.
    pub only: Option<Fault>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    points: usize,
    /// By fault: how often it struck, and how often the heal went through all the same.
    by_fault: BTreeMap<Fault, (usize, usize)>,
    /// What was lost, each with what it takes to see it again.
    pub lost: Vec<String>,
}

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
    before: String,
    after: String,
    ledger_before: String,
    ledger_after: String,
}

/// What cuts all connections.
type Scissors = Box<dyn Fn() + Send>;

/// One heal that is disturbed.
#[derive(Debug, Clone, Copy)]
struct Point {
    scene: usize,
    fault: Fault,
    moment: Moment,
}

/// Disturbs so many heals, two at a time.
pub fn run(options: &Options) -> Report {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..2 {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                let stage = Stage::new();
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= options.points {
                        break;
                    }
                    let point = stage.point(options, number);
                    send.send((number, point, stage.disturb(point))).unwrap();
                }
            });
        }
        drop(send);
        let mut report = Report::default();
        for (number, point, came) in receive {
            report.points += 1;
            let struck = report.by_fault.entry(point.fault).or_default();
            struck.0 += 1;
            match came {
                Ok(healed) => struck.1 += usize::from(healed),
                Err(why) => {
                    let Point { scene, fault, moment } = point;
                    let when = if moment.after { "after" } else { "before" };
                    let scene = SCENES[scene].name;
                    let told = format!(
                        "point {number} of seed {}: {fault} {when} message {} of the {scene} heal\n{why}",
                        options.seed, moment.message
                    );
                    eprintln!("{told}\n");
                    report.lost.push(told);
                }
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
        let server = OwnServer::start("");
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
    fn point(&self, options: &Options, number: usize) -> Point {
        let mut random =
            StdRng::seed_from_u64(options.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let scene = random.random_range(0..SCENES.len());
        let fault = options.only.unwrap_or(ALL[number % ALL.len()]);
        let message = random.random_range(0..self.references[scene].messages);
        Point { scene, fault, moment: Moment { message, after: random.random() } }
    }

    /// Disturbs a heal. Gives whether it went through all the same, or what was lost.
    fn disturb(&self, point: Point) -> Result<bool, String> {
        let (scene, reference) = (SCENES[point.scene], &self.references[point.scene]);
        let place = Arc::new(Place::new(&self.server, scene.template, scene.plugins));
        let former = place.entries()?;
        let host = Arc::new(AtomicU32::new(0));
        let scissors: Arc<Mutex<Option<Scissors>>> = Arc::default();
        let (there, process, cut) = (Arc::clone(&place), Arc::clone(&host), Arc::clone(&scissors));
        let wire = Wire::to(place.port(), Some(point.moment), move || {
            let cut = || cut.lock().unwrap().iter().for_each(|cut| cut());
            point.fault.strike(&there, process.load(Ordering::SeqCst), &cut);
        });
        *scissors.lock().unwrap() = Some(Box::new(wire.scissors()));
        let child = place.start(wire.port, &["heal", "--yes", "--as", "ops", "--json"]);
        host.store(child.id(), Ordering::SeqCst);
        let ran = place.end(child);
        drop(wire);
        // A session that has lost its host ends when it notices.
        let gone = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid()";
        let began = Instant::now();
        while place.sql(gone) != "t" && began.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(20));
        }
        point.fault.lift(&place);
        judge(&place, reference, &former, &ran).map_err(|why| format!("{why}\n{ran:?}"))
    }
}

impl Reference {
    fn of(server: &Arc<Mutex<OwnServer>>, scene: &Scene) -> Self {
        let place = Place::new(server, scene.template, scene.plugins);
        let (before, ledger_before) = (place.schema(), place.ledger());
        let wire = Wire::to(place.port(), None, || {});
        let ran = place.end(place.start(wire.port, &["heal", "--yes", "--as", "ops", "--json"]));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let messages = wire.passed();
        Self { messages, before, after: place.schema(), ledger_before, ledger_after: place.ledger() }
    }
}

/// Whether all agree on what happened, and the next heal succeeds. Gives whether the disturbed one did.
fn judge(
    place: &Place,
    reference: &Reference,
    former: &[(String, String)],
    ran: &Ran,
) -> Result<bool, String> {
    let schema = place.schema();
    let healed = schema == reference.after;
    if !healed && schema != reference.before {
        return Err("the schema is neither as before nor as planned".to_owned());
    }
    let ledger = if healed { &reference.ledger_after } else { &reference.ledger_before };
    if place.ledger() != *ledger {
        return Err(format!("the schema is healed: {healed}, and the ledger says otherwise"));
    }
    if (ran.code == Some(0)) != healed && ran.code.is_some() && !ran.out.contains("\"unclear\"") {
        return Err(format!("the schema is healed: {healed}, and the program said otherwise"));
    }
    if ran.err.contains("did not end within") || ran.err.contains("panicked") {
        return Err("the program hung or panicked".to_owned());
    }
    let told = told_by(place, former)?;
    let truthful = match told.as_slice() {
        [] => !healed,
        [result] if healed => result == "succeeded",
        [result] => result == "failed" || result == "cancelled",
        _ => false,
    };
    if !truthful {
        return Err(format!("the schema is healed: {healed}, and the audit log has {told:?}"));
    }
    chain_holds(place)?;
    let next = place.run(&["heal", "--yes", "--as", "next", "--json"]);
    if next.code != Some(0) || place.schema() != reference.after || place.ledger() != reference.ledger_after {
        return Err(format!("the next heal did not come to its end: {next:?}"));
    }
    let all = told_by(place, former)?;
    if all.len() != told.len() + usize::from(!healed) {
        return Err(format!("the next heal left {all:?} after {told:?}"));
    }
    chain_holds(place)?;
    Ok(healed)
}

/// The results of the heals that were not known before. One that nobody has ended yet is given its time.
fn told_by(place: &Place, former: &[(String, String)]) -> Result<Vec<String>, String> {
    let began = Instant::now();
    loop {
        let resolved = place.run(&["audit", "resolve"]);
        if resolved.code != Some(0) {
            return Err(format!("audit resolve: {resolved:?}"));
        }
        let mut entries = place.entries()?;
        entries.retain(|entry| !former.contains(entry));
        let open = entries.iter().any(|(_, result)| result == "started");
        if !open || began.elapsed() > Duration::from_secs(75) {
            return Ok(entries.into_iter().map(|(_, result)| result).collect());
        }
        thread::sleep(Duration::from_millis(500));
    }
}

fn chain_holds(place: &Place) -> Result<(), String> {
    let verified = place.run(&["audit", "verify"]);
    if verified.code == Some(0) { Ok(()) } else { Err(format!("audit verify: {verified:?}")) }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<20} {:>6} {:>14}", "fault", "points", "healed anyway")?;
        for (fault, (points, healed)) in &self.by_fault {
            writeln!(f, "{:<20} {points:>6} {healed:>14}", fault.to_string())?;
        }
        write!(f, "points {}, lost {}", self.points, self.lost.len())
    }
}

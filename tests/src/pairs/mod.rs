//! Pairs of schemas, before and after, with rows in every table: whether the repairs make the one into the
//! other.
//!
//! Each pair is run in both directions. Both of its schemas are made in databases of their own, and filled;
//! what the one is found to differ from the other in is repaired, everything in one transaction, as a heal
//! does. It is whole if then the snapshots are equal, `pg_dump` says the same of both, and every row is there
//! that was, but for what a hazard has told of. Some pairs, chosen by the seed, are also run together, as one
//! schema that has changed in many ways.

mod composed;
mod desk;
mod dump;
mod repair;
mod report;
mod rows;
mod state;
mod text;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

pub use report::{Outcome, PairReport};
pub use text::Pair;

use crate::database::TestDatabase;
use crate::server::TestServer;

/// What to run.
#[derive(Debug, Clone)]
pub struct PairOptions {
    pub pairs: Vec<Pair>,
    /// Of what is run together.
    pub seed: u64,
    /// How often several pairs are run together.
    pub composed: usize,
    /// Whether `pg_dump` is asked too.
    pub dumps: bool,
}

/// The number of databases that are busy at once.
const AT_ONCE: usize = 4;
/// The number of pairs that are run together.
const TOGETHER: usize = 5;

/// Runs all pairs, and says what came of each as it goes. The same options give the same pairs.
pub fn run(options: &PairOptions, tell: &(dyn Fn(&str) + Sync)) -> PairReport {
    prepare_server();
    let major = TestDatabase::new().major();
    let has_icu = TestServer::shared().has_icu();
    let can_be_made = |pair: &&Pair| pair.can_be_made(major, has_icu);
    let mut pairs: Vec<_> = options.pairs.iter().filter(can_be_made).cloned().collect();
    pairs.extend(composed(&pairs, options));
    let next = AtomicUsize::new(0);
    let report = Mutex::new(PairReport::new(major));
    let run_some = || {
        let desk = desk::Desk::default();
        while let Some(pair) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
            for (direction, outcome) in state::run(pair, options.dumps, &desk) {
                let name = format!("{} {direction}", pair.name);
                let line = report.lock().unwrap().take(name, outcome);
                line.iter().for_each(|line| tell(line));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(run_some);
        }
    });
    let mut report = report.into_inner().unwrap();
    report.sort();
    report
}

fn composed(pairs: &[Pair], options: &PairOptions) -> Vec<Pair> {
    let mut dice = StdRng::seed_from_u64(options.seed);
    let mut apart: Vec<_> = pairs.iter().filter(|pair| !pair.is_alone).collect();
    let compose = |_| {
        apart.shuffle(&mut dice);
        composed::together(&apart[..TOGETHER.min(apart.len())])
    };
    (0..options.composed).map(compose).collect()
}

/// The roles that pairs name are the whole server's.
pub fn prepare_server() {
    for role in ["pair_owner", "pair_reader", "pair_writer", "Pair's \"role\""] {
        let _ = TestServer::shared().try_role(role);
    }
}

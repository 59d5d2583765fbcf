//! Measures Tenon and its floor in one run, and prints the ratio: `bench
//! check|heal|migrations|order|route|callers|load|asked|history|plugins|fleet|events [SIZE]`; and what an
//! author waits for: `bench author [SIZE]`.
//!
//! The plugin `many_tables` makes the tables; how many, it reads from the environment, which only a new
//! process can be given safely. So each measurement is a process of its own, started by the first; and the
//! memory of a check is measured in one more, which has done nothing else.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod asked;
mod author;
mod callers;
mod check;
mod events;
mod fleet;
mod floor;
mod heal;
mod history;
mod load;
mod order;
mod plugins;
mod route;

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use tenon_host::heal::HealOutcome;

/// What tells a process that it is to measure, and the plugin how many tables to bring.
const SIZE: &str = "TENON_BENCH_TABLES";

/// What is measured, of which sizes, and how.
type Measurement = (&'static str, &'static [&'static str], fn(&str));

const MEASUREMENTS: [Measurement; 13] = [
    ("check", &["100", "1000", "10000"], check::check),
    ("heal", &["100", "1000", "5000"], heal::tables),
    ("migrations", &["500"], heal::migrations),
    ("order", &["100000"], order::order),
    ("route", &["16"], route::route),
    ("callers", &["16"], callers::callers),
    ("load", &["8"], load::load),
    ("asked", &["1000"], asked::asked),
    ("history", &["10000"], history::history),
    ("plugins", &["100"], plugins::plugins),
    ("fleet", &["500"], fleet::fleet),
    ("events", &["5000"], events::events),
    ("author", &["1"], author::author),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named =
        |(name, ..): &&(&str, &[&str], fn(&str))| arguments.first().is_some_and(|given| given == name);
    let Some((name, usual, measure)) = MEASUREMENTS.iter().find(named) else { return usage() };
    if let Ok(size) = std::env::var(SIZE) {
        measure(&size);
        return ExitCode::SUCCESS;
    }
    let sizes = match arguments.get(1) {
        Some(size) if size.parse::<u32>().is_ok_and(|size| size > 0) => vec![size.as_str()],
        Some(_) => return usage(),
        None => usual.to_vec(),
    };
    for size in sizes {
        let this = std::env::current_exe().unwrap();
        let ended = Command::new(this).arg(name).env(SIZE, size).status().unwrap();
        if !ended.success() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: bench check|heal|migrations|order|route|callers|load|asked|history|plugins|fleet|events|author [SIZE]"
    );
    ExitCode::from(64)
}

fn succeeded(outcome: &HealOutcome) {
    assert!(matches!(outcome, HealOutcome::Succeeded { .. }), "{outcome:#?}");
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap());
    values[values.len() / 2]
}

/// Prints rounds of ours and of the floor, which were measured in turn: whatever else the machine does falls
/// on both, so the ratio is the median of the rounds' ratios. Beside it that of the fastest rounds, which
/// were disturbed least.
fn print(what: &str, floor: &str, rounds: &[(Duration, Duration)]) {
    let (ours, theirs): (Vec<_>, Vec<_>) =
        rounds.iter().map(|(ours, theirs)| (ours.as_secs_f64(), theirs.as_secs_f64())).unzip();
    let fastest = |times: &[f64]| times.iter().copied().fold(f64::INFINITY, f64::min);
    let of_fastest = fastest(&ours) / fastest(&theirs);
    let ratio = median(ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect());
    let ms = |times| median(times) * 1000.0;
    println!(
        "{what}: ours {:.1} ms, floor {:.1} ms ({floor}), ratio {ratio:.2}, of the fastest {of_fastest:.2}",
        ms(ours),
        ms(theirs)
    );
}

/// A figure of this process as Linux tells it, in KiB.
fn memory_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

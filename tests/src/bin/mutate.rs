//! Changes schemas in every way and prints how many of the changes a reading tells, or repairs pairs of
//! schemas and prints how many were made whole: see `scripts/mutate`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tenon_tests::artifacts::root;
use tenon_tests::mutate::{MutateEvent, Options, SchemaSource, run_telling};
use tenon_tests::pairs::{self, Pair};

/// How often it is said how far it is.
const EVERY: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    match options(std::env::args().skip(1)) {
        Ok(What::Pairs(options)) => {
            let report = pairs::run(&options, &|line| println!("{line}"));
            println!("{}", report.totals());
            if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Ok(What::Changes(options)) => {
            let mut told: Option<Instant> = None;
            let report = run_telling(&options, &mut |said| match said {
                MutateEvent::Progress(how_far) if told.is_none_or(|told| told.elapsed() >= EVERY) => {
                    told = Some(Instant::now());
                    eprintln!("{how_far}");
                }
                MutateEvent::Progress(_) => {}
                MutateEvent::Result(line) => {
                    println!("{line}");
                    let _ = std::io::stdout().flush();
                }
            });
            println!("\n{}", report.summary());
            if report.is_perfect() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            eprintln!("error: {why}\nhint: scripts/mutate --help");
            ExitCode::from(64)
        }
    }
}

/// What is asked for.
enum What {
    Changes(Options),
    Pairs(pairs::PairOptions),
}

/// How often several pairs are run together.
const COMPOSED: usize = 40;

fn options(mut arguments: impl Iterator<Item = String>) -> Result<What, String> {
    let mut options = Options { sources: Vec::new(), seed: 1, rounds: 1, one_in: 1 };
    let (mut are_pairs, mut only) = (false, None);
    while let Some(name) = arguments.next() {
        if name == "--pairs" {
            are_pairs = true;
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|error| format!("{name} {value}: {error}"));
        match name.as_str() {
            "--schema" => {
                let source =
                    SchemaSource::of(Path::new(&value)).map_err(|error| format!("{value}: {error}"))?;
                options.sources.push(source);
            }
            "--seed" => options.seed = number()?,
            "--rounds" => options.rounds = number()?,
            "--only" => only = Some(value),
            _ => return Err(format!("{name} is not known")),
        }
    }
    if are_pairs {
        let mut pairs = Pair::all(&root().join("tests/pairs"));
        // Those that are asked for by name are not run together too.
        let composed = if only.is_some() { 0 } else { COMPOSED };
        pairs.retain(|pair| only.as_ref().is_none_or(|only| pair.name.contains(only.as_str())));
        return Ok(What::Pairs(pairs::PairOptions { pairs, seed: options.seed, composed, dumps: true }));
    }
    if options.sources.is_empty() {
        options.sources = SchemaSource::usual();
    }
    Ok(What::Changes(options))
}

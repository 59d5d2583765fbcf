//! Changes schemas in every way and prints how many of the changes a reading tells: see `scripts/mutate`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tenon_tests::mutate::{Options, Said, Source, run_telling};

/// How often it is said how far it is.
const EVERY: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    match options(std::env::args().skip(1)) {
        Ok(options) => {
            let mut told: Option<Instant> = None;
            let report = run_telling(&options, &mut |said| match said {
                Said::Progress(how_far) if told.is_none_or(|told| told.elapsed() >= EVERY) => {
                    told = Some(Instant::now());
                    eprintln!("{how_far}");
                }
                Said::Progress(_) => {}
                Said::Result(line) => {
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

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { sources: Vec::new(), seed: 1, rounds: 1 };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|error| format!("{name} {value}: {error}"));
        match name.as_str() {
            "--schema" => {
                let source = Source::of(Path::new(&value)).map_err(|error| format!("{value}: {error}"))?;
                options.sources.push(source);
            }
            "--seed" => options.seed = number()?,
            "--rounds" => options.rounds = number()?,
            _ => return Err(format!("{name} is not known")),
        }
    }
    if options.sources.is_empty() {
        options.sources = Source::usual();
    }
    Ok(options)
}

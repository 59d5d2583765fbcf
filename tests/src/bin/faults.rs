//! Disturbs heals and prints whether anything was lost: see `scripts/faults`.

use std::process::ExitCode;

use tenon_tests::faults::{FaultOptions, run};

fn main() -> ExitCode {
    match options(std::env::args().skip(1)) {
        Ok(options) => {
            let report = run(&options);
            println!("{report}");
            if report.lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            eprintln!("error: {why}\nhint: scripts/faults --help");
            ExitCode::from(64)
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<FaultOptions, String> {
    let mut options = FaultOptions { points: 130, seed: 1, only: None, at_once: 3 };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let wrong = |error: std::num::ParseIntError| format!("{name} {value}: {error}");
        match name.as_str() {
            "--points" => options.points = value.parse().map_err(wrong)?,
            "--seed" => options.seed = value.parse().map_err(wrong)?,
            "--at-once" => options.at_once = value.parse().map_err(wrong)?,
            "--fault" => options.only = Some(value.parse()?),
            _ => return Err(format!("{name} is not known")),
        }
    }
    Ok(options)
}

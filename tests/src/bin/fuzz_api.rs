//! Asks the API of a real server for whatever its OpenAPI document allows, and for what it does not: see
//! `scripts/fuzz-api`.
#![expect(clippy::unwrap_used, reason = "a program for tests may fail like them")]

use std::fs;
use std::process::{Command, ExitCode};

use tenon_tests::World;

/// What is held of each answer. Who may ask is held by the suites.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,unsupported_method,allow_header_conformance";

fn main() -> ExitCode {
    match options(std::env::args().skip(1)) {
        Ok((examples, seed)) => run(&examples.to_string(), &seed.to_string()),
        Err(why) => {
            eprintln!("error: {why}\nhint: scripts/fuzz-api --help");
            ExitCode::from(64)
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<(u32, u64), String> {
    let (mut examples, mut seed) = (100, 1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let wrong = |error: std::num::ParseIntError| format!("{name} {value}: {error}");
        match name.as_str() {
            "--examples" => examples = value.parse().map_err(wrong)?,
            "--seed" => seed = value.parse().map_err(wrong)?,
            _ => return Err(format!("{name} is not known")),
        }
    }
    Ok((examples, seed))
}

fn run(examples: &str, seed: &str) -> ExitCode {
    let world = World::with(&["identity", "inventory"]);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.sql("ALTER TABLE inventory.item ADD COLUMN extra text");
    let serving = world.serve();
    // The password is in a file: arguments are seen by everybody.
    let config = world.path().join("schemathesis.toml");
    let password = serving.password();
    fs::write(&config, format!("[auth]\nbasic = {{ username = \"admin\", password = \"{password}\" }}\n"))
        .unwrap();
    let document = world.path().join("openapi.json");
    fs::write(&document, world.tenon(&["openapi"]).expect_code(0).out).unwrap();
    // Single requests: which answer leads to which request, the tool only guesses.
    let status = Command::new("schemathesis")
        .current_dir(world.path())
        .arg("--config-file")
        .arg(&config)
        .args([
            "run",
            "--phases",
            "examples,coverage,fuzzing",
            "--checks",
            CHECKS,
            "--exclude-path-regex",
            "/events$",
            "--max-examples",
            examples,
        ])
        .args(["--seed", seed, "--generation-database", "none", "--request-timeout", "30"])
        .args(["--url", serving.url.trim_end_matches('/')])
        .arg(&document)
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: schemathesis cannot be run: {error}\nhint: scripts/fuzz-api installs it");
            ExitCode::FAILURE
        }
    }
}

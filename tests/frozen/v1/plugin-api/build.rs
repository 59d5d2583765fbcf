//! Records which compiler builds the SDK, and for what: part of every plugin's build fingerprint.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=TENON_TARGET={}", env::var("TARGET").unwrap_or_default());
    println!("cargo::rustc-env=TENON_RUSTC={}", rustc_version().unwrap_or_else(|| "unknown".to_owned()));
}

/// The compiler's version line without its first word, such as `1.95.0 (59807616e 2026-04-14)`.
fn rustc_version() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    Some(line.trim().trim_start_matches("rustc ").to_owned())
}

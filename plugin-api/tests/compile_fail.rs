//! What must not compile, and what it says then.
//!
//! The words beside the cases are those of one compiler, since each has its own. Another compiler has to
//! refuse all cases just as well; what it says is then not compared.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler of the words beside the cases: the workspace's `rust-version`.
const OLDEST: &str = concat!("rustc ", env!("CARGO_PKG_RUST_VERSION"), ".");
/// Where the cases of a run without words are.
const COPIES: &str = "TENON_COMPILE_FAIL_COPIES";

#[test]
fn the_connection_cannot_outlive_its_call() {
    none_compiles("the_connection_cannot_outlive_its_call", Path::new("tests/borrow"));
}

#[test]
fn a_wrong_declaration_is_an_error_at_its_place() {
    none_compiles("a_wrong_declaration_is_an_error_at_its_place", Path::new("tests/declare"));
}

fn none_compiles(test: &str, cases: &Path) {
    if let Some(copies) = std::env::var_os(COPIES) {
        trybuild::TestCases::new().compile_fail(Path::new(&copies).join("*.rs"));
    } else if std::env::var_os("TRYBUILD").is_some() || is_oldest_compiler() {
        trybuild::TestCases::new().compile_fail(cases.join("*.rs"));
    } else {
        // Only where a process has this variable from its start are words written that are not there.
        let run = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env("TRYBUILD", "overwrite")
            .env(COPIES, without_words(cases))
            .status()
            .unwrap();
        assert!(run.success(), "not all of {} are refused", cases.display());
    }
}

fn is_oldest_compiler() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap().stdout;
    String::from_utf8(version).unwrap().starts_with(OLDEST)
}

fn without_words(cases: &Path) -> PathBuf {
    let copies = Path::new(env!("CARGO_TARGET_TMPDIR")).join(cases);
    let _ = std::fs::remove_dir_all(&copies);
    std::fs::create_dir_all(&copies).unwrap();
    for case in std::fs::read_dir(cases).unwrap() {
        let case = case.unwrap();
        if case.path().extension().is_some_and(|extension| extension == "rs") {
            std::fs::copy(case.path(), copies.join(case.file_name())).unwrap();
        }
    }
    copies
}

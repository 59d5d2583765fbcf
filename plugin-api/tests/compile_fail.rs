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

/// The directories of the cases. One test compiles them all, since each would compile all dependencies anew.
const CASES: [&str; 2] = ["tests/borrow", "tests/declare"];

#[test]
fn the_connection_cannot_outlive_its_call_and_a_wrong_declaration_is_an_error_at_its_place() {
    if let Some(copies) = std::env::var_os(COPIES) {
        none_compiles(CASES.map(|cases| Path::new(&copies).join(cases)));
    } else if std::env::var_os("TRYBUILD").is_some() || is_oldest_compiler() {
        none_compiles(CASES.map(PathBuf::from));
    } else {
        // Only where a process has this variable from its start are words written that are not there.
        let run = Command::new(std::env::current_exe().unwrap())
            .arg("--nocapture")
            .env("TRYBUILD", "overwrite")
            .env(COPIES, without_words())
            .status()
            .unwrap();
        assert!(run.success(), "not all cases are refused");
    }
}

fn none_compiles(directories: [PathBuf; 2]) {
    let compiler = trybuild::TestCases::new();
    for cases in directories {
        compiler.compile_fail(cases.join("*.rs"));
    }
}

fn is_oldest_compiler() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap().stdout;
    String::from_utf8(version).unwrap().starts_with(OLDEST)
}

fn without_words() -> PathBuf {
    let copies = Path::new(env!("CARGO_TARGET_TMPDIR")).join("without-words");
    let _ = std::fs::remove_dir_all(&copies);
    for cases in CASES {
        std::fs::create_dir_all(copies.join(cases)).unwrap();
        for case in std::fs::read_dir(cases).unwrap() {
            let case = case.unwrap();
            if case.path().extension().is_some_and(|extension| extension == "rs") {
                std::fs::copy(case.path(), copies.join(cases).join(case.file_name())).unwrap();
            }
        }
    }
    copies
}

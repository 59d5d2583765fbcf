//! Any bytes at all, looked at as a plugin's file.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tenon_host::plugin::inspect::{Facts, explain, judge_bytes};
use tenon_host::plugin::problem::Problem;

static FACTS: LazyLock<Facts> = LazyLock::new(Facts::own);

fuzz_target!(|bytes: &[u8]| {
    let judged = judge_bytes(bytes, &FACTS);
    let refused = judged.problems.iter().any(Problem::is_refusal);
    assert!(refused || judged.info.is_some(), "what passes is somebody");
    assert!(judged.problems.iter().all(|problem| !explain(problem.code).is_empty()), "{:?}", judged.problems);
});

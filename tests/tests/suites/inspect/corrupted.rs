//! Ten thousand corrupted copies of a good plugin: none disturbs the inspection, and none that passes it the
//! host.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use tenon_host::plugin::inspect::{Facts, judge_bytes};
use tenon_host::plugin::problem::Problem;
use tenon_tests::artifacts::{library, root};
use tenon_tests::{World, corrupted};

/// How many of them, in CI as well.
const COPIES: u64 = 10_000;
/// How many of those that pass inspection are loaded.
const LOADED: usize = 32;

/// Each is refused with reasons, or passes; in this process, where a panic would end the test.
fn inspected(name: &str, good: &[u8], facts: &Facts) -> Vec<u64> {
    let mut passed = Vec::new();
    let mut slowest = (Duration::ZERO, 0);
    for seed in 0..COPIES {
        let copy = corrupted(good, seed);
        let from = Instant::now();
        let judged = judge_bytes(&copy, facts);
        slowest = slowest.max((from.elapsed(), seed));
        if judged.problems.iter().any(Problem::is_refusal) {
            assert!(
                judged
                    .problems
                    .iter()
                    .all(|problem| !problem.reason.is_empty() && !problem.remedy.is_empty())
            );
        } else {
            assert!(judged.info.is_some(), "{name}, seed {seed}: it passed and is nobody");
            passed.push(seed);
        }
    }
    // None sends it on a long way: the whole of the good one takes milliseconds.
    assert!(slowest.0 < Duration::from_secs(5), "{name}, seed {}: {:?}", slowest.1, slowest.0);
    passed
}

/// The plugin without its debug information, which no header speaks of: copying it takes most of the time.
fn good() -> Vec<u8> {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("libinventory.so");
    let strip = Command::new("strip").arg("-o").arg(&file).arg(library("inventory")).status().unwrap();
    assert!(strip.success());
    fs::read(file).unwrap()
}

#[test]
fn none_of_ten_thousand_corrupted_copies_disturbs_the_inspection() {
    let good = good();
    assert!(!judge_bytes(&good, &Facts::own()).problems.iter().any(Problem::is_refusal));
    let passed = inspected("the plugin", &good, &Facts::own()).len() as u64;
    // Most of a library is code and data, of which no header speaks.
    assert!((1..COPIES).contains(&passed), "{passed} passed");
}

#[test]
fn none_of_ten_thousand_corrupted_libraries_of_other_systems_disturbs_the_inspection() {
    let at = root().join("tests/tests/suites/inspect/foreign");
    for file in ["abroad.dll", "abroad.dylib"] {
        let good = fs::read(at.join(file)).unwrap();
        assert_eq!(inspected(file, &good, &Facts::own()), Vec::<u64>::new());
    }
}

#[test]
fn a_corrupted_copy_that_passes_inspection_ends_one_start_at_most() {
    let good = good();
    let passed = (0..COPIES).filter(|seed| {
        let problems = judge_bytes(&corrupted(&good, *seed), &Facts::own()).problems;
        !problems.iter().any(Problem::is_refusal)
    });
    let world = World::with(&["identity"]);
    world.set("[plugins]\nload_timeout = \"5s\"");
    for seed in passed.take(LOADED) {
        world.write_library("libinventory.so", &corrupted(&good, seed));
        // It is loaded, or refused; or ends one process, and the next one comes up without it.
        let starts = [(); 3].map(|()| world.try_tenon_once(&["plugin", "list"]));
        let told = format!("seed {seed}\n{}", starts.join("\n"));
        let ended = |start: &String| !start.starts_with("exit status: 0");
        let first = starts.iter().position(ended);
        for start in first.map_or(&starts[..], |first| &starts[first + 1..]) {
            assert!(!ended(start), "{told}");
            assert!(start.contains("identity   Identity Plugin   1.1.0    usable"), "{told}");
            assert_eq!(start.contains("it is in quarantine since"), first.is_some(), "{told}");
        }
    }
}

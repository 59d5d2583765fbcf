//! Heals that are disturbed at every point: `scripts/faults` disturbs more of them.

use tenon_tests::faults::{Options, run};

#[test]
fn invariant_2_invariant_4_a_disturbed_heal_leaves_all_or_nothing_and_the_audit_log_says_which() {
    let report = run(&Options { points: 110, seed: 1, only: None });
    assert!(report.lost.is_empty(), "{report}\n{}", report.lost.join("\n\n"));
}

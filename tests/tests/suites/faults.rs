//! Heals that are disturbed at every point: `scripts/faults` disturbs more of them.

use tenon_tests::faults::{ALL as IN_TURN, FaultOptions, InjectedFault, run};
use tenon_tests::is_long;

#[test]
fn invariant_2_invariant_4_a_disturbed_heal_leaves_all_or_nothing_and_the_audit_log_says_which() {
    // So many turns for each fault; CI has the short form.
    let turns = if is_long() { 16 } else { 1 };
    let report = run(&FaultOptions { points: turns * IN_TURN.len(), seed: 1, only: None, at_once: 3 });
    println!("{report}");
    assert!(report.lost.is_empty(), "{report}\n{}", report.lost.join("\n\n"));
    assert!(report.tells(InjectedFault::FillData, "53100"), "{report}");
}

#[test]
fn invariant_4_a_commit_that_is_never_answered_is_asked_after_and_its_end_told_truthfully() {
    // Before and after COMMIT has come to the server, before and after its answer has come to the host.
    let report =
        run(&FaultOptions { points: 4, seed: 1, only: Some(InjectedFault::FreezeCommit), at_once: 4 });
    assert!(report.lost.is_empty(), "{report}\n{}", report.lost.join("\n\n"));
    assert_eq!(report.healed_anyway(), 3, "{report}");
}

//! Changes of every kind, one at a time: see `scripts/mutate`, which does the same with more schemas and seeds.

use tenon_tests::mutate::{Options, Source, run};

#[test]
fn every_kind_of_change_is_told_and_mended_and_a_restore_is_no_change() {
    let report = run(&Options { sources: vec![Source::fixture()], seed: 1, rounds: 1 });
    assert!(report.is_perfect(), "{report}");
    assert_eq!(report.never_tried(), []);
    let (caught, tried) = report.recall();
    assert!(caught == tried && tried > 300, "{report}");
    // What has no mend: a label too many, what would be guesswork, what would take others' data along.
    assert!(report.mended() + 10 > tried, "{report}");
}

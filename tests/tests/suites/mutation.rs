//! Changes of every kind, one at a time: see `scripts/mutate`, which does the same with more schemas and seeds.

use tenon_tests::mutate::{Options, Source, run};

#[test]
fn every_kind_of_change_is_told_and_mended_and_a_restore_is_no_change() {
    let report = run(&Options { sources: vec![Source::fixture()], seed: 1, rounds: 1 });
    assert!(report.is_perfect(), "{report}");
    assert_eq!(report.never_tried(), []);
    let (caught, tried) = report.recall();
    assert!(caught == tried && tried > 300, "{report}");
    assert!(report.renewed_in_part > 80, "{} of {tried}", report.renewed_in_part);
    // What has no mend: a label too many, what would be guesswork, what would take others' data along; where a column
    // stands; whether a child declares itself what it has from its parent; a table that is somebody else's.
    assert!(report.mended() + 25 > tried, "{report}");
}

#[test]
fn each_dump_of_the_corpus_restored_elsewhere_and_restored_again_is_as_it_was() {
    // Where there is no corpus, the project's own schema.
    let sources = Some(Source::corpus()).filter(|dumps| !dumps.is_empty());
    let sources = sources.unwrap_or_else(|| vec![Source::gallery()]);
    let report = run(&Options { sources, seed: 1, rounds: 0 });
    assert!(report.is_perfect(), "{report}");
}

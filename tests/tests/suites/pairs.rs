//! Pairs of schemas that mends make into each other: see `scripts/mutate --pairs`, which also asks `pg_dump`.

use tenon_tests::artifacts::root;
use tenon_tests::pairs::{Options, Pair, run};

#[test]
fn mends_make_each_schema_of_a_pair_into_the_other_and_keep_every_row() {
    let pairs = Pair::all(&root().join("tests/pairs"));
    assert!(pairs.len() > 300, "{}", pairs.len());
    let report = run(&Options { pairs, seed: 1, composed: 10, dumps: false }, &|_| {});
    assert!(report.is_good(), "{report}");
}

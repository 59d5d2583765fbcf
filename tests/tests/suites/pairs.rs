//! Pairs of schemas that repairs make into each other: see `scripts/mutate --pairs`, which runs all of them,
//! more of them together, and asks `pg_dump` too.

use tenon_tests::artifacts::root;
use tenon_tests::pairs::{Pair, PairOptions, run};

#[test]
fn mends_make_each_schema_of_a_pair_into_the_other_and_keep_every_row() {
    let all = Pair::all(&root().join("tests/pairs"));
    assert!(all.len() > 400, "{}", all.len());
    // Of each kind some.
    let pairs = all.into_iter().step_by(4).collect();
    let report = run(&PairOptions { pairs, seed: 1, composed: 4, dumps: false }, &|_| {});
    assert!(report.is_good(), "{report}");
}

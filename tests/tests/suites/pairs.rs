//! Pairs of schemas that repairs make into each other: see `scripts/mutate --pairs`, which runs all of them,
//! more of them together, and asks `pg_dump` too.

use tenon_tests::artifacts::root;
use tenon_tests::pairs::{Pair, PairOptions, run};
use tenon_tests::some_of;

#[test]
fn mends_make_each_schema_of_a_pair_into_the_other_and_keep_every_row() {
    let all = Pair::all(&root().join("tests/pairs"));
    assert!(all.len() > 400, "{}", all.len());
    let pairs = some_of(all, 8);
    let report = run(&PairOptions { pairs, seed: 1, composed: 4, dumps: false }, &|_| {});
    assert!(report.is_good(), "{report}");
}

//! The statements of `sql!`, which `tenon plugin lock` proves.

use tenon_tests::World;

#[test]
fn everything_that_is_wrong_with_a_plugins_statements_is_told_at_once_with_its_place_and_what_helps() {
    let world = World::with(&["faulty", "identity"]);
    let run = world.tenon(&["plugin", "lock", "faulty"]).expect_code(1);
    insta::assert_snapshot!(run.err);
    assert!(!world.path().join("tenon.lock").exists());
    let json = world.tenon(&["plugin", "lock", "faulty", "--check", "--json"]).expect_code(1);
    assert!(json.out.contains("\"place\":\"tests/plugins/faulty.rs:"), "{json:#?}");
}

//! Migrations that were edited after they were applied: how much of an edit counts.

use serde_json::Value;
use tenon_tests::{Run, World};

/// A place where the plugin's first migration was applied before it was edited so.
fn edited(how: &str) -> (World, impl Fn(&World, &[&str]) -> Run + use<>) {
    let world = World::with(&["edited"]);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    let how = how.to_owned();
    (world, move |world, arguments| world.tenon_with(&[("EDITED", &how)], arguments))
}

/// The findings of the plugin: cause and severity.
fn findings(check: &Run) -> Vec<(String, String)> {
    let report = check.json();
    let plugins = report["plugins"].as_array().unwrap();
    let plugin = plugins.iter().find(|plugin| plugin["id"] == "edited").unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = plugin["findings"].as_array().unwrap().iter();
    findings.map(|finding| (text(&finding["cause"]), text(&finding["severity"]))).collect()
}

fn pairs(told: &[(&str, &str)]) -> Vec<(String, String)> {
    told.iter().map(|(cause, severity)| ((*cause).to_owned(), (*severity).to_owned())).collect()
}

#[test]
fn an_edit_of_comments_and_line_endings_warns_and_the_next_migration_is_applied() {
    let (world, tenon) = edited("bytes");
    let check = tenon(&world, &["check", "--json"]).expect_code(2);
    assert_eq!(findings(&check), pairs(&[("pending", "breaking"), ("edited", "warning")]));
    assert!(check.out.contains("but only in comments, blanks or line endings"), "{}", check.out);
    tenon(&world, &["heal", "--yes", "--as", "ops"]).expect_code(0);
    let check = tenon(&world, &["check", "--json"]).expect_code(2);
    assert_eq!(findings(&check), pairs(&[("edited", "warning")]));
    assert_eq!(world.sql("SELECT obj_description('edited.thing'::regclass)"), "One");
}

#[test]
fn an_edit_of_what_postgresql_reads_breaks_and_nothing_is_built_upon_it() {
    let (world, tenon) = edited("tokens");
    let check = tenon(&world, &["check", "--json"]).expect_code(2);
    assert_eq!(findings(&check), pairs(&[("pending", "breaking"), ("edited", "breaking")]));
    tenon(&world, &["heal", "--yes", "--as", "ops"]).expect_code(5);
}

#[test]
fn where_the_ledger_does_not_know_what_was_read_every_edit_breaks() {
    let (world, tenon) = edited("bytes");
    world.sql("UPDATE tenon.migration SET tokens = NULL WHERE plugin = 'edited'");
    let check = tenon(&world, &["check", "--json"]).expect_code(2);
    assert_eq!(findings(&check), pairs(&[("pending", "breaking"), ("edited", "breaking")]));
    tenon(&world, &["heal", "--yes", "--as", "ops"]).expect_code(5);
}

#[test]
fn a_checksum_that_the_file_accepts_is_in_step() {
    let (world, tenon) = edited("accepted");
    let check = tenon(&world, &["check", "--json"]).expect_code(2);
    assert_eq!(findings(&check), pairs(&[("pending", "breaking")]));
    tenon(&world, &["heal", "--yes", "--as", "ops"]).expect_code(0);
    tenon(&world, &["check"]).expect_code(0);
}

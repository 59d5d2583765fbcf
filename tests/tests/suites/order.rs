//! The order between plugins: what a file says of it, what is told where nothing is said, and what lacks.

use tenon_tests::{World, artifacts, failure_of};

/// Puts a plugin there that brings this one file.
fn bring(world: &World, id: &str, sql: &str) {
    let files = [("0001_a.sql".to_owned(), sql.to_owned())];
    world.write_library(&format!("lib{id}.so"), &artifacts::bringing(id, &files));
}

const MAKES: &str = "CREATE SCHEMA IF NOT EXISTS base;\nCREATE TABLE base.item (id int PRIMARY KEY);\nCREATE FUNCTION base.one() RETURNS int LANGUAGE sql AS 'SELECT 1';";
const NEEDS: &str = "CREATE SCHEMA uses;\nCREATE TABLE uses.line (item int REFERENCES base.item);";

#[test]
fn a_file_that_needs_what_a_later_one_makes_is_refused_and_runs_where_the_other_says_that_it_comes_before() {
    let world = World::with(&[]);
    bring(&world, "brings_10", NEEDS);
    bring(&world, "brings_20", MAKES);
    let run = world.tenon(&["plan"]).expect_code(5);
    for told in [
        "brings_10/0001_a.sql:2:1",
        "it needs base.item, which brings_20/0001_a.sql makes",
        "-- tenon:requires brings_20/0001_a.sql",
        "have brings_10 require brings_20 in its manifest",
    ] {
        assert!(run.err.contains(told), "{told} is not in {run:#?}");
    }
    bring(&world, "brings_20", &format!("-- tenon:before brings_10/0001_a.sql\n{MAKES}"));
    let host = world.host();
    let plan = host.plan();
    assert!(plan.refusals.is_empty() && plan.notes.is_empty(), "{plan:#?}");
    let files: Vec<_> = plan.files().into_iter().filter(|file| !file.starts_with("core/")).collect();
    assert_eq!(files, ["brings_20/0001_a.sql", "brings_10/0001_a.sql"]);
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(world.sql("SELECT count(*) FROM uses.line"), "0");
}

#[test]
fn what_shows_only_when_it_runs_is_told_with_the_line_that_helps() {
    for (sql, what) in [
        (
            "CREATE SCHEMA base; DO $$ BEGIN EXECUTE 'CREATE TABLE public.t (item int REFERENCES base.' || 'item)'; END $$",
            "base.item",
        ),
        ("DO $$ BEGIN PERFORM base.one(); END $$", "schema base"),
        ("DO $$ BEGIN EXECUTE 'CREATE TABLE base.' || 'other (a int)'; END $$", "schema base"),
    ] {
        let world = World::with(&[]);
        bring(&world, "brings_10", sql);
        bring(&world, "brings_20", MAKES);
        let failure = failure_of(world.host().heal());
        let hint = failure.remedy.clone().unwrap_or_default();
        assert!(
            hint.starts_with(&format!("{what} is made by brings_20/0001_a.sql, which comes later: ")),
            "{failure:#?}"
        );
        assert!(
            hint.contains("write `-- tenon:requires brings_20/0001_a.sql` at the top of 0001_a.sql"),
            "{failure:#?}"
        );
    }
}

#[test]
fn where_the_alphabet_alone_decides_the_plan_says_so_and_is_run_all_the_same() {
    let world = World::with(&[]);
    bring(&world, "brings_10", MAKES);
    bring(&world, "brings_20", NEEDS);
    let run = world.tenon(&["plan"]).expect_code(2);
    for told in [
        "1 note",
        "brings_10/0001_a.sql and brings_20/0001_a.sql both touch base.item, and only the alphabet says which comes first [order-by-alphabet]",
        "remedy: if it matters, write `-- tenon:requires brings_10/0001_a.sql` at the top of 0001_a.sql",
    ] {
        assert!(run.out.contains(told), "{told} is not in {run:#?}");
    }
    assert_eq!(world.host().heal().word(), "succeeded");
}

#[test]
fn a_line_that_puts_a_file_before_what_cannot_be_after_it_is_told_of_its_own_plugin_alone() {
    let world = World::with(&["inventory", "identity"]);
    bring(&world, "brings_10", "-- tenon:before inventory/0009_nothing.sql\nSELECT 1");
    let health = world.host().check();
    let out: Vec<_> = health
        .plugins
        .iter()
        .filter(|plugin| plugin.findings.iter().any(|one| one.message.contains("0009_nothing")))
        .collect();
    assert_eq!(out.iter().map(|plugin| plugin.id.as_str()).collect::<Vec<_>>(), ["brings_10"], "{health:#?}");
    world.remove("brings_10");
    world.heal_and_prove(&["inventory", "identity"]);
}

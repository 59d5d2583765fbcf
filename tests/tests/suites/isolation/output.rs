//! What a plugin prints, and what it has for the end of the process.

use serde_json::json;
use tenon_tests::{Lacks, World, artifacts, on_a_kernel_that};

use super::{act, refused, rogue};

/// The lines of a plugin in a log that is no JSON.
fn said<'a>(log: &'a str, what: &str) -> Vec<&'a str> {
    log.lines().filter(|line| line.contains("rogue") && line.contains(what)).collect()
}

#[test]
fn what_a_plugin_prints_is_in_the_log_with_its_name_and_nowhere_else() {
    let (_world, serving) = rogue();
    assert_eq!(act(&serving, "print"), "write of what is not there: uncategorized error");
    for (line, level, stream) in [
        ("printed by println", "INFO", "standard output"),
        ("printed by eprintln", "WARN", "standard error"),
        ("printed by write", "INFO", "standard output"),
        ("and without an end", "INFO", "standard output"),
    ] {
        let event = serving.logged(line, |event| event["message"] == line);
        assert_eq!(event["plugin"], "rogue", "{event}");
        assert_eq!(event["level"], level, "{event}");
        assert_eq!(event["printed_to"], stream, "{event}");
    }
    // A panic says where it was: in a call the SDK tells it, and on a thread of the plugin's own it is
    // printed.
    for (panic, printed_to) in [("panic", None), ("on-a-thread/panic", Some("standard error"))] {
        act(&serving, panic);
        serving.logged(panic, |event| {
            event["plugin"] == "rogue"
                && event["message"].as_str().is_some_and(|text| text.contains("rogue/acts.rs"))
                && event["printed_to"].as_str() == printed_to
        });
    }
    assert_eq!(refused(&serving), "");
}

#[test]
fn what_a_plugin_prints_while_it_is_loaded_is_no_part_of_the_commands_output() {
    for place in ["constructor", "init"] {
        let world = World::with(&["inventory"]);
        drop(world.heal_and_prove(&["inventory"]));
        let quiet = world.tenon(&["check", "--json"]);
        world.write_library("librogue.so", &artifacts::rogue(place, "print"));
        for arguments in
            [&["check", "--json", "-v"][..], &["plan", "--json", "-v"], &["plugin", "list", "--json", "-v"]]
        {
            let run = world.tenon(arguments);
            serde_json::from_str::<serde_json::Value>(&run.out)
                .unwrap_or_else(|error| panic!("{error}: {run:#?}"));
            for printed in ["printed by println", "printed by eprintln", "printed by write", "without an end"]
            {
                assert!(!run.out.contains(printed), "{run:#?}");
                assert_eq!(said(&run.err, printed).len(), 1, "{run:#?}");
            }
        }
        // Whoever does not ask for the log is told nothing of it.
        let run = world.tenon(&["check", "--json"]);
        assert_eq!(run.err, quiet.err, "{run:#?}");
    }
}

#[test]
fn the_last_words_before_an_abort_are_in_the_log() {
    let (_world, serving) = rogue();
    assert!(
        serving.another().try_post_as_admin("/plugins/rogue/free-what-is-not-there", &json!({})).is_err()
    );
    serving.logged("the C library's words", |event| {
        event["plugin"] == "rogue" && event["message"] == "free(): invalid pointer"
    });
}

#[test]
fn a_plugin_that_prints_without_end_does_not_fill_the_disk() {
    let (_world, serving) = rogue();
    assert_eq!(act(&serving, "print-without-end"), "it printed");
    let event = serving.logged("that lines are left out", |event| {
        event["plugin"] == "rogue"
            && event["message"] == "a plugin prints so much that lines of it are left out"
            && event["times"].as_u64() >= Some(10_000)
    });
    assert_eq!(event["level"], "WARN");
    let lines = serving.all_logged(|event| event["printed_to"] == "standard output").len();
    assert!((100..1_000).contains(&lines), "{lines} lines of 100000");
    serving.get("/plugins/inventory/items").expect_status(200);
}

#[test]
fn where_the_kernel_does_not_tell_nobody_reads_what_is_printed() {
    let world = super::world();
    world.write_library("librogue.so", &artifacts::rogue("init", "print"));
    let run = on_a_kernel_that(&[Lacks::Listener], || world.tenon(&["check", "--json", "-v"]));
    serde_json::from_str::<serde_json::Value>(&run.out).unwrap_or_else(|error| panic!("{error}: {run:#?}"));
    assert!(!run.all().contains("printed by"), "{run:#?}");
}

#[test]
fn what_a_library_has_for_the_end_of_the_process_changes_neither_output_nor_status() {
    for order in ["init say-and-exit-at-end", "destructor say-and-exit"] {
        let world = World::with(&["inventory"]);
        drop(world.heal_and_prove(&["inventory"]));
        let (place, deed) = order.split_once(' ').unwrap();
        world.write_library("librogue.so", &artifacts::rogue(place, deed));
        for (arguments, code) in [
            (&["heal", "--yes", "--as", "ana"][..], 0),
            (&["check"], 0),
            (&["plan"], 0),
            (&["plugin", "list"], 0),
        ] {
            let run = world.tenon(arguments).expect_code(code);
            assert!(!run.all().contains("last words"), "{order}: {run:#?}");
        }
        let serving = world.serve();
        assert_eq!(act(&serving, "hello"), "hello", "{order}");
        assert_eq!(serving.stop(), 0, "{order}");
    }
}

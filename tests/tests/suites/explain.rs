//! What codes mean: on the command line, on the page, and behind the type of an error; and what they tell
//! somebody to run works.

use tenon_tests::{Run, World};

/// What a code's text says, with the command that it tells.
#[track_caller]
fn tells(world: &World, code: &str, command: &str) {
    let told = world.tenon(&["explain", code]).expect_code(0);
    let flat = told.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&format!("`tenon {command}`")), "{code} does not tell {command}: {told:#?}");
}

fn run(world: &World, line: &str) -> Run {
    world.tenon(&line.split(' ').collect::<Vec<_>>())
}

#[test]
fn what_codes_tell_to_run_works_where_they_are_met() {
    let world = World::with(&["identity", "inventory"]);
    tells(&world, "pending", "plan");
    assert!(run(&world, "plan").expect_code(2).out.contains("inventory/0001_items.sql"));
    for code in ["pending", "ledger", "pending-core"] {
        tells(&world, code, "heal");
    }
    run(&world, "heal --yes --as ops").expect_code(0);
    for code in ["unknown", "nothing-to-forget", "held", "no_database"] {
        tells(&world, code, "check");
    }
    run(&world, "check").expect_code(0);
    for (code, command) in [("rights", "plan"), ("not-pending", "plan"), ("not_recorded", "plan")] {
        tells(&world, code, command);
    }
    for code in ["unloadable", "no_plugin", "out"] {
        tells(&world, code, "plugin list");
    }
    assert!(run(&world, "plugin list").expect_code(0).out.contains("Inventory Plugin"));
    tells(&world, "descriptor_mismatch", "plugin lock ID");
    assert!(run(&world, "explain --all").out.contains("`tenon plugin lock` and `tenon plugin verify` try"));
    run(&world, "plugin lock identity").expect_code(0);
    run(&world, "plugin quarantine inventory --reason loud --as ops").expect_code(0);
    tells(&world, "quarantined", "plugin release ID");
    run(&world, "plugin release inventory --as ops").expect_code(0);
    tells(&world, "unknown-finding", "finding list");
    run(&world, "finding list").expect_code(0);
    for code in ["cancelled", "failed", "unclear"] {
        tells(&world, code, "audit list");
    }
    run(&world, "audit list").expect_code(0);
    run(&world, "admin add bob --role administrator --generate --as ops").expect_code(0);
    run(&world, "admin add ada --role viewer --generate --as ops").expect_code(0);
    tells(&world, "wrong_credentials", "admin passwd NAME");
    run(&world, "admin passwd ada --generate --as ops").expect_code(0);
    world.remove("inventory");
    run(&world, "check").expect_code(2);
    tells(&world, "missing", "ledger forget ID");
    run(&world, "ledger forget inventory --yes --as ops").expect_code(0);
    run(&world, "check").expect_code(0);
}

#[test]
fn a_code_is_explained_on_the_page_and_an_error_names_the_page_that_explains_it() {
    let world = World::with(&["identity"]);
    let problem = {
        let serving = world.serve();
        let problem = serving.get_as_admin("/api/v1/plan?colour=red").expect_status(400).json();
        assert_eq!((&problem["code"], &problem["type"]), (&"bad_query".into(), &"/explain/bad_query".into()));
        assert!(serving.get("/explain/pending").text.contains("Log in"));
        serving.log_in().expect_status(200);
        let page = serving.get(problem["type"].as_str().unwrap()).expect_status(200);
        assert!(page.text.contains("A parameter of the address is not known"), "{}", page.text);
        // Where several kinds have a code of one name, all are explained; in backticks stand code elements.
        let page = serving.get("/explain/quarantined").expect_status(200).text;
        assert!(page.contains("cause of findings") && page.contains("error of the API"), "{page}");
        assert!(page.contains("<code>tenon plugin release ID</code>") && !page.contains('`'), "{page}");
        serving.get("/explain/nonsense").expect_status(404);
        serving.get("/explain").expect_status(200);
        // A plugin's own error is explained as such.
        let absent = serving.get("/plugins/identity/nothing").expect_status(503).json();
        serving.get(absent["type"].as_str().unwrap()).expect_status(200);
        problem
    };
    let listed = run(&world, "explain --json").expect_code(0).json();
    let codes = listed["codes"].as_array().unwrap();
    assert!(codes.iter().any(|one| one["code"] == problem["code"] && one["kind"] == "api"), "{listed:#}");
    assert_eq!(run(&world, "explain").expect_code(0).out.lines().count(), codes.len() + 1);
    let document = run(&world, "explain --all").expect_code(0).out;
    assert_eq!(document.matches("\n### ").count(), codes.len());
}

#[test]
fn a_code_that_is_not_one_is_told_with_the_nearest_and_with_the_list() {
    let world = World::with(&[]);
    let told = run(&world, "explain not-pinend").expect_code(64);
    assert!(told.err.contains("`tenon explain not-pinned`"), "{told:#?}");
    assert!(run(&world, "explain not-pinned").expect_code(0).out.contains("plugins.trust"));
    let told = run(&world, "explain zzz").expect_code(64);
    assert!(told.err.contains("`tenon explain`"), "{told:#?}");
}

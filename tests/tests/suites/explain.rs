//! What codes mean: on the command line, on the page, and behind the type of an error; and what they tell
//! somebody to run works.

use std::fs;
use std::path::Path;

use serde_json::json;
use tenon_host::report::explain::explain;
use tenon_tests::artifacts::root;
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
    for (code, command) in
        [("call_input", "plugin list"), ("column", "check"), ("event_payload", "event retry")]
    {
        tells(&world, code, command);
    }
    run(&world, "event retry --as ops").expect_code(0);
    tells(&world, "settings", "plugin settings ID");
    run(&world, "plugin settings inventory").expect_code(0);
    tells(&world, "needs_newer_host", "--version");
    assert!(run(&world, "--version").expect_code(0).out.starts_with("tenon "));
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

/// The files of the command line in which something may end as refused without a failure of its own: what
/// the exit codes are, and what is said of many databases.
const REFUSED_WITHOUT_FAILURE: [&str; 5] =
    ["exit.rs", "failure.rs", "fleet/healed.rs", "fleet/many.rs", "fleet/plan.rs"];

/// Adds the sources below a folder, without their tests.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn no_command_refuses_anything_without_a_code() {
    let folder = root().join("host/src/cli");
    let mut found = Vec::new();
    sources(&folder, &mut found);
    assert!(found.len() > 80, "{}", found.len());
    let allowed = REFUSED_WITHOUT_FAILURE.map(|file| folder.join(file).display().to_string());
    let wrong: Vec<_> = found
        .iter()
        .filter(|(file, text)| text.contains("Exit::Refused") && !allowed.contains(file))
        .map(|(file, _)| file)
        .collect();
    assert!(wrong.is_empty(), "refuse with Failure::refused or Failure::refused_by: {wrong:#?}");
}

/// The words that stand in the place of a code: `PluginError::new(501, "needs_newer_host", …)`.
fn codes_in(text: &str) -> Vec<String> {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let makers = ["PluginError::new(", "Self::new("].iter();
    let mut codes = Vec::new();
    for (at, maker) in makers.flat_map(|maker| flat.match_indices(maker)) {
        let arguments = flat[at + maker.len()..].trim_start();
        let Some((status, rest)) = arguments.split_once(',') else { continue };
        let Some(code) = rest.trim_start().strip_prefix('"') else { continue };
        if status.bytes().all(|byte| byte.is_ascii_digit()) {
            codes.push(code.split('"').next().unwrap().to_owned());
        }
    }
    codes
}

#[test]
fn whatever_code_the_sdk_gives_a_plugin_is_explained() {
    let mut found = Vec::new();
    sources(&root().join("plugin-api/src"), &mut found);
    let mut codes: Vec<_> = found.iter().flat_map(|(_, text)| codes_in(text)).collect();
    codes.sort();
    codes.dedup();
    for known in ["needs_newer_host", "call_output", "forbidden", "column", "fetch_failed"] {
        assert!(codes.iter().any(|code| code == known), "{known} is not found: {codes:?}");
    }
    let unexplained: Vec<_> = codes.iter().filter(|code| explain(code).is_empty()).collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");
    let world = World::with(&[]);
    let told = run(&world, "explain needs_newer_host").expect_code(0).out;
    assert!(told.contains("error of the SDK") && told.contains("generation 1"), "{told}");
}

/// The code of the document that a command prints with `--json`.
fn code_in_json(world: &World, line: &str) -> serde_json::Value {
    let told = run(world, &format!("{line} --json"));
    let mut document = told.last_json();
    match document.get_mut("error") {
        Some(error) => error["code"].take(),
        // A heal that was not begun has the code as its result.
        None => document["result"].take(),
    }
}

#[test]
fn whatever_a_command_refuses_has_a_code_in_text_and_in_json_that_is_explained() {
    let world = World::with(&["identity", "inventory"]);
    drop(world.heal_and_prove(&["identity", "inventory"]));
    for file in ["there.tenon", "broken.toml"] {
        fs::write(world.path().join(file), "nonsense").unwrap();
    }
    fs::create_dir(world.path().join("empty")).unwrap();
    fs::create_dir(world.path().join("notes")).unwrap();
    fs::write(world.path().join("notes/kept"), "").unwrap();
    run(&world, "admin add bob --role administrator --generate --as ops").expect_code(0);
    run(&world, "admin add ada --role viewer --generate --as ops").expect_code(0);
    let nowhere = "0".repeat(64);
    let (approve, hash) =
        (format!("plan approve {nowhere} --as ops"), format!("heal --yes --plan-hash {nowhere}"));
    let refused = [
        ("backup there.tenon", 5, "file_exists"),
        ("restore there.tenon --yes", 5, "no_backup"),
        ("restore nowhere.tenon --yes", 1, "file_failed"),
        ("postgres upgrade --to 18 --yes", 5, "not_managed"),
        ("admin add ada --role viewer --generate --as ops", 5, "account_exists"),
        ("admin remove nobody --as ops", 5, "no_account"),
        ("admin add a/b --role viewer --generate --as ops", 5, "bad_name"),
        ("plugin release identity --as ops", 5, "not_quarantined"),
        ("plugin quarantine nobody --reason loud --as ops", 5, "no_plugin"),
        ("plugin inspect --against 99.0.0", 5, "unknown_version"),
        ("plugin inspect --against /bin/true", 5, "not_a_host"),
        ("plugin new notes", 1, "file_exists"),
        ("notify test", 5, "no_targets"),
        ("finding unacknowledge nothing --as ops", 5, "refused"),
        (&approve, 5, "approvals_not_configured"),
        (&hash, 5, "plan_changed"),
        ("ledger forget nobody --yes --as ops", 5, "refused"),
        ("fleet plan --targets /nowhere/targets", 5, "bad_targets"),
        ("check --config broken.toml", 5, "bad_configuration"),
        ("check --plugin-dir empty", 5, "no_plugins"),
    ];
    for (line, exit, code) in refused {
        let told = run(&world, line).expect_code(exit);
        let first = told.err.lines().find(|line| line.starts_with("error: "));
        assert!(first.is_some_and(|first| first.ends_with(&format!("[{code}]"))), "{code}: {told:#?}");
        assert!(!explain(code).is_empty(), "{code}");
        assert_eq!(code_in_json(&world, line), code, "{line}");
    }
    // The single reasons of a refusal have codes too.
    let reasons = run(&world, "ledger forget nobody --yes --as ops");
    assert!(reasons.err.contains("nothing-to-forget: "), "{reasons:#?}");
    world.bring(
        "brings_00",
        &[("0001_a.sql", "CREATE SCHEMA brings_00;\nSELECT 1 / 0;\n")],
        &json!({ "format": 1 }),
    );
    let unproved = run(&world, "plugin lock brings_00 --json").expect_code(1).last_json();
    assert_eq!(unproved["error"]["code"], "not_proved", "{unproved:#}");
    let mut parts = unproved["error"]["parts"].as_array().unwrap().iter().map(|part| part["code"].as_str());
    assert!(parts.all(|code| code.is_some_and(|code| !explain(code).is_empty())), "{unproved:#}");
    // So has what is wrong with the database.
    world.set_url("postgresql://nobody@127.0.0.1:1/nothing");
    for line in ["plan", "audit verify", "backup b.tenon", "finding unacknowledge nothing --as ops"] {
        let told = run(&world, line).expect_code(3);
        assert_eq!(told.codes(), ["unreachable"], "{told:#?}");
        assert_eq!(code_in_json(&world, line), "unreachable", "{line}");
    }
    world.manage();
    assert_eq!(code_in_json(&world, "check"), "no_managed_database");
}

#[test]
fn what_codes_of_commands_tell_to_run_works_where_they_are_met() {
    let world = World::with(&["identity", "inventory"]);
    for code in ["former_ledger_empty", "no_managed_database"] {
        tells(&world, code, "heal");
    }
    run(&world, "heal --yes --as ops").expect_code(0);
    tells(&world, "bad_configuration", "config check");
    fs::write(world.path().join("broken.toml"), "nonsense = 1\n").unwrap();
    run(&world, "check --config broken.toml").expect_code(5);
    let told = run(&world, "config check --config broken.toml").expect_code(5);
    assert!(told.err.contains("nonsense"), "{told:#?}");
    for code in ["managed_failed", "not_enforced"] {
        tells(&world, code, "doctor");
    }
    assert!(run(&world, "doctor").expect_code(0).out.contains("disk"));
    for code in ["lock_out_of_date", "not_proved"] {
        tells(&world, code, "plugin lock ID");
    }
    run(&world, "plugin lock identity").expect_code(0);
    tells(&world, "nothing_to_import", "schema read");
    assert!(run(&world, "schema read").expect_code(0).out.contains("inventory.item"));
    tells(&world, "audit_broken", "audit export");
    assert!(run(&world, "audit export").expect_code(0).out.contains("succeeded"));
    tells(&world, "other", "check");
    assert!(run(&world, "explain unreachable").expect_code(0).out.contains("trouble with the database"));
    let document = run(&world, "explain --all").expect_code(0).out;
    assert!(document.contains("`tenon check --json` has these as the `kind` of its trouble"));
    assert_eq!(run(&world, "check --json").expect_code(0).json()["status"], "healthy");
}

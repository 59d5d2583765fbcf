//! The statements of `sql!`, which `tenon plugin lock` proves.

use std::fs;

use serde_json::json;
use tenon_tests::World;
use tenon_tests::artifacts::root;

#[test]
fn everything_that_is_wrong_with_a_plugins_statements_is_told_at_once_with_its_place_and_what_helps() {
    let world = World::with(&["faulty", "identity"]);
    let run = world.tenon(&["plugin", "lock", "faulty"]).expect_code(1);
    insta::assert_snapshot!(run.err);
    assert!(!world.path().join("tenon.lock").exists());
    let json = world.tenon(&["plugin", "lock", "faulty", "--check", "--json"]).expect_code(1);
    assert!(json.out.contains("\"place\":\"tests/plugins/faulty.rs:"), "{json:#?}");
}

#[test]
fn what_may_be_null_and_is_read_as_if_it_could_not_is_a_warning_and_no_fault() {
    let world = World::with(&["typed"]);
    let run = world.tenon(&["plugin", "lock", "typed"]).expect_code(0);
    let warnings: Vec<_> = run.err.lines().filter(|line| line.starts_with("warning: ")).collect();
    let [warning] = warnings.as_slice() else { panic!("{run:#?}") };
    assert!(warning.starts_with("warning: tests/plugins/typed/typed.rs:"), "{warning}");
    assert!(
        warning.ends_with(
            "the column touched may be NULL, and is read as Timestamp: read it as Option<Timestamp>"
        ),
        "{warning}"
    );
}

#[test]
fn the_first_migration_is_written_from_what_is_declared() {
    let world = World::with(&["typed_unborn"]);
    let run = world.tenon(&["plugin", "diff", "typed"]).expect_code(2);
    let written = root().join("tests/plugins/typed/0001_typed.sql");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs::write(&written, &run.out).unwrap();
    }
    // The query of the view is spelled as the server has it.
    let before_view = |sql: &str| {
        sql.split_once("\n   FROM ").map(|(before, _)| before.replace("stay.\"", "\"").replace("stay.m", "m"))
    };
    let (out, file) = (before_view(&run.out), before_view(&fs::read_to_string(written).unwrap()));
    assert!(out.is_some() && out == file, "{run:#?}");
}

#[test]
fn values_of_every_type_come_back_as_they_were_sent_and_routes_are_bound_to_functions() {
    let world = World::with(&["typed"]);
    drop(world.heal_and_prove(&["typed"]));
    let serving = world.serve();
    let stay = json!({
        "guest": "A", "mood": "wild", "lasts": "P1M2DT3.5S", "address": "10.0.0.1", "host": "10.0.0.1/8",
        "network": "2001:db8::/32", "nights": { "lower": "2026-01-01", "upper": "2026-01-04" }, "seats": null,
        "price": { "lower": "10.50", "upper": null, "bounds": "()" }, "pauses": ["PT1H", "P-1D"],
        "weeks": [{ "empty": true }, { "lower": null, "upper": null, "bounds": "()" }], "touched": null,
    });
    let booked = serving.post("/plugins/typed/stays", &stay).expect_status(201).json();
    let mut expected = stay.clone();
    expected["id"] = json!(1);
    expected["nights"]["bounds"] = json!("[)");
    expected["weeks"][0] = json!({ "empty": true, "lower": null, "upper": null, "bounds": "[)" });
    assert_eq!(booked, expected);
    assert_eq!(serving.get("/plugins/typed/stays/1").expect_status(200).json(), booked);
    let listed = |query: &str| serving.get(&format!("/plugins/typed/stays{query}")).expect_status(200).json();
    for query in ["", "?mood=wild", "?guest=B&guest=A", "?mood=wild&guest=A"] {
        assert_eq!(listed(query), json!([booked]), "{query}");
    }
    assert_eq!(listed("?mood=calm"), json!([]));
    let search = |night: &str| {
        let asked = json!({ "night": night, "within": { "lower": "2025-12-31", "upper": null } });
        serving.post("/plugins/typed/search", &asked).expect_status(200).json()
    };
    assert_eq!((search("2026-01-03"), search("2026-01-04")), (json!([booked]), json!([])));
    assert_eq!(serving.get("/plugins/typed/count").expect_status(200).json(), json!(3));
    assert_eq!(serving.get("/plugins/typed/guests/A/moods").expect_status(200).json(), json!(["wild"]));

    serving.get("/plugins/typed/stays?mood=sad").expect_status(400);
    serving.get("/plugins/typed/stays/one").expect_status(400);
    serving.get("/plugins/typed/stays/2").expect_status(404);
    serving.post("/plugins/typed/stays", &json!({ "guest": 1 })).expect_status(400);
    let cancel = |query: &str| serving.post(&format!("/plugins/typed/stays/1/cancel{query}"), &json!(null));
    cancel("").expect_status(409);
    assert_eq!(cancel("?sure=1").expect_status(204).text, "");
    cancel("?sure=1").expect_status(404);
    let why = serving.why(&serving.get("/plugins/typed/price").expect_status(500));
    assert!(
        why.contains("which cannot be read as Numeric; cast it in the statement: price::numeric"),
        "{why}"
    );
}

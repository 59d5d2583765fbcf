//! What an operator tells a plugin: typed, checked before the plugin runs, documented, secrets by reference.

use std::fs;

use serde_json::json;
use tenon_tests::World;

/// A world with the plugin that has settings of every kind, and these.
fn told(toml: &str) -> World {
    let world = World::with(&["courier"]);
    world.set(toml);
    world
}

#[test]
fn settings_come_typed_with_their_defaults_and_secrets_by_reference() {
    let world = told(
        r#"
        [plugin.courier]
        batch = 20
        token = { file = "token.txt" }
        by = "by_bicycle"
        [plugin.courier.office]
        town = "Ulm"
        key = { file = "key.txt" }
        "#,
    );
    fs::write(world.path().join("token.txt"), "open sesame\n").unwrap();
    fs::write(world.path().join("key.txt"), "ironkey").unwrap();
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let serving = world.serve();
    let answer = serving.get_as_admin("/plugins/courier/settings").expect_status(200).json();
    assert_eq!(
        (&answer["batch"], &answer["sealed"], &answer["by"]),
        (&20.into(), &false.into(), &"ByBicycle".into())
    );
    assert_eq!((&answer["token"], &answer["key"]), (&"open sesame".into(), &"ironkey".into()));
    let debug = answer["debug"].as_str().unwrap();
    assert!(debug.contains("Secret(…)") && !debug.contains("sesame"), "{debug}");
    let said = serving.said();
    assert!(!said.contains("sesame") && !said.contains("ironkey"), "{said}");
    let shown = world.tenon(&["plugin", "settings", "courier"]).expect_code(0).out;
    insta::assert_snapshot!(shown, @r##"
    # Settings of Courier Plugin (courier) 1.0.0, in the configuration or as TENON_PLUGIN__COURIER__KEY in the environment.

    [plugin.courier]
    # How many letters go at once.
    # whole number of at most 65535; the default is 10
    batch = 20
    # How letters go.
    # "on_foot" or "by_bicycle"
    by = "by_bicycle"
    # Whether letters are sealed.
    # true or false; the default is false
    #sealed = false
    # What the post office asks for.
    # secret; is set; from file token.txt
    #token = { file = "/path/to/the/secret" }

    # Where letters are taken.
    [plugin.courier.office]
    # What opens the door.
    # secret; is set; from file key.txt
    #key = { file = "/path/to/the/secret" }
    # The town.
    # text; has to be set
    town = "Ulm"
    "##);
    let shown = world.tenon(&["plugin", "settings", "courier", "--json"]).expect_code(0);
    let report = shown.json();
    let token =
        report["settings"].as_array().unwrap().iter().find(|one| one["path"] == json!(["token"])).unwrap();
    assert_eq!((&token["secret"], &token["is_set"], token.get("value")), (&true.into(), &true.into(), None));
    assert_eq!(token["origin"], json!({ "kind": "file", "name": "token.txt" }));
    let batch = &report["settings"][0];
    assert!(batch["origin"]["name"].as_str().unwrap().ends_with("/tenon.toml"), "{batch:#}");
    serving.log_in().expect_status(200);
    let page = serving.get("/plugin/courier").expect_status(200).text;
    assert!(page.contains("<td>file token.txt</td>") && page.contains("/tenon.toml</td>"), "{page}");
    assert!(!shown.out.contains("sesame"), "{}", shown.out);
}

#[test]
fn all_that_is_wrong_with_settings_keeps_the_plugin_out_and_is_told_at_once() {
    let world = told(
        r#"
        [plugin.courier]
        batchsize = 20
        token = { file = "not-there.txt" }
        [plugin.courier.office]
        street = "High Street"
        "#,
    );
    let list = world.tenon(&["plugin", "list"]).expect_code(1);
    for told in [
        "plugin.courier.batchsize is not known; known are: batch, by, office, sealed, token",
        "plugin.courier.token: cannot read",
        "plugin.courier.office.town is missing",
        "plugin.courier.office.street is not known; known are: key, town",
        "tenon plugin settings ID",
    ] {
        assert!(list.out.contains(told), "{told}: {}", list.out);
    }
    let shown = world.tenon(&["plugin", "settings", "courier"]).expect_code(1).out;
    assert!(shown.contains("# Not loaded: ") && shown.contains("has to be set, and is not"), "{shown}");
}

#[test]
fn a_value_of_another_kind_is_told_with_its_place_and_never_shows_a_secret() {
    for (set, says) in [
        ("batch = \"many\"", "the setting batch: invalid type: string \"many\", expected u16"),
        ("batch = 70000", "the setting batch: invalid value: integer `70000`, expected u16"),
        ("by = \"train\"", "the setting by: unknown variant `train`, expected `on_foot` or `by_bicycle`"),
        ("token = 170371", "the setting token: a secret is a text, or says where it is: { file = \"…\" }"),
    ] {
        let world = told(&format!("[plugin.courier]\n{set}\noffice.town = \"Ulm\""));
        let list = world.tenon(&["plugin", "list"]).expect_code(1).out;
        assert!(list.contains(says) && !list.contains("170371"), "{set}: {list}");
    }
}

#[test]
fn what_is_set_by_a_variable_is_read_as_what_is_meant() {
    let world = told("[plugin.courier.office]\ntown = \"Ulm\"");
    let variables = [("TENON_PLUGIN__COURIER__BATCH", "7"), ("TENON_PLUGIN__COURIER__SEALED", "true")];
    let shown = world.tenon_with(&variables, &["plugin", "settings", "courier"]).expect_code(0).out;
    assert!(shown.contains("; from variable TENON_PLUGIN__COURIER__BATCH\nbatch = "), "{shown}");
    assert!(shown.contains("; from variable TENON_PLUGIN__COURIER__SEALED\nsealed = "), "{shown}");
    world.tenon_with(&variables, &["plugin", "list"]).expect_code(0);
}

#[test]
fn of_a_plugin_without_settings_and_of_none_it_says_so() {
    let world = World::with(&["identity"]);
    let run = world.tenon(&["plugin", "settings", "identity"]).expect_code(0);
    assert!(run.err.contains("identity does not say which settings it takes"), "{}", run.err);
    let run = world.tenon(&["plugin", "settings", "nobody"]).expect_code(64);
    assert!(run.err.contains("`tenon plugin list`"), "{}", run.err);
    assert!(world.tenon(&["plugin", "list"]).expect_code(0).out.contains("identity"));
}

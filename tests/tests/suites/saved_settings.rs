//! Settings that an administrator saves: by the form, by a program or at the command line, for all hosts of
//! the database, and applied at the next start. What is configured goes before them, and no secret is among
//! them.

use std::fs;

use serde_json::{Value, json};
use tenon_tests::{SUPERUSER, ServeProcess, TestServer, World};

const FORM: &str = "/plugin/courier/settings";
const PATH: &str = "/api/v1/plugins/courier/settings";

/// A healed world with the plugin that has settings of every kind, and these.
fn healed(toml: &str) -> World {
    let world = World::with(&["courier"]);
    world.set(toml);
    // Without a town it is not loaded.
    let code = if toml.contains("town") { 0 } else { 2 };
    world.tenon(&["heal", "--yes"]).expect_code(code);
    world
}

/// What the plugin says of its settings.
fn told(serving: &ServeProcess) -> Value {
    serving.get("/plugins/courier/settings").expect_status(200).json()
}

fn put(serving: &ServeProcess, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let head = format!("PUT {PATH} HTTP/1.1\r\n{}\r\ncontent-length: {}", serving.basic(), body.len());
    let answer = serving.ask_with_body(&format!("{head}\r\ncontent-type: application/json"), &body);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    (status, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}")))
}

fn settings(serving: &ServeProcess) -> Value {
    serving.get_as_admin(PATH).expect_status(200).json()
}

/// What the audit log says of saved settings, the oldest first.
fn actions(world: &World) -> Vec<String> {
    let log = world.tenon(&["audit", "list", "--json"]).expect_code(0).json();
    let entries = log["entries"].as_array().unwrap().iter().rev();
    let entries = entries.filter(|entry| entry["action"] == "save_settings");
    entries
        .map(|entry| {
            format!("{} {} through {}", entry["admin"], entry["what"], entry["source"]).replace('"', "")
        })
        .collect()
}

#[test]
fn what_is_saved_in_the_form_holds_from_the_next_start_and_is_recorded() {
    let world = healed("[plugin.courier]\ntoken = { file = \"token.txt\" }");
    fs::write(world.path().join("token.txt"), "open sesame\n").unwrap();
    {
        let serving = world.serve();
        assert!(!serving.get(FORM).text.contains("office.town"), "a stranger sees no form");
        serving.log_in();
        let form = serving.get(FORM).expect_status(200).text;
        for one in ["How many letters go at once.", "name=\"office.town\"", "max=\"65535\"", "?version=0"] {
            assert!(form.contains(one), "{one}: {form}");
        }
        assert!(!form.contains("sesame") && !form.contains("name=\"token\""), "{form}");
        let entered = [("batch", "7"), ("by", "by_bicycle"), ("office.town", "Bonn"), ("token", "hush")];
        let saved = serving.post_form(&format!("{FORM}?version=0"), &entered).expect_status(200).text;
        assert!(
            saved.contains("<b>Saved.</b>") && saved.contains("Version 1 is saved, by admin."),
            "{saved}"
        );
        assert!(saved.contains("runs with version 0: restart it"), "{saved}");
        let out = serving.get("/plugins/courier/settings");
        assert_eq!(out.status, 503, "it has not been loaded with them yet: {}", out.text);
    }
    let serving = world.serve();
    let answer = told(&serving);
    assert_eq!(
        (&answer["batch"], &answer["by"], &answer["town"], &answer["token"]),
        (&7.into(), &"ByBicycle".into(), &"Bonn".into(), &"open sesame".into())
    );
    serving.log_in();
    let form = serving.get(FORM).expect_status(200).text;
    assert!(form.contains("This host runs with it.") && form.contains("value=\"Bonn\""), "{form}");
    let page = serving.get("/plugin/courier").expect_status(200).text;
    assert!(page.contains("saved settings, version 1"), "{page}");
    let row = world.sql("SELECT version, settings, changed_by FROM tenon.plugin_settings");
    assert!(row.contains("Bonn") && !row.contains("sesame") && !row.contains("hush"), "{row}");
    assert_eq!(
        actions(&world),
        ["admin saved settings of plugin courier, version 1: set batch, by, office.town through web"]
    );
}

#[test]
fn all_that_is_wrong_stands_at_its_field_and_nothing_that_was_entered_is_lost() {
    let world = healed("[plugin.courier.office]\ntown = \"Ulm\"");
    let serving = world.serve();
    serving.log_in();
    let entered = [("batch", "70000"), ("by", "train"), ("sealed", "true")];
    let wrong = serving.post_form(&format!("{FORM}?version=0"), &entered).expect_status(422).text;
    for one in
        ["batch: 70000", "by: it is one of on_foot, by_bicycle", "value=\"70000\"", "<option selected>true"]
    {
        assert!(wrong.contains(one), "{one}: {wrong}");
    }
    assert_eq!(world.sql("SELECT count(*) FROM tenon.plugin_settings"), "0");
    let (status, problem) = put(
        &serving,
        &json!({ "version": 0, "values": {
        "batch": "many", "office.town": "Bonn", "token": "hush", "wings": 2, "by": null } }),
    );
    assert_eq!((status, &problem["code"]), (422, &"settings_refused".into()), "{problem:#}");
    let problems: Vec<_> =
        problem["problems"].as_array().unwrap().iter().map(|one| &one["setting"]).collect();
    for setting in ["batch", "office.town", "token", "wings", "by"] {
        assert!(problems.contains(&&Value::from(setting)), "{setting}: {problem:#}");
    }
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("office.town is set by file ") && detail.contains("token is a secret"),
        "{detail}"
    );
    assert!(!problem.to_string().contains("hush"), "{problem:#}");
}

#[test]
fn what_is_configured_goes_before_what_is_saved_wherever_it_stands() {
    let world = healed("[plugin.courier.office]\ntown = \"Ulm\"");
    let save = |set: &[&str]| world.tenon(&[&["plugin", "settings", "courier"], set].concat());
    let refused = save(&["--set", "office.town=Bonn", "--set", "batch=x"]).expect_code(5);
    for one in ["office.town is set by file ", "batch: it is a number", "[settings_refused]"] {
        assert!(refused.err.contains(one), "{one}: {}", refused.err);
    }
    let saved = save(&["--set", "batch=7", "--set", "sealed=true", "--as", "ops"]).expect_code(0);
    insta::assert_snapshot!(saved.out, @r"
    Saved version 1 of the settings of courier
        set: batch, sealed
    Hosts apply it when they start anew
    ");
    let variables = [("TENON_PLUGIN__COURIER__BATCH", "9")];
    let shown = world.tenon_with(&variables, &["plugin", "settings", "courier"]).expect_code(0).out;
    assert!(shown.contains("; from variable TENON_PLUGIN__COURIER__BATCH; saved is 7\nbatch = "), "{shown}");
    let shown = save(&[]).expect_code(0);
    insta::assert_snapshot!(shown.out, @r##"
    # Settings of Courier Plugin (courier) 1.0.0, in the configuration or as TENON_PLUGIN__COURIER__KEY in the environment.
    # Saved in the database: version 1, by ops

    [plugin.courier]
    # How many letters go at once.
    # whole number of at most 65535; the default is 10; from saved settings, version 1
    #batch = 7
    # How letters go.
    # "on_foot" or "by_bicycle"
    #by =
    # Whether letters are sealed.
    # true or false; the default is false; from saved settings, version 1
    #sealed = true
    # What the post office asks for.
    # secret
    #token = { file = "/path/to/the/secret" }

    # Where letters are taken.
    [plugin.courier.office]
    # What opens the door.
    # secret
    #key = { file = "/path/to/the/secret" }
    # The town.
    # text; has to be set
    town = "Ulm"
    "##);
    world.set("[plugin.courier]\nbatch = 3");
    let serving = world.serve();
    let answer = told(&serving);
    assert_eq!(
        (&answer["batch"], &answer["sealed"], &answer["town"]),
        (&3.into(), &true.into(), &"Ulm".into())
    );
    serving.log_in();
    let form = serving.get(FORM).expect_status(200).text;
    assert!(form.contains("value=\"3\"") && !form.contains("name=\"batch\""), "{form}");
    serving
        .post_form(&format!("{FORM}?version=1"), &[("sealed", "false"), ("batch", "4")])
        .expect_status(200);
    let settings = settings(&serving);
    assert_eq!(settings["saved"]["values"], json!({ "batch": 7, "sealed": false }), "{settings:#}");
    let unset = save(&["--unset", "batch", "--json"]).expect_code(0).json();
    assert_eq!((&unset["version"], &unset["unset"]), (&3.into(), &json!(["batch"])));
}

#[test]
fn who_has_looked_at_an_older_version_is_refused_and_sees_what_is_saved_now() {
    let world = healed("[plugin.courier.office]\ntown = \"Ulm\"");
    let serving = world.serve();
    let (status, saved) = put(&serving, &json!({ "version": 0, "values": { "batch": 5 } }));
    assert_eq!((status, &saved["version"], &saved["runs_with"]), (200, &1.into(), &0.into()), "{saved:#}");
    let (status, again) = put(&serving, &json!({ "version": 1, "values": { "batch": 5 } }));
    assert_eq!((status, &again["version"]), (200, &1.into()), "nothing changed: {again:#}");
    let (status, stale) = put(&serving, &json!({ "version": 0, "values": { "batch": 6 } }));
    assert_eq!((status, &stale["code"], &stale["version"]), (409, &"settings_changed".into(), &1.into()));
    serving.log_in();
    let entered = [("batch", "8"), ("by", "by_bicycle")];
    let stale = serving.post_form(&format!("{FORM}?version=0"), &entered).expect_status(409).text;
    assert!(
        stale.contains("somebody else has changed") && stale.contains("saved now:</b> <code>5"),
        "{stale}"
    );
    assert!(stale.contains("value=\"8\"") && stale.contains("?version=1"), "{stale}");
    let stale = world.tenon(&["plugin", "settings", "courier", "--set", "batch=9", "--if-version", "7"]);
    assert!(stale.expect_code(5).err.contains("[settings_changed]"));
    serving.post_form(&format!("{FORM}?version=1"), &entered).expect_status(200);
    assert_eq!(settings(&serving)["saved"]["values"], json!({ "batch": 8, "by": "by_bicycle" }));
}

/// Neither a person nor a version is passed over where nothing is saved.
#[test]
fn who_saves_and_on_which_version_is_only_said_where_something_is_saved() {
    let world = healed("[plugin.courier.office]\ntown = \"Ulm\"");
    for flag in [["--as", "ops"], ["--if-version", "0"]] {
        let refused =
            world.tenon(&[&["plugin", "settings", "courier"], flag.as_slice()].concat()).expect_code(64);
        assert!(refused.err.contains("--set <KEY=VALUE>"), "{}", refused.err);
    }
}

/// What is only saved counts where a plugin is loaded for its migrations alone, too.
#[test]
fn a_plugin_is_verified_with_the_settings_that_are_saved_for_it() {
    let world = healed("");
    let refused = world.tenon(&["plugin", "verify", "courier"]);
    assert_ne!(refused.code, 0, "{}", refused.out);
    let reason = "the setting plugin.courier.office is missing";
    assert!(refused.err.contains(reason), "{}", refused.err);
    world.tenon(&["plugin", "settings", "courier", "--set", "office.town=Ulm"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
    let verified = world.tenon(&["plugin", "verify", "courier"]);
    assert!(!verified.err.contains(reason), "{}", verified.err);
    assert!(verified.out.contains("ok      proved from empty"), "{}", verified.out);
}

#[test]
fn while_the_database_is_away_a_host_starts_with_its_copy_and_says_so() {
    let world = World::with(&["courier"]);
    let proxy = world.by_proxy();
    proxy.up();
    world.set("[plugin.courier.office]\ntown = \"Ulm\"");
    world.tenon(&["heal", "--yes"]).expect_code(0);
    world.tenon(&["plugin", "settings", "courier", "--set", "batch=7"]).expect_code(0);
    proxy.down();
    let away = world.tenon(&["plugin", "settings", "courier", "--set", "batch=8"]).expect_code(3);
    assert!(away.err.contains("`tenon check`"), "{}", away.err);
    world.tenon(&["check"]).expect_code(3);
    let shown = world.tenon(&["plugin", "settings", "courier"]).expect_code(0).out;
    assert!(shown.contains("# It is not known what is saved: ") && shown.contains("#batch = 7"), "{shown}");
    let doubt = |health: &Value| {
        health["warnings"].as_array().into_iter().flatten().find_map(|one| {
            one.as_str().filter(|told| told.contains("the settings of courier are by")).map(str::to_owned)
        })
    };
    let (with_copy, without) = (world.serve(), world.serve_in("elsewhere"));
    for (serving, says) in [(&with_copy, "the copy of what is saved"), (&without, "what is configured alone")]
    {
        serving
            .logged("the warning", |event| event["message"].as_str().is_some_and(|told| told.contains(says)));
        let health = serving.get_as_admin("/api/v1/health").expect_status(200).json();
        let warning = doubt(&health).unwrap_or_else(|| panic!("{health:#}"));
        assert!(warning.contains(says) && warning.contains("restart the host once the database is back"));
    }
    proxy.up();
    assert_eq!(
        with_copy.until("/plugins/courier/settings", |answer| answer.status == 200).json()["batch"],
        7
    );
    assert_eq!(without.until("/plugins/courier/settings", |answer| answer.status == 200).json()["batch"], 10);
    let doctor = without.until("/api/v1/doctor", |answer| answer.text.contains("saved settings")).text;
    assert!(doctor.contains("what is configured alone"), "{doctor}");
    drop((with_copy, without));
    let serving = world.serve_in("elsewhere");
    assert_eq!(told(&serving)["batch"], 7);
    assert_eq!(doubt(&serving.get_as_admin("/api/v1/health").expect_status(200).json()), None);
}

#[test]
fn before_the_migration_nothing_can_be_saved_and_a_start_says_nothing() {
    let world = World::with(&["courier"]);
    world.set("[plugin.courier.office]\ntown = \"Ulm\"");
    let serving = world.serve();
    assert!(!serving.said().contains("the settings of courier"), "{}", serving.said());
    let (status, problem) = put(&serving, &json!({ "version": 0, "values": { "batch": 5 } }));
    assert_eq!((status, &problem["code"]), (409, &"pending".into()), "{problem:#}");
    serving.log_in();
    let form = serving.post_form(&format!("{FORM}?version=0"), &[("batch", "5")]).expect_status(409).text;
    assert!(form.contains("core/0011_settings.sql is pending") && form.contains("value=\"5\""), "{form}");
    let run = world.tenon(&["plugin", "settings", "courier", "--set", "batch=5"]).expect_code(2);
    assert!(run.err.contains("`tenon heal`"), "{}", run.err);
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let (status, _) = put(&serving, &json!({ "version": 0, "values": { "batch": 5 } }));
    assert_eq!(status, 200);
}

#[test]
fn what_no_longer_fits_keeps_the_plugin_out_and_the_command_that_is_told_mends_it() {
    let world = healed("");
    let save = |arguments: &[&str]| world.tenon(&[&["plugin", "settings", "courier"], arguments].concat());
    save(&["--set", "office.town=Ulm", "--set", "sealed=true", "--set", "batch=300"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
    world.upgrade("courier", "courier_2_0");
    let list = world.tenon(&["check"]);
    for one in [
        "plugin.courier.sealed is not known; known are: batch, office (sealed is saved, version 1)",
        "`tenon plugin settings courier --unset sealed`",
    ] {
        assert!(list.out.contains(one), "{one}: {}", list.out);
    }
    let unset = save(&["--unset", "sealed"]).expect_code(0);
    assert!(unset.out.contains("still wrong: batch: 300 is greater"), "{}", unset.out);
    let list = world.tenon(&["check"]);
    for one in [
        "the setting batch: ",
        "(batch is saved, version 2)",
        "`tenon plugin settings courier --unset batch`",
    ] {
        assert!(list.out.contains(one), "{one}: {}", list.out);
    }
    // Also while it is refused, the form shows it and saves.
    let serving = world.serve();
    serving.log_in();
    let form = serving.get(FORM).expect_status(200).text;
    assert!(form.contains("value=\"300\""), "{form}");
    save(&["--unset", "batch"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
    drop(serving);
    assert_eq!(told(&world.serve()), json!({ "batch": 10, "town": "Ulm" }));
    // Of a plugin that is gone, what is saved can be taken back too.
    world.remove("courier");
    world.install("identity");
    let gone = save(&["--set", "office.town=Bonn"]).expect_code(64);
    assert!(gone.err.contains("`tenon plugin list`"), "{}", gone.err);
    world.tenon(&["plugin", "list"]).expect_code(0);
    save(&["--unset", "office.town"]).expect_code(0);
}

#[test]
fn every_host_of_the_database_is_told_and_it_is_seen_which_has_not_started_anew() {
    let world = healed("[check]\nevery = \"300ms\"\n[plugin.courier.office]\ntown = \"Ulm\"");
    let first = world.serve_in("a");
    put(&first, &json!({ "version": 0, "values": { "batch": 5 } }));
    let second = world.serve_in("b");
    assert_eq!((told(&first)["batch"].clone(), told(&second)["batch"].clone()), (10.into(), 5.into()));
    let named = second.until("/api/v1/hosts", |answer| answer.text.contains("of its saved settings"));
    assert!(named.text.contains("runs Courier Plugin by version 0 of its saved settings, this host by 1"));
    second.log_in();
    let form = second.get(FORM).expect_status(200).text;
    assert!(
        form.contains("This host runs with it.") && form.contains("runs with version 0: restart it, too")
    );
    let doctor = world.tenon(&["doctor"]).out;
    assert!(
        doctor.contains("runs plugin courier by version 0 of its saved settings, and version 1 is saved")
    );
    drop(first);
    let first = world.serve_in("a");
    assert_eq!(told(&first)["batch"], 5);
}

#[test]
fn who_may_not_administer_saves_nothing() {
    let world = healed("[plugin.courier.office]\ntown = \"Ulm\"");
    let serving = world.serve();
    let hal = json!({ "name": "hal", "role": "healer", "password": "correct horse battery" });
    serving.post_as_admin("/api/v1/accounts", &hal).expect_status(201);
    let token =
        world.tenon(&["admin", "token", "add", "hal", "t", "--json", "--as", "ops"]).expect_code(0).json();
    let token = token["token"].as_str().unwrap();
    serving.ask_with_token("GET", PATH, token, &Value::Null).expect_status(200);
    let wish = json!({ "version": 0, "values": { "batch": 5 } });
    serving.ask_with_token("PUT", PATH, token, &wish).expect_status(403);
    serving.post_form(&format!("{FORM}?version=0"), &[("batch", "5")]);
    assert_eq!(world.sql("SELECT count(*) FROM tenon.plugin_settings"), "0");
}

#[test]
fn no_plugin_reaches_what_is_saved() {
    let world = World::with(&["courier", "identity"]);
    let server = TestServer::shared();
    world.set_url(&server.tcp_url(SUPERUSER, &server.password(), server.port, &world.database.name));
    world.isolate_by_roles();
    world.set("[plugin.courier.office]\ntown = \"Ulm\"");
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let may = world.sql(
        "SELECT count(*) FILTER (WHERE has_table_privilege(oid, 'tenon.plugin_settings', 'SELECT, INSERT, UPDATE')),
                count(*) > 0
         FROM pg_roles WHERE rolname LIKE 'tenon%identity%'",
    );
    assert_eq!(may, "0|t");
}

//! Several hosts of one database: they know of each other, say how they differ, read the catalog once for
//! all, and can be replaced one after another.

mod rolled;

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

const DRIFT: &str = "ALTER TABLE identity.account ALTER email SET DEFAULT 'x@x'";
const UNDO: &str = "ALTER TABLE identity.account ALTER email DROP DEFAULT";

/// Waits for what is wanted of a host's answer.
fn until(what: &str, wanted: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !wanted() {
        assert!(Instant::now() < end, "it never came to that: {what}");
        sleep(Duration::from_millis(50));
    }
}

fn hosts(serving: &ServeProcess) -> Value {
    serving.get_as_admin("/api/v1/hosts").expect_status(200).json()
}

fn names(hosts: &Value) -> Vec<String> {
    let hosts = hosts["hosts"].as_array().unwrap().iter();
    hosts.map(|host| host["name"].as_str().unwrap().to_owned()).collect()
}

/// The name of the host that answers, once it is known.
fn own_name(serving: &ServeProcess) -> String {
    let own =
        || hosts(serving)["hosts"].as_array().unwrap().iter().find(|one| one["is_this"] == true).cloned();
    until("it knows itself", || own().is_some());
    own().unwrap()["name"].as_str().unwrap().to_owned()
}

fn status(serving: &ServeProcess) -> Value {
    serving.get_as_admin("/api/v1/health").expect_status(200).json()["status"].clone()
}

fn checks(serving: &ServeProcess, read: &str) -> f64 {
    serving.metric(&format!("tenon_checks_total{{read=\"{read}\"}}")).unwrap()
}

#[test]
fn hosts_know_of_each_other_and_name_from_both_sides_what_differs() {
    let world = World::with(&["identity_1_0"]);
    world.set("[check]\nevery = \"300ms\"");
    let before = world.tenon(&["host", "list"]).expect_code(0);
    assert_eq!(before.out, "No host serves this database\n", "its table is not there yet");
    drop(world.heal_and_prove(&["identity_1_0"]));
    let first = world.serve_in("a");
    let first_name = own_name(&first);
    world.upgrade("identity_1_0", "identity");
    world.install("inventory");
    let second = world.serve_in("b");
    let second_name = own_name(&second);
    until("the first knows of the second", || names(&hosts(&first)).len() == 2);
    assert_eq!(names(&hosts(&first)), [first_name.clone(), second_name.clone()]);
    assert_eq!(names(&hosts(&second)), names(&hosts(&first)));
    let (of_first, of_second) = (hosts(&first), hosts(&second));
    let version = |hosts: &Value, plugin: usize| {
        let plugin = &hosts["hosts"][1]["plugins"][plugin];
        (plugin["name"].as_str().unwrap().to_owned(), plugin["version"].as_str().unwrap().to_owned())
    };
    let ((identity, new), (inventory, other)) = (version(&of_first, 0), version(&of_first, 1));
    assert_eq!(
        of_first["differences"],
        json!([
            format!("host {second_name} has {identity} {new}, this host 1.0.0"),
            format!("host {second_name} has {inventory} {other}, this host does not have it"),
        ])
    );
    assert_eq!(
        of_second["differences"],
        json!([
            format!("host {first_name} has {identity} 1.0.0, this host {new}"),
            format!("host {first_name} does not have {inventory}, this host {other}"),
        ])
    );
    // A report has the same, and the page, and monitoring.
    let told = |serving: &ServeProcess| {
        serving.post_as_admin("/api/v1/check", &Value::Null).json()["warnings"].as_array().unwrap().clone()
    };
    assert!(told(&first).contains(&of_first["differences"][0]), "{:?}", told(&first));
    assert!(told(&second).contains(&of_second["differences"][0]), "{:?}", told(&second));
    assert_eq!(first.metric("tenon_hosts{state=\"serving\"}"), Some(2.0));
    assert_eq!(first.metric("tenon_host_differences"), Some(2.0));
    first.log_in();
    let page = first.get("/host").expect_status(200).text;
    assert!(page.contains(&second_name) && page.contains("reads for all"), "{page}");
    let listed = world.tenon(&["host", "list"]).expect_code(0).out;
    assert!(
        listed.contains(&format!("host {second_name} has {identity} {new}, host {first_name} 1.0.0")),
        "{listed}"
    );
    // Whoever stops is gone at once; whoever dies is silent, and no longer counts.
    assert_eq!(second.stop(), 0);
    assert_eq!(names(&hosts(&first)), std::slice::from_ref(&first_name));
    let third = world.serve_in("c");
    let third_name = own_name(&third);
    drop(third);
    world.sql(&format!(
        "UPDATE tenon.host SET last_seen = last_seen - interval '1 minute' WHERE name = '{third_name}'"
    ));
    let report = hosts(&first);
    assert_eq!((&report["hosts"][1]["state"], &report["differences"]), (&json!("silent"), &json!([])));
    let listed = world.tenon(&["host", "list"]).expect_code(0).out;
    assert!(listed.contains("silent since"), "{listed}");
    world.set_url("postgresql://nobody@127.0.0.1:1/none");
    let failed = world.tenon(&["host", "list"]).expect_code(3);
    assert!(failed.err.contains("`tenon check` says what is wrong"), "{}", failed.err);
    assert!(world.tenon(&["check"]).expect_code(3).out.contains("reason"));
}

#[test]
fn one_host_reads_the_catalog_for_all_and_what_has_changed_is_seen_by_all() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.set("[check]\nevery = \"1s\"");
    let first = world.serve_in("a");
    drop(own_name(&first));
    let second = world.serve_in("b");
    let confirmed = checks(&second, "confirmed");
    until("the second relies on the first", || checks(&second, "confirmed") >= confirmed + 3.0);
    assert_eq!(checks(&first, "confirmed"), 0.0, "the first reads for itself");
    let report = second.get_as_admin("/api/v1/health").json();
    assert_eq!(
        (&report["status"], &report["database"]["read_by"]),
        (&json!("healthy"), &json!(own_name(&first)))
    );
    // What a person asks for is read.
    let report = second.post_as_admin("/api/v1/check", &Value::Null).json();
    assert_eq!(report["database"].get("read_by"), None);
    world.sql(DRIFT);
    until("both have seen it", || [&first, &second].iter().all(|host| status(host) == "drifted"));
    world.sql(UNDO);
    until("both have seen its end", || [&first, &second].iter().all(|host| status(host) == "healthy"));
    let confirmed = checks(&second, "confirmed");
    until("the second relies on the first again", || checks(&second, "confirmed") > confirmed);
    // The one that read for all dies without a word. The other does not wait for it.
    drop(first);
    world.sql(DRIFT);
    until("the second has seen it alone", || status(&second) == "drifted");
}

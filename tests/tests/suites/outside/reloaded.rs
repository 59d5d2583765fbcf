//! SIGHUP has what plugins may ask read again, all of it or nothing.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

use super::{Other, fetch, refused, world};

/// Writes the configuration anew, in which this stands for that.
fn configure(world: &World, former: &str, new: &str) {
    let file = world.path().join("tenon.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(former), "{former}: {text}");
    fs::write(file, text.replace(former, new)).unwrap();
}

/// Has it read again, and waits until the log has said so as often.
fn reload(serving: &ServeProcess, level: &str, part: &str, times: usize) -> Vec<Value> {
    let told = |event: &Value| {
        event["level"] == level && event["message"].as_str().unwrap_or_default().contains(part)
    };
    serving.signal("HUP");
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let all = serving.all_logged(told);
        if all.len() >= times {
            return all;
        }
        assert!(Instant::now() < end, "{part}: {}", serving.said());
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_reload_changes_what_plugins_may_ask_and_one_that_is_wrong_changes_nothing() {
    let (other, third) = (Other::start(), Other::start());
    let first = format!("GET {}", other.url(""));
    let world = world(std::slice::from_ref(&first), &["127.0.0.1"], "[fetch]\nmax_body = 1000");
    let serving = world.serve();
    let asks = |server: &Other| fetch(&serving, &json!({ "url": server.url("/a") }));
    assert_eq!(
        (asks(&other)["status"].clone(), asks(&third)["code"].clone()),
        (json!(200), json!("fetch_refused"))
    );

    let second = format!("GET {}", third.url(""));
    configure(&world, &format!("{:?}", [&first]), &format!("{:?}", [&second]));
    let read = reload(&serving, "INFO", "the configuration was read again, and changed", 1);
    let told = read[0]["message"].as_str().unwrap();
    assert!(told.ends_with("changed: plugins.fetch.fetches.allow"), "{told}");
    for (told, what) in [("may now", &second), ("may no longer", &first)] {
        let told = format!("fetches {told} ask others so: {what}");
        serving.logged(&told, |event| event["message"] == *told && event["plugin"] == "fetches");
    }
    assert_eq!(
        (asks(&other)["code"].clone(), asks(&third)["status"].clone()),
        (json!("fetch_refused"), json!(200))
    );
    let detail = serving.get_as_admin("/api/v1/plugins/fetches").expect_status(200).json();
    assert_eq!(detail["may_fetch"], json!([second]));

    // What holds of all is read again, too.
    configure(&world, "max_body = 1000", "max_body = 3");
    reload(&serving, "INFO", "and changed: fetch.max_body", 1);
    refused(
        &serving,
        &json!({ "url": third.url("/") }),
        "fetch_too_large",
        "more than 3 bytes (fetch.max_body)",
    );
    configure(&world, "max_body = 3", "max_body = 1000");
    reload(&serving, "INFO", "and changed: fetch.max_body", 2);

    // A list that is wrong, and authorities that cannot be read: the former ones stay.
    let refused_reload = "nothing was reloaded, and the former configuration stays";
    configure(
        &world,
        &format!("{:?}", [&second]),
        &format!("{:?}", [&first, &"BREW http://a.example".to_owned()]),
    );
    let wrong = reload(&serving, "ERROR", refused_reload, 1);
    assert!(wrong[0]["message"].as_str().unwrap().contains("plugins.fetch.fetches.allow"), "{wrong:?}");
    assert_eq!(
        (asks(&other)["code"].clone(), asks(&third)["status"].clone()),
        (json!("fetch_refused"), json!(200))
    );
    configure(&world, ", \"BREW http://a.example\"", "");
    configure(&world, "max_body = 1000", "max_body = 1000\ntls_root_cert = \"gone.pem\"");
    let wrong = reload(&serving, "ERROR", refused_reload, 2);
    assert!(wrong[1]["message"].as_str().unwrap().contains("gone.pem"), "{wrong:?}");
    assert_eq!(
        (asks(&other)["code"].clone(), asks(&third)["status"].clone()),
        (json!("fetch_refused"), json!(200))
    );

    configure(&world, "tls_root_cert = \"gone.pem\"", "");
    reload(&serving, "INFO", "and changed: plugins.fetch.fetches.allow", 2);
    assert_eq!(
        (asks(&other)["status"].clone(), asks(&third)["code"].clone()),
        (json!(200), json!("fetch_refused"))
    );
    assert_eq!(serving.stop(), 0);
}

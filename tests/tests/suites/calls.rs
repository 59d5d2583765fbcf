//! Calls from plugin to plugin: in one transaction, with the errors of the one that is called, and with all
//! that can go wrong between them.

mod ladder;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

const WHO: &str = "/plugins/shop/who";

fn world(plugins: &[&str]) -> World {
    let world = World::with(plugins);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.set("[callers]\ndevelopment = \"dev\"");
    world
}

fn wanted(qty: i32) -> Value {
    json!({ "sku": "bolt", "qty": qty })
}

fn stock(serving: &ServeProcess) -> Value {
    serving.get("/plugins/warehouse/stock").expect_status(200).json()
}

fn sales(serving: &ServeProcess) -> Value {
    serving.get("/plugins/shop/sales").expect_status(200).json()
}

/// What becomes of a function that is tried: its code, and the status.
fn tried(serving: &ServeProcess, function: &str) -> (Value, Value, String) {
    let answer = serving.post(&format!("/plugins/shop/tries/{function}"), &Value::Null);
    let told = answer.expect_status(200).json();
    (told["code"].clone(), told["status"].clone(), told["message"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_function_of_another_plugin_is_part_of_the_callers_transaction() {
    let world = world(&["warehouse", "shop", "mall"]);
    let serving = world.serve();
    let sold = serving.post("/plugins/shop/sales", &wanted(4)).expect_status(201).json();
    assert_eq!((sold, stock(&serving), sales(&serving)), (json!({ "left": 6 }), json!(6), json!(["bolt"])));
    // Its error is the caller's where that passes it on, and neither did anything.
    let refused = serving.post("/plugins/shop/sales", &wanted(6)).expect_status(409).json();
    assert_eq!(refused["code"], "sold_out", "{refused}");
    assert_eq!((stock(&serving), sales(&serving)), (json!(6), json!(["bolt"])));
    // A caller that goes on keeps what it did itself.
    assert_eq!(tried(&serving, "all").0, "sql", "there are no ten of it");
    assert_eq!((stock(&serving), sales(&serving)), (json!(6), json!(["bolt", "all", "behind it"])));
    for _ in 0..3 {
        for told in [serving.get(WHO), serving.post(WHO, &Value::Null)] {
            let told = told.expect_status(200).json();
            assert_eq!(told["told"]["transaction"], told["transaction"], "{told}");
            assert_eq!(
                (&told["told"]["by"], &told["told"]["caller"]),
                (&json!("shop"), &json!("dev")),
                "{told}"
            );
            assert_eq!(told["told"]["sql"], "dev", "{told}");
        }
    }
    // Through several plugins.
    let sold = serving.post("/plugins/mall/sales", &wanted(1)).expect_status(200).json();
    assert_eq!((sold, stock(&serving)), (json!({ "left": 5 }), json!(5)));
    assert!(sales(&serving).as_array().unwrap().contains(&json!("mall")));
    let of = |outcome: &str| {
        format!(
            "tenon_plugin_requests_total{{plugin=\"warehouse\",route=\"FUNCTION reserve\",outcome=\"{outcome}\"}}"
        )
    };
    assert_eq!(serving.metric(&of("ok")), Some(2.0));
    assert!(serving.metric(&of("plugin_error")).is_some());
}

#[test]
fn whatever_becomes_of_a_function_is_an_error_for_its_caller_and_undoes_what_it_did() {
    let world = world(&["warehouse", "shop", "inventory"]);
    let serving = world.serve();
    let mut kept = Vec::new();
    for (function, code, status, message) in [
        ("all", "sold_out", 409, "the last one"),
        ("vague", "call_input", 500, "missing field"),
        ("panics", "call_failed", 500, "panics of warehouse failed (panic)"),
        ("passes_over", "call_failed", 500, "left the transaction broken"),
        ("violates", "sql", 409, "stock_qty_check"),
        ("changes_schema", "call_failed", 500, "FUNCTION changes_schema"),
        ("nothing", "call_refused", 500, "warehouse offers no function nothing; it offers reserve, who"),
        ("itself", "call_refused", 500, "shop does not require shop"),
        ("foreign", "call_refused", 500, "shop does not require inventory"),
    ] {
        let (was, its, said) = tried(&serving, function);
        assert_eq!((was, its), (json!(code), json!(status)), "{function}: {said}");
        assert!(said.contains(message), "{function}: {said}");
        kept.extend([json!(function), json!("behind it")]);
        assert_eq!((stock(&serving), sales(&serving)), (json!(10), json!(kept)), "{function}");
    }
    // It has done what it was asked for; only the caller cannot read what it says.
    assert_eq!(tried(&serving, "misunderstood").0, "call_output");
    assert_eq!(stock(&serving), json!(9));
    // There is no transaction that it could be part of.
    let alone = serving.post("/plugins/shop/alone", &Value::Null).expect_status(500).json();
    assert_eq!(alone["code"], "call_refused", "{alone}");
}

#[test]
fn a_function_that_panics_is_its_own_plugins_fault() {
    let world = world(&["warehouse", "shop"]);
    let serving = world.serve();
    for _ in 0..3 {
        assert_eq!(tried(&serving, "panics").0, "call_failed");
    }
    let end = Instant::now() + Duration::from_secs(20);
    while serving.get("/plugins/warehouse/stock").status != 503 {
        assert!(Instant::now() < end, "it is not put into quarantine");
        std::thread::sleep(Duration::from_millis(50));
    }
    let answer = serving.post("/plugins/shop/tries/panics", &Value::Null);
    let told = answer.json();
    assert_eq!(told["code"], "quarantined", "{} {told}", answer.status);
}

#[test]
fn who_passes_the_fault_of_a_function_on_has_done_nothing_and_is_not_to_blame() {
    let world = world(&["warehouse", "shop"]);
    let serving = world.serve();
    for (function, status, code) in [
        ("nothing", 500, "call_refused"),
        ("reserve", 500, "call_input"),
        ("violates", 409, "sql"),
        ("passes_over", 500, "call_failed"),
        ("panics", 500, "call_failed"),
    ] {
        let told = serving.post(&format!("/plugins/shop/fails/{function}"), &Value::Null);
        assert_eq!((told.status, &told.json()["code"]), (status, &json!(code)), "{function}: {told:?}");
        assert_eq!((stock(&serving), sales(&serving)), (json!(10), json!([])), "{function}");
    }
    for _ in 0..2 {
        serving.post("/plugins/shop/fails/panics", &Value::Null).expect_status(500);
    }
    serving.until("/plugins/warehouse/stock", |answer| answer.status == 503);
    assert_eq!(sales(&serving), json!([]), "the plugin that called answers");
}

#[test]
fn a_plugin_that_answers_nobody_is_not_called_either() {
    let world = world(&["warehouse", "shop"]);
    let serving = world.serve();
    serving.post("/plugins/shop/sales", &wanted(1)).expect_status(201);
    let by_hand = ["plugin", "quarantine", "warehouse", "--reason", "loud", "--as", "ops"];
    world.tenon(&by_hand).expect_code(0);
    serving.until("/plugins/warehouse/stock", |answer| answer.status == 503);
    let refused = serving.post("/plugins/shop/sales", &wanted(1)).expect_status(503).json();
    assert_eq!(refused["code"], "quarantined", "{refused}");
    assert_eq!(sales(&serving), json!(["bolt"]), "what the caller did is undone, and it answers");
    world.tenon(&["plugin", "release", "warehouse", "--as", "ops"]).expect_code(0);
    serving.until("/plugins/warehouse/stock", |answer| answer.status == 200);
    serving.post("/plugins/shop/sales", &wanted(1)).expect_status(201);
    serving.stop();
    world.set("[plugins]\ndisabled = [\"warehouse\"]");
    let serving = world.serve();
    let refused = serving.post("/plugins/shop/sales", &wanted(1)).expect_status(404).json();
    assert_eq!((&refused["code"], sales(&serving)), (&json!("disabled"), json!(["bolt", "bolt"])));
}

#[test]
fn a_function_has_the_time_that_its_caller_has_left() {
    let world = world(&["warehouse", "shop"]);
    world.set("[plugins]\ncall_timeout = \"1s\"");
    let serving = world.serve();
    for function in ["sleeps", "hangs"] {
        let began = Instant::now();
        let path = format!("/plugins/shop/tries/{function}");
        serving.post(&path, &Value::Null).expect_status(504);
        assert!(began.elapsed() < Duration::from_secs(5), "{function}: {:?}", began.elapsed());
    }
    assert_eq!((stock(&serving), sales(&serving)), (json!(10), json!([])));
    // The thread that hangs is of the plugin that was called.
    serving.logged("the abandoned thread", |event| event["plugin"] == "warehouse" && event["hung"] == 1);
    let hanging =
        |plugin: &str| serving.metric(&format!("tenon_plugin_threads_hanging{{plugin=\"{plugin}\"}}"));
    assert_eq!((hanging("warehouse"), hanging("shop")), (Some(1.0), Some(0.0)));
}

/// A world in which each plugin is a role of its own, and says more of plugins so.
fn with_roles(more: &str) -> World {
    let world = World::with(&["warehouse", "shop"]);
    world.isolate();
    world.set(more);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.set("[callers]\ndevelopment = \"dev\"");
    world
}

#[test]
fn with_login_roles_a_function_is_called_as_its_callers_role_where_that_is_allowed_and_else_not() {
    let world = with_roles("");
    let serving = world.serve();
    let (code, status, message) = tried(&serving, "all");
    assert_eq!((code, status), (json!("call_refused"), json!(500)));
    assert!(message.contains("plugins.lend_role"), "{message}");
    assert_eq!(stock(&serving), json!(10));

    let world = with_roles("lend_role = [\"warehouse\"]");
    let serving = world.serve();
    serving.post("/plugins/shop/sales", &wanted(4)).expect_status(201);
    let told = serving.post(WHO, &Value::Null).expect_status(200).json();
    let role = told["told"]["role"].as_str().unwrap_or_default();
    assert!(role.contains("shop") && !role.contains("warehouse"), "{told}");
    assert_eq!((&told["told"]["sql"], stock(&serving)), (&json!("dev"), json!(6)));
    // Neither is a member of the other, and nobody can become somebody else.
    let members = "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member \
                   WHERE r.rolname LIKE '%shop%' OR r.rolname LIKE '%warehouse%'";
    assert_eq!(world.sql(members), "0");
}

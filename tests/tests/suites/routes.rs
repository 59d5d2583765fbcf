//! Plugins at work: their routes through the real server, their transactions, their panics.

use serde_json::json;
use tenon_tests::{Serving, World};

fn shop() -> (World, Serving) {
    let plugins = ["identity", "inventory", "orders", "reporting"];
    let world = World::with(&plugins);
    drop(world.heal_and_prove(&plugins));
    let serving = world.serve();
    (world, serving)
}

#[test]
fn the_samples_work_together_through_the_server() {
    let (world, shop) = shop();
    let account = json!({ "email": "ana@example.org", "display_name": "Ana" });
    let account = shop.post("/plugins/identity/accounts", &account).expect_status(201).json();
    let item = json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    shop.post("/plugins/inventory/items", &item).expect_status(201);
    shop.post("/plugins/inventory/items", &item).expect_status(409);
    shop.get("/plugins/inventory/items/A-1").expect_status(200);
    shop.get("/plugins/inventory/items/B-2").expect_status(404);
    shop.get("/plugins/inventory/nothing").expect_status(404);
    shop.post("/plugins/inventory/items/A-1", &item).expect_status(405);
    shop.get("/plugins/nobody/items").expect_status(404);
    let order = json!({ "account": account["public_id"], "lines": [{ "sku": "A-1", "qty": 2 }] });
    shop.post("/plugins/orders/orders", &order).expect_status(201);
    assert_eq!(world.sql("SELECT qty FROM inventory.item"), "3");
    assert_eq!(shop.get("/plugins/inventory/items").expect_status(200).json()[0]["qty"], 3);
}

#[test]
fn a_request_that_fails_leaves_no_row() {
    let (world, shop) = shop();
    let account = json!({ "email": "ana@example.org", "display_name": "Ana" });
    let account = shop.post("/plugins/identity/accounts", &account).expect_status(201).json();
    let item = json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    shop.post("/plugins/inventory/items", &item).expect_status(201);
    // The first line takes two from the stock, the second one fails.
    let order = json!({
        "account": account["public_id"],
        "lines": [{ "sku": "A-1", "qty": 2 }, { "sku": "A-1", "qty": 4 }],
    });
    shop.post("/plugins/orders/orders", &order).expect_status(409);
    assert_eq!(world.sql("SELECT qty FROM inventory.item"), "5");
    assert_eq!(world.sql("SELECT count(*) FROM orders.purchase"), "0");
}

#[test]
fn a_panic_an_error_and_a_broken_transaction_leave_no_row_and_the_next_request_works() {
    let world = World::with(&["panics_in_handle"]);
    drop(world.heal_and_prove(&["panics_in_handle"]));
    let serving = world.serve();
    let of = |route: &str| format!("/plugins/panics_in_handle/{route}");
    let count = || serving.get(&of("count")).expect_status(200).text;
    serving.post(&of("rows"), &json!({})).expect_status(201);
    assert_eq!(count(), "1");
    for (route, status) in [("panic", 500), ("fail", 409), ("commit", 500), ("swallow", 500)] {
        let answer = serving.post(&of(route), &json!({}));
        assert_eq!(answer.status, status, "{route}: {answer:?}");
        assert_eq!(count(), "1", "{route}");
    }
    serving.post(&of("rows"), &json!({})).expect_status(201);
    assert_eq!(count(), "2");
    serving.logged("the panic", |event| {
        event["message"].as_str().is_some_and(|text| text.contains("no luck in handle"))
    });
}

#[test]
fn a_call_beyond_its_deadline_is_504_and_its_transaction_is_gone() {
    let world = World::with(&["panics_in_handle"]);
    drop(world.heal_and_prove(&["panics_in_handle"]));
    world.set("[plugins]\ncall_timeout = \"300ms\"\nthreads = 1");
    let serving = world.serve();
    serving.post("/plugins/panics_in_handle/sleep", &json!({})).expect_status(504);
    serving.until("/plugins/panics_in_handle/count", |answer| answer.status == 200 && answer.text == "0");
}

#[test]
fn a_plugin_with_pending_migrations_is_503_with_the_reason_and_the_others_serve() {
    let world = World::with(&["identity", "inventory_1_0"]);
    drop(world.heal_and_prove(&["identity", "inventory_1_0"]));
    world.upgrade("inventory_1_0", "inventory");
    let serving = world.serve();
    serving.get("/plugins/identity/accounts").expect_status(200);
    let held = serving.get("/plugins/inventory/items").expect_status(503);
    assert!(held.text.contains("Inventory Plugin: 2 pending migrations"), "{}", held.text);
}

#[test]
fn a_plugin_that_is_out_is_503_with_the_reason() {
    let world = World::with(&["identity", "panics_in_init"]);
    drop(world.heal_and_prove_some(&["identity"]));
    let serving = world.serve();
    serving.get("/plugins/identity/accounts").expect_status(200);
    let out = serving.get("/plugins/panics_in_init/").expect_status(503);
    assert!(out.text.contains("panicked in init"), "{}", out.text);
}

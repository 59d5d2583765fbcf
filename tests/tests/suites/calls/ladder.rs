//! Plugins of which each calls the next one: how deep that goes, and that it comes round to nobody.

use serde_json::{Value, json};
use tenon_host::report::HealthReport;
use tenon_migrations_core::health::Serving;
use tenon_tests::{ServeProcess, World, artifacts};

/// How many plugins call each other at most, the first one among them.
const DEPTH: usize = 8;

fn id(at: usize) -> String {
    format!("ladder_{at:02}")
}

/// Puts in so many plugins of which each requires the next one, and the last one `warehouse`.
fn ladder(count: usize) -> World {
    let world = World::with(&["warehouse"]);
    for at in 1..=count {
        let next = if at == count { "warehouse".to_owned() } else { id(at + 1) };
        world.write_library(&format!("lib{}.so", id(at)), &artifacts::ladder(&id(at), &next));
    }
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world
}

/// The callers of each plugin, as it has noted them.
fn steps(serving: &ServeProcess, count: usize) -> Vec<Value> {
    let steps = |at| serving.get(&format!("/plugins/{}/steps", id(at))).expect_status(200).json();
    (1..=count).map(steps).collect()
}

#[test]
fn calls_go_eight_plugins_deep_and_one_that_goes_deeper_leaves_nothing_behind() {
    let count = DEPTH + 1;
    let world = ladder(count);
    let serving = world.serve();
    let climb =
        |act: &str, steps: usize| serving.post(&format!("/plugins/ladder_01/{act}/{steps}"), &Value::Null);
    let deeper = climb("climb", DEPTH).expect_status(500).json();
    assert_eq!(deeper["code"], "call_refused", "{deeper}");
    let chain: Vec<_> = (1..=count).map(id).collect();
    let told = format!("calls go deeper than {DEPTH} plugins: {}", chain.join(" -> "));
    assert!(serving.said().contains(&told), "{told}: {}", serving.said());
    assert_eq!(steps(&serving, count), vec![json!([]); count], "the whole transaction is undone");

    let told = climb("climb", DEPTH - 1).expect_status(200).json();
    assert_eq!(told, json!(DEPTH - 1));
    let by = |at: usize| if at == 1 { "a caller".to_owned() } else { id(at - 1) };
    let once: Vec<_> = (1..=DEPTH).map(|at| json!([by(at)])).chain([json!([])]).collect();
    assert_eq!(steps(&serving, count), once);

    // The first one goes on: what the others did is undone, and what it did itself is kept.
    let passed = climb("passes-over", DEPTH).expect_status(200).json();
    assert_eq!((&passed["code"], &passed["status"]), (&json!("call_refused"), &json!(500)), "{passed}");
    let mut kept = once;
    kept[0] = json!(["a caller", "a caller"]);
    assert_eq!(steps(&serving, count), kept);
    // From the second one on it is not too deep.
    let told = serving.post(&format!("/plugins/ladder_02/climb/{}", DEPTH - 1), &Value::Null);
    assert_eq!(told.expect_status(200).json(), json!(DEPTH - 1));
}

fn out_of(report: &HealthReport) -> Vec<(String, String)> {
    let out = report.plugins.iter().filter(|plugin| plugin.serving == Serving::Out);
    let told = |message: &str| message.contains("plugins require each other in a circle");
    out.flat_map(|plugin| {
        let findings = plugin.findings.iter().filter(|finding| told(&finding.message));
        findings.map(|finding| (plugin.id.to_string(), finding.message.clone())).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn plugins_that_would_call_each_other_in_a_circle_are_out_and_the_others_answer() {
    for circle in [2, 3] {
        let world = World::with(&["warehouse", "shop"]);
        for at in 1..=circle {
            let library = artifacts::ladder(&id(at), &id(at % circle + 1));
            world.write_library(&format!("lib{}.so", id(at)), &library);
        }
        let report = world.host().check();
        let out = out_of(&report);
        let ids: Vec<_> = out.iter().map(|(id, _)| id.clone()).collect();
        assert_eq!(ids, (1..=circle).map(id).collect::<Vec<_>>(), "{out:?}");
        let path: Vec<_> = (1..=circle).chain([1]).map(id).collect();
        assert!(out.iter().all(|(_, told)| told.contains(&path.join(" -> "))), "{out:?}");
        world.tenon(&["heal", "--yes", "--as", "ops"]);
        world.set("[callers]\ndevelopment = \"dev\"");
        let serving = world.serve();
        let answer = serving.post("/plugins/ladder_01/climb/1", &Value::Null).expect_status(503).json();
        assert_eq!(answer["code"], "out", "{answer}");
        serving.post("/plugins/shop/sales", &json!({ "sku": "bolt", "qty": 1 })).expect_status(201);
    }
}

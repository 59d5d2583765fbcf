//! The latency of two healthy plugins while one hangs and one panics, against what it is alone.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tenon_tests::World;

use super::median;
use super::route::clients::{Answers, Ask, ask};
use super::route::{address, runtime};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(3);
/// How often each client of a bad plugin asks: what a panic and a hang cost is what is measured, and not what
/// a flood of requests costs, which any plugin could have.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) fn load(clients: &str) {
    let clients: usize = clients.parse().unwrap();
    let world = World::with(&["stall", "inventory", "rogue", "panics_in_handle"]);
    world.set("[plugins]\ncall_timeout = \"500ms\"");
    world.tenon(&["heal", "--as", "bench", "--yes"]).expect_code(0);
    let serving = world.serve();
    let item = json!({ "sku": "A-1", "name": "Anvil", "qty": 3, "price": "9.50" });
    serving.post("/plugins/inventory/items", &item).expect_status(201);
    world.sql("ANALYZE");
    let (runtime, address) = (runtime(), address(&serving));
    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let alone = runtime.block_on(healthy(address, clients));
            // Each round begins with a plugin that is not in quarantine yet.
            serving.post_as_admin("/api/v1/plugins/panics_in_handle/release", &json!({}));
            let beside = runtime.block_on(async {
                let bad = tokio::spawn(bad(address));
                let answers = healthy(address, clients).await;
                bad.await.unwrap();
                answers
            });
            assert_eq!((alone.failed, beside.failed), (0, 0), "healthy plugins answer all");
            (alone, beside)
        })
        .collect();
    for (what, percent) in [("median", 50), ("p99", 99)] {
        let of = |answers: &Answers| answers.percentile(percent);
        let ratio = median(rounds.iter().map(|(alone, beside)| of(beside) / of(alone)).collect());
        println!(
            "load, {clients} clients of two healthy plugins, {what}: alone {:.2} ms, beside one that hangs and one that \
             panics {:.2} ms, ratio {ratio:.2}",
            median(rounds.iter().map(|(alone, _)| of(alone)).collect()),
            median(rounds.iter().map(|(_, beside)| of(beside)).collect()),
        );
    }
}

async fn healthy(address: SocketAddr, clients: usize) -> Answers {
    let (one, other) = (Ask::get("/plugins/stall/items/17"), Ask::get("/plugins/inventory/items/A-1"));
    let half = (clients / 2).max(1);
    let (one, other) = tokio::join!(ask(address, &one, half, ROUND), ask(address, &other, half, ROUND));
    let mut each = [one.each, other.each].concat();
    each.sort_unstable();
    Answers { took: one.took, each, failed: one.failed + other.failed }
}

async fn bad(address: SocketAddr) {
    let paused = |path: &str| Ask { pause: PAUSE, ..Ask::post(path, "{}") };
    let (hangs, panics) = (paused("/plugins/rogue/sleep"), paused("/plugins/panics_in_handle/panic"));
    let time = ROUND.saturating_sub(Duration::from_millis(500));
    tokio::join!(ask(address, &hangs, 4, time), ask(address, &panics, 4, time));
}

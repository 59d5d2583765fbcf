//! What it costs a route to be asked by a caller whom the host verifies, each client by a token of its own:
//! against the same route asked by nobody, in turn.

use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde_json::Value;
use tenon_tests::{SigningKey, World, claims, write_key_set};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::median;
use super::route::clients::{Ask, ask};
use super::route::{address, runtime};

const ISSUER: &str = "https://login.example.com";
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);

pub(super) fn callers(clients: &str) {
    let clients: usize = clients.parse().unwrap();
    let world = World::with(&["stall"]);
    let key = SigningKey::new(world.path(), "bench", Algorithm::ES256);
    write_key_set(&world.path().join("keys.json"), &[&key]);
    world.set(&format!(
        "[database]\npool_size = 10\n[plugins]\nthreads = 10\n\
         [[callers.jwt]]\nissuer = \"{ISSUER}\"\naudience = [\"stall\"]\njwks_file = \"keys.json\""
    ));
    world.tenon(&["heal", "--as", "bench", "--yes"]).expect_code(0);
    world.sql("ANALYZE");
    let serving = world.serve();
    let tokens: Vec<_> = (0..clients)
        .map(|client| format!("Bearer {}", key.token(&claims(ISSUER, "stall", &format!("caller-{client}")))))
        .collect();
    let wrong = [("Authorization", format!("{}x", tokens[0]))];
    let wrong = wrong.each_ref().map(|(name, value)| (*name, value.as_str()));
    serving.ask_from("127.0.0.1", "GET /plugins/stall/items/17", &wrong, &Value::Null).expect_status(401);
    let address = address(&serving);
    let runtime = runtime();
    let sale = |path| Ask::post(path, r#"{"item":17,"qty":1}"#);
    for (what, route) in [
        ("read one row", Ask::get("/plugins/stall/items/17")),
        ("list 100 rows", Ask::get("/plugins/stall/items")),
        ("insert", sale("/plugins/stall/sales")),
        ("insert in a transaction", sale("/plugins/stall/sales/in-a-transaction")),
        ("no statement", Ask::get("/plugins/stall/nothing")),
    ] {
        let nobody: Vec<_> = tokens.iter().map(|_| route.clone()).collect();
        let verified: Vec<_> =
            tokens.iter().map(|token| Ask { authorization: Some(token.clone()), ..route.clone() }).collect();
        let round = |time| [&nobody, &verified].map(|asks| per_second(&runtime, address, asks, time));
        round(ROUND / 4);
        let rounds: Vec<_> = (0..ROUNDS).map(|_| round(ROUND)).collect();
        let of = |which: usize| median(rounds.iter().map(|round| round[which]).collect());
        let ratio = median(rounds.iter().map(|[nobody, verified]| verified / nobody).collect());
        println!(
            "callers, {what}, {clients} clients: by nobody {:.0}/s, by verified callers {:.0}/s, ratio {ratio:.3}",
            of(0),
            of(1),
        );
    }
}

/// How many requests a second all clients together have answered.
fn per_second(runtime: &Runtime, address: std::net::SocketAddr, asks: &[Ask], time: Duration) -> f64 {
    runtime.block_on(async {
        let mut clients = JoinSet::new();
        for one in asks {
            let one = one.clone();
            clients.spawn(async move { ask(address, &one, 1, time).await });
        }
        let all = clients.join_all().await;
        assert!(all.iter().all(|answers| answers.failed == 0), "there were errors");
        all.iter().map(super::route::clients::Answers::per_second).sum()
    })
}

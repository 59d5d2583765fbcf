//! A heal by the API while programs ask for the health a thousand times a second, against the same heal
//! while nobody does.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tenon_tests::{SecondClient, ServeProcess, World};

use super::route::clients::{Ask, ask};
use super::route::{address, runtime};
use super::{median, timed};

const ROUNDS: usize = 5;
/// Clients, of which each asks fifty times a second.
const CLIENTS: usize = 20;
const EVERY: Duration = Duration::from_millis(20);

pub(super) fn asked(tables: &str) {
    let mut ratios = Vec::new();
    let (mut alone_ms, mut beside_ms, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (_first, serving) = unhealed();
        let word = Word::on(&serving);
        let alone = timed(|| word.heal());
        drop(serving);
        let (_second, serving) = unhealed();
        let credentials = STANDARD.encode(format!("admin:{}", serving.password()));
        let health = Ask {
            authorization: Some(format!("Basic {credentials}")),
            every: Some(EVERY),
            ..Ask::get("/api/v1/health")
        };
        let (runtime, address) = (runtime(), address(&serving));
        // The first verification of a password is meant to take long.
        runtime.block_on(ask(address, &health, 1, Duration::from_secs(1)));
        let word = Word::on(&serving);
        let beside = std::thread::scope(|scope| {
            let heal = scope.spawn(|| timed(|| word.heal()));
            let answers = runtime.block_on(ask(address, &health, CLIENTS, alone));
            assert_eq!(answers.failed, 0);
            rates.push(answers.per_second());
            heal.join().unwrap()
        });
        ratios.push(beside.as_secs_f64() / alone.as_secs_f64());
        alone_ms.push(alone.as_secs_f64() * 1000.0);
        beside_ms.push(beside.as_secs_f64() * 1000.0);
    }
    println!(
        "asked, a heal of {tables} tables: alone {:.0} ms, beside {:.0} requests a second for the health {:.0} ms, ratio {:.2}",
        median(alone_ms),
        median(rates),
        median(beside_ms),
        median(ratios)
    );
}

fn unhealed() -> (World, ServeProcess) {
    let world = World::with(&["many_tables"]);
    let serving = world.serve();
    (world, serving)
}

/// An administrator's word to run what is pending.
struct Word {
    client: SecondClient,
    plan: Value,
}

impl Word {
    fn on(serving: &ServeProcess) -> Self {
        let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
        Self { client: serving.another(), plan: json!({ "plan_hash": plan["hash"] }) }
    }

    fn heal(&self) {
        let outcome = self.client.post_as_admin("/api/v1/heal", &self.plan).expect_status(200).json();
        assert_eq!(outcome["result"], "succeeded", "{outcome:#}");
    }
}

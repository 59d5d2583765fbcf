//! How many events a second are delivered, from the first that is emitted to the last that both listeners
//! have heard and committed: against as many `NOTIFY`, each in a transaction of its own, that one session
//! sends and another one hears.

use std::future::poll_fn;
use std::time::{Duration, Instant};

use serde_json::json;
use tenon_tests::World;
use tokio_postgres::{AsyncMessage, NoTls};

use super::median;
use super::route::clients::{Ask, ask};
use super::route::{address, runtime};

const ROUNDS: usize = 5;
/// How many events one request emits, and what asks for them.
const OF_ONE: usize = 10;
const TELL: &str = r#"{ "from": 1, "to": 10 }"#;
const CLIENTS: usize = 4;

pub(super) fn events(size: &str) {
    let size: usize = size.parse().unwrap();
    let world = World::with(&["teller", "hearer"]);
    world.tenon(&["heal", "--as", "bench", "--yes"]).expect_code(0);
    let serving = world.serve();
    serving.post("/plugins/teller/tell", &json!({ "from": 1, "to": OF_ONE })).expect_status(204);
    let runtime = runtime();
    let (address, url) = (address(&serving), world.url());
    let left = || world.sql("SELECT count(*) FROM tenon.event_delivery") != "0";
    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            while left() {
                std::thread::sleep(Duration::from_millis(20));
            }
            let before: usize = world.sql("SELECT count(*) FROM hearer.heard").parse().unwrap();
            let began = Instant::now();
            // Requests go on until there are enough: what counts is how many were heard, in what time.
            let mut emitted = 0;
            while emitted < size {
                let one = Ask::post("/plugins/teller/tell", TELL);
                let answers = runtime.block_on(ask(address, &one, CLIENTS, Duration::from_millis(200)));
                assert_eq!(answers.failed, 0, "there were errors");
                emitted += answers.each.len() * OF_ONE;
            }
            while left() {
                std::thread::sleep(Duration::from_millis(5));
            }
            let took = began.elapsed();
            let heard: usize = world.sql("SELECT count(*) FROM hearer.heard").parse().unwrap();
            assert_eq!(heard - before, emitted, "each was heard once");
            (count(emitted) / took.as_secs_f64(), runtime.block_on(notified(&url, size)))
        })
        .collect();
    println!(
        "events, {size} in requests of {OF_ONE}, to two listeners each: {:.0} events/s delivered and committed, NOTIFY alone \
         {:.0}/s, ratio {:.3}",
        median(rounds.iter().map(|(ours, _)| *ours).collect()),
        median(rounds.iter().map(|(_, floor)| *floor).collect()),
        median(rounds.iter().map(|(ours, floor)| ours / floor).collect()),
    );
}

/// How many notifications a second arrive.
async fn notified(url: &str, size: usize) -> f64 {
    let (sender, sends) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let (listener, mut hears) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let sends = tokio::spawn(sends);
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let hears = tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| hears.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) && tell.send(()).is_err() {
                return;
            }
        }
    });
    listener.batch_execute("LISTEN bench").await.unwrap();
    let began = Instant::now();
    for number in 0..size {
        sender.batch_execute(&format!("NOTIFY bench, '{number}'")).await.unwrap();
    }
    for _ in 0..size {
        told.recv().await.unwrap();
    }
    let took = began.elapsed();
    sends.abort();
    hears.abort();
    count(size) / took.as_secs_f64()
}

fn count(events: usize) -> f64 {
    f64::from(u32::try_from(events).unwrap())
}

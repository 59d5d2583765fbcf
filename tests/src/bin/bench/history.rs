//! The audit log read page by page, against a log of a hundred entries.

use tenon_tests::World;

use super::{median, timed};

/// The entries of the log that it is compared with.
const FEW: usize = 100;
/// What a page of the console shows.
const PAGE: usize = 50;

pub(super) fn history(entries: &str) {
    let few = read(FEW);
    let many = read(entries.parse().unwrap());
    println!(
        "history, {entries} entries, {} pages of {PAGE}: median {:.1} ms, slowest {:.1} ms; of {FEW} entries median {:.1} ms, ratio {:.2}",
        many.pages.len(),
        median(many.pages.clone()),
        slowest(&many.pages),
        median(few.pages.clone()),
        median(many.pages) / median(few.pages),
    );
    println!(
        "history, {entries} entries, the console's page at the beginning, in the middle, of one administrator and of nobody: slowest {:.1} ms",
        slowest(&many.console)
    );
}

/// How long each page took, in milliseconds.
struct Times {
    pages: Vec<f64>,
    console: Vec<f64>,
}

fn read(entries: usize) -> Times {
    let world = World::with(&["identity"]);
    world.tenon(&["heal", "--yes", "--as", "ada"]).expect_code(0);
    world.sql(&format!(
        "INSERT INTO tenon.audit (seq, heal, event, attempt, at, body, previous, hash)
         SELECT 1000 + n, gen_random_uuid(), 'action', 1, now(),
                json_build_object('admin', 'admin' || n % 7, 'source', 'api', 'host', 'a:1',
                                  'action', 'change_password', 'account', 'a' || n)::text, 'p' || n, 'h' || n
         FROM generate_series(1, {entries}) AS n"
    ));
    let serving = world.serve();
    serving.log_in().expect_status(200);
    let ask = |path: &str| {
        let mut answer = None;
        let took = timed(|| answer = Some(serving.get(path).expect_status(200)));
        (answer.unwrap(), took.as_secs_f64() * 1000.0)
    };
    // The first one makes a connection.
    ask("/api/v1/audit?limit=1");
    let (mut pages, mut before) = (Vec::new(), String::new());
    loop {
        let (answer, took) = ask(&format!("/api/v1/audit?limit={PAGE}{before}"));
        pages.push(took);
        match answer.json()["next"].as_i64() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    let middle = format!("/audit?before={}", 1000 + entries / 2);
    let console = ["/audit", &middle, "/audit?admin=admin3", "/audit?admin=nobody"];
    Times { pages, console: console.map(|path| ask(path).1).into() }
}

fn slowest(times: &[f64]) -> f64 {
    times.iter().copied().fold(0.0, f64::max)
}

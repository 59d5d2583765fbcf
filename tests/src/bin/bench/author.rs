//! What an author waits for, in the crate of a new plugin: a build of all, one after an edit, the proof, the
//! verification of a version, and from a save to its answer.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tenon_tests::{World, artifacts};

use super::{median, timed};

const ROUNDS: usize = 5;
const NAME: &str = "measured";

pub(super) fn author(tables: &str) {
    let tables: usize = tables.parse().unwrap();
    let world = World::with(&[]);
    let target = world.path().join("target");
    let sdk = artifacts::root().to_str().unwrap();
    let tables: Vec<_> = (0..tables).map(|number| format!("note{number}(text text)")).collect();
    let mut words = vec!["plugin", "new", NAME, "--sdk", sdk];
    words.extend(tables.iter().flat_map(|table| ["--table", table]));
    world.tenon(&words).expect_code(0);
    let folder = world.path().join(NAME);
    fs::copy(artifacts::root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let build = || {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .envs(artifacts::toolchain())
            .args(["build", "--quiet", "--offline"])
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", &target);
        assert!(cargo.status().unwrap().success());
    };
    let told = |what: &str, took: Duration| {
        println!("author, {} tables, {what}: {:.2} s", tables.len(), took.as_secs_f64());
    };
    told("cold build", timed(build));
    let rounds = |round: &mut dyn FnMut() -> Duration| median((0..ROUNDS).map(|_| round()).collect());
    let mut edits = 0;
    let incremental = rounds(&mut || {
        edit(&folder, &mut edits);
        timed(build)
    });
    told("incremental build", incremental);
    let library = format!("lib{NAME}.so");
    world.write_library(&library, &fs::read(target.join("debug").join(&library)).unwrap());
    let run = |words: &[&str]| timed(|| drop(world.tenon(words).expect_code(0)));
    told("lock", rounds(&mut || run(&["plugin", "lock", NAME])));
    fs::remove_file(world.path().join("tenon.lock")).unwrap();
    told("verify", rounds(&mut || run(&["plugin", "verify", NAME])));
    told("dev loop, from a save to its answer", dev_loop(&world, &folder, &target, edits));
}

/// Has the plugin answer otherwise.
fn edit(folder: &Path, edits: &mut usize) {
    if *edits == 0 {
        let lib = folder.join("src/lib.rs");
        let text = fs::read_to_string(&lib).unwrap();
        let routes = "    routes! {\n        \"GET /version\" => note0::version(),";
        fs::write(&lib, text.replacen("    routes! {", routes, 1)).unwrap();
    }
    let path = folder.join("src/note0.rs");
    let text = fs::read_to_string(&path).unwrap();
    let text = if *edits == 0 {
        let list = "pub(crate) fn list(";
        let version = "pub(crate) fn version(_: &Connection<'_>) -> Result<Json<usize>, PluginError> {\n    Ok(Json(1))\n}\n\n";
        text.replacen(list, &format!("{version}{list}"), 1)
    } else {
        text.replacen(&format!("Json({edits})"), &format!("Json({})", *edits + 1), 1)
    };
    *edits += 1;
    fs::write(path, text).unwrap();
}

/// The median time from a save until a caller has the answer that was saved.
fn dev_loop(world: &World, folder: &Path, target: &Path, mut edits: usize) -> Duration {
    let state = tempfile::tempdir().unwrap();
    let mut dev = world.command();
    dev.env_remove("DATABASE_URL").env_remove("TENON_PLUGINS__ISOLATION").env("CARGO_TARGET_DIR", target);
    dev.envs(artifacts::toolchain());
    fs::remove_file(world.path().join("tenon.toml")).unwrap();
    dev.args(["dev", "--json", "--quiet", "--listen", "127.0.0.1:0", "--path"]).arg(folder);
    let mut dev = dev.arg("--state-dir").arg(state.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(dev.stdout.take().unwrap()).lines();
    let mut until = |kind: &str| loop {
        let event: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert!(event["event"] != "failed", "{event:#}");
        if event["event"] == kind {
            return event;
        }
    };
    let url = until("serving")["routes"].as_str().unwrap().to_owned();
    until("health");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        edit(folder, &mut edits);
        until("serving");
        let answer = runtime
            .block_on(async { reqwest::get(format!("{url}version")).await.unwrap().text().await.unwrap() });
        took.push(began.elapsed());
        assert_eq!(answer, edits.to_string());
        until("health");
    }
    dev.kill().unwrap();
    dev.wait().unwrap();
    median(took)
}

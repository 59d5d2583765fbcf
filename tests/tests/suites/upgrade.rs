//! Upgrades: of a plugin under traffic, of the host before its own tables, and back to an older host.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::json;
use tenon_tests::{World, artifacts};

/// A client that asks for an address all the time, each time over a connection of its own.
struct Traffic {
    ends: Arc<AtomicBool>,
    client: JoinHandle<BTreeMap<String, usize>>,
}

impl Traffic {
    fn of(server: SocketAddr, path: &'static str) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&ends);
        let client = thread::spawn(move || {
            let mut answers = BTreeMap::new();
            while !until.load(Ordering::Relaxed) {
                let answer = ask(server, path).unwrap_or_else(|error| error.to_string());
                *answers.entry(answer).or_default() += 1;
            }
            answers
        });
        Self { ends, client }
    }

    /// How often each answer came: a status, or why there was none.
    fn answers(self) -> BTreeMap<String, usize> {
        self.ends.store(true, Ordering::Relaxed);
        self.client.join().unwrap()
    }
}

/// The status of an answer.
fn ask(server: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.split(' ').nth(1).unwrap_or("no answer").to_owned())
}

#[test]
fn a_plugin_is_upgraded_under_traffic_and_no_request_is_refused() {
    let world = World::with(&["inventory_1_0"]);
    world.install_as("identity_1_0", "libidentity.so");
    world.set("[server]\ndrain = \"300ms\"");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    // The socket outlives each start of the host, as systemd's does.
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = socket.local_addr().unwrap();
    let first = world.serve_as_service(Some(&socket), None);
    let traffic = Traffic::of(server, "/plugins/identity/accounts");

    // What only adds something is healed first: the host that runs goes on with the code that it has.
    let new = artifacts::library("identity");
    let program = artifacts::program("tenon");
    let (new, program) = (new.to_str().unwrap(), program.to_str().unwrap());
    world.tenon(&["plugin", "inspect", new, "--against", program]).expect_code(0);
    world.install("identity");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    first.until("/api/v1/health", |answer| answer.text.contains("identity/0002"));
    assert_eq!(first.stop(), 0);
    let second = world.serve_as_service(Some(&socket), None);
    second.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");

    // Where the restart comes first the plugin waits for its heal, and no other does.
    world.upgrade("inventory_1_0", "inventory");
    assert_eq!(second.stop(), 0);
    let third = world.serve_as_service(Some(&socket), None);
    assert_eq!(ask(server, "/plugins/inventory/items").unwrap(), "503");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    third.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    assert_eq!(ask(server, "/plugins/inventory/items").unwrap(), "200");

    let answers = traffic.answers();
    eprintln!("answers during two upgrades: {answers:?}");
    assert_eq!(answers.keys().collect::<Vec<_>>(), ["200"], "{answers:?}");
    assert!(answers["200"] > 100, "{answers:?}");
    assert_eq!(third.stop(), 0);
}

/// The host's own tables as an older version left them: after the file of this number.
fn with_core_up_to(world: &World, last: u32) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/migrations");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "sql")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        if name[..4].parse::<u32>().unwrap() > last {
            continue;
        }
        let sql = fs::read_to_string(file).unwrap();
        world.sql(&sql);
        world.sql(&format!(
            "INSERT INTO tenon.migration (plugin, filename, checksum, heal, duration_ms) SELECT 'core', '{name}', \
             encode(sha256(convert_to($file${sql}$file$, 'UTF8')), 'hex'), gen_random_uuid(), 0"
        ));
    }
}

#[test]
fn a_new_host_on_an_old_database_says_what_its_own_tables_need_and_serves_health() {
    let world = World::with(&["identity"]);
    with_core_up_to(&world, 3);
    let (contents, written) = (world.database.contents(), world.database.rows_written());
    let serving = world.serve();
    serving.get("/readyz").expect_status(200);
    let health = serving.get_as_admin("/api/v1/health").expect_status(200).json();
    assert_eq!(health["status"], "drifted");
    let core = health["plugins"].as_array().unwrap().iter().find(|plugin| plugin["id"] == "core").unwrap();
    let findings: Vec<_> =
        core["findings"].as_array().unwrap().iter().map(|finding| &finding["object"]).collect();
    assert!(findings.contains(&&json!("core/0004_administration.sql")), "{core:#}");
    assert!(!findings.contains(&&json!("core/0003_audit.sql")), "{core:#}");
    serving.log_in();
    for page in ["/", "/plugin", "/heal", "/graph", "/audit", "/account", "/accounts", "/api/v1/plugins"] {
        serving.get(page).expect_status(200);
    }
    assert_eq!(serving.stop(), 0);
    assert_eq!(world.database.rows_written(), written);
    assert_eq!(world.database.contents(), contents);
    let serving = world.serve();
    let plan = serving.get_as_admin("/api/v1/plan").json();
    let body = json!({ "plan_hash": plan["hash"] });
    serving.post_as_admin("/api/v1/heal", &body).expect_status(200);
    assert_eq!(serving.get_as_admin("/api/v1/health").json()["status"], "healthy");
    world.tenon(&["audit", "verify"]).expect_code(0);
}

#[test]
fn an_older_host_serves_and_checks_a_newer_database_and_heals_nothing() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.sql(
        "INSERT INTO tenon.migration (plugin, filename, checksum, heal, duration_ms) \
         VALUES ('core', '9999_of_the_future.sql', repeat('0', 64), gen_random_uuid(), 0)",
    );
    world.install("inventory");
    let check = world.tenon(&["check"]);
    assert!(
        check.out.contains("core/9999_of_the_future.sql was applied by a newer version of Tenon"),
        "{check:#?}"
    );
    let heal = ["heal", "--yes", "--as", "ops"].as_slice();
    let baseline = ["baseline", "--yes", "--as", "ops", "--plugin", "inventory"].as_slice();
    world.sql(
        "INSERT INTO tenon.migration (plugin, filename, checksum, heal, duration_ms) \
         VALUES ('gone', '0001_gone.sql', repeat('0', 64), gen_random_uuid(), 0)",
    );
    let forget = ["ledger", "forget", "--yes", "--as", "ops", "gone"].as_slice();
    let ledger = world.ledger();
    for command in [heal, baseline, forget] {
        let refused = world.tenon(command).expect_code(5);
        assert!(refused.err.contains("a newer version of Tenon has applied it"), "{refused:#?}");
        assert!(refused.err.contains("install the newer version of Tenon again"), "{refused:#?}");
    }
    assert_eq!(world.ledger(), ledger);
    assert_eq!(world.sql("SELECT to_regclass('inventory.item') IS NULL"), "t");
    let serving = world.serve();
    serving.get("/readyz").expect_status(200);
    serving.get("/plugins/identity/accounts").expect_status(200);
    let plan = serving.get_as_admin("/api/v1/plan").json();
    assert_eq!(plan["refusals"][0]["place"], "core/9999_of_the_future.sql", "{plan:#}");
}

//! Sessions with a server over TLS: those of a heal and a check, and those that plugins are lent.

use std::fs;
use std::thread;

use serde_json::{Value, json};
use tenon_host::database::unavailable::Unavailable;
use tenon_migrations_core::health::Status;
use tenon_tests::{OwnServer, SUPERUSER, TestServer, World};

/// A place with these plugins whose host is told to verify a server that lets nobody in but by TLS.
fn verifying(plugins: &[&str], settings: &str) -> (OwnServer, World) {
    let server = OwnServer::encrypted();
    server.sql("postgres", "CREATE DATABASE app");
    let world = World::with(plugins);
    world.set_url(&format!("{}?sslmode=verify-full", server.tcp_url("localhost", "app")));
    world.set(&format!("[database]\ntls_root_cert = {:?}\n{settings}", server.file("authority.pem")));
    (server, world)
}

/// How many sessions over TCP there are, and whether all of them are encrypted.
const SESSIONS: &str = "SELECT count(*) > 2, bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
    WHERE client_addr IS NOT NULL AND backend_type = 'client backend'";

#[test]
fn a_heal_a_check_and_many_calls_at_once_go_over_tls() {
    let (server, world) = verifying(&["stall", "rogue"], "pool_size = 8");
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!((host.check().status, host.findings()), (Status::Healthy, Vec::new()));
    // An answer of many records, and a request of many.
    server.sql("app", "UPDATE stall.item SET name = repeat(id || ' ', 1500) WHERE id <= 100");
    let expected = server.sql("app", "SELECT json_agg(i ORDER BY id) FROM stall.item i WHERE id <= 100");
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let long = json!(format!("SELECT 1 / (length('{}') = 3000000)::int", "x".repeat(3_000_000))).to_string();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let items = host.call("stall", "GET /items", "").unwrap();
                    assert_eq!(serde_json::from_slice::<Value>(&items.body).unwrap(), expected);
                    let sold = host.call("stall", "POST /sales", r#"{"item": 1, "qty": 1}"#).unwrap();
                    assert_eq!(sold.status, 201);
                }
                assert_eq!(host.call("rogue", "POST /sql", &long).unwrap().status, 200);
            });
        }
    });
    assert_eq!(server.sql("app", "SELECT count(*) FROM stall.sale"), "80");
    assert_eq!(server.sql("app", SESSIONS), "t|t");
}

#[test]
fn a_call_beyond_its_deadline_is_504_and_its_statement_is_cancelled_over_tls() {
    let (server, world) = verifying(&["rogue"], "[plugins]\ncall_timeout = \"500ms\"");
    let serving = world.serve();
    let sleep = json!("SELECT pg_advisory_xact_lock(1), pg_sleep(60)");
    serving.post("/plugins/rogue/sql", &sleep).expect_status(504);
    // Nobody else ends it in that time, and the end is in the log before the lock is free.
    server.sql("app", "SET lock_timeout = '15s'; SELECT pg_advisory_lock(1)");
    let log = fs::read_to_string(server.file("log")).unwrap();
    assert!(log.contains("canceling statement due to user request"), "{log}");
    serving.post("/plugins/rogue/sql", &json!("SELECT 1")).expect_status(200);
}

#[test]
fn an_address_of_numbers_alone_is_encrypted_too() {
    let (server, world) = verifying(&["stall"], "");
    let (url, port) = (server.tcp_url("localhost", "app"), server.port());
    let password = password(&url);
    for (sslmode, healed) in [("prefer", "succeeded"), ("require", "nothing_to_do")] {
        world.set_url(&format!(
            "hostaddr=127.0.0.1 port={port} user={SUPERUSER} password={password} dbname=app sslmode={sslmode}"
        ));
        let host = world.host();
        assert_eq!(host.heal().word(), healed, "{sslmode}");
        assert_eq!(host.check().status, Status::Healthy, "{sslmode}");
        assert_eq!(host.call("stall", "GET /items/1", "").unwrap().status, 200);
    }
}

#[test]
fn where_the_two_sides_differ_about_tls_it_is_unknown_and_says_what_to_set() {
    let (server, world) = (OwnServer::encrypted(), World::with(&["stall"]));
    let to = |host: &str, options: &str| format!("{}?sslmode={options}", server.tcp_url(host, "postgres"));
    let signed_by = |name: &str| format!("verify-full&sslrootcert={}", server.file(name).display());
    let plain = TestServer::shared();
    let plain = plain.tcp_url(SUPERUSER, &plain.password(), plain.port, &world.database.name);
    for (url, kind, message, remedy) in [
        (
            to("localhost", &signed_by("stranger.pem")),
            Unavailable::Certificate,
            "invalid peer certificate: UnknownIssuer",
            "see that database.tls_root_cert names the authorities that sign the server's certificate",
        ),
        (
            to("127.0.0.1", &signed_by("authority.pem")),
            Unavailable::Certificate,
            "certificate not valid for name \"127.0.0.1\"; certificate is only valid for DnsName(\"localhost\")",
            "and that database.url calls the server by a name that stands in it",
        ),
        (
            to("localhost", "disable"),
            Unavailable::Encryption,
            "no pg_hba.conf entry for host \"127.0.0.1\"",
            "set database.tls to \"verify-full\" or \"require\" if the server lets in encrypted sessions alone",
        ),
        (
            format!("{plain}?sslmode=require"),
            Unavailable::Encryption,
            "server does not support TLS",
            "or switch TLS on there (ssl = on) if it has none; else let this host and user in by an entry of that file",
        ),
    ] {
        world.set_url(&url);
        let report = world.host().check();
        assert_eq!(report.status, Status::Unknown);
        let trouble = report.database.trouble.as_ref().unwrap();
        assert_eq!(trouble.kind, kind, "{trouble:#?}");
        assert!(trouble.message.contains(message), "{trouble:#?}");
        assert!(trouble.remedy.contains(remedy), "{trouble:#?}");
        // The program tells the same, and a heal, whose session is begun in another way.
        for arguments in [&["check"][..], &["heal", "--yes", "--as", "ops"]] {
            let told = world.tenon(arguments).expect_code(3);
            assert!(told.all().contains(message) && told.all().contains(remedy), "{told:#?}");
            assert!(!format!("{told:?} {report:?}").contains(password(&url)), "{told:#?}");
        }
    }
}

fn password(url: &str) -> &str {
    url.split([':', '@']).nth(2).unwrap()
}

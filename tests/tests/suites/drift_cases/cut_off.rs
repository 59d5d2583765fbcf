//! What sessions and transactions leave behind that are cut off, on a server of its own.

use std::time::{Duration, Instant};

use tenon_migrations_core::finding::{Finding, Severity};
use tenon_tests::{OwnServer, TestHost, World, failure_of};

/// A healed database on this server, and a host.
fn healed(server: &OwnServer, world: &World) -> TestHost {
    server.sql("postgres", "CREATE DATABASE kept");
    world.set_url(&server.url("kept"));
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(host.findings(), []);
    host
}

fn only(findings: Vec<Finding>) -> Finding {
    let [finding] = <[Finding; 1]>::try_from(findings).expect("one finding");
    assert_eq!(finding.severity, Severity::Warning, "{finding:#?}");
    finding
}

#[test]
fn a_prepared_transaction_that_nobody_ends() {
    let server = OwnServer::start_with("-c max_prepared_transactions=2");
    let world = World::with(&["inventory_1_0"]);
    let host = healed(&server, &world);
    server.sql(
        "kept",
        "BEGIN; LOCK TABLE inventory.item IN ACCESS SHARE MODE; SELECT txid_current(); \
         PREPARE TRANSACTION 'it''s 1'",
    );
    // Moments are what each takes.
    assert_eq!(host.findings(), []);
    std::thread::sleep(Duration::from_secs(61));
    let finding = only(host.findings());
    for part in ["prepared transactions", "'it''s 1' by ", "holds locks on inventory.item"] {
        assert!(finding.message.contains(part), "{finding:#?}");
    }
    assert!(finding.probable_cause.unwrap().contains("two-phase commit"));
    assert!(finding.remedy.unwrap().contains("`ROLLBACK PREPARED 'NAME'`"));
    // No heal takes it for what is expected.
    assert_eq!(host.heal().word(), "nothing_to_do");
    only(host.findings());
    // A heal that has to wait for it names it.
    world.set("[heal]\nlock_timeout = \"400ms\"\nretries = 0");
    world.upgrade("inventory_1_0", "inventory");
    let failure = failure_of(world.host().heal());
    let detail = failure.detail.clone().unwrap_or_default();
    assert!(detail.contains("a prepared transaction (it's 1, role "), "{failure:#?}");
    server.sql("kept", "ROLLBACK PREPARED 'it''s 1'");
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(host.findings(), []);
}

/// Which session made them is known from PostgreSQL 16 on.
#[test]
fn temporary_objects_of_a_session_whose_process_was_killed() {
    let server = OwnServer::start_with("-c autovacuum=off");
    let world = World::with(&["inventory"]);
    let host = healed(&server, &world);
    if server.sql("postgres", "SELECT current_setting('server_version_num')::int >= 160000") != "t" {
        return;
    }
    let making = "CREATE TEMPORARY TABLE draft (LIKE inventory.item); SELECT pg_sleep(600)";
    let mut session = server.command("kept").args(["-c", making]).spawn().unwrap();
    let pid = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    let end = Instant::now() + Duration::from_secs(60);
    let pid = loop {
        let pid = server.sql("postgres", pid);
        if !pid.is_empty() {
            break pid;
        }
        assert!(Instant::now() < end, "the session does not begin");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(host.findings(), [], "a session that is there has what it made");
    assert!(std::process::Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
    assert!(!session.wait().unwrap().success());
    server.sql("kept", "SELECT 1");
    let finding = only(host.findings());
    for part in ["temporary objects of no session", "pg_temp_", ": draft"] {
        assert!(finding.message.contains(part), "{finding:#?}");
    }
    assert!(finding.remedy.as_ref().unwrap().contains("`DROP SCHEMA NAME CASCADE`"));
    let schema = finding.message.split(['(', ':', ' ']).find(|word| word.starts_with("pg_temp_")).unwrap();
    server.sql("kept", &format!("DROP SCHEMA {schema} CASCADE"));
    assert_eq!(host.findings(), []);
}

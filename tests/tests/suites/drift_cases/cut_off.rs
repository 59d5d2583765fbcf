//! What a two-phase commit leaves behind that is cut off, on a server of its own.

use std::time::Duration;

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
    assert_eq!(findings.len(), 1, "{findings:#?}");
    let finding = findings.into_iter().next().unwrap();
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

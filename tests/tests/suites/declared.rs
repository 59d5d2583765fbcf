//! What a plugin may declare beside its tables: owners, grants, an extension's version, parts of another
//! plugin's tables. Each is compared, and repaired by choice.

use tenon_host::heal::HealRequest;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::plan::RepairRequest;
use tenon_migrations_core::snapshot::Kind;
use tenon_tests::{TestHost, TestServer, World, request};

/// A world in which these plugins are healed; the roles that they name are there, one of them named `owner`.
fn healed(plugins: &[&str]) -> (World, TestHost) {
    for role in ["meter_keeper", "meter_reader", "owner"] {
        TestServer::shared().make_role(role);
    }
    let world = World::with(plugins);
    let host = world.heal_and_prove(plugins);
    (world, host)
}

fn told(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.message.as_str()).collect()
}

/// Has everything that is found repaired, all hazards allowed; all is as the migrations made it.
fn repair_all(world: &World, host: &TestHost, plugins: &[&str]) {
    repair(host);
    world.prove(plugins);
}

/// Has everything that is found repaired, all hazards allowed; nothing is left to find.
fn repair(host: &TestHost) {
    let findings = host.findings();
    let lacking: Vec<_> = findings.iter().filter(|finding| finding.repair.is_none()).collect();
    assert!(!findings.is_empty() && lacking.is_empty(), "{lacking:#?}");
    let hazards =
        findings.iter().filter_map(|finding| finding.repair.as_ref()).flat_map(|repair| &repair.hazards);
    let repairs = RepairRequest {
        allowed: hazards.map(|hazard| hazard.to_string().parse().unwrap()).collect(),
        choices: findings.iter().map(|finding| finding.id.parse().unwrap()).collect(),
    };
    let outcome = host.heal_as(&HealRequest { repairs, ..request() });
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    assert_eq!(host.findings(), []);
}

#[test]
fn every_kind_of_object_is_made_as_it_is_declared() {
    for role in ["reader", "writer", "keeper"] {
        TestServer::shared().make_role(role);
    }
    let world = World::with(&["every_kind"]);
    let host = world.heal_and_prove(&["every_kind"]);
    assert_eq!(host.findings(), []);
    // The lock file is the reading of what is declared, as made in a scratch database.
    let lock = world.path().join("every_kind.lock");
    world.tenon(&["plugin", "lock", "every_kind", "--out", lock.to_str().unwrap()]).expect_code(0);
    let lock = std::fs::read_to_string(lock).unwrap();
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Settings) {
        assert!(lock.contains(&format!("\"kind\":\"{}\"", kind.name())), "{kind:?}");
    }
}

#[test]
fn owners_and_grants_that_are_declared_are_compared_and_mended() {
    let (world, host) = healed(&["meter"]);
    // Nobody declares what may be done with this one.
    world.sql("GRANT SELECT ON meter.reading TO meter_reader");
    assert_eq!(host.findings(), []);
    world.sql("REVOKE SELECT ON meter.reading FROM meter_reader");
    world.sql("ALTER TABLE meter.device OWNER TO CURRENT_USER");
    world.sql("REVOKE SELECT ON meter.device FROM meter_reader");
    world.sql("REVOKE GRANT OPTION FOR UPDATE ON meter.device FROM meter_reader");
    world.sql("GRANT DELETE ON meter.device TO PUBLIC; GRANT EXECUTE ON FUNCTION meter.twice(int) TO PUBLIC");
    world.sql("REVOKE USAGE ON SCHEMA meter FROM meter_reader");
    let findings = host.findings();
    assert!(findings.iter().all(|finding| finding.severity == Severity::Security), "{findings:#?}");
    let objects: Vec<_> = findings
        .iter()
        .map(|finding| format!("{} {}", finding.object, finding.property.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        objects,
        [
            "schema meter grants",
            "table meter.device owner",
            "table meter.device grants",
            "function meter.twice(integer) grants"
        ]
    );
    repair_all(&world, &host, &["meter"]);
}

#[test]
fn a_role_that_is_named_owner_is_not_the_owner() {
    let (world, host) = healed(&["meter"]);
    world.sql("REVOKE SELECT ON meter.device FROM \"owner\"");
    let findings = host.findings();
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    let (expected, found) = (finding.expected.clone().unwrap(), finding.found.clone().unwrap());
    assert!(expected.contains("\"owner\": SELECT") && !found.contains("\"owner\""), "{expected}, {found}");
    assert!(found.contains("owner: DELETE"), "the owner itself has lost nothing: {found}");
    assert_eq!(
        finding.repair.as_ref().unwrap().sql,
        ["GRANT SELECT ON TABLE \"meter\".\"device\" TO \"owner\""]
    );
    repair_all(&world, &host, &["meter"]);
}

#[test]
fn an_overload_that_was_made_by_hand_is_dropped_by_choice() {
    let (world, host) = healed(&["meter"]);
    world.sql("CREATE FUNCTION meter.twice(n bigint) RETURNS bigint LANGUAGE sql AS 'SELECT n * 3'");
    let findings = host.findings();
    assert_eq!(told(&findings), ["function meter.twice(bigint) is not expected"]);
    let repair = findings[0].repair.as_ref().unwrap();
    assert_eq!((repair.is_additive(), repair.hazards.len()), (false, 1), "{repair:#?}");
    repair_all(&world, &host, &["meter"]);
    assert_eq!(world.sql("SELECT meter.twice(2)"), "4");
}

#[test]
fn a_constraint_over_an_enum_comes_back_and_not_beside_a_cast_that_would_change_what_it_says() {
    let (world, host) = healed(&["meter"]);
    world.sql("ALTER TABLE meter.device DROP CONSTRAINT device_unit");
    let cast = "CREATE CAST (meter.unit AS text) WITH INOUT AS IMPLICIT";
    world.sql(cast);
    let findings = host.findings();
    assert_eq!(told(&findings), ["constraint meter.device.device_unit is missing"]);
    assert_eq!(findings[0].repair, None, "read with the cast, it would compare texts");
    world.sql("DROP CAST (meter.unit AS text)");
    repair_all(&world, &host, &["meter"]);
}

#[test]
fn a_part_of_another_plugins_table_is_compared_with_all_that_it_inherits_and_mended() {
    let plugins = ["meter", "archive"];
    let (world, host) = healed(&plugins);
    world.tenon(&["plugin", "lock", "archive"]).expect_code(0);
    world.sql("ALTER TABLE meter.reading DETACH PARTITION archive.older");
    let findings = host.findings();
    assert!(findings.iter().all(|finding| finding.plugin.as_str() == "archive"), "{findings:#?}");
    assert!(told(&findings)[0].starts_with("table archive.older: partitioned table expected meter.reading"));
    repair_all(&world, &host, &plugins);
    for drop in ["archive.older", "archive.reading_2025"] {
        world.sql(&format!("ALTER TABLE meter.reading DETACH PARTITION {drop}; DROP TABLE {drop}"));
        repair(&host);
    }
    // What the parent hands on later is the parent's change, and shows where it is handed on.
    world.sql("DROP INDEX meter.reading_value_idx");
    let owners: Vec<_> = host.findings().into_iter().map(|finding| finding.plugin.to_string()).collect();
    assert_eq!(owners, ["archive", "archive", "meter"]);
    repair(&host);
}

#[test]
fn a_typed_table_and_a_foreign_key_that_sets_one_of_its_columns_are_compared_and_mended() {
    let (world, host) = healed(&["meter"]);
    world.sql("ALTER TABLE meter.range NOT OF");
    world.sql(
        "ALTER TABLE meter.spare DROP CONSTRAINT spare_reading; ALTER TABLE meter.spare ADD CONSTRAINT spare_reading \
         FOREIGN KEY (device, at) REFERENCES meter.reading ON DELETE SET NULL",
    );
    assert_eq!(
        told(&host.findings()),
        [
            "table meter.range: row type expected meter.span, found none",
            "constraint meter.spare.spare_reading: ON DELETE action expected SET NULL (at), found SET NULL"
        ]
    );
    repair_all(&world, &host, &["meter"]);
}

#[test]
fn another_version_of_an_extension_is_told_as_what_it_probably_is() {
    let (world, host) = healed(&["meter"]);
    world.sql("DROP EXTENSION citext; CREATE EXTENSION citext VERSION '1.5'");
    let findings = host.findings();
    assert_eq!(told(&findings), ["extension citext: version expected 1.6, found 1.5"]);
    let cause = findings[0].probable_cause.as_deref();
    assert_eq!(cause, Some("the extension was installed or updated in another version"));
    repair_all(&world, &host, &["meter"]);
}

#[test]
fn owners_that_a_restore_has_lost_are_told_as_such() {
    let (world, host) = healed(&["meter"]);
    drop(host);
    // As the harness restores: pg_dump --no-owner.
    let restored = world.database.restored();
    world.set_url(&restored.url());
    let findings = world.host().findings();
    let (owners, of_the_server): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| finding.property.as_deref() == Some("owner"));
    assert!(owners.len() > 1, "{findings:#?}");
    // A restore takes the extension as the server has it, and newer ones have a newer citext.
    assert!(
        of_the_server.iter().all(|finding| finding.property.as_deref() == Some("version")),
        "{findings:#?}"
    );
    for finding in owners {
        assert_eq!(finding.cause, Cause::Drifted);
        let cause = finding.probable_cause.as_deref().unwrap_or_default();
        assert!(cause.starts_with("perhaps a restore without owners or grants"), "{cause}");
    }
}

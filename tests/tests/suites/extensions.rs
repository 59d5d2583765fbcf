//! Extensions: where they stand, and what plugins name of them.

use tenon_migrations_core::finding::{Cause, Finding};
use tenon_tests::World;

fn messages(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.message.as_str()).collect()
}

#[test]
fn an_extension_that_moved_is_told_as_that_with_its_mend_and_nothing_else_is() {
    let world = World::with(&["words"]);
    let host = world.heal_and_prove(&["words"]);
    world.sql(
        "CREATE SCHEMA annex; ALTER EXTENSION citext SET SCHEMA annex; ALTER EXTENSION pg_trgm SET SCHEMA annex",
    );
    let findings = host.findings();
    assert_eq!(
        messages(&findings),
        [
            "extension citext: schema expected public, found annex",
            "extension pg_trgm: schema expected public, found annex",
        ]
    );
    assert!(findings.iter().all(|one| (one.plugin.as_str(), one.cause) == ("words", Cause::Drifted)));
    let repairs = findings.iter().map(|finding| finding.repair.as_ref().unwrap().sql.join("; "));
    let repairs: Vec<_> = repairs.collect();
    assert_eq!(repairs[0], "ALTER EXTENSION \"citext\" SET SCHEMA \"public\"");
    // What was changed besides is told as it is named now, and so is its repair.
    world.sql("ALTER TABLE words.word ALTER also TYPE text[]");
    let findings = host.findings();
    assert_eq!(findings.len(), 3, "{:#?}", messages(&findings));
    let column = findings.iter().find(|one| one.object == "column words.word.also").unwrap();
    assert_eq!(column.message, "column words.word.also: type expected annex.citext[], found text[]");
    world.sql(&format!("SET search_path = pg_catalog; {}", column.repair.as_ref().unwrap().sql.join("; ")));
    assert_eq!(host.findings().len(), 2);
    // Another heal does not forget it.
    world.install("stars");
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(host.findings().len(), 2);
    world.sql(&repairs.join("; "));
    assert_eq!(messages(&host.findings()), [""; 0]);
}

#[test]
fn what_extensions_bring_is_found_wherever_they_are() {
    let world = World::with(&["words"]);
    world.sql(
        "CREATE SCHEMA \"Far away\"; CREATE EXTENSION citext SCHEMA \"Far away\"; CREATE EXTENSION pg_trgm SCHEMA \"Far away\"",
    );
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(messages(&host.findings()), [""; 0]);
    world.sql("ALTER EXTENSION citext SET SCHEMA public");
    assert_eq!(messages(&host.findings()), ["extension citext: schema expected Far away, found public"]);
    world.sql("ALTER EXTENSION citext SET SCHEMA \"Far away\"; DROP EXTENSION pg_trgm CASCADE");
    let findings = host.findings();
    assert!(messages(&findings).contains(&"extension pg_trgm is missing"), "{:#?}", messages(&findings));
}

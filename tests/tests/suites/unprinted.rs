//! Checks where neither a stored reading nor a lock file speaks for this server.

use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::health::Status;
use tenon_tests::World;

/// Plugins without lock files, one of which requires another.
const UNLOCKED: [&str; 3] = ["gallery", "stars", "watcher"];

/// Healed by a server of another major, as it were.
fn of_another_major(plugins: &[&str]) -> World {
    let world = World::with(plugins);
    drop(world.heal_and_prove(plugins));
    world.sql("UPDATE tenon.reading SET server_major = server_major - 1");
    world
}

#[test]
fn the_descriptors_are_elaborated_in_a_scratch_database_and_nothing_is_written_to_this_one() {
    let world = of_another_major(&UNLOCKED);
    let (contents, written) = (world.database.contents(), world.database.rows_written());
    let host = world.host();
    let report = host.check();
    assert_eq!((report.status, report.findings().count()), (Status::Healthy, 0), "{report:#?}");
    drop(host);
    assert_eq!((world.database.rows_written(), world.database.contents()), (written, contents));
    world.sql("ALTER TABLE stars.item ALTER name SET DEFAULT 1; ALTER TABLE tenon.audit ADD extra int");
    let host = world.host();
    for _ in 0..2 {
        let found: Vec<_> =
            host.findings().into_iter().map(|finding| (finding.object, finding.cause)).collect();
        let expected = ["column tenon.audit.extra", "column stars.item.name"]
            .map(|object| (object.to_owned(), Cause::Drifted));
        assert_eq!(found, expected);
    }
    // A heal is what stores readings again.
    assert!(!host.plan().verify.is_empty());
}

#[test]
fn where_the_role_may_not_it_is_unknown_with_the_kinds_and_what_helps() {
    let world = of_another_major(&UNLOCKED);
    let role = format!("r_{}", world.database.name);
    world.sql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA tenon TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {role}"
    ));
    world.set_url(&world.database.url().replacen("harness@", &format!("{role}@"), 1));
    let host = world.host();
    let (before, gallery) = (host.check(), host.plugin("gallery"));
    // A role that may not make the schemas of the plugins in its own database may in one of its own.
    world.sql(&format!("ALTER ROLE {role} CREATEDB"));
    let after = host.check();
    world.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    assert_eq!((before.status, after.status), (Status::Unknown, Status::Healthy), "{after:#?}");
    let [finding] = gallery.findings.as_slice() else { panic!("{gallery:#?}") };
    assert_eq!(finding.cause, Cause::Unknown);
    assert!(
        finding.message.ends_with("; its enums, sequences, tables are not compared"),
        "{}",
        finding.message
    );
    let remedy = finding.remedy.clone().unwrap_or_default();
    for helps in ["`tenon heal`", "`tenon plugin lock gallery`", &format!("`ALTER ROLE {role} CREATEDB`")] {
        assert!(remedy.contains(helps), "{remedy}");
    }
    world.set_url(&world.database.url());
    world.tenon(&["plugin", "lock", "gallery"]).expect_code(0);
    world.tenon(&["heal", "--yes"]).expect_code(0);
    assert_eq!(world.host().check().status, Status::Healthy);
}

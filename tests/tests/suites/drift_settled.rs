//! What descriptors leave open, and what is found of it.

use tenon_host::heal::HealOutcome;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::Status;
use tenon_tests::World;

fn messages(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.message.as_str()).collect()
}

#[test]
fn an_overload_of_a_plugins_function_that_was_made_by_hand_is_drift_of_that_plugin() {
    let world = World::with(&["stars"]);
    let host = world.heal_and_prove(&["stars"]);
    world.sql("CREATE FUNCTION stars.price(item bigint) RETURNS numeric LANGUAGE sql AS 'SELECT 0'");
    let findings = host.findings();
    assert_eq!(messages(&findings), ["function stars.price(bigint) is not expected"]);
    assert_eq!((findings[0].plugin.as_str(), findings[0].cause), ("stars", Cause::Drifted));
}

#[test]
fn p09_a_view_of_all_columns_stays_what_its_migration_made_whatever_is_added_or_renamed_later() {
    let world = World::with(&["stars"]);
    let host = world.heal_and_prove(&["stars"]);
    let columns = "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute \
                   WHERE attrelid = 'stars.everything'::regclass AND attnum > 0";
    assert_eq!(world.sql(columns), "id name", "the view was made before the column was added");
    world.tenon(&["plugin", "lock", "stars"]).expect_code(0);
    drop(host);
    world.upgrade("stars", "stars_2_0");
    drop(world.heal_and_prove(&["stars_2_0"]));
    world.tenon(&["plugin", "lock", "stars"]).expect_code(0);
    let restored = world.database.restored();
    world.set_url(&restored.url());
    assert_eq!(world.host().findings(), []);
}

#[test]
fn a_view_of_all_columns_that_was_changed_by_hand_is_drift_and_another_heal_does_not_hide_it() {
    let world = World::with(&["stars"]);
    let host = world.heal_and_prove(&["stars"]);
    world.sql(
        "CREATE OR REPLACE VIEW stars.everything AS SELECT id, name, extra FROM stars.item WHERE id > 0",
    );
    let told =
        |findings: Vec<Finding>| findings.iter().map(|finding| finding.property.clone()).collect::<Vec<_>>();
    let expected = [Some("columns".to_owned()), Some("query".to_owned())];
    assert_eq!(told(host.findings()), expected);
    drop(host);
    world.upgrade("stars", "stars_2_0");
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    // The rename moved the text of the view; its columns are still those that somebody made.
    assert_ne!(host.findings(), []);
    world.sql(
        "DROP VIEW stars.everything; CREATE VIEW stars.everything AS SELECT * FROM stars.item WHERE id < 0",
    );
    assert_eq!(host.findings().last().map(|finding| finding.severity), Some(Severity::Breaking));
}

#[test]
fn n26_a_comment_that_no_plugin_declares_is_cosmetic_and_an_empty_one_is_none() {
    let world = World::with(&["gallery"]);
    let host = world.heal_and_prove(&["gallery"]);
    world.sql("COMMENT ON COLUMN gallery.room.width IS 'in metres'");
    let report = host.check();
    let findings: Vec<_> = report.findings().cloned().collect();
    assert_eq!(messages(&findings), ["column gallery.room.width: comment expected none, found in metres"]);
    assert_eq!((findings[0].severity, report.status), (Severity::Cosmetic, Status::Healthy));
    world.tenon(&["check"]).expect_code(0);
    // The heal of another plugin neither minds it nor forgets it.
    world.install("stars");
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(messages(&host.findings()), messages(&findings));
    world.sql("COMMENT ON COLUMN gallery.room.width IS ''");
    assert_eq!(host.findings(), []);
}

#[test]
fn columns_in_another_order_and_comments_on_indexes_are_cosmetic_and_another_heal_does_not_hide_them() {
    let world = World::with(&["gallery"]);
    let host = world.heal_and_prove(&["gallery"]);
    world.sql(
        "ALTER TABLE gallery.room DROP COLUMN tags; \
         ALTER TABLE gallery.room ADD COLUMN tags text[] NOT NULL DEFAULT '{}'; \
         CREATE INDEX room_tags_idx ON gallery.room USING gin (tags); \
         COMMENT ON INDEX gallery.room_pkey IS 'by number'",
    );
    let told = [
        "constraint gallery.room.room_pkey: comment on the index expected none, found by number",
        "table gallery.room: order of columns expected (id, name, width, area, mood, tags, opened), \
         found (id, name, width, area, mood, opened, tags)",
    ];
    let report = host.check();
    let findings: Vec<_> = report.findings().cloned().collect();
    let mut found = messages(&findings);
    found.sort_unstable();
    assert_eq!((found.as_slice(), report.status), (&told[..], Status::Healthy));
    world.install("stars");
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(host.findings().len(), 2);
}

#[test]
fn a_comment_that_a_migration_makes_and_no_descriptor_declares_is_expected_from_then_on() {
    let world = World::with(&["stars"]);
    let host = world.heal_and_prove(&["stars"]);
    world.sql("COMMENT ON TABLE stars.item IS NULL");
    let told = ["table stars.item: comment expected made by a migration, found none"];
    assert_eq!(messages(&host.findings()), told);
}

#[test]
fn n28_settings_of_the_database_and_of_a_role_with_rights_in_it_are_told() {
    let world = World::with(&["gallery"]);
    let name = world.database.name.clone();
    let set = format!(
        "ALTER DATABASE {name} SET timezone = 'Asia/Tokyo'; ALTER DATABASE {name} SET work_mem = '8MB'"
    );
    world.sql(&set);
    let host = world.heal_and_prove(&["gallery"]);
    let told = |sql: &str| {
        world.sql(sql);
        let findings = host.findings();
        assert!(findings.iter().all(|finding| finding.severity == Severity::Warning), "{findings:#?}");
        findings.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    let settings = |found: &str| {
        vec![format!("settings of the database: settings expected (TimeZone=Asia/Tokyo), found ({found})")]
    };
    assert_eq!(
        told(&format!("ALTER DATABASE {name} SET search_path = other, public")),
        settings("TimeZone=Asia/Tokyo, search_path=other, public")
    );
    assert_eq!(told(&format!("ALTER DATABASE {name} RESET ALL")), settings(""));
    world.sql(&set);
    let role = format!("r_{name}");
    assert_eq!(told(&format!("CREATE ROLE {role}; ALTER ROLE {role} SET row_security = off")), [""; 0]);
    let granted = told(&format!("GRANT USAGE ON SCHEMA gallery TO {role}"));
    world.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    assert_eq!(granted, settings(&format!("TimeZone=Asia/Tokyo, role {role}: row_security=off")));
    assert_eq!(host.findings(), []);
}

#[test]
fn a_subscription_is_announced() {
    let world = World::with(&["gallery"]);
    let host = world.heal_and_prove(&["gallery"]);
    let name = &world.database.name;
    world.sql(&format!(
        "CREATE SUBSCRIPTION s_{name} CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)"
    ));
    let announced = host.check().announced.clone();
    world.sql(&format!("DROP SUBSCRIPTION s_{name}"));
    let told: Vec<_> = announced.iter().map(|one| (one.kind.as_str(), one.names.join(", "))).collect();
    assert_eq!(told, [("subscription", format!("s_{name}"))]);
    assert_eq!(host.check().announced, []);
}

#[test]
fn a_view_whose_column_another_plugin_renamed_is_told_with_both_plugins() {
    // The view itself follows the rename, but what is declared can no longer be built.
    let world = World::with(&["stars", "watcher"]);
    drop(world.heal_and_prove(&["stars", "watcher"]));
    world.sql("DELETE FROM tenon.reading WHERE plugin = 'watcher'");
    world.upgrade("stars", "stars_2_0");
    let HealOutcome::Failed { failure, .. } = world.host().heal() else { panic!("it was healed") };
    let told = format!("{} {}", failure.message, failure.remedy.unwrap_or_default());
    assert!(told.contains("view watcher.names of Watcher Plugin cannot be built"), "{told}");
    assert!(told.contains("\"name\"") && told.contains("the migrations of Stars Plugin changed"), "{told}");
    // Where its former reading speaks, the heal sees the view's text change.
    let world = World::with(&["stars", "watcher"]);
    drop(world.heal_and_prove(&["stars", "watcher"]));
    world.upgrade("stars", "stars_2_0");
    let HealOutcome::Failed { failure, .. } = world.host().heal() else { panic!("it was healed") };
    let (told, remedy) = (failure.differences.join("\n"), failure.remedy.unwrap_or_default());
    assert!(told.contains("Watcher Plugin: view watcher.names: query"), "{told}");
    assert!(
        remedy.contains("the migrations of Stars Plugin changed what Watcher Plugin rests on"),
        "{remedy}"
    );
}

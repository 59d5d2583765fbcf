//! The program against a real database: what it prints and how it ends.

use tenon_tests::World;

#[test]
fn a_first_heal_by_hand_from_check_to_audit() {
    let world = World::with(&["identity", "inventory"]);
    let check = world.tenon(&["check"]).expect_code(2);
    insta::assert_snapshot!(world.redact(&check.out), @r###"
    Drifted: 3 of 3 plugins are out of step

    drifted   Tenon: 11 pending migrations (core 0.1.0)
                pending  core/0001_ledger.sql
                pending  core/0002_reading.sql
                pending  core/0003_audit.sql
                pending  core/0004_administration.sql
                pending  core/0005_shared.sql
                pending  core/0006_hosts.sql
                pending  core/0007_jobs.sql
                pending  core/0008_caller.sql
                pending  core/0009_events.sql
                pending  core/0010_called.sql
                pending  core/0011_settings.sql
    drifted   Identity Plugin: 2 pending migrations; its routes answer 503 (identity 1.1.0)
                pending  identity/0001_accounts.sql
                pending  identity/0002_public_id.sql
    drifted   Inventory Plugin: 3 pending migrations; its routes answer 503 (inventory 1.2.0)
                pending  inventory/0001_items.sql
                pending  inventory/0002_search.sql
                pending  inventory/0003_reorder_level.sql

    Run `tenon plan` to see what is pending in its order, `tenon heal` to apply it
    Not compared yet: [kinds]
    Checked database "[database]" at [server] as "harness" (PostgreSQL [version]) at [time] in [n] ms, environment development
    "###);
    let plan = world.tenon(&["plan"]).expect_code(2);
    insta::assert_snapshot!(world.redact(&plan.out), @r###"
    16 migrations of 3 plugins in this order, in one transaction:

      #  migration                         statements  sha256
      1  core/0001_ledger.sql                       2  [checksum]
      2  core/0002_reading.sql                      1  [checksum]
      3  core/0003_audit.sql                        4  [checksum]
      4  core/0004_administration.sql               5  [checksum]
      5  core/0005_shared.sql                       7  [checksum]
      6  core/0006_hosts.sql                        1  [checksum]
      7  core/0007_jobs.sql                         5  [checksum]
      8  core/0008_caller.sql                       1  [checksum]
      9  core/0009_events.sql                      10  [checksum]
     10  core/0010_called.sql                       1  [checksum]
     11  core/0011_settings.sql                     1  [checksum]
     12  identity/0001_accounts.sql                 3  [checksum]
     13  identity/0002_public_id.sql                3  [checksum]
     14  inventory/0001_items.sql                   3  [checksum]
     15  inventory/0002_search.sql                  2  [checksum]
     16  inventory/0003_reorder_level.sql           2  [checksum]

    Then verified: core, identity, inventory
    Locks: at least 110, of [n] that are free
    Plan hash: [sha256]
    "###);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.prove(&["identity", "inventory"]);
    let check = world.tenon(&["check"]).expect_code(0);
    insta::assert_snapshot!(world.redact(&check.out), @r###"
    Healthy: 3 plugins are in step with the database

    healthy   Tenon: in step (core 0.1.0)
    healthy   Identity Plugin: in step (identity 1.1.0)
    healthy   Inventory Plugin: in step (inventory 1.2.0)

    Not compared yet: [kinds]
    Checked database "[database]" at [server] as "harness" (PostgreSQL [version]) at [time] in [n] ms, environment development
    "###);
    world.tenon(&["plan"]).expect_code(0);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    let log = world.tenon(&["audit", "list", "--json"]).expect_code(0).json();
    assert_eq!(log["entries"].as_array().map(Vec::len), Some(1), "a heal with nothing to do is not recorded");
    assert_eq!((&log["entries"][0]["admin"], &log["entries"][0]["source"]), (&"ops".into(), &"cli".into()));
}

#[test]
fn a_heal_that_fails_is_exit_1_and_tells_where() {
    let world = World::with(&["identity", "fails_late"]);
    let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(1);
    insta::assert_snapshot!(world.redact(&run.err), @r###"
    15 migrations of 3 plugins in this order, in one transaction:

      #  migration                     statements  sha256
      1  core/0001_ledger.sql                   2  [checksum]
      2  core/0002_reading.sql                  1  [checksum]
      3  core/0003_audit.sql                    4  [checksum]
      4  core/0004_administration.sql           5  [checksum]
      5  core/0005_shared.sql                   7  [checksum]
      6  core/0006_hosts.sql                    1  [checksum]
      7  core/0007_jobs.sql                     5  [checksum]
      8  core/0008_caller.sql                   1  [checksum]
      9  core/0009_events.sql                  10  [checksum]
     10  core/0010_called.sql                   1  [checksum]
     11  core/0011_settings.sql                 1  [checksum]
     12  fails_late/0001_tables.sql             2  [checksum]
     13  fails_late/0002_rows.sql               3  [checksum]
     14  identity/0001_accounts.sql             3  [checksum]
     15  identity/0002_public_id.sql            3  [checksum]

    Then verified: core, fails_late, identity
    Locks: at least 105, of [n] that are free
    Plan hash: [sha256]
    heal [uuid]: 15 migrations, 49 statements
    [1/15] core/0001_ledger.sql in [n] ms
    [2/15] core/0002_reading.sql in [n] ms
    [3/15] core/0003_audit.sql in [n] ms
    [4/15] core/0004_administration.sql in [n] ms
    [5/15] core/0005_shared.sql in [n] ms
    [6/15] core/0006_hosts.sql in [n] ms
    [7/15] core/0007_jobs.sql in [n] ms
    [8/15] core/0008_caller.sql in [n] ms
    [9/15] core/0009_events.sql in [n] ms
    [10/15] core/0010_called.sql in [n] ms
    [11/15] core/0011_settings.sql in [n] ms
    [12/15] fails_late/0001_tables.sql in [n] ms
    error: the heal failed in fails_late/0002_rows.sql (migrate); everything was rolled back [failed]
      --> fails_late/0002_rows.sql:6:1
      6 | UPDATE fails_late.thing
        | ^^^^^^
      because: division by zero (SQLSTATE 22012)
      because: at fails_late/0002_rows.sql:6:1, statement 3
      hint: `tenon audit list` has the record (heal [uuid]); `tenon plan` shows what is pending
    "###);
    assert_eq!(world.ledger(), "");
    let log = world.tenon(&["audit", "list", "--json"]).expect_code(0).json();
    assert_eq!(log["entries"][0]["error"]["sqlstate"], "22012", "{log:#}");
}

#[test]
fn a_commit_in_a_migration_is_exit_5_and_points_at_it() {
    let world = World::with(&["identity", "commits"]);
    let empty = world.database.contents();
    let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(5);
    insta::assert_snapshot!(world.redact(&run.err), @r###"
    error: this plan is refused for 1 reason; nothing was run [refused]
      - transaction-control
        --> commits/0001_tables.sql:5:1
        5 | COMMIT
          | ^^^^^^
        because: COMMIT would take the transaction out of the heal's hands: all pending migrations of all plugins commit together or not at all
        hint: remove the statement; the heal begins and ends the transaction around all files
      hint: to heal the others meanwhile: `tenon heal --without commits`
    "###);
    world.tenon(&["plan"]).expect_code(5);
    assert_eq!(world.database.contents(), empty);
    // As the hint says.
    world.tenon(&["heal", "--yes", "--as", "ops", "--without", "commits"]).expect_code(0);
    world.remove("commits");
    world.prove(&["identity"]);
}

#[test]
fn another_plan_than_the_reviewed_one_is_exit_5() {
    let world = World::with(&["identity"]);
    let hash = world.tenon(&["plan", "--json"]).expect_code(2).json()["hash"].as_str().unwrap().to_owned();
    world.install("inventory");
    world.tenon(&["heal", "--yes", "--as", "ops", "--plan-hash", &hash]).expect_code(5);
    assert_eq!(world.ledger(), "");
}

#[test]
fn a_heal_while_another_holds_the_lock_is_exit_4_and_says_who() {
    let world = World::with(&["identity"]);
    world.set("[heal]\nwait = \"100ms\"");
    // As the host itself takes it: "teno" and "heal" as bytes.
    let held = world.database.hold(
        "SET application_name = 'tenon heal by somebody else'; SELECT pg_advisory_xact_lock(1952804463, 1751474540)",
    );
    let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(4);
    assert!(run.err.contains("somebody else"), "{}", run.err);
    assert!(run.err.contains("wait for it to end, then look again: `tenon plan`"), "{}", run.err);
    drop(held);
    world.tenon(&["plan"]).expect_code(2);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.prove(&["identity"]);
}

#[test]
fn production_wants_to_know_who_heals() {
    let world = World::with(&["identity"]);
    world.set("environment = \"production\"");
    world.tenon(&["heal", "--yes"]).expect_code(64);
    assert_eq!(world.ledger(), "");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.prove(&["identity"]);
}

#[test]
fn the_plugin_list_shows_those_that_are_out_with_the_reason() {
    let world = World::with(&["identity", "not_a_plugin"]);
    let run = world.tenon(&["plugin", "list"]);
    insta::assert_snapshot!(world.redact(&run.out), @r###"
     id              name                version  state       migrations  file
     core            Tenon               0.1.0    usable              11
     f_not_a_plugin  libnot_a_plugin.so           not usable           0  [place]/plugins/libnot_a_plugin.so
     identity        Identity Plugin     1.1.0    usable               2  [place]/plugins/libidentity.so

    f_not_a_plugin: libnot_a_plugin.so: it is a shared library, but it does not export a Tenon plugin (no symbol tenon_plugin_v1)
      remedy: remove the file from the plugin directory, or build the plugin with export_plugin!
    "###);
}

#[test]
fn the_json_of_a_heal_is_a_stream_of_events_that_ends_with_the_outcome() {
    let world = World::with(&["identity"]);
    let run = world.tenon(&["heal", "--yes", "--as", "ops", "--json"]).expect_code(0);
    assert_eq!(run.last_json()["result"], "succeeded");
    let events = run.out.lines().filter(|line| line.contains("\"migration_done\""));
    assert_eq!(events.count(), 13);
    world.prove(&["identity"]);
}

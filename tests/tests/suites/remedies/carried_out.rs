//! Every command that a remedy or hint names is carried out by a test, in a world in which it is told.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;
use tenon_tests::artifacts::{self, root};
use tenon_tests::{Run, World};

use super::{commands, texts};

/// A remedy in the state in which it is told, and what comes of it.
struct Case {
    /// The file that tells it, and the command as it stands there.
    told: (&'static str, &'static str),
    state: fn() -> World,
    /// What is run to be told, and how that ends.
    shows: (&'static str, i32),
    /// What it leads to: the command as it is told, and what the world has to add to it.
    leads: (&'static str, &'static str),
    /// How that ends, and what it says.
    ends: (i32, &'static str),
    /// What holds then.
    holds: fn(&World, &Run),
}

fn run(world: &World, line: &str) -> Run {
    world.tenon(&line.split_whitespace().collect::<Vec<_>>())
}

/// Whether the text tells this command.
#[track_caller]
fn tells(said: &Run, command: &str) {
    let flat = said.all().replace('\n', " ");
    assert!(flat.contains(&format!("`tenon {command}`")), "{command} is not told: {said:#?}");
}

fn nothing(_: &World, _: &Run) {}

fn ends(line: &'static str, code: i32) -> impl Fn(&World) {
    move |world| drop(run(world, line).expect_code(code))
}

fn pending() -> World {
    World::with(&["identity"])
}

fn healed() -> World {
    let world = pending();
    drop(world.heal_and_prove(&["identity"]));
    world
}

fn drifted() -> World {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    world.sql("ALTER TABLE inventory.item ALTER qty DROP DEFAULT");
    world
}

fn bringing(sql: &str, descriptors: &serde_json::Value) -> World {
    let world = World::with(&[]);
    world.bring("brings_00", &[("0001_a.sql", sql)], descriptors);
    world
}

fn unproved() -> World {
    bringing("CREATE SCHEMA brings_00;\nSELECT 1 / 0;\n", &json!({ "format": 1 }))
}

fn pinned() -> World {
    let world = pending();
    world.set("[plugins]\ntrust = \"pinned\"");
    world
}

fn in_quarantine() -> World {
    let world = healed();
    run(&world, "plugin quarantine identity --reason loud --as ana").expect_code(0);
    world
}

fn unreachable() -> World {
    let world = pending();
    world.set_url("postgresql://nobody@127.0.0.1:1/nothing");
    world
}

fn ahead() -> World {
    let made = "CREATE SCHEMA brings_00;\nCREATE TABLE brings_00.item (id bigint);\n";
    let table = |name: &str| json!({ "name": name, "columns": [{ "name": "id", "data_type": "bigint" }] });
    let world = bringing(made, &json!({ "format": 1, "tables": [table("brings_00.item")] }));
    run(&world, "heal --yes").expect_code(0);
    let more = json!({ "format": 1, "tables": [table("brings_00.item"), table("brings_00.extra")] });
    world.bring("brings_00", &[("0001_a.sql", made)], &more);
    world
}

const UNDECLARED: &str = "CREATE SCHEMA brings_00;\nCREATE TABLE brings_00.\"Odd one\" (id bigint);\n";

fn undeclared(object: &str) -> serde_json::Value {
    let one = json!([{ "object": object, "reason": "nobody's business" }]);
    json!({ "format": 1, "schemas": [{ "name": "brings_00" }], "undeclared": one })
}

fn misspelt() -> World {
    bringing(UNDECLARED, &undeclared("table brings_00.Odd one"))
}

/// What is written in the source of a plugin by its author follows from what he is told.
fn spelled(world: &World, told: &Run) {
    let object = "table brings_00.\"Odd one\"";
    assert!(told.err.contains(&format!("{object} is made, and no descriptor declares it")), "{told:#?}");
    world.bring("brings_00", &[("0001_a.sql", UNDECLARED)], &undeclared(object));
    run(world, "plugin lock brings_00").expect_code(0);
}

fn with_a_file_that_is_no_reading() -> World {
    let world = healed();
    fs::write(world.path().join("reading.json"), "{}").unwrap();
    world
}

fn reading_is_equal(world: &World, reading: &Run) {
    fs::write(world.path().join("reading.json"), &reading.out).unwrap();
    run(world, "schema diff reading.json database").expect_code(0);
}

fn with_a_changed_log() -> World {
    let world = healed();
    world.sql(
        "ALTER TABLE tenon.audit DISABLE TRIGGER USER; UPDATE tenon.audit SET body = '{\"admin\": \"nobody\"}' WHERE seq = 1; \
         ALTER TABLE tenon.audit ENABLE TRIGGER USER",
    );
    world
}

fn with_a_file_that_is_no_log() -> World {
    let world = healed();
    fs::write(world.path().join("log.jsonl"), "nonsense\n").unwrap();
    world
}

fn export_is_a_log(world: &World, export: &Run) {
    fs::write(world.path().join("log.jsonl"), &export.out).unwrap();
    run(world, "audit verify --file log.jsonl").expect_code(0);
}

const CASES: &[Case] = &[
    Case {
        told: ("host/src/cli/audit/verify.rs", "audit export"),
        state: with_a_changed_log,
        shows: ("audit verify", 1),
        leads: ("audit export", ""),
        ends: (0, "nobody"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/audit/verify.rs", "audit export"),
        state: with_a_file_that_is_no_log,
        shows: ("audit verify --file log.jsonl", 64),
        leads: ("audit export", ""),
        ends: (0, ""),
        holds: export_is_a_log,
    },
    Case {
        told: ("host/src/cli/json_schema.rs", "json-schema"),
        state: healed,
        shows: ("json-schema nothing", 64),
        leads: ("json-schema", ""),
        ends: (0, "tenon check --json"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/baseline.rs", "plan"),
        state: healed,
        shows: ("baseline --plugin identity --yes", 64),
        leads: ("plan", ""),
        ends: (0, "Nothing to do"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/check.rs", "plugin list"),
        state: pending,
        shows: ("check --plugin nobody", 64),
        leads: ("plugin list", ""),
        ends: (0, "Identity Plugin"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/graph.rs", "plugin list"),
        state: pending,
        shows: ("graph --plugin nobody", 64),
        leads: ("plugin list", ""),
        ends: (0, "Identity Plugin"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/finding.rs", "finding list"),
        state: drifted,
        shows: ("finding acknowledge nothing --reason x", 5),
        leads: ("finding list", ""),
        ends: (0, "inventory.item.qty"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/heal.rs", "plan"),
        state: pending,
        shows: ("heal", 64),
        leads: ("plan", ""),
        ends: (2, "identity/0001_accounts.sql"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/heal.rs", "heal --yes"),
        state: pending,
        shows: ("heal", 64),
        leads: ("heal --yes", ""),
        ends: (0, "Applied 13 migrations"),
        holds: |world, _| ends("check", 0)(world),
    },
    Case {
        told: ("host/src/cli/heal/outcome.rs", "plan"),
        state: pending,
        shows: ("heal --yes --plan-hash 0000000000000000000000000000000000000000000000000000000000000000", 5),
        leads: ("plan", ""),
        ends: (2, "Plan hash: "),
        holds: |world, plan| {
            let (_, hash) = plan.out.split_once("Plan hash: ").unwrap();
            let hash = hash.split_whitespace().next().unwrap();
            run(world, &format!("heal --yes --plan-hash {hash}")).expect_code(0);
        },
    },
    Case {
        told: ("host/src/cli/heal/outcome.rs", "audit list"),
        state: unproved,
        shows: ("heal --yes", 1),
        leads: ("audit list", ""),
        ends: (0, "division by zero"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/heal/outcome.rs", "plan"),
        state: unproved,
        shows: ("heal --yes", 1),
        leads: ("plan", ""),
        ends: (2, "brings_00/0001_a.sql"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/planning.rs", "plugin list"),
        state: pending,
        shows: ("plan --without nobody", 64),
        leads: ("plugin list", ""),
        ends: (0, "Identity Plugin"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/plugin/inspect.rs", "about --json"),
        state: pending,
        shows: ("plugin inspect --against /bin/true plugins/libidentity.so", 5),
        leads: ("about --json", ""),
        ends: (0, ""),
        holds: |world, about| {
            assert!(about.json().is_object());
            let program = artifacts::program("tenon");
            let line = format!("plugin inspect --against {} plugins/libidentity.so", program.display());
            run(world, &line).expect_code(0);
        },
    },
    Case {
        told: ("host/src/cli/plugin/lock.rs", "check"),
        state: unreachable,
        shows: ("plugin lock identity", 3),
        leads: ("check", ""),
        ends: (3, "see that PostgreSQL runs"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/plugin/lock.rs", "plugin list"),
        state: pending,
        shows: ("plugin lock nobody", 64),
        leads: ("plugin list", ""),
        ends: (0, "Identity Plugin"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/plugin/lock.rs", "plugin lock {plugin}"),
        state: pending,
        shows: ("plugin lock identity --check", 2),
        leads: ("plugin lock identity", ""),
        ends: (0, ""),
        holds: |world, _| ends("plugin lock identity --check", 0)(world),
    },
    Case {
        told: ("host/src/cli/plugin/pin.rs", "plugin pin"),
        state: pinned,
        shows: ("plugin pin --check", 2),
        leads: ("plugin pin", ""),
        ends: (0, "libidentity.so"),
        holds: |world, _| ends("plugin pin --check", 0)(world),
    },
    Case {
        told: ("host/src/plugin/trust/mod.rs", "plugin pin"),
        state: pinned,
        shows: ("plugin inspect plugins/libidentity.so", 1),
        leads: ("plugin pin", ""),
        ends: (0, "libidentity.so"),
        holds: |world, _| ends("plugin inspect plugins/libidentity.so", 0)(world),
    },
    Case {
        told: ("host/src/plugin/trust/mod.rs", "plugin pin {}"),
        state: || {
            let world = pinned();
            run(&world, "plugin pin").expect_code(0);
            world.install("inventory");
            world
        },
        shows: ("plugin inspect plugins/libinventory.so", 1),
        leads: ("plugin pin plugins/libinventory.so", ""),
        ends: (0, "libinventory.so"),
        holds: |world, _| ends("plugin inspect plugins/libinventory.so", 0)(world),
    },
    Case {
        told: ("host/src/cli/plugin/quarantine.rs", "plugin list"),
        state: pending,
        shows: ("plugin quarantine nobody --reason x", 5),
        leads: ("plugin list", ""),
        ends: (0, "Identity Plugin"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/plugin/release.rs", "plugin list"),
        state: pending,
        shows: ("plugin release identity", 5),
        leads: ("plugin list", ""),
        ends: (0, "Identity Plugin"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/plugin/role.rs", "plugin list"),
        state: || {
            let world = pending();
            world.isolate();
            world
        },
        shows: ("plugin role nobody", 64),
        leads: ("plugin list", ""),
        ends: (0, "Identity Plugin"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/schema/side.rs", "plugin list"),
        state: pending,
        shows: ("schema read plugin:nobody", 64),
        leads: ("plugin list", ""),
        ends: (0, "Identity Plugin"),
        holds: nothing,
    },
    Case {
        told: ("host/src/cli/schema/side.rs", "plugin lock {id}"),
        state: unproved,
        shows: ("schema read plugin:brings_00", 3),
        leads: ("plugin lock brings_00", ""),
        ends: (1, "division by zero"),
        holds: nothing,
    },
    Case {
        told: ("host/src/plugin/faults/quarantine.rs", "plugin release {}"),
        state: in_quarantine,
        shows: ("plan", 2),
        leads: ("check", ""),
        ends: (2, "`tenon plugin release identity`"),
        holds: |world, _| {
            run(world, "plugin release identity").expect_code(0);
            ends("check", 0)(world);
        },
    },
    Case {
        told: ("host/src/report/text/plan.rs", "check"),
        state: || {
            let world = drifted();
            world.sql("ALTER TABLE inventory.item DROP COLUMN meta");
            world
        },
        shows: ("plan", 2),
        leads: ("check", ""),
        ends: (2, "mend (`tenon heal --repair"),
        holds: nothing,
    },
    Case {
        told: ("host/src/heal/baseline.rs", "plugin lock {plugin}"),
        state: unproved,
        shows: ("baseline --plugin brings_00 --yes", 5),
        leads: ("plugin lock brings_00", ""),
        ends: (1, "division by zero"),
        holds: nothing,
    },
    Case {
        told: ("host/src/schema/snapshot_file.rs", "schema read --json"),
        state: with_a_file_that_is_no_reading,
        shows: ("schema diff reading.json database", 3),
        leads: ("schema read --json", ""),
        ends: (0, ""),
        holds: reading_is_equal,
    },
    Case {
        told: ("host/src/heal/prove/undeclared.rs", "plugin lock"),
        state: misspelt,
        shows: ("plugin lock brings_00", 1),
        leads: ("plugin lock", "brings_00"),
        ends: (1, ""),
        holds: spelled,
    },
    Case {
        told: ("host/src/plugin/registry.rs", "plugin lock {id}"),
        state: || {
            let world = World::with(&["inventory_1_0"]);
            drop(world.heal_and_prove(&["inventory_1_0"]));
            world
        },
        shows: ("check", 0),
        leads: ("plugin lock inventory", ""),
        ends: (0, ""),
        holds: |world, _| ends("plugin lock inventory --check", 0)(world),
    },
    Case {
        told: ("host/src/report/text/health.rs", "plan"),
        state: pending,
        shows: ("check", 2),
        leads: ("plan", ""),
        ends: (2, "identity/0001_accounts.sql"),
        holds: nothing,
    },
    Case {
        told: ("host/src/report/text/health.rs", "heal"),
        state: pending,
        shows: ("check", 2),
        leads: ("heal", "--yes"),
        ends: (0, ""),
        holds: |world, _| ends("check", 0)(world),
    },
    Case {
        told: ("migrations-core/src/history.rs", "heal"),
        state: pending,
        shows: ("check --json", 2),
        leads: ("heal", "--yes"),
        ends: (0, ""),
        holds: |world, _| ends("check", 0)(world),
    },
    Case {
        told: ("migrations-core/src/ahead.rs", "plugin lock {id}"),
        state: ahead,
        shows: ("check", 2),
        leads: ("plugin lock brings_00", ""),
        ends: (1, "brings_00.extra"),
        holds: nothing,
    },
    Case {
        told: ("migrations-core/src/baseline.rs", "plan"),
        state: pending,
        shows: ("baseline identity/0009_none.sql --yes", 5),
        leads: ("plan", ""),
        ends: (2, "identity/0001_accounts.sql"),
        holds: nothing,
    },
    Case {
        told: ("migrations-core/src/plan/refusals.rs", "check"),
        state: healed,
        shows: ("ledger forget nobody --yes", 5),
        leads: ("check", ""),
        ends: (0, ""),
        holds: nothing,
    },
    Case {
        told: ("migrations-core/src/plan/refusals.rs", "heal"),
        state: pending,
        shows: ("ledger forget nobody --yes", 5),
        leads: ("heal", "--yes"),
        ends: (0, ""),
        holds: nothing,
    },
    Case {
        told: ("migrations-core/src/plan/repair.rs", "finding list"),
        state: drifted,
        shows: ("plan --repair 000000000000", 5),
        leads: ("finding list", ""),
        ends: (0, "inventory.item.qty"),
        holds: nothing,
    },
];

/// The remedies that are carried out by a test which has more to do with them.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    (
        "host/src/cli/postgres/upgrade.rs",
        "heal",
        "backup::the_managed_database_is_brought_to_another_major_version_and_the_old_cluster_stays",
    ),
    (
        "host/src/host/doctor/other_hosts.rs",
        "host list",
        "json::what_every_command_prints_is_json_with_its_format_and_as_its_schema_says",
    ),
    (
        "host/src/cli/fleet/heal.rs",
        "backup FILE",
        "backup::in_production_every_heal_reminds_of_a_backup_and_a_fleet_of_all_at_once",
    ),
    (
        "host/src/database/managed/error.rs",
        "postgres upgrade",
        "backup::the_managed_database_is_brought_to_another_major_version_and_the_old_cluster_stays",
    ),
    (
        "host/src/host/backup/error.rs",
        "postgres upgrade --to MAJOR --leave-others",
        "backup::the_managed_database_is_brought_to_another_major_version_and_the_old_cluster_stays",
    ),
    (
        "host/src/host/doctor/backup.rs",
        "backup FILE",
        "backup::an_old_backup_is_reminded_of_before_something_is_destroyed",
    ),
    (
        "host/src/cli/heal.rs",
        "backup FILE",
        "backup::an_old_backup_is_reminded_of_before_something_is_destroyed",
    ),
    (
        "host/src/host/backup/error.rs",
        "restore FILE --replace",
        "backup::the_managed_database_is_looked_into_by_psql_saved_and_put_back_beside_what_is_there",
    ),
    (
        "host/src/cli/restore.rs",
        "restore FILE --yes",
        "backup::a_backup_is_verified_recorded_and_restored_and_what_is_no_backup_is_refused",
    ),
    (
        "host/src/cli/restore.rs",
        "check",
        "backup::a_backup_is_verified_recorded_and_restored_and_what_is_no_backup_is_refused",
    ),
    (
        "host/src/cli/restore.rs",
        "heal",
        "backup::the_managed_database_is_looked_into_by_psql_saved_and_put_back_beside_what_is_there",
    ),
    (
        "host/src/cli/postgres/upgrade.rs",
        "postgres upgrade --to MAJOR --yes",
        "backup::the_managed_database_is_brought_to_another_major_version_and_the_old_cluster_stays",
    ),
    (
        "host/src/cli/postgres/upgrade.rs",
        "check",
        "backup::the_managed_database_is_brought_to_another_major_version_and_the_old_cluster_stays",
    ),
    (
        "host/src/cli/psql.rs",
        "plugin list",
        "plugin_settings::of_a_plugin_without_settings_and_of_none_it_says_so",
    ),
    (
        "host/src/host/doctor/configuration.rs",
        "config show",
        "json::what_every_command_prints_is_json_with_its_format_and_as_its_schema_says",
    ),
    (
        "host/src/host/doctor/files.rs",
        "serve",
        "doctor::a_healthy_installation_has_no_problem_by_each_way_to_ask_and_while_a_host_serves",
    ),
    (
        "host/src/host/doctor/rights.rs",
        "heal",
        "rights::the_role_that_serves_can_change_nothing_of_the_audit_log_or_the_ledger",
    ),
    (
        "host/src/host/doctor/core_tables.rs",
        "plan",
        "doctor::a_healthy_installation_has_no_problem_by_each_way_to_ask_and_while_a_host_serves",
    ),
    (
        "host/src/host/doctor/core_tables.rs",
        "heal",
        "doctor::a_healthy_installation_has_no_problem_by_each_way_to_ask_and_while_a_host_serves",
    ),
    (
        "host/src/host/doctor/core_tables.rs",
        "audit resolve",
        "json::what_every_command_prints_is_json_with_its_format_and_as_its_schema_says",
    ),
    (
        "host/src/admin/doctor.rs",
        "serve",
        "doctor::a_healthy_installation_has_no_problem_by_each_way_to_ask_and_while_a_host_serves",
    ),
    (
        "host/src/admin/doctor.rs",
        "admin add NAME --role administrator",
        "accounts::what_a_refusal_tells_one_to_run_helps",
    ),
    (
        "host/src/cli/explain.rs",
        "explain {code}",
        "explain::a_code_that_is_not_one_is_told_with_the_nearest_and_with_the_list",
    ),
    (
        "host/src/cli/explain.rs",
        "explain",
        "explain::a_code_that_is_not_one_is_told_with_the_nearest_and_with_the_list",
    ),
    (
        "host/src/report/explain.rs",
        "explain CODE",
        "explain::a_code_is_explained_on_the_page_and_an_error_names_the_page_that_explains_it",
    ),
    (
        "host/src/report/explain/api.md",
        "admin passwd NAME",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/api.md",
        "admin token add",
        "accounts::a_token_is_sent_instead_of_a_password_and_may_no_more_than_it_is_let",
    ),
    (
        "host/src/report/explain/api.md",
        "audit list",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    ("host/src/report/explain/api.md", "check", "explain::what_codes_tell_to_run_works_where_they_are_met"),
    ("host/src/report/explain/api.md", "heal", "explain::what_codes_tell_to_run_works_where_they_are_met"),
    ("host/src/report/explain/api.md", "plan", "explain::what_codes_tell_to_run_works_where_they_are_met"),
    (
        "host/src/report/explain/api.md",
        "plugin list",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/api.md",
        "plugin release ID",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/commands.md",
        "audit export",
        "explain::what_codes_of_commands_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/commands.md",
        "backup FILE",
        "backup::the_managed_database_is_looked_into_by_psql_saved_and_put_back_beside_what_is_there",
    ),
    (
        "host/src/report/explain/commands.md",
        "baseline PLUGIN/FILE",
        "import::sources::one_migration_of_all_is_what_all_of_them_were",
    ),
    (
        "host/src/report/explain/commands.md",
        "config check",
        "explain::what_codes_of_commands_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/commands.md",
        "doctor",
        "explain::what_codes_of_commands_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/commands.md",
        "heal",
        "explain::what_codes_of_commands_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/commands.md",
        "plugin lock ID",
        "explain::what_codes_of_commands_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/commands.md",
        "postgres upgrade",
        "backup::the_managed_database_is_brought_to_another_major_version_and_the_old_cluster_stays",
    ),
    (
        "host/src/report/explain/commands.md",
        "restore FILE --replace",
        "backup::the_managed_database_is_looked_into_by_psql_saved_and_put_back_beside_what_is_there",
    ),
    (
        "host/src/report/explain/commands.md",
        "schema read",
        "explain::what_codes_of_commands_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/databases.md",
        "check",
        "explain::what_codes_of_commands_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/databases.md",
        "check --json",
        "explain::what_codes_of_commands_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/findings.md",
        "check",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/findings.md",
        "heal",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/findings.md",
        "ledger forget ID",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/findings.md",
        "plan",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/findings.md",
        "plugin list",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/findings.md",
        "plugin lock ID",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/findings.md",
        "plugin release ID",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    ("host/src/report/explain/plans.md", "check", "explain::what_codes_tell_to_run_works_where_they_are_met"),
    (
        "host/src/report/explain/plans.md",
        "finding list",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    ("host/src/report/explain/plans.md", "heal", "explain::what_codes_tell_to_run_works_where_they_are_met"),
    (
        "host/src/report/explain/plans.md",
        "plan approve HASH",
        "approvals::one_approves_and_another_heals_and_nobody_does_both",
    ),
    ("host/src/report/explain/plans.md", "plan", "explain::what_codes_tell_to_run_works_where_they_are_met"),
    (
        "host/src/report/explain/releases.md",
        "plugin verify",
        "verify::a_lock_file_that_is_out_of_date_is_exit_2_and_a_library_that_is_exit_5",
    ),
    (
        "host/src/report/explain/statements.md",
        "plugin lock",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/statements.md",
        "plugin verify",
        "verify::a_lock_file_that_is_out_of_date_is_exit_2_and_a_library_that_is_exit_5",
    ),
    (
        "host/src/heal/approval.rs",
        "plan approve {hash}",
        "approvals::one_approves_and_another_heals_and_nobody_does_both",
    ),
    (
        "host/src/host/calls.rs",
        "check",
        "calls::a_membership_that_a_call_needs_is_given_by_a_heal_and_told_before",
    ),
    (
        "host/src/host/approve.rs",
        "plan",
        "approvals::an_approval_is_for_the_plan_that_was_looked_at_and_its_time_ends",
    ),
    (
        "host/src/heal/migrate.rs",
        "baseline --plugin {plugin}",
        "shown::a_first_heal_that_meets_what_stands_there_names_baseline",
    ),
    (
        "host/src/report/text/health.rs",
        "check --json",
        "shown::kinds_that_are_not_compared_are_counted_and_listed_where_that_is_told",
    ),
    (
        "host/src/cli/plugin/settings.rs",
        "plugin list",
        "plugin_settings::of_a_plugin_without_settings_and_of_none_it_says_so",
    ),
    (
        "host/src/plugin/inspect/explanations.md",
        "plugin settings ID",
        "plugin_settings::all_that_is_wrong_with_settings_keeps_the_plugin_out_and_is_told_at_once",
    ),
    (
        "host/src/plugin/load/plugin_host.rs",
        "plugin settings {plugin} --unset {name}",
        "saved_settings::what_no_longer_fits_keeps_the_plugin_out_and_the_command_that_is_told_mends_it",
    ),
    (
        "host/src/plugin/inspect/explanations.md",
        "plugin settings ID --unset KEY",
        "saved_settings::what_no_longer_fits_keeps_the_plugin_out_and_the_command_that_is_told_mends_it",
    ),
    (
        "host/src/host/saved_settings/mod.rs",
        "heal",
        "saved_settings::before_the_migration_nothing_can_be_saved_and_a_start_says_nothing",
    ),
    (
        "host/src/host/saved_settings/mod.rs",
        "plugin settings ID",
        "saved_settings::what_is_configured_goes_before_what_is_saved_wherever_it_stands",
    ),
    (
        "host/src/host/saved_settings/mod.rs",
        "plugin list",
        "saved_settings::what_no_longer_fits_keeps_the_plugin_out_and_the_command_that_is_told_mends_it",
    ),
    (
        "host/src/host/saved_settings/mod.rs",
        "check",
        "saved_settings::while_the_database_is_away_a_host_starts_with_its_copy_and_says_so",
    ),
    (
        "host/src/plugin/load/plugin_host.rs",
        "plugin settings ID",
        "plugin_settings::all_that_is_wrong_with_settings_keeps_the_plugin_out_and_is_told_at_once",
    ),
    (
        "host/src/cli/audit/resolve.rs",
        "audit list",
        "audit::an_entry_that_a_dead_process_left_open_is_closed_on_demand",
    ),
    (
        "host/src/cli/heal/outcome.rs",
        "check",
        "faults::invariant_4_a_commit_that_is_never_answered_is_asked_after_and_its_end_told_truthfully",
    ),
    (
        "host/src/cli/plugin/verify/libraries.rs",
        "plugin list",
        "verify::a_library_is_verified_wherever_it_lies_with_those_that_it_requires",
    ),
    (
        "host/src/cli/plugin/verify/on_server.rs",
        "plugin lock {id}",
        "verify::a_lock_file_that_is_out_of_date_is_exit_2_and_a_library_that_is_exit_5",
    ),
    (
        "migrations-core/src/release.rs",
        "plugin diff {id}",
        "verify::a_table_that_is_lost_is_a_mistake_where_nobody_drops_it_and_advice_where_somebody_does",
    ),
    ("host/src/cli/planning.rs", "heal{}", "cli::a_commit_in_a_migration_is_exit_5_and_points_at_it"),
    (
        "host/src/database/unavailable.rs",
        "check",
        "remedies/carried_out::what_cannot_be_read_is_read_again_as_told",
    ),
    (
        "host/src/host/audit/history.rs",
        "audit list",
        "remedies/carried_out::what_cannot_be_read_is_read_again_as_told",
    ),
    (
        "host/src/host/audit.rs",
        "audit list",
        "remedies/carried_out::what_cannot_be_read_is_read_again_as_told",
    ),
    (
        "host/src/host/roles.rs",
        "check",
        "remedies/carried_out::a_role_that_cannot_log_in_is_made_right_by_what_the_check_says",
    ),
    (
        "host/src/plugin/roles/steps.rs",
        "heal",
        "remedies/carried_out::a_role_that_cannot_log_in_is_made_right_by_what_the_check_says",
    ),
    (
        "host/src/plugin/inspect/explanations.md",
        "plugin inspect --explain",
        "remedies/carried_out::explanations_lead_where_they_say",
    ),
    (
        "host/src/plugin/inspect/explanations.md",
        "plugin list --explain",
        "remedies/carried_out::explanations_lead_where_they_say",
    ),
    (
        "host/src/plugin/inspect/explanations.md",
        "plugin inspect",
        "remedies/carried_out::explanations_lead_where_they_say",
    ),
    (
        "host/src/plugin/inspect/explanations.md",
        "plugin inspect FILE",
        "remedies/carried_out::explanations_lead_where_they_say",
    ),
    (
        "host/src/plugin/inspect/explanations.md",
        "plugin pin",
        "remedies/carried_out::explanations_lead_where_they_say",
    ),
    (
        "host/src/plugin/inspect/explanations.md",
        "plugin pin FILE",
        "remedies/carried_out::explanations_lead_where_they_say",
    ),
    (
        "host/src/plugin/inspect/explanations.md",
        "plugin release",
        "isolation/faults::a_plugin_that_ends_the_host_while_it_is_loaded_is_kept_out_by_the_next_start",
    ),
    (
        "host/src/plugin/inspect/explanations.md",
        "plugin release ID",
        "isolation/faults::a_plugin_that_ends_the_host_while_it_is_loaded_is_kept_out_by_the_next_start",
    ),
    (
        "host/src/admin/api/document.rs",
        "admin token add",
        "accounts::a_token_is_sent_instead_of_a_password_and_may_no_more_than_it_is_let",
    ),
    (
        "host/src/admin/callers/refusal.rs",
        "admin token add",
        "accounts::a_token_is_sent_instead_of_a_password_and_may_no_more_than_it_is_let",
    ),
    (
        "host/src/admin/visitor.rs",
        "admin token add",
        "accounts::a_token_is_sent_instead_of_a_password_and_may_no_more_than_it_is_let",
    ),
    (
        "host/src/cli/admin.rs",
        "admin add NAME --role administrator",
        "accounts::what_a_refusal_tells_one_to_run_helps",
    ),
    ("host/src/cli/admin.rs", "admin list", "accounts::what_a_refusal_tells_one_to_run_helps"),
    ("host/src/cli/admin.rs", "admin token list", "accounts::what_a_refusal_tells_one_to_run_helps"),
    ("host/src/cli/admin.rs", "serve", "accounts::what_a_refusal_tells_one_to_run_helps"),
    (
        "host/src/cli/fleet/heal.rs",
        "fleet plan",
        "fleet::a_list_of_databases_is_read_in_every_form_and_all_that_is_wrong_with_it_is_told_at_once",
    ),
    (
        "host/src/cli/host/list.rs",
        "check",
        "hosts::hosts_know_of_each_other_and_name_from_both_sides_what_differs",
    ),
    (
        "host/src/cli/notify/list.rs",
        "check",
        "notify::a_database_that_is_away_is_told_once_and_so_is_its_return",
    ),
    (
        "host/src/cli/notify/retry.rs",
        "notify list",
        "notify::what_was_given_up_is_told_and_tried_again_when_somebody_says_so",
    ),
    ("host/src/cli/job.rs", "job history", "jobs::a_run_that_fails_is_tried_again_and_everybody_can_see_it"),
    ("host/src/cli/job.rs", "check", "jobs::a_job_needs_the_tables_of_jobs_and_a_database_that_answers"),
    (
        "host/src/report/explain/api.md",
        "job list",
        "jobs::no_job_runs_beside_itself_or_while_it_is_paused_and_who_said_so_is_recorded",
    ),
    (
        "host/src/host/jobs/store.rs",
        "heal",
        "jobs::a_job_needs_the_tables_of_jobs_and_a_database_that_answers",
    ),
    (
        "host/src/host/jobs/store.rs",
        "job list",
        "jobs::a_run_that_fails_is_tried_again_and_everybody_can_see_it",
    ),
    (
        "host/src/host/jobs/store.rs",
        "check",
        "jobs::a_job_needs_the_tables_of_jobs_and_a_database_that_answers",
    ),
    (
        "host/src/host/doctor/jobs.rs",
        "job history",
        "jobs::a_run_that_fails_is_tried_again_and_everybody_can_see_it",
    ),
    (
        "host/src/host/doctor/jobs.rs",
        "job list",
        "jobs::a_run_that_fails_is_tried_again_and_everybody_can_see_it",
    ),
    (
        "host/src/host/doctor/jobs.rs",
        "host list",
        "json::what_every_command_prints_is_json_with_its_format_and_as_its_schema_says",
    ),
    ("host/src/cli/event/list.rs", "check", "events::events_need_their_tables"),
    (
        "host/src/cli/event/retry.rs",
        "event list",
        "events::what_fails_is_tried_again_and_given_up_in_the_end",
    ),
    (
        "host/src/report/explain/api.md",
        "event list",
        "events::what_fails_is_tried_again_and_given_up_in_the_end",
    ),
    ("host/src/host/events/store.rs", "heal", "events::events_need_their_tables"),
    ("host/src/host/events/store.rs", "check", "events::events_need_their_tables"),
    (
        "host/src/host/events/store.rs",
        "event list",
        "events::what_fails_is_tried_again_and_given_up_in_the_end",
    ),
    (
        "host/src/host/events/deliver.rs",
        "event retry",
        "events::what_fails_is_tried_again_and_given_up_in_the_end",
    ),
    (
        "host/src/host/doctor/messages.rs",
        "notify list",
        "notify::targets_are_tried_before_they_are_needed_and_no_address_is_shown",
    ),
    (
        "host/src/host/doctor/messages.rs",
        "notify retry",
        "notify::targets_are_tried_before_they_are_needed_and_no_address_is_shown",
    ),
    (
        "host/src/host/doctor/outbound.rs",
        "notify test {name}",
        "notify::targets_are_tried_before_they_are_needed_and_no_address_is_shown",
    ),
    (
        "host/src/host/doctor/outbound.rs",
        "plugin list",
        "doctor::lists_for_nobody_and_proxies_and_webhooks_that_cannot_be_reached_are_told",
    ),
    (
        "host/src/report/explain/sdk.md",
        "--version",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    ("host/src/report/explain/sdk.md", "check", "explain::what_codes_tell_to_run_works_where_they_are_met"),
    (
        "host/src/report/explain/sdk.md",
        "event retry",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/sdk.md",
        "plugin list",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/report/explain/sdk.md",
        "plugin settings ID",
        "explain::what_codes_tell_to_run_works_where_they_are_met",
    ),
    (
        "host/src/host/doctor/events.rs",
        "event list",
        "events::what_fails_is_tried_again_and_given_up_in_the_end",
    ),
    (
        "host/src/host/doctor/events.rs",
        "event retry",
        "events::what_fails_is_tried_again_and_given_up_in_the_end",
    ),
    (
        "host/src/host/doctor/events.rs",
        "event discard",
        "events::what_fails_is_tried_again_and_given_up_in_the_end",
    ),
    (
        "host/src/host/doctor/events.rs",
        "host list",
        "json::what_every_command_prints_is_json_with_its_format_and_as_its_schema_says",
    ),
    (
        "host/src/host/notify/mod.rs",
        "notify retry",
        "notify::what_was_given_up_is_told_and_tried_again_when_somebody_says_so",
    ),
    (
        "host/src/host/notify/outbox.rs",
        "heal",
        "notify::targets_are_tried_before_they_are_needed_and_no_address_is_shown",
    ),
    (
        "host/src/host/notify/outbox.rs",
        "notify list",
        "notify::targets_are_tried_before_they_are_needed_and_no_address_is_shown",
    ),
    (
        "host/src/host/notify/outbox.rs",
        "check",
        "notify::a_database_that_is_away_is_told_once_and_so_is_its_return",
    ),
    (
        "host/src/host/reports.rs",
        "ledger forget {id}",
        "ledger::a_plugin_that_was_removed_is_forgotten_on_the_record_and_one_that_is_there_is_not",
    ),
    ("host/src/cli/baseline.rs", "heal", "import::sources::one_migration_of_all_is_what_all_of_them_were"),
    (
        "host/src/cli/baseline.rs",
        "baseline PLUGIN/FILE",
        "import::sources::one_migration_of_all_is_what_all_of_them_were",
    ),
    (
        "host/src/cli/plugin/import.rs",
        "schema read",
        "import::odd::a_database_is_named_or_its_address_is_read_and_what_is_there_stays",
    ),
    (
        "host/src/cli/plugin/import.rs",
        "baseline",
        "import::sources::each_layout_is_taken_over_file_by_file_and_its_ledger_says_what_is_applied",
    ),
    (
        "host/src/cli/plugin/import.rs",
        "plugin import NAME --from-database DATABASE",
        "import::sources::what_has_no_place_in_a_migration_is_told_at_once_and_nothing_is_written",
    ),
    (
        "host/src/heal/baseline.rs",
        "baseline {first}",
        "baseline::the_first_migrations_of_a_plugin_are_adopted_and_the_rest_is_run",
    ),
    (
        "host/src/cli/plugin/diff.rs",
        "plugin lock {id}",
        "diff::tables_that_refer_to_each_other_are_made_with_indexes_and_keys",
    ),
    ("host/src/heal/baseline.rs", "heal", "baseline::where_nothing_is_there_the_hint_has_the_migrations_run"),
    (
        "host/src/heal/rehearse.rs",
        "heal --dry-run",
        "rehearse::a_role_that_may_create_no_database_is_told_so_and_the_plan_is_shown",
    ),
    (
        "host/src/database/managed/error.rs",
        "heal",
        "refused::what_only_looks_makes_no_managed_database_and_says_what_does",
    ),
    (
        "host/src/database/managed/error.rs",
        "serve",
        "refused::what_only_looks_makes_no_managed_database_and_says_what_does",
    ),
    (
        "host/src/report/text/health.rs",
        "heal --repair {id}{}",
        "remedies/carried_out::a_repair_is_made_by_the_very_line_that_is_told",
    ),
    (
        "host/src/plugin/runtime/call.rs",
        "check",
        "remedies/carried_out::why_a_plugin_does_not_answer_leads_on",
    ),
    (
        "host/src/plugin/runtime/call.rs",
        "plan",
        "remedies/carried_out::why_a_plugin_does_not_answer_leads_on",
    ),
    (
        "host/src/plugin/runtime/call.rs",
        "plugin list",
        "remedies/carried_out::why_a_plugin_does_not_answer_leads_on",
    ),
    (
        "migrations-core/src/assess.rs",
        "heal",
        "unprinted::where_the_role_may_not_it_is_unknown_with_the_kinds_and_what_helps",
    ),
    (
        "host/src/scratch/elaboration.rs",
        "plugin lock {id}",
        "unprinted::where_the_role_may_not_it_is_unknown_with_the_kinds_and_what_helps",
    ),
];

#[test]
fn every_remedy_leads_where_it_says() {
    for Case { told, state, shows, leads, ends, holds } in CASES {
        println!("{}: tenon {}", told.0, told.1);
        let world = state();
        let shown = run(&world, shows.0).expect_code(shows.1);
        tells(&shown, leads.0);
        let led = run(&world, &format!("{} {}", leads.0, leads.1)).expect_code(ends.0);
        assert!(led.all().contains(ends.1), "{}: {led:#?}", ends.1);
        holds(&world, &led);
    }
}

#[test]
fn no_command_that_is_told_is_without_a_test_that_carries_it_out() {
    let mut told = BTreeSet::new();
    for path in texts() {
        let file = path.strip_prefix(root()).unwrap().display().to_string();
        if file.contains("/src/") && !file.ends_with("tests.rs") && !file.starts_with("plugin-api") {
            told.extend(commands(&path).into_iter().map(|command| (file.clone(), command)));
        }
    }
    let here = CASES.iter().map(|case| case.told);
    let elsewhere = ELSEWHERE.iter().map(|(file, command, _)| (*file, *command));
    let carried_out: BTreeSet<_> =
        here.chain(elsewhere).map(|(file, command)| (file.to_owned(), command.to_owned())).collect();
    let without: Vec<_> = told.difference(&carried_out).collect();
    let gone: Vec<_> = carried_out.difference(&told).collect();
    assert!(without.is_empty() && gone.is_empty(), "without a test: {without:#?}; no longer told: {gone:#?}");
    ELSEWHERE.iter().for_each(|(_, _, test)| exists(test));
}

/// The SQL that source tells somebody to run: the file, how it begins, and the test that runs it.
const SQL: &[(&str, &str, &str)] = &[
    (
        "host/src/database/unavailable.rs",
        "GRANT USAGE ON SCHEMA tenon TO …; \\",
        "conditions::a_role_that_may_read_the_ledger_and_nothing_else_sees_all_drift",
    ),
    (
        "host/src/heal/hidden_rows.rs",
        "ALTER ROLE {role} BYPASSRLS",
        "surroundings::a_backfill_from_which_row_security_would_hide_rows_is_refused_before_it_runs",
    ),
    (
        "host/src/heal/hidden_rows.rs",
        "SET LOCAL row_security = on",
        "surroundings::a_backfill_that_says_that_it_means_some_rows_may_do_so",
    ),
    (
        "host/src/database/settings/mod.rs",
        "GRANT SET ON PARAMETER {name} TO {role}",
        "settings::a_setting_that_switches_constraints_off_and_that_the_role_may_not_change_refuses_the_heal_before_it_runs",
    ),
    (
        "host/src/scratch/database.rs",
        "ALTER ROLE {0} CREATEDB",
        "rehearse::a_role_that_may_create_no_database_is_told_so_and_the_plan_is_shown",
    ),
    (
        "migrations-core/src/plan/refusals/enum_value.rs",
        "CREATE TYPE {new} AS ENUM (…)",
        "enum_values::the_statements_that_come_with_the_refusal_work_from_empty_and_from_every_version",
    ),
    (
        "migrations-core/src/plan/refusals/enum_value.rs",
        "ALTER TABLE … ALTER COLUMN … DROP DEFAULT, ALTER COLUMN … TYPE {new} USING \\",
        "enum_values::the_statements_that_come_with_the_refusal_work_from_empty_and_from_every_version",
    ),
];

/// The statements of a text, in backticks, as far as they stand in one line.
fn statements(path: &Path) -> Vec<String> {
    const VERBS: [&str; 10] =
        ["ALTER", "COMMENT", "CREATE", "DROP", "GRANT", "REASSIGN", "REINDEX", "RESET", "REVOKE", "SET"];
    let text = fs::read_to_string(path).unwrap();
    let told = text.split_once("#[cfg(test)]\nmod tests {").map_or(text.as_str(), |(told, _)| told);
    let lines = told.lines().filter(|line| !line.trim_start().starts_with("//"));
    let quoted = lines.flat_map(|line| line.split('`').skip(1).step_by(2));
    let is_statement = |part: &&str| {
        part.split_once(' ').is_some_and(|(verb, rest)| VERBS.contains(&verb) && !rest.is_empty())
    };
    quoted.filter(is_statement).map(str::to_owned).collect()
}

#[test]
fn no_sql_that_is_told_is_without_a_test_that_runs_it() {
    let mut told = BTreeSet::new();
    for path in texts() {
        let file = path.strip_prefix(root()).unwrap().display().to_string();
        if file.contains("/src/") && file.ends_with(".rs") && !file.ends_with("tests.rs") {
            told.extend(statements(&path).into_iter().map(|statement| (file.clone(), statement)));
        }
    }
    let run: BTreeSet<_> = SQL.iter().map(|(file, sql, _)| ((*file).to_owned(), (*sql).to_owned())).collect();
    let without: Vec<_> = told.difference(&run).collect();
    let gone: Vec<_> = run.difference(&told).collect();
    assert!(without.is_empty() && gone.is_empty(), "without a test: {without:#?}; no longer told: {gone:#?}");
    SQL.iter().for_each(|(_, _, test)| exists(test));
}

/// There is such a test: suite, and name.
fn exists(test: &str) {
    let (suite, name) = test.rsplit_once("::").unwrap();
    let file = format!("tests/tests/suites/{}.rs", suite.replace("::", "/"));
    let suite = fs::read_to_string(root().join(file)).unwrap();
    assert!(suite.contains(&format!("fn {name}()")), "there is no test {test}");
}

/// A command line as a shell takes it apart.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quote, mut letters) = (None, line.chars());
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (None, '\\') => words.last_mut().unwrap().extend(letters.next()),
            (None, ' ') => words.push(String::new()),
            (Some(end), _) if end == letter => quote = None,
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

pub(super) fn run_in_shell(world: &World, line: &str) -> Run {
    world.tenon(&words(line).iter().map(String::as_str).collect::<Vec<_>>())
}

/// Runs the first command of this beginning that is told.
#[track_caller]
fn follow(world: &World, said: &str, begins: &str) -> Run {
    let (_, rest) =
        said.split_once(&format!("`tenon {begins}")).unwrap_or_else(|| panic!("{begins}: {said}"));
    run_in_shell(world, &format!("{begins}{} --yes", rest.split('`').next().unwrap()))
}

#[test]
fn a_repair_is_made_by_the_very_line_that_is_told() {
    let world = drifted();
    let check = run(&world, "check").expect_code(2);
    follow(&world, &check.out, "heal --repair").expect_code(0);
    run(&world, "check").expect_code(0);
    // With the choice to name it back, and with a hazard.
    world.sql(
        "ALTER TABLE inventory.item ADD \"It's odd\" text, ADD \"so\"\"so\" text; ALTER TABLE inventory.item RENAME meta TO data",
    );
    let check = run(&world, "check").expect_code(2);
    let (_, rename) = check.out.split_once("rename (").unwrap_or_else(|| panic!("{check:#?}"));
    follow(&world, rename, "heal --repair").expect_code(0);
    for _ in 0..2 {
        let check = run(&world, "check").expect_code(2);
        follow(&world, &check.out, "heal --repair").expect_code(0);
    }
    run(&world, "check").expect_code(0);
}

#[test]
fn what_cannot_be_read_is_read_again_as_told() {
    let world = healed();
    for (column, command) in
        [("tenon.migration RENAME checksum", "check"), ("tenon.audit RENAME body", "audit list")]
    {
        world.sql(&format!("ALTER TABLE {column} TO other"));
        let shown = run(&world, command).expect_code(3);
        tells(&shown, command);
        let (table, column) = column.split_once(" RENAME ").unwrap();
        world.sql(&format!("ALTER TABLE {table} RENAME other TO {column}"));
        run(&world, command).expect_code(0);
    }
}

#[test]
fn explanations_lead_where_they_say() {
    let world = pinned();
    let explained = run(&world, "plugin inspect --explain plugins/libidentity.so").expect_code(1);
    for command in ["plugin pin", "plugin inspect"] {
        tells(&explained, command);
    }
    run(&world, "plugin inspect plugins").expect_code(1);
    run(&world, "plugin pin").expect_code(0);
    run(&world, "plugin inspect plugins/libidentity.so").expect_code(0);
    world.install("inventory");
    world.upgrade("identity", "identity_edited");
    for (file, code) in [("libinventory.so", "not-pinned"), ("libidentity.so", "pin-differs")] {
        let explained = run(&world, "plugin list --explain");
        assert!(explained.all().contains(code), "{explained:#?}");
        for command in ["plugin inspect FILE", "plugin pin FILE"] {
            tells(&explained, command);
        }
        run(&world, &format!("plugin inspect plugins/{file}")).expect_code(1);
        run(&world, &format!("plugin pin plugins/{file}")).expect_code(0);
        run(&world, &format!("plugin inspect plugins/{file}")).expect_code(0);
    }
}

#[test]
fn a_role_that_cannot_log_in_is_made_right_by_what_the_check_says() {
    let world = pending();
    world.isolate();
    run(&world, "heal --yes --as ops").expect_code(0);
    let role = world.role_of("identity");
    let serving = world.serve();
    let name = &role.name;
    world.sql(&format!(
        "ALTER ROLE \"{name}\" NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{name}'"
    ));
    let answer = serving.get("/plugins/identity/accounts").expect_status(503).json();
    assert!(answer["detail"].as_str().unwrap().contains("`tenon check` says what helps"), "{answer:#}");
    let check = run(&world, "check").expect_code(2);
    tells(&check, "heal");
    run(&world, "heal --yes").expect_code(0);
    run(&world, "check").expect_code(0);
    serving.get("/plugins/identity/accounts").expect_status(200);
}

#[test]
fn why_a_plugin_does_not_answer_leads_on() {
    let world = World::with(&["identity", "inventory_1_0", "panics_in_init", "rogue"]);
    drop(world.host().heal());
    world.upgrade("inventory_1_0", "inventory");
    run(&world, "plugin quarantine rogue --reason loud --as ana").expect_code(0);
    let serving = world.serve();
    let remedy = |path: &str| {
        let problem = serving.get(&format!("/plugins/{path}")).expect_status(503).json();
        let out = problem["remedy"].as_str().unwrap_or_else(|| panic!("{problem:#}")).to_owned();
        Run { code: 0, out, err: String::new() }
    };
    tells(&remedy("panics_in_init/"), "plugin list");
    assert!(run(&world, "plugin list").out.contains("no luck in init"));
    let held = remedy("inventory/items");
    tells(&held, "check");
    tells(&held, "plan");
    assert!(run(&world, "check").expect_code(2).out.contains("Inventory Plugin: 2 pending migrations"));
    assert!(run(&world, "plan").expect_code(2).out.contains("inventory/0002_search.sql"));
    tells(&remedy("rogue/hello"), "plugin release rogue");
    run(&world, "plugin release rogue").expect_code(0);
    serving.post("/plugins/rogue/sql", &json!("SELECT 1")).expect_status(200);
}

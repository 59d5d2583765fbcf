//! What the role may as which plugins act: told as a layer, and required where enforcement is.

use tenon_tests::{Lacks, Role, TestHost, World, on_a_kernel_that};

use super::gallery;

/// What the host says of the layer, after a check.
fn layer(host: &TestHost) -> String {
    host.check();
    let enforcement = host.host.enforcement();
    enforcement
        .layers
        .iter()
        .find(|layer| layer.name == "database role")
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[test]
fn what_a_role_may_too_much_degrades_the_layer_with_the_remedy_and_without_it_the_layer_is_enforced() {
    let world = World::with(&["identity"]);
    let (serving, healing) = (Role::new(&world, "serving"), Role::new(&world, "healing"));
    world.set_url(&serving.url());
    world.set(&format!("[database]\nheal_url = \"{}\"", healing.url()));
    let (name, database) = (serving.name.clone(), world.database.name.clone());
    world.sql(&format!("GRANT CREATE ON DATABASE {database} TO {}", healing.name));
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    world.sql(&format!(
        "GRANT USAGE ON SCHEMA tenon TO {name}; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {name}"
    ));
    assert_eq!(layer(&host), "database role enforced");
    let changes = [
        ("SUPERUSER", format!("ALTER ROLE {name} SUPERUSER"), format!("ALTER ROLE {name} NOSUPERUSER")),
        ("CREATEROLE", format!("ALTER ROLE {name} CREATEROLE"), format!("ALTER ROLE {name} NOCREATEROLE")),
        ("REPLICATION", format!("ALTER ROLE {name} REPLICATION"), format!("ALTER ROLE {name} NOREPLICATION")),
        (
            "programs",
            format!("GRANT pg_execute_server_program TO {name}"),
            format!("REVOKE pg_execute_server_program FROM {name}"),
        ),
        (
            "reads files",
            format!("GRANT pg_read_server_files TO {name}"),
            format!("REVOKE pg_read_server_files FROM {name}"),
        ),
        // By another role, and not inherited.
        (
            "writes files",
            format!(
                "ALTER ROLE {name} NOINHERIT; GRANT pg_write_server_files TO {}; GRANT {} TO {name}",
                healing.name, healing.name
            ),
            format!(
                "REVOKE pg_write_server_files FROM {}; REVOKE {} FROM {name}",
                healing.name, healing.name
            ),
        ),
        (
            "owner",
            format!("ALTER TABLE identity.account OWNER TO {name}"),
            format!("ALTER TABLE identity.account OWNER TO {}", healing.name),
        ),
    ];
    let told = changes.map(|(what, change, back)| {
        world.sql(&change);
        let told = layer(&host).replace(&database, "<database>");
        assert!(told.starts_with("database role degraded"), "{what}: {told}");
        world.sql(&back);
        (what, told)
    });
    insta::assert_snapshot!(gallery(told));
    assert_eq!(layer(&host), "database role enforced");
    // A schema that is named like its role leads to what is in it.
    world.sql(&format!("ALTER ROLE {name} SET search_path = tenon, public"));
    assert!(layer(&world.host()).contains("by its search path (tenon, public)"));
}

#[test]
fn what_opens_connections_or_runs_programs_is_named_and_degrades_the_layer_where_it_is_reached() {
    let world = World::with(&["identity"]);
    world.isolate();
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(layer(&host), "database role enforced");
    // The server's superuser who serves is nobody as whom a plugin acts.
    let is_there = |name: &str| {
        world.sql(&format!("SELECT count(*) FROM pg_available_extensions WHERE name = '{name}'")) == "1"
    };
    for (name, told) in [
        ("dblink", "extension dblink opens connections or runs programs"),
        ("postgres_fdw", "foreign-data wrapper postgres_fdw opens connections or files on the server"),
        ("file_fdw", "foreign-data wrapper file_fdw opens connections or files on the server"),
        ("plperlu", "language plperlu runs any code on the server"),
        ("plpython3u", "language plpython3u runs any code on the server"),
    ] {
        if !is_there(name) {
            continue;
        }
        world.sql(&format!("CREATE EXTENSION {name}"));
        let said = layer(&host);
        assert!(said.contains(told), "{name}: {said}");
        // Its functions are everybody's, and nobody but a superuser uses the others until he is let.
        let reached = name == "dblink";
        assert_eq!(said.contains("degraded"), reached, "{said}");
        assert_eq!(said.contains("which these roles do not reach"), !reached, "{said}");
        if name.ends_with("_fdw") {
            world.sql(&format!("CREATE SERVER elsewhere FOREIGN DATA WRAPPER {name}; GRANT USAGE ON FOREIGN SERVER elsewhere TO PUBLIC"));
            assert!(layer(&host).contains("degraded"), "{}", layer(&host));
        }
        world.sql(&format!("DROP EXTENSION {name} CASCADE"));
    }
    assert_eq!(layer(&host), "database role enforced");
}

#[test]
fn required_enforcement_wants_a_role_without_power_before_a_plugin_is_loaded() {
    let world = World::with(&["identity"]);
    let run = world.tenon(&["check", "--require-enforcement"]).expect_code(5);
    assert!(
        run.err.contains("database role degraded") && run.err.contains("harness is a superuser"),
        "{}",
        run.err
    );
    // The audit log needs no plugin.
    let log = world.tenon(&["audit", "list", "--require-enforcement"]);
    assert!(!log.err.contains("database role"), "{}", log.err);
    {
        let (serving, healing) = (Role::new(&world, "serving"), Role::new(&world, "healing"));
        let two = World::with(&["identity"]);
        two.set_url(&serving.url());
        two.set(&format!("[database]\nheal_url = \"{}\"", healing.url()));
        // Something is pending, and nothing refused.
        two.tenon(&["check", "--require-enforcement"]).expect_code(2);
        two.set_url(&two.url().replace("serving", "nobody"));
        two.tenon(&["check", "--require-enforcement"]).expect_code(3);
    }
    world.isolate();
    world.tenon(&["check", "--require-enforcement"]).expect_code(2);
    on_a_kernel_that(&[Lacks::Landlock], || world.tenon(&["check", "--require-enforcement"])).expect_code(5);
}

#[test]
fn what_is_granted_to_everybody_is_told() {
    let world = World::with(&["identity", "inventory"]);
    drop(world.heal_and_prove(&["identity", "inventory"]));
    let host = world.host();
    let told = [
        "GRANT SELECT ON tenon.audit TO PUBLIC",
        "GRANT INSERT ON tenon.migration TO PUBLIC",
        "GRANT USAGE ON SCHEMA tenon TO PUBLIC",
        "GRANT SELECT ON identity.account TO PUBLIC",
        "GRANT SELECT (email) ON identity.account TO PUBLIC",
        "GRANT USAGE ON SCHEMA identity TO PUBLIC",
    ]
    .map(|grant| {
        world.sql(grant);
        let told = host
            .findings()
            .iter()
            .map(|one| format!("{} {}: {}", one.severity.noun(), one.plugin, one.message))
            .collect::<Vec<_>>()
            .join("\n");
        assert!(told.contains("PUBLIC"), "{grant}: {told}");
        let back = grant.replace("GRANT", "REVOKE").replace("TO PUBLIC", "FROM PUBLIC");
        world.sql(&back);
        (grant, told)
    });
    insta::assert_snapshot!(gallery(told));
}

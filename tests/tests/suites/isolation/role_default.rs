//! The roles as which plugins' statements run where the configuration leaves it open.

use tenon_migrations_core::health::Status;
use tenon_tests::{Role, SUPERUSER, TestHost, TestServer, World};

use super::roles::{healthy, told};

/// A world that leaves it open, whose host logs in with a password.
fn open(plugins: &[&str]) -> World {
    let world = World::with(plugins);
    world.isolate();
    world.leave_isolation();
    world
}

/// Gives the world a host that is a role with these attributes, and not the superuser.
fn open_as<'a>(world: &'a World, attributes: &str) -> Role<'a> {
    let (role, server) = (Role::new(world, "host"), TestServer::shared());
    let (name, database) = (&role.name, &world.database.name);
    world.sql(&format!(
        "GRANT CREATE ON DATABASE {database} TO {name}; ALTER ROLE {name} {attributes} PASSWORD 'a password'"
    ));
    world.set_url(&server.tcp_url(name, "a%20password", server.port, database));
    role
}

/// What is told of the layers that the database is.
fn layers(host: &TestHost) -> Vec<String> {
    let layers = host.host.enforcement().layers;
    layers.iter().filter(|layer| layer.name.contains("role")).map(ToString::to_string).collect()
}

fn serves(host: &TestHost) {
    assert_eq!(host.call("inventory", "GET /items", "").unwrap().status, 200);
}

fn roles(world: &World) -> String {
    let role = world.role_of("inventory").name;
    world.sql(&format!("SELECT count(*) FROM pg_roles WHERE rolname IN ('{role}', '{role}_owner')"))
}

/// Proves that a heal makes login roles there, which nobody asked for.
fn makes_roles(world: &World) {
    let host = world.host();
    host.check();
    let because = "plugins.isolation is not set, and the role that heals may make login roles";
    assert_eq!(layers(&host)[0], format!("login roles enforced ({because})"));
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    healthy(&host);
    serves(&host);
    assert_eq!(roles(world), "2");
    let host = world.host();
    healthy(&host);
    let found = "login roles enforced (plugins.isolation is not set, and there are login roles)";
    assert_eq!(layers(&host), [found, "database role enforced"]);
}

#[test]
fn in_a_new_database_a_superuser_who_heals_makes_login_roles_unasked() {
    makes_roles(&open(&["inventory"]));
}

#[test]
fn in_a_new_database_a_host_that_may_make_roles_makes_login_roles_unasked() {
    let world = open(&["inventory"]);
    let _host = open_as(&world, "CREATEROLE");
    makes_roles(&world);
}

#[test]
fn every_command_decides_alike() {
    let world = open(&["inventory"]);
    let plan = world.tenon(&["plan"]).expect_code(2).out;
    assert!(plan.contains("CREATE ROLE"), "{plan}");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
    assert_eq!(roles(&world), "2");
    let serving = world.serve();
    serving.logged("the choice", |event| event["layer"] == "login roles" && event["state"] == "enforced");
    serving.get("/plugins/inventory/items").expect_status(200);
}

#[test]
fn a_host_that_may_not_make_roles_shares_one_and_its_remedy_makes_them() {
    let world = open(&["inventory"]);
    let role = open_as(&world, "");
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
    serves(&host);
    assert_eq!(roles(&world), "0");
    let told = layers(&host);
    assert_eq!(told[0].split(' ').nth(2), Some("off"), "{told:?}");
    let remedy = format!("ALTER ROLE \"{}\" CREATEROLE", role.name);
    assert!(told[1].starts_with("database role degraded") && told[1].contains(&remedy), "{told:?}");
    world.tenon(&["check", "--require-enforcement"]).expect_code(5);
    world.sql(&remedy);
    world.isolate_by_roles();
    let host = world.host();
    assert_eq!(host.check().status, Status::Drifted);
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
    serves(&host);
    assert_eq!(layers(&host), ["login roles enforced", "database role enforced"]);
}

#[test]
fn without_a_secret_for_passwords_one_role_is_shared_and_the_remedy_makes_them() {
    let world = World::with(&["inventory"]);
    world.leave_isolation();
    let host = world.host();
    host.check();
    let told = layers(&host).join("\n");
    assert!(told.contains("database role degraded") && told.contains("plugins.role_key_file"), "{told}");
    std::fs::write(world.path().join("key"), "a secret of 32 characters or more").unwrap();
    world.set("[plugins]\nrole_key_file = \"key\"");
    makes_roles(&world);
}

#[test]
fn plugins_that_were_healed_without_login_roles_stay_so_and_are_told_what_gives_them() {
    let world = World::with(&["inventory"]);
    assert_eq!(world.host().heal().word(), "succeeded");
    world.isolate();
    world.leave_isolation();
    let host = world.host();
    healthy(&host);
    serves(&host);
    assert!(matches!(host.heal(), tenon_host::heal::HealOutcome::NothingToDo));
    assert_eq!(roles(&world), "0");
    let told = layers(&host).join("\n");
    let remedy = "they were healed without: set plugins.isolation to \"roles\" and heal";
    assert!(told.contains("database role degraded") && told.contains(remedy), "{told}");
    let serving = world.serve();
    serving.logged("the choice", |event| {
        event["layer"] == "database role" && event.to_string().contains("they were healed without")
    });
    drop(serving);
    world.isolate_by_roles();
    assert_eq!(world.host().heal().word(), "succeeded");
    // What is there now is kept to, though nobody says so any more.
    world.leave_isolation();
    let host = world.host();
    healthy(&host);
    serves(&host);
    assert!(layers(&host)[0].contains("there are login roles"), "{:?}", layers(&host));
}

#[test]
fn login_roles_that_are_gone_are_missed_and_nobody_acts_as_another_for_it() {
    let world = open(&["inventory"]);
    assert_eq!(world.host().heal().word(), "succeeded");
    let role = world.role_of("inventory").name;
    world.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    let host = world.host();
    assert_eq!(told(&host), [format!("breaking: the plugin's login role {role} does not exist")]);
    assert_eq!(host.call("inventory", "GET /items", "").unwrap_err().code(), "held");
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
}

#[test]
fn while_the_database_is_away_it_stays_open_and_no_plugin_serves() {
    let world = open(&["inventory"]);
    assert_eq!(world.host().heal().word(), "succeeded");
    let server = TestServer::shared();
    let proxy = tenon_tests::Proxy::to(server.port);
    world.set_url(&server.tcp_url(SUPERUSER, &server.password(), proxy.port, &world.database.name));
    let host = world.host();
    assert_eq!(host.check().status, Status::Unknown);
    assert_eq!(layers(&host)[0], "login roles off");
    let error = host.call("inventory", "GET /items", "").unwrap_err();
    assert_eq!(error.status(), 503, "{error}");
    let outcome = host.heal();
    assert_eq!(outcome.word(), "unavailable", "{outcome:#?}");
    proxy.up();
    healthy(&host);
    serves(&host);
    assert!(layers(&host)[0].starts_with("login roles enforced"), "{:?}", layers(&host));
}

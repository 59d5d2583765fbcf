//! The makers of the plugins' login roles: a host that is no superuser, or an administrator of the database.

use tenon_host::heal::HealOutcome;
use tenon_migrations_core::health::Status;
use tenon_migrations_core::plan::Refusal;
use tenon_tests::{Role, TestServer, World};

use super::SAMPLES;
use super::roles::{healthy, shop, told};

/// The role that this world's host serves and heals as: it may make schemas, and has a password.
fn host_role(world: &World) -> Role<'_> {
    let role = Role::new(world, "healing");
    let server = TestServer::shared();
    world.sql(&format!(
        "GRANT CREATE ON DATABASE {} TO {name}; ALTER ROLE {name} PASSWORD 'a password'",
        world.database.name,
        name = role.name
    ));
    world.set_url(&server.tcp_url(&role.name, "a%20password", server.port, &world.database.name));
    world.isolate_by_roles();
    role
}

/// A host's role that may make roles.
fn role_maker(world: &World) -> Role<'_> {
    let role = host_role(world);
    world.sql(&format!("ALTER ROLE {} CREATEROLE", role.name));
    role
}

#[test]
fn a_role_that_may_not_make_roles_is_told_before_anything_runs_and_an_administrator_can_make_them() {
    let world = World::with(&["inventory"]);
    let healing = host_role(&world);
    let empty = world.database.contents();
    let run = world.tenon(&["plan"]).expect_code(5);
    insta::assert_snapshot!(world.redact(&run.err.replace(&healing.name, "healing")));
    assert!(matches!(world.host().heal(), HealOutcome::Refused { .. }));
    assert_eq!(world.database.contents(), empty);
    let sql = world.tenon(&["plugin", "role"]).expect_code(0).out;
    insta::assert_snapshot!(world.redact(&sql.replace(&healing.name, "healing")));
    world.sql(&sql);
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
    assert_eq!(host.call("inventory", "GET /items", "").unwrap().status, 200);
    // It has to be dropped before the role that it is granted by.
    drop(host);
    world.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}", role = world.role_of("inventory").name));
    // With the right to make roles the heal does it.
    world.sql(&format!("ALTER ROLE {} CREATEROLE", healing.name));
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
}

#[test]
fn a_host_that_may_make_roles_and_no_more_makes_them_and_keeps_them_right() {
    let world = World::with(&SAMPLES);
    let healing = role_maker(&world);
    keeps_them_right(&world, &healing);
}

#[test]
fn a_host_that_becomes_a_member_of_the_roles_that_it_makes_keeps_them_right_too() {
    let world = World::with(&SAMPLES);
    let healing = role_maker(&world);
    // From PostgreSQL 16 on; before, it needs no membership to become who it likes.
    if world.database.major() >= 16 {
        world.sql(&format!("ALTER ROLE {} SET createrole_self_grant = 'set, inherit'", healing.name));
    }
    keeps_them_right(&world, &healing);
}

fn keeps_them_right(world: &World, healing: &Role<'_>) {
    let host = world.host();
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    healthy(&host);
    shop(&host);
    let (inventory, orders) = (world.role_of("inventory"), world.role_of("orders"));
    let (name, other) = (&inventory.name, &orders.name);
    for change in [
        format!("REVOKE UPDATE ON inventory.item FROM {other}; GRANT SELECT ON tenon.audit TO {name}"),
        format!("ALTER ROLE {name} NOLOGIN INHERIT CREATEROLE VALID UNTIL '2020-01-01'"),
        format!("ALTER ROLE {name} PASSWORD 'another'"),
        format!("SET ROLE {}; GRANT {other} TO {name}", healing.name),
    ] {
        world.sql(&change);
        // One that has no connection open tries to log in.
        let host = world.host();
        assert_ne!(host.check().status, Status::Healthy, "{change}");
        let outcome = host.heal();
        assert_eq!(outcome.word(), "succeeded", "{change}: {outcome:#?}");
        healthy(&host);
        assert!(matches!(host.heal(), HealOutcome::NothingToDo), "{change}");
    }
    for role in [&healing.name, other] {
        let said = inventory.tries(&format!("SET ROLE {role}")).unwrap_err();
        assert!(said.contains("ERROR:  42501: "), "{said}");
    }
}

#[test]
fn what_the_host_may_not_take_from_a_role_is_told_before_anything_runs_with_the_sql_that_does() {
    let world = World::with(&["inventory"]);
    let _healing = role_maker(&world);
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    let role = world.role_of("inventory").name;
    let later = world.database.major() >= 16;
    for (change, refused) in [
        (format!("ALTER ROLE {role} SUPERUSER"), true),
        (format!("ALTER ROLE {role} REPLICATION BYPASSRLS"), true),
        (format!("ALTER ROLE {role} CREATEDB"), later),
        (format!("GRANT pg_read_all_data TO {role}"), later),
        ("GRANT harness TO ".to_owned() + &role, true),
    ] {
        world.sql(&change);
        let refusals = host.plan().refusals;
        assert_eq!(!refusals.is_empty(), refused, "{change}: {refusals:#?}");
        if refused {
            let outcome = host.heal();
            assert!(matches!(outcome, HealOutcome::Refused { .. }), "{change}: {outcome:#?}");
            run_remedies(&world, &refusals, &role);
        } else {
            assert_eq!(host.heal().word(), "succeeded", "{change}");
        }
        healthy(&host);
        assert!(matches!(host.heal(), HealOutcome::NothingToDo), "{change}");
    }
}

#[test]
fn a_role_that_an_administrator_made_is_changed_by_a_host_that_has_the_right_to() {
    let world = World::with(&["inventory"]);
    let healing = role_maker(&world);
    world.sql(&world.tenon(&["plugin", "role"]).expect_code(0).out);
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
    let role = world.role_of("inventory").name;
    world.sql(&format!("ALTER ROLE {role} NOLOGIN"));
    let refusals = host.plan().refusals;
    if world.database.major() >= 16 {
        let remedy = format!("GRANT {role} TO {} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE", healing.name);
        assert_eq!(refusals.iter().map(|one| one.remedy.as_str()).collect::<Vec<_>>(), [remedy]);
        assert!(matches!(host.heal(), HealOutcome::Refused { .. }));
        run_remedies(&world, &refusals, &role);
    } else {
        assert_eq!(refusals, []);
    }
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
}

/// Runs what the refusals name, as the superuser.
fn run_remedies(world: &World, refusals: &[Refusal], role: &str) {
    for refusal in refusals {
        assert_eq!(refusal.rule, "lacking-right", "{refusal:#?}");
        assert_eq!(refusal.place, format!("role {role}"), "{refusal:#?}");
        world.sql(&refusal.remedy);
    }
}

#[test]
fn a_membership_and_a_right_go_whoever_granted_them_and_with_what_was_made_of_them() {
    let world = World::with(&["identity", "inventory"]);
    world.isolate();
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    let giver = Role::new(&world, "giver");
    let (identity, inventory) = (world.role_of("identity").name, world.role_of("inventory").name);
    world.sql(&format!(
        "GRANT pg_monitor TO {inventory};
         GRANT pg_monitor TO {giver} WITH ADMIN OPTION;
         SET ROLE {giver}; GRANT pg_monitor TO {inventory} WITH ADMIN OPTION; RESET ROLE;
         GRANT SELECT ON inventory.item TO {inventory} WITH GRANT OPTION;
         SET SESSION AUTHORIZATION {inventory};
         GRANT pg_monitor TO {identity};
         GRANT SELECT ON inventory.item TO {identity};",
        giver = giver.name
    ));
    let told = told(&host).join("\n");
    let twice = format!("{inventory} is a member of pg_monitor; is a member");
    assert!(
        told.contains(&format!("{inventory} is a member of pg_monitor")) && !told.contains(&twice),
        "{told}"
    );
    assert!(told.contains(&format!("{identity} is a member of pg_monitor")), "{told}");
    let granted = format!("{inventory} has granted membership of role {identity} in role pg_monitor");
    assert_eq!(told.contains(&granted), world.database.major() >= 16, "{told}");
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    healthy(&host);
    let left = "SELECT count(*) FROM pg_auth_members WHERE roleid = 'pg_monitor'::regrole AND member IN \
                (SELECT oid FROM pg_roles WHERE rolname LIKE 'tenon%')";
    assert_eq!(world.sql(left), "0");
}

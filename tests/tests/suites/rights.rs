//! Two roles: one that serves and checks, and one that heals.

use tenon_host::heal::HealOutcome;
use tenon_migrations_core::health::Status;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::Refusal;
use tenon_tests::{Role, World};

/// A world that serves as one role and heals as another, which may make schemas.
fn with_roles<'a>(world: &'a World) -> (Role<'a>, Role<'a>) {
    let (serving, healing) = (Role::new(world, "serving"), Role::new(world, "healing"));
    world.set_url(&serving.url());
    world.set(&format!("[database]\nheal_url = \"{}\"", healing.url()));
    (serving, healing)
}

fn may_heal(world: &World, healing: &Role<'_>) {
    world.sql(&format!("GRANT CREATE ON DATABASE {} TO {}", world.database.name, healing.name));
}

/// The rights an operator gives the serving role once, before there is anything.
fn may_serve(world: &World, serving: &Role<'_>, healing: &Role<'_>) {
    let (serving, healing) = (&serving.name, &healing.name);
    world.sql(&format!(
        "ALTER DEFAULT PRIVILEGES FOR ROLE {healing} GRANT USAGE ON SCHEMAS TO {serving};
         ALTER DEFAULT PRIVILEGES FOR ROLE {healing} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {serving};
         ALTER DEFAULT PRIVILEGES FOR ROLE {healing} GRANT USAGE ON SEQUENCES TO {serving}"
    ));
}

fn told(refusals: &[Refusal]) -> Vec<String> {
    let told = |refusal: &Refusal| format!("{} {}: {}", refusal.rule, refusal.place, refusal.remedy);
    refusals.iter().map(told).collect()
}

#[test]
fn one_role_heals_and_another_with_few_rights_checks_and_serves() {
    let world = World::with(&["identity", "inventory"]);
    let (serving, healing) = with_roles(&world);
    may_heal(&world, &healing);
    may_serve(&world, &serving, &healing);
    let host = world.host();
    assert_eq!(host.check().status, Status::Drifted);
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    assert_eq!(host.check().status, Status::Healthy, "{:#?}", host.findings());
    assert_eq!(host.audit().entries.len(), 1);
    assert_eq!(host.call("identity", "GET /accounts", "").unwrap().status, 200);
    let owner =
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('tenon', 'identity', 'inventory')";
    assert_eq!(world.sql(owner), healing.name);
}

#[test]
fn the_role_that_serves_can_change_nothing_of_the_audit_log_or_the_ledger() {
    let world = World::with(&["identity"]);
    let (serving, healing) = with_roles(&world);
    may_heal(&world, &healing);
    may_serve(&world, &serving, &healing);
    assert_eq!(world.host().heal().word(), "succeeded");
    let before = world.sql("SELECT seq, hash FROM tenon.audit ORDER BY seq");
    for sql in [
        "UPDATE tenon.audit SET body = '{}'",
        "DELETE FROM tenon.audit",
        "TRUNCATE tenon.audit",
        "INSERT INTO tenon.audit SELECT * FROM tenon.audit",
        "ALTER TABLE tenon.audit DISABLE TRIGGER ALL",
        "DROP TRIGGER append_only ON tenon.audit",
        "DROP TABLE tenon.audit",
        "CREATE OR REPLACE FUNCTION tenon.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "DROP SCHEMA tenon CASCADE",
        "ALTER SCHEMA tenon RENAME TO other",
        "UPDATE tenon.migration SET checksum = checksum",
        "DELETE FROM tenon.reading",
    ] {
        let said = serving.is_refused(sql);
        assert!(said.contains("permission denied") || said.contains("must be owner"), "{sql}: {said}");
    }
    assert_eq!(world.sql("SELECT seq, hash FROM tenon.audit ORDER BY seq"), before);
    world.tenon(&["audit", "verify"]).expect_code(0);
}

#[test]
fn a_plan_says_what_the_role_lacks_before_anything_runs_with_the_grant_that_mends_it() {
    let world = World::with(&["inventory_1_0"]);
    let (_serving, healing) = with_roles(&world);
    let (name, role) = (world.database.name.clone(), healing.name.clone());
    let grant = format!("GRANT CREATE ON DATABASE {name} TO {role}");
    let empty = world.database.contents();
    assert_eq!(told(&world.host().plan().refusals), [format!("lacking-right database {name}: {grant}")]);
    let run = world.tenon(&["plan"]).expect_code(5);
    assert!(run.all().contains(&grant), "{}", run.all());
    let outcome = world.host().heal();
    assert!(matches!(outcome, HealOutcome::Refused { .. }), "{outcome:#?}");
    assert_eq!(world.database.contents(), empty);
    world.sql(&grant);
    assert_eq!(world.host().heal().word(), "succeeded");
    // Somebody takes the table, and the schema, and the ledger from it.
    world.sql(&format!(
        "GRANT ALL ON SCHEMA tenon TO {serving}; GRANT ALL ON ALL TABLES IN SCHEMA tenon TO {serving};
         ALTER TABLE inventory.item OWNER TO harness; ALTER SCHEMA inventory OWNER TO harness;
         ALTER TABLE tenon.migration OWNER TO harness",
        serving = _serving.name
    ));
    world.upgrade("inventory_1_0", "inventory");
    let plan = world.host().plan();
    let expected = [
        ("relation inventory.item", format!("ALTER TABLE inventory.item OWNER TO {role}")),
        ("schema inventory", format!("GRANT USAGE, CREATE ON SCHEMA inventory TO {role}")),
        ("table tenon.migration", format!("GRANT SELECT, INSERT ON tenon.migration TO {role}")),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(place, grant)| format!("lacking-right {place}: {grant}")).collect();
    assert_eq!(told(&plan.refusals), expected);
    let plugins: Vec<_> =
        plan.refusals.iter().map(|refusal| refusal.plugin.as_ref().map(PluginId::as_str)).collect();
    assert_eq!(plugins, [Some("inventory"), Some("inventory"), None]);
    for refusal in &plan.refusals {
        world.sql(&refusal.remedy);
    }
    let superuser = format!("SELECT pg_has_role('{role}', 'harness', 'MEMBER')");
    assert_eq!(world.sql(&superuser), "f", "no remedy makes a role a superuser");
    let outcome = world.host().heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
}

#[test]
fn two_addresses_of_two_databases_are_not_taken_for_one() {
    let (world, other) = (World::with(&["identity"]), World::with(&[]));
    world.set(&format!("[database]\nheal_url = \"{}\"", other.url()));
    let run = world.tenon(&["plan"]).expect_code(3);
    assert!(run.err.contains("another database"), "{}", run.err);
    let outcome = world.host().heal();
    assert_eq!(outcome.word(), "unavailable", "{outcome:#?}");
    assert_eq!(other.database.contents(), "");
}

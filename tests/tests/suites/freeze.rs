//! An administrator's freeze of the database, and what the role that heals lacks: both said before anything
//! runs.

use tenon_host::heal::HealOutcome;
use tenon_tests::{Pooler, Role, World};

/// A world whose host has healed once and has something pending.
fn with_pending() -> World {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    world.install("inventory");
    world
}

/// Runs SQL that writes, also where the database is frozen.
fn write(world: &World, sql: &str) {
    world.sql(&format!("SET default_transaction_read_only = off; {sql}"));
}

const HEAL: [&str; 4] = ["heal", "--yes", "--as", "ops"];

#[test]
fn a_frozen_database_is_not_healed_unless_somebody_says_so_by_name() {
    let world = with_pending();
    let name = world.database.name.clone();
    world.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let before = world.database.contents();
    let set_for = format!("default_transaction_read_only is on for database {name}");
    let undo = format!("ALTER DATABASE {name} RESET default_transaction_read_only");
    let allow = format!("read-only:{name}");
    let dry_run = [&HEAL[..], &["--dry-run"]].concat();
    for arguments in [&["plan"][..], &HEAL, &dry_run] {
        let run = world.tenon(arguments).expect_code(5);
        for told in [&set_for, &undo, &format!("--allow '{allow}'")] {
            assert!(run.all().contains(told.as_str()), "{arguments:?}: {}", run.all());
        }
    }
    let outcome = world.host().heal();
    assert!(matches!(outcome, HealOutcome::Refused { .. }), "{outcome:#?}");
    assert_eq!(world.database.contents(), before, "neither the schema nor the log");
    // A check goes on, and what is on the page and in the API is the same.
    world.tenon(&["check"]).expect_code(2);
    let serving = world.serve();
    let plan = serving.get_as_admin("/api/v1/plan").expect_status(200).json();
    assert_eq!(
        (&plan["refusals"][0]["rule"], &plan["refusals"][0]["allow"]),
        (&"hazard".into(), &allow.as_str().into())
    );
    let body = serde_json::json!({ "plan_hash": plan["hash"] });
    serving.post_as_admin("/api/v1/heal", &body).expect_status(422);
    serving.log_in().expect_status(200);
    let page = serving.get("/heal").expect_status(200).text;
    assert!(page.contains(&set_for) && page.contains(&format!("name=\"allow\" value=\"{allow}\"")), "{page}");
    drop(serving);
    assert_eq!(world.database.contents(), before);
    let other = [&HEAL[..], &["--allow", "read-only:another"]].concat();
    world.tenon(&other).expect_code(5);

    let allowed = [&HEAL[..], &["--allow", &allow]].concat();
    let run = world.tenon(&allowed).expect_code(0);
    assert!(run.err.contains("consented to"), "{}", run.err);
    let entry = &world.tenon(&["audit", "list", "--json"]).expect_code(0).json()["entries"][0];
    assert_eq!(
        (&entry["consents"][0], &entry["spooled"]),
        (&allow.as_str().into(), &false.into()),
        "{entry:#}"
    );
    world.tenon(&["audit", "verify"]).expect_code(0);
    // That somebody has set it is told as any setting of the database is.
    let check = world.tenon(&["check"]).expect_code(2).out;
    assert!(check.contains("found (database): (default_transaction_read_only=on)"), "{check}");
    let frozen = "SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text LIKE '%default_transaction_read_only=on%'
                  AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(world.sql(frozen), "1", "the freeze stays");
    // Nothing to do is nothing to refuse.
    world.tenon(&["plan"]).expect_code(0);
    world.tenon(&HEAL).expect_code(0);
    write(&world, &undo);
    world.tenon(&["check"]).expect_code(0);
}

#[test]
fn a_plugins_call_heeds_a_freeze_that_its_session_began_under() {
    let world = World::with(&["identity"]);
    drop(world.heal_and_prove(&["identity"]));
    let name = world.database.name.clone();
    let (accounts, ana) =
        ("/plugins/identity/accounts", serde_json::json!({ "email": "a@example.org", "display_name": "A" }));
    for (set, answers) in [("SET default_transaction_read_only = on", 500), ("RESET ALL", 201)] {
        write(&world, &format!("ALTER DATABASE {name} {set}"));
        let serving = world.serve();
        serving.get(accounts).expect_status(200);
        serving.post(accounts, &ana).expect_status(answers);
        let rows = world.sql("SELECT count(*) FROM identity.account");
        assert_eq!(rows, if answers == 201 { "1" } else { "0" }, "{set}");
    }
}

#[test]
fn a_freeze_is_found_wherever_it_is_set_and_an_exemption_too() {
    let world = with_pending();
    let (name, role) = (world.database.name.clone(), Role::new(&world, "healing"));
    world.sql(&format!("ALTER ROLE {} SUPERUSER", role.name));
    world.set_url(&role.url());
    let told = |world: &World| {
        let refusals = world.host().plan().refusals;
        refusals.iter().map(|refusal| refusal.reason.clone()).collect::<Vec<_>>().join("; ")
    };
    for (set, set_for) in [
        (format!("ROLE {}", role.name), format!("role {}", role.name)),
        (format!("ROLE {} IN DATABASE {name}", role.name), format!("role {} in database {name}", role.name)),
        (format!("ROLE ALL IN DATABASE {name}"), format!("database {name}")),
        (format!("DATABASE {name}"), format!("database {name}")),
    ] {
        for value in ["on", "'yes'", "'1'", "true"] {
            write(&world, &format!("ALTER {set} SET default_transaction_read_only = {value}"));
            assert!(
                told(&world).contains(&format!("is on for {set_for}")),
                "{set} {value}: {}",
                told(&world)
            );
        }
        write(&world, &format!("ALTER {set} SET default_transaction_read_only = off"));
        assert_eq!(told(&world), "", "{set}");
        write(&world, &format!("ALTER {set} RESET default_transaction_read_only"));
    }
    // By the address's own options.
    world.set_url(&format!("{}?options=-c%20default_transaction_read_only%3Don", role.url()));
    assert!(told(&world).contains("by the options of the address"), "{}", told(&world));
    world.set_url(&role.url());
    // Whoever froze the database has exempted the role that heals.
    write(
        &world,
        &format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = on;
         ALTER ROLE {} IN DATABASE {name} SET default_transaction_read_only = off",
            role.name
        ),
    );
    let outcome = world.host().heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    write(
        &world,
        &format!("ALTER ROLE {} IN DATABASE {name} RESET ALL; ALTER DATABASE {name} RESET ALL", role.name),
    );
}

#[test]
fn behind_a_pooler_too_a_freeze_is_heeded_that_is_younger_than_its_sessions() {
    let world = with_pending();
    let (name, pooler) = (world.database.name.clone(), Pooler::start());
    world.set_url(&pooler.url(&name));
    assert_eq!(world.host().plan().refusals, []);
    world.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let before = world.ledger();
    let outcome = world.host().heal();
    assert!(matches!(outcome, HealOutcome::Refused { .. }), "{outcome:#?}");
    assert_eq!(world.ledger(), before);
    write(&world, &format!("ALTER DATABASE {name} RESET default_transaction_read_only"));
    assert_eq!(world.host().heal().word(), "succeeded");
}

#[test]
fn a_baseline_writes_too() {
    let world = World::with(&["identity"]);
    let name = world.database.name.clone();
    world.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let baseline = ["baseline", "--yes", "--as", "ops", "--plugin", "identity"];
    let run = world.tenon(&baseline).expect_code(5);
    assert!(run.err.contains(&format!("--allow 'read-only:{name}'")), "{}", run.err);
    assert_eq!(world.database.contents(), "");
    let allow = format!("read-only:{name}");
    let run = world.tenon(&[&baseline[..], &["--allow", &allow]].concat());
    assert!(
        run.code == 1 && run.err.contains("identity"),
        "the tables are not there, which is another matter: {run:#?}"
    );
}

/// The lacking rights of a plan, and the grants that repair them.
fn lacking(world: &World) -> Vec<(String, String)> {
    let refusals = world.host().plan().refusals;
    let lacking = refusals.into_iter().filter(|refusal| refusal.rule == "lacking-right");
    lacking.map(|refusal| (refusal.place, refusal.remedy)).collect()
}

#[test]
fn a_role_that_may_not_use_a_language_is_told_before_anything_runs() {
    let world = World::with(&["identity"]);
    let role = Role::new(&world, "healing");
    world.sql(&format!(
        "GRANT CREATE ON DATABASE {} TO {}; REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
        world.database.name, role.name
    ));
    world.set_url(&role.url());
    let grant = format!("GRANT USAGE ON LANGUAGE plpgsql TO {}", role.name);
    assert_eq!(lacking(&world), [("language plpgsql".to_owned(), grant.clone())]);
    for arguments in [&["plan"][..], &HEAL] {
        let run = world.tenon(arguments).expect_code(5);
        assert!(run.err.contains(&grant), "{}", run.err);
    }
    assert_eq!(world.ledger(), "");
    world.sql(&grant);
    assert_eq!(world.host().heal().word(), "succeeded");
}

#[test]
fn all_that_a_role_lacks_on_what_others_own_is_told_at_once_and_its_grants_suffice() {
    let world = World::with(&["identity", "inventory"]);
    drop(world.heal_and_prove(&["identity", "inventory"]));
    world.install("orders");
    let role = Role::new(&world, "healing");
    world.sql(&format!(
        "GRANT CREATE ON DATABASE {name} TO {role};
         REVOKE EXECUTE ON FUNCTION pg_catalog.pg_try_advisory_xact_lock(int, int) FROM PUBLIC",
        name = world.database.name,
        role = role.name
    ));
    // It may look, and nothing else.
    world.sql(&format!(
        "GRANT USAGE ON SCHEMA tenon TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {role}",
        role = role.name
    ));
    world.set_url(&role.url());
    let lacks = lacking(&world);
    let places: Vec<_> = lacks.iter().map(|(place, _)| place.as_str()).collect();
    for place in [
        "function pg_catalog.pg_try_advisory_xact_lock(integer,integer)",
        "relation identity.account",
        "relation inventory.item",
        "schema identity",
        "schema inventory",
        "table tenon.audit",
        "table tenon.migration",
        "table tenon.reading",
    ] {
        assert!(places.contains(&place), "{place}: {places:#?}");
    }
    let before = world.ledger();
    world.tenon(&HEAL).expect_code(5);
    assert_eq!(world.ledger(), before);
    for (_, grant) in &lacks {
        world.sql(grant);
    }
    assert_eq!(lacking(&world), []);
    let outcome = world.host().heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
}

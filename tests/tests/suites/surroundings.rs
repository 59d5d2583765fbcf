//! What surrounds a database (roles, row security, default privileges, event triggers) changes neither what
//! is read nor what is expected, and what it adds is told.

use serde_json::json;
use tenon_host::database::unavailable::Unavailable;
use tenon_migrations_core::finding::Severity;
use tenon_migrations_core::health::Status;
use tenon_tests::{Role, TestServer, World, artifacts};

/// A login that works as the owner of everything: short-lived logins of a secret store, blue and green.
#[test]
fn a_login_whose_role_is_set_to_the_owner_heals_checks_and_serves_as_that_owner() {
    let world = World::with(&["inventory"]);
    let (owner, login) = (Role::new(&world, "owner"), Role::new(&world, "login"));
    let database = &world.database.name;
    world.sql(&format!(
        "ALTER DATABASE {database} OWNER TO {owner}; GRANT {owner} TO {login}; ALTER ROLE {login} NOINHERIT;
         ALTER ROLE {login} SET role = {owner}",
        owner = owner.name,
        login = login.name
    ));
    world.set_url(&login.url());
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    let report = host.check();
    assert_eq!((report.status, report.findings().count()), (Status::Healthy, 0), "{report:#?}");
    let owners = world.sql(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('tenon', 'inventory')",
    );
    assert_eq!(owners, owner.name);
    // A session of the pool is that role again when it is handed out again.
    for _ in 0..3 {
        let response = host.call("inventory", "GET /items", "").unwrap();
        assert_eq!(response.status, 200);
        assert_eq!(host.check().status, Status::Healthy);
    }
    drop(host);
    world.tenon(&["audit", "verify"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
    world.sql(&format!("ALTER DATABASE {database} OWNER TO harness"));
}

#[test]
fn rows_of_the_ledger_or_the_log_that_row_security_hides_are_an_error_and_never_absent() {
    for table in ["migration", "reading"] {
        let world = World::with(&["gallery"]);
        drop(world.heal_and_prove(&["gallery"]));
        let role = Role::new(&world, "serving");
        world.sql(&format!(
            "GRANT USAGE ON SCHEMA tenon TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {role};
             ALTER TABLE tenon.{table} ENABLE ROW LEVEL SECURITY",
            role = role.name
        ));
        world.set_url(&role.url());
        let report = world.host().check();
        assert_eq!(report.status, Status::Unknown, "{table}: {report:#?}");
        let trouble = report.database.trouble.clone().unwrap();
        assert_eq!(trouble.kind, Unavailable::NotPermitted, "{trouble:#?}");
        assert!(trouble.message.contains("row-level security"), "{trouble:#?}");
        world.tenon(&["check"]).expect_code(3);
    }
}

#[test]
fn a_log_whose_rows_are_hidden_is_not_proved_empty() {
    let world = World::with(&["gallery"]);
    drop(world.heal_and_prove(&["gallery"]));
    let role = Role::new(&world, "serving");
    world.sql(&format!(
        "GRANT USAGE ON SCHEMA tenon TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {role};
         ALTER TABLE tenon.audit ENABLE ROW LEVEL SECURITY",
        role = role.name
    ));
    world.set_url(&role.url());
    for command in ["verify", "export", "list"] {
        let run = world.tenon(&["audit", command]);
        assert_ne!(run.code, 0, "{command}: {}", run.all());
        assert!(run.all().contains("row-level security"), "{command}: {}", run.all());
    }
}

/// A world whose healer is subject to the row security of a table, with a plugin that fills in its rows.
fn with_a_backfill(migration: &str, check: impl FnOnce(&World)) {
    let world = World::with(&[]);
    let role = Role::new(&world, "healing");
    let (name, database) = (&role.name, &world.database.name);
    world.sql(&format!("GRANT CREATE ON DATABASE {database} TO {name}"));
    let first = "CREATE SCHEMA shop; CREATE TABLE shop.item (id int, price int); \
                 INSERT INTO shop.item VALUES (1), (2);";
    let files = |more: &[(&str, &str)]| -> Vec<(String, String)> {
        let all = [("0001_items.sql", first)].into_iter().chain(more.iter().copied());
        all.map(|(name, sql)| (name.to_owned(), sql.to_owned())).collect()
    };
    world.write_library("libbrings_00.so", &artifacts::bringing("brings_00", &files(&[])));
    world.set_url(&role.url());
    assert_eq!(world.host().heal().word(), "succeeded");
    world.sql(
        "ALTER TABLE shop.item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         CREATE POLICY one ON shop.item USING (id = 1)",
    );
    let all = files(&[("0002_prices.sql", migration)]);
    world.write_library("libbrings_00.so", &artifacts::bringing("brings_00", &all));
    check(&world);
}

#[test]
fn a_backfill_from_which_row_security_would_hide_rows_is_refused_before_it_runs() {
    with_a_backfill("UPDATE shop.item SET price = 0;", |world| {
        let plan = world.host().plan();
        let refusal = plan.refusals.iter().find(|refusal| refusal.rule == "row-security").expect("a refusal");
        assert_eq!(refusal.place, "brings_00/0002_prices.sql:1:1");
        assert!(refusal.reason.contains("shop.item"), "{refusal:?}");
        world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(5);
        assert_eq!(world.sql("SELECT count(price) FROM shop.item"), "0");
        let (_, lets) = refusal.remedy.split_once('`').unwrap();
        let lets = lets.split('`').next().unwrap();
        assert!(lets.ends_with(" BYPASSRLS"), "{refusal:?}");
        world.sql(lets);
        assert_eq!(world.host().heal().word(), "succeeded");
        assert_eq!(world.sql("SELECT count(price) = count(*) FROM shop.item"), "t");
    });
}

#[test]
fn a_backfill_that_is_not_seen_before_fails_instead_of_leaving_rows_out() {
    with_a_backfill("SET LOCAL search_path = shop; UPDATE item SET price = 0;", |world| {
        let failure = tenon_tests::failure_of(world.host().heal());
        assert!(failure.message.contains("row-level security"), "{failure:#?}");
        assert_eq!(world.sql("SELECT count(price) FROM shop.item"), "0");
    });
}

#[test]
fn a_backfill_that_says_that_it_means_some_rows_may_do_so() {
    with_a_backfill("SET LOCAL row_security = on; UPDATE shop.item SET price = 0;", |world| {
        assert_eq!(world.host().plan().refusals, []);
        assert_eq!(world.host().heal().word(), "succeeded");
        assert_eq!(world.sql("SELECT count(price) FROM shop.item"), "1");
    });
}

/// The roles that the plugin of every kind grants to.
fn roles_of_every_kind() {
    ["reader", "writer", "keeper", "onlooker"].iter().for_each(|role| TestServer::shared().make_role(role));
}

#[test]
fn p26_what_default_privileges_add_is_told_as_theirs_and_taking_it_back_is_no_drift() {
    roles_of_every_kind();
    let world = World::with(&["every_kind"]);
    world.sql("ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO onlooker; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC");
    let host = world.host();
    let outcome = host.heal_consenting();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    let expected = world.sql("SELECT objects FROM tenon.reading WHERE plugin = 'every_kind'");
    assert!(!expected.contains("onlooker"), "what the place adds is not what the plugin declares");
    let findings = host.findings();
    assert!(!findings.is_empty());
    for finding in &findings {
        assert_eq!(finding.severity, Severity::Warning, "{finding:#?}");
        let cause = finding.probable_cause.as_deref().unwrap_or_default();
        assert!(cause.starts_with("default privileges of this database"), "{finding:#?}");
        let repair = finding.repair.as_ref().expect("a repair");
        assert!(
            repair.sql.iter().any(|sql| sql.contains("REVOKE") && sql.contains("onlooker")),
            "{repair:?}"
        );
        for sql in &repair.sql {
            world.sql(&format!("{sql};"));
        }
    }
    assert_eq!(host.findings(), []);
    // By hand it is what it always was.
    world.sql("ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM onlooker; GRANT ALL ON inv.v TO onlooker");
    assert_eq!(
        host.findings().iter().map(|finding| finding.severity).collect::<Vec<_>>(),
        [Severity::Security]
    );
}

#[test]
fn what_an_event_trigger_grants_is_not_taken_for_declared() {
    roles_of_every_kind();
    let world = World::with(&["every_kind"]);
    world.sql(
        "CREATE FUNCTION public.grants() RETURNS event_trigger LANGUAGE plpgsql AS $$
         DECLARE made record;
         BEGIN
             FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type IN ('table', 'view') LOOP
                 EXECUTE 'GRANT ALL ON ' || made.object_identity || ' TO onlooker';
                 EXECUTE 'COMMENT ON ' || made.object_type || ' ' || made.object_identity || ' IS ''seen''';
             END LOOP;
         END $$;
         CREATE EVENT TRIGGER grants ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE VIEW') EXECUTE FUNCTION public.grants()",
    );
    let host = world.host();
    let outcome = host.heal_consenting();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    let expected = world.sql("SELECT objects FROM tenon.reading WHERE plugin = 'every_kind'");
    assert!(!expected.contains("onlooker"));
    assert!(host.findings().iter().any(|finding| finding.message.contains("onlooker")));
    assert_eq!(world.sql("SELECT evtenabled FROM pg_event_trigger WHERE evtname = 'grants'"), "O");
}

/// An event trigger of a superuser, that the healer cannot switch off, as hosted databases have them.
#[test]
fn what_an_event_trigger_adds_that_the_healer_may_not_switch_off_is_not_taken_for_declared() {
    let (reader, onlooker) = ("reader_of_kept", "onlooker_of_kept");
    [reader, onlooker].iter().for_each(|role| TestServer::shared().make_role(role));
    let descriptors = json!({ "format": 1, "tables": [{
        "name": "kept.note", "columns": [{ "name": "id", "data_type": "integer" }],
        "about": { "grants": [{ "to": reader, "privileges": ["SELECT"] }] } }] });
    let first = format!(
        "CREATE SCHEMA kept; CREATE TABLE kept.note (id integer); GRANT SELECT ON kept.note TO {reader};"
    );
    let world = World::with(&[]);
    let files = [("0001_notes.sql".to_owned(), first)];
    let library = artifacts::declaring("brings_00", &files, &serde_json::from_value(descriptors).unwrap());
    world.write_library("libbrings_00.so", &library);
    let healing = Role::new(&world, "healing");
    world.sql(&format!("GRANT CREATE ON DATABASE {} TO {}", world.database.name, healing.name));
    world.sql(&format!(
        "CREATE FUNCTION public.adds() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
         CREATE FUNCTION public.adds_all() RETURNS event_trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
         DECLARE made record;
         BEGIN
             FOR made IN SELECT * FROM pg_event_trigger_ddl_commands()
                         WHERE object_type = 'table' AND schema_name <> 'tenon' LOOP
                 EXECUTE 'GRANT ALL ON ' || made.object_identity || ' TO {onlooker}';
                 EXECUTE 'ALTER TABLE ' || made.object_identity || ' ENABLE ROW LEVEL SECURITY, ADD seen_at date';
                 EXECUTE 'CREATE TRIGGER adds BEFORE INSERT ON ' || made.object_identity || ' FOR EACH ROW EXECUTE FUNCTION public.adds()';
                 EXECUTE 'CREATE POLICY adds ON ' || made.object_identity || ' USING (true)';
             END LOOP;
         END $$;
         CREATE EVENT TRIGGER adds_all ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.adds_all()"
    ));
    world.set_url(&healing.url());
    // What else stands there than what is declared is told, and never becomes what is expected.
    let failure = tenon_tests::failure_of(world.host().heal());
    for what in [
        "kept.note: row level security",
        "kept.note.seen_at",
        "trigger kept.note.adds",
        "policy kept.note.adds",
    ] {
        assert!(failure.differences.iter().any(|told| told.contains(what)), "{what}: {failure:#?}");
    }
    assert_eq!(failure.differences.len(), 4, "{failure:#?}");
    // Rights alone are the administrator's affair.
    world.sql(&format!(
        "CREATE OR REPLACE FUNCTION public.adds_all() RETURNS event_trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
         DECLARE made record;
         BEGIN
             FOR made IN SELECT * FROM pg_event_trigger_ddl_commands()
                         WHERE object_type = 'table' AND schema_name <> 'tenon' LOOP
                 EXECUTE 'GRANT ALL ON ' || made.object_identity || ' TO {onlooker}';
             END LOOP;
         END $$"
    ));
    let outcome = world.host().heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    let findings = world.host().findings();
    assert!(findings.iter().any(|finding| finding.message.contains(onlooker)), "{findings:#?}");
    let expected = world.sql("SELECT objects FROM tenon.reading WHERE plugin = 'brings_00'");
    assert!(expected.contains(reader) && !expected.contains(onlooker), "{expected}");
}

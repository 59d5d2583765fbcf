//! The role that owns a plugin's views and functions, and the tables of one whose routes may change them.

use serde_json::json;
use tenon_host::heal::HealOutcome;
use tenon_migrations_core::health::Status;
use tenon_tests::{Role, TestHost, TestServer, World};

use super::definer;
use super::roles::{healthy, told};

/// A plugin with a table, a view and functions that act as their owner.
fn bring_peeks(world: &World) {
    // What stands in the text is refused before it runs; this does not.
    let log =
        "DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM iden' || 'tity.account' INTO n; RETURN n; END";
    let who = "BEGIN RETURN current_user; END";
    let (log, who) = (definer("log", "bigint", log), definer("who", "text", who));
    let made = [
        "CREATE SCHEMA peeks; CREATE TABLE peeks.own (a int); CREATE VIEW peeks.mine AS SELECT a FROM peeks.own;\n",
        &log.0,
        &who.0,
    ]
    .concat();
    let descriptors = json!({
        "format": 1,
        "tables": [{ "name": "peeks.own", "columns": [{ "name": "a", "data_type": "integer" }] }],
        "views": [{ "name": "peeks.mine", "query": "SELECT a FROM peeks.own" }],
        "functions": [log.1, who.1],
    });
    world.bring("brings_00", &[("0001_all.sql", &made)], &descriptors);
}

/// A world whose host is this role, with a password.
fn host_role<'a>(world: &'a World, attributes: &str) -> Role<'a> {
    let (role, server) = (Role::new(world, "healing"), TestServer::shared());
    let (name, database) = (&role.name, &world.database.name);
    world.sql(&format!(
        "GRANT CREATE ON DATABASE {database} TO {name}; ALTER ROLE {name} {attributes} PASSWORD 'a password'"
    ));
    world.set_url(&server.tcp_url(name, "a%20password", server.port, database));
    world.isolate_by_roles();
    role
}

const OWNERS: &str = "
    SELECT string_agg(DISTINCT o::regrole::text, ',')
    FROM (SELECT proowner FROM pg_proc WHERE pronamespace = 'peeks'::regnamespace
          UNION SELECT relowner FROM pg_class WHERE relnamespace = 'peeks'::regnamespace AND relkind = 'v') AS x (o)";

/// Proves that views and functions act as their plugin, and that the host sees to it.
fn act_as_their_plugin(world: &World, host: &TestHost) {
    let role = world.role_of("brings_00");
    let owner = format!("{}_owner", role.name);
    assert_eq!(world.sql(OWNERS), owner);
    assert_eq!(role.tries("SELECT peeks.who()").unwrap(), owner);
    assert_eq!(role.tries("SELECT count(*) FROM peeks.mine").unwrap(), "0");
    let said = role.tries("SELECT peeks.log()").unwrap_err();
    assert!(said.contains("ERROR:  42501: "), "{said}");
    for sql in [format!("SET ROLE {owner}"), "DROP VIEW peeks.mine".to_owned()] {
        let said = role.tries(&sql).unwrap_err();
        assert!(said.contains("ERROR:  42501: "), "{said}");
    }
    world.sql("ALTER FUNCTION peeks.log() OWNER TO harness");
    let told = told(host).join("\n");
    assert!(told.contains("does not own") && told.contains("routine peeks.log()"), "{told}");
    world.sql(&format!("ALTER FUNCTION peeks.log() OWNER TO {owner}"));
    world.sql("ALTER VIEW peeks.mine OWNER TO CURRENT_USER");
    assert_eq!(host.check().status, Status::Drifted);
}

#[test]
fn views_and_functions_are_their_owner_roles_where_a_superuser_heals() {
    let world = World::with(&["identity"]);
    bring_peeks(&world);
    world.isolate();
    let host = world.host();
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    healthy(&host);
    act_as_their_plugin(&world, &host);
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
    assert!(matches!(host.heal(), HealOutcome::NothingToDo));
}

#[test]
fn views_and_functions_are_their_owner_roles_where_a_role_that_may_make_roles_heals() {
    let world = World::with(&["identity"]);
    bring_peeks(&world);
    let _healing = host_role(&world, "CREATEROLE");
    let host = world.host();
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    healthy(&host);
    assert!(matches!(host.heal(), HealOutcome::NothingToDo));
    act_as_their_plugin(&world, &host);
}

#[test]
fn where_the_role_that_heals_may_not_hand_them_over_that_is_told_with_the_sql_that_helps() {
    let world = World::with(&["identity"]);
    bring_peeks(&world);
    let healing = host_role(&world, "");
    let sql = world.tenon(&["plugin", "role"]).expect_code(0).out;
    let (owners, logins): (Vec<_>, Vec<_>) = sql.lines().partition(|line| line.contains("_owner"));
    assert_eq!(owners.len(), 4, "{sql}");
    world.sql(&logins.join("\n"));
    let host = world.host();
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    assert_eq!(world.sql(OWNERS), healing.name);
    let report = host.check();
    assert_eq!(report.status, Status::Healthy, "{:#?}", report.findings().collect::<Vec<_>>());
    let [warning] = &report.warnings[..] else { panic!("{:#?}", report.warnings) };
    let remedy = warning.split_once("as a superuser, ").unwrap().1.split_once("; then heal").unwrap().0;
    world.sql(remedy);
    assert_eq!(host.heal().word(), "succeeded");
    healthy(&host);
    assert_eq!(host.check().warnings, [""; 0]);
    act_as_their_plugin(&world, &host);
}

/// A call of the plugin's that changes the schema, and one that uses what it made.
const ADD: &str = "CREATE TABLE forms.field (name text)";

#[test]
fn a_plugin_changes_its_own_tables_as_its_owner_role_as_long_as_an_administrator_allows_it() {
    let world = World::with(&["identity", "forms"]);
    world.isolate();
    changes_its_own(&world);
}

#[test]
fn a_plugin_changes_its_own_tables_where_a_role_that_may_make_roles_heals() {
    let world = World::with(&["identity", "forms"]);
    let _healing = host_role(&world, "CREATEROLE");
    world.set("[plugins]");
    changes_its_own(&world);
}

#[test]
fn a_plugin_changes_its_own_tables_where_an_administrator_made_the_roles() {
    let world = World::with(&["identity", "forms"]);
    let _healing = host_role(&world, "");
    world.set("[plugins]\nddl = [\"forms\"]");
    world.sql(&world.tenon(&["plugin", "role"]).expect_code(0).out);
    let host = world.host();
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    healthy(&host);
    assert_eq!(call(&host, "fields", ADD), Ok(()));
    assert_eq!(call(&host, "rows", "INSERT INTO forms.field VALUES ('a')"), Ok(()));
}

fn call(host: &TestHost, route: &str, sql: &str) -> Result<(), String> {
    let answer = host.call("forms", &format!("POST /{route}"), &json!(sql).to_string());
    let answer = answer.map_err(|error| format!("{}: {error}", error.code()))?;
    if answer.status == 200 { Ok(()) } else { Err(String::from_utf8_lossy(&answer.body).into_owned()) }
}

fn changes_its_own(world: &World) {
    assert_eq!(world.host().heal().word(), "succeeded");
    let forms = world.role_of("forms");
    let as_owner = format!("SET ROLE {}_owner", forms.name);
    assert!(forms.tries(&as_owner).is_err());
    // Allowed, and until the next heal without the right, which is told.
    world.set("ddl = [\"forms\"]");
    let host = world.host();
    assert_eq!(host.check().status, Status::Drifted);
    let lacking = told(&host).join("\n");
    assert!(lacking.contains("cannot become") && lacking.contains("does not act as"), "{lacking}");
    let outcome = host.heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    healthy(&host);
    assert!(matches!(host.heal(), HealOutcome::NothingToDo));
    for sql in
        [ADD, "ALTER TABLE forms.field ADD COLUMN kind text", "CREATE INDEX field_name ON forms.field (name)"]
    {
        assert_eq!(call(&host, "fields", sql), Ok(()), "{sql}");
    }
    assert_eq!(call(&host, "rows", "INSERT INTO forms.field VALUES ('a', 'b')"), Ok(()));
    assert_eq!(call(&host, "fields", "ALTER TABLE forms.form ADD COLUMN note text"), Ok(()));
    assert_eq!(call(&host, "fields", "ALTER TABLE forms.form DROP COLUMN note"), Ok(()));
    let owner = "SELECT relowner::regrole FROM pg_class WHERE oid = 'forms.field'::regclass";
    assert_eq!(world.sql(owner), format!("{}_owner", forms.name));
    assert_eq!(told(&host), [""; 0]);
    // The server refuses what is another's, whatever the guard saw.
    for sql in [
        "ALTER TABLE identity.account ADD COLUMN mine int",
        "CREATE TABLE identity.mine (a int)",
        "SELECT * FROM identity.account",
        "CREATE SCHEMA mine",
        "SET ROLE harness",
    ] {
        let said = forms.tries(sql).unwrap_err();
        assert!(said.contains("ERROR:  42501: "), "{sql}: {said}");
    }
    forms.tries("ALTER TABLE forms.field ADD COLUMN more text").unwrap();
    // Allowed no longer: that it could is told, and the next heal takes it.
    drop(host);
    let settings = "plugin_dir = \"plugins\"\nstate_dir = \"state\"\n";
    std::fs::write(world.path().join("tenon.toml"), settings).unwrap();
    let host = world.host();
    let beyond = told(&host).join("\n");
    for right in ["is a member of", "acts as", "CREATE on schema forms"] {
        assert!(beyond.contains(right), "{right}: {beyond}");
    }
    assert_eq!(host.heal().word(), "succeeded");
    assert_eq!(told(&host), [""; 0]);
    assert!(matches!(host.heal(), HealOutcome::NothingToDo));
    for sql in
        [&as_owner, "ALTER TABLE forms.field ADD COLUMN again text", "CREATE TABLE forms.other (a int)"]
    {
        let said = forms.tries(sql).unwrap_err();
        assert!(said.contains("ERROR:  42501: "), "{sql}: {said}");
    }
    // What it made is a stranger to it now, and what it declares is not.
    world.sql("DROP TABLE forms.field");
    healthy(&host);
    forms.tries("SELECT * FROM forms.form").unwrap();
}

//! What the plugin of somebody new tries, on every kind of database, with what the host says of it: one table
//! of tries and a snapshot for each kind. An ordinary user's host says the same as root's.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::{Value, json};
use tenon_tests::{Role, SUPERUSER, World};

use super::{act, gallery, refused};

/// Statements that the plugin sends. `<owner>` heals, `<superuser>` may everything.
const STATEMENTS: [&str; 21] = [
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
    "SELECT query_to_xml('SELECT * FROM tenon.audit', true, true, '')",
    "SELECT * FROM migration",
    "SELECT * FROM tenon.audit",
    "DELETE FROM tenon.migration",
    "SELECT * FROM account",
    "SELECT * FROM identity.account",
    "DELETE FROM identity.account",
    "SELECT tenon_cluster.plugin_role('tenon_rogue', NULL, true)",
    "DROP TABLE identity.account CASCADE",
    "CREATE TABLE public.mine (a int)",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "COPY identity.account TO PROGRAM 'cat'",
    "SET SESSION AUTHORIZATION \"<superuser>\"",
    "SELECT set_config('role', '<owner>', true)",
    "SELECT set_config('session_authorization', '<superuser>', false)",
    "SELECT pg_reload_conf()",
    // What it is told is which path it has.
    "SELECT quote_ident('the path ' || current_setting('search_path'))::regclass",
];

/// Statements that the plugin has a function run: nobody who sees the call knows what it does.
const BY_A_FUNCTION: [&str; 14] = [
    "DELETE FROM identity.account",
    "DELETE FROM tenon.audit",
    "DROP TABLE identity.account CASCADE",
    "CREATE TABLE public.mine (a int)",
    "SET ROLE \"<owner>\"",
    "SET SESSION AUTHORIZATION \"<superuser>\"",
    "SELECT query_to_xml(''SELECT * FROM tenon.audit'', true, true, '''')",
    "COPY identity.account TO PROGRAM ''cat''",
    "CREATE ROLE mine SUPERUSER",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE \"<owner>\" PASSWORD ''mine''",
    "GRANT pg_execute_server_program TO CURRENT_USER",
    "CREATE EXTENSION dblink",
    "ALTER DATABASE <database> SET search_path = tenon",
];

/// What it tries of the kernel.
const ACTS: [&str; 7] = ["connect-tcp", "connect-unix", "io-uring", "run-psql", "fork", "own-filter", "proc"];

/// The roles' and the database's names, by which kinds of database differ.
struct Names<'a> {
    owner: &'a str,
    superuser: &'a str,
    database: &'a str,
}

/// Has the plugin try everything, and gives what it is held to, what the host says of each try, and what it
/// counts.
fn tries(world: &World, names: &Names<'_>) -> String {
    let serving = world.serve();
    // All that is in the world's place belongs to who runs the program there.
    assert_eq!(user_of(serving.pid()), fs::metadata(world.path()).unwrap().uid());
    serving.until("/api/v1/health", |answer| answer.json()["status"] == "healthy");
    let layers = serving.get_as_admin("/api/v1/plugins").json()["enforcement"].clone();
    let layers: Vec<_> = layers.as_array().unwrap().iter().map(layer).collect();
    let named = |sql: &str| {
        let sql = sql.replace("<owner>", names.owner).replace("<superuser>", names.superuser);
        sql.replace("<database>", names.database)
    };
    // What is done is taken back: the statement after it fails.
    let tried = |sql: &str| {
        let both = json!([named(sql), "SELECT 1 / 0"]);
        let answer = serving.post("/plugins/rogue/both", &both);
        if answer.json()["sqlstate"] == "22012" {
            return "done".to_owned();
        }
        serving.why(&answer).replace(names.owner, "<owner>")
    };
    let statements = STATEMENTS.map(|sql| (sql.to_owned(), tried(sql)));
    let by_a_function = BY_A_FUNCTION.map(|sql| {
        let said = tried(&format!("SELECT public.runs('{sql}')"));
        // Each major of PostgreSQL says it in other words.
        let denied = ["permission denied", "must be ", "must have "].iter().any(|word| said.contains(word));
        (format!("by a function: {sql}"), if denied { "denied by PostgreSQL".to_owned() } else { said })
    });
    let acts = ACTS.map(|one| (one.to_owned(), act(&serving, one).as_str().unwrap().to_owned()));
    let all: Vec<_> = statements.into_iter().chain(by_a_function).chain(acts).collect();
    let told = gallery(all.iter().map(|(attempt, said)| (attempt.as_str(), said.clone())));
    let counted = refused(&serving);
    assert_eq!(act(&serving, "hello"), "hello", "the host is as well as before");
    assert_eq!(serving.stop(), 0);
    let told = format!("{}\n\n{told}\nsystem calls refused: {counted}\n", layers.join("\n"));
    world.redact(&told.replace(names.owner, "<owner>").replace(names.superuser, "<superuser>"))
}

/// A layer with its state and, where it is less than enforced, why.
fn layer(layer: &Value) -> String {
    let text = |key: &str| layer[key].as_str().unwrap_or_default();
    format!("{} {} {}", text("name"), text("state"), text("why")).trim().to_owned()
}

const RUNS: &str =
    "CREATE FUNCTION public.runs(sql text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE sql; END'";

const PLUGINS: [&str; 2] = ["rogue", "identity"];

fn heal(world: &World) {
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
}

/// What the host of this user says in the managed database.
fn in_the_managed_database(prepare: fn(&World)) -> String {
    let world = World::with(&PLUGINS);
    world.manage();
    prepare(&world);
    heal(&world);
    let serving = world.serve();
    world.managed_sql(RUNS);
    assert_eq!(serving.stop(), 0);
    tries(&world, &Names { owner: "tenon-owner", superuser: "tenon-bootstrap", database: "tenon" })
}

/// In one of an operator where all plugins act as the one role that owns their tables.
fn as_the_owner(prepare: fn(&World)) -> String {
    let world = World::with(&PLUGINS);
    let role = Role::new(&world, "operator");
    world.sql(&format!("GRANT CREATE ON DATABASE {} TO {}; {RUNS}", world.database.name, role.name));
    world.set_url(&role.url());
    world.set("[plugins]\nisolation = \"shared\"");
    prepare(&world);
    heal(&world);
    tries(&world, &Names { owner: &role.name, superuser: SUPERUSER, database: &world.database.name })
}

/// In one of an operator where all plugins act as a superuser.
fn as_a_superuser(prepare: fn(&World)) -> String {
    let world = World::with(&PLUGINS);
    world.sql(RUNS);
    world.set("[plugins]\nisolation = \"shared\"");
    prepare(&world);
    heal(&world);
    tries(&world, &Names { owner: SUPERUSER, superuser: SUPERUSER, database: &world.database.name })
}

/// In one of an operator where each plugin has a login role.
fn with_login_roles(prepare: fn(&World)) -> String {
    let world = World::with(&PLUGINS);
    world.sql(RUNS);
    world.isolate();
    prepare(&world);
    heal(&world);
    tries(&world, &Names { owner: SUPERUSER, superuser: SUPERUSER, database: &world.database.name })
}

/// Runs as the user who runs the tests, which may be root.
fn as_it_is(_: &World) {}

fn ordinary(world: &World) {
    world.run_as_ordinary_user();
    assert_ne!(fs::metadata(world.path()).unwrap().uid(), 0);
}

/// The user that the process runs as (proc_pid_status(5)).
fn user_of(process: u32) -> u32 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn what_a_newcomers_plugin_tries_in_the_managed_database() {
    let told = in_the_managed_database(as_it_is);
    insta::assert_snapshot!(told);
    assert_eq!(in_the_managed_database(ordinary), told);
}

#[test]
fn what_a_newcomers_plugin_tries_as_the_one_role_that_owns_all() {
    let told = as_the_owner(as_it_is);
    insta::assert_snapshot!(told);
    assert_eq!(as_the_owner(ordinary), told);
}

#[test]
fn what_a_newcomers_plugin_tries_as_a_superuser() {
    let told = as_a_superuser(as_it_is);
    insta::assert_snapshot!(told);
}

#[test]
fn what_a_newcomers_plugin_tries_as_its_login_role() {
    let told = with_login_roles(as_it_is);
    insta::assert_snapshot!(told);
    assert_eq!(with_login_roles(ordinary), told);
}

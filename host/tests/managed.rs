//! The managed database, with the PostgreSQL that is installed on this machine.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail like tests")]

use std::num::NonZeroUsize;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tenon_host::database::connect::Database;
use tenon_host::database::managed::{
    Durability, IfMissing, Managed, ManagedError, ManagedOptions, ManagedServer,
};
use tenon_host::database::pool;
use tenon_host::database::unavailable::{DbFailure, Unavailable};
use tenon_host::support::errors::chain;
use tokio_postgres::types::Type;

/// Set for the processes that these tests start of themselves.
const CHILD_STATE_DIR: &str = "TENON_TEST_CHILD_STATE_DIR";

fn options(state_dir: &Path) -> ManagedOptions {
    ManagedOptions { durability: Durability::None, ..ManagedOptions::new(state_dir) }
}

async fn start(state_dir: &Path) -> ManagedServer {
    match Managed::start(&options(state_dir)).await {
        Ok(server) => server,
        Err(error) => panic!("{}", chain(&error)),
    }
}

async fn text(database: &Database, sql: &str) -> String {
    let (client, _task) = database.connect().await.unwrap();
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// The way of the role that heals.
fn as_owner(server: &ManagedServer) -> &Database {
    server.databases().healing.as_ref().unwrap()
}

/// The way of the bootstrap superuser, whose password is in a file.
fn bootstrap(state_dir: &Path) -> Database {
    let password = std::fs::read_to_string(state_dir.join("postgres/password")).unwrap();
    let socket = state_dir.join("postgres/socket");
    let url = format!("host={} user=tenon-bootstrap password={password} dbname=tenon", socket.display());
    Database::new(&url.into(), "test", None, None).unwrap()
}

fn lives(pid: u32) -> bool {
    // Empty for a process that ended and waits to be reaped.
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|arguments| !arguments.is_empty())
}

fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A second process that starts (or adopts) the server of this state directory and then waits.
fn host_process(state_dir: &Path) -> Child {
    let ready = state_dir.join("child-is-ready");
    drop(std::fs::remove_file(&ready));
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_runs_the_database_and_waits", "--ignored"])
        .env(CHILD_STATE_DIR, state_dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the other process is ready", || ready.exists());
    child
}

#[tokio::test]
#[ignore = "a process that other tests start"]
async fn child_runs_the_database_and_waits() {
    let state_dir = std::env::var_os(CHILD_STATE_DIR).unwrap();
    let _server = start(Path::new(&state_dir)).await;
    std::fs::write(Path::new(&state_dir).join("child-is-ready"), "").unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test]
async fn starts_from_nothing_privately_and_keeps_its_data() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    assert!(!server.adopted());
    let database = as_owner(&server).clone();
    let sql = "SELECT concat_ws(' ', current_user, current_database(), current_setting('listen_addresses'), \
               current_setting('jit'), pg_encoding_to_char(encoding), datcollate, \
               (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)) \
               FROM pg_database WHERE datname = current_database()";
    assert_eq!(text(&database, sql).await, "tenon-owner tenon  off UTF8 C.UTF-8 f");
    let (client, _task) = database.connect().await.unwrap();
    client.batch_execute("CREATE TABLE public.kept AS SELECT 'yes' AS word").await.unwrap();

    // Nobody but us and the server's user gets in.
    let postgres = state.path().join("postgres");
    let mode = |name: &str| postgres.join(name).metadata().unwrap().mode() & 0o777;
    assert_eq!((mode("socket"), mode("data"), mode("password")), (0o700, 0o700, 0o600));
    let stranger = Database::new(
        &format!("host={} user=tenon-bootstrap", postgres.join("socket").display()).into(),
        "test",
        None,
        None,
    );
    let error = stranger.unwrap().connect().await.unwrap_err();
    assert_eq!(error.unavailable(), Unavailable::Authentication, "{}", chain(&error));

    let pid = server.pid();
    server.stop().await;
    assert!(!lives(pid));
    let server = start(state.path()).await;
    assert_eq!(text(as_owner(&server), "SELECT word FROM public.kept").await, "yes");
    server.stop().await;
}

#[tokio::test]
async fn one_role_is_a_superuser_another_owns_and_a_third_owns_nothing() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let roles = "SELECT string_agg(concat_ws(' ', rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, \
                 rolbypassrls), '; ' ORDER BY rolname) FROM pg_roles WHERE rolname !~ '^pg_'";
    let expected = "tenon-bootstrap t t t t t; tenon-owner f f t f f; tenon-serving f f f f f";
    assert_eq!(text(&bootstrap(state.path()), roles).await, expected);
    let memberships = "SELECT count(*)::text FROM pg_auth_members WHERE member::regrole::text ~ 'tenon'";
    assert_eq!(text(&bootstrap(state.path()), memberships).await, "0");
    let (client, _task) = as_owner(&server).connect().await.unwrap();
    client
        .batch_execute("CREATE SCHEMA tenon; CREATE TABLE tenon.t (); CREATE TABLE public.t ()")
        .await
        .unwrap();
    // Whatever stands in a schema that somebody owns who is called like it, or in the host's own, is not
    // found.
    let serving = &server.databases().serving;
    let pool = pool::pool(serving, NonZeroUsize::MIN);
    let session = pool::session(&pool, &pool.timeouts(), Some("a plugin")).await.unwrap();
    for reset in ["SELECT", "RESET ALL", "DISCARD ALL"] {
        session.driven_by_task().batch_execute(reset).await.unwrap();
        let row = session
            .driven_by_task()
            .query_one("SELECT current_setting('search_path'), current_user::text", &[])
            .await;
        let row = row.unwrap();
        assert_eq!((row.get(0), row.get(1)), ("public", "tenon-serving"), "{reset}");
    }
    for sql in [
        "SELECT * FROM tenon.t",
        "CREATE TABLE public.mine ()",
        "CREATE SCHEMA mine",
        "SET ROLE \"tenon-owner\"",
    ] {
        session.driven_by_task().batch_execute("SET default_transaction_read_only = off").await.unwrap();
        let error = session.driven_by_task().batch_execute(sql).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{sql}: {error}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_was_done_to_the_roles_by_hand_the_next_start_undoes() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let (client, _task) = bootstrap(state.path()).connect().await.unwrap();
    client
        .batch_execute(
            "ALTER ROLE \"tenon-owner\" SUPERUSER PASSWORD 'another'; ALTER ROLE \"tenon-serving\" CREATEROLE NOLOGIN; \
             DROP FUNCTION tenon_cluster.plugin_role(text, text, boolean, text[])",
        )
        .await
        .unwrap();
    server.stop().await;
    let server = start(state.path()).await;
    let roles = "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolsuper OR rolcreaterole";
    assert_eq!(text(&server.databases().serving, roles).await, "tenon-bootstrap");
    let may = "SELECT concat_ws(' ', current_user, \
               has_function_privilege('tenon_cluster.plugin_role(text, text, boolean, text[])', 'EXECUTE'))";
    assert_eq!(text(as_owner(&server), may).await, "tenon-owner t");
    server.stop().await;
}

#[tokio::test]
async fn login_roles_of_plugins_are_made_by_a_function_that_makes_nothing_else() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let (client, _task) = as_owner(&server).connect().await.unwrap();
    let verifier = postgres_protocol::password::scram_sha_256(b"a password");
    let verifier = verifier.as_str();
    let make = async |role: Option<&str>, verifier: Option<&str>| {
        let (text, sql) = (Type::TEXT, "SELECT tenon_cluster.plugin_role($1, $2, false, '{}')");
        client.query_typed(sql, &[(&role, text.clone()), (&verifier, text)]).await.map(drop)
    };
    let tag = text(as_owner(&server), "SELECT left(encode(sha256('tenon'), 'hex'), 8)").await;
    let role = format!("tenon_inventory_{tag}");
    for (name, verifier) in [
        (None, Some(verifier)),
        (Some("mine"), Some(verifier)),
        (Some("tenon-owner"), None),
        (Some("tenon-bootstrap"), Some(verifier)),
        (Some("pg_read_all_data"), None),
        (Some("tenon_inventory_00000000"), None),
        (Some(&format!("{role}\n")), None),
        (Some(&format!("x\n{role}")), None),
        (Some(&format!("tenon_\" SUPERUSER; --_{tag}")), None),
        (Some(&role), Some("a password")),
        (Some(&role), Some("md5c0ffee' SUPERUSER")),
    ] {
        let error = make(name, verifier).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{name:?} {verifier:?}: {error}");
    }
    make(Some(&role), Some(verifier)).await.unwrap();
    let (superuser, _task) = bootstrap(state.path()).connect().await.unwrap();
    let spoil = format!("ALTER ROLE {role} SUPERUSER INHERIT; GRANT pg_read_all_data TO {role}");
    superuser.batch_execute(&spoil).await.unwrap();
    make(Some(&role), None).await.unwrap();
    let roles = format!(
        "SELECT concat_ws(' ', rolcanlogin, rolsuper, rolinherit, (SELECT count(*) FROM pg_auth_members WHERE member = r.oid), \
         (SELECT rolpassword = '{verifier}' FROM pg_authid a WHERE a.oid = r.oid)) FROM pg_roles r WHERE rolname = '{role}'"
    );
    assert_eq!(text(&bootstrap(state.path()), &roles).await, "t f f 0 t");
    // It may become those of plugins that its own calls, as far as they are there, and nobody else.
    let called = format!("tenon_stock_{tag}");
    make(Some(&called), Some(verifier)).await.unwrap();
    let becomes = async |others: &[&str]| {
        let sql = "SELECT tenon_cluster.plugin_role($1, NULL, false, $2)";
        client.query_typed(sql, &[(&role, Type::TEXT), (&others, Type::TEXT_ARRAY)]).await.map(drop)
    };
    let absent = format!("tenon_absent_{tag}");
    becomes(&[&called, &absent]).await.unwrap();
    let members = format!(
        "SELECT string_agg(concat_ws(' ', roleid::regrole, admin_option, to_jsonb(m) ->> 'inherit_option'), ',') \
         FROM pg_auth_members m WHERE member = '{role}'::regrole"
    );
    let found = text(&bootstrap(state.path()), &members).await;
    assert!([format!("{called} f"), format!("{called} f false")].contains(&found), "{found}");
    for other in ["tenon-owner", "pg_read_all_data", &format!("{called}_owner"), "tenon_stock_00000000"] {
        let error = becomes(&[&called, other]).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{other}: {error}");
    }
    becomes(&[]).await.unwrap();
    assert_eq!(
        text(
            &bootstrap(state.path()),
            &format!("SELECT count(*)::text FROM ({members}) AS m WHERE m IS NOT NULL")
        )
        .await,
        "0"
    );
    // An owner role nobody logs in as, and who heals is a member of it.
    let owner = format!("{role}_owner");
    assert!(make(Some(&owner), Some(verifier)).await.is_err());
    make(Some(&owner), None).await.unwrap();
    let owners = format!(
        "SELECT concat_ws(' ', rolcanlogin, rolsuper, (SELECT string_agg(member::regrole::text, ',') FROM pg_auth_members \
         WHERE roleid = r.oid AND member <> 10)) FROM pg_roles r WHERE rolname = '{owner}'"
    );
    assert_eq!(text(&bootstrap(state.path()), &owners).await, "f f \"tenon-owner\"");
    // A login role may act as its owner role as long as that is wished.
    for (changes, memberships) in [("true", "1"), ("false", "0")] {
        let make = format!("SELECT tenon_cluster.plugin_role('{role}', NULL, {changes}, '{{}}')");
        client.batch_execute(&make).await.unwrap();
        let seen = format!("SELECT count(*)::text FROM pg_auth_members WHERE member = '{role}'::regrole");
        assert_eq!(text(&bootstrap(state.path()), &seen).await, memberships);
    }
    // Of those who may not heal nobody may call it, nor change it.
    let (serving, _task) = server.databases().serving.connect().await.unwrap();
    assert!(
        serving
            .query(&format!("SELECT tenon_cluster.plugin_role('{role}', NULL, true, '{{}}')"), &[])
            .await
            .is_err()
    );
    for sql in ["DROP SCHEMA tenon_cluster CASCADE", "CREATE TABLE tenon_cluster.mine ()"] {
        let error = client.batch_execute(sql).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{sql}: {error}");
    }
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_made_where_that_is_refused_and_what_is_there_is_used() {
    let place = tempfile::tempdir().unwrap();
    let state = place.path().join("state");
    let refusing = ManagedOptions { if_missing: IfMissing::Refuse, ..options(&state) };
    let error = Managed::start(&refusing).await.unwrap_err();
    assert!(
        matches!(error, ManagedError::NoCluster(_)) && error.to_string().contains("`tenon serve`"),
        "{error}"
    );
    assert!(!state.exists());
    let server = start(&state).await;
    // Beside the one that runs, and then alone.
    Managed::start(&refusing).await.unwrap().stop().await;
    server.stop().await;
    let server = Managed::start(&refusing).await.unwrap();
    let (client, _task) = as_owner(&server).with_dbname("postgres").connect().await.unwrap();
    client.batch_execute("DROP DATABASE tenon WITH (FORCE)").await.unwrap();
    server.stop().await;
    let error = Managed::start(&refusing).await.unwrap_err();
    assert!(matches!(error, ManagedError::NoDatabase(_)), "{error}");
    start(&state).await.stop().await;
}

#[tokio::test]
async fn runs_durably_unless_told_otherwise() {
    let state = tempfile::tempdir().unwrap();
    let server = Managed::start(&ManagedOptions::new(state.path())).await.unwrap();
    assert_eq!(text(as_owner(&server), "SELECT current_setting('fsync')").await, "on");
    server.stop().await;
}

#[tokio::test]
async fn the_password_is_in_no_command_line_and_no_debug_output() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let password = std::fs::read_to_string(state.path().join("postgres/password")).unwrap();
    assert_eq!(password.len(), 64);
    assert!(!format!("{server:?}{:?}", server.databases()).contains(&password));
    let mut seen = 0;
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(arguments) = std::fs::read(process.path().join("cmdline")) else { continue };
        seen += 1;
        assert!(!String::from_utf8_lossy(&arguments).contains(&password), "{:?}", process.path());
    }
    assert!(seen > 1);
    let left: Vec<_> =
        std::fs::read_dir(state.path().join("postgres")).unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(!left.iter().any(|name| name == "initdb-password" || name == "data.new"), "{left:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_second_start_uses_the_running_server_and_leaves_it_running() {
    let state = tempfile::tempdir().unwrap();
    let mut owner = host_process(state.path());
    let second = start(state.path()).await;
    let pid = second.pid();
    assert!(second.adopted());
    assert_eq!(text(as_owner(&second), "SELECT 'hello'").await, "hello");
    second.stop().await;
    drop(start(state.path()).await);
    assert!(lives(pid), "neither stopping nor dropping an adopted server ends it");
    owner.kill().unwrap();
    owner.wait().unwrap();
    eventually("the server ends with its owner", || !lives(pid));
}

#[tokio::test]
async fn two_that_start_at_once_from_nothing_share_one_server() {
    let state = tempfile::tempdir().unwrap();
    let options = options(state.path());
    let (one, two) = tokio::join!(Managed::start(&options), Managed::start(&options));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.pid(), two.pid());
    assert!(one.adopted() != two.adopted());
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn a_killed_host_leaves_no_server_behind() {
    let state = tempfile::tempdir().unwrap();
    let mut host = host_process(state.path());
    let pidfile = std::fs::read_to_string(state.path().join("postgres/data/postmaster.pid")).unwrap();
    let pid: u32 = pidfile.lines().next().unwrap().parse().unwrap();
    assert!(lives(pid));
    // SIGKILL: nothing of ours runs any more.
    host.kill().unwrap();
    host.wait().unwrap();
    eventually("the server notices and ends", || !lives(pid));
    let server = start(state.path()).await;
    assert!(!server.adopted());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_adopted_a_server_takes_over_when_its_owner_dies() {
    let state = tempfile::tempdir().unwrap();
    let mut owner = host_process(state.path());
    let second = start(state.path()).await;
    let before = second.pid();
    owner.kill().unwrap();
    owner.wait().unwrap();
    eventually("the second owns a new server", || !second.adopted() && second.pid() != before);
    assert_eq!(text(as_owner(&second), "SELECT 'again'").await, "again");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_is_started_again() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let before = server.pid();
    let killed = Command::new("kill").args(["-9", &before.to_string()]).status().unwrap();
    assert!(killed.success());
    eventually("another server runs", || server.pid() != before);
    assert_eq!(text(as_owner(&server), "SELECT 'again'").await, "again");
    server.stop().await;
}

#[tokio::test]
async fn dropping_the_server_ends_it() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let pid = server.pid();
    drop(server);
    assert!(!lives(pid));
}

#[tokio::test]
async fn data_of_another_major_version_is_refused_and_left_alone() {
    let state = tempfile::tempdir().unwrap();
    start(state.path()).await.stop().await;
    let version = state.path().join("postgres/data/PG_VERSION");
    std::fs::write(&version, "9\n").unwrap();
    let error = Managed::start(&options(state.path())).await.unwrap_err();
    assert!(matches!(error, ManagedError::WrongMajor { data_major: 9, .. }), "{error:?}");
    assert!(error.to_string().contains("apt-get install postgresql-9 "), "{error}");
    assert_eq!(std::fs::read_to_string(&version).unwrap(), "9\n");
}

#[tokio::test]
async fn what_an_interrupted_first_start_left_does_not_matter() {
    let state = tempfile::tempdir().unwrap();
    let half = state.path().join("postgres/data.new/base");
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(half.join("1"), "half a file").unwrap();
    std::fs::create_dir(state.path().join("postgres/data")).unwrap();
    start(state.path()).await.stop().await;
}

#[tokio::test]
async fn a_foreign_data_directory_is_refused_and_left_alone() {
    let state = tempfile::tempdir().unwrap();
    let data = state.path().join("postgres/data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("letter.txt"), "dear").unwrap();
    if rustix::process::geteuid().is_root() {
        // As root the owner of the data decides who runs the server; any but root will do.
        std::os::unix::fs::chown(&data, Some(65534), Some(65534)).unwrap();
    }
    let error = Managed::start(&options(state.path())).await.unwrap_err();
    assert!(matches!(error, ManagedError::NotACluster(_)), "{error:?}");
    assert!(data.join("letter.txt").exists());
}

#[tokio::test]
async fn files_of_a_dead_server_do_not_hinder_a_start() {
    let state = tempfile::tempdir().unwrap();
    start(state.path()).await.stop().await;
    let postgres = state.path().join("postgres");
    // The number now belongs to a process that has nothing to do with it.
    let stale = format!("{}\n{}\n1\n5432\n\n\n", std::process::id(), postgres.join("data").display());
    std::fs::write(postgres.join("data/postmaster.pid"), &stale).unwrap();
    std::fs::write(postgres.join("socket/.s.PGSQL.5432.lock"), &stale).unwrap();
    std::fs::write(postgres.join("socket/.s.PGSQL.5432"), "").unwrap();
    let server = start(state.path()).await;
    assert!(!server.adopted());
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_cannot_start_shows_the_end_of_its_log() {
    let state = tempfile::tempdir().unwrap();
    start(state.path()).await.stop().await;
    let config = state.path().join("postgres/data/postgresql.conf");
    std::fs::write(&config, "shared_buffers = 'plenty'\n").unwrap();
    let error = Managed::start(&options(state.path())).await.unwrap_err();
    assert!(matches!(error, ManagedError::Exited { .. }), "{error:?}");
    assert!(error.to_string().contains("shared_buffers"), "{error}");
}

#[tokio::test]
async fn a_lost_password_is_said_and_not_replaced() {
    let state = tempfile::tempdir().unwrap();
    start(state.path()).await.stop().await;
    std::fs::remove_file(state.path().join("postgres/password")).unwrap();
    let error = Managed::start(&options(state.path())).await.unwrap_err();
    assert!(matches!(error, ManagedError::NoPassword(_)), "{error:?}");
}

#[tokio::test]
async fn a_state_directory_too_deep_for_a_socket_works() {
    let state = tempfile::tempdir().unwrap();
    let deep = state.path().join("d".repeat(60)).join("e".repeat(60));
    let server = start(&deep).await;
    let address = as_owner(&server).redacted();
    let socket = address.split_once(" at ").and_then(|(_, at)| at.split_once(':')).unwrap().0;
    assert!(socket.len() < 60 && !socket.starts_with(state.path().to_str().unwrap()), "{socket}");
    assert_eq!(std::fs::metadata(socket).unwrap().mode() & 0o777, 0o700);
    server.stop().await;
    std::fs::remove_dir_all(socket).unwrap();
}

#[tokio::test]
async fn a_directory_the_servers_user_may_not_enter_is_named() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let closed = tempfile::tempdir().unwrap();
    std::fs::set_permissions(closed.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let error = Managed::start(&options(&closed.path().join("state"))).await.unwrap_err();
    assert!(matches!(&error, ManagedError::NotTraversable { dir, .. } if dir == closed.path()), "{error:?}");
    assert!(error.to_string().contains("chmod o+x"), "{error}");
}

#[tokio::test]
async fn an_error_of_the_server_shows_its_true_cause() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let (client, _task) = as_owner(&server).connect().await.unwrap();
    client.batch_execute("CREATE TABLE public.t (a int CONSTRAINT positive CHECK (a > 0))").await.unwrap();
    let error = client.execute("INSERT INTO public.t VALUES (-1)", &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "db error", "the client now says it itself");
    assert!(chain(&error).contains("violates check constraint \"positive\""), "{}", chain(&error));
    let failure = DbFailure::find(&error).unwrap();
    assert_eq!((failure.sqlstate.as_str(), failure.constraint.as_deref()), ("23514", Some("positive")));
    assert!(failure.detail.unwrap().contains("(-1)"));

    let error = client.batch_execute("SELECT 1; SELEC 2").await.unwrap_err();
    assert_eq!(DbFailure::find(&error).unwrap().position, Some(11));

    let classify = async |sql: &str| Unavailable::of(&client.batch_execute(sql).await.unwrap_err());
    assert_eq!(classify("SET statement_timeout = '10ms'; SELECT pg_sleep(1)").await, Unavailable::TimedOut);
    assert_eq!(classify("SET ROLE pg_monitor; SELECT * FROM public.t").await, Unavailable::NotPermitted);

    let wrong: SecretString =
        format!("host={} user=tenon password=wrong", state.path().join("postgres/socket").display()).into();
    let error = Database::new(&wrong, "test", None, None).unwrap().connect().await.unwrap_err();
    assert_eq!(error.unavailable(), Unavailable::Authentication, "{}", chain(&error));
    assert!(chain(&error).contains("password authentication failed"), "{}", chain(&error));
    server.stop().await;
}

#[tokio::test]
async fn the_first_server_that_answers_and_is_of_the_kind_that_is_asked_for_is_taken() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let sockets = state.path().join("postgres/socket");
    let password = std::fs::read_to_string(state.path().join("postgres/password")).unwrap();
    let session = async |more: &str| {
        let sockets = sockets.display();
        let url = format!(
            "host=/nowhere,{sockets} user=tenon-bootstrap dbname=tenon password={} {more}",
            password.trim()
        );
        let database = Database::new(&url.into(), "a test", None, None).unwrap();
        let pool = pool::pool(&database, std::num::NonZeroUsize::MIN);
        let session = pool::session(&pool, &pool.timeouts(), None).await.map_err(|error| chain(&error))?;
        let sum: i32 = session.driven_by_task().query_one("SELECT 1 + 1", &[]).await.unwrap().get(0);
        Ok::<_, String>(sum)
    };
    assert_eq!(session("").await, Ok(2));
    assert_eq!(session("load_balance_hosts=random").await, Ok(2));
    assert_eq!(
        session("target_session_attrs=read-write").await,
        Ok(2),
        "that sessions write nothing is ours"
    );
    let error = session("target_session_attrs=read-only").await.unwrap_err();
    assert!(error.ends_with("is not the kind of server that target_session_attrs asks for"), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn what_nobody_saw_a_plugin_leave_in_a_session_meets_that_plugin_alone_and_not_for_long() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let pool = pool::pool(as_owner(&server), std::num::NonZeroUsize::MIN);
    let of = async |plugin| pool::session(&pool, &pool.timeouts(), plugin).await.unwrap();
    let locks = async |session: &pool::PooledConnection| -> i64 {
        let sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
        session.driven_by_task().query_one(sql, &[]).await.unwrap().get(0)
    };
    let lock_and_leave = async || {
        let session = of(Some("shop")).await;
        session.driven_by_task().batch_execute("SELECT pg_advisory_lock(7)").await.unwrap();
        pool::give_back(session, pool::SessionResidue::By("shop".into()));
    };
    lock_and_leave().await;
    let session = of(Some("shop")).await;
    assert_eq!(locks(&session).await, 1, "it is the same session");
    pool::give_back(session, pool::SessionResidue::By("shop".into()));
    lock_and_leave().await;
    assert_eq!(locks(&of(None).await).await, 0);
    lock_and_leave().await;
    let session = of(Some("stall")).await;
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    session
        .wait(deadline, async { session.driven_inline().reset_session_state(false, None).await })
        .unwrap()
        .unwrap();
    assert_eq!(locks(&session).await, 0, "before its first statement");
    drop(session);
    // Who sends nothing leaves it as it was.
    lock_and_leave().await;
    pool::give_back(of(Some("stall")).await, pool::SessionResidue::By("stall".into()));
    assert_eq!(locks(&of(Some("stall")).await).await, 0);
    lock_and_leave().await;
    // Asked over another session, since asking for this one would clean it.
    let (client, _task) = as_owner(&server).connect().await.unwrap();
    let end = std::time::Instant::now() + Duration::from_secs(20);
    let all = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    while client.query_one(all, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        assert!(std::time::Instant::now() < end, "an idle session keeps its locks");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    pool.close();
    server.stop().await;
}

#[tokio::test]
async fn a_session_that_the_server_has_ended_is_not_handed_out_even_if_the_runtime_was_not_told_yet() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let pool = pool::pool(as_owner(&server), std::num::NonZeroUsize::MIN);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for left in [pool::SessionResidue::Clean, pool::SessionResidue::By("shop".into())] {
        let session = pool::session(&pool, &pool.timeouts(), None).await.unwrap();
        let pid: i32 =
            session.driven_by_task().query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
        // By a thread that is waited for, so that this one's tasks do not run meanwhile.
        let end = async {
            let (client, _task) = as_owner(&server).connect().await.unwrap();
            client.query_one("SELECT pg_terminate_backend($1, 20000)", &[&pid]).await.unwrap().get(0)
        };
        let has_ended: bool =
            std::thread::scope(|threads| threads.spawn(|| runtime().block_on(end)).join().unwrap());
        assert!(has_ended);
        pool::give_back(session, left);
        let session = pool::session(&pool, &pool.timeouts(), None).await.unwrap();
        session.driven_by_task().query_one("SELECT 1", &[]).await.unwrap();
    }
    pool.close();
    server.stop().await;
}

#[tokio::test]
async fn a_pooled_connection_forgets_what_its_last_user_did() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path()).await;
    let pool = pool::pool(&bootstrap(state.path()), std::num::NonZeroUsize::MIN);
    let spoil = [
        "SET search_path = nowhere",
        "SET ROLE pg_monitor",
        "BEGIN READ WRITE; CREATE TABLE leaked (a int)",
        "BEGIN; SELECT 1/0",
        "SELECT pg_advisory_lock(7)",
        "LISTEN gossip",
        "BEGIN READ WRITE; CREATE TEMP TABLE scratch (a int); COMMIT",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    ];
    let mut reused = 0;
    let mut last = 0;
    for sql in spoil {
        drop(pool.get().await.unwrap().driven_by_task().batch_execute(sql).await);
        let session = pool.get().await.unwrap();
        let client = session.driven_by_task();
        let state: String = client
            .query_one(
                "SELECT concat_ws(' ', current_setting('search_path'), current_user, to_regclass('public.leaked'), \
                 to_regclass('pg_temp.scratch'), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'), \
                 (SELECT count(*) FROM pg_cursors WHERE name = 'c'), \
                 (SELECT count(*) FROM pg_listening_channels()), pg_current_xact_id_if_assigned() IS NULL)",
                &[],
            )
            .await
            .unwrap()
            .get(0);
        assert_eq!(state, "\"$user\", public tenon-bootstrap 0 0 0 t", "after {sql}");
        let backend: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
        reused += usize::from(backend == last);
        last = backend;
    }
    assert!(reused >= spoil.len() - 2, "connections are reused, only the aborted one is replaced: {reused}");
    pool.close();
    server.stop().await;
}

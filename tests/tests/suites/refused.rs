//! What cannot be right is refused with the reason: addresses, databases, servers and plugin directories. And
//! what only looks makes no database.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tenon_tests::{Run, SUPERUSER, TestServer, World};

/// A run with these variables and no others of a database.
fn with(world: &World, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = world.command();
    command.env_remove("DATABASE_URL").env_remove("TENON_PLUGINS__ISOLATION");
    let output = command.envs(variables.iter().copied()).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Holds that nothing of a password of these parts is said.
fn tells_no_password(run: &Run) {
    let said = run.all();
    assert!(!said.contains("hunter") && !said.contains("secret"), "{said}");
}

#[test]
fn an_address_of_which_nobody_can_say_where_the_password_ends_is_refused_wherever_it_is_written() {
    let world = World::with(&["identity"]);
    for (password, remedy) in [
        ("hunter@secret", "%40"),
        ("hunter#secret", "%23"),
        ("hunter/secret", "%2F"),
        ("hunter?secret", "%3F"),
        ("hunter%secret", "%25"),
    ] {
        let address = format!("postgresql://tenon:{password}@db.example.invalid:5432/app");
        for command in [
            &["check"][..],
            &["-vv", "plan"],
            &["heal", "--yes", "--as", "ops"],
            &["audit", "list"],
            &["serve"],
        ] {
            let run = with(&world, &[("DATABASE_URL", &address)], command).expect_code(5);
            let said = run.all();
            assert!(said.contains("environment variable DATABASE_URL") && said.contains(remedy), "{said}");
            tells_no_password(&run);
        }
        let sound = world.url();
        for (variable, origin) in [
            ("DATABASE_HEAL_URL", "environment variable DATABASE_HEAL_URL"),
            ("DATABASE_SCRATCH_URL", "environment variable DATABASE_SCRATCH_URL"),
            ("TENON_DATABASE__HEAL_URL", "environment variable TENON_DATABASE__HEAL_URL"),
        ] {
            let run = with(&world, &[("DATABASE_URL", &sound), (variable, &address)], &["-vv", "check"])
                .expect_code(5);
            assert!(run.all().contains(origin) && run.all().contains(remedy), "{}", run.all());
            tells_no_password(&run);
        }
        let other =
            with(&world, &[("TENON_DATABASES__STAGING", &address)], &["schema", "read", "database:staging"]);
        assert!(other.code == 5 && other.err.contains(remedy), "{other:#?}");
        tells_no_password(&other);
        fs::write(world.path().join("database_url"), format!("{address}\n")).unwrap();
        let place = world.path().display().to_string();
        for variable in
            [("CREDENTIALS_DIRECTORY", place.as_str()), ("TENON_DATABASE__URL_FILE", "database_url")]
        {
            let run = with(&world, &[variable], &["check", "--json"]).expect_code(5);
            assert!(run.all().contains("database_url") && run.all().contains(remedy), "{}", run.all());
            tells_no_password(&run);
        }
        let world = World::with(&["identity"]);
        world.set(&format!("[database]\nurl = \"{address}\""));
        let run = with(&world, &[], &["-vv", "check"]).expect_code(5);
        assert!(run.all().contains("database.url in") && run.all().contains(remedy), "{}", run.all());
        tells_no_password(&run);
    }
}

#[test]
fn a_password_that_is_encoded_as_the_refusal_says_logs_in() {
    let world = World::with(&["identity"]);
    let server = TestServer::shared();
    let role = format!("odd_{}", world.database.name);
    world.sql(&format!("CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'hunter@#/?% secret'"));
    let encoded = server.tcp_url(&role, "hunter%40%23%2F%3F%25%20secret", server.port, &world.database.name);
    let checked = with(&world, &[("DATABASE_URL", &format!(" {encoded}\n"))], &["check"]);
    let pairs = format!(
        "host=127.0.0.1 port={} user={role} password='hunter@#/?% secret' dbname={}",
        server.port, world.database.name
    );
    let by_pairs = with(&world, &[("DATABASE_URL", &pairs)], &["check"]);
    world.sql(&format!("DROP ROLE {role}"));
    for run in [checked, by_pairs] {
        tells_no_password(&run.expect_code(2));
    }
}

#[test]
fn an_option_of_an_address_that_is_not_known_is_refused_by_its_name() {
    let world = World::with(&["identity"]);
    for (option, told) in [
        ("sslmod=secret", "sslmod; did you mean sslmode?"),
        ("foo=secret", "unknown option foo"),
        ("passfile=secret", "passfile, which is not supported"),
        ("target_session_attrs=prefer-standby", "target_session_attrs has a value that is not supported"),
        ("password=hunter&secret=1", "unknown option"),
        ("sslmode=secret", "sslmode has a value that is not supported"),
    ] {
        let address = format!("postgresql://tenon:hunter@127.0.0.1/app?{option}");
        let run = with(&world, &[("DATABASE_URL", &address)], &["-vv", "check"]).expect_code(5);
        assert!(run.err.contains(told), "{option}: {}", run.err);
        tells_no_password(&run);
    }
}

#[test]
fn an_address_that_is_set_to_nothing_is_refused_and_no_database_made_instead() {
    let world = World::with(&["identity"]);
    for value in ["", "  ", "\n"] {
        for command in [&["check"][..], &["heal", "--yes", "--as", "ops"], &["serve"], &["audit", "list"]] {
            let run = with(&world, &[("DATABASE_URL", value)], command).expect_code(5);
            assert!(run.err.contains("DATABASE_URL") && run.err.contains("is set and empty"), "{}", run.err);
        }
    }
    assert!(!world.path().join("state/postgres").exists());
}

#[test]
fn a_database_that_is_not_there_is_told_with_the_command_that_makes_it() {
    let world = World::with(&["identity"]);
    let name = format!("{} of mine", world.database.name);
    world.set_url(
        &world.url().replace(&format!("/{}", world.database.name), &format!("/{}", name.replace(' ', "%20"))),
    );
    let exists = || world.sql(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"));
    let mut command = String::new();
    for (arguments, code) in [
        (&["check"][..], 3),
        (&["plan"], 5),
        (&["heal", "--yes", "--as", "ops"], 5),
        (&["baseline", "--yes", "--as", "ops", "--plugin", "identity"], 5),
        (&["audit", "list"], 3),
        (&["audit", "verify"], 3),
        (&["finding", "list"], 3),
        (&["schema", "read"], 3),
    ] {
        let run = world.tenon(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {run:#?}");
        let said = run.all().replace('\n', " ");
        let (_, rest) = said.split_once("`createdb ").unwrap_or_else(|| panic!("{arguments:?}: {said}"));
        command = format!("createdb {}", rest.split('`').next().unwrap());
        assert_eq!(exists(), "0", "{arguments:?}");
    }
    let report = world.tenon(&["check", "--json"]).expect_code(3).json();
    assert_eq!(report["database"]["trouble"]["kind"], "no_database", "{report:#}");
    // As it says.
    let path = format!("{}:/usr/bin:/bin", TestServer::shared().bindir.display());
    let made = Command::new("sh")
        .args(["-c", &command])
        .env("PATH", path)
        .env("PGUSER", SUPERUSER)
        .status()
        .unwrap();
    assert!(made.success(), "{command}");
    let run = world.tenon(&["check"]);
    let dropped = world.sql(&format!("DROP DATABASE \"{name}\" WITH (FORCE)"));
    assert_eq!((run.code, dropped.as_str()), (2, ""), "{run:#?}");
}

#[test]
fn what_only_looks_makes_no_managed_database_and_says_what_does() {
    let world = World::with(&["identity"]);
    let state = world.path().join("state");
    let looks: [&[&str]; 15] = [
        &["check"],
        &["plan"],
        &["plan", "--rehearse"],
        &["baseline", "--yes", "--as", "ops", "--plugin", "identity"],
        &["audit", "list"],
        &["audit", "verify"],
        &["audit", "export"],
        &["audit", "resolve"],
        &["finding", "list"],
        &["schema", "read"],
        &["schema", "diff", "database", "plugin:identity"],
        &["plugin", "role"],
        &["psql"],
        &["backup", "made.tenon"],
        &["postgres", "upgrade", "--to", "18", "--yes"],
    ];
    for arguments in looks {
        let run = with(&world, &[], arguments).expect_code(3);
        for told in ["there is no database yet", "`tenon serve`", "`tenon heal`", "DATABASE_URL"] {
            assert!(run.err.contains(told), "{arguments:?}: {}", run.err);
        }
        assert!(!state.exists(), "{arguments:?} made {}", state.display());
    }
    with(&world, &[], &["plugin", "list"]).expect_code(0);
    assert!(!state.join("postgres").exists());
    with(&world, &[], &["heal", "--yes", "--as", "ops"]).expect_code(0);
    assert!(state.join("postgres/data/PG_VERSION").exists());
    // One that is there is started to be looked at.
    for arguments in
        [&["check"][..], &["plan"], &["audit", "verify"], &["finding", "list"], &["schema", "read"]]
    {
        with(&world, &[], arguments).expect_code(0);
    }
    let served = World::with(&["identity"]);
    drop(served.serve_without_address());
    assert!(served.path().join("state/postgres/data/PG_VERSION").exists());
}

/// Has the database's own `version()` say something else.
fn says(world: &World, version: &str) {
    world.sql(&format!(
        "CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '{version}' $$"
    ));
}

#[test]
fn a_server_that_is_not_known_is_refused_with_what_it_is_unless_it_is_allowed_by_name() {
    let built = "on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit";
    for (version, told, may_be_allowed) in [
        (
            "CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27 01:53:43, go1.19.10)".to_owned(),
            "CockroachDB",
            true,
        ),
        (format!("PostgreSQL 15.2-YB-2.25.2.0-b0 {built}"), "15.2-YB-2.25.2.0-b0", true),
        (format!("PostgreSQL 19.0 {built}"), "newer than this Tenon", true),
        (format!("PostgreSQL 14.23 {built}"), "too old", false),
    ] {
        let world = World::with(&["identity"]);
        let before = world.database.contents();
        says(&world, &version);
        for (arguments, code) in [
            (&["check"][..], 3),
            (&["plan"], 5),
            (&["heal", "--yes", "--as", "ops"], 5),
            (&["audit", "list"], 3),
            (&["schema", "read"], 3),
            (&["plugin", "lock", "identity", "--out", "x.lock"], 3),
            (&["plugin", "diff", "identity"], 3),
        ] {
            let run = world.tenon(arguments);
            assert!(run.code == code && run.all().contains(told), "{version}, {arguments:?}: {run:#?}");
            assert!(
                run.all().contains("PostgreSQL 15 to 18") || arguments[0] == "plugin",
                "{arguments:?}: {run:#?}"
            );
        }
        let report = world.tenon(&["check", "--json"]).expect_code(3).json();
        assert_eq!(
            (&report["status"], &report["database"]["trouble"]["kind"]),
            (&"unknown".into(), &"unsupported".into())
        );
        let serving = world.serve();
        let served = serving.get_as_admin("/api/v1/health").expect_status(200).json();
        assert!(served["status"] == "unknown" && served.to_string().contains(told), "{served:#}");
        serving.log_in().expect_status(200);
        assert!(serving.get("/").text.contains("PostgreSQL 15 to 18"), "the page says it");
        drop(serving);
        world.set("[database]\nunsupported_server = \"allow\"");
        let run = world.tenon(&["check"]);
        match may_be_allowed {
            true => {
                let warned = run.out.contains("Warning: ")
                    && run.out.contains("database.unsupported_server allows it");
                assert!(run.code == 2 && warned, "{run:#?}");
            }
            false => assert_eq!(run.code, 3, "{run:#?}"),
        }
        assert_eq!(world.database.contents(), before);
    }
}

#[test]
fn a_database_is_not_judged_by_no_plugin() {
    for prepare in [
        |_: &Path| {},
        |plugins: &Path| fs::remove_dir(plugins).unwrap(),
        |plugins: &Path| fs::write(plugins.join("libinventory.so.1"), "").unwrap(),
        |plugins: &Path| fs::write(plugins.join(".libinventory.so"), "").unwrap(),
    ] {
        let world = World::with(&[]);
        prepare(&world.plugin_dir());
        let empty = world.database.contents();
        for arguments in [
            &["check"][..],
            &["check", "--json"],
            &["plan"],
            &["heal", "--yes", "--as", "ops"],
            &["baseline", "--yes", "--as", "ops", "core/0001_ledger.sql"],
        ] {
            let run = world.tenon(arguments).expect_code(5);
            let told = format!("there is no plugin (*.so) in {}", world.plugin_dir().display());
            assert!(run.err.contains(&told) && run.err.contains("--plugin-dir"), "{}", run.err);
        }
        assert_eq!(world.database.contents(), empty);
        let heal = with(&world, &[], &["heal", "--yes", "--as", "ops"]).expect_code(5);
        assert!(heal.err.contains("there is no plugin"), "{}", heal.err);
        assert!(!world.path().join("state/postgres").exists(), "nor is a database made for none");
    }
}

#[test]
fn a_host_without_any_plugin_serves_says_so_and_is_not_healthy() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let world_of_none = World::with(&[]);
    world_of_none.set_url(&world_of_none.url());
    for world in [&world, &world_of_none] {
        if world.plugin_dir().join("libinventory.so").exists() {
            world.remove("inventory");
        }
        let serving = world.serve();
        let report = serving.post_as_admin("/api/v1/check", &serde_json::json!({})).expect_status(200).json();
        assert_eq!(report["status"], "degraded", "{report:#}");
        let told = format!("there is no plugin (*.so) in {}", world.plugin_dir().display());
        assert!(report.to_string().contains(&told), "{report:#}");
        serving.log_in().expect_status(200);
        let page = serving.get("/").expect_status(200);
        assert!(
            page.text.contains("there is no plugin (*.so) in") && !page.text.contains("Healthy"),
            "{}",
            page.text
        );
        serving.get("/readyz").expect_status(200);
    }
}

#[test]
fn a_plugin_directory_that_may_not_be_read_is_told() {
    let world = World::with(&["inventory"]);
    let directory = world.plugin_dir();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read it all the same.
    let readable = fs::read_dir(&directory).is_ok();
    let (check, list) = (world.tenon(&["check"]), world.tenon(&["plugin", "list"]));
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
    if !readable {
        assert!(check.code == 5 && check.err.contains("Permission denied"), "{check:#?}");
        assert!(list.code == 1 && list.err.contains("Permission denied"), "{list:#?}");
    }
    fs::rename(&directory, world.path().join("elsewhere")).unwrap();
    let list = world.tenon(&["plugin", "list"]).expect_code(1);
    assert!(list.err.contains("No such file"), "{}", list.err);
}

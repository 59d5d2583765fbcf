//! Where an import finds what it imports: migrations of other tools, with their ledgers, and dumps.

use tenon_tests::Run;

use super::*;

/// What all folders make, however they are laid out.
const FIRST: &str =
    "CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL);";
const SECOND: &str = "BEGIN;\nSET statement_timeout = 0;\nALTER TABLE note ADD COLUMN due date;\nCOMMIT;\n\
                      CREATE INDEX CONCURRENTLY note_due_idx ON note (due);";
const THIRD: &str = "CREATE VIEW notes_due AS SELECT id, text FROM note WHERE due <= current_date;";

/// A layout, its three files, and what its tool writes down of the first two.
struct Layout {
    name: &'static str,
    files: [(&'static str, String); 3],
    more: &'static [(&'static str, &'static str)],
    ledger: &'static str,
    /// What the ledger says when the second has failed.
    failed: Option<&'static str>,
}

fn layouts() -> Vec<Layout> {
    let plain = |names: [&'static str; 3]| {
        [(names[0], FIRST.to_owned()), (names[1], SECOND.to_owned()), (names[2], THIRD.to_owned())]
    };
    let both =
        |sql: &str| format!("-- migrate:up transaction:false\n{sql}\n\n-- migrate:down\nDROP TABLE gone;\n");
    vec![
        Layout {
            name: "sqlx",
            files: plain(["20230101000000_a.up.sql", "20230102000000_b.up.sql", "20230103000000_c.up.sql"]),
            more: &[("20230101000000_a.down.sql", "DROP TABLE note;")],
            ledger: "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text, success boolean);
                     INSERT INTO _sqlx_migrations VALUES (20230101000000, 'a', true), (20230102000000, 'b', true);",
            failed: Some("UPDATE _sqlx_migrations SET success = false WHERE description = 'b'"),
        },
        Layout {
            name: "diesel",
            files: plain(["00000000000000_a/up.sql", "2023-01-02-000000_b/up.sql", "2023-01-03-000000_c/up.sql"]),
            more: &[("2023-01-02-000000_b/down.sql", "DROP TABLE note;")],
            ledger: "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp);
                     INSERT INTO __diesel_schema_migrations VALUES ('00000000000000'), ('20230102000000');",
            failed: None,
        },
        Layout {
            name: "refinery",
            files: plain(["V1__a.sql", "V2__b.sql", "V10__c.sql"]),
            more: &[],
            ledger: "CREATE TABLE refinery_schema_history (version int PRIMARY KEY, name varchar, applied_on varchar);
                     INSERT INTO refinery_schema_history VALUES (1, 'a'), (2, 'b');",
            failed: None,
        },
        Layout {
            name: "prisma",
            files: plain(["20230101_a/migration.sql", "20230102_b/migration.sql", "20230103_c/migration.sql"]),
            more: &[],
            ledger: "CREATE TABLE _prisma_migrations (migration_name text, finished_at timestamptz, rolled_back_at timestamptz);
                     INSERT INTO _prisma_migrations VALUES ('20230101_a', now(), NULL), ('20230102_b', NULL, now()),
                     ('20230102_b', now(), NULL);",
            failed: Some("INSERT INTO _prisma_migrations VALUES ('20230103_c', NULL, NULL)"),
        },
        Layout {
            name: "flyway",
            files: plain(["V1.1__a.sql", "V1_2__b.sql", "R__c.sql"]),
            more: &[("U1.1__a.sql", "DROP TABLE note;")],
            ledger: "CREATE TABLE flyway_schema_history (installed_rank int, version varchar(50), type varchar(20),
                     script varchar(1000), success boolean);
                     INSERT INTO flyway_schema_history VALUES (0, NULL, 'SCHEMA', 'x', true),
                     (1, '1', 'BASELINE', '<< Flyway Baseline >>', true), (2, '1.1', 'SQL', 'V1.1__a.sql', true),
                     (3, '1.2', 'SQL', 'V1_2__b.sql', true);",
            failed: Some("INSERT INTO flyway_schema_history VALUES (4, '1.3', 'SQL', 'V1.3__d.sql', false)"),
        },
        Layout {
            name: "dbmate",
            files: [
                ("20230101000000_a.sql", both(FIRST)),
                ("20230102000000_b.sql", both(SECOND)),
                ("20230103000000_c.sql", both(THIRD)),
            ],
            more: &[],
            ledger: "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);
                     INSERT INTO schema_migrations VALUES ('20230101000000'), ('20230102000000');",
            failed: None,
        },
        Layout {
            name: "golang-migrate",
            files: plain(["000001_a.up.sql", "000002_b.up.sql", "000003_c.up.sql"]),
            more: &[("000001_a.down.sql", "DROP TABLE note;")],
            ledger: "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
                     INSERT INTO schema_migrations VALUES (2, false);",
            failed: Some("UPDATE schema_migrations SET dirty = true"),
        },
        Layout {
            name: "plain",
            files: plain(["1-a.sql", "2-b.sql", "10-c.sql"]),
            more: &[],
            ledger: "",
            failed: None,
        },
    ]
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The migrations that were written, and the descriptors, as a plugin: the same as building the crate, of
/// which one is built.
fn brought(world: &World, crate_dir: &Path, id: &str) {
    let mut files: Vec<_> = fs::read_dir(crate_dir.join("migrations")).unwrap().map(Result::unwrap).collect();
    files.sort_by_key(fs::DirEntry::file_name);
    let read = |file: &fs::DirEntry| {
        (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap())
    };
    let files: Vec<_> = files.iter().map(read).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    world.bring(id, &files, &serde_json::json!({ "format": 1 }));
}

fn baseline(world: &World, id: &str) -> Run {
    world.tenon(&["baseline", "--plugin", id, "--yes", "--as", "ops"])
}

#[test]
fn each_layout_is_taken_over_file_by_file_and_its_ledger_says_what_is_applied() {
    for (number, layout) in layouts().into_iter().enumerate() {
        let world = World::with(&[]);
        let folder = world.path().join("theirs");
        for (name, text) in &layout.files {
            write(&folder, name, text);
        }
        for (name, text) in layout.more {
            write(&folder, name, text);
        }
        // The shape of the test plugin's id.
        let id = format!("brings_{number:02}");
        let path = folder.to_str().unwrap();
        let report = import(&world, &id, &["--from-sql", path, "--layout", layout.name]);
        let report = &report["import"];
        assert_eq!(report["migrations"].as_array().unwrap().len(), 3, "{}: {report}", layout.name);
        let cleaned = report["cleaned"].as_array().unwrap();
        assert_eq!(cleaned.len(), 4, "{}: {report}", layout.name);
        assert!(cleaned[0]["place"].as_str().unwrap().starts_with(layout.files[1].0), "{report}");
        let left: Vec<_> = report["left_out"].as_array().unwrap().iter().map(|one| &one["place"]).collect();
        assert_eq!(left, layout.more.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{}", layout.name);
        brought(&world, &world.path().join(&id), &id);

        // A database that their tool has brought to the second file.
        let theirs = |sql: &str| sql.replace("BEGIN;", "").replace("COMMIT;", "").replace("CONCURRENTLY", "");
        world.sql(&format!("{}\n{}\n{}", theirs(FIRST), theirs(SECOND), layout.ledger));
        if layout.name == "plain" {
            let recorded = baseline(&world, &id).expect_code(1);
            assert!(recorded.err.contains("notes_due"), "all are meant, and one is not there: {recorded:#?}");
            continue;
        }
        if let Some(failed) = layout.failed {
            world.sql(&format!("CREATE TABLE kept AS SELECT 1; {failed}"));
            let refused = baseline(&world, &id).expect_code(5);
            assert!(refused.err.contains(&format!("{} says in public.", layout.name)), "{refused:#?}");
            assert_eq!(world.ledger(), "");
            let undo = match layout.name {
                "sqlx" => "UPDATE _sqlx_migrations SET success = true",
                "prisma" => "DELETE FROM _prisma_migrations WHERE migration_name = '20230103_c'",
                "flyway" => "DELETE FROM flyway_schema_history WHERE NOT success",
                _ => "UPDATE schema_migrations SET dirty = false",
            };
            world.sql(&format!("DROP TABLE kept; {undo}"));
        }
        let recorded = baseline(&world, &id).expect_code(0);
        assert!(recorded.err.contains("left to `tenon heal`"), "{}: {recorded:#?}", layout.name);
        let names: Vec<_> =
            world.ledger().lines().map(|line| line.split('|').next().unwrap().to_owned()).collect();
        let names: Vec<_> = names.into_iter().filter(|name| name.starts_with("brings")).collect();
        assert_eq!(names.len(), 2, "{}: {names:?}", layout.name);
        world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
        assert_eq!(world.sql("SELECT to_regclass('notes_due') IS NOT NULL"), "t", "{}", layout.name);
    }
}

/// Writes these files to a folder of the world, and gives its path.
fn folder(world: &World, files: &[(&str, &str)]) -> String {
    let folder = world.path().join("theirs");
    for (name, text) in files {
        write(&folder, name, text);
    }
    folder.to_str().unwrap().to_owned()
}

fn refused(world: &World, arguments: &[&str], code: i32) -> Run {
    let words = ["plugin", "import", "brings_00", "--sdk", artifacts::root().to_str().unwrap(), "--from-sql"];
    let refused = world.tenon(&[&words[..], arguments].concat()).expect_code(code);
    assert!(!world.path().join("brings_00").exists(), "nothing is half written");
    refused
}

fn migration(world: &World, name: &str) -> String {
    fs::read_to_string(world.path().join("brings_00/migrations").join(name)).unwrap()
}

#[test]
fn what_has_no_place_in_a_migration_is_told_at_once_and_nothing_is_written() {
    let world = World::with(&[]);
    let path = folder(
        &world,
        &[
            ("1_a.sql", "CREATE TABLE a (b int);\nCOPY a FROM stdin;\n1\n\\.\nSET ROLE nobody;"),
            ("2_b.sql", "BEGIN;\nDROP TABLE a;\nROLLBACK;\n\\i other.sql\nSELECT 'open"),
        ],
    );
    let stopped = refused(&world, &[&path, "--layout", "sqlx"], 1);
    for told in ["1_a.sql:2: ", "1_a.sql:5: ", "2_b.sql:5: ", "INSERT INTO … VALUES", "nothing was written"]
    {
        assert!(stopped.err.contains(told), "{told}: {stopped:#?}");
    }
    // As the hint says: from a database in which they were run.
    let theirs = TestDatabase::new();
    theirs.sql("CREATE TABLE a (b int);");
    import(&world, "brings_00", &["--from-database", &theirs.url()]);
    assert!(migration(&world, "0001_brings_00.sql").contains("CREATE TABLE public.a (\n    b integer\n);"));
}

#[test]
fn what_is_left_to_an_administrator_is_listed_with_advice() {
    let world = World::with(&[]);
    let path = folder(
        &world,
        &[("1_a.sql", "CREATE TABLE a (b int);\nVACUUM a;\nALTER SYSTEM SET work_mem = '1MB';")],
    );
    let report = import(&world, "brings_00", &["--from-sql", &path, "--layout", "plain"]);
    let by_hand = report["import"]["by_hand"].as_array().unwrap();
    let places: Vec<_> = by_hand.iter().map(|one| one["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["1_a.sql:2: VACUUM a", "1_a.sql:3: ALTER SYSTEM SET work_mem = '…'"]);
    assert!(
        by_hand.iter().all(|one| one["advice"].as_str().unwrap().contains("an administrator")),
        "{report}"
    );
    let told = fs::read_to_string(world.path().join("brings_00/IMPORT.md")).unwrap();
    assert!(told.contains("## To be done by hand\n\n- 1_a.sql:2: VACUUM a: "), "{told}");
}

#[test]
fn a_folder_of_which_nothing_tells_whose_it_is_is_asked_about() {
    let world = World::with(&[]);
    let path = folder(&world, &[("1_a.up.sql", "CREATE TABLE a (b int);")]);
    let asked = refused(&world, &[&path], 64);
    assert!(
        asked.err.contains("of sqlx or of golang-migrate") && asked.err.contains("--layout"),
        "{asked:#?}"
    );
    let chosen = refused(&world, &[&path, "--layout", "sqlx", "--table", "a"], 64);
    assert!(chosen.err.contains("--squash"), "{chosen:#?}");
    let failing = refused(&world, &[&path, "--layout", "sqlx", "--search-path", "missing", "--set", "x"], 64);
    assert!(failing.err.contains("schema=shop"), "{failing:#?}");
    write(&world.path().join("theirs"), "2_b.up.sql", "ALTER TABLE other.a ADD c int;");
    let failed = refused(&world, &[&path, "--layout", "sqlx"], 1);
    assert!(failed.err.contains("2_b.up.sql does not run") && failed.err.contains("other"), "{failed:#?}");
}

#[test]
fn a_value_that_is_added_and_used_is_there_from_the_start_and_the_plugin_is_proved() {
    let world = World::with(&[]);
    let files = [
        (
            "0001_a.sql",
            "CREATE TYPE :s.mood AS ENUM ('low', 'high');\nCREATE TABLE :s.day (mood :s.mood DEFAULT 'low');",
        ),
        ("0002_b.sql", "ALTER TYPE :s.mood ADD VALUE 'middle' BEFORE 'high';"),
        (
            "0003_c.sql",
            "ALTER TABLE ${s}.day ADD CHECK (mood <> 'middle');\nINSERT INTO day VALUES ('high');",
        ),
    ];
    let path = folder(&world, &files);
    let arguments =
        ["--from-sql", &path, "--layout", "plain", "--set", "s=app", "--search-path", "app,public"];
    let report = import(&world, "brings_00", &arguments);
    assert_eq!(report["import"]["cleaned"][0]["place"], "0002_b.sql", "{report}");
    let first = migration(&world, "0001_a.sql");
    assert!(first.contains("CREATE SCHEMA IF NOT EXISTS \"app\";"), "{first}");
    assert!(first.contains("CREATE TYPE app.mood AS ENUM ('low', 'middle', 'high');"), "{first}");
    let library = build(&world, "brings_00");
    let theirs = TestDatabase::new();
    theirs.sql("CREATE SCHEMA app; SET search_path = app, public;");
    for (_, sql) in files {
        theirs.sql(&format!(
            "SET search_path = app, public;\n{}",
            sql.replace(":s", "app").replace("${s}", "app")
        ));
    }
    prove(&world, "brings_00", &theirs, &library);
    assert_eq!(world.sql("SELECT count(*) FROM app.day"), "1");
}

#[test]
fn a_value_in_a_body_is_given_with_the_quotes_that_the_tool_writes() {
    let files = [
        ("0001_a.sql", "CREATE TABLE :S.job (id integer PRIMARY KEY);"),
        (
            "0002_b.sql",
            "CREATE FUNCTION :S.add() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  LOCK :S.job;\nEND\n$$;",
        ),
    ];
    let by_the_tool = format!("CREATE SCHEMA app;\n{}\n{}", files[0].1, files[1].1).replace(":S", "\"app\"");
    let imported = |value: &str| {
        let world = World::with(&[]);
        let path = folder(&world, &files);
        let set = format!("S={value}");
        let report =
            import(&world, "brings_00", &["--from-sql", &path, "--set", &set, "--search-path", "app,public"]);
        brought(&world, &world.path().join("brings_00"), "brings_00");
        world.sql(&by_the_tool);
        (world, report["import"]["worth_knowing"].to_string())
    };
    let (world, told) = imported("app");
    assert!(told.contains("0002_b.sql") && told.contains("letter by letter"), "{told}");
    let refused = baseline(&world, "brings_00").expect_code(1);
    assert!(refused.err.contains("function app.add(): body expected"), "{refused:#?}");
    // As the advice says.
    assert!(told.contains(r#"--set 'S=\"app\"'"#), "{told}");
    let (world, told) = imported("\"app\"");
    assert!(!told.contains("letter by letter"), "{told}");
    baseline(&world, "brings_00").expect_code(0);
}

#[test]
fn one_migration_of_all_is_what_all_of_them_were() {
    let world = World::with(&[]);
    let files = [
        ("1_a.sql", "CREATE TABLE a (b int);\nINSERT INTO a VALUES (1);"),
        ("2_b.sql", "ALTER TABLE a ADD c text;"),
    ];
    let path = folder(&world, &files);
    let report = import(&world, "brings_00", &["--from-sql", &path, "--layout", "sqlx", "--squash"]);
    assert_eq!(report["import"]["left_out"][0]["place"], "1_a.sql", "its rows: {report}");
    let sql = migration(&world, "0001_brings_00.sql");
    assert!(sql.starts_with("-- tenon:was sqlx 1\n-- tenon:was sqlx 2\n-- "), "{sql}");
    brought(&world, &world.path().join("brings_00"), "brings_00");
    let ledger = "CREATE TABLE _sqlx_migrations (version bigint, success boolean)";
    world.sql(&format!("{} {} {ledger}", files[0].1, files[1].1));
    // It has nothing applied: then it is no baseline, but as the hint says.
    let none = baseline(&world, "brings_00").expect_code(5);
    assert!(none.err.contains("has nothing applied") && none.err.contains("`tenon heal`"), "{none:#?}");
    world.sql("INSERT INTO _sqlx_migrations VALUES (1, true)");
    baseline(&world, "brings_00").expect_code(5);
    world.sql(
        "INSERT INTO _sqlx_migrations VALUES (2, true), (3, true); CREATE SCHEMA x; \
               CREATE TABLE x._sqlx_migrations (version bigint, success boolean)",
    );
    let several = baseline(&world, "brings_00").expect_code(5);
    assert!(several.err.contains("public._sqlx_migrations and x._sqlx_migrations"), "{several:#?}");
    assert!(several.err.contains("`tenon baseline PLUGIN/FILE`"), "{several:#?}");
    world.sql("DROP TABLE x._sqlx_migrations");
    let recorded = baseline(&world, "brings_00").expect_code(0);
    assert!(recorded.err.contains("has sqlx 3, which no migration"), "{recorded:#?}");
    // As the hint says, whatever the ledger has.
    let world = World::with(&[]);
    world.bring("brings_00", &[("0001_a.sql", &sql)], &serde_json::json!({ "format": 1 }));
    world.sql(&format!("{} {} {ledger}", files[0].1, files[1].1));
    world.tenon(&["baseline", "brings_00/0001_a.sql", "--yes", "--as", "ops"]).expect_code(0);
    world.sql("DROP TABLE public.a; DROP SCHEMA tenon CASCADE");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    assert_eq!(world.sql("SELECT to_regclass('public.a') IS NOT NULL"), "t");
}

#[test]
fn a_dump_is_imported_like_its_database_and_its_rows_are_told() {
    let database = loaded(&odd::odd());
    database.sql("INSERT INTO public.event (id, at) VALUES (1, '2026-05-05'), (2, '2026-06-06')");
    let world = World::with(&[]);
    let of_database = import(&world, "one", &["--from-database", &database.url()]);
    let file = world.path().join("dump.sql");
    let dump = TestServer::shared().program("pg_dump").args(["--dbname", &database.name]).output().unwrap();
    assert!(dump.status.success(), "{dump:?}");
    fs::write(&file, dump.stdout).unwrap();
    let of_dump = import(&world, "two", &["--from-sql", file.to_str().unwrap()]);
    assert_eq!(of_dump["import"]["taken"], of_database["import"]["taken"]);
    let read = |name: &str| fs::read_to_string(world.path().join(name)).unwrap();
    assert_eq!(read("one/descriptors.json"), read("two/descriptors.json"));
    let left: Vec<_> = of_dump["import"]["left_out"].as_array().unwrap().iter().collect();
    assert_eq!(left[0]["place"], "rows of public.event_2026", "{of_dump}");
    assert_eq!(left[0]["says"], "2 rows or statements with rows are not taken");
    fs::write(&file, "CREATE TABLE a (b missing_type);\nSELECT 1;\nCREATE INDEX ON nowhere (a);").unwrap();
    let failed = refused(&world, &[file.to_str().unwrap()], 1);
    assert!(failed.err.contains("dump.sql:1: ") && failed.err.contains("dump.sql:3: "), "{failed:#?}");
    fs::write(&file, "PGDMP\u{1}\u{e}").unwrap();
    assert!(refused(&world, &[file.to_str().unwrap()], 64).err.contains("pg_restore"));
}

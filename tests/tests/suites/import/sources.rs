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

/// The migrations that were written, and the descriptors, as a plugin: the same as building the crate, of which
/// one is built.
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

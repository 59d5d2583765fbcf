//! Locks are told as they are: what the plan says of each kind of statement is held against `pg_locks`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use tenon_host::schema::snapshot_file::SnapshotFile;
use tenon_migrations_core::history::History;
use tenon_migrations_core::migration::PluginMigration;
use tenon_migrations_core::ownership::Ownership;
use tenon_migrations_core::plan::{Plan, PlanInput, RepairRequest, plan};
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, ObjectId, Property, Value};
use tenon_migrations_core::statements::{LockMode, Waiting, parse};
use tenon_schema::ObjectName;
use tenon_tests::World;

/// One statement a line.
const STATEMENTS: &str = include_str!("locks/statements.sql");
const FIXTURE: &str = include_str!("locks/fixture.sql");

type Locks = BTreeMap<ObjectName, LockMode>;

fn statements() -> Vec<&'static str> {
    STATEMENTS.lines().filter(|line| !line.is_empty() && !line.starts_with("--")).collect()
}

/// The strongest lock of each statement on each relation that stood there before, indexes left out.
fn really(world: &World, statements: &[&str]) -> Vec<Locks> {
    world.sql(
        "CREATE TABLE standing AS SELECT c.oid, c.oid::regclass::text AS name FROM pg_class c \
         WHERE relnamespace = 'shop'::regnamespace AND relkind NOT IN ('i', 'I', 'c')",
    );
    let mut script = String::new();
    for statement in statements {
        let seen = "SELECT name || '=' || mode FROM standing JOIN pg_locks ON relation = oid WHERE pid = pg_backend_pid()";
        writeln!(script, "BEGIN;\n{statement}\n\\echo '#'\n{seen};\nROLLBACK;").unwrap();
    }
    let said = world.sql(&script);
    let locks = |block: &str| {
        let mut locks = Locks::new();
        for (name, mode) in block.lines().filter_map(|line| line.split_once('=')) {
            let Some(mode) = LockMode::from_pg_locks(mode) else { continue };
            let held = locks.entry(name.parse().unwrap()).or_insert(mode);
            *held = mode.max(*held);
        }
        locks
    };
    said.split('#').skip(1).map(locks).collect()
}

fn planned(live: &CatalogSnapshot, sql: &str) -> Plan {
    let migration = PluginMigration::new("shop/0002.sql".parse().unwrap(), sql, Vec::new());
    plan(&PlanInput {
        migrations: &[&migration],
        history: &History::of(std::slice::from_ref(&migration), &[]),
        unverified: &BTreeSet::new(),
        without: &BTreeSet::new(),
        findings: &[],
        repairs: &RepairRequest::default(),
        live,
        server_major: 15,
        ownership: &Ownership::default(),
        tolerated: &[],
    })
}

/// The fixture, as it is read.
fn fixture() -> (World, CatalogSnapshot) {
    let world = World::with(&[]);
    world.sql(FIXTURE);
    let printed = world.tenon(&["schema", "read", "--schema", "shop", "--json"]).expect_code(0).out;
    let live = SnapshotFile::of_file(&printed).unwrap().remove(0).objects;
    (world, live)
}

/// What a relation inherits from or is a part of, and that in turn.
fn parents(live: &CatalogSnapshot, relation: &ObjectName) -> Vec<ObjectName> {
    let Some(object) = live.objects.get(&ObjectId::standalone(Kind::Table, relation)) else {
        return Vec::new();
    };
    let mut parents: Vec<ObjectName> =
        match object.get(&Property::Inherits).or(object.get(&Property::PartitionOf)) {
            Some(Value::List(names)) => names.iter().map(|name| name.parse().unwrap()).collect(),
            Some(Value::Text(name)) => vec![name.parse().unwrap()],
            _ => Vec::new(),
        };
    for parent in parents.clone() {
        parents.extend(self::parents(live, &parent));
    }
    parents
}

#[test]
fn every_kind_of_statement_locks_what_the_plan_says_in_the_mode_that_it_says() {
    let (world, live) = fixture();
    let statements = statements();
    let real = really(&world, &statements);
    assert_eq!(real.len(), statements.len());
    let locked = real.iter().filter(|locks| locks.values().any(|mode| mode.waiting() > Waiting::Nobody));
    assert!(locked.count() > 100, "{real:?}");
    let mut wrong = String::new();
    for (sql, real) in statements.iter().zip(&real) {
        let told = planned(&live, sql).locked;
        let told: Locks = told.into_iter().map(|locked| (locked.relation, locked.mode)).collect();
        for (relation, mode) in &told {
            if real.get(relation) != Some(mode) {
                writeln!(wrong, "{sql}\n  {relation}: told {mode}, is {:?}", real.get(relation)).unwrap();
            }
        }
        for (relation, mode) in real {
            if mode.waiting() == Waiting::Nobody {
                continue;
            }
            // What hangs together is told of the whole.
            let known = |name: &ObjectName| told.get(name).is_some_and(|told| told >= mode);
            let is_a_part = || parents(&live, relation).iter().any(known);
            if !known(relation) && !is_a_part() && !excused(sql, relation) {
                writeln!(wrong, "{sql}\n  {relation}: is {mode}, and is not told").unwrap();
            }
        }
        // The statement says it of what it names by itself.
        for effect in parse(sql).unwrap()[0].effects() {
            let (Some(mode), Some(is)) = (effect.lock, real.get(&effect.of)) else { continue };
            if mode > *is {
                writeln!(wrong, "{sql}\n  {}: said {mode}, is {is}", effect.of).unwrap();
            }
        }
    }
    assert_eq!(wrong, "", "{wrong}");
}

/// A column's own sequence goes and changes with it; and what `CASCADE` takes with a table no reading can
/// tell of views.
fn excused(sql: &str, relation: &ObjectName) -> bool {
    let of_a_column = relation.name.as_str() == "item_ident_seq";
    let view = matches!(relation.name.as_str(), "names" | "top");
    of_a_column || view && sql.contains("CASCADE")
}

#[test]
fn who_has_to_wait_is_said_in_words_and_checking_rows_beside_others_needs_no_consent() {
    let (_world, live) = fixture();
    let said = |sql: &str| {
        let mut plan = planned(&live, sql);
        // Without sizes everything counts as large.
        plan.apply_table_sizes(None, &BTreeSet::new(), Some(0));
        let hazards = plan.hazards.iter();
        let told = hazards.map(|hazard| format!("{}: {}", hazard.hazard, hazard.reason));
        (told.collect::<Vec<_>>(), plan.refusals.len())
    };
    for (sql, told, refused) in [
        (
            "ALTER TABLE shop.item VALIDATE CONSTRAINT item_note",
            vec![
                "scan-table:shop.item: all its rows are read to check them, and others can read and write it meanwhile",
            ],
            0,
        ),
        (
            "ALTER TABLE shop.item ADD CHECK (size > 1)",
            vec![
                "scan-table:shop.item: all its rows are read to check them, and nobody can read or write it until the heal ends",
            ],
            1,
        ),
        (
            "ALTER TABLE shop.item ADD x int; ALTER TABLE shop.item VALIDATE CONSTRAINT item_note",
            vec![
                "scan-table:shop.item: all its rows are read to check them, and nobody can read or write it until the heal ends",
            ],
            1,
        ),
        (
            "CREATE INDEX ON shop.item (size)",
            vec![
                "build-index:shop.item: an index is built over all its rows, and nobody can write to it until the heal ends",
            ],
            1,
        ),
        (
            "ALTER TABLE shop.loose ADD FOREIGN KEY (a) REFERENCES shop.owner",
            vec![
                "lock-table:shop.owner: nobody can write to it until the heal ends",
                "scan-table:shop.loose: all its rows are read to check them, and nobody can write to it until the heal ends",
            ],
            2,
        ),
        (
            "ALTER TABLE shop.log ATTACH PARTITION shop.log_2 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
            vec![
                "scan-table:shop.log_2: all its rows are read to check them, and nobody can read or write it until the heal ends",
                "scan-table:shop.log_rest: all its rows are read to check them, and nobody can read or write it until the heal ends",
            ],
            2,
        ),
        (
            "TRUNCATE shop.owner CASCADE",
            vec![
                "truncate-table:shop.owner: all its rows go",
                "truncate-table:shop.event: all its rows go",
                "truncate-table:shop.item: all its rows go",
            ],
            3,
        ),
        ("ALTER TABLE shop.item ALTER size SET STATISTICS 10", vec![], 0),
        (
            "DROP INDEX shop.item_note",
            vec!["lock-table:shop.item: nobody can read or write it until the heal ends"],
            1,
        ),
    ] {
        let told = told.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(said(sql), (told, refused), "{sql}");
    }
}

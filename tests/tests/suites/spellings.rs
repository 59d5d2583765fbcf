//! What PostgreSQL prints otherwise after a dump and restore: every expression at every place, made from
//! source.

mod expressions;
mod places;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tenon_host::database::connect::{Database, install_crypto_provider};
use tenon_host::heal::HealRequest;
use tenon_host::schema::{catalog, spelling};
use tenon_migrations_core::compare::compare;
use tenon_migrations_core::ddl::{self, ForeignKeys, Placement};
use tenon_migrations_core::health::Status;
use tenon_migrations_core::plan::RepairRequest;
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, ObjectId, Property, Value};
use tenon_schema::{Descriptors, FORMAT};
use tenon_tests::mutate::SchemaSource;
use tenon_tests::{TestDatabase, TestHost, TestServer, World, artifacts, request};
use tokio::runtime::Runtime;
use tokio_postgres::Client;

use expressions::EXPRESSIONS;
use places::PLACES;

/// A session in a database.
struct Session {
    client: Client,
    runtime: Runtime,
}

impl Session {
    fn in_database(database: &TestDatabase) -> Self {
        install_crypto_provider();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let way = Database::new(&database.url().into(), "the test", None, None).unwrap();
        let (client, _) = runtime.block_on(way.connect()).unwrap();
        Self { client, runtime }
    }

    fn run(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.runtime.block_on(self.client.batch_execute(sql))
    }

    /// What stands in all schemas that are not PostgreSQL's own.
    fn snapshot(&self) -> CatalogSnapshot {
        self.within_a_transaction(async |snapshot| snapshot)
    }

    /// What stands in all schemas that are not PostgreSQL's own, in all spellings that restores give it.
    fn spelled(&self) -> CatalogSnapshot {
        self.within_a_transaction(async |mut snapshot| {
            spelling::complete(&self.client, &mut snapshot).await.unwrap();
            snapshot
        })
    }

    fn within_a_transaction(
        &self,
        then: impl AsyncFnOnce(CatalogSnapshot) -> CatalogSnapshot,
    ) -> CatalogSnapshot {
        self.runtime.block_on(async {
            self.client.batch_execute("BEGIN; SET LOCAL search_path = pg_catalog").await.unwrap();
            let schemas = "SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";
            let schemas = self.client.query(schemas, &[]).await.unwrap();
            let schemas: BTreeSet<_> = schemas.iter().map(|row| row.get::<_, &str>(0).into()).collect();
            let snapshot = then(catalog::read((&self.client).into(), &schemas).await.unwrap()).await;
            self.client.batch_execute("ROLLBACK").await.unwrap();
            snapshot
        })
    }
}

fn words(expected: &CatalogSnapshot, found: &CatalogSnapshot) -> Vec<String> {
    compare(expected, found).iter().map(ToString::to_string).collect()
}

/// The values of which there is more than one spelling.
fn with_spellings(snapshot: &CatalogSnapshot) -> Vec<(&ObjectId, Property, &[Value])> {
    let values = snapshot
        .objects
        .iter()
        .flat_map(|(id, object)| object.iter().map(move |(of, value)| (id, *of, value)));
    let spelled = values.map(|(id, property, value)| (id, property, value.spellings()));
    spelled.filter(|(_, _, spellings)| spellings.len() > 1).collect()
}

#[test]
fn every_expression_at_every_place_is_the_same_after_a_restore_and_after_another() {
    let database = TestDatabase::new();
    let session = Session::in_database(&database);
    session.run(places::TABLES).unwrap();
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unknown = Vec::new();
    for (number, expression) in EXPRESSIONS.iter().enumerate() {
        let mut taken = 0;
        for (place, columns, sql) in PLACES {
            // Not every expression can stand at every place, nor in every major.
            if session.run(&places::at(sql, *columns, number, expression)).is_ok() {
                *made.entry(place).or_default() += 1;
                taken += 1;
            }
        }
        if taken == 0 {
            unknown.push(*expression);
        }
    }
    assert!(made.len() == PLACES.len() && made.values().all(|count| *count > 8), "{made:#?}");
    assert!(unknown.len() < EXPRESSIONS.len() / 6, "no place takes these: {unknown:#?}");
    let plain = session.snapshot();
    let spelled = session.spelled();
    assert_eq!(words(&plain, &session.snapshot()), [""; 0], "nothing was left behind");
    let once = database.restored();
    let twice = once.restored();
    let [once, twice] = [&once, &twice].map(|restored| Session::in_database(restored).snapshot());
    assert_eq!(words(&spelled, &once), [""; 0]);
    assert_eq!(words(&spelled, &twice), [""; 0]);
    assert!(words(&plain, &once).len() > 10, "without spellings they are told");
    // At each place something is printed otherwise.
    let kinds: BTreeSet<_> =
        with_spellings(&spelled).into_iter().map(|(id, property, _)| (id.kind, property)).collect();
    for wanted in [
        (Kind::Table, Property::PartitionKey),
        (Kind::Column, Property::Default),
        (Kind::Column, Property::Generated),
        (Kind::Constraint, Property::Expression),
        (Kind::Constraint, Property::Definition),
        (Kind::Index, Property::Keys),
        (Kind::Index, Property::Predicate),
        (Kind::View, Property::Query),
        (Kind::View, Property::Columns),
        (Kind::MaterializedView, Property::Query),
        (Kind::Function, Property::Arguments),
        (Kind::Function, Property::Body),
        (Kind::Trigger, Property::Condition),
        (Kind::Rule, Property::Definition),
        (Kind::Policy, Property::Using),
        (Kind::Policy, Property::WithCheck),
        (Kind::Domain, Property::Default),
        (Kind::Domain, Property::Checks),
        (Kind::Statistics, Property::Definition),
        (Kind::Publication, Property::Tables),
    ] {
        assert!(kinds.contains(&wanted), "{wanted:?} is not among {kinds:?}");
    }
    // The last spelling is one that no restore changes.
    for (id, property, spellings) in with_spellings(&spelled) {
        let value = |snapshot: &CatalogSnapshot| {
            snapshot.objects.get(id).and_then(|object| object.get(&property)).cloned()
        };
        assert_eq!(value(&twice).as_ref(), spellings.last(), "{id}: {}", property.noun());
    }
}

#[test]
fn a_change_by_hand_is_told_beside_all_spellings() {
    let database = TestDatabase::new();
    let session = Session::in_database(&database);
    let make = "CREATE SCHEMA s; CREATE TABLE s.t (v varchar(9), w varchar(9), i int, \
        CONSTRAINT c CHECK (v IN ('a', 'b') AND i BETWEEN 1 AND 5 AND w <> 'x')); \
        CREATE VIEW s.v AS SELECT i > ALL (SELECT -1) AS n FROM s.t; \
        CREATE DOMAIN s.d AS varchar(9) CONSTRAINT one CHECK (VALUE IN ('a')) CONSTRAINT two CHECK (VALUE IN ('a', 'b'))";
    session.run(make).unwrap();
    let spelled = session.spelled();
    for (by_hand, told) in [
        (
            "ALTER TABLE s.t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (v IN ('a', 'c') AND i BETWEEN 1 AND 5 AND w <> 'x')",
            "constraint s.t.c: expression",
        ),
        ("CREATE OR REPLACE VIEW s.v AS SELECT i > ALL (SELECT -2) AS n FROM s.t", "view s.v: query"),
        ("CREATE OR REPLACE VIEW s.v AS SELECT i >= ALL (SELECT -1) AS n FROM s.t", "view s.v: query"),
        (
            "ALTER DOMAIN s.d DROP CONSTRAINT two; ALTER DOMAIN s.d ADD CONSTRAINT two CHECK (VALUE IN ('b', 'a'))",
            "domain s.d: check constraints",
        ),
        ("ALTER DOMAIN s.d DROP CONSTRAINT two", "domain s.d: check constraints"),
    ] {
        let restored = database.restored();
        let session = Session::in_database(&restored);
        session.run(by_hand).unwrap();
        let words = words(&spelled, &session.snapshot());
        assert!(words.len() == 1 && words[0].starts_with(told), "{by_hand}: {words:#?}");
    }
}

/// Descriptors with texts at every place that descriptors have, all of which restores print otherwise.
fn descriptors(major: u32) -> Descriptors {
    let list = |column: &str| format!("{column} IN ('a', 'b')");
    let year = |column: &str| format!("EXTRACT('YEAR' FROM {column}) > 2000");
    let chain = |column: &str| format!("{column} BETWEEN -1 AND 10 AND {column} <> ALL (SELECT -1)");
    let table = |name: &str, more: serde_json::Value| {
        let mut table = json!({
            "name": name,
            "columns": [
                { "name": "id", "data_type": "bigint", "not_null": true },
                { "name": "v", "data_type": "varchar(9)", "default": "lower('A'::varchar(5))" },
                { "name": "d", "data_type": "date", "default": "CASE WHEN 'a'::varchar(3) IN ('a', 'b') THEN date '2020-01-01' END" },
                { "name": "i", "data_type": "int", "default": "-1" },
                { "name": "g", "data_type": "boolean", "generated": list("v") },
                { "name": "y", "data_type": "numeric", "generated": "EXTRACT('YEAR' FROM d)" },
            ],
        });
        table.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        table
    };
    let mut tables = vec![
        table(
            "spelt.t",
            json!({
                "constraints": [
                    { "rule": { "primary_key": { "columns": ["id"] } } },
                    { "name": "c1", "rule": { "check": { "expression": list("v") } } },
                    { "name": "c2", "rule": { "check": { "expression": format!("{} AND i BETWEEN 1 AND 5 AND id > -1", year("d")) } } },
                    { "name": "x", "rule": { "exclude": { "definition": format!("USING btree (i WITH =) WHERE ({})", list("v")) } } },
                ],
                "indexes": [
                    { "name": "i1", "keys": ["(EXTRACT('YEAR' FROM d))", "id DESC"] },
                    { "name": "i2", "keys": ["id"], "predicate": format!("{} AND {}", list("v"), year("d")) },
                ],
                "row_security": true,
                "policies": [{ "name": "p", "using": format!("{} AND {}", list("v"), chain("i")), "with_check": year("d") }],
                "triggers": [{ "name": "tr", "timing": "before", "events": ["insert"], "for_each": "row",
                               "when": format!("{} AND {}", list("NEW.v"), year("NEW.d")), "function": "spelt.trg" }],
                "rules": [{ "name": "Ru le", "event": "delete", "condition": list("OLD.v"), "instead": true,
                            "action": format!("UPDATE spelt.t SET i = -1 WHERE {}", chain("i")) }],
                "statistics": [{ "name": "st", "on": ["i", format!("({})", list("v"))] }],
            }),
        ),
        json!({ "name": "spelt.part", "partition_by": "RANGE (EXTRACT('YEAR' FROM d))",
                "columns": [{ "name": "d", "data_type": "date" }, { "name": "v", "data_type": "varchar(5)" }],
                "constraints": [{ "name": "pc", "rule": { "check": { "expression": list("v") } } }],
                "triggers": [{ "name": "pt", "timing": "after", "events": ["insert"], "for_each": "row",
                               "when": list("NEW.v"), "function": "spelt.trg" }] }),
        json!({ "name": "spelt.part_1", "partition_of": { "parent": "spelt.part", "bound": "FOR VALUES FROM (-1) TO (2050)" } }),
    ];
    if major >= 17 {
        tables.push(json!({ "name": "spelt.j", "columns": [{ "name": "j", "data_type": "jsonb" }],
            "constraints": [{ "name": "jc", "rule": { "check": { "expression": "JSON_EXISTS(j, '$.a') AND JSON_VALUE(j, '$.b' RETURNING varchar(5)) IN ('a', 'b')" } } }] }));
    }
    let described = json!({
        "format": FORMAT,
        "tables": tables,
        "domains": [{ "name": "spelt.d", "data_type": "varchar(9)", "default": "CASE WHEN 'b'::varchar IN ('a', 'b') THEN 'a' END",
                      "checks": [{ "name": "dc", "expression": list("VALUE") }, { "name": "dd", "expression": "length(VALUE) BETWEEN 1 AND 9 AND VALUE <> ''" }] }],
        "functions": [
            { "name": "spelt.trg", "returns": "trigger", "language": "plpgsql", "body": { "text": "begin return new; end" } },
            { "name": "spelt.f", "returns": "boolean", "language": "sql",
              "arguments": [{ "name": "v", "data_type": "varchar" },
                            { "name": "a", "data_type": "boolean", "default": "'a'::varchar IN ('a', 'b')" }],
              "body": { "sql": format!("BEGIN ATOMIC SELECT {} AND f.a AND {} FROM spelt.t AS x WHERE x.v = f.v; END", list("x.v"), year("x.d")) } },
        ],
        "views": [
            { "name": "spelt.v", "query": format!("SELECT id, {} AS a, {} AS b, {} AS c FROM spelt.t", list("v"), year("d"), chain("i")) },
            { "name": "spelt.star", "query": format!("SELECT * FROM spelt.t WHERE {} AND {}", list("v"), chain("i")) },
        ],
        "materialized_views": [{ "name": "spelt.m", "query": format!("SELECT id, {} AS a FROM spelt.t WHERE {}", chain("i"), year("d")),
                                 "indexes": [{ "name": "m_i", "keys": ["id"], "predicate": "id BETWEEN 1 AND 2 AND a" }] }],
        "publications": [{ "name": "spelt_pub", "publish": ["insert"], "tables": [{ "table": "spelt.t", "condition": "id BETWEEN 1 AND 5 AND v <> 'x'" }] }],
    });
    serde_json::from_value(described).unwrap()
}

/// A plugin of these descriptors, whose migration makes what they say.
fn plugin(id: &str, descriptors: &Descriptors) -> Vec<u8> {
    let made = ddl::create(descriptors, &Placement::as_declared(), ForeignKeys::Include);
    let sql: String = made.iter().map(|made| format!("{};\n", made.sql.trim_end_matches(';'))).collect();
    let sql = format!("CREATE SCHEMA spelt;\n{sql}");
    artifacts::declaring(id, &[("0001_made.sql".to_owned(), sql)], descriptors)
}

fn healthy(host: &TestHost, when: &str) {
    assert_eq!(host.findings(), [], "{when}");
    assert_eq!(host.check().status, Status::Healthy, "{when}");
}

#[test]
fn a_plugin_is_healthy_after_a_heal_after_a_restore_and_after_another() {
    let world = World::with(&[]);
    let descriptors = descriptors(world.database.major());
    world.write_library("libbrings_31.so", &plugin("brings_31", &descriptors));
    let outcome = world.host().heal();
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    healthy(&world.host(), "healed");
    let made = Session::in_database(&world.database).snapshot();
    let mut kept: Vec<TestDatabase> = Vec::new();
    for times in ["restored once", "restored twice"] {
        let restored = kept.last().unwrap_or(&world.database).restored();
        world.set_url(&restored.url());
        healthy(&world.host(), times);
        let told = words(&made, &Session::in_database(&restored).snapshot());
        assert!(told.len() > 8, "without spellings all of this would be told: {told:#?}");
        // What is changed there by hand is told there.
        restored.sql("ALTER TABLE spelt.t DROP CONSTRAINT c1, ADD CONSTRAINT c1 CHECK (v IN ('a', 'c'))");
        let findings = world.host().findings();
        let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
        assert_eq!(finding.property.as_deref(), Some("expression"));
        let hazards = finding.repair.iter().flat_map(|repair| &repair.hazards);
        let repairs = RepairRequest {
            allowed: hazards.map(|hazard| hazard.to_string().parse().unwrap()).collect(),
            choices: [finding.id.parse().unwrap()].into(),
        };
        let repaired = world.host().heal_as(&HealRequest { repairs, ..request() });
        assert_eq!(repaired.word(), "succeeded", "{repaired:#?}");
        healthy(&world.host(), "repaired");
        kept.push(restored);
    }
}

fn restored_with_owners(database: &TestDatabase) -> TestDatabase {
    let mut dump = TestServer::shared().program("pg_dump");
    let dump = dump.args(["--schema-only", "--dbname", &database.name]).output().unwrap();
    let restored = TestDatabase::new();
    restored.sql(&String::from_utf8(dump.stdout).unwrap());
    restored
}

#[test]
fn each_schema_of_the_corpus_be_it_a_dump_or_a_source_is_the_same_after_restores() {
    let sources = SchemaSource::corpus();
    if sources.is_empty() {
        println!("skipped: there is no corpus");
        return;
    }
    for source in sources {
        source.roles().iter().for_each(|role| TestServer::shared().make_role(role));
        let database = TestDatabase::new();
        database.sql(&source.sql);
        let spelled = Session::in_database(&database).spelled();
        let once = restored_with_owners(&database);
        let twice = restored_with_owners(&once);
        for restored in [&once, &twice] {
            let told = words(&spelled, &Session::in_database(restored).snapshot());
            assert_eq!(told, [""; 0], "{}", source.name);
        }
    }
}

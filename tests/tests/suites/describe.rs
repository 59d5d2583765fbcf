//! What stands in a database, described as descriptors, amounts to the same again: elaborated beside it, and
//! for random schemas made anew.

use std::collections::BTreeSet;

use tenon_host::database::connect::{Database, install_crypto_provider};
use tenon_host::schema::{catalog, elaborate};
use tenon_migrations_core::compare::compare;
use tenon_migrations_core::ddl::{ForeignKeys, Placement, create};
use tenon_migrations_core::describe::{Description, describe};
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind};
use tenon_schema::{Descriptors, Ident};
use tenon_tests::mutate::SchemaSource;
use tenon_tests::pairs::{self, Pair};
use tenon_tests::{TestDatabase, TestServer, World, artifacts, random};
use tokio::runtime::Runtime;
use tokio_postgres::Client;

/// The schemas that are not PostgreSQL's own, nor the host's.
const SCHEMAS: &str = "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'tenon')";

/// Of how many pairs one is described.
const STEP: usize = 20;

fn runtime() -> Runtime {
    install_crypto_provider();
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A database as it was read, and as it is described.
#[derive(Debug)]
struct Described {
    read: CatalogSnapshot,
    description: Description,
    /// How what is described, elaborated, differs from what was read. What is told to have no words is left
    /// out.
    differences: Vec<String>,
}

impl Described {
    fn undescribed(&self) -> Vec<String> {
        self.description.undescribed.iter().map(|(id, why)| format!("{id}: {why}")).collect()
    }

    /// What of a reading is described.
    fn part(&self, read: &CatalogSnapshot) -> CatalogSnapshot {
        let Description { descriptors, undescribed } = &self.description;
        let undescribed: BTreeSet<_> = undescribed.iter().map(|(id, _)| id).collect();
        read.only(|id| {
            let is_told = undescribed.contains(id) || id.relations().any(|id| undescribed.contains(&id));
            let has_no_words = match id.kind {
                Kind::Settings => true,
                Kind::Schema => !descriptors.schemas.iter().any(|schema| schema.name == id.name),
                Kind::Extension => id.name.as_str() == "plpgsql",
                _ => false,
            };
            !is_told && !has_no_words
        })
    }

    /// How this, made from the description, differs from what was read.
    fn differences(&self, made: &CatalogSnapshot) -> Vec<String> {
        let differences = compare(&self.part(made), &self.part(&self.read));
        differences.iter().map(ToString::to_string).collect()
    }
}

/// A session, and what keeps it.
async fn connected(database: &TestDatabase) -> (Client, impl Sized) {
    let way = Database::new(&database.url().into(), "the test", None, None).unwrap();
    let (client, connection) = way.connect().await.unwrap();
    client.batch_execute("BEGIN; SET LOCAL search_path = pg_catalog").await.unwrap();
    (client, connection)
}

async fn read(client: &Client) -> (CatalogSnapshot, BTreeSet<Ident>) {
    let rows = client.query(SCHEMAS, &[]).await.unwrap();
    let schemas: BTreeSet<_> = rows.iter().map(|row| Ident::new(row.get::<_, String>(0))).collect();
    (catalog::read(client.into(), &schemas).await.unwrap(), schemas)
}

/// Describes a database, and elaborates that beside what stands there.
async fn described(database: &TestDatabase) -> Described {
    let (client, _connection) = connected(database).await;
    let (read, schemas) = read(&client).await;
    let description = describe(&read, &schemas);
    let json = serde_json::to_string(&description.descriptors).unwrap();
    assert_eq!(serde_json::from_str::<Descriptors>(&json).unwrap(), description.descriptors);
    client.batch_execute("SET LOCAL search_path = public").await.unwrap();
    let elaborated = elaborate::elaborate(&client, &description.descriptors).await;
    let mut described = Described { read, description, differences: Vec::new() };
    described.differences = match elaborated {
        Ok(elaborated) => described.differences(&elaborated),
        Err(error) => vec![format!("{error:?}")],
    };
    described
}

/// Makes a database of descriptors alone, and reads it.
async fn made(descriptors: &Descriptors, schemas: &[&str]) -> CatalogSnapshot {
    let database = TestDatabase::new();
    let mut sql: String =
        schemas.iter().map(|schema| format!("CREATE SCHEMA {};\n", Ident::from(*schema).quoted())).collect();
    for made in create(descriptors, &Placement::as_declared(), ForeignKeys::Include) {
        sql += &format!("{};\n", made.sql);
    }
    database.sql(&sql);
    let (client, _connection) = connected(&database).await;
    read(&client).await.0
}

fn loaded(source: &SchemaSource) -> TestDatabase {
    source.roles().iter().for_each(|role| TestServer::shared().make_role(role));
    let database = TestDatabase::new();
    database.sql(&source.sql);
    database
}

#[test]
fn the_plugin_of_every_kind_is_described_whole() {
    for role in ["reader", "writer", "keeper"] {
        TestServer::shared().make_role(role);
    }
    let world = World::with(&["every_kind"]);
    world.heal_and_prove(&["every_kind"]);
    let described = runtime().block_on(described(&world.database));
    assert_eq!(described.differences, [""; 0]);
    insta::assert_snapshot!(described.undescribed().join("\n"), @"");
}

#[test]
fn the_projects_own_schemas_are_described_and_what_has_no_words_is_told() {
    let runtime = runtime();
    let mut told = Vec::new();
    for source in [SchemaSource::fixture(), SchemaSource::gallery(), SchemaSource::samples()] {
        let described = runtime.block_on(described(&loaded(&source)));
        assert_eq!(described.differences, [""; 0], "{}", source.name);
        assert!(described.read.objects.len() > 20, "{}", source.name);
        told.extend(described.undescribed().into_iter().map(|line| format!("{}: {line}", source.name)));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    fixture: foreign server elsewhere: the value of its option password may be a secret, and was not read
    fixture: settings of the database: no descriptor has words for user mappings: mutate_reader on elsewhere: password=(hidden, sha256 b9f195c5…); mutate_reader on elsewhere: user=ann
    fixture: view studio.cheap: no descriptor has words for DEFAULT 3 of its column price
    fixture: view studio.current: no descriptor has words for the comments of sku; its own is left open with them
    fixture: constraint studio.item.item_pkey: no descriptor has words for comment on the index: By number
    fixture: index studio.item.item_label_idx: no descriptor has words for extensions it depends on: (citext)
    fixture: statistics studio.item."annex.item_elsewhere": it stands in another schema than its table
    "#);
}

#[test]
fn a_random_schema_is_described_and_made_anew_from_that() {
    let runtime = runtime();
    for seed in 0..12 {
        let descriptors = random::descriptors(seed);
        let database = TestDatabase::new();
        let statements = create(&descriptors, &Placement::as_declared(), ForeignKeys::Include);
        let sql: String = statements.iter().map(|made| format!("{};\n", made.sql)).collect();
        database.sql(&format!("CREATE SCHEMA {};\n{sql}", Ident::new(random::SCHEMA).quoted()));
        let described = runtime.block_on(described(&database));
        assert_eq!(described.differences, [""; 0], "seed {seed}: {descriptors:#?}");
        assert_eq!(described.undescribed(), [""; 0], "seed {seed}");
        let anew = runtime.block_on(made(&described.description.descriptors, &[random::SCHEMA]));
        assert_eq!(described.differences(&anew), [""; 0], "seed {seed}: {descriptors:#?}");
    }
}

#[test]
fn the_dumps_of_the_corpus_are_described_whole() {
    let dumps = SchemaSource::corpus();
    if dumps.is_empty() {
        println!("skipped: there is no corpus");
        return;
    }
    let runtime = runtime();
    for source in dumps {
        let described = runtime.block_on(described(&loaded(&source)));
        println!("{}: {} objects", source.name, described.read.objects.len());
        assert_eq!(described.differences, [""; 0], "{}", source.name);
        assert_eq!(described.undescribed(), [""; 0], "{}", source.name);
    }
}

#[test]
fn schemas_with_one_thing_each_are_described() {
    pairs::prepare_server();
    let (major, has_icu) = (TestDatabase::new().major(), TestServer::shared().has_icu());
    let runtime = runtime();
    let (mut wrong, mut number) = (Vec::new(), 0);
    let pairs = Pair::all(&artifacts::root().join("tests/pairs"));
    for pair in pairs.iter().filter(|pair| pair.can_be_made(major, has_icu)).step_by(STEP) {
        for schema in pair.schemas() {
            let database = TestDatabase::new();
            database.sql(&format!("CREATE SCHEMA app;\n{schema}"));
            let described = runtime.block_on(described(&database));
            number += 1;
            for line in described.undescribed() {
                println!("{}: {line}", pair.name);
            }
            wrong.extend(described.differences.into_iter().map(|line| format!("{}: {line}", pair.name)));
        }
    }
    assert!(number > 30, "{number}");
    assert_eq!(wrong, [""; 0]);
}

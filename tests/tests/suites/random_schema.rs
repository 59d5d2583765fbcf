//! Any schema that descriptors can say, written out as SQL and made, reads back as what it is elaborated to.

use std::collections::BTreeSet;

use serde_json::json;
use tenon_host::database::connect::{Database, install_crypto_provider};
use tenon_host::schema::{catalog, elaborate, spelling};
use tenon_migrations_core::claims;
use tenon_migrations_core::compare::compare;
use tenon_migrations_core::ddl::{ForeignKeys, Placement, create};
use tenon_migrations_core::snapshot::Property;
use tenon_schema::{Descriptors, FORMAT, Ident};
use tenon_tests::{TestDatabase, random, some_of};
use tokio_postgres::Client;

/// What is told of the made objects, held against the elaborated descriptors.
async fn told(client: &Client, descriptors: &Descriptors) -> Vec<String> {
    let schema = Ident::new(random::SCHEMA);
    client
        .batch_execute(&format!("BEGIN; CREATE SCHEMA {}; SET LOCAL search_path = public", schema.quoted()))
        .await
        .unwrap();
    for made in create(descriptors, &Placement::as_declared(), ForeignKeys::Include) {
        if let Err(error) = client.batch_execute(&made.sql).await {
            return vec![format!("{error:?}: {}", made.sql)];
        }
    }
    let expected = match elaborate::elaborate(client, descriptors).await {
        Ok(expected) => expected,
        Err(error) => return vec![format!("{error:?}")],
    };
    client.batch_execute("SET LOCAL search_path = pg_catalog").await.unwrap();
    let live = catalog::read(client.into(), &BTreeSet::from([schema])).await.unwrap();
    let claims = claims::of(descriptors);
    let differences = compare(&expected, &claims::part(&live, &claims, &expected));
    let nobodys = claims::unmanaged(&live, &claims, &[&expected]);
    let differences = differences.iter().map(ToString::to_string);
    differences.chain(nobodys.iter().map(|object| format!("nobody's: {object}"))).collect()
}

#[test]
fn a_random_schema_that_was_made_reads_back_as_what_it_was_declared() {
    install_crypto_provider();
    let database = TestDatabase::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let way = Database::new(&database.url().into(), "the test", None, None).unwrap();
        let (client, _connection) = way.connect().await.unwrap();
        let mut objects = 0;
        for seed in some_of(0..40, 2) {
            let descriptors = random::descriptors(seed);
            objects += claims::of(&descriptors).len();
            assert_eq!(
                told(&client, &descriptors).await,
                Vec::<String>::new(),
                "seed {seed}: {descriptors:#?}"
            );
            client.batch_execute("ROLLBACK").await.unwrap();
        }
        assert!(objects > 75, "there were only {objects} objects");
    });
}

#[test]
fn a_random_schema_made_from_source_is_the_same_after_restores() {
    install_crypto_provider();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let schemas = BTreeSet::from([Ident::new(random::SCHEMA)]);
    for seed in some_of(100..112, 2) {
        let descriptors = random::descriptors(seed);
        let database = TestDatabase::new();
        let read = async |database: &TestDatabase, spelled: bool| {
            let way = Database::new(&database.url().into(), "the test", None, None).unwrap();
            let (client, _connection) = way.connect().await.unwrap();
            client.batch_execute("BEGIN; SET LOCAL search_path = pg_catalog").await.unwrap();
            let mut snapshot = catalog::read((&client).into(), &schemas).await.unwrap();
            if spelled {
                spelling::complete(&client, &mut snapshot).await.unwrap();
            }
            snapshot
        };
        let made = create(&descriptors, &Placement::as_declared(), ForeignKeys::Include);
        let made: String = made.iter().map(|made| format!("{};\n", made.sql)).collect();
        database.sql(&format!("CREATE SCHEMA {};\n{made}", Ident::new(random::SCHEMA).quoted()));
        let spelled = runtime.block_on(read(&database, true));
        let once = database.restored();
        let twice = once.restored();
        for restored in [&once, &twice] {
            let differences = compare(&spelled, &runtime.block_on(read(restored, false)));
            assert_eq!(differences, [], "seed {seed}: {descriptors:#?}");
        }
    }
}

#[test]
fn a_plugin_of_more_than_ten_schemas_is_elaborated_under_their_real_names() {
    install_crypto_provider();
    let database = TestDatabase::new();
    let table = |number: usize| {
        let key = json!({ "primary_key": { "columns": ["id"] } });
        let parent = format!("s{}.t", if number == 1 { 12 } else { number - 1 });
        let foreign = json!({ "foreign_key": { "columns": ["id"], "references": parent, "referenced_columns": ["id"] } });
        json!({
            "name": format!("s{number}.t"),
            "columns": [{ "name": "id", "data_type": "bigint", "not_null": true }],
            "constraints": [{ "rule": key }, { "rule": foreign }],
        })
    };
    let tables: Vec<_> = (1..=12).map(table).collect();
    let descriptors: Descriptors =
        serde_json::from_value(json!({ "format": FORMAT, "tables": tables })).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let way = Database::new(&database.url().into(), "the test", None, None).unwrap();
        let (client, _connection) = way.connect().await.unwrap();
        client.batch_execute("BEGIN").await.unwrap();
        let snapshot = elaborate::elaborate(&client, &descriptors).await.unwrap();
        let references = snapshot.objects.values().filter_map(|object| object.get(&Property::References));
        let mut references: Vec<_> = references.map(ToString::to_string).collect();
        references.sort();
        let mut parents: Vec<_> = (1..=12).map(|number| format!("s{number}.t")).collect();
        parents.sort();
        assert_eq!(references, parents);
    });
}

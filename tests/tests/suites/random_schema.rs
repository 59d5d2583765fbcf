//! Any schema that descriptors can say, written out as SQL and made, reads back as what it is elaborated to.

use std::collections::BTreeSet;

use tenon_host::postgres::connect::{Database, install_crypto_provider};
use tenon_host::postgres::{catalog, elaborate};
use tenon_migrations_core::claims;
use tenon_migrations_core::compare::compare;
use tenon_migrations_core::ddl::{ForeignKeys, Placement, create};
use tenon_schema::{Descriptors, Ident};
use tenon_tests::{TestDatabase, random};
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
    let live = catalog::read(client, &BTreeSet::from([schema])).await.unwrap();
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
        for seed in 0..40 {
            let descriptors = random::descriptors(seed);
            objects += claims::of(&descriptors).len();
            assert_eq!(
                told(&client, &descriptors).await,
                Vec::<String>::new(),
                "seed {seed}: {descriptors:#?}"
            );
            client.batch_execute("ROLLBACK").await.unwrap();
        }
        assert!(objects > 150, "there were only {objects} objects");
    });
}

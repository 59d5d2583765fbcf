//! What a drift check must get right, case by case: each P is not to be reported, each N is.
//!
//! A case that one transaction can hold runs in one, which is rolled back.

mod alone;
mod cut_off;
mod interrupted;
mod must;
mod must_not;
mod newer;
mod relations;

use std::collections::BTreeSet;

use tenon_host::database::connect::{Database, install_crypto_provider};
use tenon_host::schema::{spelling, state};
use tenon_migrations_core::claims::{self, Claim};
use tenon_migrations_core::compare::{Difference, compare};
use tenon_migrations_core::finding::Severity;
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_tests::TestDatabase;
use tokio::runtime::Runtime;
use tokio_postgres::Client;

/// The table that the examples are about.
const ITEM: &str = "CREATE SCHEMA inv; CREATE TYPE inv.state AS ENUM ('new', 'sold'); \
    CREATE TABLE inv.item (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sku varchar(25) NOT NULL, \
    name text, qty int DEFAULT 0, price numeric(12,2), st inv.state DEFAULT 'new', meta jsonb DEFAULT '{}', \
    at timestamptz NOT NULL DEFAULT now())";

/// A database of one test's own, and one session in it.
struct Place {
    client: Client,
    runtime: Runtime,
    database: TestDatabase,
}

impl Place {
    /// With the example's table, and what this SQL makes besides.
    fn with(sql: &str) -> Self {
        let database = TestDatabase::new();
        database.sql(&format!("{ITEM}; {sql}"));
        Self::of(database)
    }

    fn of(database: TestDatabase) -> Self {
        install_crypto_provider();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let way = Database::new(&database.url().into(), "the test", None, None).unwrap();
        let (client, _) = runtime.block_on(way.connect()).unwrap();
        Self { client, runtime, database }
    }

    /// What a check reads there after this SQL, which is undone again.
    fn after(&self, sql: &str) -> CatalogSnapshot {
        let schemas = BTreeSet::from(["inv".into(), "other".into(), "public".into()]);
        self.runtime.block_on(async {
            let begin = format!("BEGIN; {sql}; SET LOCAL search_path = pg_catalog");
            self.client.batch_execute(&begin).await.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
            let mut read = None;
            state::renew(&self.client, None, &schemas.into(), &mut read).await.unwrap();
            self.client.batch_execute("ROLLBACK").await.unwrap();
            read.unwrap().state.live.clone()
        })
    }

    fn now(&self) -> CatalogSnapshot {
        self.after("SELECT")
    }

    /// What stands there now, in all spellings that restores give it.
    fn spelled(&self) -> CatalogSnapshot {
        let mut snapshot = self.now();
        self.runtime.block_on(async {
            self.client.batch_execute("BEGIN; SET LOCAL search_path = pg_catalog").await.unwrap();
            spelling::complete(&self.client, &mut snapshot).await.unwrap();
            self.client.batch_execute("ROLLBACK").await.unwrap();
        });
        snapshot
    }

    /// Whether the server is of this major or a later one.
    fn has(&self, major: u32) -> bool {
        self.database.major() >= major
    }

    /// What a check tells of this SQL run by hand.
    fn told(&self, by_hand: &str) -> Vec<Difference> {
        compare(&self.now(), &self.after(by_hand))
    }

    /// Each of these, run by hand, is told in words that begin so.
    fn finds(&self, cases: &[(&str, &str)]) {
        let before = self.now();
        let mut failures = Vec::new();
        for (by_hand, wanted) in cases {
            let told = words(&compare(&before, &self.after(by_hand)));
            if !told.iter().any(|one| one.starts_with(wanted)) {
                failures.push(format!("{by_hand}\n  wanted {wanted}, told {told:#?}"));
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    /// Each of these, run by hand, is told in words that begin so, and at this severity.
    fn finds_as(&self, severity: Severity, cases: &[(&str, &str)]) {
        self.finds(cases);
        for (by_hand, wanted) in cases {
            let told = self.told(by_hand);
            let found = told.iter().find(|one| one.to_string().starts_with(wanted)).unwrap();
            assert_eq!(found.severity, severity, "{by_hand}: {found}");
        }
    }

    /// Nothing is told of what pg_dump and psql made of this database, nor of what they made of that.
    fn survives_a_restore(&self) {
        let before = self.spelled();
        let once = self.database.restored();
        let twice = once.restored();
        for restored in [once, twice] {
            assert_eq!(words(&compare(&before, &Self::of(restored).now())), [""; 0]);
        }
    }

    /// What is told of a plugin whose own is all that was there, as a check does it.
    fn told_of_the_plugin(&self, by_hand: &str) -> (Vec<Difference>, Vec<String>) {
        let (before, after) = (self.now(), self.after(by_hand));
        let claims: BTreeSet<_> = before.objects.keys().map(Claim::to).collect();
        let unmanaged = claims::unmanaged(&after, &claims, &[&before]);
        let differences = compare(&before, &claims::part(&after, &claims, &before));
        (differences, unmanaged.iter().map(ToString::to_string).collect())
    }
}

/// Two ways to write one thing leave nothing to tell.
fn same(cases: &[(&str, &str)]) {
    let place = Place::with("");
    let mut failures = Vec::new();
    for (one, other) in cases {
        let told = words(&compare(&place.after(one), &place.after(other)));
        if !told.is_empty() {
            failures.push(format!("{one}\n{other}\n  told {told:#?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn words(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(ToString::to_string).collect()
}

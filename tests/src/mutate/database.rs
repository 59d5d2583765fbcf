//! A schema in a database, read as the host reads.

use std::collections::BTreeSet;

use tenon_host::schema::spelling;
use tenon_host::schema::state::{CachedState, Renewal, Scope, renew};
use tenon_host::support::errors::chain;
use tenon_migrations_core::compare::{Difference, compare};
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_schema::Ident;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

use super::SchemaSource;
use super::load::load;
use crate::database::TestDatabase;
use crate::server::{TestServer, run};

/// What the changes need beyond a schema: the names are the same for the whole server.
pub(super) fn prepare_server() {
    TestServer::shared().make_role("mutate_owner");
    TestServer::shared().make_role("mutate_reader");
    let mut psql = TestServer::shared().psql("postgres");
    psql.args(["-c", "SET allow_in_place_tablespaces = on"]);
    // It may be there from another run.
    let _ = psql.args(["-c", "CREATE TABLESPACE mutate_space LOCATION ''"]).output();
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// All that the host can say of a database.
#[derive(Debug, Clone)]
pub(crate) struct SchemaState {
    pub(crate) snapshot: CatalogSnapshot,
    /// Of kinds that are not compared: kind and name.
    pub(super) announced: Vec<(String, String)>,
    /// What the host keeps of it.
    cached: CachedState,
}

impl SchemaState {
    /// The server's major version.
    pub(crate) fn server_major(&self) -> i32 {
        self.cached.state.ledger.server_major
    }

    fn of(cached: CachedState) -> Self {
        let announced = cached.state.announced.iter();
        let announced =
            announced.flat_map(|(kind, names)| names.iter().map(|name| (kind.clone(), name.clone())));
        Self { snapshot: cached.state.live.clone(), announced: announced.collect(), cached }
    }

    /// Renews what was seen before a change, which has to come to what is read afresh; and how that was done.
    pub(super) async fn renewed(&self, client: &Client, afresh: &Self) -> Result<Renewal, String> {
        let mut cached = Some(self.cached.clone());
        let failed = |error| format!("it could not be renewed: {}", chain(&error));
        let renewal = renew(client, None, &schemas(client).await?, &mut cached).await.map_err(failed)?;
        let renewed = Self::of(cached.unwrap());
        if renewal == Renewal::Unchanged {
            return Err("the change token stands still".to_owned());
        }
        if (&renewed.snapshot, &renewed.announced) != (&afresh.snapshot, &afresh.announced) {
            let differences = compare(&afresh.snapshot, &renewed.snapshot);
            return Err(format!("what was read again is not all that changed: {differences:#?}"));
        }
        Ok(renewal)
    }
}

/// A schema in a database of its own, and what was said of it before any change.
#[derive(Debug)]
pub(super) struct Loaded {
    database: TestDatabase,
    pub(super) client: Client,
    pub(super) before: SchemaState,
}

impl Loaded {
    /// Loads as much of a schema as can be, and gives what was left out; or says why it could not be read.
    pub(super) fn new(source: &SchemaSource) -> Result<(Self, Vec<String>), String> {
        let (database, left_out) = load(source);
        // The connection lives on a thread of its own, whatever the caller does with his.
        let client = connect(&database);
        let spelled = runtime().block_on(with_spellings(&client))?;
        let before = SchemaState { snapshot: spelled, ..runtime().block_on(read_twice(&client))? };
        Ok((Self { database, client, before }, left_out))
    }

    pub(super) async fn read_again(&self) -> Result<Vec<Difference>, String> {
        Ok(compare(&self.before.snapshot, &read_only(&self.client).await?.snapshot))
    }

    /// The differences of a dump restored into a new database, of that dumped and restored again, and so on;
    /// up to where that cannot be done.
    pub(super) async fn restored(&self, times: usize) -> Vec<Result<Vec<Difference>, String>> {
        let mut all = Vec::new();
        let mut from = self.database.name.clone();
        let mut restored = Vec::new();
        for _ in 0..times {
            match restore(&from).await {
                Ok((database, said)) => {
                    all.push(Ok(compare(&self.before.snapshot, &said.snapshot)));
                    from.clone_from(&database.name);
                    restored.push(database);
                }
                Err(why) => {
                    all.push(Err(why));
                    break;
                }
            }
        }
        all
    }

    /// A new database with the same in it. Nobody may be in this one meanwhile.
    pub(super) async fn copy(&mut self) -> (TestDatabase, Client) {
        // A template may have no sessions: this one's ends first.
        self.client = connect_to("postgres");
        let copy = TestDatabase { name: format!("t_{}", uuid::Uuid::new_v4().simple()) };
        let sql = format!("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", copy.name, self.database.name);
        self.client.batch_execute(&sql).await.unwrap();
        self.client = connect(&self.database);
        let client = connect(&copy);
        (copy, client)
    }
}

/// What is read of a schema, in all spellings that restores give it. What is looked at later is read after
/// this, which leaves nothing behind.
pub(crate) async fn with_spellings(client: &Client) -> Result<CatalogSnapshot, String> {
    client.batch_execute("BEGIN").await.unwrap();
    let mut snapshot = read(client).await?.snapshot;
    spelling::complete(client, &mut snapshot).await.map_err(|error| chain(&error))?;
    client.batch_execute("ROLLBACK").await.unwrap();
    Ok(snapshot)
}

/// Dumps a database into a new one, which is read.
async fn restore(from: &str) -> Result<(TestDatabase, SchemaState), String> {
    let output = TestServer::shared().program("pg_dump").args(["--schema-only", "--dbname", from]).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("it cannot be dumped: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let database = TestDatabase::new();
    let failures = database.tries(&String::from_utf8_lossy(&output.stdout));
    if !failures.is_empty() {
        return Err(format!("its dump cannot be restored: {}", failures.join("; ")));
    }
    // Without data nothing is refreshed either. In the order in which they were made.
    let populated = "SELECT string_agg(format('REFRESH MATERIALIZED VIEW %s', oid::regclass), '; ' ORDER BY oid) \
                     FROM pg_class WHERE relkind = 'm' AND relispopulated";
    let refresh = run(TestServer::shared().psql(from).args(["-c", populated]));
    let failures = database.tries(&refresh);
    if !failures.is_empty() {
        return Err(format!("its materialized views cannot be filled: {}", failures.join("; ")));
    }
    let said = read_only(&connect(&database)).await?;
    Ok((database, said))
}

fn connect(database: &TestDatabase) -> Client {
    connect_to(&database.name)
}

pub(crate) fn connect_to(database: &str) -> Client {
    let url = TestServer::shared().url(database);
    let (told, client) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime().block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
            told.send(client).unwrap();
            let _ = connection.await;
        });
    });
    let client = client.recv().unwrap();
    // Names with their schemas, as the reading needs; and no change may hang.
    let set = "SET search_path = pg_catalog; SET check_function_bodies = off; SET statement_timeout = '60s'; \
               SET client_min_messages = error";
    runtime_of_its_own(async { client.batch_execute(set).await.unwrap() });
    client
}

/// Waits for a future also where a runtime is running already.
fn runtime_of_its_own(future: impl Future<Output = ()> + Send) {
    std::thread::scope(|scope| {
        scope.spawn(|| runtime().block_on(future)).join().unwrap();
    });
}

pub(crate) async fn read_only(client: &Client) -> Result<SchemaState, String> {
    client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY").await.unwrap();
    let said = read(client).await;
    client.batch_execute("ROLLBACK").await.unwrap();
    said
}

/// Reads all schemas that are not PostgreSQL's own.
pub(crate) async fn read(client: &Client) -> Result<SchemaState, String> {
    let mut cached = None;
    expect(client, &mut cached, Renewal::Whole).await
}

/// Asked a second time, the host also looks by what it will know which relations have changed.
pub(super) async fn read_twice(client: &Client) -> Result<SchemaState, String> {
    let mut cached = Some(read(client).await?.cached);
    expect(client, &mut cached, Renewal::Unchanged).await
}

async fn expect(
    client: &Client,
    cached: &mut Option<CachedState>,
    how: Renewal,
) -> Result<SchemaState, String> {
    let failed = |error| format!("it could not be read: {}", chain(&error));
    assert_eq!(renew(client, None, &schemas(client).await?, cached).await.map_err(failed)?, how);
    Ok(SchemaState::of(cached.take().expect("what was read is kept")))
}

async fn schemas(client: &Client) -> Result<Scope, String> {
    let sql = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";
    let rows = client.query(sql, &[]).await.map_err(|error| error.to_string())?;
    Ok(rows.iter().map(|row| Ident::new(row.get::<_, &str>(0))).collect::<BTreeSet<_>>().into())
}

/// What PostgreSQL says of an error, in its own words.
pub(super) fn said(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

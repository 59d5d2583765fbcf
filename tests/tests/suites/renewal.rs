//! What was seen before a change is renewed by reading what can have changed, and that is as good as reading
//! everything. The mutation suite holds the same over all kinds of change; these are the ones with a trap.

use std::collections::BTreeSet;

use tenon_host::schema::state::{CachedState, Renewal, Scope, renew};
use tenon_tests::{TestDatabase, TestServer};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

/// Of two schemas only `inv` is read.
const SETUP: &str = "
    CREATE SCHEMA inv; CREATE SCHEMA outside;
    CREATE TYPE inv.state AS ENUM ('new', 'sold');
    CREATE TABLE outside.part (id int PRIMARY KEY, label text);
    CREATE TABLE inv.item (id int PRIMARY KEY, part int REFERENCES outside.part, sku text, st inv.state);
    CREATE TABLE inv.stock (id serial PRIMARY KEY, item int REFERENCES inv.item, place regclass
        CHECK (place = ANY ('{inv.item}'::regclass[])));
    CREATE TABLE inv.other (id int);
    CREATE VIEW inv.labels AS SELECT i.sku, p.label FROM inv.item i JOIN outside.part p ON p.id = i.part;
    CREATE FUNCTION inv.items() RETURNS SETOF inv.item LANGUAGE sql BEGIN ATOMIC SELECT * FROM inv.item; END;
";

struct Renewing {
    database: TestDatabase,
    runtime: Runtime,
    client: Client,
    scope: Scope,
}

impl Renewing {
    fn new() -> Self {
        let database = TestDatabase::new();
        database.sql(SETUP);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url = TestServer::shared().url(&database.name);
        let (client, connection) = runtime.block_on(tokio_postgres::connect(&url, NoTls)).unwrap();
        runtime.spawn(connection);
        runtime.block_on(client.batch_execute("SET search_path = pg_catalog")).unwrap();
        Self { database, runtime, client, scope: BTreeSet::from(["inv".into()]).into() }
    }

    fn renew(&self, cached: &mut Option<CachedState>) -> Renewal {
        self.runtime.block_on(renew(&self.client, None, &self.scope, cached)).unwrap()
    }

    /// What is seen, so often that it is known what to renew.
    fn cached(&self) -> Option<CachedState> {
        let mut cached = None;
        assert_eq!(self.renew(&mut cached), Renewal::Whole);
        assert_eq!(self.renew(&mut cached), Renewal::Unchanged);
        cached
    }

    /// How what was seen is renewed after this SQL, which has to come to what is read afresh.
    fn renewed(&self, cached: &mut Option<CachedState>, sql: &str) -> Renewal {
        self.database.sql(sql);
        let renewal = self.renew(cached);
        let mut afresh = None;
        self.renew(&mut afresh);
        let (renewed, afresh) = (&cached.as_ref().unwrap().state, afresh.unwrap().state);
        assert_eq!(renewed.live, afresh.live, "{sql}");
        assert_eq!(renewed.announced, afresh.announced, "{sql}");
        renewal
    }

    /// How what is seen at this moment is renewed after this SQL.
    fn after(&self, sql: &str) -> Renewal {
        self.renewed(&mut self.cached(), sql)
    }
}

#[test]
fn what_no_reading_shows_leaves_what_was_seen() {
    let here = Renewing::new();
    for sql in [
        "INSERT INTO inv.other VALUES (1)",
        "BEGIN; ALTER TABLE inv.other ADD x int; ROLLBACK",
        "CREATE TEMPORARY TABLE inv_other (id int PRIMARY KEY, name text); INSERT INTO inv_other VALUES (1)",
        "ANALYZE",
        "SELECT nextval('inv.stock_id_seq')",
    ] {
        assert_eq!(here.after(sql), Renewal::Unchanged, "{sql}");
    }
}

#[test]
fn after_a_change_of_a_relation_it_is_read_again_and_what_depends_on_it() {
    let here = Renewing::new();
    for sql in [
        "ALTER TABLE inv.other ADD more text DEFAULT 'x'",
        "ALTER TABLE inv.other DROP more",
        "CREATE TABLE inv.newcomer (id serial PRIMARY KEY, stock int REFERENCES inv.stock)",
        "ALTER TABLE inv.stock RENAME COLUMN id TO number",
        "ALTER INDEX inv.stock_pkey RENAME TO the_key",
        "ALTER SEQUENCE inv.stock_id_seq OWNED BY NONE",
        "COMMENT ON COLUMN inv.stock.item IS 'which'",
        "GRANT SELECT (item) ON inv.stock TO PUBLIC",
        "TRUNCATE inv.other",
        // With a TOAST table, which no reading shows, and then without it.
        "CREATE TABLE inv.letter (id int PRIMARY KEY, body text)",
        "ALTER TABLE inv.letter ALTER body TYPE int USING 0",
        // Of which the table within tells.
        "CREATE TABLE outside.child () INHERITS (inv.other)",
        "ALTER TABLE outside.child NO INHERIT inv.other",
        "CREATE TABLE inv.wide (id int, body text)",
        "UPDATE pg_index SET indisvalid = false WHERE indrelid = \
         (SELECT reltoastrelid FROM pg_class WHERE oid = 'inv.wide'::regclass)",
    ] {
        assert_eq!(here.after(sql), Renewal::Part, "{sql}");
    }
}

/// What was renewed can be renewed again, whether something came, changed or went.
#[test]
fn one_change_after_the_other_is_renewed() {
    let here = Renewing::new();
    let mut cached = here.cached();
    let part = [
        "CREATE TABLE inv.letter (id int PRIMARY KEY, body text, at timestamptz)",
        "CREATE INDEX letter_at ON inv.letter (at)",
        "ALTER TABLE inv.letter ADD CONSTRAINT sane CHECK (id > 0)",
        "COMMENT ON TABLE inv.letter IS 'sent'",
        "ALTER TABLE inv.stock DISABLE TRIGGER ALL",
        "DROP INDEX inv.letter_at",
        "ALTER TABLE inv.stock ENABLE TRIGGER ALL",
        "COMMENT ON TABLE inv.letter IS NULL",
        "ALTER TABLE inv.letter DROP CONSTRAINT sane",
        "ALTER TABLE inv.letter ALTER body TYPE varchar(9); ALTER TABLE inv.stock ADD more text",
    ];
    for sql in part {
        assert_eq!(here.renewed(&mut cached, sql), Renewal::Part, "{sql}");
        assert_eq!(
            here.renewed(&mut cached, "INSERT INTO inv.other VALUES (1)"),
            Renewal::Unchanged,
            "{sql}"
        );
    }
    // Each is of a kind that belongs to no relation.
    for sql in [
        "CREATE TYPE inv.pair AS (a int, b text)",
        "ALTER TYPE inv.pair ADD ATTRIBUTE c int",
        "DROP TYPE inv.pair",
    ] {
        assert_eq!(here.renewed(&mut cached, sql), Renewal::Whole, "{sql}");
    }
    let elsewhere = "CREATE TEMPORARY TABLE inv_other (id int PRIMARY KEY, name text)";
    for sql in [
        elsewhere,
        "GRANT SELECT (sku) ON inv.labels TO PUBLIC",
        part[1],
        "REVOKE SELECT (sku) ON inv.labels FROM PUBLIC",
    ] {
        let renewal = if sql == elsewhere { Renewal::Unchanged } else { Renewal::Part };
        assert_eq!(here.renewed(&mut cached, sql), renewal, "{sql}");
    }
}

#[test]
fn a_column_renamed_outside_of_the_schemas_that_are_read_changes_a_view_within() {
    let here = Renewing::new();
    assert_eq!(here.after("ALTER TABLE outside.part RENAME label TO title"), Renewal::Part);
    assert_eq!(here.after("ALTER TABLE outside.part DISABLE TRIGGER ALL"), Renewal::Part);
}

#[test]
fn after_a_change_whose_reach_is_not_known_everything_is_read() {
    let here = Renewing::new();
    for sql in [
        // A name in the literal of an array of regclass follows the table, and nothing depends on the table.
        "ALTER TABLE inv.item RENAME TO thing",
        "ALTER TABLE inv.thing SET SCHEMA outside",
        // A function's body says what it reads.
        "ALTER TABLE outside.thing RENAME sku TO code",
        "ALTER TYPE inv.state ADD VALUE 'lost'",
        "DROP TABLE inv.other",
        "COMMENT ON CONSTRAINT stock_pkey ON inv.stock IS 'one'",
        "CREATE EXTENSION citext SCHEMA outside",
        "ALTER INDEX inv.stock_pkey DEPENDS ON EXTENSION citext",
    ] {
        assert_eq!(here.after(sql), Renewal::Whole, "{sql}");
    }
}

#[test]
fn a_role_is_of_concern_when_something_is_granted_to_it_and_its_settings_with_it() {
    let here = Renewing::new();
    let role = format!("role_{}", here.database.name);
    assert_eq!(here.after(&format!("CREATE ROLE {role}")), Renewal::Unchanged);
    assert_eq!(here.after(&format!("ALTER ROLE {role} SET search_path = 'nowhere'")), Renewal::Unchanged);
    assert_eq!(here.after(&format!("GRANT SELECT ON inv.other TO {role}")), Renewal::Whole);
    assert_eq!(here.after(&format!("ALTER ROLE {role} SET search_path = 'there'")), Renewal::Whole);
    here.database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

/// In the same number of rows: neither a count nor an ended transaction tells the two apart.
#[test]
fn what_a_session_has_seen_of_its_own_and_taken_back_is_not_seen_any_more() {
    let here = Renewing::new();
    let mut cached = here.cached();
    let own = |sql: &str| here.runtime.block_on(here.client.batch_execute(sql)).unwrap();
    own("BEGIN; ALTER TABLE inv.other RENAME id TO number");
    assert_eq!(here.renew(&mut cached), Renewal::Part);
    own("ROLLBACK");
    assert_ne!(here.renewed(&mut cached, "SELECT 1"), Renewal::Unchanged);
    assert_eq!(here.renew(&mut cached), Renewal::Unchanged);
}

#[test]
fn what_was_under_way_when_it_was_seen_is_read_once_it_is_committed() {
    let here = Renewing::new();
    let (url, url_of_other) =
        (TestServer::shared().url(&here.database.name), TestServer::shared().url("postgres"));
    let connect = async |url: &str| {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    };
    let (changing, elsewhere) =
        here.runtime.block_on(async { (connect(&url).await, connect(&url_of_other).await) });
    let run = |client: &Client, sql: &str| here.runtime.block_on(client.batch_execute(sql)).unwrap();
    // Older than the change, and longer under way: it holds the horizon back.
    run(&elsewhere, "BEGIN; SELECT pg_current_xact_id()");
    let mut cached = here.cached();
    run(&changing, "BEGIN; ALTER TABLE inv.other RENAME id TO number");
    assert_eq!(here.renew(&mut cached), Renewal::Unchanged);
    run(&changing, "COMMIT");
    assert_eq!(here.renewed(&mut cached, "SELECT 1"), Renewal::Part);
    assert_eq!(here.renewed(&mut cached, "ALTER TABLE inv.other RENAME number TO id"), Renewal::Part);
    assert_eq!(here.renew(&mut cached), Renewal::Unchanged);
    run(&elsewhere, "ROLLBACK");
    assert_eq!(here.renew(&mut cached), Renewal::Unchanged);
}

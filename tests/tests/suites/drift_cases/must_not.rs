//! P: must not be reported.

use tenon_host::schema::snapshot_file::{SnapshotFile, SnapshotScope, SourceMismatch};
use tenon_migrations_core::compare::compare;
use tenon_migrations_core::finding::Severity;
use tenon_migrations_core::migration::Checksum;
use tenon_migrations_core::snapshot::{Kind, SnapshotSource};
use tenon_tests::World;

use super::{Place, same, words};

const FUNCTION: &str =
    "CREATE FUNCTION inv.uid() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user::text'";

#[test]
fn p01_a_check_of_a_list_that_a_restore_deparses_otherwise() {
    Place::with("ALTER TABLE inv.item ADD CONSTRAINT c CHECK (sku IN ('R', 'D'))").survives_a_restore();
}

#[test]
fn p02_an_index_a_policy_a_generated_column_and_a_view_of_such_a_list() {
    Place::with(
        "CREATE INDEX i ON inv.item (id) WHERE sku IN ('R', 'D'); \
         CREATE POLICY p ON inv.item USING (sku IN ('R', 'D')); \
         ALTER TABLE inv.item ADD COLUMN g boolean GENERATED ALWAYS AS (sku IN ('R', 'D')) STORED; \
         CREATE VIEW inv.v AS SELECT id FROM inv.item WHERE sku IN ('R', 'D'); \
         CREATE MATERIALIZED VIEW inv.m AS SELECT id FROM inv.item WHERE sku IN ('R', 'D')",
    )
    .survives_a_restore();
}

#[test]
fn p03_operators_that_are_written_in_two_ways() {
    let check = |expression: &str| format!("ALTER TABLE inv.item ADD CONSTRAINT c CHECK ({expression})");
    for (one, other) in [
        ("qty BETWEEN 1 AND 10", "(qty >= 1) AND ((qty <= 10))"),
        ("qty != 5", "qty <> 5"),
        ("name LIKE 'a%'", "name ~~ 'a%'"),
        ("name NOT IN ('a', 'b')", "name <> ALL (ARRAY['a', 'b'])"),
    ] {
        same(&[(&check(one), &check(other))]);
    }
    Place::with("ALTER TABLE inv.item ADD CHECK (qty BETWEEN 1 AND 10 AND sku NOT IN ('a', 'b'))")
        .survives_a_restore();
}

#[test]
fn p04_defaults_that_the_server_spells_in_its_own_way() {
    let table = |defaults: [&str; 7]| {
        let types = ["interval", "boolean", "integer", "text", "bit(3)", "jsonb", "numeric"];
        let columns = types.iter().zip(defaults).enumerate();
        let columns: Vec<_> =
            columns.map(|(number, (name, default))| format!("c{number} {name} DEFAULT {default}")).collect();
        format!("CREATE TABLE inv.t ({})", columns.join(", "))
    };
    let written =
        table(["interval '90 days'", "'f'", "-1", "E'a\\'b'", "B'101'", "'{\"a\":1, \"b\":2}'", "1e3"]);
    let spelled = table([
        "'90 days'::interval",
        "false",
        "'-1'::integer",
        "'a''b'::text",
        "'101'::\"bit\"",
        "'{\"a\": 1, \"b\": 2}'::jsonb",
        "'1000'::numeric",
    ]);
    same(&[(&written, &spelled)]);
    Place::with(&written).survives_a_restore();
}

#[test]
fn p05_a_default_of_null() {
    same(&[("CREATE TABLE inv.t (a int DEFAULT NULL)", "CREATE TABLE inv.t (a int)")]);
}

#[test]
fn p06_now_and_current_timestamp_are_a_cosmetic_difference() {
    let told = Place::with("").told("ALTER TABLE inv.item ALTER at SET DEFAULT CURRENT_TIMESTAMP");
    let [difference] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(difference.severity, Severity::Cosmetic, "{difference}");
}

#[test]
fn p07_serial_and_what_it_stands_for() {
    let by_hand = |sequence: &str| {
        format!(
            "CREATE SEQUENCE inv.{sequence} AS integer; \
             CREATE TABLE inv.t (id integer NOT NULL DEFAULT nextval('inv.{sequence}')); \
             ALTER SEQUENCE inv.{sequence} OWNED BY inv.t.id"
        )
    };
    same(&[
        ("CREATE TABLE inv.t (id serial)", &by_hand("t_id_seq")),
        ("CREATE TABLE inv.old (id serial); ALTER TABLE inv.old RENAME TO t", &by_hand("old_id_seq")),
    ]);
}

#[test]
fn p08_names_with_their_schema_and_without() {
    same(&[(
        "SET LOCAL search_path = inv; CREATE SEQUENCE sq; CREATE TABLE t (st state DEFAULT 'new', n bigint DEFAULT nextval('sq'))",
        "CREATE SEQUENCE inv.sq; CREATE TABLE inv.t (st inv.state DEFAULT 'new'::inv.state, n bigint DEFAULT nextval('inv.sq'))",
    )]);
}

#[test]
fn p09_a_star_that_was_frozen_when_the_view_was_made() {
    let place = Place::with("CREATE VIEW inv.v AS SELECT * FROM inv.item");
    let told = words(&place.told("ALTER TABLE inv.item ADD extra int"));
    assert_eq!(told, ["column inv.item.extra is not expected"]);
    same(&[(
        "CREATE VIEW inv.w AS SELECT id, name FROM inv.item; ALTER TABLE inv.item RENAME name TO title",
        "ALTER TABLE inv.item RENAME name TO title; CREATE VIEW inv.w AS SELECT id, title AS name FROM inv.item",
    )]);
    place.survives_a_restore();
}

#[test]
fn p10_a_column_that_was_dropped_and_added_again_in_its_place_or_cosmetically_in_another() {
    let place = Place::with("");
    let last = "ALTER TABLE inv.item DROP COLUMN at; \
        ALTER TABLE inv.item ADD COLUMN at timestamptz NOT NULL DEFAULT now()";
    assert_eq!(words(&place.told(last)), [""; 0]);
    let told =
        place.told("ALTER TABLE inv.item DROP COLUMN qty; ALTER TABLE inv.item ADD COLUMN qty int DEFAULT 0");
    let order = "table inv.item: order of columns expected (id, sku, name, qty, price, st, meta, at), \
        found (id, sku, name, price, st, meta, at, qty)";
    assert_eq!(words(&told), [order]);
    assert_eq!(told[0].severity, Severity::Cosmetic);
}

#[test]
fn p11_a_column_with_a_default_added_later() {
    same(&[(
        "CREATE TABLE inv.t (a int); INSERT INTO inv.t VALUES (1); ALTER TABLE inv.t ADD COLUMN b int NOT NULL DEFAULT 5",
        "CREATE TABLE inv.t (a int, b int NOT NULL DEFAULT 5)",
    )]);
}

#[test]
fn p12_the_short_names_of_types() {
    same(&[(
        "CREATE TABLE inv.t (a varchar, b int4, c bool, d decimal(10), e float(24), f timestamp, g int[3], h text[][], i char, j float)",
        "CREATE TABLE inv.t (a character varying, b integer, c boolean, d numeric(10,0), e real, \
         f timestamp without time zone, g integer[], h text[], i character(1), j double precision)",
    )]);
}

#[test]
fn p13_a_grant_to_the_owner_who_has_it_already() {
    for sql in [
        "GRANT SELECT ON inv.item TO CURRENT_USER",
        // He may grant what is his without being told so.
        "GRANT SELECT ON inv.item TO CURRENT_USER WITH GRANT OPTION",
    ] {
        assert_eq!(words(&Place::with("").told(sql)), [""; 0], "{sql}");
    }
}

#[test]
fn p14_a_key_of_a_partition_made_in_place_and_one_that_was_attached() {
    let parent = "CREATE TABLE inv.m (d date PRIMARY KEY) PARTITION BY RANGE (d)";
    let bounds = "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')";
    same(&[(
        &format!("{parent}; CREATE TABLE inv.c PARTITION OF inv.m {bounds}"),
        &format!(
            "{parent}; CREATE TABLE inv.c (d date CONSTRAINT c_pkey PRIMARY KEY); ALTER TABLE inv.m ATTACH PARTITION inv.c {bounds}"
        ),
    )]);
}

#[test]
fn p15_a_partition_that_a_partition_manager_made_is_nobodys_and_no_drift() {
    let place = Place::with("CREATE TABLE inv.m (d date PRIMARY KEY) PARTITION BY RANGE (d)");
    let (told, unmanaged) = place.told_of_the_plugin(
        "CREATE TABLE inv.m_2026_10 PARTITION OF inv.m FOR VALUES FROM ('2026-10-01') TO ('2026-11-01')",
    );
    assert_eq!(words(&told), [""; 0]);
    assert_eq!(unmanaged, ["table inv.m_2026_10, a partition of inv.m"]);
}

#[test]
fn p16_the_objects_of_an_extension() {
    let place = Place::with("");
    let told = words(&place.told("CREATE EXTENSION citext SCHEMA inv"));
    assert_eq!(told, ["extension citext is not expected"]);
    let (told, unmanaged) = place.told_of_the_plugin("CREATE EXTENSION citext SCHEMA inv");
    assert_eq!((words(&told), unmanaged), (Vec::new(), Vec::new()));
}

#[test]
fn p17_a_name_that_is_longer_than_names_can_be() {
    let long = "averyvery".repeat(8);
    same(&[(
        &format!("ALTER TABLE inv.item ADD CONSTRAINT {long} UNIQUE (sku)"),
        &format!("ALTER TABLE inv.item ADD CONSTRAINT {} UNIQUE (sku)", &long[..63]),
    )]);
}

#[test]
fn p18_line_endings_of_a_body_are_cosmetic_unless_they_stand_in_a_literal() {
    let function = |body: &str| {
        format!("CREATE OR REPLACE FUNCTION inv.f() RETURNS text LANGUAGE plpgsql AS $$BEGIN\n{body};\nEND$$")
    };
    let told = |body: &str| {
        let place = Place::with(&function(body));
        place.told(&function(body).replace('\n', "\r\n"))
    };
    let cosmetic = told("RETURN current_user");
    assert_eq!(cosmetic.iter().map(|one| one.severity).collect::<Vec<_>>(), [Severity::Cosmetic]);
    let literal = told("RETURN 'a\nb'");
    assert_eq!(literal.iter().map(|one| one.severity).collect::<Vec<_>>(), [Severity::Breaking]);
}

#[test]
fn p19_the_name_that_not_null_has_after_a_rename() {
    same(&[(
        "CREATE TABLE inv.old (a int NOT NULL); ALTER TABLE inv.old RENAME TO t",
        "CREATE TABLE inv.t (a int NOT NULL)",
    )]);
}

#[test]
fn p20_an_empty_search_path_of_a_function() {
    let function =
        |setting: &str| format!("CREATE FUNCTION inv.f() RETURNS int LANGUAGE sql {setting} AS 'SELECT 1'");
    same(&[(&function("SET search_path = ''"), &function("SET search_path TO ''"))]);
    Place::with(&function("SET search_path = ''")).survives_a_restore();
}

#[test]
fn p21_a_query_inside_a_policy_gets_a_name() {
    Place::with(&format!("{FUNCTION}; CREATE POLICY p ON inv.item USING (name = (SELECT inv.uid()))"))
        .survives_a_restore();
    let policy = |query: &str| format!("{FUNCTION}; CREATE POLICY p ON inv.item USING (name = ({query}))");
    same(&[(&policy("SELECT inv.uid()"), &policy(" SELECT inv.uid() AS uid"))]);
}

#[test]
fn p22_what_another_major_printed_is_refused_and_never_compared() {
    let snapshot = Place::with("CREATE VIEW inv.v AS SELECT sku FROM inv.item").now();
    let printed = |server_major| {
        let printer = SnapshotSource { server_major, queries: Checksum::of("") };
        SnapshotFile::new(printer, SnapshotScope::Database, snapshot.clone())
    };
    assert_eq!(printed(15).compare(&printed(16)), Err(SourceMismatch::Servers(15, 16)));
}

#[test]
fn p23_an_index_with_its_defaults_spelled_out() {
    same(&[
        (
            "CREATE INDEX i ON inv.item USING btree (qty ASC NULLS LAST, sku text_ops) WITH (fillfactor=70)",
            "CREATE INDEX i ON inv.item (qty, sku) WITH (fillfactor='70')",
        ),
        ("CREATE INDEX i ON inv.item (qty DESC NULLS FIRST)", "CREATE INDEX i ON inv.item (qty DESC)"),
    ]);
}

#[test]
fn p24_what_only_runs_on() {
    let told = Place::with("CREATE SEQUENCE inv.sq").told(
        "INSERT INTO inv.item (sku) SELECT g::text FROM generate_series(1, 100) g; ANALYZE inv.item; \
         SELECT nextval('inv.sq'), setval('inv.sq', 50); ALTER SEQUENCE inv.sq RESTART WITH 7",
    );
    assert_eq!(words(&told), [""; 0]);
}

#[test]
fn p25_a_temporary_table_and_an_index_that_is_being_rebuilt() {
    let place = Place::with("CREATE INDEX i ON inv.item (sku)");
    assert_eq!(words(&place.told("CREATE TEMP TABLE item (id int)")), [""; 0]);
    // What REINDEX CONCURRENTLY has in the catalog while it runs; it waits for those who write, and no
    // further.
    let held = place.database.hold("LOCK TABLE inv.item IN ROW EXCLUSIVE MODE");
    let before = place.now();
    std::thread::scope(|scope| {
        let reindex = scope.spawn(|| place.database.sql("REINDEX INDEX CONCURRENTLY inv.i"));
        place.database.wait_until("SELECT count(*) > 0 FROM pg_class WHERE relname = 'i_ccnew'");
        assert_eq!(words(&compare(&before, &place.now())), [""; 0]);
        drop(held);
        reindex.join().unwrap();
    });
}

#[test]
fn p26_grants_that_default_privileges_gave_and_no_plugin_declares() {
    let world = World::with(&["gallery"]);
    world.sql("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor");
    let host = world.host();
    assert_eq!(host.heal().word(), "succeeded");
    let granted = world.sql("SELECT has_table_privilege('pg_monitor', 'gallery.room', 'SELECT')");
    assert_eq!((granted.as_str(), host.findings()), ("t", Vec::new()));
}

/// From 15.20 on the server writes `pg_attver` into the options of every column; older ones are made to look
/// like it.
#[test]
fn what_the_server_notes_for_itself_among_a_columns_options() {
    let place = Place::with(
        "CREATE MATERIALIZED VIEW inv.m AS SELECT qty FROM inv.item; CREATE INDEX i ON inv.item (qty); \
         ALTER TABLE inv.item ALTER name SET (n_distinct = 5)",
    );
    let noted = "UPDATE pg_attribute SET attoptions = array_append(array_remove(attoptions, \
        (SELECT o FROM unnest(attoptions) o WHERE o LIKE 'pg_attver=%')), 'pg_attver=1') WHERE attnum > 0 \
        AND attrelid IN ('inv.item'::regclass, 'inv.m'::regclass, 'inv.i'::regclass)";
    assert_eq!(words(&place.told(noted)), [""; 0]);
    let set = format!("ALTER TABLE inv.item ALTER name SET (n_distinct = 7); {noted}");
    let options = "column inv.item.name: options expected (n_distinct=5), found (n_distinct=7)";
    assert_eq!(words(&place.told(&set)), [options]);
}

#[test]
fn what_is_dropped_is_missing_so_that_these_cases_can_fail() {
    let told = Place::with("CREATE VIEW inv.v AS SELECT sku FROM inv.item").told("DROP VIEW inv.v");
    let kinds: Vec<_> = told.iter().map(|one| one.object.kind).collect();
    assert_eq!(kinds, [Kind::View]);
}

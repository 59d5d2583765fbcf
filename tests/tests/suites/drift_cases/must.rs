//! N: must be reported.

use tenon_migrations_core::finding::{Cause, Severity};
use tenon_tests::World;

use super::{Place, words};

#[test]
fn n01_not_null_dropped_and_set() {
    Place::with("").finds(&[
        ("ALTER TABLE inv.item ALTER sku DROP NOT NULL", "column inv.item.sku: NOT NULL"),
        ("ALTER TABLE inv.item ALTER qty SET NOT NULL", "column inv.item.qty: NOT NULL"),
    ]);
}

#[test]
fn n02_another_type_or_only_another_length() {
    Place::with("CREATE TABLE inv.t (a timestamp, b text, c int[], d varchar)").finds(&[
        ("ALTER TABLE inv.item ALTER qty TYPE bigint", "column inv.item.qty: type"),
        ("ALTER TABLE inv.item ALTER sku TYPE varchar(50)", "column inv.item.sku: type"),
        ("ALTER TABLE inv.item ALTER sku TYPE varchar", "column inv.item.sku: type"),
        ("ALTER TABLE inv.item ALTER price TYPE numeric", "column inv.item.price: type"),
        ("ALTER TABLE inv.t ALTER a TYPE timestamptz", "column inv.t.a: type"),
        ("ALTER TABLE inv.t ALTER b TYPE \"char\"", "column inv.t.b: type"),
        ("ALTER TABLE inv.t ALTER c TYPE bigint[]", "column inv.t.c: type"),
        ("ALTER TABLE inv.t ALTER d TYPE text", "column inv.t.d: type"),
    ]);
}

#[test]
fn n03_another_default_even_one_of_the_same_value() {
    Place::with("").finds(&[
        ("ALTER TABLE inv.item ALTER qty SET DEFAULT 1", "column inv.item.qty: default"),
        ("ALTER TABLE inv.item ALTER qty DROP DEFAULT", "column inv.item.qty: default"),
        ("ALTER TABLE inv.item ALTER qty SET DEFAULT '0'::text::int", "column inv.item.qty: default"),
    ]);
}

#[test]
fn n04_another_collation() {
    Place::with("").finds(&[(
        "ALTER TABLE inv.item ALTER COLUMN name TYPE text COLLATE \"C\"",
        "column inv.item.name: collation",
    )]);
}

#[test]
fn n05_another_check_under_the_same_name() {
    Place::with("ALTER TABLE inv.item ADD CONSTRAINT c CHECK (qty > 0)").finds(&[
        (
            "ALTER TABLE inv.item DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (qty > 1)",
            "constraint inv.item.c: expression",
        ),
        (
            "ALTER TABLE inv.item DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (qty > 0) NO INHERIT",
            "constraint inv.item.c: NO INHERIT",
        ),
    ]);
}

/// A check of a table of its own, and another one in its place.
fn another_check(columns: &str, was: &str, is: &str) {
    Place::with(&format!("CREATE TABLE inv.t ({columns}, CONSTRAINT c CHECK ({was}))")).finds(&[(
        &format!("ALTER TABLE inv.t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK ({is})"),
        "constraint inv.t.c: expression",
    )]);
}

#[test]
fn n06_another_cast() {
    another_check("x text", "x::integer > 1", "x::numeric > 1");
    another_check("x text", "x > '2024'::text", "x::date > '2024-01-01'::date");
}

#[test]
fn n07_another_column_whose_name_differs_in_case() {
    another_check("\"Amount\" int, amount int", "\"Amount\" > 0", "amount > 0");
}

#[test]
fn n08_other_parentheses() {
    another_check("a boolean, b boolean, c boolean", "a OR b AND c", "(a OR b) AND c");
}

#[test]
fn n09_a_foreign_key_with_other_actions_or_another_time() {
    let again = |more: &str| {
        format!(
            "ALTER TABLE inv.part DROP CONSTRAINT f, ADD CONSTRAINT f FOREIGN KEY (item) REFERENCES inv.item {more}"
        )
    };
    Place::with("CREATE TABLE inv.part (item bigint CONSTRAINT f REFERENCES inv.item)").finds(&[
        (&again("ON DELETE CASCADE"), "constraint inv.part.f: ON DELETE action"),
        (&again("ON UPDATE SET NULL"), "constraint inv.part.f: ON UPDATE action"),
        (&again("DEFERRABLE"), "constraint inv.part.f: DEFERRABLE"),
        (&again("DEFERRABLE INITIALLY DEFERRED"), "constraint inv.part.f: INITIALLY DEFERRED"),
        (&again("MATCH FULL"), "constraint inv.part.f: MATCH type"),
        (&again("NOT VALID"), "constraint inv.part.f: validity"),
        ("ALTER TABLE inv.part DROP CONSTRAINT f", "constraint inv.part.f is missing"),
    ]);
}

#[test]
fn n10_a_check_that_was_never_validated() {
    Place::with("ALTER TABLE inv.item ADD CONSTRAINT c CHECK (qty > 0)").finds(&[
        (
            "ALTER TABLE inv.item ADD CONSTRAINT c2 CHECK (qty > 0) NOT VALID",
            "constraint inv.item.c2 is not expected",
        ),
        (
            "ALTER TABLE inv.item DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (qty > 0) NOT VALID",
            "constraint inv.item.c: validity",
        ),
    ]);
}

const TRIGGER: &str = "CREATE FUNCTION inv.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
    CREATE FUNCTION inv.g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
    CREATE TRIGGER trg BEFORE INSERT ON inv.item FOR EACH ROW EXECUTE FUNCTION inv.f()";

#[test]
fn n11_a_trigger_that_does_not_fire() {
    let place = Place::with(TRIGGER);
    place.finds(&[
        ("ALTER TABLE inv.item DISABLE TRIGGER trg", "trigger inv.item.trg: enabled"),
        ("ALTER TABLE inv.item ENABLE REPLICA TRIGGER trg", "trigger inv.item.trg: enabled"),
        ("ALTER TABLE inv.item ENABLE ALWAYS TRIGGER trg", "trigger inv.item.trg: enabled"),
    ]);
}

#[test]
fn n12_another_trigger_under_the_same_name() {
    let again = |trigger: &str| format!("DROP TRIGGER trg ON inv.item; CREATE TRIGGER trg {trigger}");
    Place::with(TRIGGER).finds(&[
        (
            &again("AFTER INSERT ON inv.item FOR EACH ROW EXECUTE FUNCTION inv.f()"),
            "trigger inv.item.trg: timing",
        ),
        (
            &again("BEFORE UPDATE ON inv.item FOR EACH ROW EXECUTE FUNCTION inv.f()"),
            "trigger inv.item.trg: events",
        ),
        (
            &again("BEFORE UPDATE OF qty ON inv.item FOR EACH ROW EXECUTE FUNCTION inv.f()"),
            "trigger inv.item.trg: columns",
        ),
        (
            &again("BEFORE INSERT ON inv.item FOR EACH ROW WHEN (NEW.qty > 0) EXECUTE FUNCTION inv.f()"),
            "trigger inv.item.trg: condition",
        ),
        (
            &again("BEFORE INSERT ON inv.item FOR EACH ROW EXECUTE FUNCTION inv.g()"),
            "trigger inv.item.trg: function",
        ),
        (&again("BEFORE INSERT ON inv.item EXECUTE FUNCTION inv.f()"), "trigger inv.item.trg: FOR EACH"),
        (
            &again("BEFORE INSERT ON inv.item FOR EACH ROW EXECUTE FUNCTION inv.f('x')"),
            "trigger inv.item.trg: arguments",
        ),
        ("DROP TRIGGER trg ON inv.item", "trigger inv.item.trg is missing"),
    ]);
}

#[test]
fn n13_another_body_or_attribute_of_a_function() {
    let function = "CREATE FUNCTION inv.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
        CREATE FUNCTION inv.a() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END";
    Place::with(function).finds(&[
        (
            "CREATE OR REPLACE FUNCTION inv.f() RETURNS int LANGUAGE sql AS 'SELECT 999'",
            "function inv.f(): body",
        ),
        (
            "CREATE OR REPLACE FUNCTION inv.a() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 999; END",
            "function inv.a(): body",
        ),
        ("ALTER FUNCTION inv.f() IMMUTABLE", "function inv.f(): volatility"),
        ("ALTER FUNCTION inv.f() SECURITY DEFINER", "function inv.f(): SECURITY DEFINER"),
        ("ALTER FUNCTION inv.f() SET search_path = public", "function inv.f(): settings"),
        ("ALTER FUNCTION inv.f() LEAKPROOF", "function inv.f(): LEAKPROOF"),
        ("ALTER FUNCTION inv.f() PARALLEL SAFE", "function inv.f(): parallel safety"),
        ("ALTER FUNCTION inv.f() COST 5", "function inv.f(): cost"),
        ("ALTER FUNCTION inv.f() STRICT", "function inv.f(): STRICT"),
    ]);
}

#[test]
fn n14_another_query_or_option_of_a_view() {
    let place = Place::with(
        "CREATE VIEW inv.v WITH (security_invoker=true) AS SELECT id FROM inv.item WHERE qty > 0",
    );
    place.finds(&[(
        "CREATE OR REPLACE VIEW inv.v WITH (security_invoker=true) AS SELECT id FROM inv.item WHERE qty < 0",
        "view inv.v: query",
    )]);
    place.finds_as(
        Severity::Security,
        &[
            ("ALTER VIEW inv.v SET (security_invoker=false)", "view inv.v: options"),
            ("ALTER VIEW inv.v SET (security_barrier=true)", "view inv.v: options"),
        ],
    );
}

#[test]
fn n15_what_a_failed_concurrent_build_left_behind() {
    let place = Place::with("CREATE UNIQUE INDEX i ON inv.item (sku)");
    let before = place.now();
    place.database.sql("DROP INDEX inv.i; INSERT INTO inv.item (sku) VALUES ('a'), ('a')");
    place.database.refuses("CREATE UNIQUE INDEX CONCURRENTLY i ON inv.item (sku)");
    let told = words(&tenon_migrations_core::compare::compare(&before, &place.now()));
    assert_eq!(told, ["index inv.item.i: validity expected yes, found no"]);
}

#[test]
fn n16_another_index_under_the_same_name() {
    let again = |index: &str| format!("DROP INDEX inv.i; CREATE {index}");
    Place::with("CREATE INDEX i ON inv.item (lower(sku), qty) WHERE qty > 0").finds(&[
        (&again("INDEX i ON inv.item (upper(sku), qty) WHERE qty > 0"), "index inv.item.i: keys"),
        (
            &again("INDEX i ON inv.item (lower(sku) text_pattern_ops, qty) WHERE qty > 0"),
            "index inv.item.i: keys",
        ),
        (&again("INDEX i ON inv.item (lower(sku), qty DESC) WHERE qty > 0"), "index inv.item.i: keys"),
        (
            &again("INDEX i ON inv.item (lower(sku) COLLATE \"C\", qty) WHERE qty > 0"),
            "index inv.item.i: keys",
        ),
        (&again("INDEX i ON inv.item (lower(sku), qty) WHERE qty > 1"), "index inv.item.i: predicate"),
        (&again("INDEX i ON inv.item (lower(sku), qty)"), "index inv.item.i: predicate"),
        (
            &again("UNIQUE INDEX i ON inv.item (lower(sku), qty) WHERE qty > 0"),
            "index inv.item.i: uniqueness",
        ),
        (
            &again("INDEX i ON inv.item (lower(sku), qty) INCLUDE (id) WHERE qty > 0"),
            "index inv.item.i: INCLUDE columns",
        ),
    ]);
    Place::with("CREATE INDEX i ON inv.item (sku)")
        .finds(&[(&again("INDEX i ON inv.item USING hash (sku)"), "index inv.item.i: access method")]);
    let unique = "ALTER TABLE inv.item ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (sku) INCLUDE (qty)";
    let again = |more: &str| format!("ALTER TABLE inv.item DROP CONSTRAINT u; {more}");
    Place::with(unique).finds(&[
        (&again("CREATE UNIQUE INDEX u ON inv.item (sku)"), "constraint inv.item.u is missing"),
        (&again("CREATE UNIQUE INDEX u ON inv.item (sku)"), "index inv.item.u is not expected"),
        (
            &again("ALTER TABLE inv.item ADD CONSTRAINT u UNIQUE (sku) INCLUDE (qty)"),
            "constraint inv.item.u: NULLS NOT DISTINCT",
        ),
        (
            &again("ALTER TABLE inv.item ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (sku)"),
            "constraint inv.item.u: INCLUDE columns",
        ),
    ]);
}

#[test]
fn n17_other_labels_of_an_enum_or_another_order() {
    Place::with("").finds(&[
        (
            "ALTER TYPE inv.state ADD VALUE 'x' BEFORE 'new'",
            "enum type inv.state: labels expected (new, sold), found (x, new, sold)",
        ),
        (
            "ALTER TYPE inv.state RENAME VALUE 'sold' TO 'gone'",
            "enum type inv.state: labels expected (new, sold), found (new, gone)",
        ),
    ]);
}

#[test]
fn n18_row_security_and_policies_are_a_matter_of_security() {
    let policy = "ALTER TABLE inv.item ENABLE ROW LEVEL SECURITY; \
        CREATE POLICY p ON inv.item TO CURRENT_USER USING (qty > 0)";
    let again = |policy: &str| format!("DROP POLICY p ON inv.item; CREATE POLICY p ON inv.item {policy}");
    Place::with(policy).finds_as(
        Severity::Security,
        &[
            ("ALTER TABLE inv.item DISABLE ROW LEVEL SECURITY", "table inv.item: row level security"),
            ("ALTER TABLE inv.item FORCE ROW LEVEL SECURITY", "table inv.item: FORCE ROW LEVEL SECURITY"),
            ("ALTER POLICY p ON inv.item USING (true)", "policy inv.item.p: USING"),
            ("ALTER POLICY p ON inv.item WITH CHECK (true)", "policy inv.item.p: WITH CHECK"),
            ("ALTER POLICY p ON inv.item TO public", "policy inv.item.p: roles"),
            (&again("AS RESTRICTIVE TO CURRENT_USER USING (qty > 0)"), "policy inv.item.p: kind of policy"),
            (&again("FOR SELECT TO CURRENT_USER USING (qty > 0)"), "policy inv.item.p: command"),
            ("DROP POLICY p ON inv.item", "policy inv.item.p is missing"),
            ("CREATE POLICY q ON inv.item USING (true)", "policy inv.item.q is not expected"),
        ],
    );
}

#[test]
fn n19_grants_and_owners_are_a_matter_of_security() {
    let place = Place::with("GRANT SELECT ON inv.item TO public");
    // Roles belong to the whole server: these exist in a transaction only.
    let role = |sql: &str| format!("CREATE ROLE drift_case_n19; {sql}");
    place.finds_as(
        Severity::Security,
        &[
            (&role("GRANT UPDATE (price) ON inv.item TO drift_case_n19"), "column inv.item.price: grants"),
            (&role("GRANT INSERT ON inv.item TO drift_case_n19"), "table inv.item: grants"),
            (&role("GRANT SELECT ON inv.item TO drift_case_n19 WITH GRANT OPTION"), "table inv.item: grants"),
            ("REVOKE SELECT ON inv.item FROM public", "table inv.item: grants"),
            (&role("ALTER TABLE inv.item OWNER TO drift_case_n19"), "table inv.item: owner"),
            (&role("GRANT USAGE ON SCHEMA inv TO drift_case_n19"), "schema inv: grants"),
        ],
    );
}

#[test]
fn n20_another_sequence_under_the_same_name() {
    Place::with("CREATE SEQUENCE inv.sq OWNED BY inv.item.qty").finds(&[
        ("ALTER SEQUENCE inv.sq INCREMENT 10", "sequence inv.sq: increment"),
        ("ALTER SEQUENCE inv.sq CYCLE", "sequence inv.sq: CYCLE"),
        ("ALTER SEQUENCE inv.sq MAXVALUE 100", "sequence inv.sq: maximum"),
        ("ALTER SEQUENCE inv.sq AS int", "sequence inv.sq: type"),
        ("ALTER SEQUENCE inv.sq CACHE 10", "sequence inv.sq: cache size"),
        ("ALTER SEQUENCE inv.sq OWNED BY NONE", "sequence inv.sq: owning column"),
        ("ALTER TABLE inv.item ALTER id SET GENERATED BY DEFAULT", "column inv.item.id: identity"),
        ("ALTER TABLE inv.item ALTER id DROP IDENTITY", "column inv.item.id: identity"),
    ]);
}

#[test]
fn n21_a_generated_column_that_is_none_any_more_or_another() {
    Place::with("ALTER TABLE inv.item ADD g int GENERATED ALWAYS AS (qty * 2) STORED").finds(&[
        ("ALTER TABLE inv.item ALTER g DROP EXPRESSION", "column inv.item.g: generation expression"),
        (
            "ALTER TABLE inv.item DROP g; ALTER TABLE inv.item ADD g int GENERATED ALWAYS AS (qty * 3) STORED",
            "column inv.item.g: generation expression",
        ),
    ]);
}

#[test]
fn n22_a_partition_detached_moved_or_with_something_of_its_own() {
    let place = Place::with(
        "CREATE TABLE inv.m (d int) PARTITION BY RANGE (d); \
         CREATE TABLE inv.m1 PARTITION OF inv.m FOR VALUES FROM (1) TO (10); \
         CREATE TABLE inv.rest PARTITION OF inv.m DEFAULT",
    );
    place.finds(&[
        ("ALTER TABLE inv.m DETACH PARTITION inv.m1", "table inv.m1: partitioned table"),
        (
            "ALTER TABLE inv.m DETACH PARTITION inv.m1; ALTER TABLE inv.m ATTACH PARTITION inv.m1 FOR VALUES FROM (1) TO (20)",
            "table inv.m1: partition bound",
        ),
        ("ALTER TABLE inv.m1 ADD CONSTRAINT c CHECK (d <> 5)", "constraint inv.m1.c is not expected"),
        ("CREATE INDEX i ON inv.m1 (d)", "index inv.m1.i is not expected"),
        ("DROP TABLE inv.rest", "table inv.rest is missing"),
    ]);
}

#[test]
fn n23_how_a_table_and_its_columns_are_kept() {
    let place = Place::with("");
    place.finds(&[
        ("ALTER TABLE inv.item SET UNLOGGED", "table inv.item: persistence"),
        ("ALTER TABLE inv.item SET (autovacuum_enabled=false)", "table inv.item: options"),
        ("ALTER TABLE inv.item REPLICA IDENTITY FULL", "table inv.item: replica identity"),
        ("ALTER TABLE inv.item CLUSTER ON item_pkey", "table inv.item: CLUSTER"),
        ("ALTER TABLE inv.item ALTER name SET STORAGE EXTERNAL", "column inv.item.name: storage"),
        ("ALTER TABLE inv.item ALTER name SET COMPRESSION pglz", "column inv.item.name: compression"),
        ("ALTER TABLE inv.item ALTER qty SET STATISTICS 500", "column inv.item.qty: statistics target"),
        ("ALTER TABLE inv.item ALTER qty SET (n_distinct=5)", "column inv.item.qty: options"),
    ]);
    // A tablespace belongs to the whole server, and no transaction can make one.
    let space = format!("{}_space", place.database.name);
    place
        .database
        .sql(&format!("SET allow_in_place_tablespaces = on; CREATE TABLESPACE {space} LOCATION ''"));
    let told = words(&place.told(&format!("ALTER TABLE inv.item SET TABLESPACE {space}")));
    place.database.sql(&format!("DROP TABLESPACE {space}"));
    assert_eq!(told, [format!("table inv.item: tablespace expected none, found {space}")]);
}

#[test]
fn n24_kinds_that_others_do_not_model() {
    let place = Place::with(
        "CREATE DOMAIN inv.money AS numeric CHECK (VALUE >= 0); CREATE TYPE inv.pair AS (a int, b int); \
         CREATE PUBLICATION drift_case FOR TABLE inv.item; CREATE TABLE inv.other (id int)",
    );
    place.finds(&[
        (
            "CREATE RULE r AS ON INSERT TO inv.item DO INSTEAD NOTHING",
            "rule inv.item.r is not expected",
        ),
        (
            "CREATE FUNCTION inv.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; \
             CREATE EVENT TRIGGER drift_case ON ddl_command_end EXECUTE FUNCTION inv.e()",
            "event trigger drift_case is not expected",
        ),
        ("CREATE STATISTICS inv.s ON qty, sku FROM inv.item", "statistics inv.item.s is not expected"),
        (
            "ALTER DOMAIN inv.money DROP CONSTRAINT money_check; ALTER DOMAIN inv.money ADD CONSTRAINT money_check CHECK (VALUE > 0)",
            "domain inv.money: check constraints",
        ),
        ("ALTER TYPE inv.pair ADD ATTRIBUTE c int", "composite type inv.pair: attributes"),
        ("CREATE CAST (inv.pair AS inv.item) WITH INOUT", "cast "),
        ("ALTER PUBLICATION drift_case ADD TABLE inv.other", "publication drift_case: tables"),
        ("ALTER PUBLICATION drift_case DROP TABLE inv.item", "publication drift_case: tables"),
    ]);
}

#[test]
fn n11_the_triggers_by_which_a_foreign_key_works() {
    let switch = |how: &str| {
        format!(
            "DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE inv.line {how} TRIGGER %I', tgname) FROM pg_trigger \
             WHERE tgrelid = 'inv.line'::regclass AND tgisinternal ORDER BY tgname LIMIT 1); END $$"
        )
    };
    let (always, replica, off) = (switch("ENABLE ALWAYS"), switch("ENABLE REPLICA"), switch("DISABLE"));
    Place::with("CREATE TABLE inv.line (item bigint CONSTRAINT line_item REFERENCES inv.item (id))")
        .finds_as(
            Severity::Breaking,
            &[
                (&always, "constraint inv.line.line_item: enabled expected none, found ENABLE ALWAYS"),
                (&replica, "constraint inv.line.line_item: enabled expected none, found ENABLE REPLICA"),
                (&off, "constraint inv.line.line_item: enabled expected none, found DISABLE"),
                (
                    "ALTER TABLE inv.line DISABLE TRIGGER ALL",
                    "constraint inv.line.line_item: enabled expected none, found DISABLE",
                ),
            ],
        );
}

#[test]
fn n25_what_is_more_or_elsewhere_or_under_another_name() {
    let place = Place::with("CREATE SCHEMA other");
    place.finds(&[
        ("ALTER TABLE inv.item ADD extra int", "column inv.item.extra is not expected"),
        ("ALTER TABLE inv.item SET SCHEMA other", "table inv.item is missing"),
        ("ALTER TABLE inv.item RENAME TO thing", "table inv.item is missing"),
        ("ALTER TABLE inv.item RENAME qty TO quantity", "column inv.item.qty is missing"),
        ("ALTER TABLE inv.item RENAME qty TO quantity", "column inv.item.quantity is not expected"),
    ]);
    // A table that nobody claims is told of, and held against nobody.
    let (told, unmanaged) = place.told_of_the_plugin("CREATE TABLE inv.extra (id int)");
    assert_eq!((words(&told), unmanaged), (Vec::new(), vec!["table inv.extra".to_owned()]));
}

#[test]
fn n26_a_comment_is_cosmetic() {
    Place::with("COMMENT ON COLUMN inv.item.qty IS 'how many'").finds_as(
        Severity::Cosmetic,
        &[
            ("COMMENT ON COLUMN inv.item.qty IS 'how much'", "column inv.item.qty: comment"),
            ("COMMENT ON COLUMN inv.item.qty IS ''", "column inv.item.qty: comment"),
            ("COMMENT ON TABLE inv.item IS 'things'", "table inv.item: comment"),
        ],
    );
}

#[test]
fn n27_a_row_of_the_history_that_was_deleted_or_changed() {
    let world = World::with(&["gallery"]);
    let host = world.heal_and_prove(&["gallery"]);
    let causes = || host.findings().iter().map(|finding| finding.cause).collect::<Vec<_>>();
    let row = "plugin = 'gallery' AND filename = (SELECT min(filename) FROM tenon.migration WHERE plugin = 'gallery')";
    world.sql(&format!(
        "UPDATE tenon.migration SET checksum = repeat('0', 64), tokens = repeat('0', 64) WHERE {row}"
    ));
    assert_eq!(causes(), [Cause::Edited]);
    world.sql(&format!("DELETE FROM tenon.migration WHERE {row}"));
    assert_eq!(causes(), [Cause::Pending]);
}

#[test]
fn n12_a_trigger_whose_argument_is_text_that_looks_like_something_else() {
    let trigger = |arguments: &str| {
        format!(
            "CREATE OR REPLACE TRIGGER odd BEFORE INSERT ON inv.item FOR EACH ROW WHEN (NEW.name = ') EXECUTE FUNCTION inv.f(') \
                 EXECUTE FUNCTION inv.f({arguments})"
        )
    };
    let place = Place::with(&format!(
        "{TRIGGER}; {}",
        trigger("E'a\\\\000b', 'é', '', 'it''s) EXECUTE FUNCTION g(', '(ARRAY[a])::text[]'")
    ));
    let told = |arguments: &str| words(&place.told(&trigger(arguments)));
    assert_eq!(
        told("E'a\\\\000c', 'é', '', 'it''s) EXECUTE FUNCTION g(', '(ARRAY[a])::text[]'"),
        [
            "trigger inv.item.odd: arguments expected (a\\000b, é, , it's) EXECUTE FUNCTION g(, (ARRAY[a])::text[]), \
          found (a\\000c, é, , it's) EXECUTE FUNCTION g(, (ARRAY[a])::text[])"
        ]
    );
    for other in [
        "E'a\\\\000b', 'e', '', 'it''s) EXECUTE FUNCTION g(', '(ARRAY[a])::text[]'",
        "E'a\\\\000b', 'é', 'it''s) EXECUTE FUNCTION g(', '(ARRAY[a])::text[]'",
        "E'a\\\\000b', 'é', '', 'it''s) EXECUTE FUNCTION g(', '(ARRAY[a])::text[]', ''",
        "E'a\\\\000b', 'é', '', 'it''s) EXECUTE FUNCTION g(', 'ARRAY[(a)::text]'",
    ] {
        let told = told(other);
        assert!(
            told.len() == 1 && told[0].starts_with("trigger inv.item.odd: arguments"),
            "{other}: {told:#?}"
        );
    }
}

#[test]
fn n24_options_of_a_dictionary_that_are_numbers_and_empty_settings_of_a_function() {
    Place::with(
        "CREATE EXTENSION dict_int; CREATE TEXT SEARCH DICTIONARY inv.d (TEMPLATE = intdict_template, maxlen = 4); \
         CREATE FUNCTION inv.e() RETURNS int LANGUAGE sql SET application_name = '' AS 'SELECT 1'",
    )
    .finds(&[
        ("ALTER TEXT SEARCH DICTIONARY inv.d (maxlen = 5)", "text search dictionary inv.d: options"),
        ("ALTER FUNCTION inv.e() SET application_name = '\"\"'", "function inv.e(): settings"),
    ]);
}

#[test]
fn n26_a_comment_that_reads_like_one_of_a_part() {
    Place::with("CREATE VIEW inv.v AS SELECT 1 AS id; COMMENT ON VIEW inv.v IS E'a\\nid: b'")
        .finds(&[("COMMENT ON VIEW inv.v IS 'a'; COMMENT ON COLUMN inv.v.id IS 'b'", "view inv.v: comment")]);
}

#[test]
fn n24_casts_between_postgresqls_own_types() {
    let place = Place::with(
        "CREATE SCHEMA annex; CREATE FUNCTION annex.by_hand(box) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
         CREATE FUNCTION inv.by_hand(box) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    );
    place.finds_as(
        Severity::Warning,
        &[
            (
                "CREATE CAST (money AS text) WITH INOUT AS IMPLICIT",
                "settings of the database: casts between PostgreSQL's own types expected (), found ((money AS text) WITH INOUT AS IMPLICIT)",
            ),
            ("CREATE CAST (box AS integer) WITH FUNCTION annex.by_hand(box)", "settings of the database: casts"),
            ("CREATE CAST (box AS integer) WITH FUNCTION inv.by_hand(box)", "cast box AS integer is not expected"),
            ("CREATE CAST (integer AS text) WITH INOUT AS ASSIGNMENT", "settings of the database: casts"),
        ],
    );
}

#[test]
fn n19_rights_on_what_an_extension_brings_and_its_comment() {
    let place = Place::with("CREATE EXTENSION dblink; CREATE EXTENSION pg_stat_statements");
    place.finds_as(
        Severity::Security,
        &[
            (
                "GRANT EXECUTE ON FUNCTION public.dblink_connect_u(text) TO PUBLIC",
                "settings of the database: rights on what extensions have",
            ),
            (
                "REVOKE EXECUTE ON FUNCTION public.dblink_connect(text) FROM PUBLIC",
                "settings of the database: rights on what extensions have",
            ),
            (
                "GRANT SELECT (calls) ON public.pg_stat_statements TO pg_monitor",
                "settings of the database: rights on what extensions have",
            ),
            (
                "REVOKE SELECT ON public.pg_stat_statements FROM PUBLIC",
                "settings of the database: rights on what extensions have",
            ),
        ],
    );
    place.finds_as(
        Severity::Cosmetic,
        &[("COMMENT ON EXTENSION dblink IS 'mine'", "settings of the database: comments on extensions")],
    );
}

#[test]
fn n28_settings_of_the_role_that_owns_everything() {
    Place::with("")
        .finds(&[("ALTER ROLE CURRENT_USER SET lc_monetary = 'C'", "settings of the database: settings")]);
}

/// A table with columns, a default, a check, an index, a view and a function of what extensions bring.
const OF_EXTENSIONS: &str = "CREATE SCHEMA annex; CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; \
    CREATE TABLE inv.t (c citext DEFAULT 'public.citext'::citext, cs citext[], note text, CHECK (c <> 'x'::citext)); \
    CREATE INDEX t_note ON inv.t USING gin (note gin_trgm_ops); CREATE INDEX t_like ON inv.t (similarity(note, 'a')); \
    CREATE VIEW inv.v AS SELECT c, similarity(note, 'b') AS s FROM inv.t WHERE c = 'x'; \
    CREATE FUNCTION inv.g(a citext) RETURNS citext LANGUAGE sql AS 'SELECT a'; \
    CREATE DOMAIN inv.d AS citext CHECK (VALUE <> 'no'); CREATE TYPE inv.pair AS (a citext, b int)";

#[test]
fn n25_an_extension_that_moved_is_told_as_that_and_nothing_else_is() {
    let place = Place::with(OF_EXTENSIONS);
    assert_eq!(
        words(&place.told("ALTER EXTENSION citext SET SCHEMA annex")),
        ["extension citext: schema expected public, found annex"]
    );
    assert_eq!(
        words(
            &place.told("ALTER EXTENSION citext SET SCHEMA annex; ALTER EXTENSION pg_trgm SET SCHEMA annex")
        )
        .len(),
        2
    );
    let told = words(&place.told(
        "ALTER EXTENSION citext SET SCHEMA annex; ALTER TABLE inv.t ALTER cs TYPE text[]; ALTER FUNCTION inv.g STRICT",
    ));
    assert_eq!(told.len(), 3, "{told:#?}");
}

//! What tables, keys and indexes have beside what their definitions say: where it stands, whose it is, what
//! it hangs on.

use tenon_migrations_core::finding::Severity;

use super::{Place, same, words};

/// A partitioned table with a key, an index and a foreign key, of which one partition was attached with its
/// own.
const PARTS: &str = "CREATE TABLE inv.m (d date, item bigint, PRIMARY KEY (d)) PARTITION BY RANGE (d); \
    CREATE INDEX m_item ON inv.m (item); \
    ALTER TABLE inv.m ADD CONSTRAINT m_fk FOREIGN KEY (item) REFERENCES inv.item; \
    CREATE TABLE inv.c1 (d date CONSTRAINT own_key PRIMARY KEY, item bigint CONSTRAINT own_fk REFERENCES inv.item); \
    CREATE INDEX own_idx ON inv.c1 (item); \
    ALTER TABLE inv.m ATTACH PARTITION inv.c1 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); \
    CREATE TABLE inv.c2 PARTITION OF inv.m FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')";

const FAMILY: &str = "CREATE TABLE inv.base (id int NOT NULL, name text, CHECK (id > 0)); \
    CREATE TABLE inv.child (more text) INHERITS (inv.base); \
    CREATE TABLE inv.own (name text, last int, id int NOT NULL, CONSTRAINT base_id_check CHECK (id > 0)) INHERITS (inv.base); \
    CREATE TABLE inv.late (x int, name text, id int NOT NULL, CONSTRAINT base_id_check CHECK (id > 0)); \
    ALTER TABLE inv.late INHERIT inv.base; ALTER TABLE inv.base ADD COLUMN since date";

#[test]
fn a_restore_keeps_what_is_compared_of_partitions_and_of_children() {
    Place::with(PARTS).survives_a_restore();
    Place::with(FAMILY).survives_a_restore();
}

/// A restore gives it the name that it has on the partitioned table.
#[test]
fn the_name_of_a_foreign_key_that_a_partition_has_from_its_table_is_no_difference() {
    let table = "CREATE TABLE inv.m (d date, item bigint, CONSTRAINT m_fk FOREIGN KEY (item) REFERENCES inv.item) \
        PARTITION BY RANGE (d)";
    let bounds = "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')";
    let deep = "PARTITION BY RANGE (d); CREATE TABLE inv.deep PARTITION OF inv.c FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')";
    same(&[
        (
            &format!(
                "{table}; CREATE TABLE inv.c (d date, item bigint CONSTRAINT other REFERENCES inv.item); \
                      ALTER TABLE inv.m ATTACH PARTITION inv.c {bounds}"
            ),
            &format!("{table}; CREATE TABLE inv.c PARTITION OF inv.m {bounds}"),
        ),
        (
            &format!(
                "{table}; CREATE TABLE inv.c (d date, item bigint CONSTRAINT other REFERENCES inv.item) {deep}; \
                      ALTER TABLE inv.m ATTACH PARTITION inv.c {bounds}"
            ),
            &format!("{table}; CREATE TABLE inv.c PARTITION OF inv.m {bounds} {deep}"),
        ),
    ]);
    // Where the name stands for something else, it is told by its own.
    let place = Place::with(&format!(
        "{table}; CREATE TABLE inv.c (d date, item bigint, \
        CONSTRAINT m_fk CHECK (item > 0)); ALTER TABLE inv.m ATTACH PARTITION inv.c {bounds}"
    ));
    let keys = place
        .now()
        .objects
        .keys()
        .filter(|id| id.relation.as_ref().is_some_and(|name| name.as_str() == "c"))
        .filter(|id| id.kind == tenon_migrations_core::snapshot::Kind::Constraint)
        .count();
    assert_eq!(keys, 2);
    place.survives_a_restore();
}

#[test]
fn columns_in_another_order_are_cosmetic_and_in_children_only_those_that_are_their_own_have_one() {
    let place = Place::with(
        "CREATE TABLE inv.t (a int, b text, c date); CREATE TABLE inv.p (a int, b text) \
        PARTITION BY LIST (a); CREATE TABLE inv.q (b text, a int); ALTER TABLE inv.p ATTACH PARTITION inv.q FOR VALUES IN (1)",
    );
    place.finds_as(
        Severity::Cosmetic,
        &[
            (
                "DROP TABLE inv.t; CREATE TABLE inv.t (c date, a int, b text)",
                "table inv.t: order of columns expected (a, b, c), found (c, a, b)",
            ),
            (
                "DROP TABLE inv.q; CREATE TABLE inv.q PARTITION OF inv.p FOR VALUES IN (1)",
                "table inv.q: order of columns expected (b, a), found (a, b)",
            ),
        ],
    );
    place.survives_a_restore();
    for sql in ["ALTER TABLE inv.t ADD d int", "ALTER TABLE inv.t DROP b", "ALTER TABLE inv.t RENAME b TO z"]
    {
        let told = words(&place.told(sql));
        assert!(!told.iter().any(|one| one.contains("order of columns")), "{told:#?}");
    }
}

#[test]
fn what_a_child_declares_itself_and_what_it_has_from_its_parent_are_two_things() {
    let place = Place::with(FAMILY);
    place.finds_as(
        Severity::Warning,
        &[
            (
                "ALTER TABLE inv.child NO INHERIT inv.base; ALTER TABLE inv.child INHERIT inv.base",
                "column inv.child.name: inherited and not declared expected yes, found none",
            ),
            (
                "ALTER TABLE inv.child ADD CONSTRAINT base_id_check CHECK (id > 0)",
                "constraint inv.child.base_id_check: inherited and not declared expected yes, found none",
            ),
        ],
    );
}

#[test]
fn each_side_of_a_foreign_key_has_triggers_of_its_own() {
    let place = Place::with(
        "CREATE TABLE inv.part (item bigint CONSTRAINT f REFERENCES inv.item); \
        CREATE TABLE inv.self (id int PRIMARY KEY, up int CONSTRAINT s REFERENCES inv.self)",
    );
    let one = |kind: &str, event: u8| {
        format!(
            "DO $$BEGIN EXECUTE (SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) FROM pg_trigger \
             WHERE tgconstraint = (SELECT oid FROM pg_constraint WHERE conname = '{kind}') AND tgtype & {event} <> 0 LIMIT 1); END$$"
        )
    };
    place.finds(&[
        (
            "ALTER TABLE inv.part DISABLE TRIGGER ALL",
            "constraint inv.part.f: enabled expected none, found DISABLE for INSERT, DISABLE for UPDATE",
        ),
        (
            "ALTER TABLE inv.item DISABLE TRIGGER ALL",
            "constraint inv.part.f: enabled on the referenced table expected none, found DISABLE for DELETE, DISABLE for UPDATE",
        ),
        (&one("f", 4), "constraint inv.part.f: enabled expected none, found DISABLE for INSERT"),
        (&one("f", 8), "constraint inv.part.f: enabled on the referenced table expected none, found DISABLE for DELETE"),
        (&one("s", 4), "constraint inv.self.s: enabled expected none, found DISABLE for INSERT"),
        (&one("s", 8), "constraint inv.self.s: enabled on the referenced table expected none, found DISABLE for DELETE"),
    ]);
    let both = "ALTER TABLE inv.part DISABLE TRIGGER ALL; ALTER TABLE inv.item DISABLE TRIGGER ALL";
    assert_eq!(place.told(both).len(), 2);
}

#[test]
fn the_triggers_of_a_foreign_key_on_the_partitions_that_it_refers_to_count_too() {
    let place = Place::with(
        "CREATE TABLE inv.m (id int PRIMARY KEY) PARTITION BY LIST (id); \
        CREATE TABLE inv.m1 PARTITION OF inv.m FOR VALUES IN (1, 2) PARTITION BY LIST (id); \
        CREATE TABLE inv.m11 PARTITION OF inv.m1 FOR VALUES IN (1); \
        CREATE TABLE inv.r (id int CONSTRAINT f REFERENCES inv.m)",
    );
    place.finds(&[(
        "ALTER TABLE inv.m11 DISABLE TRIGGER ALL",
        "constraint inv.r.f: enabled on the referenced table expected none, found DISABLE for DELETE on inv.m11, DISABLE for UPDATE on inv.m11",
    )]);
}

#[test]
fn children_and_partitions_that_stand_elsewhere_are_told_of_their_parent_and_those_within_are_not() {
    let place = Place::with(
        "CREATE SCHEMA elsewhere; CREATE SCHEMA other; CREATE TABLE inv.m (d date) PARTITION BY RANGE (d)",
    );
    place.finds_as(Severity::Warning, &[
        (
            "CREATE TABLE elsewhere.child () INHERITS (inv.item)",
            "table inv.item: children outside of the plugins' schemas expected none, found (elsewhere.child)",
        ),
        (
            "CREATE TABLE elsewhere.m1 PARTITION OF inv.m DEFAULT",
            "table inv.m: children outside of the plugins' schemas expected none, found (elsewhere.m1)",
        ),
    ]);
    for within in [
        "CREATE TABLE inv.child () INHERITS (inv.item)",
        "CREATE TABLE other.child () INHERITS (inv.item)",
        "CREATE TABLE inv.m1 PARTITION OF inv.m DEFAULT",
        "CREATE TEMPORARY TABLE child () INHERITS (inv.item)",
    ] {
        let (told, _) = place.told_of_the_plugin(within);
        assert_eq!(words(&told), [""; 0], "{within}");
    }
}

#[test]
fn which_index_of_a_partition_is_attached_where_is_told() {
    let place = Place::with(PARTS);
    place.finds_as(Severity::Warning, &[
        (
            "DROP INDEX inv.m_item; CREATE INDEX m_item ON ONLY inv.m (item); CREATE INDEX own_idx ON inv.c1 (item)",
            "index inv.c1.own_idx: index of the partitioned table expected inv.m_item, found none",
        ),
        (
            "ALTER TABLE inv.m DETACH PARTITION inv.c1",
            "constraint inv.c1.own_key: index of the partitioned table expected inv.m_pkey, found none",
        ),
    ]);
    // Two indexes of one kind, of which the other one is attached.
    let two = Place::with(&format!("{PARTS}; CREATE INDEX m_again ON inv.m (item)"));
    two.finds(&[(
        "DROP INDEX inv.m_item; DROP INDEX inv.m_again; CREATE INDEX own_idx ON inv.c1 (item); CREATE INDEX c1_item_idx ON inv.c1 (item); \
         CREATE INDEX c2_item_idx ON inv.c2 (item); CREATE INDEX c2_item_idx1 ON inv.c2 (item); \
         CREATE INDEX m_item ON ONLY inv.m (item); CREATE INDEX m_again ON ONLY inv.m (item); \
         ALTER INDEX inv.m_item ATTACH PARTITION inv.c1_item_idx; ALTER INDEX inv.m_again ATTACH PARTITION inv.own_idx; \
         ALTER INDEX inv.m_item ATTACH PARTITION inv.c2_item_idx; ALTER INDEX inv.m_again ATTACH PARTITION inv.c2_item_idx1",
        "index inv.c1.own_idx: index of the partitioned table expected inv.m_item, found inv.m_again",
    )]);
}

#[test]
fn comments_on_the_indexes_of_keys_and_on_statistics_elsewhere_are_cosmetic() {
    let place = Place::with(
        "CREATE SCHEMA elsewhere; CREATE STATISTICS elsewhere.s ON sku, name FROM inv.item; \
        COMMENT ON INDEX inv.item_pkey IS 'by number'",
    );
    place.finds_as(
        Severity::Cosmetic,
        &[
            (
                "COMMENT ON INDEX inv.item_pkey IS 'another'",
                "constraint inv.item.item_pkey: comment on the index expected by number, found another",
            ),
            (
                "COMMENT ON CONSTRAINT item_pkey ON inv.item IS 'the key'",
                "constraint inv.item.item_pkey: comment expected none, found the key",
            ),
            (
                "COMMENT ON STATISTICS elsewhere.s IS 'both'",
                "statistics inv.item.\"elsewhere.s\": comment expected none, found both",
            ),
        ],
    );
    place.survives_a_restore();
}

#[test]
fn what_goes_with_an_extension_is_told() {
    let made = "CREATE EXTENSION citext; CREATE FUNCTION inv.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
        CREATE PROCEDURE inv.p() LANGUAGE sql AS ''; CREATE AGGREGATE inv.total(int) (SFUNC = int4pl, STYPE = int); \
        CREATE TRIGGER t BEFORE INSERT ON inv.item FOR EACH ROW EXECUTE FUNCTION inv.f(); \
        CREATE MATERIALIZED VIEW inv.mv AS SELECT 1 AS one; CREATE INDEX i ON inv.item (sku)";
    let hangs = [
        ("FUNCTION inv.f()", "function inv.f()"),
        ("PROCEDURE inv.p()", "function inv.p()"),
        ("TRIGGER t ON inv.item", "trigger inv.item.t"),
        ("MATERIALIZED VIEW inv.mv", "materialized view inv.mv"),
        ("INDEX inv.i", "index inv.item.i"),
        ("INDEX inv.item_pkey", "constraint inv.item.item_pkey"),
    ];
    let place = Place::with(made);
    let all: Vec<_> =
        hangs.iter().map(|(what, _)| format!("ALTER {what} DEPENDS ON EXTENSION citext")).collect();
    for (sql, (_, object)) in all.iter().zip(hangs) {
        let told = format!("{object}: extensions it depends on expected none, found (citext)");
        place.finds_as(Severity::Warning, &[(sql, &told)]);
    }
    Place::with(&format!("{made}; {}", all.join("; "))).survives_a_restore();
}

//! Cases that only later servers know. On an older one each passes at once: `TENON_PG_BINDIR` names a newer
//! one.

use tenon_migrations_core::claims;
use tenon_migrations_core::ddl::{ForeignKeys, Placement, create};
use tenon_migrations_core::finding::Severity;
use tenon_schema::Descriptors;

use super::{Place, compare, same, words};
use tenon_host::schema::elaborate::elaborate;

#[test]
fn n21_a_virtual_generated_column_and_a_stored_one_on_18() {
    let place = Place::with("");
    if !place.has(18) {
        return;
    }
    let column = |kept: &str, times: u8| {
        format!("ALTER TABLE inv.item ADD twice int GENERATED ALWAYS AS (qty * {times}) {kept}")
    };
    let place = Place::with(&column("VIRTUAL", 2));
    let dropped = "ALTER TABLE inv.item DROP twice";
    place.finds(&[
        (
            &format!("{dropped}; {}", column("STORED", 2)),
            "column inv.item.twice: generation expression expected (qty * 2) VIRTUAL, found (qty * 2) STORED",
        ),
        ("ALTER TABLE inv.item ALTER twice SET EXPRESSION AS (qty * 3)", "column inv.item.twice: generation"),
    ]);
    place.survives_a_restore();
}

#[test]
fn p19_not_null_constraints_with_names_on_18() {
    if !Place::with("").has(18) {
        return;
    }
    same(&[
        (
            "CREATE TABLE inv.t (a int NOT NULL); ALTER TABLE inv.t RENAME TO u",
            "CREATE TABLE inv.u (a int NOT NULL)",
        ),
        (
            "CREATE TABLE inv.t (a int NOT NULL, b_not_null int NOT NULL); ALTER TABLE inv.t RENAME a TO c",
            "CREATE TABLE inv.t (c int NOT NULL, b_not_null int NOT NULL)",
        ),
        // The name that it has twice gets a number.
        (
            "CREATE TABLE inv.t (b int NOT NULL, a int); ALTER TABLE inv.t RENAME b TO c; \
             ALTER TABLE inv.t RENAME a TO b; ALTER TABLE inv.t ALTER b SET NOT NULL",
            "CREATE TABLE inv.t (c int NOT NULL, b int NOT NULL)",
        ),
        (
            "CREATE TABLE inv.p (a int NOT NULL) PARTITION BY LIST (a); CREATE TABLE inv.c (a int NOT NULL); \
             ALTER TABLE inv.p ATTACH PARTITION inv.c FOR VALUES IN (1)",
            "CREATE TABLE inv.p (a int NOT NULL) PARTITION BY LIST (a); \
             CREATE TABLE inv.c PARTITION OF inv.p FOR VALUES IN (1)",
        ),
    ]);
    Place::with(
        "CREATE TABLE inv.t (a int CONSTRAINT must_be_there NOT NULL, b int NOT NULL NO INHERIT); \
         COMMENT ON CONSTRAINT must_be_there ON inv.t IS 'why'; \
         CREATE TABLE inv.base (a int NOT NULL, b int); CREATE TABLE inv.c1 () INHERITS (inv.base); \
         CREATE TABLE inv.c2 (a int CONSTRAINT own NOT NULL, b int NOT NULL) INHERITS (inv.base); \
         ALTER TABLE inv.c1 ALTER b SET NOT NULL; CREATE DOMAIN inv.d AS int CONSTRAINT there NOT NULL; \
         ALTER TABLE inv.item ADD CONSTRAINT named NOT NULL name NOT VALID",
    )
    .survives_a_restore();
}

#[test]
fn not_null_constraints_with_other_names_or_another_inheritance_are_told_on_18() {
    let place = Place::with(
        "CREATE TABLE inv.t (a int CONSTRAINT must_be_there NOT NULL, b int NOT NULL); \
         CREATE TABLE inv.c () INHERITS (inv.t); CREATE DOMAIN inv.d AS int CONSTRAINT there NOT NULL",
    );
    if !place.has(18) {
        return;
    }
    place.finds_as(
        Severity::Warning,
        &[
            (
                "ALTER TABLE inv.t RENAME CONSTRAINT must_be_there TO other",
                "column inv.t.a: name of NOT NULL expected must_be_there, found other",
            ),
            (
                "ALTER TABLE inv.t RENAME CONSTRAINT t_b_not_null TO other",
                "column inv.t.b: name of NOT NULL expected (automatic), found other",
            ),
            (
                "ALTER DOMAIN inv.d RENAME CONSTRAINT there TO other",
                "domain inv.d: name of NOT NULL expected there, found other",
            ),
            (
                "ALTER TABLE inv.c ALTER a SET NOT NULL",
                "column inv.c.a: NOT NULL inherited and not declared expected yes, found none",
            ),
        ],
    );
    place.finds_as(
        Severity::Cosmetic,
        &[(
            "COMMENT ON CONSTRAINT must_be_there ON inv.t IS 'why'",
            "column inv.t.a: comment on NOT NULL expected none, found why",
        )],
    );
    place.finds_as(
        Severity::Breaking,
        &[(
            "ALTER TABLE inv.item ALTER sku DROP NOT NULL, ADD NOT NULL sku NO INHERIT",
            "column inv.item.sku: NO INHERIT of NOT NULL expected none, found yes",
        )],
    );
}

#[test]
fn n10_a_not_null_that_was_never_validated_on_18() {
    let place = Place::with("");
    if place.has(18) {
        place.finds(&[
            (
                "ALTER TABLE inv.item ADD CONSTRAINT named NOT NULL name NOT VALID",
                "column inv.item.name: NOT NULL expected no, found yes",
            ),
            (
                "ALTER TABLE inv.item ALTER sku DROP NOT NULL, ADD NOT NULL sku NOT VALID",
                "column inv.item.sku: validity of NOT NULL expected none, found NOT VALID",
            ),
        ]);
    }
}

#[test]
fn n09_a_constraint_that_is_not_enforced_or_spans_a_period_on_18() {
    let tables = "CREATE EXTENSION btree_gist; CREATE TABLE inv.room (id int, during daterange, \
        CONSTRAINT room_key PRIMARY KEY (id, during WITHOUT OVERLAPS)); \
        CREATE TABLE inv.stay (room int, during daterange, CONSTRAINT stay_room FOREIGN KEY (room, PERIOD during) \
        REFERENCES inv.room (id, PERIOD during)); ALTER TABLE inv.item ADD CONSTRAINT positive CHECK (qty > 0)";
    if !Place::with("").has(18) {
        return;
    }
    let place = Place::with(tables);
    place.finds(&[
        (
            "ALTER TABLE inv.item DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK (qty > 0) NOT ENFORCED",
            "constraint inv.item.positive: enforcement",
        ),
        ("ALTER TABLE inv.stay ALTER CONSTRAINT stay_room NOT ENFORCED", "constraint inv.stay.stay_room: enforcement"),
        (
            "ALTER TABLE inv.stay DROP CONSTRAINT stay_room; ALTER TABLE inv.room DROP CONSTRAINT room_key, \
             ADD CONSTRAINT room_key PRIMARY KEY (id, during)",
            "constraint inv.room.room_key: PERIOD or WITHOUT OVERLAPS",
        ),
    ]);
    place.survives_a_restore();
}

#[test]
fn what_18_brought_can_be_declared() {
    let place = Place::with("CREATE EXTENSION btree_gist");
    if !place.has(18) {
        return;
    }
    let descriptors: Descriptors = serde_json::from_value(serde_json::json!({ "format": 1, "tables": [
        {
            "name": "other.room",
            "columns": [
                { "name": "id", "data_type": "int", "not_null": true },
                { "name": "twice", "data_type": "int", "generated": "id * 2", "generated_virtual": true },
                { "name": "during", "data_type": "daterange", "not_null": true },
            ],
            "constraints": [
                { "rule": { "primary_key": { "columns": ["id", "during"] } }, "period": true },
                { "name": "soon", "rule": { "check": { "expression": "id > 0" } }, "not_enforced": true },
            ],
        },
        {
            "name": "other.stay",
            "columns": [{ "name": "room", "data_type": "int" }, { "name": "during", "data_type": "daterange" }],
            "constraints": [
                { "name": "stay_room", "period": true, "rule": { "foreign_key": {
                    "columns": ["room", "during"], "references": "other.room", "referenced_columns": ["id", "during"] } } },
            ],
        },
    ] })).unwrap();
    let made = create(&descriptors, &Placement::as_declared(), ForeignKeys::Include);
    let made: Vec<_> = made.into_iter().map(|made| made.sql).collect();
    let sql = format!("CREATE SCHEMA other; {}", made.join("; "));
    let live = place.after(&sql);
    let expected = place.runtime.block_on(async {
        place.client.batch_execute(&format!("BEGIN; {sql}; SET LOCAL search_path = public")).await.unwrap();
        elaborate(&place.client, &descriptors).await.unwrap()
    });
    let told = compare(&expected, &claims::part(&live, &claims::of(&descriptors), &expected));
    assert_eq!(words(&told), [""; 0]);
    for says in ["PERIOD \"during\"", "WITHOUT OVERLAPS", "VIRTUAL", "NOT ENFORCED"] {
        assert!(sql.contains(says), "{says}: {sql}");
    }
}

//! What commands leave behind that are cut off. Each is really cut off here, by a time limit or a lock.

use std::process::Output;

use tenon_migrations_core::compare::Difference;
use tenon_migrations_core::compare::compare;
use tenon_migrations_core::probable::{Builds, causes};
use tenon_migrations_core::snapshot::Kind;
use tenon_tests::TestServer;

use super::{Place, words};

impl Place {
    /// Runs a command that cannot run in a transaction, until its time is over.
    fn cut_off(&self, held: &str, sql: &str) {
        let held = self.database.hold(held);
        let Output { status, stderr, .. } = TestServer::shared()
            .psql(&self.database.name)
            .args(["-c", "SET statement_timeout = '500ms'", "-c", sql])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&stderr).into_owned();
        assert!(!status.success() && said.contains("statement timeout"), "{sql}: {said}");
        drop(held);
    }

    /// What is told now, each with its cause.
    fn told_since(
        &self,
        before: &tenon_migrations_core::snapshot::CatalogSnapshot,
    ) -> Vec<(String, &'static str)> {
        let now = self.now();
        let differences: Vec<Difference> = compare(before, &now);
        let causes = causes(&differences, &now, &Builds::new());
        words(&differences).into_iter().zip(causes).collect()
    }
}

fn assert_told(told: &[(String, &'static str)], wanted: &[(&str, &str)]) {
    for (difference, cause) in wanted {
        let found = told.iter().any(|(one, why)| one.starts_with(difference) && why.contains(cause));
        assert!(found, "{difference} by {cause} is not among {told:#?}");
    }
}

#[test]
fn a_detachment_that_was_cut_off() {
    let place = Place::with(
        "CREATE TABLE inv.m (d date) PARTITION BY RANGE (d); \
        CREATE TABLE inv.c PARTITION OF inv.m FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    );
    let before = place.now();
    place.cut_off(
        "LOCK TABLE inv.m IN ACCESS SHARE MODE",
        "ALTER TABLE inv.m DETACH PARTITION inv.c CONCURRENTLY",
    );
    let told = place.told_since(&before);
    assert_told(
        &told,
        &[
            (
                "table inv.c: state expected none, found being detached",
                "DETACH PARTITION CONCURRENTLY that failed",
            ),
            ("constraint inv.c.c_d_check is not expected", "DETACH PARTITION CONCURRENTLY, which gives"),
        ],
    );
}

#[test]
fn a_reindex_that_was_cut_off_also_of_a_toast_table() {
    let place = Place::with("CREATE TABLE inv.t (id int PRIMARY KEY, body text)");
    let before = place.now();
    place.cut_off("LOCK TABLE inv.t IN ROW EXCLUSIVE MODE", "REINDEX TABLE CONCURRENTLY inv.t");
    let told = place.told_since(&before);
    assert_told(
        &told,
        &[
            ("index inv.t.t_pkey_ccnew is not expected", "REINDEX CONCURRENTLY"),
            ("table inv.t: leftovers expected none, found (index pg_toast.pg_toast_", "TOAST"),
        ],
    );
}

#[test]
fn an_index_build_and_a_drop_that_were_cut_off() {
    let place = Place::with("CREATE TABLE inv.t (id int, body text); CREATE INDEX i ON inv.t (id)");
    let before = place.now();
    place.cut_off("LOCK TABLE inv.t IN ROW EXCLUSIVE MODE", "CREATE INDEX CONCURRENTLY more ON inv.t (body)");
    place.cut_off("LOCK TABLE inv.t IN ACCESS SHARE MODE", "DROP INDEX CONCURRENTLY inv.i");
    assert_told(
        &place.told_since(&before),
        &[
            ("index inv.t.more is not expected", "concurrent index build"),
            ("index inv.t.i: validity expected yes, found no", "concurrent index build"),
        ],
    );
    // Cut off somewhat later it is dead, which nothing but a moment separates from being gone.
    place.database.sql(
        "UPDATE pg_index SET indisready = false, indislive = false WHERE indexrelid = 'inv.i'::regclass",
    );
    assert_told(
        &place.told_since(&before),
        &[
            ("index inv.t.i: validity expected yes, found no", "DROP INDEX CONCURRENTLY"),
            ("index inv.t.i: state expected none, found being dropped", "DROP INDEX CONCURRENTLY"),
        ],
    );
}

#[test]
fn a_restore_that_was_cut_off() {
    let place = Place::with(
        "CREATE TABLE inv.part (item bigint CONSTRAINT f REFERENCES inv.item); \
        CREATE FUNCTION inv.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
        CREATE TRIGGER t BEFORE INSERT ON inv.part FOR EACH ROW EXECUTE FUNCTION inv.f(); \
        CREATE MATERIALIZED VIEW inv.mv AS SELECT 1 AS one; \
        ALTER TABLE inv.item ADD CONSTRAINT c CHECK (qty >= 0); \
        CREATE TABLE inv.m (d date) PARTITION BY RANGE (d); CREATE INDEX m_d ON inv.m (d); \
        CREATE TABLE inv.m1 PARTITION OF inv.m DEFAULT; \
        CREATE TABLE inv.r (id int NOT NULL); CREATE UNIQUE INDEX r_id ON inv.r (id); \
        ALTER TABLE inv.r REPLICA IDENTITY USING INDEX r_id",
    );
    let before = place.now();
    place.database.sql("ALTER TABLE inv.part DISABLE TRIGGER ALL; REFRESH MATERIALIZED VIEW inv.mv WITH NO DATA; \
        ALTER TABLE inv.item DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (qty >= 0) NOT VALID; \
        DROP INDEX inv.m_d; CREATE INDEX m_d ON ONLY inv.m (d); CREATE INDEX m1_d_idx ON inv.m1 (d); DROP INDEX inv.r_id");
    assert_told(
        &place.told_since(&before),
        &[
            ("constraint inv.part.f: enabled", "--disable-triggers"),
            ("trigger inv.part.t: enabled expected ENABLE, found DISABLE", "--disable-triggers"),
            ("materialized view inv.mv: populated expected yes, found no", "REFRESH MATERIALIZED VIEW"),
            ("constraint inv.item.c: validity expected yes, found no", "NOT VALID"),
            ("index inv.m.m_d: validity expected yes, found no", "ON ONLY"),
            (
                "index inv.m1.m1_d_idx: index of the partitioned table expected inv.m_d, found none",
                "a change by hand",
            ),
            (
                "table inv.r: replica identity expected INDEX r_id, found NOTHING, since its index was dropped",
                "replica identity was dropped",
            ),
        ],
    );
}

#[test]
fn a_materialized_view_that_was_filled_since_is_no_change() {
    let place = Place::with("CREATE MATERIALIZED VIEW inv.mv AS SELECT 1 AS one WITH NO DATA");
    assert_eq!(words(&place.told("REFRESH MATERIALIZED VIEW inv.mv")), [""; 0]);
}

#[test]
fn a_subscription_that_has_not_copied_all_rows() {
    let place = Place::with("");
    let before = place.now();
    let name = place.database.name.clone();
    place.database.sql(&format!(
        "CREATE SUBSCRIPTION {name} CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE); \
         INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) \
         SELECT oid, 'inv.item'::regclass, 'd' FROM pg_subscription WHERE subname = '{name}'"
    ));
    let told = place.told_since(&before);
    let copied = place.database.sql("UPDATE pg_subscription_rel SET srsubstate = 'r' RETURNING 'copied'");
    // That there is a subscription at all is told with the database.
    let mut then = compare(&before, &place.now());
    then.retain(|difference| difference.object.kind != Kind::Settings);
    place.database.sql(&format!("DROP SUBSCRIPTION {name}"));
    let rows = format!("table inv.item: rows still to be copied expected none, found (subscription {name})");
    assert_told(&told, &[(&rows, "has not copied all rows")]);
    assert_eq!((copied.as_str(), words(&then)), ("copied", Vec::new()));
}

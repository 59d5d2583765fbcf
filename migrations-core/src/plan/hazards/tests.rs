use super::*;
use crate::migration::Checksum;
use crate::plan::{Freeze, Size};
use crate::snapshot::Object;

fn live() -> CatalogSnapshot {
    let mut live = CatalogSnapshot::default();
    for table in ["shop.item", "shop.old"] {
        let table: ObjectName = table.parse().unwrap();
        live.objects.insert(ObjectId::standalone(Kind::Table, &table), Object::default());
        for (column, data_type) in [("note", "text"), ("size", "integer"), ("state", "shop.state")] {
            let id = ObjectId::of_relation(Kind::Column, &table, column.into());
            let object = [(Property::DataType, Value::Text(data_type.to_owned()))].into_iter().collect();
            live.objects.insert(id, object);
        }
    }
    let run = ObjectName::new("shop", "old_run()");
    let text = |text: &str| Value::Text(text.to_owned());
    let object = [(Property::Language, text("plpgsql")), (Property::Body, text("BEGIN EXECUTE 'x'; END"))];
    live.objects.insert(ObjectId::standalone(Kind::Function, &run), object.into_iter().collect());
    live
}

fn foreseen(sql: &str) -> Vec<String> {
    let migration = PluginMigration::new("shop/0002.sql".parse().unwrap(), sql, Vec::new());
    scan(&[&migration], &live()).0.iter().map(|hazard| hazard.hazard.to_string()).collect()
}

#[test]
fn what_a_statement_costs_is_told_by_what_stands() {
    for (sql, told) in [
        ("ALTER TABLE shop.item DROP COLUMN note", vec!["drop-column:shop.item.note"]),
        ("DROP TABLE shop.old; TRUNCATE shop.item", vec!["drop-table:shop.old", "truncate-table:shop.item"]),
        ("DROP SCHEMA shop CASCADE", vec!["drop-table:shop.item", "drop-table:shop.old"]),
        ("DROP TYPE shop.state CASCADE", vec!["drop-column:shop.item.state", "drop-column:shop.old.state"]),
        ("ALTER TABLE shop.item ALTER size TYPE bigint", vec!["rewrite-table:shop.item"]),
        ("ALTER TABLE shop.item ALTER note TYPE varchar(9)", vec!["rewrite-column:shop.item.note"]),
        ("ALTER TABLE shop.item ALTER size TYPE bigint USING 1", vec!["rewrite-column:shop.item.size"]),
        (
            "ALTER TABLE shop.item ADD a int, ADD CHECK (size > 0); CREATE INDEX ON shop.item (size)",
            vec!["scan-table:shop.item", "build-index:shop.item"],
        ),
        ("ALTER TABLE shop.item ADD a int; ALTER TABLE shop.item ADD b int", vec!["lock-table:shop.item"]),
        (
            "ALTER TABLE shop.item RENAME TO thing; ALTER TABLE shop.thing DROP COLUMN note",
            vec!["drop-column:shop.item.note"],
        ),
        (
            "CREATE TABLE shop.new (a int); CREATE INDEX ON shop.new (a); ALTER TABLE shop.new DROP a; \
             ALTER TABLE shop.new RENAME TO newer; DROP TABLE shop.newer",
            vec![],
        ),
    ] {
        assert_eq!(foreseen(sql), told, "{sql}");
    }
}

#[test]
fn sql_that_is_put_together_while_it_runs_is_told_and_needs_no_consent() {
    let makes = "CREATE FUNCTION shop.run(a text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE a; END'";
    let told = vec!["compose-sql:shop/0002.sql"];
    for (sql, told) in [
        ("DO $$ BEGIN EXECUTE 'TRUNCATE ' || 'shop.item'; END $$; DO 'BEGIN EXECUTE 1; END'", told.clone()),
        (&*format!("{makes}; SELECT shop.run('TRUNCATE shop.item')"), told.clone()),
        ("CALL shop.old_run()", told.clone()),
        (makes, vec![]),
        ("CREATE VIEW shop.v AS SELECT shop.run('')", vec![]),
        ("SELECT shop.other()", vec![]),
    ] {
        assert_eq!(foreseen(sql), told, "{sql}");
    }
    let (consents, refusals, _) = weighed("CALL shop.old_run()", None, &[]);
    assert_eq!((consents, refusals), (vec![Consent::NotNeeded], vec![]));
}

fn weighed(sql: &str, rows: Option<u64>, allow: &[&str]) -> (Vec<Consent>, Vec<String>, Checksum) {
    let migration = PluginMigration::new("shop/0002.sql".parse().unwrap(), sql, Vec::new());
    let history = crate::history::History::of(std::slice::from_ref(&migration), &[]);
    let mut plan = super::super::plan(&super::super::PlanInput {
        migrations: &[&migration],
        history: &history,
        unverified: &BTreeSet::new(),
        without: &BTreeSet::new(),
        findings: &[],
        repairs: &super::super::RepairRequest::default(),
        live: &live(),
        server_major: 17,
        ownership: &crate::ownership::Ownership::default(),
        tolerated: &[],
    });
    let size = rows.map(|rows| Size { rows, bytes: rows * 8192, index_bytes: 0 });
    let sizes = plan.tables_to_size().into_iter().filter_map(|table| Some((table, size?))).collect();
    let allow = allow.iter().map(|hazard| hazard.parse().unwrap()).collect();
    plan.apply_table_sizes(Some(&sizes), &allow, Some(100));
    let refused = plan.refusals.iter().map(|refusal| refusal.allow.clone().unwrap().to_string()).collect();
    (plan.hazards.iter().map(|hazard| hazard.consent).collect(), refused, plan.hash)
}

#[test]
fn what_destroys_rows_needs_consent_and_an_empty_table_has_none() {
    let drop = "ALTER TABLE shop.item DROP COLUMN note";
    let hazard = "drop-column:shop.item.note";
    let (consents, refused, hash) = weighed(drop, Some(1), &[]);
    assert_eq!((consents, refused), (vec![Consent::Needed], vec![hazard.to_owned()]));
    let (consents, refused, allowed) = weighed(drop, Some(1), &[hazard]);
    assert_eq!((consents, refused), (vec![Consent::Given], vec![]));
    assert_eq!(hash, allowed, "consent does not change what runs");
    let (consents, refused, empty) = weighed(drop, Some(0), &[]);
    assert_eq!((consents, refused), (vec![], vec![]));
    assert_ne!(hash, empty, "rows that came since the plan was shown have to be looked at");
    assert_eq!(weighed(drop, None, &[]).0, vec![], "there is no such table");
}

#[test]
fn what_holds_others_up_needs_consent_on_a_large_table() {
    let index = "CREATE INDEX ON shop.item (size)";
    assert_eq!(weighed(index, Some(100), &[]).0, [Consent::NotNeeded]);
    assert_eq!(weighed(index, Some(101), &[]).1, ["build-index:shop.item"]);
    assert_eq!(weighed(index, Some(101), &["build-index:shop.item"]).0, [Consent::Given]);
}

#[test]
fn a_hazard_says_how_large_the_table_is() {
    let size = Size { rows: 12, bytes: 30_000_000, index_bytes: 8192 };
    assert_eq!(size.to_string(), "about 12 rows, 28 MiB and 8192 B of indexes");
}

#[test]
fn a_frozen_database_is_written_to_with_consent_by_name_alone() {
    let plan = |sql: &str, allowed: &[&str]| {
        let pending = [PluginMigration::new("shop/0001.sql".parse().unwrap(), sql, Vec::new())];
        let mut plan = super::super::tests::plan_of(if sql.is_empty() { &[] } else { &pending }, &[], &[]);
        let [database, set_for, undo] =
            ["app", "database app", "ALTER DATABASE app RESET x"].map(str::to_owned);
        let allowed = allowed.iter().map(|hazard| hazard.parse().unwrap()).collect();
        plan.freeze(&Freeze { database, set_for, undo }, &allowed);
        plan
    };
    let frozen = plan("SELECT 1", &["drop-table:shop.item", "read-only:another"]);
    let [refusal] = frozen.refusals.as_slice() else { panic!("{:#?}", frozen.refusals) };
    assert_eq!(refusal.allow.as_ref().map(ToString::to_string).as_deref(), Some("read-only:app"));
    assert!(refusal.plugin.is_none() && refusal.reason.contains("is on for database app"), "{refusal:#?}");
    assert!(
        refusal.remedy.contains("`ALTER DATABASE app RESET x`")
            && refusal.remedy.contains("--allow 'read-only:app'")
    );
    let allowed = plan("SELECT 1", &["read-only:app"]);
    assert_eq!(allowed.refusals, []);
    assert_eq!(allowed.consents().iter().map(ToString::to_string).collect::<Vec<_>>(), ["read-only:app"]);
    assert_eq!(allowed.hash, frozen.hash, "what is shown is what is consented to");
    assert_eq!(plan("", &[]).refusals, [], "nothing is written");
}

//! Repairs by choice: what is chosen is repaired in the heal's transaction, and nothing else is.

mod tower;

use std::collections::BTreeSet;

use serde_json::json;
use tenon_host::heal::{HealFailure, HealOutcome, HealRequest};
use tenon_migrations_core::plan::{Plan, RepairRequest};
use tenon_tests::{TestHost, TestServer, World, files_of, request};

const NO_DEFAULT: &str = "ALTER TABLE inventory.item ALTER qty DROP DEFAULT";
const NO_INDEX: &str = "DROP INDEX inventory.item_active_idx";
const EXTRA: &str = "ALTER TABLE inventory.item ADD COLUMN note text";
const HAZARD: &str = "drop-column:inventory.item.note";

fn healed(plugins: &[&str]) -> (World, TestHost) {
    let world = World::with(plugins);
    let host = world.heal_and_prove(plugins);
    (world, host)
}

fn id_of(host: &TestHost, object: &str) -> String {
    let findings = host.findings();
    let finding = findings.iter().find(|finding| finding.object == object);
    finding.unwrap_or_else(|| panic!("{object} is not among {findings:#?}")).id.clone()
}

fn repair(choices: &[&str], allowed: &[&str]) -> HealRequest {
    let repairs = RepairRequest {
        choices: choices.iter().map(|choice| choice.parse().unwrap()).collect(),
        allowed: allowed.iter().map(|hazard| hazard.parse().unwrap()).collect(),
    };
    HealRequest { repairs, ..request() }
}

fn refused(outcome: HealOutcome) -> Plan {
    match outcome {
        HealOutcome::Refused { plan } => plan,
        other => panic!("{other:#?}"),
    }
}

fn failed(outcome: HealOutcome) -> HealFailure {
    match outcome {
        HealOutcome::Failed { failure, .. } => failure,
        other => panic!("{other:#?}"),
    }
}

#[test]
fn a_finding_that_is_chosen_is_mended_and_the_audit_log_has_its_sql() {
    let (world, host) = healed(&["inventory"]);
    world.sql(NO_DEFAULT);
    world.sql(NO_INDEX);
    let (column, index) = ("column inventory.item.qty", "index inventory.item.item_active_idx");
    let id = id_of(&host, column);
    let outcome = host.heal_as(&repair(&[&id], &[]));
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    let left: Vec<_> = host.findings().into_iter().map(|finding| finding.object).collect();
    assert_eq!(left, [index], "what was not chosen stays");
    let entry = host.audit().entries.remove(0);
    assert_eq!((entry.files.len(), entry.repairs.len()), (0, 1));
    assert_eq!((entry.repairs[0].object.as_str(), &entry.repairs[0].findings), (column, &vec![id]));
    assert_eq!(
        entry.repairs[0].sql,
        ["ALTER TABLE \"inventory\".\"item\" ALTER COLUMN \"qty\" SET DEFAULT 0"]
    );
    let outcome = host.heal_as(&repair(&[&id_of(&host, index)], &[]));
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    world.prove(&["inventory"]);
    assert_eq!(host.heal_as(&repair(&["additive"], &[])).word(), "nothing_to_do");
}

#[test]
fn additive_mends_all_that_only_lacks_something_and_changes_nothing_else() {
    let (world, host) = healed(&["inventory"]);
    for by_hand in
        [NO_DEFAULT, NO_INDEX, "ALTER TABLE inventory.item ALTER reorder_level SET DEFAULT 7", EXTRA]
    {
        world.sql(by_hand);
    }
    world.tenon(&["plan", "--repair", "additive"]).expect_code(2);
    world.tenon(&["heal", "--yes", "--as", "ops", "--repair", "additive"]).expect_code(0);
    let left: Vec<_> = host.findings().into_iter().map(|finding| finding.object).collect();
    assert_eq!(left, ["column inventory.item.note", "column inventory.item.reorder_level"]);
}

#[test]
fn everything_against_the_chosen_repairs_is_told_at_once_and_nothing_is_run() {
    let (world, host) = healed(&["inventory"]);
    world.sql(NO_DEFAULT);
    let before = world.database.contents();
    let id = id_of(&host, "column inventory.item.qty");
    let plan = refused(host.heal_as(&repair(&[&id, "nothing", "nobody"], &[])));
    let rules: Vec<_> = plan.refusals.iter().map(|refusal| refusal.rule.as_str()).collect();
    assert_eq!(rules, ["unknown-finding", "unknown-finding"]);
    let run = world.tenon(&["heal", "--yes", "--as", "ops", "--repair", "nothing", &id]).expect_code(5);
    assert!(run.err.contains("finding nothing"), "{}", run.err);
    world.tenon(&["heal", "--yes", "--repair", &id, "--allow", "drop-everything"]).expect_code(64);
    assert_eq!(world.database.contents(), before);
}

#[test]
fn a_hazard_is_refused_until_somebody_consents_to_it_by_name() {
    let (world, host) = healed(&["inventory"]);
    world.sql(EXTRA);
    world.sql(NO_DEFAULT);
    let before = world.database.contents();
    let id = id_of(&host, "column inventory.item.note");
    let plan = refused(host.heal_as(&repair(&[&id, "nothing", "additive"], &[])));
    let mut rules: Vec<_> = plan.refusals.iter().map(|refusal| refusal.rule.as_str()).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["hazard", "unknown-finding"]);
    let run = world.tenon(&["heal", "--yes", "--as", "ops", "--repair", &id]).expect_code(5);
    assert!(run.err.contains(&format!("--allow '{HAZARD}'")), "{}", run.err);
    assert_eq!(world.database.contents(), before);
    // As it says.
    world.tenon(&["heal", "--yes", "--as", "ops", "--repair", &id, "--allow", HAZARD]).expect_code(0);
    let left: Vec<_> = host.findings().into_iter().map(|finding| finding.object).collect();
    assert_eq!(left, ["column inventory.item.qty"]);
}

#[test]
fn consent_to_one_hazard_is_none_to_another() {
    let (world, host) = healed(&["inventory"]);
    world.sql(EXTRA);
    let id = id_of(&host, "column inventory.item.note");
    refused(host.heal_as(&repair(&[&id], &["drop-column:inventory.item.name"])));
    world.tenon(&["heal", "--yes", "--repair", &id, "--allow", "drop-everything"]).expect_code(64);
}

#[test]
fn migrations_and_repairs_are_one_transaction_and_one_entry() {
    let (world, host) = healed(&["identity_1_0", "inventory"]);
    drop(host);
    world.upgrade("identity_1_0", "identity");
    world.sql(NO_DEFAULT);
    let host = world.host();
    let id = id_of(&host, "column inventory.item.qty");
    let outcome = host.heal_as(&repair(&[&id], &[]));
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    world.prove(&["identity", "inventory"]);
    let entry = host.audit().entries.remove(0);
    assert_eq!((entry.files, entry.repairs.len()), (vec!["identity/0002_public_id.sql".to_owned()], 1));
}

/// A world that was adopted with comments on two columns that are alike in everything else, and with a row.
fn with_comments_and_a_row() -> (World, TestHost) {
    let world = World::with(&["inventory"]);
    for file in files_of(&["inventory"]).into_iter().filter(|file| !file.to_string_lossy().contains("/host/"))
    {
        world.sql(&std::fs::read_to_string(file).unwrap());
    }
    world.sql(
        "COMMENT ON COLUMN inventory.item.qty IS 'how many there are';
         COMMENT ON COLUMN inventory.item.reorder_level IS 'how few there may be';
         INSERT INTO inventory.item (sku, name, price, qty, reorder_level) VALUES ('a', 'A', 1, 100, 3)",
    );
    world.tenon(&["baseline", "--plugin", "inventory", "--yes", "--as", "ops"]).expect_code(0);
    let host = world.host();
    assert_eq!(host.findings(), []);
    (world, host)
}

#[test]
fn comments_that_two_columns_exchanged_are_exchanged_back_and_no_row_is() {
    let rows = "SELECT qty, reorder_level FROM inventory.item";
    let exchanged = "COMMENT ON COLUMN inventory.item.reorder_level IS 'how many there are'; \
                     COMMENT ON COLUMN inventory.item.qty IS 'how few there may be'";
    let moved = "COMMENT ON COLUMN inventory.item.reorder_level IS 'how many there are'; \
                 COMMENT ON COLUMN inventory.item.qty IS NULL";
    let gone = "COMMENT ON COLUMN inventory.item.reorder_level IS NULL";
    let (world, host) = with_comments_and_a_row();
    let before = world.sql(rows);
    for (by_hand, count) in [(exchanged, 2), (moved, 2), (gone, 1)] {
        world.sql(by_hand);
        let findings = host.findings();
        assert_eq!(findings.len(), count, "{by_hand}: {findings:#?}");
        let ids: Vec<_> = findings.iter().map(|finding| finding.id.as_str()).collect();
        let outcome = host.heal_as(&repair(&ids, &[]));
        assert_eq!(outcome.word(), "succeeded", "{by_hand}: {outcome:#?}");
        assert_eq!((host.findings(), world.sql(rows)), (Vec::new(), before.clone()), "{by_hand}");
    }
}

#[test]
fn a_rename_leaves_what_is_missing_to_a_choice_of_its_own_and_the_rows_where_they_are() {
    let (world, host) = with_comments_and_a_row();
    for by_hand in [
        "ALTER TABLE inventory.item RENAME COLUMN meta TO more",
        "ALTER TABLE inventory.item RENAME CONSTRAINT item_sku_key TO by_hand",
        "ALTER TABLE inventory.item RENAME TO thing",
        "ALTER TABLE inventory.item SET SCHEMA tenon",
        "ALTER TYPE inventory.state RENAME TO status",
        "ALTER TYPE inventory.state RENAME VALUE 'draft' TO 'sketch'",
    ] {
        world.sql(&format!("BEGIN; {by_hand}; COMMIT"));
        let before = world.database.contents();
        let findings = host.findings();
        assert!(!findings.is_empty(), "{by_hand}");
        let offered = findings.iter().filter_map(|finding| finding.repair.as_ref());
        // A type that is made anew stands aside for that long.
        let sql = offered.flat_map(|repair| &repair.sql).filter(|sql| !sql.contains("~old"));
        let renames = { sql }.any(|sql| {
            ["RENAME", "SET SCHEMA", "CREATE TABLE", "CREATE SCHEMA"].iter().any(|word| sql.contains(word))
        });
        assert!(!renames, "{by_hand}: {findings:#?}");
        // Nothing that is only missing: what was renamed is still there.
        assert_eq!(host.heal_as(&repair(&["additive"], &[])).word(), "nothing_to_do", "{by_hand}");
        assert_eq!(world.database.contents(), before, "{by_hand}");
        world.sql(match by_hand.split(' ').next_back().unwrap() {
            "more" => "ALTER TABLE inventory.item RENAME COLUMN more TO meta",
            "by_hand" => "ALTER TABLE inventory.item RENAME CONSTRAINT by_hand TO item_sku_key",
            "thing" => "ALTER TABLE inventory.thing RENAME TO item",
            "tenon" => "ALTER TABLE tenon.item SET SCHEMA inventory",
            "status" => "ALTER TYPE inventory.status RENAME TO state",
            _ => "ALTER TYPE inventory.state RENAME VALUE 'sketch' TO 'draft'",
        });
        assert_eq!(host.findings(), [], "{by_hand}");
    }
}

#[test]
fn invariant_2_a_repair_that_fails_leaves_no_trace_of_the_migrations_either() {
    let (world, host) = healed(&["identity_1_0", "gallery"]);
    drop(host);
    world.upgrade("identity_1_0", "identity");
    world.sql("DROP INDEX gallery.room_opened_idx");
    world.sql("INSERT INTO gallery.room (name, width, opened) VALUES ('hall', 5, '2026-01-01'), ('nook', 5, '2026-01-01')");
    let host = world.host();
    let id = id_of(&host, "index gallery.room.room_opened_idx");
    let before = (world.database.schema(), world.ledger());
    let failure = failed(host.heal_as(&repair(&[&id], &[])));
    assert_eq!((failure.stage.words(), failure.sqlstate.as_deref()), ("repair", Some("23505")));
    let told = format!("index gallery.room.room_opened_idx (finding {id})");
    assert_eq!((failure.repair, failure.statement), (Some(told), Some(1)));
    assert_eq!((world.database.schema(), world.ledger()), before);
    let entry = host.audit().entries.remove(0);
    assert_eq!((entry.error.map(|failure| failure.stage.words()), entry.repairs.len()), (Some("repair"), 1));
}

#[test]
fn another_choice_is_another_plan() {
    let (world, host) = healed(&["inventory"]);
    world.sql(NO_DEFAULT);
    let id = id_of(&host, "column inventory.item.qty");
    let plan = world.tenon(&["plan", "--repair", &id]).expect_code(2);
    insta::assert_snapshot!(world.redact(&plan.out.replace(&id, "[finding]")), @r###"
    No migration is pending

    1 repair in one transaction:

      column inventory.item.qty (finding [finding])
        ALTER TABLE "inventory"."item" ALTER COLUMN "qty" SET DEFAULT 0;

    Then verified: inventory
    Plan hash: [sha256]
    "###);
    let hash = world.tenon(&["plan", "--repair", &id, "--json"]).json()["hash"].as_str().unwrap().to_owned();
    world.tenon(&["heal", "--yes", "--as", "ops", "--plan-hash", &hash]).expect_code(5);
    world.tenon(&["heal", "--yes", "--as", "ops", "--repair", &id, "--plan-hash", &hash]).expect_code(0);
    world.prove(&["inventory"]);
    let log = world.tenon(&["audit", "list"]).expect_code(0);
    assert!(log.out.contains("repair of column inventory.item.qty"), "{}", log.out);
}

#[test]
fn invariant_3_the_api_repairs_as_the_program_does() {
    let (world, host) = healed(&["inventory"]);
    world.sql(NO_DEFAULT);
    let id = id_of(&host, "column inventory.item.qty");
    let serving = world.serve();
    let mut plan = serving.get_as_admin(&format!("/api/v1/plan?repair={id}")).expect_status(200).json();
    let mut by_program = world.tenon(&["plan", "--repair", &id, "--json"]).expect_code(2).json();
    // The other tests' sessions on the same server.
    for plan in [&mut plan, &mut by_program] {
        plan["locks"]["room"]["in_use"] = json!(0);
    }
    assert_eq!(plan, by_program);
    let body = json!({ "plan_hash": plan["hash"] });
    serving.post_as_admin("/api/v1/heal", &body).expect_status(409);
    let body = json!({ "plan_hash": plan["hash"], "repair": [id] });
    serving.post_as_admin("/api/v1/heal", &body).expect_status(200);
    world.prove(&["inventory"]);
    let entry = &serving.get_as_admin("/api/v1/audit").json()["entries"][0];
    assert_eq!(entry["repairs"][0]["findings"], json!([id]));
    serving.get_as_admin("/api/v1/plan?allow=everything").expect_status(400);
    serving.get_as_admin("/api/v1/plan?repairs=additive").expect_status(400);
}

/// Nothing moves a column: one that a repair makes stands last, and that is no finding after it.
#[test]
fn a_column_that_is_made_anew_stands_last_and_nothing_is_left_to_tell() {
    let (world, host) = healed(&["gallery"]);
    world.sql("ALTER TABLE gallery.room DROP COLUMN tags");
    let outcome = host.heal_as(&repair(&["additive"], &[]));
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    assert_eq!(host.findings(), []);
}

#[test]
fn what_a_command_that_was_cut_off_has_left_is_told_with_its_cause_and_mended() {
    let (world, host) = healed(&["gallery"]);
    let held = world.database.hold("LOCK TABLE gallery.room IN ROW EXCLUSIVE MODE");
    let cut_off = "SET statement_timeout = '500ms'; REINDEX TABLE CONCURRENTLY gallery.room";
    let mut psql = TestServer::shared().psql(&world.database.name);
    for sql in cut_off.split("; ") {
        psql.args(["-c", sql]);
    }
    assert!(!psql.output().unwrap().status.success());
    drop(held);
    world
        .sql("ALTER TABLE gallery.picture DISABLE TRIGGER ALL; ALTER TABLE gallery.room DISABLE TRIGGER ALL");
    let findings = host.findings();
    let causes: BTreeSet<_> = findings
        .iter()
        .map(|finding| finding.probable_cause.as_deref().unwrap().split(':').next().unwrap())
        .collect();
    assert!(findings.len() > 6, "{findings:#?}");
    assert_eq!(
        causes.into_iter().collect::<Vec<_>>(),
        [
            "ALTER TABLE ... DISABLE TRIGGER",
            "a REINDEX CONCURRENTLY that failed or was cut off, and left an index of the TOAST table behind",
            "a REINDEX CONCURRENTLY that failed or was cut off, and left this behind",
        ]
    );
    let ids: Vec<_> = findings.iter().map(|finding| finding.id.as_str()).collect();
    let repairs = findings.iter().filter_map(|finding| finding.repair.as_ref());
    let hazards: Vec<_> = repairs.flat_map(|repair| &repair.hazards).map(ToString::to_string).collect();
    let hazards: Vec<_> = hazards.iter().map(String::as_str).collect();
    let outcome = host.heal_as(&repair(&ids, &hazards));
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    world.prove(&["gallery"]);
    assert_eq!(host.findings(), []);
}

//! Repairs of what others stand on, with rows: what is in the way is taken down, and comes back as it was.

use tenon_migrations_core::finding::Finding;
use tenon_tests::{TestHost, World};

use super::{failed, healed, id_of, refused, repair};

const ROWS: &str = "INSERT INTO tower.wing (id, code) VALUES (1, 'north'), (2, 'south');
    INSERT INTO tower.floor (id, wing_id, level, note) VALUES (1, 1, 1, 'cold'), (2, 2, 7, 'high'), (3, 2, 7, NULL);
    UPDATE tower.wing SET top_floor = 2;
    REFRESH MATERIALIZED VIEW tower.by_level;";

/// All that stands on the level of a floor, by hand.
const CLEARED: &str = "DROP MATERIALIZED VIEW tower.by_level; DROP VIEW tower.c_low CASCADE;
    DROP POLICY floor_seen ON tower.floor; DROP TRIGGER floor_noted ON tower.floor;
    DROP RULE floor_kept ON tower.floor; DROP INDEX tower.floor_scaled_idx;";

const UPON_LEVEL: &str = include_str!("../../../plugins/tower/0002_upon_level.sql");

fn tower() -> (World, TestHost) {
    let (world, host) = healed(&["tower"]);
    world.sql(ROWS);
    (world, host)
}

/// All that stands there, with all rows but those of the ledger.
fn contents(world: &World) -> String {
    let contents = world.database.contents();
    let of_tower = contents.lines().filter(|line| !line.starts_with("INSERT INTO tenon."));
    of_tower.map(|line| format!("{line}\n")).collect()
}

/// Has these findings repaired, with consent to all that it may cost. Gives the hazards.
fn repair_findings(host: &TestHost, findings: &[Finding]) -> Vec<String> {
    let repaired: Vec<_> = findings.iter().filter(|finding| finding.repair.is_some()).collect();
    let ids: Vec<_> = repaired.iter().map(|finding| finding.id.as_str()).collect();
    let mut hazards: Vec<_> = host
        .findings()
        .iter()
        .filter_map(|finding| finding.repair.as_ref())
        .flat_map(|repair| repair.hazards.iter().map(ToString::to_string))
        .collect();
    hazards.sort();
    hazards.dedup();
    let outcome = host.heal_as(&repair(&ids, &hazards.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}\n{findings:#?}");
    hazards
}

/// The one of a few that is about this object.
fn one<'a>(findings: &'a [Finding], object: &str) -> &'a [Finding] {
    let at = findings.iter().position(|finding| finding.object == object);
    let at = at.unwrap_or_else(|| panic!("{object} is not among {findings:#?}"));
    &findings[at..=at]
}

#[test]
fn tables_that_are_gone_come_back_before_what_stands_on_them_and_their_foreign_keys_last() {
    for by_hand in [
        "DROP TABLE tower.floor, tower.wing CASCADE; DROP FUNCTION IF EXISTS tower.newest()",
        "DROP SCHEMA tower CASCADE",
        "DROP VIEW tower.c_low CASCADE; DROP FUNCTION tower.newest()",
        "DROP FUNCTION tower.noted() CASCADE; DROP FUNCTION tower.scaled(integer) CASCADE",
    ] {
        let (world, host) = healed(&["tower"]);
        world.sql(by_hand);
        let outcome = host.heal_as(&repair(&["additive"], &[]));
        assert_eq!(outcome.word(), "succeeded", "{by_hand}: {outcome:#?}");
        world.prove(&["tower"]);
    }
}

#[test]
fn what_is_chosen_alone_brings_what_it_needs() {
    let (world, host) = healed(&["tower"]);
    world.sql("DROP TABLE tower.floor, tower.wing CASCADE; DROP FUNCTION IF EXISTS tower.newest()");
    let findings = host.findings();
    repair_findings(&host, one(&findings, "view tower.a_top"));
    let left: Vec<_> = host.findings().into_iter().map(|finding| finding.object).collect();
    assert_eq!(left, ["materialized view tower.by_level"]);
    repair_findings(&host, &host.findings());
    world.prove(&["tower"]);
}

#[test]
fn tables_of_the_samples_with_a_foreign_key_to_the_later_one_come_back() {
    let plugins = ["identity", "inventory", "orders", "reporting"];
    let (world, host) = healed(&plugins);
    world.sql("DROP TABLE orders.purchase, orders.line CASCADE");
    let outcome = host.heal_as(&repair(&["additive"], &[]));
    assert_eq!(outcome.word(), "succeeded", "{outcome:#?}");
    world.prove(&plugins);
}

#[test]
fn a_column_gets_its_type_back_under_all_that_stands_on_it_and_no_row_changes() {
    let (world, host) = tower();
    let before = contents(&world);
    world.sql(&format!(
        "{CLEARED} ALTER TABLE tower.floor ALTER level TYPE bigint, DROP CONSTRAINT floor_level;
        ALTER TABLE tower.floor ADD CONSTRAINT floor_level CHECK (tower.scaled(level::integer) >= 0);
        {} ",
        UPON_LEVEL.replace("tower.scaled(level)", "tower.scaled(level::integer)")
    ));
    let findings = host.findings();
    let hazards = repair_findings(&host, &findings);
    assert_eq!(host.findings(), []);
    let views = ["drop-view:tower.b_middle", "drop-view:tower.c_low"];
    assert_eq!(hazards[..1], ["drop-materialized-view:tower.by_level"]);
    assert_eq!(
        (&hazards[1..3], &hazards[3..]),
        (&views.map(str::to_owned)[..], &["rewrite-column:tower.floor.level".to_owned()][..])
    );
    assert_eq!(contents(&world), before);
    // The column alone takes all along that was made over it.
    world.sql(&format!("{CLEARED} ALTER TABLE tower.floor ALTER level TYPE smallint; {UPON_LEVEL}"));
    let findings = host.findings();
    repair_findings(&host, one(&findings, "column tower.floor.level"));
    assert_eq!(host.findings(), []);
    assert_eq!(contents(&world), before);
    // And what was made over it the column.
    world.sql(&format!("{CLEARED} ALTER TABLE tower.floor ALTER level TYPE smallint; {UPON_LEVEL}"));
    let findings = host.findings();
    repair_findings(&host, one(&findings, "view tower.b_middle"));
    assert_eq!(host.findings(), []);
    assert_eq!(contents(&world), before);
}

#[test]
fn what_reads_a_table_by_hand_comes_back_as_it_was_and_goes_with_what_only_it_stands_on() {
    let (world, host) = tower();
    world.sql(
        "CREATE VIEW tower.by_hand WITH (security_barrier) AS SELECT level, note FROM tower.floor;
        COMMENT ON VIEW tower.by_hand IS 'mine'; GRANT SELECT (level) ON tower.by_hand TO PUBLIC",
    );
    let before = contents(&world);
    world.sql(
        "BEGIN; CREATE TEMP TABLE kept AS SELECT pg_get_viewdef('tower.by_hand'::regclass);
        DROP VIEW tower.by_hand; ALTER TABLE tower.floor ALTER note TYPE varchar(40);
        CREATE VIEW tower.by_hand WITH (security_barrier) AS SELECT level, note FROM tower.floor;
        COMMENT ON VIEW tower.by_hand IS 'mine'; GRANT SELECT (level) ON tower.by_hand TO PUBLIC; COMMIT",
    );
    let findings = host.findings();
    repair_findings(&host, one(&findings, "column tower.floor.note"));
    assert_eq!(contents(&world), before);
    world.sql("ALTER TABLE tower.floor ADD remark text; CREATE VIEW tower.remarks AS SELECT remark FROM tower.floor");
    let findings = host.findings();
    let hazards = repair_findings(&host, one(&findings, "column tower.floor.remark"));
    assert_eq!(hazards, ["drop-column:tower.floor.remark", "drop-view:tower.remarks"]);
    assert_eq!(contents(&world), before);
}

#[test]
fn a_function_is_made_anew_under_the_checks_and_indexes_that_call_it() {
    let (world, host) = tower();
    let before = contents(&world);
    world.sql("DROP FUNCTION tower.scaled(integer) CASCADE;
        CREATE FUNCTION tower.scaled(n integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 10::bigint * n';
        ALTER TABLE tower.floor ADD CONSTRAINT floor_level CHECK (tower.scaled(level) >= 0);
        CREATE INDEX floor_scaled_idx ON tower.floor (tower.scaled(level));");
    let findings = host.findings();
    repair_findings(&host, one(&findings, "function tower.scaled(integer)"));
    assert_eq!((host.findings(), contents(&world)), (Vec::new(), before));
}

#[test]
fn a_renamed_column_can_be_named_back_or_made_anew_and_both_need_consent() {
    let (world, host) = tower();
    let before = contents(&world);
    world.sql("ALTER TABLE tower.floor RENAME note TO remark");
    let id = id_of(&host, "column tower.floor.note");
    let rename = format!("{id}:rename");
    let plan = refused(host.heal_as(&repair(&[&rename], &[])));
    let remedies: Vec<_> = plan.refusals.iter().map(|refusal| refusal.remedy.as_str()).collect();
    assert_eq!(remedies, ["consent to it by name: `--allow 'rename-column:tower.floor.remark'`"]);
    let both = refused(host.heal_as(&repair(&[&id, &rename], &[])));
    assert!(both.refusals.iter().any(|refusal| refusal.rule == "two-ways"), "{:#?}", both.refusals);
    // As the report says.
    let told = world.tenon(&["check"]).expect_code(2).out;
    let command = format!("tenon heal --repair {rename} --allow 'rename-column:tower.floor.remark'");
    assert!(told.contains(&command), "{told}");
    let consent = ["--allow", "rename-column:tower.floor.remark"];
    let heal = ["heal", "--yes", "--as", "ops", "--repair", &rename];
    world.tenon(&[&heal[..], &consent].concat()).expect_code(0);
    assert_eq!((host.findings(), contents(&world)), (Vec::new(), before));
    // The plain way: an empty column, and the other goes.
    world.sql("ALTER TABLE tower.floor RENAME note TO remark");
    assert_eq!(host.heal_as(&repair(&["additive"], &[])).word(), "nothing_to_do");
    let hazards = repair_findings(&host, &host.findings());
    assert_eq!(hazards, ["drop-column:tower.floor.remark"]);
    assert_eq!(
        (host.findings(), world.sql("SELECT count(note) FROM tower.floor")),
        (Vec::new(), "0".to_owned())
    );
}

#[test]
fn a_renamed_table_or_label_is_named_back_with_its_rows() {
    let (world, host) = tower();
    let before = contents(&world);
    for (by_hand, object) in [
        ("ALTER TABLE tower.floor RENAME TO storey", "table tower.floor"),
        ("ALTER TABLE tower.wing RENAME code TO sign", "column tower.wing.code"),
        ("ALTER VIEW tower.a_top RENAME TO roof", "view tower.a_top"),
        (
            "ALTER TABLE tower.floor RENAME CONSTRAINT floor_level TO by_hand",
            "constraint tower.floor.floor_level",
        ),
        ("ALTER FUNCTION tower.newest() RENAME TO latest", "function tower.newest()"),
    ] {
        world.sql(by_hand);
        let findings = host.findings();
        let finding = &one(&findings, object)[0];
        let hazards: Vec<_> =
            finding.rename.iter().flat_map(|repair| &repair.hazards).map(ToString::to_string).collect();
        assert!(
            matches!(hazards.as_slice(), [hazard] if hazard.starts_with("rename-")),
            "{by_hand}: {finding:#?}"
        );
        let choice = format!("{}:rename", finding.id);
        let outcome = host.heal_as(&repair(&[&choice], &[&hazards[0]]));
        assert_eq!(outcome.word(), "succeeded", "{by_hand}: {outcome:#?}");
        assert_eq!((host.findings(), contents(&world)), (Vec::new(), before.clone()), "{by_hand}");
    }
}

#[test]
fn of_two_that_could_have_been_renamed_neither_is() {
    let (world, host) = tower();
    for by_hand in [
        "ALTER TABLE tower.floor RENAME note TO remark; ALTER TABLE tower.floor ADD other text",
        "ALTER TABLE tower.floor ADD by_hand text",
        "ALTER TABLE tower.wing RENAME id TO x; ALTER TABLE tower.wing RENAME top_floor TO id; ALTER TABLE tower.wing RENAME x TO top_floor",
    ] {
        world.sql(&format!("BEGIN; {by_hand}; COMMIT"));
        let findings = host.findings();
        assert!(!findings.is_empty(), "{by_hand}");
        assert!(findings.iter().all(|finding| finding.rename.is_none()), "{by_hand}: {findings:#?}");
        world.sql(match by_hand {
            _ if by_hand.contains("other") => "ALTER TABLE tower.floor DROP other; ALTER TABLE tower.floor RENAME remark TO note",
            _ if by_hand.contains("by_hand") => "ALTER TABLE tower.floor DROP by_hand",
            _ => "ALTER TABLE tower.wing RENAME id TO x; ALTER TABLE tower.wing RENAME top_floor TO id; ALTER TABLE tower.wing RENAME x TO top_floor",
        });
        assert_eq!(host.findings(), [], "{by_hand}");
    }
}

#[test]
fn a_page_offers_both_ways() {
    let (world, host) = tower();
    world.sql("ALTER TABLE tower.floor RENAME note TO remark");
    let id = id_of(&host, "column tower.floor.note");
    let serving = world.serve();
    serving.post_as_admin("/api/v1/check", &serde_json::json!({})).expect_status(200);
    serving.log_in().expect_status(200);
    let page = serving.get("/").expect_status(200).text;
    for value in [id.clone(), format!("{id}:rename")] {
        assert!(page.contains(&format!("name=\"repair\" value=\"{value}\"")), "{value}: {page}");
    }
    let plan = serving.get(&format!("/heal?repair={id}%3Arename")).expect_status(200).text;
    assert!(plan.contains("rename-column:tower.floor.remark"), "{plan}");
}

#[test]
fn a_repair_that_fails_after_things_were_taken_down_leaves_them_standing() {
    let (world, host) = tower();
    world.sql("ALTER TABLE tower.floor ALTER note TYPE varchar(40)");
    world.sql("ALTER TABLE tower.wing ALTER code TYPE varchar(80); UPDATE tower.wing SET code = repeat('x', 40) WHERE id = 1;
        ALTER TABLE tower.wing ADD CHECK (length(code) <> 10)");
    let before = contents(&world);
    let findings = host.findings();
    let id = &one(&findings, "column tower.wing.code")[0].id;
    let failure = failed(host.heal_as(&repair(&[id], &["rewrite-column:tower.wing.code"])));
    assert_eq!(failure.stage.words(), "repair");
    assert_eq!(contents(&world), before);
}

#[test]
fn what_is_read_by_nobody_is_named_and_left_alone() {
    let (world, host) = tower();
    world.sql(
        "CREATE SCHEMA outside; ALTER TABLE tower.floor ALTER note TYPE varchar(40);
        CREATE VIEW outside.notes AS SELECT note FROM tower.floor; ALTER TABLE tower.floor ADD remark text;
        CREATE VIEW outside.remarks AS SELECT remark FROM tower.floor",
    );
    let before = contents(&world);
    for (column, hazard) in [("note", "rewrite-column"), ("remark", "drop-column")] {
        let id = id_of(&host, &format!("column tower.floor.{column}"));
        let plan = refused(host.heal_as(&repair(&[&id], &[&format!("{hazard}:tower.floor.{column}")])));
        let [refusal] = plan.refusals.as_slice() else { panic!("{:#?}", plan.refusals) };
        assert_eq!(refusal.rule, "in-the-way");
        assert!(refusal.reason.contains(&format!("view outside.{column}s")), "{}", refusal.reason);
    }
    assert_eq!(contents(&world), before);
    // A check tells it too, each time, and what to do; that helps.
    let told = "view outside.notes stands in the way of the repair, in a schema of no plugin: drop it, have the repair made";
    for _ in 0..2 {
        let findings = host.findings();
        let remedy = one(&findings, "column tower.floor.note")[0].remedy.clone().unwrap();
        assert!(remedy.contains(told) && !remedy.contains("outside.remarks"), "{remedy}");
    }
    world.sql("DROP VIEW outside.notes");
    let findings = host.findings();
    let finding = &one(&findings, "column tower.floor.note")[0];
    assert!(!finding.remedy.clone().unwrap().contains("outside"), "{finding:#?}");
    let healed = host.heal_as(&repair(&[&finding.id], &["rewrite-column:tower.floor.note"]));
    assert_eq!(healed.word(), "succeeded", "{healed:#?}");
    world.sql("CREATE VIEW outside.notes AS SELECT note FROM tower.floor");
    assert!(host.findings().iter().all(|one| one.object != "column tower.floor.note"));
}

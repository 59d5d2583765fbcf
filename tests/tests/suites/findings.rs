//! Findings: what is said of them, since when they are known, and what an administrator's word does to them.

use serde_json::json;
use tenon_host::audit::Origin;
use tenon_host::host::AcknowledgeError;
use tenon_migrations_core::acknowledgement::Acknowledgement;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::{Serving, Status};
use tenon_tests::{TestHost, World};

const DRIFT: &str = "ALTER TABLE inventory.item ALTER qty DROP DEFAULT";
const UNDO: &str = "ALTER TABLE inventory.item ALTER qty SET DEFAULT 0";

fn healed() -> (World, TestHost) {
    let world = World::with(&["inventory"]);
    let host = world.heal_and_prove(&["inventory"]);
    (world, host)
}

fn only(host: &TestHost) -> Finding {
    let findings = host.findings();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.into_iter().next().unwrap()
}

fn acknowledge(host: &TestHost, id: &str, hours: i64) -> Result<Vec<Finding>, AcknowledgeError> {
    let now = jiff::Timestamp::now();
    let until = now + jiff::SignedDuration::from_hours(hours);
    let word = Acknowledgement::new("ops", now, until, "known").unwrap();
    host.wait(host.host.acknowledge(&[id.to_owned()].into(), &word, Origin::Cli))
}

/// Makes what is remembered of findings older.
fn age(world: &World, from: &str, to: &str) {
    let aged = world.sql(&format!(
        "WITH aged AS (UPDATE tenon.finding SET acknowledged = replace(acknowledged, '{from}', '{to}'), \
         first_seen = CASE first_seen WHEN '{from}' THEN '{to}' ELSE first_seen END \
         WHERE first_seen = '{from}' OR acknowledged LIKE '%{from}%' RETURNING 1) SELECT count(*) FROM aged"
    ));
    assert_eq!(aged, "1", "{from} is not remembered");
}

#[test]
fn a_column_that_was_renamed_is_told_as_such_on_both_sides_and_nothing_is_offered_that_renames() {
    let (world, host) = healed();
    // An index and a check go by the one's name, and nothing by the other's.
    for (was, is, repairs) in [("qty", "quantity", 0), ("meta", "more", 2)] {
        world.sql(&format!("ALTER TABLE inventory.item RENAME COLUMN {was} TO {is}"));
        let findings = host.findings();
        let columns: Vec<_> =
            findings.iter().filter(|finding| finding.object.starts_with("column")).collect();
        let mut objects: Vec<_> = columns.iter().map(|finding| finding.object.as_str()).collect();
        objects.sort_unstable();
        let mut told = [was, is].map(|name| format!("column inventory.item.{name}"));
        told.sort_unstable();
        assert_eq!(objects, told, "{findings:#?}");
        for finding in &columns {
            let cause = format!("perhaps renamed from {was} to {is}");
            assert_eq!(finding.probable_cause.as_deref(), Some(cause.as_str()));
        }
        let offered: Vec<_> = findings.iter().filter_map(|finding| finding.repair.as_ref()).collect();
        assert_eq!(offered.len(), repairs, "{findings:#?}");
        assert!(offered.iter().all(|repair| !repair.is_additive()), "{offered:#?}");
        assert!(
            offered.iter().flat_map(|repair| &repair.sql).all(|sql| !sql.contains("RENAME")),
            "{offered:#?}"
        );
        world.sql(&format!("ALTER TABLE inventory.item RENAME COLUMN {is} TO {was}"));
        assert_eq!(host.findings(), []);
    }
}

#[test]
fn drift_is_told_with_both_sides_its_cause_its_first_day_and_what_would_mend_it() {
    let (world, host) = healed();
    world.sql(DRIFT);
    let first = only(&host);
    assert_eq!(first.sides(), Some(("0", "none")));
    assert_eq!(first.probable_cause.as_deref(), Some("a change by hand"));
    assert!(first.repair.is_some(), "{first:#?}");
    let seen = first.first_seen.unwrap();
    // Another process, days later, after it had gone and come back.
    let earlier = seen - jiff::SignedDuration::from_hours(72);
    age(&world, &seen.to_string(), &earlier.to_string());
    world.sql(UNDO);
    assert_eq!(host.findings(), []);
    world.sql(DRIFT);
    let check = world.tenon(&["check"]).expect_code(2);
    let told = check.out.split_once("drifted  column").unwrap().1.split_once("\n\n").unwrap().0;
    let earlier = earlier.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    insta::assert_snapshot!(format!("column{told}").replace(&earlier, "[three days ago]"), @r###"
    column inventory.item.qty: default differs (warning, bc4c8c65c3db)
                  expected (Inventory Plugin 1.2.0): 0
                  found (database): none
                  probable cause: a change by hand
                  first seen: [three days ago]
                  mend (`tenon heal --repair bc4c8c65c3db`):
                    ALTER TABLE "inventory"."item" ALTER COLUMN "qty" SET DEFAULT 0;
                  remedy: undo the change by hand, or put it into a migration of the plugin
    "###);
}

#[test]
fn what_is_acknowledged_stays_listed_and_does_not_count() {
    let (world, host) = healed();
    world.sql(DRIFT);
    let id = only(&host).id;
    assert_eq!(host.check().status, Status::Drifted);
    let known = acknowledge(&host, &id, 24).unwrap();
    assert_eq!(known[0].acknowledged.as_ref().map(|word| word.by.as_str()), Some("ops"));
    let report = host.check();
    assert_eq!((report.status, report.findings().count()), (Status::Healthy, 1));
    assert_eq!(host.plugin("inventory").line, "Inventory Plugin: in step, 1 finding acknowledged");
    // It comes and goes.
    world.sql(UNDO);
    assert_eq!(host.findings(), []);
    world.sql(DRIFT);
    assert_eq!(host.check().status, Status::Healthy);
    // Another value is another matter.
    world.sql("ALTER TABLE inventory.item ALTER qty SET DEFAULT 7");
    assert_eq!(host.check().status, Status::Drifted);
    world.sql(DRIFT);
    assert_eq!(host.check().status, Status::Healthy);
    // So is another database.
    let until = only(&host).acknowledged.unwrap().until;
    age(&world, &until.to_string(), "2026-01-02T03:04:05Z");
    assert_eq!(host.check().status, Status::Drifted, "its time is over");
}

#[test]
fn an_acknowledged_finding_that_breaks_still_holds_the_routes_back() {
    let (world, host) = healed();
    world.sql("ALTER TABLE inventory.item DROP COLUMN reorder_level");
    let finding = host.findings().into_iter().find(|one| one.severity == Severity::Breaking).unwrap();
    for finding in host.findings() {
        acknowledge(&host, &finding.id, 1).unwrap();
    }
    let plugin = host.plugin("inventory");
    assert_eq!((plugin.status, plugin.serving), (Status::Drifted, Serving::Held));
    assert_eq!(host.check().status, Status::Drifted);
    assert!(plugin.line.starts_with("Inventory Plugin: its routes are held, "), "{}", plugin.line);
    let refusal = host.call("inventory", "GET /items", "").unwrap_err().to_string();
    assert!(refusal.contains(&finding.message), "{refusal}");
}

#[test]
fn only_drift_can_be_acknowledged_and_all_obstacles_are_told_at_once() {
    let world = World::with(&["inventory"]);
    let host = world.host();
    let pending = host.findings().remove(0);
    let error = host.wait(async {
        let now = jiff::Timestamp::now();
        let until = now + jiff::SignedDuration::from_hours(1);
        let word = Acknowledgement::new("ops", now, until, "known").unwrap();
        let ids = [pending.id.clone(), "nothing".to_owned()].into();
        host.host.acknowledge(&ids, &word, Origin::Cli).await.unwrap_err()
    });
    let AcknowledgeError::Refused(reasons) = error else { panic!("{error:#?}") };
    assert_eq!(reasons.len(), 2, "{reasons:#?}");
}

#[test]
fn the_program_acknowledges_lists_and_takes_back() {
    let (world, host) = healed();
    world.sql(DRIFT);
    let id = only(&host).id;
    let run =
        world.tenon(&["finding", "acknowledge", &id, "--reason", "a test", "--for", "2d", "--as", "ops"]);
    assert!(run.clone().expect_code(0).out.contains("acknowledged by ops until"), "{run:#?}");
    world.tenon(&["check"]).expect_code(0);
    let list = world.tenon(&["finding", "list", "--json"]).expect_code(0).json()["findings"].clone();
    assert_eq!(
        (&list[0]["id"], &list[0]["plugin_name"], &list[0]["acknowledged"]["reason"]),
        (&json!(id), &json!("Inventory Plugin"), &json!("a test"))
    );
    assert!(world.tenon(&["finding", "list"]).expect_code(0).out.contains("a test"));
    world.tenon(&["finding", "unacknowledge", &id]).expect_code(0);
    world.tenon(&["check"]).expect_code(2);
    world.tenon(&["finding", "unacknowledge", &id]).expect_code(5);
    world.tenon(&["finding", "acknowledge", "nothing", "--reason", "x"]).expect_code(5);
    for wrong in [
        ["--reason", " ", "--for", "2d"],
        ["--reason", "x", "--for", "400d"],
        ["--reason", "x", "--until", "2020-01-01"],
    ] {
        let arguments = [&["finding", "acknowledge", id.as_str()], &wrong[..]].concat();
        world.tenon(&arguments).expect_code(64);
    }
}

#[test]
fn the_api_acknowledges_lists_and_takes_back() {
    let (world, host) = healed();
    world.sql(DRIFT);
    let id = only(&host).id;
    let serving = world.serve();
    let list = serving.get_as_admin("/api/v1/findings").expect_status(200).json();
    assert_eq!(list[0]["id"], json!(id));
    let body = json!({ "findings": [id], "reason": "a test", "for": "2d" });
    serving.post("/api/v1/findings/acknowledge", &body).expect_status(403);
    let known = serving.post_as_admin("/api/v1/findings/acknowledge", &body).expect_status(200).json();
    assert_eq!(known[0]["acknowledged"]["by"], "admin");
    serving.logged("the event", |event| event["admin"] == "admin" && event["finding"] == json!(id));
    let status = || serving.post_as_admin("/api/v1/check", &json!({})).json()["status"].clone();
    assert_eq!(status(), "healthy");
    let forever = json!({ "findings": [id], "reason": "a test", "until": "2999-01-01" });
    serving.post_as_admin("/api/v1/findings/acknowledge", &forever).expect_status(400);
    let unknown = json!({ "findings": ["nothing"], "reason": "a test" });
    serving.post_as_admin("/api/v1/findings/acknowledge", &unknown).expect_status(422);
    serving.post_as_admin("/api/v1/findings/unacknowledge", &json!({ "findings": [id] })).expect_status(200);
    assert_eq!(status(), "drifted");
}

#[test]
fn a_findings_file_that_cannot_be_read_is_a_warning_and_what_the_database_remembers_holds() {
    let (world, host) = healed();
    world.sql(DRIFT);
    let id = only(&host).id;
    acknowledge(&host, &id, 24).unwrap();
    std::fs::write(world.path().join("state/findings.json"), "{").unwrap();
    let report = host.check();
    assert_eq!((report.status, report.warnings.len()), (Status::Healthy, 1), "{report:#?}");
    assert!(world.tenon(&["check"]).expect_code(0).out.contains("findings.json"));
}

#[test]
fn lost_owners_speak_of_a_restore_and_a_lost_reading_of_one_of_the_schema_tenon() {
    let world = World::with(&["gallery"]);
    let host = world.heal_and_prove(&["gallery"]);
    drop(host);
    world.sql("DELETE FROM tenon.reading WHERE plugin = 'gallery'");
    // A role that could make a scratch database would see for itself that nothing differs.
    let role = format!("r_{}", world.database.name);
    world.sql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA tenon TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {role}"
    ));
    world.set_url(&world.database.url().replacen("harness@", &format!("{role}@"), 1));
    let finding = only(&world.host());
    world.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    assert_eq!(finding.cause, Cause::Unknown);
    let cause = finding.probable_cause.unwrap();
    assert!(cause.contains("a restore of only a part of the schema tenon"), "{cause}");
}

#[test]
fn an_index_is_told_to_be_being_rebuilt_or_left_behind() {
    let (world, host) = healed();
    let index = world.sql(
        "SELECT indexrelid::regclass FROM pg_index i WHERE indrelid = 'inventory.item'::regclass
         AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) LIMIT 1",
    );
    // It waits for those who write, and no further.
    let held = world.database.hold("LOCK TABLE inventory.item IN ROW EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        let reindex = scope.spawn(|| world.database.refuses(&format!("REINDEX INDEX CONCURRENTLY {index}")));
        world.database.wait_until("SELECT count(*) > 0 FROM pg_class WHERE relname LIKE '%_ccnew'");
        assert_eq!(host.findings(), [], "while it runs, it is nobody's finding");
        world.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index WHERE datname = current_database()");
        reindex.join().unwrap();
    });
    drop(held);
    let left = only(&host);
    assert!(left.object.ends_with("_ccnew"), "{left:#?}");
    let cause = left.probable_cause.unwrap();
    assert!(cause.contains("REINDEX CONCURRENTLY"), "{cause}");
}

//! The second person: with `heal.approvals = 2` a plan that destroys something takes two.

use serde_json::{Value, json};
use tenon_host::heal::{HealOutcome, HealRequest, Purpose};
use tenon_migrations_core::plan::{PlanRule, RepairRequest};
use tenon_tests::{ServeProcess, TestHost, World, request};

const COLUMN: &str = "drop-column:shelf.book.note";

/// A database with books in it, and a version of the plugin that keeps less of them.
fn upgraded(settings: &str) -> (World, TestHost) {
    let world = World::with(&["shelf"]);
    world.heal_and_prove(&["shelf"]);
    world.sql("INSERT INTO shelf.book SELECT n, 'a', n, 'b' FROM generate_series(1, 50) AS n; ANALYZE");
    world.upgrade("shelf", "shelf_2_0");
    world.set(&format!("[heal]\napprovals = 2\n{settings}"));
    let host = world.host();
    (world, host)
}

fn by(admin: &str) -> HealRequest {
    let allowed = [COLUMN.parse().unwrap()].into();
    HealRequest {
        admin: admin.to_owned(),
        repairs: RepairRequest { allowed, ..RepairRequest::default() },
        ..request()
    }
}

/// Why a heal by this person is refused.
fn refusal(host: &TestHost, admin: &str) -> String {
    let HealOutcome::Refused { plan } = host.heal_as(&by(admin)) else { panic!("healed by one person") };
    let [refusal] = plan.refusals.as_slice() else { panic!("{plan:#?}") };
    assert_eq!(refusal.rule, PlanRule::NotApproved);
    refusal.reason.clone()
}

fn hash(world: &World) -> String {
    let run = world.tenon(&["plan", "--json", "--allow", COLUMN]).expect_code(5);
    run.json()["hash"].as_str().unwrap().to_owned()
}

fn actions(world: &World) -> Vec<String> {
    let log = world.tenon(&["audit", "list", "--json", "--limit", "100"]).expect_code(0).json();
    let entries = log["entries"].as_array().unwrap().iter().rev();
    let told = entries.filter(|entry| entry["action"] == "approve_plan").map(|entry| {
        format!("{} through {}", entry["admin"].as_str().unwrap(), entry["source"].as_str().unwrap())
    });
    told.collect()
}

#[test]
fn one_approves_and_another_heals_and_nobody_does_both() {
    let (world, host) = upgraded("");
    let before = world.database.schema();
    assert!(refusal(&host, "ada").contains("takes 2 people (heal.approvals): nobody has approved it"));
    let hash = hash(&world);
    let told = world.tenon(&["plan", "--allow", COLUMN]).expect_code(5).err;
    assert!(told.contains(&format!("`tenon plan approve {hash}`")), "{told}");
    let approved = world.tenon(&["plan", "approve", &hash, "--as", "ada"]).expect_code(0);
    assert!(approved.err.contains("ada approved the plan until"), "{approved:#?}");
    assert_eq!(world.tenon(&["plan", "approve", &hash, "--as", "Ada"]).expect_code(5).code, 5);
    assert!(refusal(&host, "ada").contains("ada has approved it, and so cannot be who heals"));
    assert!(refusal(&host, "ada via token ci").contains("cannot be who heals"));
    assert_eq!(world.database.schema(), before);
    // Whoever looks at it sees that it may be healed now.
    world.tenon(&["plan", "--allow", COLUMN]).expect_code(2);
    let heal = ["heal", "--yes", "--as", "bo", "--allow", COLUMN, "--plan-hash", &hash];
    world.tenon(&heal).expect_code(0);
    world.prove(&["shelf_2_0"]);
    assert_eq!(actions(&world), ["ada through cli"]);
    world.tenon(&["audit", "verify"]).expect_code(0);
}

#[test]
fn an_approval_is_for_the_plan_that_was_looked_at_and_its_time_ends() {
    let (world, host) = upgraded("approvals_last = \"1s\"");
    let hash = hash(&world);
    let other = "0".repeat(64);
    let changed = world.tenon(&["plan", "approve", &other, "--as", "bo"]).expect_code(5);
    assert!(changed.err.contains("the plan is another one by now") && changed.err.contains("`tenon plan`"));
    world.tenon(&["plan", "approve", &hash[..10], "--as", "bo"]).expect_code(64);
    world.tenon(&["plan", "approve", &hash, "--as", "bo"]).expect_code(0);
    let approvals = || {
        let run = world.tenon(&["plan", "--json", "--allow", COLUMN]);
        run.json()["refusals"].as_array().map_or(0, Vec::len)
    };
    while approvals() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(refusal(&host, "ada").contains("nobody has approved it, or no longer"));
}

#[test]
fn an_approval_counts_for_no_other_plan() {
    let (world, host) = upgraded("");
    let hash = hash(&world);
    world.tenon(&["plan", "approve", &hash, "--as", "bo"]).expect_code(0);
    // A table that was empty has a row: now that goes too.
    world.sql("INSERT INTO shelf.draft VALUES (1)");
    let mut both = by("ada");
    both.repairs.allowed.insert("drop-table:shelf.draft".parse().unwrap());
    let HealOutcome::Refused { plan } = host.heal_as(&both) else { panic!("another plan than was approved") };
    assert_ne!(plan.hash.to_string(), hash);
    assert!(plan.refusals.iter().any(|refusal| refusal.rule == PlanRule::NotApproved), "{plan:#?}");
}

#[test]
fn what_destroys_nothing_takes_one_person_and_so_does_everything_unless_it_is_configured() {
    let world = World::with(&["shelf"]);
    world.set("[heal]\napprovals = 2");
    assert_eq!(world.host().heal_as(&by("ada")).word(), "succeeded");
    let run = world.tenon(&["plan", "--json"]).expect_code(0).json();
    let hash = run["hash"].as_str().unwrap();
    let none = world.tenon(&["plan", "approve", hash, "--as", "bo"]).expect_code(5);
    assert!(none.err.contains("the plan destroys nothing"), "{none:#?}");
    // A repair destroys as a migration does.
    world.sql("ALTER TABLE shelf.book ADD COLUMN scribble text");
    let finding = world.host().findings().remove(0).id;
    let repair = ["plan", "--repair", &finding, "--allow", "drop-column:shelf.book.scribble"];
    let alone = world.tenon(&repair).expect_code(5);
    assert!(alone.err.contains("(drop-column:shelf.book.scribble), which takes 2 people"), "{alone:#?}");

    let plain = World::with(&["shelf"]);
    plain.heal_and_prove(&["shelf"]);
    let none = plain.tenon(&["plan", "approve", hash, "--as", "bo"]).expect_code(5);
    assert!(none.err.contains("heal.approvals is 1"), "{none:#?}");
}

#[test]
fn what_is_only_tried_needs_nobody_else() {
    let (world, host) = upgraded("");
    for purpose in [Purpose::DryRun, Purpose::Rehearsal] {
        assert_eq!(host.heal_as(&HealRequest { purpose, ..by("ada") }).word(), "rehearsed", "{purpose:?}");
    }
    let rehearsed = world.tenon(&["plan", "--rehearse", "--allow", COLUMN]).expect_code(5);
    assert!(rehearsed.out.contains("ehears"), "{rehearsed:#?}");
    world.tenon(&["heal", "--dry-run", "--yes", "--as", "ada", "--allow", COLUMN]).expect_code(0);
}

/// The form's value of this name on a page.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn with_token(serving: &ServeProcess, token: &str, line: &str, body: &Value) -> (u16, Value) {
    let (method, path) = line.split_once(' ').unwrap();
    let answer = serving.ask_with_token(method, path, token, body);
    (answer.status, answer.json())
}

#[test]
fn page_and_api_approve_as_the_command_line_does() {
    let (world, _) = upgraded("");
    let serving = world.serve();
    let token = |account: &str, role: &str| {
        world.tenon(&["admin", "add", account, "--role", role, "--generate", "--as", "ops"]).expect_code(0);
        let run =
            world.tenon(&["admin", "token", "add", account, "t", "--json", "--as", "ops"]).expect_code(0);
        run.json()["token"].as_str().unwrap().to_owned()
    };
    let (hal, vera) = (token("hal", "healer"), token("vera", "viewer"));
    let path = format!("GET /api/v1/plan?allow={COLUMN}");
    let (_, plan) = with_token(&serving, &hal, &path, &Value::Null);
    assert_eq!((&plan["approvals"]["people"], &plan["approvals"]["by"]), (&json!(2), &json!([])));
    assert_eq!(plan["refusals"][0]["rule"], "not-approved");
    let approve = "POST /api/v1/plan/approve";
    let body = json!({ "plan_hash": plan["hash"], "allow": [COLUMN] });
    let heal = |token: &str| with_token(&serving, token, "POST /api/v1/heal", &body);
    assert_eq!(with_token(&serving, &vera, approve, &body).1["code"], "not_permitted");
    let other = json!({ "plan_hash": "0".repeat(64) });
    assert_eq!(with_token(&serving, &hal, approve, &other).1["code"], "plan_changed");
    assert_eq!(with_token(&serving, &hal, approve, &json!({ "plan_hash": "x" })).1["code"], "bad_plan_hash");
    assert_eq!(heal(&hal).1["code"], "refused");

    // One by page, the other by API: each may then heal what the other approved.
    serving.log_in().expect_status(200);
    let page = serving.get(&format!("/heal?allow={COLUMN}")).expect_status(200).text;
    assert!(page.contains("A second person") && !page.contains("Fix Configuration now"), "{page}");
    let fields = [("plan_hash", &*field(&page, "plan_hash")), ("allow", COLUMN)];
    let page = serving.post_form("/heal/approve", &fields).expect_status(200).text;
    assert!(page.contains("Fix Configuration now"), "it may be healed now: {page}");
    serving.post_form("/heal/approve", &fields).expect_status(409);
    let refused = serving.post_form("/heal", &fields).expect_status(422).text;
    assert!(refused.contains("admin has approved it, and so cannot be who heals"), "{refused}");
    let (status, healed) = heal(&hal);
    assert_eq!((status, &healed["result"]), (200, &json!("succeeded")), "{healed:#}");
    assert_eq!(actions(&world), ["admin through web"]);
}

//! What the reports look like.

use std::collections::BTreeSet;

use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::{PluginHealth, Serving, Status};
use tenon_migrations_core::migration::{Checksum, PluginId};
use tenon_migrations_core::plan::{
    Consent, LockRoom, Locks, Plan, PlannedHazard, RepairStep, RoleStep, Size, Step,
};
use tenon_migrations_core::statements::LockMode;

use super::*;
use crate::audit::Kind;
use crate::audit::{Action, ActionEntry, Actor, AuditEntry, AuditResult, LogEntry, Performed};
use crate::config::Environment;
use crate::database::unavailable::Unavailable;
use crate::heal::{HealFailure, Origin};
use crate::report::{Announced, DatabaseInfo, HealthReport, Remaining, Trouble};

const PLAIN: Style = Style { colour: false, width: None };

fn plugin(id: &str, name: &str, serving: Serving, findings: Vec<Finding>) -> PluginHealth {
    PluginHealth::new(id.parse().unwrap(), name, "1.2.0", format!("lib{id}.so"), serving, findings)
}

fn report(plugins: Vec<PluginHealth>, trouble: Option<Trouble>) -> HealthReport {
    HealthReport {
        format: 1,
        status: Status::over(&plugins),
        environment: Environment::Production,
        checked_at: "2026-03-01T10:20:30Z".parse().unwrap(),
        took_ms: 12,
        database: DatabaseInfo {
            address: "tenon@db.example.com:5432/tenon".to_owned(),
            server_version: if trouble.is_none() { "16.4".to_owned() } else { String::new() },
            running_heal: None,
            read_by: None,
            trouble,
        },
        plugins,
        unmanaged: vec!["table inventory.scratch".to_owned()],
        tolerated: Vec::new(),
        announced: vec![Announced {
            kind: "base type".to_owned(),
            names: vec!["inventory.money".to_owned(), "inventory.weight".to_owned()],
            plugins: BTreeSet::from(["inventory".parse().unwrap()]),
        }],
        warnings: Vec::new(),
        not_compared: vec!["views".to_owned(), "functions".to_owned()],
    }
}

#[test]
fn a_health_report_says_what_is_wrong_with_whom_and_what_to_do() {
    let inventory: PluginId = "inventory".parse().unwrap();
    let pending = |file: &str| {
        Finding::new(
            &inventory,
            Cause::Pending,
            Severity::Breaking,
            file,
            format!("migration {file} is pending"),
        )
        .remedy("run `tenon heal`")
    };
    let changed = Finding {
        property: Some("type".to_owned()),
        ..Finding::new(
            &inventory,
            Cause::Drifted,
            Severity::Breaking,
            "column inventory.item.qty",
            "column inventory.item.qty: type expected integer, found bigint",
        )
        .values(Some("integer".to_owned()), Some("bigint".to_owned()))
        .remedy("restore the column's type")
    };
    let missing = Finding::new(
        &inventory,
        Cause::Drifted,
        Severity::Breaking,
        "index inventory.item.item_sku_key",
        "index inventory.item.item_sku_key is missing",
    )
    .values(Some("present".to_owned()), Some("absent".to_owned()));
    let broken: PluginId = "broken".parse().unwrap();
    let unloadable = Finding::new(
        &broken,
        Cause::Unloadable,
        Severity::Breaking,
        "libbroken.so",
        "the file is not a shared library",
    )
    .remedy("replace it");
    let report = report(
        vec![
            plugin("core", "Tenon", Serving::Yes, Vec::new()),
            plugin("broken", "broken", Serving::Out, vec![unloadable]),
            plugin(
                "inventory",
                "Inventory Plugin",
                Serving::Held,
                vec![pending("inventory/0003_a.sql"), pending("inventory/0004_b.sql"), changed, missing],
            ),
        ],
        None,
    );
    insta::assert_snapshot!(health(&report, PLAIN));
}

#[test]
fn a_database_that_could_not_be_read_is_the_first_thing_said() {
    let core = PluginId::core();
    let unknown = Finding::new(&core, Cause::Unknown, Severity::Warning, "ledger", "the ledger was not read");
    let trouble = Trouble {
        kind: Unavailable::Unreachable,
        message: "cannot connect to db.example.com: Connection refused".to_owned(),
        remedy: "start the server".to_owned(),
    };
    let report = report(vec![plugin("core", "Tenon", Serving::Yes, vec![unknown])], Some(trouble));
    insta::assert_snapshot!(health(&report, PLAIN));
}

fn repair() -> RepairStep {
    RepairStep {
        plugin: "inventory".parse().unwrap(),
        object: "column inventory.item.note".to_owned(),
        findings: vec!["4be77e3d9936".to_owned()],
        sql: vec!["ALTER TABLE inventory.item DROP COLUMN note".to_owned()],
        hazards: vec!["drop-column:inventory.item.note".parse().unwrap()],
    }
}

fn role_step() -> RoleStep {
    RoleStep {
        plugin: "inventory".parse().unwrap(),
        role: "tenon_inventory_a172cedc".into(),
        sql: vec!["CREATE ROLE \"tenon_inventory_a172cedc\" LOGIN NOINHERIT PASSWORD '…'".to_owned()],
        follows: true,
    }
}

fn hazard() -> PlannedHazard {
    PlannedHazard {
        hazard: "drop-column:inventory.item.note".parse().unwrap(),
        plugin: "inventory".parse().unwrap(),
        table: Some("inventory.item".parse().unwrap()),
        place: "inventory/0002_less.sql:1:1".to_owned(),
        excerpt: "ALTER TABLE inventory.item DROP COLUMN note".to_owned(),
        reason: "the column goes with its values in every row".to_owned(),
        lock: Some(LockMode::AccessExclusive),
        size: Some(Size { rows: 1200, bytes: 81920, index_bytes: 40960 }),
        consent: Consent::Given,
    }
}

#[test]
fn a_plan_is_its_steps_in_order() {
    let step = |id: &str, statements| Step {
        migration: id.parse().unwrap(),
        checksum: Checksum::of(id),
        statements,
    };
    let room = LockRoom {
        max_locks_per_transaction: 64,
        max_connections: 100,
        max_prepared_transactions: 0,
        in_use: 7,
    };
    let mut some = Plan {
        ledger: Vec::new(),
        steps: vec![step("core/0001_ledger.sql", 4), step("inventory/0001_items.sql", 12)],
        repairs: vec![repair()],
        roles: vec![role_step()],
        verify: BTreeSet::from(["inventory".parse().unwrap()]),
        without: BTreeSet::from(["orders".parse().unwrap()]),
        hazards: vec![hazard()],
        locks: Locks { needed: 12, measured: false, room: Some(room) },
        locked: Vec::new(),
        tolerated: Vec::new(),
        notes: Vec::new(),
        enum_uses: Vec::new(),
        refusals: Vec::new(),
        hash: Checksum::of("plan"),
    };
    insta::assert_snapshot!(plan(&some, &[], PLAIN));
    some.steps.clear();
    some.repairs.clear();
    some.roles.clear();
    some.verify.clear();
    some.without.clear();
    some.hazards.clear();
    some.locks = Locks::default();
    assert_eq!(
        plan(&some, &[], PLAIN),
        "Nothing to do: no migration is pending and every plugin is verified\n"
    );
    let remaining = Remaining {
        plugin: "orders".parse().unwrap(),
        name: "Orders Plugin".to_owned(),
        findings: vec!["the file is damaged".to_owned()],
        breaks: true,
    };
    let text = plan(&some, &[remaining], PLAIN);
    assert!(text.starts_with("Nothing that a heal would do"), "{text}");
    assert!(text.ends_with("  Orders Plugin (orders)\n    the file is damaged\n"), "{text}");
}

#[test]
fn the_audit_log_is_one_row_a_heal() {
    let entry = |result, files: &[&str], error| AuditEntry {
        kind: Kind::Heal,
        migrations: Vec::new(),
        duration_ms: None,
        idempotency_key: None,
        attempts: Vec::new(),
        cancelled_by: None,
        heal: uuid::Uuid::nil(),
        admin: "ops".to_owned(),
        source: Origin::Cli,
        started_at: "2026-03-01T10:20:30Z".parse().unwrap(),
        finished_at: Some("2026-03-01T10:20:30.25Z".parse().unwrap()),
        result,
        files: files.iter().map(|file| (*file).to_owned()).collect(),
        consents: Vec::new(),
        tolerated: Vec::new(),
        roles: Vec::new(),
        ledger: Vec::new(),
        repairs: if files.len() == 1 { vec![repair()] } else { Vec::new() },
        plan_hash: String::new(),
        host: String::new(),
        versions: Vec::new(),
        error,
        spooled: false,
    };
    let failure = HealFailure {
        file: Some("inventory/0002_b.sql".to_owned()),
        line: Some(7),
        column: Some(3),
        sqlstate: Some("23502".to_owned()),
        message: "null value in column \"public_id\"".to_owned(),
        ..HealFailure::default()
    };
    let entries = [
        entry(AuditResult::Failed, &["inventory/0001_a.sql", "inventory/0002_b.sql"], Some(failure)),
        entry(AuditResult::Succeeded, &["core/0001_ledger.sql", "a/1.sql", "b/1.sql"], None),
        AuditEntry { finished_at: None, ..entry(AuditResult::Started, &["a/1.sql"], None) },
    ];
    let action = Action::Unacknowledge { findings: Vec::new() };
    let action = ActionEntry {
        id: uuid::Uuid::nil(),
        at: jiff::Timestamp::UNIX_EPOCH,
        what: action.words(),
        performed: Performed {
            by: Actor::new("grace", crate::heal::Origin::Api),
            host: String::new(),
            action,
            reason: Some("mended".to_owned()),
        },
        spooled: true,
    };
    let heals = entries.into_iter().map(LogEntry::from);
    let entries: Vec<_> = heals.chain([LogEntry::Action(Box::new(action))]).collect();
    insta::assert_snapshot!(audit(&entries, PLAIN));
    assert_eq!(audit(&[], PLAIN), "Nothing has been recorded yet\n");
}

#[test]
fn words_of_a_plugin_cannot_steer_the_terminal() {
    assert_eq!(clean("a\x1b[2J\u{9b}b\nc\td"), "a\\u{1b}[2J\\u{9b}b\nc\td");
}

#[test]
fn what_is_announced_is_unknown_to_a_strict_check_and_to_no_other() {
    let healthy = report(vec![plugin("inventory", "Inventory Plugin", Serving::Yes, Vec::new())], None);
    assert_eq!(healthy.status, Status::Healthy);
    let strict = healthy.strictly();
    assert_eq!(strict.status, Status::Unknown);
    let findings: Vec<_> = strict.findings().map(|one| (one.cause, one.message.as_str())).collect();
    let told = "objects of kind base type are not compared, and there are: inventory.money, inventory.weight";
    assert_eq!(findings, [(Cause::Unknown, told)]);
}

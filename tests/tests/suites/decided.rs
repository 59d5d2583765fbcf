//! One function decides what is planned, shown and run: whatever is asked for, all of them come to one hash.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tenon_host::heal::{HealEvent, HealOutcome, HealRequest, Purpose};
use tenon_migrations_core::plan::RepairRequest;
use tenon_tests::{TestHost, World, request};

const ID: &str = "brings_00";

/// One more version of the plugin: some files more, one renamed, some squashed.
fn next(dice: &mut StdRng, files: &mut Vec<(String, String)>, number: &mut usize) {
    for _ in 0..dice.random_range(0..3) {
        *number += 1;
        let sql = match dice.random_range(0..4) {
            0 => format!("CREATE TABLE brings_00.t{number} (id bigint PRIMARY KEY, note text);\n"),
            1 => format!("ALTER TABLE brings_00.base ADD c{number} int;\n"),
            2 => format!("CREATE VIEW brings_00.v{number} AS SELECT id FROM brings_00.base;\n"),
            _ => format!("INSERT INTO brings_00.base (id) VALUES ({number});\n"),
        };
        files.push((format!("{number:04}_file.sql"), sql));
    }
    if dice.random_bool(0.3) && files.len() > 1 {
        let one = dice.random_range(1..files.len());
        files[one].0 = files[one].0.replace("file", "renamed").replace("renamed_renamed", "file");
    }
    if dice.random_bool(0.3) && files.len() > 2 {
        *number += 1;
        let last = files.split_off(files.len() - 2);
        let names: Vec<_> = last.iter().map(|(name, _)| name.as_str()).collect();
        let sql: String = last.iter().map(|(_, sql)| sql.as_str()).collect();
        files.push((
            format!("{number:04}_squash.sql"),
            format!("-- tenon:replaces {}\n{sql}", names.join(" ")),
        ));
    }
}

/// What somebody does by hand.
fn disturb(dice: &mut StdRng, world: &World) {
    match dice.random_range(0..4) {
        0 => _ = world.sql("ALTER TABLE brings_00.base ALTER id SET DEFAULT 7"),
        1 => _ = world.sql("CREATE INDEX IF NOT EXISTS by_hand ON brings_00.base (id)"),
        2 => _ = world.sql("COMMENT ON TABLE brings_00.base IS 'by hand'"),
        _ => {}
    }
}

fn wish(dice: &mut StdRng, host: &TestHost) -> RepairRequest {
    let findings = host.findings();
    let repaired = findings.iter().filter(|finding| finding.repair.is_some());
    let chosen: Vec<_> = repaired.filter(|_| dice.random_bool(0.5)).collect();
    let allowed =
        chosen.iter().flat_map(|finding| finding.repair.iter().flat_map(|repair| repair.hazards.clone()));
    RepairRequest {
        choices: chosen.iter().map(|finding| finding.id.parse().unwrap()).collect(),
        allowed: if dice.random_bool(0.8) { allowed.collect() } else { BTreeSet::new() },
    }
}

#[test]
fn what_is_planned_is_what_is_run_in_whatever_state_the_database_is() {
    let (mut healed, mut refused, mut nothing) = (0, 0, 0);
    for seed in 0..6 {
        let mut dice = StdRng::seed_from_u64(seed);
        let world = World::with(&["identity"]);
        let mut files = vec![(
            "0000_file.sql".to_owned(),
            "CREATE SCHEMA brings_00;\nCREATE TABLE brings_00.base (id bigint);\n".to_owned(),
        )];
        let mut number = 0;
        for round in 0..4 {
            let brought: Vec<(&str, &str)> =
                files.iter().map(|(name, sql)| (name.as_str(), sql.as_str())).collect();
            world.bring(ID, &brought, &serde_json::json!({ "format": 1 }));
            if round > 0 {
                disturb(&mut dice, &world);
            }
            let host = world.host();
            let repairs = wish(&mut dice, &host);
            let plan = host.wait(host.host.plan(&BTreeSet::new(), &repairs)).unwrap();
            let asked = HealRequest { reviewed: Some(plan.hash), repairs, ..request() };
            let told = format!("seed {seed}, round {round}: {plan:#?}");
            if dice.random_bool(0.3) && plan.refusals.is_empty() && !plan.is_empty() {
                let HealOutcome::Rehearsed { plan: run, rehearsal } =
                    host.heal_as(&HealRequest { purpose: Purpose::DryRun, ..asked.clone() })
                else {
                    panic!("{told}")
                };
                assert_eq!((run.hash, rehearsal.failure), (plan.hash, None), "{told}");
            }
            // Under the lock the database is another, in what does not matter: it is decided anew.
            let disturbed = Arc::new(AtomicBool::new(false));
            let (once, url) = (Arc::clone(&disturbed), world.database.name.clone());
            let on = move |event: &HealEvent| {
                if matches!(event, HealEvent::Planned { .. }) && !once.swap(true, Ordering::SeqCst) {
                    tenon_tests::database::sql_in(
                        &url,
                        "CREATE TABLE IF NOT EXISTS public.nobodys (id int); ALTER TABLE public.nobodys ADD COLUMN IF NOT EXISTS more int; COMMENT ON TABLE public.nobodys IS 'x'",
                    );
                }
            };
            match host.wait(host.host.heal(asked, Arc::new(on))) {
                HealOutcome::Succeeded { .. } => healed += 1,
                HealOutcome::Refused { plan: again } => {
                    assert_eq!(again.hash, plan.hash, "{told}");
                    assert_eq!(again.refusals, plan.refusals, "{told}");
                    refused += 1;
                }
                HealOutcome::NothingToDo => {
                    assert!(plan.is_empty(), "{told}");
                    nothing += 1;
                }
                other => panic!("{told}\n{other:#?}"),
            }
            drop(host);
            next(&mut dice, &mut files, &mut number);
        }
    }
    println!("{healed} healed, {refused} refused, {nothing} with nothing to do");
    assert!(healed > 8, "{healed}");
}

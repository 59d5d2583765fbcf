//! The files of the state directory: who holds their locks holds nobody up, and they are all one owner's.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tenon_tests::World;

/// A lock that is never let go, as of a process that was stopped while it held it.
fn held(world: &World, name: &str) -> File {
    fs::create_dir_all(world.path().join("state")).unwrap();
    let file = File::options().create(true).append(true).open(world.path().join("state").join(name)).unwrap();
    file.lock().unwrap();
    file
}

#[test]
fn a_lock_that_somebody_never_lets_go_of_holds_up_neither_checks_nor_plans_nor_the_end() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    // Where the database cannot remember, the file does.
    world.sql("ALTER TABLE inventory.item ADD COLUMN note text; DROP TABLE tenon.finding");
    let _held = held(&world, "findings.json.lock");
    // Longer than the lock is waited for, and far shorter than for ever.
    let patience = Duration::from_secs(60);
    let began = Instant::now();
    let check = world.tenon(&["check"]).expect_code(2);
    assert!(check.out.contains("findings.json.lock") && check.out.contains("fuser -v"), "{check:#?}");
    assert!(check.out.contains("inventory.item.note"), "{check:#?}");
    world.tenon(&["plan"]).expect_code(2);
    let list = world.tenon(&["finding", "list", "--json"]).expect_code(0).json()["findings"].clone();
    let note = list.as_array().unwrap().iter().find(|one| one["object"] == "column inventory.item.note");
    let id = note.unwrap()["id"].as_str().unwrap().to_owned();
    let refused = world.tenon(&["finding", "acknowledge", &id, "--reason", "known", "--for", "1d"]);
    assert!(refused.code != 0 && refused.err.contains("fuser -v"), "{refused:#?}");
    assert!(began.elapsed() < patience * 2, "{:?}", began.elapsed());

    let serving = world.serve();
    // Requests go on while a check waits for the lock, and the check comes to its end.
    let began = Instant::now();
    serving.get("/healthz").expect_status(200);
    serving.until("/plugins/inventory/items", |answer| answer.status == 200);
    assert!(began.elapsed() < patience, "{:?}", began.elapsed());
    let began = Instant::now();
    assert_eq!(serving.stop(), 0);
    assert!(began.elapsed() < patience, "{:?}", began.elapsed());
}

#[test]
fn an_audit_spool_that_somebody_holds_is_told_and_not_waited_for_without_end() {
    let world = World::with(&["identity"]);
    let _held = held(&world, "audit-spool.jsonl");
    let began = Instant::now();
    let heal = world.tenon(&["heal", "--yes", "--as", "ops"]);
    assert!(heal.code != 0 && heal.err.contains("audit-spool.jsonl"), "{heal:#?}");
    assert_eq!(world.ledger(), "", "what cannot be recorded is not done");
    assert!(began.elapsed() < Duration::from_secs(90), "{:?}", began.elapsed());
}

/// All that is in there, with the folder itself.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(everything(&path)) } else { all.push(path) }
    }
    all
}

#[test]
fn what_root_leaves_in_a_services_state_directory_is_the_services() {
    const SERVICE: u32 = 54_321;
    let world = World::with(&["identity", "panics_in_handle"]);
    let state = world.path().join("state");
    fs::create_dir_all(&state).unwrap();
    // Who is not root leaves files of his own, and no others.
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if is_root {
        chown(&state, Some(SERVICE), Some(SERVICE)).unwrap();
    }
    let owner = fs::metadata(&state).unwrap().uid();
    // Before the first heal the database remembers nothing, and the file does.
    world.tenon(&["check"]).expect_code(2);
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    world.sql("ALTER TABLE identity.account ADD COLUMN note text");
    world.tenon(&["check"]).expect_code(2);
    world.tenon(&["plugin", "quarantine", "identity", "--reason", "loud", "--as", "ana"]).expect_code(0);
    let serving = world.serve();
    let login = serving.log_in();
    assert!(login.status < 400, "{login:?}");
    assert_eq!(serving.stop(), 0);
    let all = everything(&state);
    let names: Vec<_> = all.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    for name in ["session.key", "findings.json", "findings.json.lock", "quarantine", "audit-spool.jsonl"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    let others: Vec<_> = all.iter().filter(|path| fs::metadata(path).unwrap().uid() != owner).collect();
    assert!(others.is_empty(), "{others:?}");
}

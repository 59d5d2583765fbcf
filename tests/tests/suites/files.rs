//! Files that the host keeps for plugins.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

fn world() -> World {
    let world = World::with(&["fetches", "needs_services"]);
    world.set("[plugins]\nfiles = \"kept\"\nfiles_quota = 1000");
    world.tenon(&["heal", "--yes"]).expect_code(0);
    world
}

fn ask(serving: &ServeProcess, act: &str, name: &str, content: &str) -> Value {
    let wish = json!({ "act": act, "name": name, "content": content });
    serving.post("/plugins/fetches/file", &wish).expect_status(200).json()
}

#[test]
fn a_plugin_keeps_files_which_outlast_the_host_and_are_its_own() {
    let world = world();
    let serving = world.serve();
    assert_eq!(ask(&serving, "list", "", ""), json!([]));
    assert_eq!(ask(&serving, "write", "exports/july.csv", "a;b"), "written");
    assert_eq!(ask(&serving, "write", "exports/july.csv", "a;b;c"), "written");
    serving.post("/plugins/needs_services/files", &json!(null)).expect_status(204);
    assert_eq!(serving.get("/plugins/needs_services/files").expect_status(200).json(), json!(["own"]));
    serving.stop();
    let serving = world.serve();
    assert_eq!(ask(&serving, "list", "", ""), json!([["exports/july.csv", 5]]));
    assert_eq!(ask(&serving, "read", "exports/july.csv", ""), "a;b;c");
    assert_eq!(ask(&serving, "read", "own", "")["code"], "file_not_found");
    assert_eq!(ask(&serving, "delete", "exports/july.csv", ""), "deleted");
    assert_eq!(ask(&serving, "delete", "exports/july.csv", "")["code"], "file_not_found");
    assert!(world.path().join("kept/needs_services/own").exists());
}

#[test]
fn the_quota_holds_for_each_plugin() {
    let world = world();
    let serving = world.serve();
    assert_eq!(ask(&serving, "write", "a", &"x".repeat(1000)), "written");
    let full = ask(&serving, "write", "b", "x");
    assert_eq!(full["code"], "files_full", "{full}");
    assert!(full["message"].as_str().unwrap().contains("plugins.files_quota"), "{full}");
    serving.post("/plugins/needs_services/files", &json!(null)).expect_status(204);
    assert_eq!(ask(&serving, "write", "a", "less"), "written");
    assert_eq!(ask(&serving, "write", "b", "x"), "written");
}

#[test]
fn no_name_and_no_symbolic_link_leads_out_of_the_folder() {
    let world = world();
    let serving = world.serve();
    assert_eq!(ask(&serving, "write", "a/b", "x"), "written");
    for name in ["../x", "/etc/passwd", "a/../../x", ".x", "", "a//b", "a/b/", "x\u{0}"] {
        for act in ["read", "write", "delete"] {
            assert_eq!(ask(&serving, act, name, "")["code"], "bad_file_name", "{act} {name:?}");
        }
    }
    let own = world.path().join("kept/fetches");
    fs::write(world.path().join("secret"), "secret").unwrap();
    symlink(world.path(), own.join("out")).unwrap();
    symlink(world.path().join("secret"), own.join("link")).unwrap();
    for name in ["out/secret", "link"] {
        for act in ["read", "write"] {
            assert_eq!(ask(&serving, act, name, "")["code"], "bad_file_name", "{act} {name}");
        }
    }
    assert_eq!(fs::read_to_string(world.path().join("secret")).unwrap(), "secret");
}

#[test]
fn whoever_reads_while_others_write_finds_one_of_what_they_wrote() {
    let world = world();
    let serving = world.serve();
    let texts = ["1", "2", "3"].map(|digit| digit.repeat(300));
    assert_eq!(ask(&serving, "write", "a", &texts[0]), "written");
    thread::scope(|scope| {
        for text in &texts {
            let serving = &serving;
            scope.spawn(move || {
                for _ in 0..10 {
                    assert_eq!(ask(serving, "write", "a", text), "written");
                    let read = ask(serving, "read", "a", "");
                    assert!(texts_hold(&read), "{read}");
                }
            });
        }
    });
    let files = fs::read_dir(world.path().join("kept/fetches")).unwrap().count();
    assert_eq!(files, 1, "nothing is left of writing");
}

fn texts_hold(read: &Value) -> bool {
    let read = read.as_str().unwrap_or_default();
    read.len() == 300 && read.chars().all(|digit| read.starts_with(digit))
}

/// The bytes of all files that are there.
fn bytes(world: &World) -> u64 {
    let files = fs::read_dir(world.path().join("kept/fetches")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
}

#[test]
fn two_hosts_that_share_a_folder_do_not_pass_the_quota_together() {
    let world = world();
    let hosts = [world.serve_in("a"), world.serve_in("b")];
    let content = "x".repeat(600);
    for round in 0..20 {
        let written = thread::scope(|scope| {
            let begun = [0, 1].map(|at| {
                let (serving, content, name) = (&hosts[at], &content, format!("of-{at}"));
                scope.spawn(move || ask(serving, "write", &name, content))
            });
            begun.map(|one| one.join().unwrap())
        });
        let codes = written.each_ref().map(|one| one["code"].as_str().unwrap_or("written"));
        assert!(codes.contains(&"written") && codes.contains(&"files_full"), "{round}: {written:?}");
        assert_eq!(bytes(&world), 600, "{round}");
        for serving in &hosts {
            // Each sees what the other has written.
            let there = ask(serving, "list", "", "");
            assert_eq!(there.as_array().unwrap().len(), 1, "{there}");
        }
        let at = usize::from(codes[1] == "written");
        assert_eq!(ask(&hosts[1 - at], "delete", &format!("of-{at}"), ""), "deleted");
    }
}

#[test]
fn a_host_that_was_killed_while_it_wrote_keeps_nobody_waiting() {
    let world = world();
    let (one, other) = (world.serve_in("a"), world.serve_in("b"));
    assert_eq!(ask(&one, "write", "a", "x"), "written");
    // Somebody holds the lock, and ends without giving it up.
    let lock = world.path().join("kept/.fetches.lock");
    let script = "exec 9<>\"$0\"; flock 9; echo held; exec sleep 600";
    let mut holder = Command::new("/bin/sh");
    holder.args(["-c", script]).arg(&lock).stdout(Stdio::piped());
    let mut holder = holder.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    let began = Instant::now();
    let written = thread::scope(|scope| {
        let waits = scope.spawn(|| ask(&other, "write", "b", "y"));
        thread::sleep(Duration::from_millis(500));
        assert!(!waits.is_finished(), "it does not write beside who holds the lock");
        assert_eq!(ask(&other, "read", "a", ""), "x", "who reads waits for nobody");
        holder.kill().unwrap();
        holder.wait().unwrap();
        waits.join().unwrap()
    });
    assert_eq!(written, "written");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

//! `tenon dev`: what is saved answers; what cannot be built or proved is told, and the former goes on
//! answering.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tenon_tests::{World, artifacts};

/// How long a save may take on a machine that does other things besides.
const PATIENCE: Duration = Duration::from_secs(300);

/// An author at work.
struct Desk {
    _world: World,
    folder: PathBuf,
    process: Child,
    events: Receiver<Value>,
    url: String,
    _state: TempDir,
}

impl Drop for Desk {
    fn drop(&mut self) {
        // As Ctrl-C does.
        assert!(
            Command::new("kill").args(["-INT", &self.process.id().to_string()]).status().unwrap().success()
        );
        let _ = self.process.wait();
    }
}

/// What runs as somebody who writes a plugin.
fn command(world: &World) -> Command {
    let mut command = world.command();
    command.env_remove("DATABASE_URL").env_remove("TENON_PLUGINS__ISOLATION");
    command.envs(artifacts::toolchain());
    command.env("CARGO_TARGET_DIR", artifacts::profile_dir().parent().unwrap());
    command
}

impl Desk {
    fn new(name: &str, options: &[&str]) -> Self {
        let world = World::with(&[]);
        fs::remove_file(world.path().join("tenon.toml")).unwrap();
        let sdk = artifacts::root().to_str().unwrap();
        let new = ["plugin", "new", name, "--table", "note(text text)", "--sdk", sdk];
        assert!(command(&world).args(new).output().unwrap().status.success());
        let folder = world.path().join(name);
        fs::copy(artifacts::root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let state = tempfile::tempdir().unwrap();
        let mut dev = command(&world);
        dev.args(["dev", "--json", "--listen", "127.0.0.1:0", "--path", name, "--state-dir"])
            .arg(state.path());
        let mut process = dev.args(options).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (tell, events) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).unwrap());
            }
        });
        let mut desk = Self { _world: world, folder, process, events, url: String::new(), _state: state };
        let serving = desk.until("serving");
        desk.url = serving["routes"].as_str().unwrap().to_owned();
        desk
    }

    /// Waits for an event of this kind; a failure in between is one of the test.
    fn until(&self, kind: &str) -> Value {
        loop {
            let event = self.events.recv_timeout(PATIENCE).unwrap();
            if event["event"] == kind {
                return event;
            }
            assert!(event["event"] != "failed", "{event:#}");
        }
    }

    fn edit(&self, file: &str, was: &str, is: &str) {
        let path = self.folder.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(was), "{text}");
        fs::write(path, text.replacen(was, is, 1)).unwrap();
    }

    /// What stands in the way of a save.
    fn failed(&self) -> Value {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let event = self.events.recv_timeout(deadline - std::time::Instant::now()).unwrap();
            if event["event"] == "failed" {
                return event;
            }
        }
    }

    fn get(&self, path: &str) -> (u16, String) {
        let url = format!("{}{path}", self.url);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let answer = reqwest::get(url).await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        })
    }
}

#[test]
fn what_is_saved_answers_and_what_cannot_leaves_the_former_answering() {
    let desk = Desk::new("desk-one", &[]);
    assert_eq!(desk.get("note"), (200, "[]".to_owned()));
    assert!(desk.until("health")["verdict"].as_str().unwrap().contains("Healthy"));

    // An edit of the code.
    desk.edit("src/lib.rs", "    routes! {", "    routes! {\n        \"GET /version\" => note::version(),");
    // Half of an edit does not compile.
    assert_eq!(desk.failed()["step"], "build");
    let version = "pub(crate) fn version(_: &Connection<'_>) -> Result<Json<&'static str>, PluginError> {\n    \
                   Ok(Json(\"one\"))\n}\n\npub(crate) fn list(";
    desk.edit("src/note.rs", "pub(crate) fn list(", version);
    desk.until("serving");
    assert_eq!(desk.get("version"), (200, "\"one\"".to_owned()));

    // One that does not compile.
    desk.edit("src/note.rs", "Json(\"one\")", "Json(one)");
    let failed = desk.failed();
    assert_eq!((&failed["step"], &failed["answering"]), (&Value::from("build"), &Value::from(true)));
    assert_eq!(desk.get("version"), (200, "\"one\"".to_owned()));
    desk.edit("src/note.rs", "Json(one)", "Json(\"two\")");
    desk.until("serving");
    assert_eq!(desk.get("version"), (200, "\"two\"".to_owned()));

    // An entity without its migration is not proved; with it, it is healed.
    desk.edit("src/note.rs", "text: String,", "text: String,\n    more: Option<String>,");
    let failed = desk.failed();
    assert_eq!(failed["step"], "proof", "{failed:#}");
    assert!(failed["said"].as_str().unwrap().contains("desk_one.note.more"), "{failed:#}");
    assert_eq!(desk.get("version"), (200, "\"two\"".to_owned()));
}

#[test]
fn a_migration_that_was_edited_has_the_database_made_anew_unless_it_is_to_be_kept() {
    let migration = "migrations/0001_desk_two.sql";
    let desk = Desk::new("desk-two", &[]);
    let (was, is) = ("-- ", "SELECT 1;\n-- ");
    desk.edit(migration, was, is);
    let anew = desk.until("database_made_anew");
    assert!(anew["files"].as_str().unwrap().contains("0001_desk_two.sql"), "{anew}");
    desk.until("serving");
    assert_eq!(desk.get("note"), (200, "[]".to_owned()));
    drop(desk);

    let desk = Desk::new("desk-two", &["--keep"]);
    desk.edit(migration, was, is);
    let failed = desk.failed();
    assert_eq!(failed["step"], "heal");
    assert!(failed["said"].as_str().unwrap().contains("without --keep"), "{failed}");
    assert_eq!(desk.get("note"), (200, "[]".to_owned()));
}

#[test]
fn it_is_not_for_production_nor_for_a_database_of_somebodys() {
    let world = World::with(&[]);
    let sdk = Path::new(".");
    let run = |variables: &[(&str, &str)]| {
        let output =
            command(&world).envs(variables.iter().copied()).args(["dev", "--path"]).arg(sdk).output();
        let output = output.unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run(&[]);
    assert!(code == 64 && said.contains("it has no Cargo.toml") && said.contains("--path"), "{said}");
    let (code, said) = run(&[("TENON_ENVIRONMENT", "production"), ("TENON_PLUGINS__TRUST", "pinned")]);
    assert!(code == 5 && said.contains("is for production"), "{code}: {said}");
    world.set("[database]\nurl = \"postgresql://u:p@localhost/d\"");
    let (code, said) = run(&[]);
    assert!(code == 5 && said.contains("uses one of its own") && !said.contains("u:p"), "{code}: {said}");
}

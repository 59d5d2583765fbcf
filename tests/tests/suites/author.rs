//! What an author is given: a crate that builds, passes its own tests, is proved and answers, made of the
//! packaged SDK alone.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tenon_tests::{World, artifacts};

/// A column of every type that there is.
const EVERY_TYPE: &str = "note(title text, done boolean, a smallint, b integer, c bigint, d real, e double precision, \
                          f numeric, written_at timestamptz, due date?, key uuid, tags jsonb?, data bytea)";

/// The crates that an author needs.
const SDK: [&str; 4] = ["tenon-schema", "tenon-plugin-macros", "tenon-plugin-api", "tenon-plugin-test"];

/// Cargo's own target folder, so that what both need is built once.
fn target() -> &'static Path {
    artifacts::profile_dir().parent().unwrap()
}

fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.envs(artifacts::toolchain());
    command.current_dir(folder).args(arguments).arg("--offline").stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} ended with {}:\n{said}", output.status);
    said
}

/// Packages the crates and unpacks them below a folder, as whoever gets them finds them.
fn packaged_sdk(place: &Path) -> PathBuf {
    let packages = place.join("packages");
    let mut package = cargo(artifacts::root(), &["package", "--allow-dirty", "--no-verify", "--quiet"]);
    run(package.args(SDK.iter().flat_map(|name| ["--package", name])).arg("--target-dir").arg(&packages));
    let sdk = place.join("sdk");
    fs::create_dir(&sdk).unwrap();
    for entry in fs::read_dir(packages.join("package")).unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|of| of == "crate") {
            run(Command::new("tar").arg("xzf").arg(entry.path()).arg("-C").arg(&sdk));
        }
    }
    sdk
}

#[test]
fn a_new_plugin_of_the_packaged_sdk_passes_its_tests_is_proved_and_answers() {
    let world = World::with(&["identity"]);
    let sdk = packaged_sdk(world.path());
    // As in an author's shell, where rustfmt is at hand.
    let shell: Vec<_> = artifacts::toolchain()
        .into_iter()
        .map(|(name, value)| (name, value.into_string().unwrap()))
        .collect();
    let shell: Vec<_> = shell.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let sdk = sdk.to_str().unwrap();
    let words = [
        "plugin",
        "new",
        "stock-notes",
        "--json",
        "--requires",
        "identity",
        "--table",
        EVERY_TYPE,
        "--table",
    ];
    let made = world.tenon_with(&shell, &[&words[..], &["tag", "--sdk", sdk]].concat()).expect_code(0).json();
    assert_eq!(made["plugin"], "stock_notes");
    let crate_dir = world.path().join("stock-notes");
    let manifest = fs::read_to_string(crate_dir.join("src/lib.rs")).unwrap();
    assert!(
        manifest.contains("requires: { identity: \"^1.1\" },"),
        "as the one in the plugin directory: {manifest}"
    );
    // The versions that this project was built with, which are there without a network.
    fs::copy(artifacts::root().join("Cargo.lock"), crate_dir.join("Cargo.lock")).unwrap();
    fs::create_dir(crate_dir.join("plugins")).unwrap();
    fs::copy(artifacts::library("identity"), crate_dir.join("plugins/libidentity.so")).unwrap();

    run(Command::new(env!("CARGO"))
        .envs(artifacts::toolchain())
        .current_dir(&crate_dir)
        .args(["fmt", "--check"]));
    add_tests_in_process(&crate_dir);
    // As somebody writes them who stands in the crate's folder.
    fs::copy(artifacts::program("tenon"), world.path().join("tenon")).unwrap();
    let tested = run(cargo(&crate_dir, &["test"])
        .env("CARGO_TARGET_DIR", target())
        .env("TENON_PROGRAM", "../tenon")
        .env("TENON_TEST_STATE_DIR", "../test-state")
        .env("DATABASE_URL", world.url()));
    assert!(tested.contains("test result: ok. 2 passed"), "{tested}");
    assert!(tested.contains("test result: ok. 5 passed"), "in process: {tested}");
    assert!(world.path().join("test-state").is_dir(), "and not below cargo's folder");
    // What is in the folder is found, and what it requires.
    let verified = run(world
        .command()
        .current_dir(&crate_dir)
        .envs(artifacts::toolchain())
        .env("CARGO_TARGET_DIR", target())
        .args(["plugin", "verify"]));
    assert!(verified.contains("stock_notes 0.1.0 is verified, in "), "{verified}");

    world.write_library("libstock_notes.so", &fs::read(target().join("debug/libstock_notes.so")).unwrap());
    world.tenon(&["plugin", "lock", "stock_notes"]).expect_code(0);
    world.tenon(&["heal", "--as", "ada", "--yes"]).expect_code(0);
    world.set("[callers]\ndevelopment = \"dev\"");
    let serving = world.serve();
    serving.post("/plugins/stock_notes/tag", &json!({ "name": "new" })).expect_status(201);
    assert_eq!(serving.get("/plugins/stock_notes/tag").expect_status(200).json()[0]["name"], "new");
}

/// Has the plugin do more in its tests, and gives it tests that run in its own process.
fn add_tests_in_process(crate_dir: &Path) {
    let lib = crate_dir.join("src/lib.rs");
    let source = fs::read_to_string(&lib).unwrap();
    let hooked = source
        .replace("tag::list()", "hooked::list(request)")
        .replace("tag::create(body)", "hooked::create(request)");
    assert_eq!(hooked.matches("hooked::").count(), 2, "{source}");
    fs::write(&lib, format!("{hooked}\n{}", include_str!("author/in_process.rs.txt"))).unwrap();
    fs::write(crate_dir.join("tests/seed.sql"), "INSERT INTO stock_notes.tag (name) VALUES ('seeded');\n")
        .unwrap();
}

#[test]
fn a_new_plugin_overwrites_nothing_and_says_what_was_wrong_with_its_words() {
    let world = World::with(&[]);
    let new = |arguments: &[&str]| world.tenon(&[&["plugin", "new", "--registry"], arguments].concat());
    fs::create_dir(world.path().join("notes")).unwrap();
    fs::write(world.path().join("notes/mine"), "kept").unwrap();
    let there = new(&["notes"]).expect_code(1);
    assert!(there.err.contains("is there already") && there.err.contains("--path"), "{there:#?}");
    assert_eq!(fs::read_dir(world.path().join("notes")).unwrap().count(), 1);
    for (arguments, said) in [
        (&["Notes"][..], "is no name"),
        (&["user"], "reserved word of PostgreSQL"),
        (&["pg_notes"], "somebody else's"),
        (&["a", "--table", "note(at inet)"], "there are text, boolean"),
        (&["a", "--table", "note(id bigint)"], "every new table has"),
        (&["a", "--table", "note(", "--table", "x"], "does not end with `)`"),
        (&["a", "--requires", "b@many"], "write it as `identity`"),
        (&["a", "--sdk", "."], "cannot be used with"),
    ] {
        let refused = new(arguments).expect_code(64);
        assert!(refused.err.contains(said), "{arguments:?}: {refused:#?}");
        assert!(!world.path().join("a").exists());
    }
    let no_sdk = world.tenon(&["plugin", "new", "a", "--sdk", "plugins"]).expect_code(64);
    assert!(no_sdk.err.contains("is no SDK") && no_sdk.err.contains("checkout of Tenon"), "{no_sdk:#?}");
}

/// `tenon plugin test-server`, and whoever asks it.
struct TestServer {
    process: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl TestServer {
    fn of(world: &World) -> Self {
        let mut command = world.command();
        command.args(["plugin", "test-server"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, input, lines }
    }

    fn say(&mut self, request: &Value) {
        writeln!(self.input, "{request}").unwrap();
    }

    fn heard(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }

    fn ask(&mut self, request: &Value) -> Value {
        self.say(request);
        self.heard()
    }

    /// Asks nothing more. What it opened is gone then.
    fn end(self) {
        let Self { mut process, input, .. } = self;
        drop(input);
        assert!(process.wait().unwrap().success());
    }
}

#[test]
fn a_test_server_gives_each_test_a_database_and_leaves_none_behind() {
    let world = World::with(&["identity"]);
    let mut server = TestServer::of(&world);
    let mut ask = |request: &Value| server.ask(request);
    for number in [1, 2] {
        let opened = ask(&json!({ "number": number, "open": {} }));
        assert!(opened["url"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:")), "{opened}");
    }
    let made = "INSERT INTO identity.account (email, display_name) VALUES ('a@b.c', 'Ada')";
    assert_eq!(ask(&json!({ "number": 3, "of": 1, "sql": made })), json!({ "number": 3, "rows": [] }));
    let count = "SELECT count(*) FROM identity.account";
    assert_eq!(ask(&json!({ "number": 4, "of": 1, "sql": count }))["rows"][0]["count"], "1");
    assert_eq!(
        ask(&json!({ "number": 5, "of": 2, "sql": count }))["rows"][0]["count"],
        "0",
        "they share nothing"
    );
    let name = ask(&json!({ "number": 10, "of": 2, "sql": "SELECT current_database()" }));
    let name = name["rows"][0]["current_database"].as_str().unwrap().to_owned();
    let wrong = ask(&json!({ "number": 6, "of": 1, "sql": "SELECT nothing" }));
    assert!(wrong["error"].as_str().unwrap().contains("\"nothing\" does not exist"), "{wrong}");
    assert_eq!(ask(&json!({ "number": 7, "of": 9, "sql": "" }))["error"], "9 is not open");
    assert!(ask(&json!({ "open": {} }))["error"].as_str().unwrap().starts_with("this is no request"));
    assert_eq!(ask(&json!({ "number": 8, "close": 1 })), json!({ "number": 8 }));
    server.end();
    assert_eq!(world.sql(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'")), "0");
}

#[test]
fn a_test_server_says_what_keeps_a_plugin_from_being_tested() {
    let world = World::with(&[]);
    world.bring(
        "brings_00",
        &[("0001_a.sql", "CREATE SCHEMA brings_00; SELECT nothing;")],
        &json!({ "format": 1 }),
    );
    let mut server = TestServer::of(&world);
    let answer = server.ask(&json!({ "number": 1, "open": {} }));
    let error = answer["error"].as_str().unwrap();
    assert!(error.contains("0001_a.sql") && error.contains("\"nothing\" does not exist"), "{error}");
    server.end();
}

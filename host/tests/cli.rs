//! The command line as the shell sees it: help, exit codes, and what is never shown.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// An empty place to run the program in, away from every configuration of this machine.
struct Place(TempDir);

/// What a run said and how it ended.
#[derive(Debug)]
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("plugins")).unwrap();
        Self(place)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn with(self, file: &str, text: &str) -> Self {
        fs::write(self.path().join(file), text).unwrap();
        self
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenon"));
        command.args(line.split_whitespace()).current_dir(self.path()).stdin(Stdio::null()).env_clear();
        command.env("HOME", self.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    fn run(&self, line: &str) -> Run {
        Run::of(&mut self.command(line))
    }

    /// Makes it look for a server where there is none.
    fn without_server(&self, line: &str) -> Command {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut command = self.command(line);
        command.env("DATABASE_URL", format!("postgresql://u:hunter2@127.0.0.1:{port}/d"));
        command
    }

    fn run_without_server(&self, line: &str) -> Run {
        Run::of(&mut self.without_server(line))
    }
}

impl Run {
    fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
    }

    fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

#[test]
fn the_help_of_every_command_is_what_it_was() {
    let place = Place::new();
    for command in [
        "",
        "serve",
        "check",
        "plan",
        "graph",
        "heal",
        "baseline",
        "finding",
        "finding list",
        "finding acknowledge",
        "finding unacknowledge",
        "plugin",
        "plugin import",
        "plugin list",
        "plugin lock",
        "plugin settings",
        "plugin verify",
        "dev",
        "schema",
        "schema read",
        "schema diff",
        "admin",
        "admin add",
        "admin passwd",
        "admin role",
        "admin remove",
        "admin list",
        "admin token",
        "admin token add",
        "admin token list",
        "admin token revoke",
        "audit",
        "audit list",
        "fleet",
        "fleet check",
        "fleet plan",
        "fleet heal",
        "host",
        "host list",
        "event",
        "event list",
        "event retry",
        "event discard",
        "job",
        "job list",
        "job history",
        "job run",
        "job pause",
        "job resume",
        "notify",
        "notify test",
        "notify list",
        "notify retry",
        "plan approve",
        "config",
        "config check",
        "config show",
        "backup",
        "restore",
        "psql",
        "postgres upgrade",
        "doctor",
        "explain",
        "openapi",
        "json-schema",
        "completions",
        "man",
    ] {
        let run = place.run(&format!("{command} --help"));
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{command}");
        insta::assert_snapshot!(format!("help {command}").trim().replace(' ', "_"), run.out);
    }
}

#[test]
fn wrong_usage_ends_with_64_on_standard_error() {
    let place = Place::new();
    for line in [
        "",
        "frob",
        "plugin",
        "check --frob",
        "schema",
        "schema diff database",
        "schema read plugin:Not-An-Id",
        "schema read database:nobody",
        "check inventory",
        "check --plugin Not-An-Id",
        "plan --without",
        "heal --as",
        "heal --yes --plan-hash abc",
        "heal --yes --as \u{1b}[2J",
        "audit list --limit many",
        "check --quiet --verbose",
        "heal --dry-run --idempotency-key a-key",
        "check postgresql://u:hunter2@localhost/d",
        "check --database=postgres://u:hunter2@localhost/d",
    ] {
        let run = place.run(line);
        assert_eq!((run.code, run.out.as_str()), (64, ""), "{line:?}: {}", run.err);
        assert!(!run.err.is_empty() && !run.err.contains("hunter2"), "{line:?}: {}", run.err);
    }
}

#[test]
fn the_version_is_told() {
    let run = Place::new().run("--version");
    assert_eq!((run.code, run.out), (0, format!("tenon {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_heal_in_production_wants_the_name_of_an_administrator() {
    let place = Place::new().with("tenon.toml", "environment = \"production\"\n");
    let run = place.run_without_server("heal --yes");
    assert_eq!(run.code, 64, "{}", run.all());
    assert!(run.err.contains("`--as ID`"), "{}", run.err);
    // With a name it goes on, up to the database that is not there.
    let run = place.run_without_server("heal --yes --as ops");
    assert_eq!(run.code, 3, "{}", run.all());
}

#[test]
fn a_heal_that_can_ask_nobody_wants_a_yes() {
    let run = Place::new().run_without_server("heal");
    assert_eq!(run.code, 64, "{}", run.all());
    assert!(run.err.contains("--yes"), "{}", run.err);
}

#[test]
fn a_database_that_does_not_answer_is_unknown_and_its_password_stays_secret() {
    let place = Place::new();
    for line in
        ["check", "check --json", "plan", "plan --json", "heal --yes", "audit list", "audit list --json"]
    {
        for verbosity in ["", " -vv"] {
            let run = place.run_without_server(&format!("{line}{verbosity}"));
            assert_eq!(run.code, 3, "{line}: {}", run.all());
            assert!(run.all().contains("127.0.0.1"), "{line} names the server: {}", run.all());
            assert!(!run.all().contains("hunter2"), "{line}: {}", run.all());
        }
    }
}

#[test]
fn json_is_one_document_on_standard_output_also_when_something_fails() {
    let place = Place::new();
    for line in ["check --json", "plan --json", "heal --yes --json", "audit list --json"] {
        let run = place.run_without_server(line);
        let parsed = serde_json::from_str::<serde_json::Value>(&run.out);
        assert!(parsed.is_ok(), "{line}: {}", run.all());
    }
    let run = place.run("plugin list --json");
    let parsed = serde_json::from_str::<serde_json::Value>(&run.out);
    assert!(parsed.is_ok_and(|parsed| parsed["format"] == 1), "{}", run.all());
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused_with_all_its_problems() {
    let place = Place::new().with("tenon.toml", "colour = 1\n[server]\nlisten = \"nowhere\"\n");
    let run = place.run("check");
    assert_eq!(run.code, 5, "{}", run.all());
    assert!(run.err.contains("colour") && run.err.contains("server.listen"), "{}", run.err);
    let run = place.run("check --config missing.toml");
    assert_eq!(run.code, 5, "{}", run.all());
    assert!(run.err.contains("missing.toml") && run.err.contains("No such file"), "{}", run.err);
}

#[test]
fn a_public_address_without_tls_is_refused_in_production() {
    let text = "environment = \"production\"\n[server]\nlisten = \"0.0.0.0:0\"\n";
    let run = Place::new().with("tenon.toml", text).run_without_server("serve");
    assert_eq!(run.code, 5, "{}", run.all());
    assert!(run.err.contains("server.behind_proxy"), "{}", run.err);
}

#[test]
fn the_plugin_list_needs_no_database_and_tells_what_is_wrong_with_a_file() {
    let place = Place::new();
    let run = place.run("plugin list");
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.err.contains("There is no plugin"), "{}", run.all());

    let place = place.with("plugins/libnotes.so", "these are notes, not a library\n");
    let run = place.run("plugin list");
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.out.contains("libnotes.so") && run.out.contains("remedy"), "{}", run.all());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let mut command = place.without_server("check --json");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let run = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(!err.contains("panicked") && !err.contains("Broken pipe"), "{err}");
    assert_eq!(run.status.code(), Some(3), "{err}");
}

#[test]
fn results_that_could_not_be_written_are_not_a_success() {
    let place = Place::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = place.command("plugin list --json").stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn colour_is_used_when_asked_for_and_not_in_a_pipe() {
    let place = Place::new().with("plugins/libnotes.so", "these are notes, not a library\n");
    assert!(!place.run("plugin list").out.contains('\x1b'));
    assert!(place.run("plugin list --color always").out.contains('\x1b'));
    assert!(!place.run("plugin list --color never").out.contains('\x1b'));
}

#[test]
fn the_configuration_is_shown_key_by_key_with_its_origin_and_without_secrets() {
    let place = Place::new().with(
        "tenon.toml",
        "environment = \"production\"\n[database]\npool_size = 20\n[databases]\nstaging = \"postgresql://u:hunter2@s/d\"\n\
         [[notify.command]]\nname = \"pager\"\nrun = [\"true\"]\n[[notify.command]]\nname = \"mail\"\nrun = [\"true\"]\n",
    );
    let mut command = place.command("config show");
    command.env("TENON_LOG__FORMAT", "json").env("DATABASE_URL", "postgresql://u:hunter2@h/d");
    let run = Run::of(command.arg("--plugin-dir").arg("plugins"));
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{run:#?}");
    let shown = run.out.replace(&format!("{}/", place.path().display()), "");
    let line = |key: &str| {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(key));
        line.unwrap_or_else(|| panic!("{key}: {shown}"))
            .split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("environment"), "production file tenon.toml");
    assert_eq!(line("plugin_dir"), "plugins option --plugin-dir");
    assert_eq!(line("database.url"), "set variable DATABASE_URL");
    assert_eq!(line("database.heal_url"), "not set");
    assert_eq!(line("database.pool_size"), "20 file tenon.toml");
    assert_eq!(line("databases.staging"), "set file tenon.toml");
    assert_eq!(line("server.listen"), "127.0.0.1:8420 default");
    assert_eq!(line("admin.accounts_file"), "accounts.json default");
    assert_eq!(line("notify.command[0].name"), "pager file tenon.toml");
    assert_eq!(line("notify.command[1].name"), "mail file tenon.toml");
    assert_eq!(line("log.format"), "json variable TENON_LOG__FORMAT");
    assert!(!run.out.contains("hunter2"), "{}", run.out);
    let set = place.run("config show --set --json");
    let set: serde_json::Value = serde_json::from_str(&set.out).unwrap();
    let keys: Vec<_> =
        set["keys"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
    let of_targets = [
        "notify.command[0].name",
        "notify.command[0].run",
        "notify.command[1].name",
        "notify.command[1].run",
    ];
    assert_eq!(keys[..3], ["environment", "database.pool_size", "databases.staging"]);
    assert_eq!(keys[3..], of_targets);

    let run = place.run("config check");
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(run.out.ends_with("tenon.toml can be used\n") && run.err.contains("plugins.trust"), "{run:#?}");
    let run = Place::new().with("tenon.toml", "[database]\npool_size = 0\nport = 1\n").run("config check");
    assert_eq!(run.code, 5, "{run:#?}");
    assert!(run.err.contains("database.pool_size") && run.err.contains("database.port"), "{run:#?}");
}

#[test]
fn manual_pages_and_completions_know_every_command() {
    let place = Place::new();
    for (shell, marks) in [("bash", "complete -F"), ("zsh", "#compdef tenon"), ("fish", "complete -c tenon")]
    {
        let run = place.run(&format!("completions {shell}"));
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{shell}");
        assert!(run.out.contains(marks) && run.out.contains("json-schema"), "{shell}: {}", run.out);
    }
    assert!(place.run("man").out.contains(".TH tenon 1"));
    assert_eq!(place.run("man --out pages").code, 0);
    for page in ["tenon.1", "tenon-heal.1", "tenon-plugin-lock.1"] {
        assert!(
            fs::read_to_string(place.path().join("pages").join(page)).unwrap().contains(".SH SYNOPSIS"),
            "{page}"
        );
    }
    assert!(!place.path().join("pages/tenon-help.1").exists());
    // bash itself takes what it is given.
    let script = place.run("completions bash").out;
    let place = place.with("tenon.bash", &script);
    let mut bash = Command::new("bash");
    assert!(
        bash.args(["--norc", "-c", ". ./tenon.bash"]).current_dir(place.path()).status().unwrap().success()
    );
}

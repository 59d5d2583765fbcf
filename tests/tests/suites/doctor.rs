//! `tenon doctor`: a healthy installation has no problem, and of a broken one everything is told at once,
//! each with what mends it.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::{Value, json};
use tenon_tests::{Role, Sink, World};

fn lines(report: &Value) -> Vec<[String; 4]> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let line = |one: &Value| ["state", "topic", "message", "remedy"].map(|name| text(one, name));
    report["lines"].as_array().unwrap().iter().map(line).collect()
}

fn of_state(report: &Value, state: &str) -> Vec<[String; 4]> {
    lines(report).into_iter().filter(|line| line[0] == state).collect()
}

#[test]
fn a_healthy_installation_has_no_problem_by_each_way_to_ask_and_while_a_host_serves() {
    let world = World::with(&["identity", "inventory"]);
    let pending = world.tenon(&["doctor", "--json"]).expect_code(0).json();
    let told = of_state(&pending, "warning");
    assert!(told.iter().any(|line| line[1] == "own tables" && line[2].contains("core/0001")), "{told:#?}");
    drop(world.heal_and_prove(&["identity", "inventory"]));
    let serving = world.serve();
    let report = world.tenon(&["doctor", "--json"]).expect_code(0).json();
    assert_eq!(of_state(&report, "problem"), Vec::<[String; 4]>::new());
    assert_eq!(of_state(&report, "unknown"), Vec::<[String; 4]>::new());
    let topics: Vec<_> = lines(&report).into_iter().map(|line| line[1].clone()).collect();
    for topic in [
        "configuration",
        "callers",
        "files",
        "disk",
        "plugins",
        "server",
        "connections",
        "clock",
        "rights",
        "own tables",
        "fetch",
        "webhooks",
        "messages",
        "backup",
        "accounts",
    ] {
        assert!(topics.iter().any(|one| one == topic), "{topic}: {topics:?}");
    }
    let text = world.tenon(&["doctor"]).expect_code(0).out;
    assert!(text.contains("\n0 problems, ") && text.contains("tenon.toml can be used"), "{text}");
    // The same over the API and on the page, for administrators alone.
    let asked = serving.get_as_admin("/api/v1/doctor").expect_status(200).json();
    assert_eq!((of_state(&asked, "problem"), &asked["format"]), (Vec::new(), &json!(1)));
    serving.log_in().expect_status(200);
    let page = serving.get("/doctor").expect_status(200).text;
    assert!(page.contains("connections") && page.contains("could be loaded"), "{page}");
    world.tenon(&["admin", "add", "vera", "--role", "viewer", "--generate", "--as", "ops"]).expect_code(0);
    let token = world.tenon(&["admin", "token", "add", "vera", "t", "--as", "ops", "--json"]).expect_code(0);
    let token = token.json()["token"].as_str().unwrap().to_owned();
    serving.ask_with_token("GET", "/api/v1/doctor", &token, &Value::Null).expect_status(403);
    // A newer version was here.
    world.sql(
        "INSERT INTO tenon.migration (plugin, filename, checksum, heal, duration_ms) \
         VALUES ('core', '9999_of_the_future.sql', repeat('0', 64), gen_random_uuid(), 0)",
    );
    let newer = world.tenon(&["doctor", "--json"]).expect_code(2).json();
    let [problem] = of_state(&newer, "problem").try_into().unwrap();
    assert!(
        problem[2].contains("a newer version of Tenon has applied core/9999_of_the_future.sql"),
        "{problem:?}"
    );
}

#[test]
fn an_ordinary_role_sees_all_sessions_and_needs_no_scratch_database_of_its_own() {
    let world = World::with(&["identity"]);
    drop(world.serve());
    let role = Role::new(&world, "few");
    let other = world.url();
    world.set_url(&role.url());
    let others: Vec<_> = (0..8).map(|_| world.database.hold("SELECT 1")).collect();
    let report = world.tenon(&["doctor", "--json"]).json();
    let sessions = lines(&report).into_iter().find(|line| line[1] == "connections").unwrap();
    let used = sessions[2].split_once("of which ").unwrap().1.split(' ').next().unwrap();
    let used: usize = used.parse().unwrap();
    assert!(used > others.len(), "{sessions:?}");
    let lacks =
        |report: &Value| lines(report).iter().any(|line| line[3].contains("set database.scratch_url"));
    assert!(lacks(&report), "{report:#}");
    let report = world.tenon_with(&[("DATABASE_SCRATCH_URL", &other)], &["doctor", "--json"]).json();
    assert!(!lacks(&report), "{report:#}");
}

#[test]
fn everything_that_is_broken_is_told_at_once_and_what_is_told_mends_it() {
    let world = World::with(&["identity"]);
    drop(world.serve());
    let role = Role::new(&world, "few");
    world.set_url(&role.url());
    let broken = world.plugin_dir().join("libbroken.so");
    fs::write(&broken, "nonsense").unwrap();
    let accounts = world.path().join("accounts.json");
    let kept = fs::read(&accounts).unwrap();
    fs::set_permissions(&accounts, Permissions::from_mode(0o644)).unwrap();
    fs::write(&accounts, "nonsense").unwrap();
    fs::set_permissions(world.path().join("state"), Permissions::from_mode(0o757)).unwrap();
    let large = [("TENON_DATABASE__POOL_SIZE", "5000")];
    let report = world.tenon_with(&large, &["doctor", "--json"]).expect_code(2).json();
    let problems = of_state(&report, "problem");
    let expected = [
        ("files", "everybody can write to the state directory"),
        ("files", "everybody on this machine can read"),
        ("plugins", "libbroken.so is refused (not-a-library)"),
        ("connections", "this host takes up to 5004"),
        ("rights", "may make no schema in"),
        ("accounts", "accounts.json"),
    ];
    for (topic, message) in expected {
        let found = problems.iter().find(|line| line[1] == topic && line[2].contains(message));
        let found = found.unwrap_or_else(|| panic!("{message}: {problems:#?}"));
        assert!(!found[3].is_empty(), "{found:?}");
        // What can be run as it is told is run.
        if let Some(command) = found[3].strip_prefix("run: ") {
            assert!(Command::new("sh").args(["-c", command]).status().unwrap().success(), "{command}");
        }
        if let Some((_, sql)) = found[3].split_once("as the owner of the database: ") {
            world.sql(sql);
        }
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    fs::remove_file(&broken).unwrap();
    fs::write(&accounts, kept).unwrap();
    let report = world.tenon(&["doctor", "--json"]).expect_code(0).json();
    assert_eq!(of_state(&report, "problem"), Vec::<[String; 4]>::new());
    // Without a database the rest is told all the same.
    world.set_url("postgresql://nobody@127.0.0.1:1/nothing");
    let report = world.tenon(&["doctor", "--json"]).expect_code(2).json();
    let problems = of_state(&report, "problem");
    assert_eq!((problems.len(), problems[0][1].as_str()), (1, "database"), "{problems:#?}");
    let unknown: Vec<_> = of_state(&report, "unknown").into_iter().map(|line| line[1].clone()).collect();
    assert_eq!(
        unknown,
        [
            "server",
            "connections",
            "rights",
            "own tables",
            "hosts",
            "saved settings",
            "jobs",
            "events",
            "messages",
            "backup"
        ]
    );
    let plugins = lines(&report).into_iter().find(|line| line[1] == "plugins").unwrap();
    assert!(plugins[2].contains("1 of 1 files"), "{plugins:?}");
}

#[test]
fn lists_for_nobody_and_proxies_and_webhooks_that_cannot_be_reached_are_told() {
    let world = World::with(&["fetches"]);
    let (sink, gone) =
        (Sink::start(), TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port());
    let key = world.path().join("key");
    fs::write(&key, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    let webhook = |name: &str, place: &str| {
        format!(
            "[[notify.webhook]]\nname = \"{name}\"\nurl = \"http://{place}/T0KEN\"\nsecret_file = \"key\"\n"
        )
    };
    let hooks = webhook("ops", &format!("127.0.0.1:{}", sink.port));
    world.set(&format!(
        "{hooks}[plugins.fetch.fetches]\nallow = [\"GET https://a.example\"]\n[plugins.fetch.fetchs]\nallow = []"
    ));
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    let of_topic = |report: &Value, topic: &str| {
        lines(report).into_iter().filter(|line| line[1] == topic).collect::<Vec<_>>()
    };
    let report = world.tenon(&["doctor", "--json"]).expect_code(0).json();
    let [fetch] = of_topic(&report, "fetch").try_into().unwrap();
    assert_eq!(fetch[0], "warning");
    assert!(
        fetch[2].contains("what plugin fetchs may ask") && fetch[3].contains("`tenon plugin list`"),
        "{fetch:?}"
    );
    assert!(world.tenon(&["plugin", "list"]).expect_code(0).out.contains("fetches"));
    let [webhooks] = of_topic(&report, "webhooks").try_into().unwrap();
    assert_eq!((&*webhooks[0], &*webhooks[2]), ("ok", "the server of the webhook can be reached"));

    world.set(&webhook("gone", &format!("127.0.0.1:{gone}")));
    world.set(&webhook("cloud", "169.254.169.254"));
    world.set(&format!("[fetch]\nproxy = \"http://127.0.0.1:{gone}\""));
    let run = world.tenon(&["doctor", "--json"]).expect_code(2);
    assert!(!run.all().contains("T0KEN"), "{run:#?}");
    let problems: Vec<_> = of_state(&run.json(), "problem").into_iter().map(|line| line[2].clone()).collect();
    let [proxy, cloud, hook] = problems.try_into().unwrap();
    assert!(
        proxy.starts_with(&format!("the proxy http://127.0.0.1:{gone} (fetch.proxy) cannot be reached")),
        "{proxy}"
    );
    assert!(cloud.starts_with("webhook cloud cannot be reached: it leads to 169.254.169.254"), "{cloud}");
    assert!(hook.starts_with("webhook gone cannot be reached") && hook.contains("refused"), "{hook}");
    // A proxy takes the place of their servers.
    world.set(&format!("[notify]\nproxy = \"http://127.0.0.1:{}\"", sink.port));
    let report = world.tenon(&["doctor", "--json"]).expect_code(2).json();
    let webhooks = of_topic(&report, "webhooks");
    assert_eq!(webhooks.len(), 1, "what is link-local is so with a proxy, too: {webhooks:#?}");
}

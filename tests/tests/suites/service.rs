//! The host as a service of systemd: what it tells, the socket that it is passed, and what SIGHUP changes.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

/// The level and the text of a line of the log.
fn logged(serving: &ServeProcess, level: &str, part: &str) -> String {
    let line = serving.logged(part, |event| {
        event["level"] == level && event["message"].as_str().is_some_and(|text| text.contains(part))
    });
    line["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_service_says_that_it_is_ready_and_lives_and_goes_on_answering_while_it_drains() {
    let world = World::with(&["identity"]);
    world.set("[server]\ndrain = \"10m\"");
    let manager = world.service_manager();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let serving = world.serve_as_service(Some(&socket), Some(&manager));
    assert_eq!(serving.url, format!("http://{}/", socket.local_addr().unwrap()));
    let told = manager.until("READY=1");
    assert!(told.contains(&"STATUS=Loading plugins, and checking the database".to_owned()), "{told:#?}");
    manager.until("STATUS=Drifted: ");
    world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
    manager.until("STATUS=Healthy: 2 plugins are in step with the database");
    manager.until("WATCHDOG=1");
    let environment = fs::read_to_string(format!("/proc/{}/environ", serving.pid())).unwrap();
    assert!(!environment.contains("/notify") && environment.contains("NOTIFY_SOCKET="), "{environment}");

    serving.signal("HUP");
    assert!(manager.until("MONOTONIC_USEC=").contains(&"RELOADING=1".to_owned()));
    manager.until("READY=1");

    serving.get("/readyz").expect_status(200);
    serving.signal("TERM");
    manager.until("STOPPING=1");
    manager.until("EXTEND_TIMEOUT_USEC=660000000");
    manager.until("STATUS=Not ready any more; stopping in 600s");
    let ready = serving.get("/readyz").expect_status(503).json();
    assert_eq!((&ready["ready"], &ready["reason"]), (&json!(false), &json!("the host is stopping")));
    serving.get("/plugins/identity/accounts").expect_status(200);
    // The second signal ends the wait, and nothing else.
    assert_eq!(serving.stop(), 0);
    // What the host was lent stays open.
    socket.set_nonblocking(true).unwrap();
    assert!(std::net::TcpStream::connect(socket.local_addr().unwrap()).is_ok());
}

#[test]
fn a_descriptor_that_is_no_tcp_socket_is_refused() {
    let world = World::with(&[]);
    let own = world.command();
    let script = "exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" serve";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]).arg(own.get_program()).current_dir(world.path()).env_clear();
    command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{told}");
    assert!(
        told.contains("descriptor 3, which the service manager passed, is no TCP socket that listens"),
        "{told}"
    );
    assert!(told.contains("ListenStream="), "{told}");
}

/// Makes a certificate of this name and its key.
fn certify(folder: &Path, name: &str) {
    let request = format!(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={name} \
         -keyout key.pem -out cert.pem"
    );
    let made = Command::new("openssl").args(request.split_whitespace()).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// The name in the certificate that a server shows.
fn shown_certificate(serving: &ServeProcess) -> String {
    let address = serving.url.trim_start_matches("https://").trim_end_matches('/');
    let script = format!(
        "printf 'GET /healthz HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n' | \
         openssl s_client -ign_eof -connect {address} 2>&1 | openssl x509 -noout -subject"
    );
    let shown = Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
    String::from_utf8(shown.stdout).unwrap().trim().replace(' ', "")
}

#[test]
fn what_can_be_read_again_is_and_what_cannot_is_named() {
    let world = World::with(&[]);
    certify(world.path(), "first");
    world.set("[server]\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n[log]\nfilter = \"info\"");
    let file = world.path().join("tenon.toml");
    let serving = world.serve();
    assert_eq!(shown_certificate(&serving), "subject=CN=first");

    certify(world.path(), "second");
    serving.signal("HUP");
    logged(&serving, "INFO", "the configuration was read again; the certificate was read again");
    assert_eq!(shown_certificate(&serving), "subject=CN=second");

    // All that is wrong is said, and nothing else happens.
    let good = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        format!("{good}[plugins]\nthreads = 0\n[check]\nevery = \"often\"\n[heal]\nwait = \"2s\"\n"),
    )
    .unwrap();
    certify(world.path(), "third");
    serving.signal("HUP");
    let refused = logged(&serving, "ERROR", "nothing was reloaded, and the former configuration stays");
    assert!(refused.contains("plugins.threads") && refused.contains("check.every"), "{refused}");
    assert_eq!(shown_certificate(&serving), "subject=CN=second");
    fs::write(&file, &good).unwrap();
    fs::write(world.path().join("cert.pem"), "nothing").unwrap();
    serving.signal("HUP");
    let refused = logged(&serving, "ERROR", "holds no certificate");
    assert!(refused.starts_with("nothing was reloaded"), "{refused}");
    assert_eq!(shown_certificate(&serving), "subject=CN=second");

    certify(world.path(), "fourth");
    let changed = good.replace("\"info\"", "\"info,tenon_host=debug\"");
    fs::write(&file, format!("{changed}[check]\nevery = \"5s\"\n[database]\npool_size = 3\n")).unwrap();
    serving.signal("HUP");
    logged(&serving, "INFO", "and changed: log.filter; the certificate was read again");
    let waiting = logged(&serving, "WARN", "needs a restart");
    assert!(
        waiting.contains("needs a restart: check.every, database.pool_size; run `systemctl restart tenon`"),
        "{waiting}"
    );
    assert_eq!(shown_certificate(&serving), "subject=CN=fourth");
    logged(&serving, "DEBUG", "answered");
    // As long as it was not restarted that is said each time.
    serving.signal("HUP");
    let restarts =
        |event: &Value| event["message"].as_str().is_some_and(|text| text.contains("needs a restart"));
    let told_twice = (0..500).any(|_| {
        thread::sleep(Duration::from_millis(20));
        serving.all_logged(restarts).len() == 2
    });
    assert!(told_twice, "{}", serving.said());
    assert_eq!(serving.stop(), 0);
}

#[test]
fn the_unit_is_exposed_to_little() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist/systemd/tenon.service");
    let asked = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager"])
        .arg(&unit)
        .output();
    let Ok(asked) = asked else {
        eprintln!("systemd-analyze is not on this machine: the exposure of the unit was not looked at");
        return;
    };
    let told = String::from_utf8(asked.stdout).unwrap();
    let level = told.split_once("Overall exposure level for tenon.service: ").map(|(_, rest)| rest);
    let level = level.and_then(|rest| rest.split(' ').next()).unwrap_or_else(|| panic!("{told}"));
    assert!(level.parse::<f64>().unwrap() <= 1.5, "{told}");
}

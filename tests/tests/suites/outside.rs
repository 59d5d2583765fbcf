//! What plugins ask of others through the host: what the operator allows, and nothing else.

mod by_proxy;
mod reloaded;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

/// A server that others are asked of. It notes what came.
struct Other {
    port: u16,
    came: Arc<Mutex<Vec<String>>>,
}

impl Other {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, came) = (listener.local_addr().unwrap().port(), Arc::default());
        let noted = Arc::clone(&came);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let noted = Arc::clone(&noted);
                thread::spawn(move || answer(&stream, &noted));
            }
        });
        Self { port, came }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests that came, each with its headers and its body.
    fn came(&self) -> Vec<String> {
        std::mem::take(&mut self.came.lock().unwrap())
    }
}

fn answer(stream: &TcpStream, noted: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or_default() == 0 {
                return;
            }
            if let Some(given) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = given.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head += &line;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let path = head.split(' ').nth(1).unwrap().to_owned();
        noted.lock().unwrap().push(head + &String::from_utf8(body).unwrap());
        let mut out = stream;
        let sent = match path.split_once("/to/") {
            Some((kind, place)) => {
                let status = if kind == "/keep" { "307 Temporary Redirect" } else { "302 Found" };
                let place = if place == "self" { path.clone() } else { format!("http://{place}") };
                write!(out, "HTTP/1.1 {status}\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n")
            }
            None => match path.as_str() {
                "/slow" => {
                    sleep(Duration::from_secs(30));
                    return;
                }
                "/large" => {
                    let _ = write!(out, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
                    // Without a length: whoever reads has to count.
                    while out.write_all(&[b'x'; 1 << 16]).is_ok() {}
                    return;
                }
                _ => write!(
                    out,
                    "HTTP/1.1 200 OK\r\nx-from: other\r\nset-cookie: a=b\r\ncontent-length: 5\r\n\r\nhello"
                ),
            },
        };
        if sent.is_err() {
            return;
        }
    }
}

/// A healed database whose plugin may ask this.
fn world(allow: &[String], private: &[&str], more: &str) -> World {
    let world = World::with(&["fetches"]);
    world.set(&format!("{more}\n[plugins.fetch.fetches]\nallow = {allow:?}\nprivate = {private:?}"));
    world.tenon(&["heal", "--yes"]).expect_code(0);
    world
}

fn fetch(serving: &ServeProcess, asked: &Value) -> Value {
    serving.post("/plugins/fetches/fetch", asked).expect_status(200).json()
}

#[track_caller]
fn refused(serving: &ServeProcess, asked: &Value, code: &str, told: &str) {
    let answer = fetch(serving, asked);
    assert_eq!(answer["code"], code, "{asked}: {answer}");
    assert!(answer["message"].as_str().unwrap().contains(told), "{asked}: {answer}");
}

#[test]
fn what_is_allowed_is_reached_and_all_else_is_refused_and_counted() {
    let (other, third) = (Other::start(), Other::start());
    let allow = [format!("GET {}", other.url("")), format!("POST {}", other.url("/in/*"))];
    let world = world(&allow, &["127.0.0.1"], "");
    let serving = world.serve();
    let answer =
        fetch(&serving, &json!({ "url": other.url("/a?key=s3cret"), "headers": [["X-Key", "s3cret"]] }));
    assert_eq!((&answer["status"], &answer["body"]), (&json!(200), &json!("hello")), "{answer}");
    assert!(answer["headers"].as_array().unwrap().contains(&json!(["x-from", "other"])), "{answer}");
    let came = other.came();
    assert!(
        came[0].starts_with("GET /a?key=s3cret HTTP/1.1\r\n") && came[0].contains("x-key: s3cret"),
        "{came:?}"
    );
    let posted = json!({ "method": "POST", "url": other.url("/in/x"), "body": "{}" });
    assert_eq!(fetch(&serving, &posted)["status"], 200);
    let came = other.came();
    assert!(came[0].ends_with("{}") && !came[0].contains("cookie"), "no cookie is kept: {came:?}");

    let entry = format!("`allow = [\"GET {}\"]` in [plugins.fetch.fetches]", third.url(""));
    refused(&serving, &json!({ "url": third.url("/") }), "fetch_refused", &entry);
    for (method, path) in
        [("DELETE", "/a"), ("POST", "/out"), ("POST", "/in/..%2fout"), ("POST", "/in/../out")]
    {
        refused(
            &serving,
            &json!({ "method": method, "url": other.url(path) }),
            "fetch_refused",
            "may not ask that",
        );
    }
    for wrong in ["ftp://127.0.0.1/", "file:///etc/passwd", "nothing"] {
        refused(&serving, &json!({ "url": wrong }), "fetch_refused", "");
    }
    let named = format!("http://me:pass@127.0.0.1:{}/", other.port);
    refused(&serving, &json!({ "url": named }), "fetch_refused", "no name and no password");
    for (name, value) in
        [("x-a", "b\r\nx-c: d"), ("host", "evil.example"), ("content-length", "0"), ("x a", "b")]
    {
        refused(
            &serving,
            &json!({ "url": other.url("/"), "headers": [[name, value]] }),
            "fetch_refused",
            "header",
        );
    }
    assert!(other.came().is_empty() && third.came().is_empty(), "nobody was asked");

    let figure = |outcome: &str| {
        serving.metric(&format!("tenon_plugin_fetches_total{{plugin=\"fetches\",outcome=\"{outcome}\"}}"))
    };
    assert_eq!((figure("ok"), figure("fetch_refused")), (Some(2.0), Some(13.0)));
    assert_eq!(serving.metric("tenon_plugin_fetch_duration_seconds_count{plugin=\"fetches\"}"), Some(15.0));
    let logged =
        serving.logged("the request", |event| event["host"] == "127.0.0.1" && event["status"] == 200);
    assert_eq!((&logged["plugin"], &logged["method"]), (&json!("fetches"), &json!("GET")));
    assert!(!serving.said().contains("s3cret"), "{}", serving.said());
    // Passed on, it is the host's word.
    let failed = serving.post("/plugins/fetches/fail", &json!({ "url": third.url("/") })).expect_status(502);
    assert!(serving.why(&failed).contains("may not ask that"));
}

#[test]
fn a_redirect_is_a_request_like_any_other() {
    let (other, third) = (Other::start(), Other::start());
    let elsewhere = format!("127.0.0.2:{}", other.port);
    let mut allow: Vec<_> = ["GET", "POST"].map(|method| format!("{method} {}", other.url(""))).into();
    allow.push(format!("GET http://{elsewhere}"));
    let world = world(&allow, &["127.0.0.1"], "");
    let serving = world.serve();
    let here = format!("127.0.0.1:{}", other.port);
    let sent = json!({ "method": "POST", "url": other.url(&format!("/keep/to/{here}/b")), "body": "x",
                       "headers": [["authorization", "Bearer t"]] });
    assert_eq!(fetch(&serving, &sent)["status"], 200);
    let came = other.came();
    assert!(
        came[1].starts_with("POST /b ") && came[1].contains("Bearer t") && came[1].ends_with('x'),
        "{came:?}"
    );
    let not_allowed = json!({ "url": other.url(&format!("/to/127.0.0.1:{}/", third.port)) });
    refused(
        &serving,
        &not_allowed,
        "fetch_refused",
        "it was sent on to another place: fetches may not ask that",
    );
    let not_public = json!({ "url": other.url(&format!("/to/{elsewhere}/")) });
    refused(&serving, &not_public, "fetch_refused", "`private = [\"127.0.0.2\"]` in [plugins.fetch.fetches]");
    refused(
        &serving,
        &json!({ "url": other.url("/to/169.254.169.254/latest") }),
        "fetch_refused",
        "may not ask",
    );
    refused(&serving, &json!({ "url": other.url("/to/self") }), "fetch_failed", "sent on more than 5 times");
    assert!(third.came().is_empty());
}

#[test]
fn an_address_that_is_not_public_is_refused_whatever_its_name() {
    let other = Other::start();
    let named = format!("http://localhost:{}", other.port);
    let mapped = format!("http://[::ffff:127.0.0.1]:{}", other.port);
    let allow = [&other.url(""), &named, &mapped, "http://10.255.255.1"].map(|place| format!("GET {place}"));
    let world = world(&allow, &[], "");
    let serving = world.serve();
    for url in [&other.url("/"), &named, &mapped, "http://10.255.255.1/"] {
        refused(&serving, &json!({ "url": url }), "fetch_refused", "which is no public address");
    }
    assert!(other.came().is_empty());
}

#[test]
fn what_is_too_large_or_takes_too_long_is_an_error_and_so_is_the_calls_own_end() {
    let other = Other::start();
    let allow = ["GET", "POST"].map(|method| format!("{method} {}", other.url("")));
    let more = "[fetch]\nmax_body = 100000\n[plugins]\ncall_timeout = \"2s\"";
    let world = world(&allow, &["127.0.0.1"], more);
    let serving = world.serve();
    refused(
        &serving,
        &json!({ "url": other.url("/large") }),
        "fetch_too_large",
        "100000 bytes (fetch.max_body)",
    );
    let body = "x".repeat(100_001);
    let large = json!({ "method": "POST", "url": other.url("/"), "body": body });
    refused(&serving, &large, "fetch_too_large", "the body has more");
    let began = Instant::now();
    refused(
        &serving,
        &json!({ "url": other.url("/slow"), "timeout_ms": 200 }),
        "fetch_failed",
        "within 200 ms",
    );
    assert!(began.elapsed() < Duration::from_millis(1900));
    let answer =
        serving.post("/plugins/fetches/fail", &json!({ "url": other.url("/slow") })).expect_status(504);
    assert_eq!(answer.json()["code"], "deadline");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    // The thread is the plugin's again.
    assert_eq!(fetch(&serving, &json!({ "url": other.url("/") }))["status"], 200);
    assert_eq!(serving.metric("tenon_plugin_threads_hanging{plugin=\"fetches\"}"), Some(0.0));
}

/// A server over TLS that ends with the test.
struct Secure(Child);

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl(world: &World, arguments: &str) -> Command {
    let mut command = Command::new("openssl");
    command.args(arguments.split_whitespace()).current_dir(world.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Makes a certificate for this (`IP:127.0.0.1`), and its key.
fn certify(world: &World, name: &str, subject: &str) {
    let made = format!(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -addext subjectAltName={subject} \
         -addext basicConstraints=critical,CA:FALSE -keyout {name}.key -out {name}.pem"
    );
    assert!(openssl(world, &made).status().unwrap().success());
}

/// Starts a server with the certificate of this name, and waits until it listens.
fn secure(world: &World, name: &str, port: u16) -> Secure {
    let server = format!("s_server -accept 127.0.0.1:{port} -cert {name}.pem -key {name}.key -www -quiet");
    let server = Secure(openssl(world, &server).spawn().unwrap());
    let end = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < end, "the server never listened");
        sleep(Duration::from_millis(50));
    }
    server
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_certificate_that_is_not_trusted_is_refused() {
    let port = free_port();
    let url = format!("https://127.0.0.1:{port}");
    let more = "[fetch]\ntls_root_cert = \"trusted.pem\"";
    let world = world(&[format!("GET {url}")], &["127.0.0.1"], more);
    for name in ["one", "two"] {
        certify(&world, name, "IP:127.0.0.1");
    }
    let _server = secure(&world, "one", port);
    let place = |name: &str| world.path().join(format!("{name}.pem"));
    fs::copy(place("two"), place("trusted")).unwrap();
    let serving = world.serve();
    refused(&serving, &json!({ "url": url }), "fetch_failed", "certificate");
    serving.stop();
    fs::copy(place("one"), place("trusted")).unwrap();
    let serving = world.serve();
    assert_eq!(fetch(&serving, &json!({ "url": url }))["status"], 200);
}

#[test]
fn wrong_entries_are_told_all_at_once() {
    let world = World::with(&["fetches"]);
    world.set(
        "[fetch]\ntimeout = \"1h\"\nproxy = \"socks://a\"\nproxy_resolves = true\n[plugins.fetch.fetches]\n\
         allow = [\"https://a.example\", \"GET https://*.example\", \"BREW https://a.example\"]\n\
         private = [\"0.0.0.0/0\", \"ten\"]\nallowed = []\n[plugins.fetch.Notes]\nallow = []",
    );
    let told = world.tenon(&["config", "check"]).expect_code(5).err;
    for wrong in [
        "fetch.timeout (",
        "fetch.proxy (",
        "fetch.proxy_resolves (",
        "plugins.fetch.fetches.allow (",
        "\"https://a.example\" is no entry such as \"GET https://api.example.com\"",
        "a host has no `*`",
        "the method must be one of GET, HEAD,",
        "\"0.0.0.0/0\" is every address",
        "\"ten\" is neither an address nor a network",
        "plugins.fetch.fetches.allowed (",
        "plugins.fetch.Notes (",
    ] {
        assert!(told.contains(wrong), "{wrong}:\n{told}");
    }
}

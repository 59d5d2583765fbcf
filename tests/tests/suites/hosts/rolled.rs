//! Three hosts behind a proxy are replaced one after another, as the operator's guide says and with the
//! configuration that stands there: nothing is refused, and nothing is done twice.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::json;
use tenon_tests::artifacts::{library, program};
use tenon_tests::{ProxyKind, ServeProcess, WebProxy, World};

use super::{hosts, status, until};

const PATH: &str = "/plugins/identity/accounts";

/// What the clients have been answered.
#[derive(Default)]
struct Answers {
    /// Each of these was acknowledged.
    emails: Mutex<Vec<String>>,
    read: Mutex<usize>,
    refused: Mutex<Vec<String>>,
    slowest: Mutex<Duration>,
}

impl Answers {
    fn posted(&self, email: String, began: Instant, answer: Result<(u16, String), String>) {
        match answer {
            Ok((201, _)) => self.emails.lock().unwrap().push(email),
            other => self.refuse(format!("POST {email}: {other:?}")),
        }
        self.took(began);
    }

    fn got(&self, began: Instant, answer: Result<(u16, String), String>) {
        match answer {
            Ok((200, _)) => *self.read.lock().unwrap() += 1,
            other => self.refuse(format!("GET: {other:?}")),
        }
        self.took(began);
    }

    fn refuse(&self, what: String) {
        self.refused.lock().unwrap().push(what);
    }

    fn took(&self, began: Instant) {
        let mut slowest = self.slowest.lock().unwrap();
        *slowest = slowest.max(began.elapsed());
    }
}

/// Asks over a connection of its own, and sends the body in a packet of its own.
fn ask(server: SocketAddr, method: &str, body: &str) -> Result<(u16, String), String> {
    let answer = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let (length, json) = (body.len(), "application/json");
        write!(
            stream,
            "{method} {PATH} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\ncontent-type: {json}\r\n\
             content-length: {length}\r\n\r\n"
        )?;
        sleep(Duration::from_millis(2));
        stream.write_all(body.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = answer().map_err(|error| error.to_string())?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status.ok_or("no answer")?, body.to_owned()))
}

/// Posts one account after another, each over a connection of its own; now and then one with a long name.
fn posts(server: SocketAddr, client: &str, long: usize, ends: &AtomicBool, answers: &Answers) {
    for number in 1.. {
        if ends.load(Ordering::Relaxed) {
            return;
        }
        let email = format!("{client}-{number}@example.org");
        let name = "a".repeat(if number % 100 == 0 { long } else { 10 });
        let (began, account) = (Instant::now(), json!({ "email": email, "display_name": name }));
        answers.posted(email, began, ask(server, "POST", &account.to_string()));
        sleep(Duration::from_millis(10));
    }
}

fn gets(server: SocketAddr, ends: &AtomicBool, answers: &Answers) {
    while !ends.load(Ordering::Relaxed) {
        answers.got(Instant::now(), ask(server, "GET", ""));
        sleep(Duration::from_millis(100));
    }
}

/// Posts and reads over one connection that is kept, as long as the proxy keeps it.
fn keeps(server: SocketAddr, ends: &AtomicBool, answers: &Answers) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
    let url = format!("http://{server}{PATH}");
    let send = |request: reqwest::RequestBuilder| {
        let answer = async {
            let response = request.send().await?;
            Ok::<_, reqwest::Error>((response.status().as_u16(), response.text().await?))
        };
        runtime.block_on(answer).map_err(|error| format!("{error:?}"))
    };
    for number in 1.. {
        if ends.load(Ordering::Relaxed) {
            return;
        }
        let email = format!("kept-{number}@example.org");
        let account = json!({ "email": email, "display_name": "Kept" });
        answers.posted(email, Instant::now(), send(client.post(&url).json(&account)));
        if number % 20 == 0 {
            answers.got(Instant::now(), send(client.get(&url)));
        }
        sleep(Duration::from_millis(10));
    }
}

/// An address of the loopback that no other test has, with a port for the proxy and for each host.
fn addresses() -> (SocketAddr, [SocketAddr; 3]) {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let own = Ipv4Addr::new(127, high | 0x40, middle, low);
    let at = |port| SocketAddr::from((own, port));
    (at(8420), [8421, 8422, 8423].map(at))
}

/// Ends the clients, also where something fails.
struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Says what could not be looked at: a failure where `scripts/test` has made sure of all that it takes.
fn is_here(kind: ProxyKind) -> bool {
    let missing = format!("{} is not on this machine: no host was replaced behind it", kind.program());
    let is_here = kind.is_here();
    assert!(is_here || std::env::var_os("TENON_TEST_PACKAGE_TOOLS").is_none(), "{missing}");
    if !is_here {
        eprintln!("{missing}");
    }
    is_here
}

fn three_hosts_are_replaced_behind(kind: ProxyKind, long: usize) {
    if !is_here(kind) {
        return;
    }
    let world = World::with(&["identity_1_0"]);
    // Longer than it takes HAProxy to see that a host is not ready any more.
    world.set("[server]\nbehind_proxy = true\ndrain = \"4s\"");
    drop(world.heal_and_prove(&["identity_1_0"]));
    let (own, addresses) = addresses();
    let names = ["a", "b", "c"];
    let serve = |host: usize| world.serve_at(names[host], addresses[host]);
    let mut serving = [0, 1, 2].map(serve);
    let proxy = WebProxy::start(kind, own, &addresses);
    let (ends, answers) = (AtomicBool::new(false), Answers::default());
    thread::scope(|scope| {
        let _ends = OnDrop(&ends);
        let (ends, answers) = (&ends, &answers);
        scope.spawn(move || posts(own, "ana", long, ends, answers));
        scope.spawn(move || posts(own, "bo", 10, ends, answers));
        scope.spawn(move || gets(own, ends, answers));
        scope.spawn(move || keeps(own, ends, answers));

        let (new, program) = (library("identity"), program("tenon"));
        let inspect = ["plugin", "inspect", new.to_str().unwrap(), "--against", program.to_str().unwrap()];
        world.tenon(&inspect).expect_code(0);
        world.upgrade("identity_1_0", "identity");
        let replace = |serving: &mut [ServeProcess; 3], host: usize| {
            serving[host].signal("TERM");
            assert_eq!(serving[host].ended(), 0);
            serving[host] = serve(host);
        };
        for host in [0, 1] {
            replace(&mut serving, host);
            // It goes on without the plugin, which waits for the heal.
            let account = json!({ "email": "nobody@example.org", "display_name": "Nobody" });
            let held = ask(addresses[host], "POST", &account.to_string()).unwrap();
            assert!(held.0 == 503 && held.1.contains("\"held\""), "{held:?}");
            sleep(Duration::from_secs(1));
        }
        assert_eq!((status(&serving[0]), status(&serving[2])), (json!("drifted"), json!("healthy")));
        world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(0);
        until("the new ones serve", || serving[..2].iter().all(|host| status(host) == "healthy"));
        replace(&mut serving, 2);
        until("all are well", || serving.iter().all(|host| status(host) == "healthy"));
        assert_eq!(hosts(&serving[0])["differences"], json!([]));
        sleep(Duration::from_secs(1));
    });
    let refused = answers.refused.into_inner().unwrap();
    assert!(refused.is_empty(), "{}: {refused:#?}\n{}", refused.len(), proxy.said());
    let emails = answers.emails.into_inner().unwrap();
    let (posted, read) = (emails.len(), answers.read.into_inner().unwrap());
    assert!(posted > 300 && read > 50, "{posted} {read}");
    // The database holds each address once, and a second try would have been refused.
    let kept = world.sql("SELECT coalesce(string_agg(email, ' '), '') FROM identity.account");
    let (kept, emails): (BTreeSet<_>, BTreeSet<_>) =
        (kept.split(' ').collect(), emails.iter().map(String::as_str).collect());
    assert_eq!(kept, emails);
    println!(
        "{}: {posted} posted and {read} read while three hosts were replaced, none refused or repeated; the slowest took {:?}",
        kind.program(),
        answers.slowest.into_inner().unwrap()
    );
}

#[test]
fn three_hosts_behind_nginx_are_replaced_one_after_another_and_no_request_is_refused() {
    three_hosts_are_replaced_behind(ProxyKind::Nginx, 60_000);
}

#[test]
fn three_hosts_behind_haproxy_are_replaced_one_after_another_and_no_request_is_refused() {
    // It repeats what fits into its buffer.
    three_hosts_are_replaced_behind(ProxyKind::HaProxy, 8_000);
}

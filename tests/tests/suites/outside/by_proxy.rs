//! With a proxy the host looks at addresses all the same, unless it is told that the proxy does.

use std::net::SocketAddr;

use serde_json::json;
use tenon_tests::{ForwardProxy, World};

use super::{Other, certify, fetch, free_port, refused, secure, world};

/// A name that nobody can look up, anywhere.
const NOWHERE: &str = "nobody.invalid";

fn world_behind(proxy: &ForwardProxy, allow: &[String], private: &[&str], more: &str) -> World {
    world(allow, private, &format!("[fetch]\nproxy = \"{}\"\n{more}", proxy.url()))
}

fn place(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

#[test]
fn what_is_not_public_is_refused_also_where_a_proxy_would_connect_to_it() {
    let other = Other::start();
    let proxy = ForwardProxy::to(place(other.port));
    let (named, literal) = (format!("http://localhost:{}", other.port), other.url(""));
    let secure = format!("https://localhost:{}", other.port);
    let metadata = "http://169.254.169.254".to_owned();
    let places = [&named, &secure, &literal, &metadata, &"https://[::ffff:10.0.0.1]".to_owned()];
    let allow = places.map(|place| format!("GET {place}"));
    // What holds the link-local addresses does not name them.
    let world = world_behind(&proxy, &allow, &["168.0.0.0/5"], "");
    let serving = world.serve();
    for url in [&named, &secure, &literal, &"https://[::ffff:10.0.0.1]/".to_owned()] {
        refused(&serving, &json!({ "url": url }), "fetch_refused", "which is no public address");
    }
    refused(&serving, &json!({ "url": metadata }), "fetch_refused", "which is a link-local address");
    assert_eq!(proxy.came(), Vec::<String>::new(), "the proxy was asked for nothing");
    assert!(other.came().is_empty());
}

#[test]
fn a_redirect_is_looked_at_also_behind_a_proxy() {
    let other = Other::start();
    let proxy = ForwardProxy::to(place(other.port));
    let named = format!("localhost:{}", other.port);
    let allow =
        [format!("GET {}", other.url("")), format!("GET http://{named}"), "GET http://10.0.0.1".to_owned()];
    let world = world_behind(&proxy, &allow, &["127.0.0.1", "::1"], "");
    let serving = world.serve();
    let asked = json!({ "url": other.url("/to/10.0.0.1/") });
    refused(&serving, &asked, "fetch_refused", "`private = [\"10.0.0.1\"]` in [plugins.fetch.fetches]");
    assert_eq!(proxy.came(), [format!("GET {}", other.url("/to/10.0.0.1/"))]);
    let asked = json!({ "url": other.url(&format!("/to/{named}/there")) });
    assert_eq!(fetch(&serving, &asked)["status"], 200, "the name leads to what is named");
    assert_eq!(proxy.came().len(), 2);
}

#[test]
fn over_tls_the_proxy_is_told_the_address_that_was_looked_at_and_the_server_is_known_by_its_name() {
    let port = free_port();
    let url = format!("https://localhost:{port}");
    let proxy = ForwardProxy::to_addresses();
    let world =
        world_behind(&proxy, &[format!("GET {url}")], &["127.0.0.1", "::1"], "tls_root_cert = \"one.pem\"");
    certify(&world, "one", "DNS:localhost");
    let server = secure(&world, "one", port);
    let serving = world.serve();
    let answer = fetch(&serving, &json!({ "url": format!("{url}/a") }));
    assert_eq!(answer["status"], 200, "{answer}");
    let came = proxy.came();
    assert!(came.contains(&format!("CONNECT 127.0.0.1:{port}")), "{came:?}");
    assert!(!came.iter().any(|asked| asked.contains("localhost")), "the proxy hears no name: {came:?}");
    // Another's certificate is refused by its name, whatever the address.
    drop(server);
    certify(&world, "two", "IP:127.0.0.1");
    let server = secure(&world, "two", port);
    serving.stop();
    std::fs::copy(world.path().join("two.pem"), world.path().join("one.pem")).unwrap();
    let serving = world.serve();
    refused(&serving, &json!({ "url": url }), "fetch_failed", "certificate");
    // What the proxy does not connect to is told.
    drop(server);
    refused(
        &serving,
        &json!({ "url": url }),
        "fetch_failed",
        "the proxy does not connect to that: it answered 502",
    );
}

#[test]
fn a_name_that_the_host_cannot_look_up_is_the_proxys_where_that_is_configured() {
    let other = Other::start();
    let proxy = ForwardProxy::to(place(other.port));
    let (named, secure) = (format!("http://{NOWHERE}"), format!("https://{NOWHERE}"));
    let allow = [&named, &secure, &other.url("")].map(|place| format!("GET {place}"));
    let without = world_behind(&proxy, &allow, &[], "");
    let serving = without.serve();
    for url in [&named, &secure] {
        refused(&serving, &json!({ "url": url }), "fetch_failed", "`proxy_resolves = true` in [fetch]");
    }
    assert!(proxy.came().is_empty());

    let with = world_behind(&proxy, &allow, &[], "proxy_resolves = true");
    let serving = with.serve();
    assert_eq!(fetch(&serving, &json!({ "url": format!("{named}/a") }))["status"], 200);
    assert_eq!(fetch(&serving, &json!({ "url": secure }))["code"], "fetch_failed", "it speaks no TLS");
    assert_eq!(proxy.came(), [format!("GET {named}/a"), format!("CONNECT {NOWHERE}:443")]);
    // An address is looked at all the same: nobody has to look it up.
    refused(&serving, &json!({ "url": other.url("/") }), "fetch_refused", "which is no public address");
}

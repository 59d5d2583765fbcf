//! Where webhooks may go: where the configuration says, but not to what is link-local unless that is named.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tenon_tests::{ForwardProxy, Sink, World};

use super::{TOKEN, configure};

/// What came of a message to this place, with this said of all.
fn tried(sink: &Sink, place: &str, more: &str) -> Value {
    let world = World::with(&[]);
    configure(&world, sink, &format!("timeout = \"2s\"\n{more}"));
    let file = world.path().join("tenon.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace("timeout = \"20s\"\n", "");
    std::fs::write(&file, text.replace(&format!("127.0.0.1:{}/", sink.port), &format!("{place}/"))).unwrap();
    let run = world.tenon(&["notify", "test", "--json"]);
    assert!(!run.all().contains(TOKEN), "{run:#?}");
    run.json()["targets"][0].clone()
}

#[test]
fn a_webhook_goes_to_private_addresses_and_to_link_local_ones_where_these_are_named() {
    let sink = Sink::start();
    let private = format!("localhost:{}", sink.port);
    assert_eq!(tried(&sink, &private, "")["delivered"], true, "the operator has written it down");
    let proxy = ForwardProxy::to(SocketAddr::from(([127, 0, 0, 1], sink.port)));
    let through = format!("proxy = \"{}\"\n", proxy.url());
    let link_local =
        ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.1.2]", "[fd00:ec2::254]", "168.63.129.16"];
    for place in link_local {
        for way in ["", &through, "private = [\"168.0.0.0/5\", \"fc00::/6\"]"] {
            let told = tried(&sink, place, way);
            let why = told["error"].as_str().unwrap_or_default();
            assert!(
                why.contains("a link-local address, or one of a metadata service"),
                "{place} {way}: {told}"
            );
            assert!(why.contains("`private = [\""), "{why}");
        }
    }
    assert_eq!(proxy.came(), Vec::<String>::new());
    for (named, place) in [("169.254.169.254", "169.254.169.254"), ("fe80::/10", "[fe80::1]")] {
        let told = tried(&sink, place, &format!("{through}private = [\"{named}\"]"));
        assert_eq!(told["delivered"], true, "{told}");
        assert_eq!(proxy.came(), [format!("POST http://{place}/{TOKEN}")]);
    }
}

#[test]
fn a_name_that_only_the_proxy_can_look_up_is_told_with_the_key_that_lets_it() {
    let sink = Sink::start();
    let proxy = ForwardProxy::to(SocketAddr::from(([127, 0, 0, 1], sink.port)));
    let through = format!("proxy = \"{}\"\n", proxy.url());
    let told = tried(&sink, "nobody.invalid", &through);
    let why = told["error"].as_str().unwrap();
    assert!(why.contains("`proxy_resolves = true` in [notify]"), "{why}");
    let told = tried(&sink, "nobody.invalid", &format!("{through}proxy_resolves = true"));
    assert_eq!(told["delivered"], json!(true), "{told}");
}

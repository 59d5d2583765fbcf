use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bench::Place;
use crate::admin::server;
use crate::config::{Config, Environment};
use crate::host::Tenon;

fn host(place: &Place, change: impl FnOnce(&mut Config)) -> Arc<Tenon> {
    let mut config = place.console.host.config().clone();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    change(&mut config);
    Tenon::open(config, None)
}

#[tokio::test]
async fn the_server_tells_the_port_it_was_given_and_stops_when_told() {
    let place = Place::new();
    let host = host(&place, |_| {});
    let server = server::start(host, place.console.accounts.clone()).await.unwrap();
    assert_eq!(server.url(), format!("http://{}/", server.address()));
    let mut client = TcpStream::connect(server.address()).await.unwrap();
    client.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok\n"), "{answer}");
    server.stop().await;
    assert!(TcpStream::connect(server.address()).await.is_err());
}

#[tokio::test]
async fn production_is_not_served_to_a_network_without_tls() {
    let place = Place::new();
    let host = host(&place, |config| {
        config.environment = Environment::Production;
        config.server.listen = "0.0.0.0:0".parse().unwrap();
    });
    let error = server::start(host, place.console.accounts.clone()).await.unwrap_err().to_string();
    assert!(error.contains("would be served without TLS"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named() {
    let place = Place::new();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, "not a certificate").unwrap();
    let host = host(&place, |config| {
        config.server.tls_cert = Some(certificate.clone());
        config.server.tls_key = Some(key.clone());
    });
    let start = || server::start(Arc::clone(&host), place.console.accounts.clone());
    let error = start().await.unwrap_err().to_string();
    assert!(error.contains("server.tls_cert") && error.contains("holds no certificate"), "{error}");
    std::fs::remove_file(&certificate).unwrap();
    let error = start().await.unwrap_err().to_string();
    assert!(error.contains("cert.pem could not be read"), "{error}");
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let host = host(&place, |config| config.server.listen = address);
    let error = server::start(host, place.console.accounts.clone()).await.unwrap_err();
    let told = crate::support::errors::chain(&error);
    assert!(told.contains(&address.to_string()) && told.contains("in use"), "{told}");
}

//! A reverse proxy before several hosts: it hands each request to the next of them, and to another where one
//! does not answer or says 503, as nginx and HAProxy are told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How often all hosts are tried for one request, and the pause between.
const ROUNDS: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// The proxy, which ends with the process.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    hosts: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Balancer {
    /// Listens on a free port, before no host yet.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let hosts = Arc::new(Mutex::new(Vec::new()));
        let (known, next) = (Arc::clone(&hosts), Arc::new(AtomicUsize::new(0)));
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, known, next) = (client.unwrap(), Arc::clone(&known), Arc::clone(&next));
                thread::spawn(move || hand_on(client, &known, &next));
            }
        });
        Self { address, hosts }
    }

    /// Hands requests to this host from now on, by its address `http://127.0.0.1:8420/`.
    pub fn add(&self, url: &str) {
        self.hosts.lock().unwrap().push(address_in(url));
    }

    /// Hands no more requests to this host.
    pub fn remove(&self, url: &str) {
        self.hosts.lock().unwrap().retain(|host| *host != address_in(url));
    }

    /// The answer to `GET`: its status and its body, or why there is none.
    pub fn get(&self, path: &str) -> Result<(u16, String), std::io::Error> {
        let answer =
            ask(self.address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        Ok((status(head).unwrap_or(0), body.to_owned()))
    }
}

fn address_in(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap()
}

fn hand_on(mut client: TcpStream, hosts: &Mutex<Vec<SocketAddr>>, next: &AtomicUsize) {
    let mut head = String::new();
    let mut reader = BufReader::new(client.try_clone().unwrap());
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {}
    for _ in 0..ROUNDS {
        let hosts = hosts.lock().unwrap().clone();
        let first = next.fetch_add(1, Ordering::Relaxed);
        for step in 0..hosts.len() {
            let host = hosts[(first + step) % hosts.len()];
            if let Ok(answer) = ask(host, &head)
                && !matches!(status(&answer), None | Some(502..=504))
            {
                let _ = client.write_all(answer.as_bytes());
                return;
            }
        }
        thread::sleep(PAUSE);
    }
    let _ = client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}

fn ask(host: SocketAddr, request: &str) -> Result<String, std::io::Error> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn status(answer: &str) -> Option<u16> {
    answer.split_whitespace().nth(1)?.parse().ok()
}

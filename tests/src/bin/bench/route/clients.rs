//! Clients that ask over HTTP/1.1, each on a connection of its own, the next request when the answer is
//! there.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What is asked again and again.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub method: Method,
    pub path: String,
    pub body: &'static str,
    /// How long a client waits between an answer and its next request.
    pub pause: Duration,
    /// How often a client asks, where not as fast as it is answered.
    pub every: Option<Duration>,
    pub authorization: Option<String>,
}

impl Ask {
    pub(crate) fn get(path: &str) -> Self {
        Self::of(Method::GET, path, "")
    }

    pub(crate) fn post(path: &str, body: &'static str) -> Self {
        Self::of(Method::POST, path, body)
    }

    fn of(method: Method, path: &str, body: &'static str) -> Self {
        let (path, pause) = (path.to_owned(), Duration::ZERO);
        Self { method, path, body, pause, every: None, authorization: None }
    }

    fn request(&self) -> Request<Full<Bytes>> {
        let request = Request::builder().method(self.method.clone()).uri(&self.path).header("Host", "bench");
        let mut request = request.header("Content-Type", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        request.body(Full::new(Bytes::from_static(self.body.as_bytes()))).unwrap()
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Answers {
    pub took: Duration,
    /// How long each took, the shortest first.
    pub each: Vec<Duration>,
    /// How many were answered with a status of 500 or above.
    pub failed: usize,
}

impl Answers {
    pub(crate) fn per_second(&self) -> f64 {
        self.each.len() as f64 / self.took.as_secs_f64()
    }

    /// The latency that so many of a hundred do not exceed, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let at = (self.each.len() * percent / 100).min(self.each.len().saturating_sub(1));
        self.each.get(at).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
    }
}

/// Asks for so long with so many clients.
pub(crate) async fn ask(address: SocketAddr, ask: &Ask, clients: usize, time: Duration) -> Answers {
    let began = Instant::now();
    let tasks: Vec<_> = (0..clients).map(|_| tokio::spawn(one(address, ask.clone(), began + time))).collect();
    let (mut each, mut failed) = (Vec::new(), 0);
    for task in tasks {
        let (latencies, failures) = task.await.unwrap();
        each.extend(latencies);
        failed += failures;
    }
    let took = began.elapsed();
    each.sort_unstable();
    Answers { took, each, failed }
}

async fn one(address: SocketAddr, ask: Ask, until: Instant) -> (Vec<Duration>, usize) {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (mut each, mut failed) = (Vec::new(), 0);
    let mut ticks = ask.every.map(tokio::time::interval);
    loop {
        if let Some(ticks) = &mut ticks {
            ticks.tick().await;
        }
        let began = Instant::now();
        if began >= until {
            return (each, failed);
        }
        let answer = sender.send_request(ask.request()).await.unwrap();
        failed += usize::from(answer.status().is_server_error());
        answer.into_body().collect().await.unwrap();
        each.push(began.elapsed());
        sender.ready().await.unwrap();
        if !ask.pause.is_zero() {
            tokio::time::sleep(ask.pause).await;
        }
    }
}

//! An HTTP server that takes messages: it can be down, refuse, or keep whoever sends waiting.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a message is waited for: a target that did not answer is tried again after 5 and 15 seconds.
const PATIENCE: Duration = Duration::from_secs(40);

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The first line.
    pub line: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Posted {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or_else(|| panic!("{name} is not there: {self:#?}"), |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What becomes of the next requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    Status(u16),
    /// The connection is closed without an answer.
    Nothing,
    /// The request is read, and answered once this is changed.
    Later,
}

/// The server, which ends with the process.
#[derive(Debug)]
pub struct Sink {
    pub port: u16,
    shared: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug)]
struct State {
    answers: Answers,
    /// The requests that were answered with 2xx.
    taken: Vec<Posted>,
    /// How many were not.
    refused: usize,
    /// How many wait for their answer.
    waiting: usize,
}

impl Sink {
    /// One that takes everything.
    pub fn start() -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = State { answers: Answers::Status(204), taken: Vec::new(), refused: 0, waiting: 0 };
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&serving);
                thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        Self { port, shared }
    }

    /// Answers so from now on.
    pub fn answers(&self, answers: Answers) {
        self.shared.0.lock().unwrap().answers = answers;
        self.shared.1.notify_all();
    }

    /// Waits until so many messages were taken, and gives them.
    pub fn taken(&self, count: usize) -> Vec<Posted> {
        self.until(|state| state.taken.len() >= count).taken.clone()
    }

    /// Waits until so many requests were turned away.
    pub fn turned_away(&self, count: usize) {
        drop(self.until(|state| state.refused >= count));
    }

    /// Waits until somebody waits for an answer.
    pub fn keeps_waiting(&self) {
        drop(self.until(|state| state.waiting > 0));
    }

    /// Whether somebody waits for an answer now.
    pub fn is_waited_for(&self) -> bool {
        self.shared.0.lock().unwrap().waiting > 0
    }

    fn until(&self, is_so: impl Fn(&State) -> bool) -> std::sync::MutexGuard<'_, State> {
        let end = Instant::now() + PATIENCE;
        let mut state = self.shared.0.lock().unwrap();
        while !is_so(&state) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it did not come: {state:#?}");
            state = self.shared.1.wait_timeout(state, left).unwrap().0;
        }
        state
    }
}

fn serve(stream: &TcpStream, shared: &(Mutex<State>, Condvar)) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8(body).unwrap();
    let posted = Posted { line: line.trim_end().to_owned(), headers, body };
    let (state, changed) = shared;
    let mut now = state.lock().unwrap();
    now.waiting += 1;
    changed.notify_all();
    while now.answers == Answers::Later {
        now = changed.wait(now).unwrap();
    }
    now.waiting -= 1;
    let answers = now.answers;
    match answers {
        Answers::Status(200..300) => now.taken.push(posted),
        _ => now.refused += 1,
    }
    changed.notify_all();
    drop(now);
    if let Answers::Status(status) = answers {
        let mut stream = stream;
        write!(stream, "HTTP/1.1 {status} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    }
    Ok(())
}

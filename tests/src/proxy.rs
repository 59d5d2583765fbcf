//! A TCP address of the database that can be down for a while.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A port that hands connections on to another, while it is up.
#[derive(Debug)]
pub struct Proxy {
    pub port: u16,
    target: u16,
    up: Mutex<Option<Up>>,
    /// What makes it fall silent.
    silenced_by: Arc<Mutex<Option<&'static [u8]>>>,
    /// How long each answer of the server is under way, in milliseconds.
    slow: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Up {
    ending: Arc<AtomicBool>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
    thread: thread::JoinHandle<()>,
}

impl Proxy {
    /// A port that nobody listens on yet.
    pub fn to(target: u16) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { port, target, up: Mutex::default(), silenced_by: Arc::default(), slow: Arc::default() }
    }

    /// A client that says this gets no answer any more, over a connection that stays.
    pub fn silenced_by(&self, words: Option<&'static str>) {
        *self.silenced_by.lock().unwrap() = words.map(str::as_bytes);
    }

    /// Delays each answer by so much from now on.
    pub fn slows(&self, by: Duration) {
        self.slow.store(by.as_millis().try_into().unwrap(), Ordering::Relaxed);
    }

    /// From now on it answers.
    pub fn up(&self) {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], self.port))).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (ending, connections) =
            (Arc::new(AtomicBool::new(false)), Arc::<Mutex<Vec<TcpStream>>>::default());
        let (end, all, target) = (Arc::clone(&ending), Arc::clone(&connections), self.target);
        let (silenced_by, slow) = (Arc::clone(&self.silenced_by), Arc::clone(&self.slow));
        let thread = thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((client, _)) => hand_on(client, target, &all, &silenced_by, &slow),
                    Err(_) => thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        *self.up.lock().unwrap() = Some(Up { ending, connections, thread });
    }

    /// From now on it refuses, and every connection it has is cut.
    pub fn down(&self) {
        if let Some(up) = self.up.lock().unwrap().take() {
            up.ending.store(true, Ordering::Relaxed);
            up.thread.join().unwrap();
            up.connections.lock().unwrap().iter().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.down();
    }
}

fn hand_on(
    client: TcpStream,
    target: u16,
    all: &Mutex<Vec<TcpStream>>,
    silenced_by: &Arc<Mutex<Option<&'static [u8]>>>,
    slow: &Arc<AtomicU64>,
) {
    client.set_nonblocking(false).unwrap();
    let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { return };
    let copies = [client.try_clone().unwrap(), server.try_clone().unwrap()];
    all.lock().unwrap().extend(copies);
    let silent = Arc::new(AtomicBool::new(false));
    let pairs = [
        (client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::default()),
        (server, client, Arc::clone(slow)),
    ];
    for (from, to, slow) in pairs {
        let (silenced_by, silent) = (Arc::clone(silenced_by), Arc::clone(&silent));
        thread::spawn(move || copy(from, to, &silenced_by, &silent, &slow));
    }
}

/// Hands on what comes, until a word comes that silences both directions.
fn copy(
    mut from: TcpStream,
    mut to: TcpStream,
    silenced_by: &Mutex<Option<&'static [u8]>>,
    silent: &AtomicBool,
    slow: &AtomicU64,
) {
    let mut room = [0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut room) {
        let said = &room[..count];
        if let Some(words) = *silenced_by.lock().unwrap()
            && said.windows(words.len()).any(|window| window == words)
        {
            silent.store(true, Ordering::Relaxed);
        }
        thread::sleep(Duration::from_millis(slow.load(Ordering::Relaxed)));
        if !silent.load(Ordering::Relaxed) && to.write_all(said).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

//! A TCP address of the database that can be down for a while.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A port that hands connections on to another, while it is up.
#[derive(Debug)]
pub struct Proxy {
    pub port: u16,
    target: u16,
    up: Mutex<Option<Up>>,
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
        Self { port, target, up: Mutex::default() }
    }

    /// From now on it answers.
    pub fn up(&self) {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], self.port))).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (ending, connections) =
            (Arc::new(AtomicBool::new(false)), Arc::<Mutex<Vec<TcpStream>>>::default());
        let (end, all, target) = (Arc::clone(&ending), Arc::clone(&connections), self.target);
        let thread = thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((client, _)) => hand_on(client, target, &all),
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

fn hand_on(client: TcpStream, target: u16, all: &Mutex<Vec<TcpStream>>) {
    client.set_nonblocking(false).unwrap();
    let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { return };
    let copies = [client.try_clone().unwrap(), server.try_clone().unwrap()];
    all.lock().unwrap().extend(copies);
    let pairs = [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)];
    for (mut from, mut to) in pairs {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
}

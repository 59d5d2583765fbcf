//! A TCP address of the database that counts the messages which pass, and does something at one of them.
//!
//! Framing after the manual's chapter "Message Formats": a startup message is a length and its content, any
//! other a type, a length and its content.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// At which message something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    /// Counted from 0 over all connections and both directions.
    Number(usize),
    /// The one with which the heal commits.
    Commit,
    /// What the server says once that is done.
    Committed,
}

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) message: Message,
    /// Once the message was handed on, and not before.
    pub(super) after: bool,
}

/// How the heal's COMMIT ends, by which it is told from others, and what the server answers.
const COMMIT: &[u8] = b"default_transaction_read_only; COMMIT\0";
const COMMITTED: &[u8] = b"COMMIT\0";

/// What happens, once, on the thread that hands the message on.
type Act = Box<dyn FnOnce(&Grip<'_>) + Send>;

/// The address, for as long as the value lives.
pub(super) struct Wire {
    pub(super) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    target: u16,
    ending: AtomicBool,
    passed: AtomicUsize,
    moment: Option<Moment>,
    act: Mutex<Option<Act>>,
    streams: Mutex<Vec<TcpStream>>,
    connections: AtomicUsize,
    /// Nothing passes any more on the connections before this one.
    frozen: AtomicUsize,
}

/// What the wire can do to all connections that there are; new ones are handed on.
pub(super) struct Grip<'a>(&'a Shared);

impl Grip<'_> {
    /// Cuts them.
    pub(super) fn cut(&self) {
        self.0.cut();
    }

    /// Lets nothing pass any more, and does not close them.
    pub(super) fn freeze(&self) {
        self.0.frozen.store(self.0.connections.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

/// One connection, seen from both sides.
struct Connection {
    number: usize,
    /// Whether the heal's COMMIT has passed here.
    commits: AtomicBool,
}

impl Wire {
    /// Hands connections on to that port of this machine, and at the moment does this.
    pub(super) fn to(
        target: u16,
        moment: Option<Moment>,
        act: impl FnOnce(&Grip<'_>) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            target,
            ending: AtomicBool::new(false),
            passed: AtomicUsize::new(0),
            moment,
            act: Mutex::new(Some(Box::new(act))),
            streams: Mutex::default(),
            connections: AtomicUsize::new(0),
            frozen: AtomicUsize::new(0),
        });
        let ours = Arc::clone(&shared);
        thread::spawn(move || {
            while !ours.ending.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((client, _)) => Shared::connect(&ours, client),
                    Err(_) => thread::sleep(Duration::from_millis(2)),
                }
            }
        });
        Self { port, shared }
    }

    /// How many messages have passed.
    pub(super) fn passed(&self) -> usize {
        self.shared.passed.load(Ordering::SeqCst)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::Relaxed);
        self.shared.cut();
    }
}

impl Shared {
    fn cut(&self) {
        self.streams.lock().unwrap().drain(..).for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
    }

    fn connect(this: &Arc<Self>, client: TcpStream) {
        client.set_nonblocking(false).unwrap();
        let Ok(server) = TcpStream::connect(("127.0.0.1", this.target)) else { return };
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
            this.streams.lock().unwrap().push(stream.try_clone().unwrap());
        }
        let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let number = this.connections.fetch_add(1, Ordering::SeqCst);
        let connection = Arc::new(Connection { number, commits: AtomicBool::new(false) });
        let (ours, sends) = (Arc::clone(this), Arc::clone(&connection));
        thread::spawn(move || ours.pump(&sends, from, to, Side::Client));
        let ours = Arc::clone(this);
        thread::spawn(move || ours.pump(&connection, server, client, Side::Server));
    }

    fn pump(&self, connection: &Connection, mut from: TcpStream, mut to: TcpStream, side: Side) {
        let mut startup = side == Side::Client;
        while let Ok(message) = read_message(&mut from, startup) {
            startup = false;
            let number = self.passed.fetch_add(1, Ordering::SeqCst);
            let commit = side == Side::Client && message.ends_with(COMMIT);
            let commits = connection.commits.fetch_or(commit, Ordering::SeqCst);
            let here = self.moment.filter(|moment| match moment.message {
                Message::Number(one) => one == number,
                Message::Commit => commit,
                Message::Committed => commits && side == Side::Server && message.ends_with(COMMITTED),
            });
            if here.is_some_and(|moment| !moment.after) {
                self.act();
            }
            while self.is_frozen(connection) && !self.ending.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(5));
            }
            // What was frozen is never handed on, not even in the end.
            if self.is_frozen(connection) || to.write_all(&message).is_err() {
                break;
            }
            if here.is_some_and(|moment| moment.after) {
                self.act();
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }

    fn is_frozen(&self, connection: &Connection) -> bool {
        connection.number < self.frozen.load(Ordering::SeqCst)
    }

    fn act(&self) {
        let act = self.act.lock().unwrap().take();
        if let Some(act) = act {
            act(&Grip(self));
        }
    }
}

/// The side of a connection that says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

fn read_message(from: &mut TcpStream, startup: bool) -> io::Result<Vec<u8>> {
    let mut message = vec![0; if startup { 4 } else { 5 }];
    from.read_exact(&mut message)?;
    let length = message[message.len() - 4..].try_into().map(u32::from_be_bytes).unwrap_or(4);
    let start = message.len();
    message.resize(start + length.saturating_sub(4) as usize, 0);
    from.read_exact(&mut message[start..])?;
    Ok(message)
}

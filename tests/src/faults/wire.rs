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

/// At which message something happens, counted from 0 over all connections and both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) message: usize,
    /// Once the message was handed on, and not before.
    pub(super) after: bool,
}

/// What happens, once, on the thread that hands the message on.
type Act = Box<dyn FnOnce() + Send>;

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
}

impl Wire {
    /// Hands connections on to that port of this machine, and at the moment does this.
    pub(super) fn to(target: u16, moment: Option<Moment>, act: impl FnOnce() + Send + 'static) -> Self {
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

    /// What cuts all connections that there are; new ones are handed on.
    pub(super) fn scissors(&self) -> impl Fn() + Send + 'static {
        let shared = Arc::downgrade(&self.shared);
        move || {
            if let Some(shared) = shared.upgrade() {
                shared.cut();
            }
        }
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
        let ours = Arc::clone(this);
        thread::spawn(move || ours.pump(from, to, true));
        let ours = Arc::clone(this);
        thread::spawn(move || ours.pump(server, client, false));
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream, mut startup: bool) {
        while let Ok(message) = read_message(&mut from, startup) {
            startup = false;
            let number = self.passed.fetch_add(1, Ordering::SeqCst);
            let here = self.moment.filter(|moment| moment.message == number);
            if here.is_some_and(|moment| !moment.after) {
                self.act();
            }
            if to.write_all(&message).is_err() {
                break;
            }
            if here.is_some_and(|moment| moment.after) {
                self.act();
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }

    fn act(&self) {
        let act = self.act.lock().unwrap().take();
        if let Some(act) = act {
            act();
        }
    }
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

//! A proxy between the host and the servers that it asks: it notes what it is asked for, and looks up no
//! name.

use std::io::{Read, Write, copy};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The proxy, which ends with the process.
#[derive(Debug)]
pub struct ForwardProxy {
    pub port: u16,
    came: Arc<Mutex<Vec<String>>>,
}

impl ForwardProxy {
    /// One that leads every name and every address to this server.
    pub fn to(server: SocketAddr) -> Self {
        Self::start(move |_| Some(server))
    }

    /// One that connects to addresses as it is told, and to no name.
    pub fn to_addresses() -> Self {
        Self::start(|place| place.parse().ok())
    }

    fn start(leads: impl Fn(&str) -> Option<SocketAddr> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, came) = (listener.local_addr().unwrap().port(), Arc::default());
        let (noted, leads) = (Arc::clone(&came), Arc::new(leads));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (noted, leads) = (Arc::clone(&noted), Arc::clone(&leads));
                thread::spawn(move || drop(serve(stream, &noted, &*leads)));
            }
        });
        Self { port, came }
    }

    /// The address, as a configuration has it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was asked for since it was asked last: methods with places.
    pub fn came(&self) -> Vec<String> {
        std::mem::take(&mut self.came.lock().unwrap())
    }
}

fn serve(
    mut client: TcpStream,
    noted: &Mutex<Vec<String>>,
    leads: &dyn Fn(&str) -> Option<SocketAddr>,
) -> std::io::Result<()> {
    let head = read_head(&mut client)?;
    let mut line = head.split(' ');
    let (method, place) = (line.next().unwrap(), line.next().unwrap());
    noted.lock().unwrap().push(format!("{method} {place}"));
    let place = place.strip_prefix("http://").unwrap_or(place);
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    let server = leads(host).and_then(|server| TcpStream::connect(server).ok());
    let Some(mut server) = server else {
        return client.write_all(b"HTTP/1.1 502 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    };
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    if method == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else {
        let (_, rest) = head.split_once("\r\n").unwrap();
        write!(server, "{method} /{path} HTTP/1.1\r\n{rest}")?;
    }
    let forth = thread::spawn(move || {
        let _ = copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    if method != "CONNECT" {
        // One request a connection: the next one may be for another server.
        let answer = read_head(&mut server)?;
        client.write_all(answer.replacen("\r\n", "\r\nconnection: close\r\n", 1).as_bytes())?;
    }
    let _ = copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    let _ = forth.join();
    Ok(())
}

/// A first line with its headers, and the empty line behind them.
fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}

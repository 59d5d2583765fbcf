//! What a service tells systemd: the other end of the socket of sd_notify(3).

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::world::World;

/// How long anything may take to be told.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hears what a service tells.
#[derive(Debug)]
pub struct ServiceManager {
    pub(crate) path: PathBuf,
    lines: Receiver<String>,
}

impl World {
    /// Listens in this place.
    pub fn service_manager(&self) -> ServiceManager {
        ServiceManager::at(self.path().join("notify"))
    }
}

impl ServiceManager {
    /// Listens there, whoever tells.
    pub fn at(path: PathBuf) -> Self {
        let socket = UnixDatagram::bind(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length) = socket.recv(&mut bytes) {
                let told = String::from_utf8(bytes[..length].to_vec()).unwrap();
                for line in told.lines() {
                    if sender.send(line.to_owned()).is_err() {
                        return;
                    }
                }
            }
        });
        Self { path, lines }
    }

    /// Waits for a line that begins so, and gives all that came up to it.
    pub fn until(&self, wanted: &str) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        let mut told = Vec::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            told.push(line.unwrap_or_else(|_| panic!("{wanted} was not told: {told:#?}")));
            if told.last().is_some_and(|line| line.starts_with(wanted)) {
                return told;
            }
        }
    }
}

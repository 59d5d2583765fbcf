//! The service manager that started this process (systemd): what it is told, and the sockets it opened.
//!
//! Both are small protocols (sd_notify(3), sd_listen_fds(3)). The crates for them read the environment each
//! time; here the variables are gone by then, so that neither a plugin nor the managed PostgreSQL speaks for
//! the host.

#[cfg_attr(unix, path = "service_manager/unix.rs")]
#[cfg_attr(windows, path = "service_manager/windows.rs")]
mod system;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::secrets::Secrets;
pub(crate) use system::PassedSocketError;
use system::{Channel, monotonic_microseconds, passed};

/// What the service manager is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServiceState {
    /// The service listens, or has read its configuration again.
    Ready,
    Reloading,
    Stopping,
    /// One sentence for people.
    Status(String),
    /// The process lives.
    Watchdog,
    /// What goes on may take so much longer, from now on.
    ExtendTimeout(Duration),
}

impl ServiceState {
    fn line(&self) -> String {
        match self {
            Self::Ready => "READY=1".to_owned(),
            Self::Reloading => format!("RELOADING=1\nMONOTONIC_USEC={}", monotonic_microseconds()),
            Self::Stopping => "STOPPING=1".to_owned(),
            Self::Status(sentence) => format!("STATUS={}", sentence.replace(['\n', '\r'], " ")),
            Self::Watchdog => "WATCHDOG=1".to_owned(),
            Self::ExtendTimeout(time) => format!("EXTEND_TIMEOUT_USEC={}", time.as_micros()),
        }
    }
}

/// The way to the service manager, if one wants to be told.
#[derive(Debug, Default)]
pub(crate) struct ServiceManager {
    channel: Option<Channel>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// Finds it by what was taken out of the environment.
    pub(crate) fn of(secrets: &Secrets) -> io::Result<Self> {
        let Some(address) = value(secrets, "NOTIFY_SOCKET") else { return Ok(Self::default()) };
        let channel = Channel::open(address)?;
        let for_us = is_ours(value(secrets, "WATCHDOG_PID")).unwrap_or(true);
        let period = value(secrets, "WATCHDOG_USEC").and_then(|period| period.parse().ok());
        let watchdog = period.filter(|period| for_us && *period > 0).map(Duration::from_micros);
        Ok(Self { channel: Some(channel), watchdog })
    }

    /// Tells it. A service manager that cannot be reached is no reason to do anything else.
    pub(crate) fn tell(&self, states: &[ServiceState]) {
        let Some(channel) = &self.channel else { return };
        let lines: Vec<_> = states.iter().map(ServiceState::line).collect();
        if let Err(error) = channel.send(lines.join("\n").as_bytes()) {
            tracing::debug!(%error, "the service manager could not be told of {states:?}");
        }
    }

    /// Whether anybody is told.
    pub(crate) fn listens(&self) -> bool {
        self.channel.is_some()
    }

    /// After how long without a sign of life the process is ended, if it ever is.
    pub(crate) fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }
}

/// The sockets that the service manager opened for this process, each with its address. Programs that are
/// started from now on do not inherit them.
///
/// To be called once, before anything else closes or opens descriptors by number.
pub(crate) fn passed_sockets(secrets: &Secrets) -> Result<Vec<(TcpListener, SocketAddr)>, PassedSocketError> {
    if is_ours(value(secrets, "LISTEN_PID")) != Some(true) {
        return Ok(Vec::new());
    }
    passed(value(secrets, "LISTEN_FDS").and_then(|count| count.parse().ok()).unwrap_or(0))
}

fn value<'s>(secrets: &'s Secrets, name: &str) -> Option<&'s str> {
    secrets.get(name).map(SecretString::expose_secret).filter(|value| !value.is_empty())
}

/// Whether the variable with a process's number means this one.
fn is_ours(pid: Option<&str>) -> Option<bool> {
    pid.map(|pid| pid.parse() == Ok(std::process::id()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn states_are_lines_and_a_sentence_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let pid = std::process::id().to_string();
        let own = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "2000000")];
        let service = |watched: &str| {
            let all = own.into_iter().chain([("WATCHDOG_PID", watched)]);
            ServiceManager::of(&all.collect()).unwrap()
        };
        assert_eq!(service("1").watchdog(), None, "another process is watched");
        let service = service(&pid);
        assert_eq!(service.watchdog(), Some(Duration::from_secs(2)));
        service.tell(&[ServiceState::Ready, ServiceState::Status("two\nlines".to_owned())]);
        let mut bytes = [0; 100];
        let length = manager.recv(&mut bytes).unwrap();
        assert_eq!(std::str::from_utf8(&bytes[..length]).unwrap(), "READY=1\nSTATUS=two lines");
        drop((manager, folder));
        service.tell(&[ServiceState::Watchdog]);
    }

    #[test]
    fn sockets_of_another_process_are_left_alone() {
        let secrets = [("LISTEN_PID", "1"), ("LISTEN_FDS", "1")].into_iter().collect();
        assert!(passed_sockets(&secrets).unwrap().is_empty());
        assert!(passed_sockets(&Secrets::default()).unwrap().is_empty());
    }
}

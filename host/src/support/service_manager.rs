//! The service manager that started this process (systemd): what it is told, and the sockets it opened.
//!
//! Both are small protocols (sd_notify(3), sd_listen_fds(3)). The crates for them read the environment each
//! time; here the variables are gone by then, so that neither a plugin nor the managed PostgreSQL speaks for
//! the host.

#![expect(unsafe_code, reason = "a descriptor that was inherited is a number")]

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr as UnixAddress, UnixDatagram};
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{AddressFamily, SocketType, sockopt};
use rustix::time::{ClockId, clock_gettime};
use secrecy::{ExposeSecret, SecretString};

use super::secrets::Secrets;

/// The first descriptor that is passed.
const FIRST: RawFd = 3;

/// How long a service manager may take to read what it is told.
const PATIENCE: Duration = Duration::from_secs(1);

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
            Self::Reloading => {
                let now = clock_gettime(ClockId::Monotonic);
                let microseconds = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1000;
                format!("RELOADING=1\nMONOTONIC_USEC={microseconds}")
            }
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
    socket: Option<UnixDatagram>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// Finds it by what was taken out of the environment.
    pub(crate) fn of(secrets: &Secrets) -> io::Result<Self> {
        let Some(address) = value(secrets, "NOTIFY_SOCKET") else { return Ok(Self::default()) };
        let address = match address.strip_prefix('@') {
            Some(name) => UnixAddress::from_abstract_name(name)?,
            None => UnixAddress::from_pathname(address)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let for_us = is_ours(value(secrets, "WATCHDOG_PID")).unwrap_or(true);
        let period = value(secrets, "WATCHDOG_USEC").and_then(|period| period.parse().ok());
        let watchdog = period.filter(|period| for_us && *period > 0).map(Duration::from_micros);
        Ok(Self { socket: Some(socket), watchdog })
    }

    /// Tells it. A service manager that cannot be reached is no reason to do anything else.
    pub(crate) fn tell(&self, states: &[ServiceState]) {
        let Some(socket) = &self.socket else { return };
        let lines: Vec<_> = states.iter().map(ServiceState::line).collect();
        if let Err(error) = socket.send(lines.join("\n").as_bytes()) {
            tracing::debug!(%error, "the service manager could not be told of {states:?}");
        }
    }

    /// Whether anybody is told.
    pub(crate) fn listens(&self) -> bool {
        self.socket.is_some()
    }

    /// After how long without a sign of life the process is ended, if it ever is.
    pub(crate) fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }
}

/// Why a socket that was passed cannot be served on.
#[derive(Debug, thiserror::Error)]
#[error("descriptor {descriptor}, which the service manager passed, is no TCP socket that listens")]
pub(crate) struct PassedSocketError {
    descriptor: RawFd,
    #[source]
    source: Option<io::Error>,
}

/// The sockets that the service manager opened for this process, each with its address. Programs that are
/// started from now on do not inherit them.
///
/// To be called once, before anything else closes or opens descriptors by number.
pub(crate) fn passed_sockets(secrets: &Secrets) -> Result<Vec<(TcpListener, SocketAddr)>, PassedSocketError> {
    if is_ours(value(secrets, "LISTEN_PID")) != Some(true) {
        return Ok(Vec::new());
    }
    let count: RawFd = value(secrets, "LISTEN_FDS").and_then(|count| count.parse().ok()).unwrap_or(0);
    (FIRST..FIRST.saturating_add(count)).map(passed_socket).collect()
}

fn passed_socket(descriptor: RawFd) -> Result<(TcpListener, SocketAddr), PassedSocketError> {
    let failed = |source| PassedSocketError { descriptor, source: Some(source) };
    // SAFETY: it is only looked at, whatever it is; where it is not open the kernel says so.
    let seen = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let listens = || -> rustix::io::Result<bool> {
        fcntl_setfd(seen, FdFlags::CLOEXEC)?;
        let is_ip = [AddressFamily::INET, AddressFamily::INET6].contains(&sockopt::socket_domain(seen)?);
        Ok(is_ip && sockopt::socket_type(seen)? == SocketType::STREAM && sockopt::socket_acceptconn(seen)?)
    };
    if !listens().map_err(|error| failed(error.into()))? {
        return Err(PassedSocketError { descriptor, source: None });
    }
    // SAFETY: the service manager opened it for this process, and nobody else in it knows of it.
    let listener = TcpListener::from(unsafe { OwnedFd::from_raw_fd(descriptor) });
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
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
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixListener;

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
    fn only_a_tcp_socket_that_listens_is_served_on() {
        let folder = tempfile::tempdir().unwrap();
        let unix = UnixListener::bind(folder.path().join("socket")).unwrap();
        let file = std::fs::File::open("/dev/null").unwrap();
        for descriptor in [unix.as_raw_fd(), file.as_raw_fd(), 100_000] {
            assert!(passed_socket(descriptor).is_err(), "{descriptor}");
        }
        let tcp = std::mem::ManuallyDrop::new(TcpListener::bind("127.0.0.1:0").unwrap());
        let (listener, address) = passed_socket(tcp.as_raw_fd()).unwrap();
        assert_eq!((listener.as_raw_fd(), address), (tcp.as_raw_fd(), tcp.local_addr().unwrap()));
    }

    #[test]
    fn sockets_of_another_process_are_left_alone() {
        let secrets = [("LISTEN_PID", "1"), ("LISTEN_FDS", "1")].into_iter().collect();
        assert!(passed_sockets(&secrets).unwrap().is_empty());
        assert!(passed_sockets(&Secrets::default()).unwrap().is_empty());
    }
}

//! Reaching a server over a socket of ours, as the client library does over one of its own (libpq,
//! "Connection Strings": several hosts, and addresses beside names).

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use rand::seq::SliceRandom;
use rustix::fd::OwnedFd;
use rustix::net::sockopt;
use tokio::net::TcpStream;
use tokio_postgres::config::{LoadBalanceHosts, TargetSessionAttrs};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::bounds::NoResponse;
use super::driver::OwnConnection;
use super::missing::Missing;
use super::socket::{
    Kind, SharedSocket, SwitchableStream, connect_local, host_name, limit_unacknowledged, local_directory,
};
use super::supported::Unsupported;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("could not connect to {address}")]
    Socket {
        address: String,
        #[source]
        source: io::Error,
    },
    #[error("could not set up an encrypted connection to {address}")]
    Tls {
        address: String,
        #[source]
        source: io::Error,
    },
    #[error("{0}")]
    Server(#[from] tokio_postgres::Error),
    #[error("{address} is not the kind of server that target_session_attrs asks for")]
    OtherKind { address: String },
    #[error("the server began no session")]
    Missing(#[from] Missing),
    #[error("the server cannot be used")]
    Unsupported(#[from] Unsupported),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
    #[error("the address names no host")]
    NoHost,
    #[error("the host ends")]
    Ended,
}

/// A session that was begun, and what it takes to move its messages.
pub(crate) struct Connected {
    pub client: Client,
    pub connection: OwnConnection,
    pub socket: Arc<SharedSocket>,
    pub target: Target,
}

/// What it takes to end a statement from elsewhere.
pub struct Interrupt {
    pub(crate) token: CancelToken,
    pub(crate) target: Target,
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupt").field("target", &self.target).finish_non_exhaustive()
    }
}

/// One server of those that an address names.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    place: Endpoint,
    port: u16,
    /// For TLS; empty over a socket of this machine.
    name: String,
    sockets: Sockets,
}

#[derive(Debug, Clone)]
enum Endpoint {
    Name(String),
    Address(IpAddr),
    Directory(PathBuf),
}

/// How its sockets are set up.
#[derive(Debug, Clone)]
struct Sockets {
    /// How long connecting to one address may take.
    limit: Option<Duration>,
    unacknowledged: Option<Duration>,
    keepalive: Option<Keepalive>,
}

#[derive(Debug, Clone)]
struct Keepalive {
    idle: Duration,
    interval: Option<Duration>,
    retries: Option<u32>,
}

/// Begins a session with the first server that answers.
pub(crate) async fn dial(config: &Config, tls: &MakeRustlsConnect) -> Result<Connected, DialError> {
    let mut targets = targets(config);
    let random = config.get_load_balance_hosts() == LoadBalanceHosts::Random;
    if random {
        targets.shuffle(&mut rand::rng());
    }
    let mut last = DialError::NoHost;
    for target in targets {
        let mut addresses = match target.addresses().await {
            Ok(addresses) => addresses,
            Err(error) => {
                last = error;
                continue;
            }
        };
        if random {
            addresses.shuffle(&mut rand::rng());
        }
        for place in addresses {
            match begin(config, tls, Target { place, ..target.clone() }).await {
                Ok(dialled) => return Ok(dialled),
                Err(error) => last = error,
            }
        }
    }
    Err(last)
}

async fn begin(config: &Config, tls: &MakeRustlsConnect, target: Target) -> Result<Connected, DialError> {
    let socket = target.connect().await?;
    let tls = target.tls(tls)?;
    let (client, mut connection) =
        config.connect_raw(SwitchableStream::new(Arc::clone(&socket)), tls).await?;
    let wanted = config.get_target_session_attrs();
    if wanted != TargetSessionAttrs::Any {
        // Not whether this session may write: ours are begun so that they may not by themselves.
        let asked = client.query_typed_one("SELECT pg_catalog.pg_is_in_recovery()", &[]);
        let read_only = drive_inline(&mut connection, asked).await?;
        let read_only: bool = read_only?.try_get(0)?;
        if read_only == (wanted == TargetSessionAttrs::ReadWrite) {
            return Err(DialError::OtherKind { address: target.to_string() });
        }
    }
    Ok(Connected { client, connection, socket, target })
}

/// What comes of asking something over a connection whose messages nobody moves yet.
pub(crate) async fn drive_inline<T>(
    connection: &mut OwnConnection,
    asked: impl Future<Output = T>,
) -> Result<T, tokio_postgres::Error> {
    let mut asked = pin!(asked);
    std::future::poll_fn(|context| match connection.poll_unpin(context) {
        Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        _ => asked.as_mut().poll(context).map(Ok),
    })
    .await
}

/// The servers that an address names, in its order.
pub(super) fn targets(config: &Config) -> Vec<Target> {
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let keepalive = config.get_keepalives().then(|| Keepalive {
        idle: config.get_keepalives_idle(),
        interval: config.get_keepalives_interval(),
        retries: config.get_keepalives_retries(),
    });
    let sockets = Sockets {
        limit: config.get_connect_timeout().copied(),
        unacknowledged: config.get_tcp_user_timeout().copied(),
        keepalive,
    };
    let target = |index: usize| {
        let host = hosts.get(index);
        let name = host.and_then(host_name).unwrap_or_default().to_owned();
        let place = match (addresses.get(index), host.and_then(local_directory)) {
            (Some(address), _) => Endpoint::Address(*address),
            (None, Some(directory)) => Endpoint::Directory(directory.to_owned()),
            (None, None) => host.map(|_| Endpoint::Name(name.clone()))?,
        };
        let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
        Some(Target { place, port, name, sockets: sockets.clone() })
    };
    (0..hosts.len().max(addresses.len())).filter_map(target).collect()
}

impl Target {
    /// The places that its name stands for.
    async fn addresses(&self) -> Result<Vec<Endpoint>, DialError> {
        let Endpoint::Name(name) = &self.place else { return Ok(vec![self.place.clone()]) };
        let found = tokio::net::lookup_host((name.as_str(), self.port)).await;
        let found = found.map_err(|source| self.failed(source))?;
        Ok(found.map(|address| Endpoint::Address(address.ip())).collect())
    }

    /// A socket with it.
    async fn connect(&self) -> Result<Arc<SharedSocket>, DialError> {
        let connecting = self.socket();
        let socket = match self.sockets.limit {
            None => connecting.await,
            Some(limit) => tokio::time::timeout(limit, connecting)
                .await
                .unwrap_or_else(|_| Err(io::Error::other(format!("no answer within {} s", limit.as_secs())))),
        };
        socket.map_err(|source| self.failed(source))
    }

    async fn socket(&self) -> io::Result<Arc<SharedSocket>> {
        let stream = match &self.place {
            Endpoint::Directory(directory) => {
                let (socket, kind) = connect_local(directory, self.port).await?;
                return Ok(SharedSocket::new(socket, kind));
            }
            Endpoint::Address(address) => TcpStream::connect(SocketAddr::new(*address, self.port)).await?,
            Endpoint::Name(name) => TcpStream::connect((name.as_str(), self.port)).await?,
        };
        stream.set_nodelay(true)?;
        let socket = OwnedFd::from(stream.into_std()?);
        if let Some(limit) = self.sockets.unacknowledged {
            limit_unacknowledged(&socket, limit)?;
        }
        if let Some(keepalive) = &self.sockets.keepalive {
            sockopt::set_socket_keepalive(&socket, true)?;
            sockopt::set_tcp_keepidle(&socket, keepalive.idle)?;
            keepalive.interval.map_or(Ok(()), |every| sockopt::set_tcp_keepintvl(&socket, every))?;
            keepalive.retries.map_or(Ok(()), |times| sockopt::set_tcp_keepcnt(&socket, times))?;
        }
        Ok(SharedSocket::new(socket, Kind::Tcp))
    }

    fn tls(
        &self,
        tls: &MakeRustlsConnect,
    ) -> Result<<MakeRustlsConnect as MakeTlsConnect<SwitchableStream>>::TlsConnect, DialError> {
        let made = MakeTlsConnect::<SwitchableStream>::make_tls_connect(&mut tls.clone(), &self.name);
        made.map_err(|error| DialError::Tls { address: self.to_string(), source: io::Error::other(error) })
    }

    /// Asks this server to end what runs in a session with it.
    pub(crate) async fn cancel(&self, token: &CancelToken, tls: &MakeRustlsConnect) -> Result<(), DialError> {
        let stream = SwitchableStream::new(self.connect().await?);
        Ok(token.cancel_query_raw(stream, self.tls(tls)?).await?)
    }

    fn failed(&self, source: io::Error) -> DialError {
        DialError::Socket { address: self.to_string(), source }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Endpoint::Name(name) => write!(f, "{name}:{}", self.port),
            Endpoint::Address(address) => write!(f, "{}", SocketAddr::new(*address, self.port)),
            Endpoint::Directory(directory) => write!(f, "{}/.s.PGSQL.{}", directory.display(), self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(address: &str) -> Vec<String> {
        targets(&address.parse().unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_address_names_its_servers_in_order() {
        assert_eq!(named("postgresql://u@a:1,b:2/d"), ["a:1", "b:2"]);
        assert_eq!(named("host=a,b port=7"), ["a:7", "b:7"], "one port is everybody's");
        assert_eq!(named("host=/run/postgresql,::1"), ["/run/postgresql/.s.PGSQL.5432", "::1:5432"]);
        let beside = "host=a,b hostaddr=192.0.2.1,2001:db8::1";
        assert_eq!(named(beside), ["192.0.2.1:5432", "[2001:db8::1]:5432"]);
        let names: Vec<_> = targets(&beside.parse().unwrap()).into_iter().map(|target| target.name).collect();
        assert_eq!(names, ["a", "b"], "certificates are for names");
    }
}

//! Where the database is, and connections to it.

mod error;
mod session;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tenon_schema::Ident;
use tokio_postgres::AsyncMessage;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

pub use self::error::{ConnectError, DatabaseError};
use super::address::{self, Address};
use super::bounds::Bounds;
use super::caller_setting::UNSAID;
use super::socket::{local_directory, place_of};
use super::supported::Servers;
pub use super::tls::{TlsError, install_crypto_provider};
use super::{session_name, tls};
use crate::config::{DatabaseConfig, DatabaseUrl, LockTimeout, StatementTimeout, TlsMode, UnsupportedServer};

/// How long a connection may take to be made, for each host, unless the address says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One database and how to reach it. Cheap to clone; nothing it prints holds the password.
#[derive(Clone)]
pub struct Database {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
    bounds: Bounds,
    /// The address without our options, and whether only that is let in: a pooler hands out sessions that
    /// were begun before, and PgBouncer refuses to begin one with options.
    plain: tokio_postgres::Config,
    pooled: Arc<AtomicBool>,
    /// Where scratch databases are made, if not as this role on this server.
    scratch: Option<Arc<Database>>,
    servers: Arc<Servers>,
    /// What becomes of a server that is not known.
    unsupported: UnsupportedServer,
    /// By what `libpq` does as we do, besides the options.
    client_environment: Arc<[(&'static str, String)]>,
}

/// The one database as two roles, which may be the same.
#[derive(Debug, Clone)]
pub struct Databases {
    /// For serving and checking.
    pub serving: Database,
    /// For healing and for the audit log, if that is another way.
    pub healing: Option<Database>,
    /// Whether it is the managed database, whose roles are the host's to see to.
    pub managed: bool,
}

impl Databases {
    /// The databases of the configuration; `None` if it names none.
    pub fn from_config(config: &DatabaseConfig) -> Result<Option<Self>, DatabaseError> {
        let of = |url: &DatabaseUrl| Database::configured(url, config);
        let Some(url) = &config.url else {
            let alone = config.heal_url.as_ref().or(config.scratch_url.as_ref());
            return alone.map_or(Ok(None), |url| Err(DatabaseError::Alone { origin: url.origin.clone() }));
        };
        let healing = config.heal_url.as_ref().map(of).transpose()?;
        let mut databases = Self { serving: of(url)?, healing, managed: false };
        if let Some(scratch) = config.scratch_url.as_ref().map(of).transpose()? {
            let all = std::iter::once(&mut databases.serving).chain(&mut databases.healing);
            all.for_each(|database| database.set_scratch_place(scratch.clone()));
        }
        Ok(Some(databases))
    }

    /// What every session starts with.
    pub fn set_timeouts(&mut self, statement: StatementTimeout, lock: LockTimeout) {
        let all = std::iter::once(&mut self.serving).chain(&mut self.healing);
        all.for_each(|database| database.set_timeouts(statement, lock));
    }
}

impl Databases {
    /// The ways to another database of the server.
    #[must_use]
    pub fn with_dbname(&self, dbname: &str) -> Self {
        let healing = self.healing.as_ref().map(|healing| healing.with_dbname(dbname));
        Self { serving: self.serving.with_dbname(dbname), healing, managed: self.managed }
    }
}

impl From<Database> for Databases {
    fn from(database: Database) -> Self {
        Self { serving: database, healing: None, managed: false }
    }
}

/// The receiver of what the server says unasked.
type Tell = Box<dyn Fn(&AsyncMessage) + Send>;

impl Database {
    /// The database of an address: `postgresql://…` or `key=value` pairs.
    ///
    /// `origin` says in messages where the address was written. `tls` overrides its `sslmode`.
    pub fn new(
        url: &SecretString,
        origin: &str,
        tls: Option<TlsMode>,
        root_cert: Option<&Path>,
    ) -> Result<Self, DatabaseError> {
        let wrong = |reason: String| DatabaseError::Url { origin: origin.to_owned(), reason };
        let Address { config, sslmode, sslrootcert } =
            address::parse(url.expose_secret()).map_err(|error| wrong(error.to_string()))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong("it names no host".to_owned()));
        }
        let mode = tls.or(sslmode).unwrap_or(TlsMode::Prefer);
        let root_cert = root_cert.or(sslrootcert.as_deref());
        Ok(Self::from_parts(config, mode, root_cert)?)
    }

    /// The database at this address of the configuration.
    fn configured(url: &DatabaseUrl, config: &DatabaseConfig) -> Result<Self, DatabaseError> {
        let mut database = Self::new(&url.secret, &url.origin, config.tls, config.tls_root_cert.as_deref())?;
        database.set_timeouts(config.statement_timeout, config.lock_timeout);
        database.set_unsupported(config.unsupported_server);
        Ok(database)
    }

    pub(crate) fn from_parts(
        mut config: tokio_postgres::Config,
        mode: TlsMode,
        root_cert: Option<&Path>,
    ) -> Result<Self, TlsError> {
        // A session is encrypted with a server that has a name; where the address gives none, its numbers are
        // that.
        if config.get_hosts().is_empty() {
            for address in config.get_hostaddrs().to_vec() {
                config.host(address.to_string());
            }
        }
        let sockets_only = config.get_hosts().iter().all(|host| local_directory(host).is_some());
        config.ssl_mode(match mode {
            // No server speaks TLS on a socket of this machine; do not ask.
            _ if sockets_only && config.get_hostaddrs().is_empty() => SslMode::Disable,
            TlsMode::Disable => SslMode::Disable,
            TlsMode::Prefer => SslMode::Prefer,
            TlsMode::Require | TlsMode::VerifyFull => SslMode::Require,
        });
        if config.get_application_name().is_none() {
            config.application_name("tenon");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        // A server that vanished without a word is noticed in about a minute and a half, not in two hours.
        config
            .keepalives_idle(Duration::from_secs(60))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3);
        let tls = tls::connector(mode, root_cert)?;
        let client_environment = environment(&config, mode, root_cert).into();
        let (plain, pooled) = (config.clone(), Arc::default());
        let (servers, unsupported) = (Arc::default(), UnsupportedServer::Refuse);
        Ok(Self {
            config,
            tls,
            bounds: Bounds::default(),
            plain,
            pooled,
            scratch: None,
            servers,
            unsupported,
            client_environment,
        })
    }

    /// What every session starts with, and returns to on `RESET ALL`; behind a pooler, what a transaction is
    /// bounded by.
    pub fn set_timeouts(&mut self, statement: StatementTimeout, lock: LockTimeout) {
        self.bounds = Bounds { statement, lock };
        let ours = self.bounds.options();
        let options = match self.config.get_options() {
            // Later settings win, so what the address says stands.
            Some(theirs) => format!("{ours} {theirs}"),
            None => ours,
        };
        self.config.options(options);
    }

    /// What becomes of a server that is not known.
    pub fn set_unsupported(&mut self, word: UnsupportedServer) {
        self.unsupported = word;
    }

    /// The database with sessions that write nothing outside of a transaction that was begun for it, and of
    /// whose calls it is unsaid who makes them. Not behind a pooler, whose sessions are not ours.
    pub(crate) fn with_call_defaults(&self) -> Self {
        self.with_option("default_transaction_read_only", "on").with_option("tenon.caller", UNSAID)
    }

    /// The database with sessions that act as another role from their beginning. The role that logs in has to
    /// be a member of it. Not behind a pooler, which refuses options.
    pub(crate) fn acting_as(&self, role: &Ident) -> Self {
        self.with_option("role", role.as_str())
    }

    /// The database with sessions that have this setting from their beginning, and on `RESET ALL`.
    fn with_option(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        let options = self.config.get_options().unwrap_or_default();
        let value = value.replace('\\', "\\\\").replace(' ', "\\ ");
        other.config.options(format!("{options} -c {name}={value}"));
        other
    }

    /// Whether a pooler hands out the sessions, each transaction maybe another.
    pub(crate) fn is_pooled(&self) -> bool {
        self.pooled.load(Ordering::Relaxed)
    }

    /// The way to another database of the server, as the same role.
    #[must_use]
    pub fn with_dbname(&self, dbname: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(dbname);
        other.plain.dbname(dbname);
        other
    }

    /// Has scratch databases made elsewhere than as this role on this server.
    pub(crate) fn set_scratch_place(&mut self, place: Self) {
        self.scratch = Some(Arc::new(place));
    }

    /// Where scratch databases are made.
    pub(crate) fn scratch_place(&self) -> &Self {
        self.scratch.as_deref().unwrap_or(self)
    }

    /// Whether that is another way than to this database.
    pub(crate) fn has_scratch_place(&self) -> bool {
        self.scratch.is_some()
    }

    /// The way to the database as another role, by its password.
    #[must_use]
    pub fn as_role(&self, role: &Ident, password: &SecretString) -> Self {
        let mut other = self.clone();
        for config in [&mut other.config, &mut other.plain] {
            config.user(role.as_str()).password(password.expose_secret());
        }
        other
    }

    /// The database with sessions of the given name.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.config.application_name(session_name(name));
        other.plain.application_name(session_name(name));
        other
    }

    /// The timeouts of a transaction.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The database's name, as the address has it.
    pub fn name(&self) -> &str {
        self.config.get_dbname().or_else(|| self.config.get_user()).unwrap_or_default()
    }

    /// The password by which sessions are begun, if the address has one.
    pub(crate) fn password(&self) -> Option<SecretString> {
        let password = self.config.get_password()?;
        Some(String::from_utf8_lossy(password).into_owned().into())
    }

    /// The role that sessions are of, if the address names one.
    pub fn role(&self) -> Option<&str> {
        self.config.get_user()
    }

    /// Host, port, database and user for messages; no password.
    pub fn redacted(&self) -> String {
        let places: Vec<_> = self.places().map(|(name, port)| format!("{name}:{port}")).collect();
        let user = self.config.get_user().unwrap_or("(the OS user)");
        let dbname = self.config.get_dbname().unwrap_or(user);
        format!("database \"{dbname}\" at {} as \"{user}\"", places.join(","))
    }

    /// The server's host and port, of the first where the address names several.
    pub fn place(&self) -> String {
        self.places().next().map(|(name, port)| format!("{name}:{port}")).unwrap_or_default()
    }

    /// The hosts, or the directories of their sockets, each with its port.
    fn places(&self) -> impl Iterator<Item = (String, u16)> {
        let ports = self.config.get_ports();
        self.config.get_hosts().iter().enumerate().map(move |(index, host)| {
            (place_of(host), ports.get(index).or(ports.first()).copied().unwrap_or(5432))
        })
    }

    /// The variables by which PostgreSQL's own programs do as we do; no password is among them.
    pub(crate) fn client_environment(&self) -> Vec<(&'static str, String)> {
        self.client_environment.to_vec()
    }

    /// The options by which PostgreSQL's own programs reach the database. They ask for the password, or find
    /// it as they always do.
    pub fn client_options(&self) -> Vec<String> {
        let (hosts, ports): (Vec<_>, Vec<_>) =
            self.places().map(|(name, port)| (name, port.to_string())).unzip();
        let mut options = vec![format!("--host={}", hosts.join(",")), format!("--port={}", ports.join(","))];
        options.extend(self.config.get_user().map(|user| format!("--username={user}")));
        options.extend(self.config.get_dbname().map(|dbname| format!("--dbname={dbname}")));
        options
    }
}

/// How `libpq` is told of TLS, addresses and the server that is wanted.
fn environment(
    config: &tokio_postgres::Config,
    mode: TlsMode,
    root_cert: Option<&Path>,
) -> Vec<(&'static str, String)> {
    let mode_told = match mode {
        TlsMode::Disable => "disable",
        TlsMode::Prefer => "prefer",
        TlsMode::Require => "require",
        TlsMode::VerifyFull => "verify-full",
    };
    let mut told = vec![("PGSSLMODE", mode_told.to_owned())];
    match root_cert {
        Some(file) => told.push(("PGSSLROOTCERT", file.display().to_string())),
        None if mode == TlsMode::VerifyFull => told.push(("PGSSLROOTCERT", "system".to_owned())),
        None => {}
    }
    let addresses: Vec<_> = config.get_hostaddrs().iter().map(ToString::to_string).collect();
    if !addresses.is_empty() {
        told.push(("PGHOSTADDR", addresses.join(",")));
    }
    if config.get_target_session_attrs() == TargetSessionAttrs::ReadWrite {
        told.push(("PGTARGETSESSIONATTRS", "read-write".to_owned()));
    }
    told
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::unavailable::Unavailable;

    fn database(url: &str, tls: Option<TlsMode>) -> Result<Database, DatabaseError> {
        Database::new(&url.into(), "a test", tls, None)
    }

    #[test]
    fn nothing_prints_the_password() {
        let database = database("postgresql://tenon:hunter2@db.example:6432,other/app", None).unwrap();
        let expected = "database \"app\" at db.example:6432,other:5432 as \"tenon\"";
        assert_eq!(database.redacted(), expected);
        assert_eq!(format!("{database:?}"), format!("Database({expected})"));
        assert_eq!(database.config.get_application_name(), Some("tenon"));
    }

    #[test]
    fn an_address_that_cannot_be_read_is_not_quoted() {
        for url in [
            "postgresql://tenon:pass@?hunter2@h/db",
            "postgresql://tenon:hunter2@h:hunter2/db",
            "hunter2",
            "postgresql:///hunter2",
            "host=h password='hunter2",
            "host=h hunter2=1",
        ] {
            let error = database(url, None).unwrap_err();
            let text = format!("{error:?} {}", crate::support::errors::chain(&error));
            assert!(text.contains("from a test cannot be read"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn sslmode_is_understood_as_by_libpq() {
        let mode = |url: &str, tls| database(url, tls).map(|database| database.config.get_ssl_mode());
        assert_eq!(mode("postgresql://h/d", None).unwrap(), SslMode::Prefer);
        assert_eq!(mode("postgresql://h/d?sslmode=disable", None).unwrap(), SslMode::Disable);
        assert_eq!(mode("host=h sslmode=require user=x", None).unwrap(), SslMode::Require);
        assert_eq!(mode("host=h sslmode = require user=x", None).unwrap(), SslMode::Require);
        assert_eq!(
            mode("postgresql://h/d?sslmode=disable", Some(TlsMode::Require)).unwrap(),
            SslMode::Require
        );
        assert_eq!(
            mode("postgresql:///d?host=/run/postgresql&sslmode=require", None).unwrap(),
            SslMode::Disable
        );
        let error = mode("postgresql://h/d?sslmode=verify-ca", None).unwrap_err();
        assert!(error.to_string().contains("\"verify-full\", not \"verify-ca\""), "{error}");
    }

    #[test]
    fn verify_full_without_authorities_is_an_error_and_not_trust() {
        let empty = tempfile::NamedTempFile::new().unwrap();
        let url = format!("postgresql://h/d?sslmode=verify-full&sslrootcert={}", empty.path().display());
        let error = database(&url, None).unwrap_err();
        let text = crate::support::errors::chain(&error);
        assert!(text.contains("no trusted certificate authorities were found in"), "{text}");
    }

    #[test]
    fn timeouts_become_session_settings_below_those_of_the_address() {
        let mut database = database("host=h options='-c lock_timeout=1s'", None).unwrap();
        database.set_timeouts(StatementTimeout(Duration::from_secs(3)), LockTimeout(Duration::from_secs(2)));
        let expected = "-c statement_timeout=3000ms -c lock_timeout=2000ms -c lock_timeout=1s";
        assert_eq!(database.config.get_options(), Some(expected));
    }

    #[tokio::test]
    async fn a_refusal_names_the_server_that_was_asked_last() {
        // Nobody listens on a port that was just let go.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let url = format!("host=localhost,127.0.0.1 port={port} user=x dbname=d");
        let error = database(&url, None).unwrap().connect().await.err().unwrap();
        let text = crate::support::errors::chain(&error);
        let last = format!("as \"x\": could not connect to 127.0.0.1:{port}: Connection refused");
        assert!(text.contains(&last), "{text}");
        assert_eq!(error.unavailable(), Unavailable::Unreachable);
    }

    #[tokio::test]
    async fn a_server_that_never_answers_ends_in_unreachable() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("host=127.0.0.1 port={port} user=x connect_timeout=2");
        let error = database(&url, None).unwrap().connect().await.err().unwrap();
        assert_eq!(error.unavailable(), Unavailable::Unreachable);
        assert!(error.to_string().ends_with("no answer within 2 s"), "{error}");
    }
}

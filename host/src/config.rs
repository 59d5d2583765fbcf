//! The host's configuration: a TOML file, environment variables above it, the command line above both.
//!
//! Every key has a default; `dist/tenon.toml` explains each. An unknown key is an error, and all
//! problems are reported together. `TENON_SECTION__KEY` overrides `key` of `[section]`.

mod callers;
mod changes;
mod database;
mod fetch;
mod from_value;
mod group_roles;
mod load;
mod loopback;
mod notify;
mod oidc;
mod origin;
mod outbound;
mod plugin_settings;
mod problem;
mod proxy;
mod public_url;
mod reader;
mod secret_file;
mod surroundings;
mod tolerate;
mod values;

use crate::support::telemetry::LogFormat;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::num::{NonZeroU8, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use minisign_verify::PublicKey;
use secrecy::SecretString;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::tolerance::Tolerance;

pub use callers::{CallerProxy, CallersConfig, JwtIssuer, JwtKeys};
pub use changes::changed_keys;
pub use fetch::{AllowedFetch, FetchAllowance, FetchConfig, METHODS as FETCH_METHODS};
pub use group_roles::GroupRoles;
pub use load::{ConfigError, LoadOptions};
pub use notify::{NotifyConfig, NotifyTarget, NotifyWay, signing_key};
pub use oidc::{OIDC_CALLBACK, OidcConfig};
pub use origin::{SetKey, SettingOrigin};
pub use plugin_settings::PluginSettings;
pub use problem::ConfigProblem;
pub use proxy::ProxyLogin;
pub use public_url::{PublicUrl, PublicUrlError};
pub use surroundings::Surroundings;
pub use values::{
    Environment, GrantedRole, Isolation, LockTimeout, MetricsFor, NotifyEvent, StatementTimeout, TlsMode,
    TrustMode, UnsupportedServer,
};

/// Everything the host was told, complete and checked. Paths are absolute or relative to the working
/// directory of the process.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from; `None` when there is none and all is default.
    pub file: Option<PathBuf>,
    /// Whether this is a place to try things or one to keep safe.
    pub environment: Environment,
    /// Where the plugins' shared libraries are: a file of one hides those of the same name in later ones.
    pub plugin_dirs: Vec<PathBuf>,
    /// Where the host keeps its own files, and the managed database.
    pub state_dir: PathBuf,
    /// `[database]`
    pub database: DatabaseConfig,
    /// `[databases]`: others by name, for `tenon schema`.
    pub databases: BTreeMap<String, DatabaseUrl>,
    /// `[server]`
    pub server: ServerConfig,
    /// `[check]`
    pub check: CheckConfig,
    /// `[heal]`
    pub heal: HealConfig,
    /// `[backup]`
    pub backup: BackupConfig,
    /// `[[tolerate]]`: what tools may have put beside the plugins' objects.
    pub tolerate: Vec<Tolerance>,
    /// `[plugins]`
    pub plugins: PluginsConfig,
    /// `[notify]`
    pub notify: NotifyConfig,
    /// `[fetch]`
    pub fetch: FetchConfig,
    /// `[admin]`
    pub admin: AdminConfig,
    /// `[callers]`
    pub callers: CallersConfig,
    /// `[log]`
    pub log: LogConfig,
    /// `[plugin.<id>]`: what each plugin is told by the operator.
    pub plugin: BTreeMap<String, PluginSettings>,
    /// What is allowed but unwise, as sentences for the log.
    pub warnings: Vec<String>,
}

impl Config {
    /// Finds, reads and checks the configuration.
    pub fn load(options: &LoadOptions) -> Result<Self, ConfigError> {
        load::load(options).map(|(config, _)| config)
    }

    /// The configuration, and every key that is set somewhere, by its name. Settings of plugins are not among
    /// them.
    pub fn load_with_keys(options: &LoadOptions) -> Result<(Self, Vec<SetKey>), ConfigError> {
        load::load(options)
    }

    /// The plugin directories, for a message.
    pub fn plugin_dirs_told(&self) -> String {
        let directories: Vec<_> = self.plugin_dirs.iter().map(|path| path.display().to_string()).collect();
        directories.join(" and ")
    }
}

/// `[database]`: which database, and how it is talked to.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// Where the database is; `None` means the managed one in the state directory.
    pub url: Option<DatabaseUrl>,
    /// The address for healing, as a role that may change the database; `None` means that the role of `url`
    /// heals too.
    pub heal_url: Option<DatabaseUrl>,
    /// Where scratch databases are made; `None` means on the same server, as the role that needs one.
    pub scratch_url: Option<DatabaseUrl>,
    /// How long one statement of a check may run.
    pub statement_timeout: StatementTimeout,
    /// How long one statement of a check may wait for a lock.
    pub lock_timeout: LockTimeout,
    /// How many connections the host keeps at most, apart from those of a heal.
    pub pool_size: NonZeroUsize,
    /// Overrides the address's `sslmode`; without either it is `prefer`.
    pub tls: Option<TlsMode>,
    /// A PEM file with the authorities to trust instead of the system's.
    pub tls_root_cert: Option<PathBuf>,
    /// What becomes of a server that this version does not know.
    pub unsupported_server: UnsupportedServer,
}

/// The address of the database, which may hold a password, and where it came from.
#[derive(Debug, Clone)]
pub struct DatabaseUrl {
    /// A `postgresql://` address or `key=value` pairs.
    pub secret: SecretString,
    /// The place where it was written, for messages, such as `environment variable DATABASE_URL`.
    pub origin: String,
}

/// `[server]`: how the page, the API and the plugins' routes are served.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// PEM file of the certificate chain. Set together with [`tls_key`](Self::tls_key) or not at all.
    pub tls_cert: Option<PathBuf>,
    /// PEM file of the private key.
    pub tls_key: Option<PathBuf>,
    /// The operator says that a proxy in front terminates TLS.
    pub behind_proxy: bool,
    /// Where browsers find the console: for links in messages, and for those who come back from elsewhere.
    pub public_url: Option<PublicUrl>,
    /// The clients that may read `/metrics`.
    pub metrics: MetricsFor,
    /// How long the body of a request may take to come.
    pub body_timeout: Duration,
    /// How long a host that is told to stop goes on answering, while `/readyz` says that it is not ready.
    pub drain: Duration,
}

/// Why the server will not listen as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "in production, {listen} can be reached from other machines and would be served without TLS: set server.tls_cert and server.tls_key, or server.behind_proxy = true if a proxy terminates TLS, or listen on 127.0.0.1"
)]
pub struct ServeRefusal {
    /// The address that was asked for.
    pub listen: SocketAddr,
}

impl ServerConfig {
    /// The reason not to serve on this address, if there is one: passwords and sessions must not cross a
    /// network in clear in production. Every address but loopback counts as public.
    pub fn refusal(&self, listen: SocketAddr, environment: Environment) -> Option<ServeRefusal> {
        let protected =
            listen.ip().to_canonical().is_loopback() || self.tls_cert.is_some() || self.behind_proxy;
        (environment == Environment::Production && !protected).then_some(ServeRefusal { listen })
    }

    /// The address of a page of the console, if browsers can reach it: one that is listened on everywhere is
    /// no address.
    pub fn address_of(&self, page: &str) -> Option<String> {
        let Self { public_url, listen, tls_cert, .. } = self;
        if let Some(public_url) = public_url {
            return Some(public_url.page(page));
        }
        let scheme = if tls_cert.is_some() { "https" } else { "http" };
        let is_address = !listen.ip().is_unspecified() && listen.port() != 0;
        is_address.then(|| format!("{scheme}://{listen}/{page}"))
    }
}

/// `[check]`: when a host that serves checks by itself.
#[derive(Debug, Clone)]
pub struct CheckConfig {
    /// How long after the last check, whoever asked for it, the next one is made. Zero means never.
    pub every: Duration,
}

impl CheckConfig {
    /// How long after the last check the next one is made, if it ever is.
    pub fn pause(&self) -> Option<Duration> {
        (!self.every.is_zero()).then_some(self.every)
    }
}

/// `[heal]`: limits of a heal.
#[derive(Debug, Clone)]
pub struct HealConfig {
    /// Heal at start without being asked. Only in development; refused elsewhere.
    pub on_start: bool,
    /// How long one statement may wait for a lock.
    pub lock_timeout: LockTimeout,
    /// How long one statement may run.
    pub statement_timeout: StatementTimeout,
    /// How long to wait for another heal to finish before giving up.
    pub wait: Duration,
    /// The number of rows from which on holding others up from a table needs consent by name. 0 means never.
    pub large_table: u64,
    /// How often the whole batch is tried again after a lock timeout, a deadlock or a serialization failure.
    pub retries: u8,
    /// How many people a plan takes that destroys something: who heals, and others who approve it.
    pub approvals: NonZeroU8,
    /// How long an approval counts.
    pub approvals_last: Duration,
}

impl HealConfig {
    /// The number of rows from which on holding others up from a table needs consent, if it ever does.
    pub fn large_table_rows(&self) -> Option<u64> {
        (self.large_table > 0).then_some(self.large_table)
    }
}

/// `[backup]`: when somebody is reminded of one.
#[derive(Debug, Clone)]
pub struct BackupConfig {
    /// How old the last backup of the audit log may be before a plan reminds of it. Zero means never.
    pub remind_after: Duration,
}

/// `[plugins]`: limits of plugin code.
#[derive(Debug, Clone)]
pub struct PluginsConfig {
    /// How long one call may take.
    pub call_timeout: Duration,
    /// How many rows one statement of a plugin may bring.
    pub most_rows: u64,
    /// How many bytes the rows of one statement may have, and an answer.
    pub most_bytes: u64,
    /// How many bytes the body of a request may have.
    pub most_body_bytes: usize,
    /// How long a plugin may take to load and to tell what it brings.
    pub load_timeout: Duration,
    /// How many threads may hang in plugins before they are no longer replaced, and the host is not ready.
    pub hanging_threads: NonZeroUsize,
    /// How many threads each plugin gets.
    pub threads: NonZeroUsize,
    /// How many calls may wait for a thread of a plugin before callers are turned away.
    pub queue: NonZeroUsize,
    /// Plugins whose routes are not to answer; their part of the database is looked after all the same.
    pub disabled: BTreeSet<PluginId>,
    /// Plugins whose routes that are declared to change the schema may do so, inside their own.
    pub ddl: BTreeSet<PluginId>,
    /// Places that plugins may read besides what every program needs.
    pub readable: Vec<PathBuf>,
    /// Places that plugins may read and change.
    pub writable: Vec<PathBuf>,
    /// `[plugins.fetch.<id>]`: what each plugin may ask of others.
    pub fetch: BTreeMap<PluginId, FetchAllowance>,
    /// Where the folders are that the host keeps for plugins.
    pub files: PathBuf,
    /// How many bytes the files of one plugin may have.
    pub files_quota: u64,
    /// The roles as which plugins' statements run; `None` leaves it to what the database has and allows.
    pub isolation: Option<Isolation>,
    /// What the passwords of the plugins' login roles are made of; `None` means the password of
    /// `database.url`.
    pub role_key: Option<SecretString>,
    /// Load no plugin unless every layer is enforced.
    pub require_enforcement: bool,
    /// The rule by which files are trusted and loaded.
    pub trust: TrustMode,
    /// The lock file of those that are pinned.
    pub lock_file: PathBuf,
    /// The keys whose signatures count.
    pub trusted_keys: Vec<PublicKey>,
}

/// What one call of a plugin's route may take of the host.
#[derive(Debug, Clone, Copy)]
pub struct CallBounds {
    pub time: Duration,
    /// The most rows of one statement.
    pub rows: u64,
    /// The most bytes of the rows of one statement, and of the answer.
    pub bytes: u64,
}

impl PluginsConfig {
    /// What one call may take of the host.
    pub fn bounds(&self) -> CallBounds {
        CallBounds { time: self.call_timeout, rows: self.most_rows, bytes: self.most_bytes }
    }
}

/// `[admin]`: the console.
#[derive(Debug, Clone)]
pub struct AdminConfig {
    /// The file of the administrators' accounts.
    pub accounts_file: PathBuf,
    /// The proxy that authenticates people, if there is one.
    pub proxy: Option<ProxyLogin>,
    /// `[admin.oidc]`: the identity provider, if there is one.
    pub oidc: Option<OidcConfig>,
}

/// `[log]`: what goes to standard error.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// For people or for machines.
    pub format: LogFormat,
    /// Directives such as `info` or `info,tenon_host=debug`.
    pub filter: String,
}

#[cfg(test)]
mod tests;

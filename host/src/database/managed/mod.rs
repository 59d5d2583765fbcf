//! The database Tenon runs itself when no other is configured.
//!
//! A cluster in the state directory, served by the PostgreSQL that is installed on the machine, reached
//! over a socket in a private directory with a random password. It is a child of this process and cannot
//! outlive it, not even when this process is killed. A second process on the same state directory uses
//! the running server and leaves it running; should its owner stop first, the second takes over.
//!
//! It has three roles. The bootstrap superuser does what concerns the cluster, at each start, and nobody has
//! its password after that; an owner without that power heals; and a role that owns nothing checks.
//!
//! `chores.rs` sees to the roles at each start, and `sql/transfer.sql` hands a database of a former
//! version, in which a superuser owned everything, over to its owner. Only the superuser's password is
//! kept, in a file; those of the others are made of it.
//!
//! The owner has `CREATEDB`, for scratch databases. It owns the database, which lets it make schemas and
//! trusted extensions. It does not have `CREATEROLE`: up to PostgreSQL 15 whoever has that may grant
//! himself `pg_execute_server_program`, and what migrations say runs as the owner. So a `SECURITY DEFINER`
//! function of the superuser's makes the roles of plugins (`sql/plugin_role.plpgsql`). It takes no name but
//! such a role's, and gives nobody any power. A connection of the superuser's would do as well, but not
//! inside the heal's transaction. The suite `managed` holds this.
//!
//! On Windows there is none: whoever wants one is told to name a database (`windows.rs`).

mod error;
mod programs;

#[cfg(unix)]
mod binaries;
#[cfg(unix)]
mod chores;
#[cfg(unix)]
mod cluster;
#[cfg(unix)]
mod layout;
#[cfg(unix)]
mod pidfile;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod supervisor;
#[cfg(unix)]
mod user;

#[cfg(windows)]
mod windows;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

pub use error::ManagedError;
pub use programs::{client_program, dump_program};
#[cfg(unix)]
pub use server::HeldCluster;
#[cfg(windows)]
pub use windows::NeverHeld as HeldCluster;

use super::connect::{Database, Databases};
#[cfg(windows)]
use windows::{Supervisor, is_served, kept_password, of_major};
#[cfg(unix)]
use {binaries::of_major, layout::kept_password, pidfile::is_served, supervisor::Supervisor};

/// The superuser that `initdb` makes.
///
/// No schema is named like a role of ours, since none of those that plugins are given has a hyphen.
const BOOTSTRAP: &str = "tenon-bootstrap";

/// Whether what is committed survives a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Yes: `fsync` is on.
    Full,
    /// No. Faster, for tests and for what is thrown away.
    None,
}

/// What becomes of a managed database that is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// The database is made.
    Create,
    /// Nothing is made, and that is an error.
    Refuse,
}

/// What the managed database is to be like.
#[derive(Debug, Clone)]
pub struct ManagedOptions {
    /// The host's state directory; the cluster is in `postgres/data` below it.
    pub state_dir: PathBuf,
    /// Full, except in tests.
    pub durability: Durability,
    pub if_missing: IfMissing,
    /// The directory of PostgreSQL's programs, instead of searching for one.
    pub bindir: Option<PathBuf>,
    /// How long making the cluster, starting and replaying after a crash may take together.
    pub start_timeout: Duration,
    /// How long the server may take to stop before it is told to leave at once.
    pub stop_timeout: Duration,
    /// The lock, where this process has it already; the server is reached by nobody else then.
    pub held: Option<Arc<HeldCluster>>,
}

impl ManagedOptions {
    /// Full durability, made if it is missing, the programs of `TENON_PG_BINDIR` if it is set, patient
    /// timeouts.
    pub fn new(state_dir: impl Into<PathBuf>) -> Self {
        Self {
            state_dir: state_dir.into(),
            durability: Durability::Full,
            if_missing: IfMissing::Create,
            bindir: std::env::var_os("TENON_PG_BINDIR").filter(|dir| !dir.is_empty()).map(PathBuf::from),
            start_timeout: Duration::from_secs(60),
            stop_timeout: Duration::from_secs(30),
            held: None,
        }
    }

    /// A cluster of this major version that is thrown away: no durability, and the first programs of that
    /// version on this machine.
    pub fn throw_away(place: impl Into<PathBuf>, major: u32) -> Result<Self, ManagedError> {
        let options = Self::new(place);
        let bindir = of_major(options.bindir.as_deref(), major)?;
        Ok(Self { bindir: Some(bindir), durability: Durability::None, ..options })
    }
}

/// The way to a [`ManagedServer`].
#[derive(Debug)]
pub struct Managed;

impl Managed {
    /// Starts the server, or adopts the one that runs, and keeps it running until it is stopped.
    pub async fn start(options: &ManagedOptions) -> Result<ManagedServer, ManagedError> {
        let shared = Arc::new(Shared::default());
        let (supervisor, databases) = Supervisor::start(options.clone(), Arc::clone(&shared)).await?;
        let state_dir = options.state_dir.clone();
        Ok(ManagedServer { databases, shared, supervisor, state_dir })
    }
}

/// What the supervisor tells about the server of the moment.
#[derive(Debug, Default)]
struct Shared {
    adopted: AtomicBool,
    pid: AtomicU32,
}

/// A server that runs as long as this value. Dropping it ends the server too, but less patiently than
/// [`stop`](Self::stop), and blocks meanwhile.
#[derive(Debug)]
pub struct ManagedServer {
    databases: Databases,
    shared: Arc<Shared>,
    supervisor: Supervisor,
    state_dir: PathBuf,
}

/// Whether a server runs on the data of a cluster.
pub fn is_running(data: &Path) -> bool {
    // The server's arguments have the path as it was resolved.
    data.canonicalize().is_ok_and(|data| is_served(&data))
}

/// The directory of the programs of this major version.
pub fn programs_of(major: u32) -> Result<PathBuf, ManagedError> {
    let chosen = std::env::var_os("TENON_PG_BINDIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    of_major(chosen.as_deref(), major)
}

impl ManagedServer {
    /// The database as the bootstrap superuser, for what concerns all of it.
    pub fn superuser(&self) -> Result<Database, ManagedError> {
        let password = kept_password(&self.state_dir)?;
        Ok(self.databases.serving.as_role(&BOOTSTRAP.into(), &password))
    }

    /// The database `tenon`, as the role that checks and as the one that heals. Stays true when the server is
    /// restarted.
    pub fn databases(&self) -> &Databases {
        &self.databases
    }

    /// Whether another process started the server, and will end it.
    pub fn adopted(&self) -> bool {
        self.shared.adopted.load(Ordering::Relaxed)
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.shared.pid.load(Ordering::Relaxed)
    }

    /// Ends the server if it is ours, writing everything down first; sessions are ended.
    pub async fn stop(self) {
        self.supervisor.stop().await;
    }
}

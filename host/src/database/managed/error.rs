//! What can go wrong with the managed database.

use std::path::PathBuf;
use std::process::ExitStatus;

use crate::database::connect::{ConnectError, TlsError};
use crate::support::command_code::CommandCode;

/// Why the managed database does not run.
#[derive(Debug, thiserror::Error)]
pub enum ManagedError {
    /// Tenon runs no PostgreSQL on this system.
    #[error(
        "on Windows Tenon runs no PostgreSQL of its own: name a database in DATABASE_URL, or as database.url in the \
         configuration"
    )]
    NotOffered,
    /// PostgreSQL is not installed.
    #[error(
        "no PostgreSQL server is installed here (looked at TENON_PG_BINDIR, pg_config, PATH and /usr/lib/postgresql) and no database is configured; install one with: sudo apt-get install postgresql"
    )]
    NoBinaries,
    /// PostgreSQL is installed, but not in the major version that is wanted.
    #[error(
        "PostgreSQL {major} is not installed here (found {found}; looked at {looked}); install it with: sudo apt-get install \
         postgresql-{major}, or name the directory of its programs in TENON_PG_BINDIR"
    )]
    NoSuchMajor {
        /// The major version.
        major: u32,
        /// The major versions found, in words.
        found: String,
        /// The places.
        looked: String,
    },
    /// A program for clients is not installed in a version that fits.
    #[error(
        "{name}{wanted} is not installed here (found {found}); install it with: sudo apt-get install {package}, or name the \
         directory of PostgreSQL's programs in TENON_PG_BINDIR"
    )]
    NoClientProgram {
        /// The program.
        name: &'static str,
        /// The versions that would do, in words.
        wanted: String,
        /// The package that has one of them.
        package: String,
        /// The major versions found, in words.
        found: String,
    },
    /// The directory the operator named has no server in it.
    #[error("TENON_PG_BINDIR is {}, but there is no {missing} in it", .dir.display())]
    BadBindir {
        /// The directory, as it was given.
        dir: PathBuf,
        /// The program that is not there.
        missing: &'static str,
    },
    /// A server program does not say what it is.
    #[error("{} does not tell its version: {said}", .program.display())]
    NoVersion {
        /// The program.
        program: PathBuf,
        /// What it said instead.
        said: String,
    },
    /// The data belongs to another major version, which cannot be opened.
    #[error(
        "{} holds a database of PostgreSQL {data_major}, but only PostgreSQL {found} is installed; install it with: sudo apt-get install postgresql-{data_major} (or move the directory away to start empty)",
        .data.display()
    )]
    WrongMajor {
        /// The data directory.
        data: PathBuf,
        /// The major version that made it.
        data_major: u32,
        /// The major versions found, in words.
        found: String,
    },
    /// There is none, and the caller makes none.
    #[error(
        "there is no database yet: no address of one is configured, and there is no managed one in {}; set DATABASE_URL or \
         database.url, or have one made: `tenon serve` does that, and in development `tenon heal`",
        .0.display()
    )]
    NoCluster(PathBuf),
    /// The managed server has lost its database, and the caller makes none.
    #[error(
        "the managed server in {} has no database \"tenon\"; `tenon serve` makes it, and in development `tenon heal`",
        .0.display()
    )]
    NoDatabase(PathBuf),
    /// There is something else where the data should be.
    #[error("{} exists, but is not a PostgreSQL data directory; move it away or choose another --state-dir", .0.display())]
    NotACluster(PathBuf),
    /// The program runs as root, where a server needs another user, and there is none.
    #[error(
        "PostgreSQL does not run as root, and there is neither a user \"postgres\" nor \"nobody\" to run it as"
    )]
    NoUser,
    /// The data is somebody else's.
    #[error("{} belongs to the user with id {owner}; run as that user or as root, or choose another --state-dir", .data.display())]
    NotOwner {
        /// The data directory.
        data: PathBuf,
        /// The owner of the data directory.
        owner: u32,
    },
    /// The user the server runs as cannot get to its files.
    #[error(
        "PostgreSQL runs as user \"{user}\", who may not pass through {}; choose another --state-dir, such as /var/lib/tenon, or run: chmod o+x {}",
        .dir.display(), .dir.display()
    )]
    NotTraversable {
        /// The directory in the way.
        dir: PathBuf,
        /// The user.
        user: String,
    },
    /// The directory for the socket was made by somebody else.
    #[error("the socket directory {} is not a private directory of the user with id {uid}; remove it", .dir.display())]
    SocketDir {
        /// The directory.
        dir: PathBuf,
        /// The user who should own the directory.
        uid: u32,
    },
    /// A file operation failed.
    #[error("cannot {action} {}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The data is there, the password to it is not.
    #[error("{} is missing, without it the database beside it cannot be opened; restore both together", .0.display())]
    NoPassword(PathBuf),
    /// A second process is in the middle of starting the same server.
    #[error("another tenon has been starting this database for {seconds} s (it holds {})", .lock.display())]
    Busy {
        /// The lock file.
        lock: PathBuf,
        /// How long we waited.
        seconds: u64,
    },
    /// Somebody brings the cluster to another major version.
    #[error(
        "the managed database is being brought to another major version of PostgreSQL (`tenon postgres upgrade` holds {}); \
         start again when that has ended",
        .0.display()
    )]
    BeingUpgraded(PathBuf),
    /// A program could not be started.
    #[error("cannot run {}", .program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// `initdb` failed.
    #[error("initdb failed ({status}):\n{output}")]
    Initdb {
        /// How it ended.
        status: ExitStatus,
        /// What it printed.
        output: String,
    },
    /// The server ended while starting.
    #[error("PostgreSQL ended while starting ({status}); the end of {}:\n{tail}", .log.display())]
    Exited {
        /// How it ended.
        status: ExitStatus,
        /// The server's log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// The server accepts no connection.
    #[error("PostgreSQL accepts no connection after {seconds} s; the end of {}:\n{tail}", .log.display())]
    NotReady {
        /// How long we waited.
        seconds: u64,
        /// The server's log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
        /// The last attempt.
        #[source]
        source: Option<Box<ConnectError>>,
    },
    /// The server runs and refuses us.
    #[error("the managed database refused its own host")]
    Refused(#[source] Box<ConnectError>),
    /// A program of an older version runs it, which does not know its roles.
    #[error(
        "the managed database is run by an older version of Tenon (PostgreSQL is process {pid}); stop that one, then start \
         again: its roles are brought over by the next start"
    )]
    RunByOlder {
        /// The server.
        pid: u32,
    },
    /// What concerns the whole cluster could not be done.
    #[error("cannot {action} in the managed server")]
    Chore {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The TLS library could not be set up, though no TLS is used here.
    #[error("cannot prepare the connection to the managed database")]
    Tls(#[from] TlsError),
    /// The thread that watches the server could not be started.
    #[error("cannot start the thread that supervises PostgreSQL")]
    Thread(#[source] std::io::Error),
    /// The thread that watches the server ended early, which is a defect.
    #[error("the thread that supervises PostgreSQL ended unexpectedly")]
    ThreadEnded,
}

impl ManagedError {
    /// The code under which it is explained.
    pub fn code(&self) -> CommandCode {
        match self {
            Self::NotOffered => CommandCode::ManagedNotOffered,
            Self::NoBinaries | Self::NoSuchMajor { .. } => CommandCode::NoPostgresql,
            Self::NoClientProgram { .. } => CommandCode::NoClientProgram,
            Self::BadBindir { .. } | Self::NoVersion { .. } => CommandCode::BadBindir,
            Self::WrongMajor { .. } => CommandCode::WrongMajor,
            Self::NoCluster(_) | Self::NoDatabase(_) => CommandCode::NoManagedDatabase,
            Self::NotACluster(_) => CommandCode::ManagedForeignFiles,
            Self::NoUser | Self::NotOwner { .. } | Self::NotTraversable { .. } | Self::SocketDir { .. } => {
                CommandCode::ManagedPermissions
            }
            Self::File { .. } => CommandCode::FileFailed,
            Self::NoPassword(_) => CommandCode::ManagedPasswordMissing,
            Self::Busy { .. } => CommandCode::ManagedBusy,
            Self::BeingUpgraded(_) => CommandCode::BeingUpgraded,
            Self::RunByOlder { .. } => CommandCode::RunByOlder,
            Self::Spawn { .. }
            | Self::Initdb { .. }
            | Self::Exited { .. }
            | Self::NotReady { .. }
            | Self::Refused(_)
            | Self::Chore { .. }
            | Self::Tls(_)
            | Self::Thread(_)
            | Self::ThreadEnded => CommandCode::ManagedFailed,
        }
    }
}

#[cfg(unix)]
impl ManagedError {
    /// For `map_err` of what is done by the bootstrap superuser.
    pub(super) fn chore(action: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| Self::Chore { action, source }
    }

    /// For `map_err` of a file operation.
    pub(super) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}

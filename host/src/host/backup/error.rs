//! Why a backup, a restore or an upgrade was not done.

use std::io;
use std::path::PathBuf;

use crate::database::connect::ConnectError;
use crate::database::managed::ManagedError;

/// Why a backup, a restore or an upgrade was not done.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{} is there already, and is not overwritten", .0.display())]
    Exists(PathBuf),
    #[error("cannot {action} {}", .path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is no backup that can be used: {reason}", .file.display())]
    NoBackup { file: PathBuf, reason: String },
    #[error("the database cannot be reached")]
    Connect(#[source] ConnectError),
    #[error("cannot {action}")]
    Asked {
        action: &'static str,
        #[source]
        source: tokio_postgres::Error,
    },
    #[error(transparent)]
    Managed(#[from] ManagedError),
    #[error("{program} failed: {said}")]
    Program { program: &'static str, said: String },
    #[error("what was restored is not what was saved: {}", .0.join("; "))]
    Differs(Vec<String>),
    #[error("the database {0} is not empty")]
    NotEmpty(String),
    #[error("Tenon uses the database now: {0}")]
    InUse(String),
    #[error("roles that the backup names are not there, and this role may not make them: {}", .0.join(", "))]
    Roles(Vec<String>),
    #[error("the backup is of PostgreSQL {of}, and this server is PostgreSQL {here}")]
    OlderServer { of: u32, here: u32 },
    #[error("the managed database is of PostgreSQL {0} already")]
    SameMajor(u32),
    #[error("no managed database is used: database.url names one of somebody's own")]
    NotManaged,
}

impl BackupError {
    /// For `map_err` of a file operation.
    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }

    /// For `map_err` of a question to the database.
    pub(super) fn asked(action: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| Self::Asked { action, source }
    }

    /// Whether nothing was begun.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Exists(_)
                | Self::NoBackup { .. }
                | Self::NotEmpty(_)
                | Self::InUse(_)
                | Self::Roles(_)
                | Self::OlderServer { .. }
                | Self::SameMajor(_)
                | Self::NotManaged
        )
    }

    /// What to do about it.
    pub fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Exists(_) => "choose another name".to_owned(),
            Self::NotEmpty(_) => {
                "restore into an empty database, or keep this one under another name: `tenon restore FILE --replace`"
                    .to_owned()
            }
            Self::InUse(_) => "stop the host first, such as with systemctl stop tenon".to_owned(),
            Self::Roles(roles) => {
                let make: Vec<_> = roles.iter().map(|role| format!("CREATE ROLE \"{role}\" NOLOGIN")).collect();
                format!("as a superuser: {}", make.join("; "))
            }
            Self::OlderServer { of, .. } => format!("restore it on PostgreSQL {of} or later"),
            Self::NotManaged => "upgrade that server by its own means, such as pg_upgrade".to_owned(),
            Self::Connect(error) => error.unavailable().remedy().to_owned(),
            Self::NoBackup { .. } => "take another backup".to_owned(),
            _ => return None,
        })
    }
}

//! Why a backup, a restore or an upgrade was not done.

use std::io;
use std::path::PathBuf;

use crate::database::connect::ConnectError;
use crate::database::managed::ManagedError;
use crate::database::unavailable::Unavailable;
use crate::support::code::Code;
use crate::support::command_code::CommandCode;

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
    #[error("files of the backup could not be written here: {}", .0.join("; "))]
    Files(Vec<String>),
    #[error("{0} ended it, and the database is as it was")]
    Stopped(String),
    #[error("the cluster has more databases than Tenon's, and they would stay behind: {}", .0.join(", "))]
    Others(Vec<String>),
    #[error("the managed database is of PostgreSQL {0} already")]
    SameMajor(u32),
    #[error("no managed database is used: database.url names one of somebody's own")]
    NotManaged,
}

/// Classes of SQLSTATE that tell of the machine and not of what was asked.
const MEANS: [&str; 4] = ["08", "53", "57", "58"];

/// What PostgreSQL's programs say where the machine lacks something.
const SAID_FOR_WANT_OF_MEANS: [&str; 12] = [
    "No space left on device",
    "Disk quota exceeded",
    "out of memory",
    "is not available",
    "could not open extension control file",
    "could not access file",
    "could not load library",
    "could not create locale",
    "is not supported in this build",
    "server closed the connection",
    "Connection refused",
    "it cannot be run",
];

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

    /// The code under which it is explained.
    pub fn code(&self) -> Code {
        match self {
            Self::Exists(_) => CommandCode::FileExists,
            Self::File { .. } => CommandCode::FileFailed,
            Self::NoBackup { .. } => CommandCode::NoBackup,
            Self::Connect(error) => return error.unavailable().into(),
            Self::Asked { source, .. } => return Unavailable::of(source).into(),
            Self::Managed(error) => error.code(),
            Self::Program { .. } => CommandCode::ProgramFailed,
            Self::Differs(_) => CommandCode::RestoreDiffers,
            Self::NotEmpty(_) => CommandCode::DatabaseNotEmpty,
            Self::InUse(_) => CommandCode::DatabaseInUse,
            Self::Roles(_) => CommandCode::RolesMissing,
            Self::OlderServer { .. } => CommandCode::OlderServer,
            Self::Files(_) => CommandCode::FilesNotWritable,
            Self::Stopped(_) => CommandCode::Stopped,
            Self::Others(_) => CommandCode::OtherDatabases,
            Self::SameMajor(_) => CommandCode::SameMajor,
            Self::NotManaged => CommandCode::NotManaged,
        }
        .into()
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
                | Self::Files(_)
                | Self::Others(_)
                | Self::NotManaged
        )
    }

    /// Whether what is wanted for it is not on this machine: that says nothing of the backup.
    pub fn is_want_of_means(&self) -> bool {
        match self {
            Self::Managed(_) | Self::Connect(_) | Self::File { .. } | Self::Roles(_) => true,
            Self::OlderServer { .. } => true,
            // Without a code the session was lost; else room, memory, the end of the server, its files.
            Self::Asked { source, .. } => {
                source.code().is_none_or(|code| MEANS.iter().any(|class| code.code().starts_with(class)))
            }
            Self::Program { said, .. } => {
                let is_gone = said.contains("does not exist");
                SAID_FOR_WANT_OF_MEANS.iter().any(|words| said.contains(words))
                    || is_gone && (said.contains("role \"") || said.contains("tablespace \""))
            }
            _ => false,
        }
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
            Self::Files(_) => "run it as who may write them, such as with sudo -u tenon".to_owned(),
            Self::Others(_) => {
                "save them with pg_dump, or leave them behind: `tenon postgres upgrade --to MAJOR --leave-others`".to_owned()
            }
            Self::NoBackup { .. } => "take another backup".to_owned(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_says_nothing_of_the_backup() {
        let said = |said: &str| BackupError::Program { program: "pg_restore", said: said.to_owned() };
        for means in [
            "pg_restore: error: could not execute query: ERROR:  extension \"postgis\" is not available",
            "pg_restore: error: could not execute query: ERROR:  role \"ana\" does not exist",
            "ERROR:  could not extend file \"base/5/1\": No space left on device",
            "it cannot be run: No such file or directory",
        ] {
            assert!(said(means).is_want_of_means(), "{means}");
        }
        for damage in [
            "pg_restore: error: could not read from input file: end of file",
            "ERROR:  function is_even(integer) does not exist",
            "ERROR:  new row for relation \"t\" violates check constraint \"t_check\"",
        ] {
            assert!(!said(damage).is_want_of_means(), "{damage}");
        }
        assert!(!BackupError::Differs(Vec::new()).is_want_of_means());
    }
}

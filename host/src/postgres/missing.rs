//! A database that is not there, on a server that is.

/// The server is there, and the database is not.
#[derive(Debug, thiserror::Error)]
#[error("there is no {database}")]
pub struct Missing {
    /// Which database, without the password.
    pub(super) database: String,
    /// What makes it, for a shell.
    pub(super) command: String,
    #[source]
    pub(super) source: tokio_postgres::Error,
}

impl Missing {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        format!(
            "as a role that may create databases run `{}`, or correct the name in the address",
            self.command
        )
    }
}

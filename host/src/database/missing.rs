//! A database that is not there, on a server that is.

/// The server is there, and the database is not.
#[derive(Debug, thiserror::Error)]
#[error("there is no {database}")]
pub struct Missing {
    /// The database, without its password.
    pub(crate) database: String,
    /// What makes it, for a shell.
    pub(crate) command: String,
    #[source]
    pub(crate) source: tokio_postgres::Error,
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

//! Why a database cannot be used, or not be reached.

use std::time::Duration;

use crate::database::dial::DialError;
use crate::database::missing::Missing;
use crate::database::supported::Unsupported;
use crate::database::tls::TlsError;
use crate::database::unavailable::Unavailable;

/// Why an address is of no use. Never quotes the address, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The address cannot be read.
    #[error("the database address from {origin} cannot be read: {reason}")]
    Url {
        /// Where it was written.
        origin: String,
        /// What is wrong.
        reason: String,
    },
    /// There is a way to heal, or to scratch databases, and none to check.
    #[error("the database address from {origin} is of no use alone: set database.url too")]
    Alone {
        /// Where it was written.
        origin: String,
    },
    /// TLS cannot be set up.
    #[error("cannot prepare an encrypted connection to the database")]
    Tls(#[from] TlsError),
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server refused, or there is none.
    #[error("cannot connect to {database}")]
    Refused {
        /// The database, without its password.
        database: String,
        /// Why.
        #[source]
        source: DialError,
    },
    /// The database is not there.
    #[error("cannot connect to the database")]
    Missing(#[from] Missing),
    /// The server is none that is known.
    #[error("{database} cannot be used")]
    Unsupported {
        /// The database, without its password.
        database: String,
        #[source]
        source: Unsupported,
    },
    /// No answer in time.
    #[error("cannot connect to {database}: no answer within {} s", .after.as_secs())]
    TimedOut {
        /// The database, without its password.
        database: String,
        /// How long we waited.
        after: Duration,
    },
}

impl ConnectError {
    /// What to tell the operator.
    pub fn unavailable(&self) -> Unavailable {
        match self {
            Self::Refused { source, .. } => Unavailable::of(source),
            Self::Missing(_) => Unavailable::NoDatabase,
            Self::Unsupported { .. } => Unavailable::Unsupported,
            Self::TimedOut { .. } => Unavailable::Unreachable,
        }
    }
}

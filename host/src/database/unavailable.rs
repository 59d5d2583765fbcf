//! What a database error means: what the server said, and why the database could not be used.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};
use tokio_postgres::error::{DbError, ErrorPosition, Severity, SqlState};

use super::bounds::NoResponse;
use super::missing::Missing;
use super::supported::Unsupported;
use crate::support::codes::codes;
use crate::support::errors::{causes, chain};

/// What PostgreSQL said about a statement that failed, as it is kept in reports and the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DbFailure {
    /// The five-character SQLSTATE code.
    pub sqlstate: String,
    /// `ERROR`, `FATAL` or `PANIC`, in the server's language.
    pub severity: String,
    /// The primary message.
    pub message: String,
    /// More about the problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where in the statement, in characters from 1. Absent for errors inside functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// The call stack of functions and internal queries, as the server tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The schema of the object concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The table concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The column concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The constraint concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
}

impl DbFailure {
    /// The server's error somewhere in the chain of causes, if there is one.
    pub fn find(error: &(dyn Error + 'static)) -> Option<Self> {
        causes(error).find_map(|cause| cause.downcast_ref::<DbError>()).map(Self::from)
    }
}

impl From<&DbError> for DbFailure {
    fn from(error: &DbError) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            sqlstate: error.code().code().to_owned(),
            severity: error.severity().to_owned(),
            message: error.message().to_owned(),
            detail: text(error.detail()),
            hint: text(error.hint()),
            position: match error.position() {
                Some(ErrorPosition::Original(position)) => Some(*position),
                _ => None,
            },
            context: text(error.where_()),
            schema: text(error.schema()),
            table: text(error.table()),
            column: text(error.column()),
            constraint: text(error.constraint()),
        }
    }
}

impl fmt::Display for DbFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (SQLSTATE {})", self.severity, self.message, self.sqlstate)
    }
}

codes! {
    /// Why the database could not be used, as far as it decides what to tell the operator. What each means
    /// stands in `report/explain/databases.md`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
    #[serde(rename_all = "snake_case")]
    Unavailable:
    /// No server answers there, the connection broke, or it is starting or stopping.
    Unreachable = "unreachable",
    /// The server refused the user or the password.
    Authentication = "authentication",
    /// The server's certificate is signed by nobody who is trusted, is for another name, or has expired.
    Certificate = "certificate",
    /// One side wants an encrypted session, and the other one that is not. Or the server lets this host and
    /// user in by no entry of its pg_hba.conf, which it tells in the same way as where it has one for
    /// `hostssl`.
    Encryption = "encryption",
    /// The server is there, and the database is not.
    NoDatabase = "no_database",
    /// The server is none that this version knows.
    Unsupported = "unsupported",
    /// The role lacks a right.
    NotPermitted = "not_permitted",
    /// A statement, a lock or the connection took too long.
    TimedOut = "timed_out",
    /// Anything else.
    Other = "other",
}

impl Unavailable {
    /// Classifies by SQLSTATE where the server gave one, else by the kind of failure.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        if let Some(failure) = causes(error).find_map(|cause| cause.downcast_ref::<DbError>()) {
            return Self::of_refusal(failure);
        }
        if causes(error).any(|cause| cause.downcast_ref::<Unsupported>().is_some()) {
            return Self::Unsupported;
        }
        for cause in causes(error) {
            if cause.is::<NoResponse>() {
                return Self::TimedOut;
            }
            if let Some(io) = cause.downcast_ref::<std::io::Error>() {
                return match io.kind() {
                    std::io::ErrorKind::TimedOut => Self::TimedOut,
                    _ if is_about_certificate(io) => Self::Certificate,
                    _ => Self::Unreachable,
                };
            }
            if let Some(error) = cause.downcast_ref::<tokio_postgres::Error>() {
                let text = error.to_string();
                if error.is_closed() || text.starts_with("error connecting") {
                    return Self::Unreachable;
                }
                // "invalid configuration: password missing" is how a client without a password fails.
                if text.starts_with("authentication error") || chain(error).contains("password missing") {
                    return Self::Authentication;
                }
                if text.starts_with("timeout") {
                    return Self::TimedOut;
                }
                if chain(error).ends_with("server does not support TLS") {
                    return Self::Encryption;
                }
            }
        }
        Self::Other
    }

    /// What to do about an error that kept the database from being used.
    pub fn remedy_of(error: &(dyn Error + 'static)) -> String {
        let own = causes(error).find_map(|cause| {
            let missing = cause.downcast_ref::<Missing>().map(Missing::remedy);
            missing.or_else(|| cause.downcast_ref::<Unsupported>().map(Unsupported::remedy))
        });
        own.unwrap_or_else(|| Self::of(error).remedy().to_owned())
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Unreachable => "see that PostgreSQL runs and that database.url names it",
            Self::Authentication => "correct the user or the password in DATABASE_URL or database.url",
            Self::Certificate => {
                "see that database.tls_root_cert names the authorities that sign the server's certificate, and that \
                 database.url calls the server by a name that stands in it"
            }
            Self::Encryption => {
                "set database.tls to \"verify-full\" or \"require\" if the server lets in encrypted sessions alone \
                 (hostssl in its pg_hba.conf), or switch TLS on there (ssl = on) if it has none; else let this host \
                 and user in by an entry of that file"
            }
            Self::NoDatabase => {
                "as a role that may create databases run `createdb` with the name in database.url, or correct that name"
            }
            Self::Unsupported => "use a version of PostgreSQL that Tenon knows",
            Self::NotPermitted => {
                // A check needs no more than the ledger: the catalog may be read by everybody.
                "as the owner of the database run `GRANT USAGE ON SCHEMA tenon TO …; \
                 GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO …`, with the role of database.url"
            }
            Self::TimedOut => {
                "see what holds the lock or is slow (pg_stat_activity), or raise database.statement_timeout"
            }
            Self::Other => "see the log, and try `tenon check` again",
        }
    }

    fn of_refusal(failure: &DbError) -> Self {
        // The words are in the server's language; which of its functions refused is not. This one looks for
        // an entry of pg_hba.conf, before anybody is asked for a password.
        match Self::of_sqlstate(failure.code()) {
            Self::Authentication if failure.routine() == Some("ClientAuthentication") => Self::Encryption,
            kind => kind,
        }
    }

    fn of_sqlstate(code: &SqlState) -> Self {
        match code.code() {
            "28P01" | "28000" => Self::Authentication,
            "3D000" => Self::NoDatabase,
            "42501" => Self::NotPermitted,
            // query_canceled is what statement_timeout raises; lock_not_available what lock_timeout raises.
            "57014" | "55P03" => Self::TimedOut,
            // Shutting down, crashed, starting up, too many connections; class 08 is the connection itself.
            "57P01" | "57P02" | "57P03" | "57P05" | "53300" => Self::Unreachable,
            other if other.starts_with("08") => Self::Unreachable,
            _ => Self::Other,
        }
    }
}

/// Whether a statement's session ended with it. The SQLSTATE does not tell, since any function may raise any;
/// only a severity of `FATAL` or `PANIC` ends a session (PostgreSQL manual, "Message Severity Levels").
pub fn ends_session(error: &tokio_postgres::Error) -> bool {
    match error.as_db_error().map(DbError::parsed_severity) {
        Some(Some(severity)) => matches!(severity, Severity::Fatal | Severity::Panic),
        // Nothing was said at all, or by a pooler that does not say it so.
        Some(None) | None => Unavailable::of(error) == Unavailable::Unreachable,
    }
}

/// Whether the handshake ended over who the server is. The error is inside of this one, and no cause of it.
fn is_about_certificate(error: &std::io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(inner, Some(rustls::Error::InvalidCertificate(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlstates_tell_why_the_database_is_unavailable() {
        for (code, expected) in [
            ("28P01", Unavailable::Authentication),
            ("28000", Unavailable::Authentication),
            ("3D000", Unavailable::NoDatabase),
            ("42501", Unavailable::NotPermitted),
            ("57014", Unavailable::TimedOut),
            ("55P03", Unavailable::TimedOut),
            ("57P03", Unavailable::Unreachable),
            ("08006", Unavailable::Unreachable),
            ("42P01", Unavailable::Other),
        ] {
            assert_eq!(Unavailable::of_sqlstate(&SqlState::from_code(code)), expected, "{code}");
        }
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_is_unreachable() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let url = format!("host=127.0.0.1 port={port} user=x");
        let error = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.err().unwrap();
        assert_eq!(Unavailable::of(&error), Unavailable::Unreachable);
        assert!(chain(&error).contains("Connection refused"), "{}", chain(&error));
    }
}

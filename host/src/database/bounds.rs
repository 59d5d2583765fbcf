//! How long a statement and a wait for a lock may take, wherever a session comes from.

use std::time::Duration;

use tokio_postgres::Client;

pub use super::inactivity::NoResponse;
use super::inactivity::with_inactivity_timeout;
use super::search_path::OWN_PATH;
use super::settings::{ALL_ROWS, READING};
use crate::config::{LockTimeout, StatementTimeout};

/// How long an answer may be under way, besides what its statement may take.
const GRACE: Duration = Duration::from_secs(5);

/// The timeouts of a transaction.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub statement: StatementTimeout,
    pub lock: LockTimeout,
}

/// Why something that was asked within bounds has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error("{0}")]
    Refused(#[from] tokio_postgres::Error),
    #[error("{0}")]
    NoResponse(#[from] NoResponse),
}

impl Unanswered {
    /// Says what the server refused.
    pub(crate) fn refused_as<E: From<NoResponse>>(
        self,
        refused: impl FnOnce(tokio_postgres::Error) -> E,
    ) -> E {
        match self {
            Self::Refused(error) => refused(error),
            Self::NoResponse(silent) => silent.into(),
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            statement: StatementTimeout(Duration::from_secs(30)),
            lock: LockTimeout(Duration::from_secs(5)),
        }
    }
}

impl Bounds {
    /// The bounds as options at the start of a session.
    pub(crate) fn options(self) -> String {
        format!("-c statement_timeout={} -c lock_timeout={}", self.statement.setting(), self.lock.setting())
    }

    /// SQL that bounds the transaction it stands in where the session is not bounded already: a pooler gives
    /// out sessions that were begun without our options.
    pub(crate) fn local(self) -> String {
        let bound = |name: &str, value: String| {
            format!(
                "SELECT pg_catalog.set_config('{name}', '{value}', true) \
                 WHERE pg_catalog.current_setting('{name}') OPERATOR(pg_catalog.=) '0'"
            )
        };
        let (statement, lock) = (self.statement.setting(), self.lock.setting());
        format!("{}; {}", bound("statement_timeout", statement), bound("lock_timeout", lock))
    }

    /// How a transaction begins in which a catalog is read, so bounded: every statement sees what is
    /// committed by then, every name is printed with its schema, and every value as the
    /// [settings](super::settings) say.
    pub(crate) fn begin_reading(self) -> String {
        self.begin("READ ONLY")
    }

    /// How a transaction of ours begins, so bounded, under the settings that are Tenon's and not the place's.
    fn begin(self, access: &str) -> String {
        format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED {access}; SELECT {}, {ALL_ROWS}, \
             pg_catalog.set_config('search_path', '{OWN_PATH}', true); {}",
            *READING,
            self.local()
        )
    }

    /// Waits for answers, but not for ever: the server's own timeouts end nothing where a proxy, or the
    /// server, no longer says a word. Without a limit for statements there is none for answers.
    ///
    /// The work is boxed at once, here and below, so that it weighs nothing in whatever waits for it: a
    /// worker's stack holds all that wait for each other.
    pub(crate) fn answered<T, E: From<NoResponse>>(
        self,
        work: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = Result<T, E>> {
        let longest = self.statement.0.saturating_add(self.lock.0).saturating_add(GRACE);
        let work = Box::pin(work);
        async move { with_inactivity_timeout((!self.statement.0.is_zero()).then_some(longest), work).await? }
    }

    /// Does some work in a transaction of its own that is so bounded, and that commits if the work went well.
    pub(crate) fn within<T, E: From<tokio_postgres::Error> + From<NoResponse>>(
        self,
        client: &Client,
        work: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = Result<T, E>> {
        self.transaction("", client, work)
    }

    /// Does some work in a transaction like [`within`](Self::within) that writes although
    /// `default_transaction_read_only` is on, to which somebody has consented.
    pub(crate) fn writing_within<T, E: From<tokio_postgres::Error> + From<NoResponse>>(
        self,
        client: &Client,
        work: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = Result<T, E>> {
        self.transaction("READ WRITE", client, work)
    }

    /// Does some work in a transaction like [`within`](Self::within) that only reads.
    pub(crate) fn read<T, E: From<tokio_postgres::Error> + From<NoResponse>>(
        self,
        client: &Client,
        work: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = Result<T, E>> {
        self.transaction("READ ONLY", client, work)
    }

    fn transaction<T, E: From<tokio_postgres::Error> + From<NoResponse>>(
        self,
        access: &str,
        client: &Client,
        work: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = Result<T, E>> {
        let work = Box::pin(work);
        self.answered(async move {
            client.batch_execute(&self.begin(access)).await?;
            let done = work.await;
            let end = client.batch_execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await;
            let done = done?;
            end?;
            Ok(done)
        })
    }
}

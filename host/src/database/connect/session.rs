//! Beginning sessions with a database, and ending what runs in them.

use std::sync::atomic::Ordering;

use tokio_postgres::config::Host;
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, CancelToken, Client};

use super::{CONNECT_TIMEOUT, ConnectError, ConnectionTask, Database, Tell, UndrivenConnection};
use crate::config::UnsupportedServer;
use crate::database::dial::{Connected, DialError, Interrupt, dial, drive_inline};
use crate::database::missing::Missing;
use crate::database::settings::OPTIONS;
use crate::database::supported::Unsupported;

impl Database {
    /// Begins a session that only we use: with our options and settings, or where a pooler refuses those,
    /// without.
    async fn begin_session(&self) -> Result<(Client, UndrivenConnection), tokio_postgres::Error> {
        if !self.is_pooled() {
            let mut config = self.config.clone();
            // Later settings win: nobody's but ours say how we read.
            config.options(format!("{} {}", config.get_options().unwrap_or_default(), *OPTIONS));
            match config.connect(self.tls.clone()).await {
                Err(error) if self.turns_out_pooled(&error) => {}
                // A server that does not know one of them is not supported, which is told by its version.
                Err(error) if error.code() == Some(&SqlState::UNDEFINED_OBJECT) => {
                    return self.config.connect(self.tls.clone()).await;
                }
                begun => return begun,
            }
        }
        self.plain.connect(self.tls.clone()).await
    }

    /// Begins a session over a socket that the host opens itself.
    pub(crate) async fn dial(&self) -> Result<Connected, DialError> {
        let begun = match self.is_pooled() {
            false => match dial(&self.config, &self.tls).await {
                Err(DialError::Server(error)) if self.turns_out_pooled(&error) => {
                    dial(&self.plain, &self.tls).await
                }
                begun => begun,
            },
            true => dial(&self.plain, &self.tls).await,
        };
        let mut dialled = begun.map_err(|error| match error {
            DialError::Server(error) if is_missing(&error) => self.missing(error).into(),
            error => error,
        })?;
        let version = dialled.connection.parameter("server_version").map(str::to_owned);
        let judged = self.servers.judge(version, &dialled.client, self.unsupported);
        drive_inline(&mut dialled.connection, judged).await??;
        Ok(dialled)
    }

    fn missing(&self, source: tokio_postgres::Error) -> Missing {
        let host = self.config.get_hosts().first().map(|host| match host {
            Host::Tcp(name) => format!("--host={name}"),
            Host::Unix(directory) => format!("--host={}", directory.display()),
        });
        let port = self.config.get_ports().first().map(|port| format!("--port={port}"));
        let words =
            std::iter::once("createdb".to_owned()).chain(host).chain(port).chain([self.name().to_owned()]);
        let command = words.map(|word| for_shell(&word)).collect::<Vec<_>>().join(" ");
        Missing { database: self.redacted(), command, source }
    }

    /// Why its server is none that is known, if that is so and it is used all the same.
    pub fn unsupported(&self) -> Option<Unsupported> {
        self.servers.unsupported().filter(|_| self.unsupported == UnsupportedServer::Allow)
    }

    /// Whether it is a pooler that refused to begin a session.
    fn turns_out_pooled(&self, error: &tokio_postgres::Error) -> bool {
        let is_pooler = refuses_options(error) && self.plain.get_options().is_none();
        if is_pooler {
            tracing::debug!("a pooler answers, which takes no options: transactions are bounded one by one");
            self.pooled.store(true, Ordering::Relaxed);
        }
        is_pooler
    }

    /// A connection of its own, outside the pool.
    pub async fn connect(&self) -> Result<(Client, ConnectionTask), ConnectError> {
        self.connect_with(None).await
    }

    /// Like [`connect`](Self::connect), telling what the server says unasked: `NOTIFY` and notices. A notice
    /// is told before the answer to the statement that it belongs to.
    pub async fn connect_listening(
        &self,
        tell: impl Fn(&AsyncMessage) + Send + 'static,
    ) -> Result<(Client, ConnectionTask), ConnectError> {
        self.connect_with(Some(Box::new(tell))).await
    }

    async fn connect_with(&self, tell: Option<Tell>) -> Result<(Client, ConnectionTask), ConnectError> {
        // The client's own limit is for one address and ends with the socket; this one is for all of it.
        let after = self.config.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT)
            * u32::try_from(self.config.get_hosts().len()).unwrap_or(1).max(1);
        let (client, mut connection) = tokio::time::timeout(after, self.begin_session())
            .await
            .map_err(|_| ConnectError::TimedOut { database: self.redacted(), after })?
            .map_err(|source| match is_missing(&source) {
                true => self.missing(source).into(),
                false => ConnectError::Refused { database: self.redacted(), source },
            })?;
        let version = connection.parameter("server_version").map(str::to_owned);
        let task = tokio::spawn(async move {
            loop {
                match std::future::poll_fn(|context| connection.poll_message(context)).await {
                    None => return Ok(()),
                    Some(Err(error)) => return Err(error),
                    Some(Ok(message)) => {
                        if let AsyncMessage::Notice(notice) = &message {
                            tracing::debug!(
                                severity = notice.severity(),
                                "server notice: {}",
                                notice.message()
                            );
                        }
                        tell.iter().for_each(|tell| tell(&message));
                    }
                }
            }
        });
        tokio::time::timeout(after, self.servers.judge(version, &client, self.unsupported))
            .await
            .map_err(|_| ConnectError::TimedOut { database: self.redacted(), after })?
            .map_err(|source| ConnectError::Unsupported { database: self.redacted(), source })?;
        Ok((client, task))
    }

    /// Asks the server to end the statement that runs on the connection the token is of.
    pub async fn cancel(&self, token: &CancelToken) -> Result<(), ConnectError> {
        tokio::time::timeout(CONNECT_TIMEOUT, token.cancel_query(self.tls.clone()))
            .await
            .map_err(|_| ConnectError::TimedOut { database: self.redacted(), after: CONNECT_TIMEOUT })?
            .map_err(|source| ConnectError::Refused { database: self.redacted(), source })
    }

    /// Asks the server to end the running statement of a session that [`dial`](Self::dial) began.
    pub async fn interrupt(&self, statement: &Interrupt) -> Result<(), ConnectError> {
        let Interrupt { token, target } = statement;
        tokio::time::timeout(CONNECT_TIMEOUT, target.cancel(token, &self.tls))
            .await
            .map_err(|_| ConnectError::TimedOut { database: self.redacted(), after: CONNECT_TIMEOUT })?
            .map_err(|source| ConnectError::Dial { database: self.redacted(), source })
    }
}

/// `invalid_catalog_name`, which is what a database that is not there is.
fn is_missing(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&tokio_postgres::error::SqlState::INVALID_CATALOG_NAME)
}

/// A word as a shell reads it.
fn for_shell(word: &str) -> String {
    let simple = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(simple) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// "unsupported startup parameter: options", as PgBouncer says it, with the code of a protocol violation.
fn refuses_options(error: &tokio_postgres::Error) -> bool {
    error
        .as_db_error()
        .is_some_and(|said| said.code().code() == "08P01" && said.message().contains("startup parameter"))
}

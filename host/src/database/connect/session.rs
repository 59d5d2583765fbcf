//! Beginning sessions with a database, and ending what runs in them.

use std::sync::atomic::Ordering;

use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Client, Config};

use super::{CONNECT_TIMEOUT, ConnectError, Database, Tell};
use crate::config::UnsupportedServer;
use crate::database::dial::{Connected, DialError, Interrupt, dial, drive_inline};
use crate::database::missing::Missing;
use crate::database::settings::OPTIONS;
use crate::database::socket::place_of;
use crate::database::supported::Unsupported;
use crate::support::errors::chain;

impl Database {
    /// Begins a session: with these options, or where a pooler refuses any, without.
    async fn begin(&self, config: &Config) -> Result<Connected, DialError> {
        let begun = match self.is_pooled() {
            false => match dial(config, &self.tls).await {
                Err(DialError::Server(error)) if self.turns_out_pooled(&error) => {
                    dial(&self.plain, &self.tls).await
                }
                begun => begun,
            },
            true => dial(&self.plain, &self.tls).await,
        };
        begun.map_err(|error| match error {
            DialError::Server(error) if is_missing(&error) => self.missing(error).into(),
            error => error,
        })
    }

    /// Begins a session that only we use, with our settings too.
    async fn begin_own(&self) -> Result<Connected, DialError> {
        let mut config = self.config.clone();
        // Later settings win: nobody's but ours say how we read.
        config.options(format!("{} {}", config.get_options().unwrap_or_default(), *OPTIONS));
        match self.begin(&config).await {
            // A server that does not know one of them is not supported, which is told by its version.
            Err(DialError::Server(error)) if error.code() == Some(&SqlState::UNDEFINED_OBJECT) => {
                self.begin(&self.config).await
            }
            begun => begun,
        }
    }

    /// Begins a session whose messages the caller moves.
    pub(crate) async fn dial(&self) -> Result<Connected, DialError> {
        let mut dialled = self.begin(&self.config).await?;
        let version = dialled.connection.parameter("server_version").map(str::to_owned);
        let judged = self.servers.judge(version, &dialled.client, self.unsupported);
        drive_inline(&mut dialled.connection, judged).await??;
        Ok(dialled)
    }

    fn missing(&self, source: tokio_postgres::Error) -> Missing {
        let host = self.config.get_hosts().first().map(|host| format!("--host={}", place_of(host)));
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

    /// A connection of its own, outside the pool, and what it takes to end a statement of it. It ends when
    /// the [`Client`] is dropped.
    pub async fn connect(&self) -> Result<(Client, Interrupt), ConnectError> {
        self.connect_with(None).await
    }

    /// Like [`connect`](Self::connect), telling what the server says unasked: `NOTIFY` and notices. A notice
    /// is told before the answer to the statement that it belongs to.
    pub async fn connect_listening(
        &self,
        tell: impl Fn(&AsyncMessage) + Send + 'static,
    ) -> Result<(Client, Interrupt), ConnectError> {
        self.connect_with(Some(Box::new(tell))).await
    }

    async fn connect_with(&self, tell: Option<Tell>) -> Result<(Client, Interrupt), ConnectError> {
        // The limit of a target is for one address and ends with the socket; this one is for all of it.
        let after = self.config.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT)
            * u32::try_from(self.config.get_hosts().len()).unwrap_or(1).max(1);
        let begun = tokio::time::timeout(after, self.begin_own())
            .await
            .map_err(|_| ConnectError::TimedOut { database: self.redacted(), after })?
            .map_err(|error| match error {
                DialError::Missing(missing) => missing.into(),
                source => ConnectError::Refused { database: self.redacted(), source },
            })?;
        let Connected { client, mut connection, target, .. } = begun;
        let version = connection.parameter("server_version").map(str::to_owned);
        tokio::spawn(async move {
            loop {
                match std::future::poll_fn(|context| connection.poll_message(context)).await {
                    None => return,
                    Some(Err(error)) => return tracing::debug!("a connection ended: {}", chain(&error)),
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
        let interrupt = Interrupt { token: client.cancel_token(), target };
        Ok((client, interrupt))
    }

    /// Asks the server to end the statement that runs in a session.
    pub async fn interrupt(&self, statement: &Interrupt) -> Result<(), ConnectError> {
        let Interrupt { token, target } = statement;
        tokio::time::timeout(CONNECT_TIMEOUT, target.cancel(token, &self.tls))
            .await
            .map_err(|_| ConnectError::TimedOut { database: self.redacted(), after: CONNECT_TIMEOUT })?
            .map_err(|source| ConnectError::Refused { database: self.redacted(), source })
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

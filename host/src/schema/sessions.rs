//! A second session that reads beside the first: a large catalog can keep two of the server's processors
//! busy.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use deadpool::managed::Timeouts;
use futures_util::TryStreamExt;
use futures_util::future::{BoxFuture, OptionFuture, try_join};
use futures_util::stream::FuturesOrdered;
use tokio_postgres::{Client, Error};

use crate::database::bounds::Bounds;
use crate::database::pool::{self, Pool, PooledConnection};
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// How many questions each session is asked before its first answer has come, so that it is never idle.
const AHEAD: usize = 2;

/// How long a second session is waited for: what it saves is less than this.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where a second session may come from.
#[derive(Debug, Clone, Copy)]
pub struct SecondarySource<'a> {
    pub pool: &'a Pool,
    pub bounds: Bounds,
}

impl SecondarySource<'_> {
    /// A session in a transaction like the first one's, if one is to be had at once: nothing depends on it.
    pub(crate) async fn session(self) -> Option<SecondarySession> {
        let timeouts =
            Timeouts { wait: Some(Duration::ZERO), create: Some(PATIENCE), recycle: Some(PATIENCE) };
        let alone =
            |error: &dyn std::error::Error| tracing::debug!("one session reads alone: {}", chain(error));
        let connection =
            pool::session(self.pool, &timeouts, None).await.inspect_err(|error| alone(error)).ok()?;
        let second = SecondarySession { connection: Some(connection), bounds: self.bounds };
        let begun = second.client()?.batch_execute(&self.bounds.begin_reading()).await;
        begun.inspect_err(|error| alone(error)).ok()?;
        Some(second)
    }
}

/// A session that goes back to its pool only once its transaction has ended.
#[derive(Debug)]
pub(crate) struct SecondarySession {
    connection: Option<PooledConnection>,
    bounds: Bounds,
}

impl SecondarySession {
    fn client(&self) -> Option<&Client> {
        self.connection.as_ref().map(|connection| connection.driven_by_task())
    }

    pub(crate) async fn end(mut self) -> Result<(), Error> {
        if let Some(client) = self.client() {
            client.batch_execute("COMMIT").await?;
        }
        // Back into the pool, since nothing is left for `drop`.
        self.connection.take();
        Ok(())
    }
}

impl Drop for SecondarySession {
    fn drop(&mut self) {
        // Whatever it is doing, nobody will ask for the rest.
        drop(self.connection.take().map(PooledConnection::take));
    }
}

/// The sessions that read: one, or two whose transactions are alike.
#[derive(Debug, Clone, Copy)]
pub struct Sessions<'a> {
    pub(crate) first: &'a Client,
    pub(crate) second: Option<&'a SecondarySession>,
}

impl<'a> From<&'a Client> for Sessions<'a> {
    fn from(first: &'a Client) -> Self {
        Self { first, second: None }
    }
}

impl<'a> Sessions<'a> {
    /// Has each question answered by whichever session comes to it first. The answers are in no order.
    ///
    /// Two sessions have begun other transactions by the end, as each does when nothing is left to ask.
    pub(crate) async fn run_on_both<'b, Q, A>(
        self,
        questions: impl Iterator<Item = Q>,
        ask: impl Fn(&'a Client, Q) -> BoxFuture<'b, Result<A, Error>>,
    ) -> Result<Vec<A>, Error> {
        let questions: Mutex<VecDeque<_>> = Mutex::new(questions.collect());
        let answers = async |client| {
            let (mut asked, mut answers) = (FuturesOrdered::new(), Vec::new());
            loop {
                while asked.len() < AHEAD
                    && let Some(question) = questions.lock_unpoisoned().pop_front()
                {
                    asked.push_back(ask(client, question));
                }
                match asked.try_next().await? {
                    Some(answer) => answers.push(answer),
                    None => break,
                }
            }
            // Whoever waits for what this one has locked could be waited for by the other.
            if let Some(second) = self.second {
                client.batch_execute(&format!("COMMIT; {}", second.bounds.begin_reading())).await?;
            }
            Ok(answers)
        };
        let second = self.second.and_then(SecondarySession::client);
        let second = async { OptionFuture::from(second.map(&answers)).await.transpose() };
        let (mut all, more) = try_join(answers(self.first), second).await?;
        all.extend(more.into_iter().flatten());
        Ok(all)
    }
}

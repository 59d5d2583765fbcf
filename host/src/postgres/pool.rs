//! The pool of connections.

use std::num::NonZeroUsize;
use std::time::Duration;

use deadpool_postgres::{Connect, Manager, ManagerConfig, QueueMode, RecyclingMethod, Runtime};
use futures_util::future::{BoxFuture, FutureExt};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error};

use super::connect::Database;

pub use deadpool_postgres::{Object as PooledConnection, Pool, PoolError};

/// How long a caller waits for a connection to become free before being told that none is.
const WAIT_TIMEOUT: Duration = Duration::from_secs(10);

/// What a connection goes through before it is handed out again.
///
/// deadpool's own "clean" leaves an open transaction open. The first `SET` fails in an aborted
/// transaction (the connection is then dropped) and silences the warning of a `ROLLBACK` that has
/// nothing to roll back. Prepared statements stay, as the client caches them.
const RECYCLE: &str = "SET client_min_messages = error; ROLLBACK; CLOSE ALL; \
     SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); \
     DISCARD TEMP; DISCARD SEQUENCES";

/// A pool of at most `size` connections, each of which starts every borrow in the state of a new one.
///
/// No connection is made before the first is asked for.
pub fn pool(database: &Database, size: NonZeroUsize) -> Pool {
    build(database, size, RecyclingMethod::Custom(RECYCLE.to_owned()))
}

/// Like [`pool`], for users who verify the connection's state themselves after each use and take it out
/// of the pool ([`PooledConnection::take`]) when it is not as they found it. Saves a round trip a borrow.
pub fn pool_of_verified(database: &Database, size: NonZeroUsize) -> Pool {
    build(database, size, RecyclingMethod::Fast)
}

fn build(database: &Database, size: NonZeroUsize, recycling_method: RecyclingMethod) -> Pool {
    let way = Way(database.clone());
    let manager = Manager::from_connect(database.config().clone(), way, ManagerConfig { recycling_method });
    let builder = Pool::builder(manager)
        .max_size(size.get())
        // Whoever asks again gets the session that answered: its snapshot is known.
        .queue_mode(QueueMode::Lifo)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT_TIMEOUT))
        .create_timeout(Some(WAIT_TIMEOUT + Duration::from_secs(5)))
        .recycle_timeout(Some(Duration::from_secs(5)));
    match builder.build() {
        Ok(pool) => pool,
        // The only error is a timeout without a runtime, and the runtime is given above.
        Err(error) => unreachable!("a pool with a runtime can be built: {error}"),
    }
}

/// How the pool's sessions begin: like all others.
struct Way(Database);

impl Connect for Way {
    fn connect(&self, _: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        let begin = async {
            let (client, connection) = self.0.begin_session().await?;
            let moved = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!("a pooled connection ended: {}", crate::errors::chain(&error));
                }
            });
            Ok((client, moved))
        };
        begin.boxed()
    }
}

//! A plugin's share of the connections, so that none can keep them from the others.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many calls of one plugin may be under way, and how many of them with a connection.
#[derive(Debug)]
pub struct Share {
    calls: Places,
    connections: Places,
}

#[derive(Debug)]
struct Places {
    all: usize,
    free: Arc<Semaphore>,
}

impl Places {
    fn new(all: usize) -> Self {
        let all = all.min(Semaphore::MAX_PERMITS);
        Self { all, free: Arc::new(Semaphore::new(all)) }
    }

    fn taken(&self) -> usize {
        self.all.saturating_sub(self.free.available_permits())
    }
}

/// A call that may have a connection, until dropped.
#[derive(Debug)]
pub struct Turn {
    _call: OwnedSemaphorePermit,
    _connection: OwnedSemaphorePermit,
    _place: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// The same, with a place among the connections of all plugins.
    pub fn with_place(self, place: Option<OwnedSemaphorePermit>) -> Self {
        Self { _place: place, ..self }
    }
}

/// Why a call does not get one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTurn {
    /// Too many wait already.
    Full,
    /// Its time is over.
    Late,
}

impl Share {
    /// For a plugin with so many threads and places in its queue, and at most so many connections.
    pub fn new(threads: usize, queue: usize, most: usize) -> Self {
        let connections = threads.min(most).max(1);
        Self { calls: Places::new(threads.saturating_add(queue)), connections: Places::new(connections) }
    }

    /// How many calls have a turn.
    pub fn running(&self) -> usize {
        self.connections.taken()
    }

    /// How many wait for one.
    pub fn waiting(&self) -> usize {
        self.calls.taken().saturating_sub(self.connections.taken())
    }

    /// Waits for a turn, unless too many do.
    pub async fn turn(&self, limit: Duration) -> Result<Turn, NoTurn> {
        let call = Arc::clone(&self.calls.free).try_acquire_owned().map_err(|_| NoTurn::Full)?;
        let connection =
            tokio::time::timeout(limit, Arc::clone(&self.connections.free).acquire_owned()).await;
        // Nobody closes it.
        let connection = connection.map_err(|_| NoTurn::Late)?.map_err(|_| NoTurn::Full)?;
        Ok(Turn { _call: call, _connection: connection, _place: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn a_plugin_gets_so_many_connections_and_who_comes_then_waits() {
        let share = Arc::new(Share::new(4, 1, 2));
        let first = share.turn(SOON).await.unwrap();
        let _second = share.turn(SOON).await.unwrap();
        assert_eq!(share.turn(SOON).await.unwrap_err(), NoTurn::Late);
        let waits = tokio::spawn({
            let share = Arc::clone(&share);
            async move { share.turn(Duration::from_secs(5)).await.is_ok() }
        });
        drop(first);
        assert!(waits.await.unwrap());
    }

    #[tokio::test]
    async fn no_more_wait_than_there_are_places() {
        let share = Share::new(1, 1, 1);
        let _first = share.turn(SOON).await.unwrap();
        let (waits, turned_away) = tokio::join!(share.turn(SOON), share.turn(SOON));
        assert_eq!((waits.unwrap_err(), turned_away.unwrap_err()), (NoTurn::Late, NoTurn::Full));
    }
}

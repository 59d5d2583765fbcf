//! A connection of a pool as it is lent.

use tokio::sync::OwnedSemaphorePermit;

use super::lease::Lendable;
use crate::database::pool::{self, PooledConnection, SessionResidue};

/// A connection, and its place among those of all plugins, where these have their own.
#[derive(Debug)]
pub struct LentConnection {
    pub connection: PooledConnection,
    pub place: Option<OwnedSemaphorePermit>,
}

impl LentConnection {
    /// Gives the session back to its pool, or closes it if it is not known what it is like. Until then it
    /// counts as the plugin's.
    pub fn give_back(self, left: Option<SessionResidue>) {
        let Self { connection, place } = self;
        match left {
            Some(left) => pool::give_back(connection, left),
            None => drop(PooledConnection::take(connection)),
        }
        drop(place);
    }
}

impl Lendable for LentConnection {
    fn close(self) {
        self.give_back(None);
    }
}

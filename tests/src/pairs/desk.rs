//! Databases that are used again, since making one takes longer than all else.

use std::cell::RefCell;
use std::ops::Deref;

use crate::database::TestDatabase;

/// How often a database is used again: what was dropped stays in its catalogs.
const OFTEN: usize = 40;

/// The databases of one thread that nobody uses.
#[derive(Debug, Default)]
pub(super) struct Desk(RefCell<Vec<Lent>>);

/// A database that is lent, and how often it was used.
#[derive(Debug)]
pub(super) struct Lent {
    database: TestDatabase,
    used: usize,
}

impl Deref for Lent {
    type Target = TestDatabase;

    fn deref(&self) -> &TestDatabase {
        &self.database
    }
}

impl Desk {
    /// An empty one.
    pub(super) fn lend(&self) -> Lent {
        self.0.borrow_mut().pop().unwrap_or_else(|| Lent { database: TestDatabase::new(), used: 0 })
    }

    /// Empties it. One in which something stays is dropped.
    pub(super) fn take_back(&self, mut lent: Lent) {
        lent.used += 1;
        if lent.used < OFTEN
            && lent.database.tries(include_str!("empty_out.sql")).is_empty()
            && lent.database.sql(include_str!("stays.sql")) == "0"
        {
            self.0.borrow_mut().push(lent);
        }
    }
}

//! Statements with the types on both of their sides.

use std::fmt;
use std::marker::PhantomData;

/// A statement with the types of its parameters and what its rows are read into, made by
/// [`sql!`](crate::sql!).
///
/// What is given for the parameters has to be of the declared types, or the plugin does not compile. That
/// the declared types are those of the database is proved by `tenon plugin lock`.
pub struct Sql<P, R = ()> {
    text: &'static str,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> Sql<P, R> {
    /// What `sql!` makes; a text that is made so by hand is registered nowhere.
    #[doc(hidden)]
    pub const fn new(text: &'static str) -> Self {
        Self { text, types: PhantomData }
    }

    /// The text, as it is sent.
    pub const fn as_str(&self) -> &'static str {
        self.text
    }
}

impl<P, R> Clone for Sql<P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, R> Copy for Sql<P, R> {}

impl<P, R> fmt::Debug for Sql<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sql").field(&self.text).finish()
    }
}

impl<P, R> fmt::Display for Sql<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

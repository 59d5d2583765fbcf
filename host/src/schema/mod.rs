//! What the database looks like: the catalog, what has changed since the last look, the ledger, and what
//! descriptors amount to.

pub mod beside;
pub mod catalog;
pub(crate) mod compared;
pub mod elaborate;
pub mod ledger;
pub mod printed;
pub mod spelling;
pub mod state;
pub(crate) mod token;
pub mod whole;

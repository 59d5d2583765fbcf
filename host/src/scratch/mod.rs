//! Databases made for one purpose, and dropped: a copy, a replay, what migrations and descriptors amount to.

pub mod anew;
pub mod copy;
pub mod database;
pub mod made_by;
pub(crate) mod replay;
pub mod respell;
pub(crate) mod unprinted;

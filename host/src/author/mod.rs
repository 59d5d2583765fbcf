//! What is written for an author: the crate of a new plugin, and the next migration.

pub mod column;
pub mod diff;
pub mod folder;
pub mod scaffold;
pub mod sdk;
pub mod table;
mod words;

//! What is written for an author: the crate of a new plugin.

pub mod column;
pub mod scaffold;
pub mod sdk;
pub mod table;
mod words;

//! What is written for an author: the crate of a new plugin, that of a database which is there already, and
//! the next migration; and what is asked of a version before it is released.

pub mod built;
pub mod column;
pub mod diff;
pub mod folder;
pub mod import;
pub mod scaffold;
pub mod sdk;
pub mod table;
mod text;
mod trial;
pub mod verify;
mod words;

//! The descriptor vocabulary of Tenon: what a plugin says its part of a PostgreSQL database looks like.
//!
//! A plugin hands its descriptors to the host as JSON, *format 1*: the serialization of [`Descriptors`].
//! The types here are shared by authors (through the SDK's `#[derive(Entity)]`), by the pure core and by
//! the host; this crate depends on none of them.
//!
//! What is an expression in PostgreSQL (a default, a check, an index key) travels as SQL text. Nothing
//! here interprets such text: only PostgreSQL can say how it spells it.
//!
//! What a plugin and what it brings may be called stands here too ([`names`]), when its jobs are due
//! ([`jobs`]), and which files its pages may have ([`assets`]).

pub mod assets;
mod descriptors;
mod ident;
pub mod jobs;
pub mod names;
mod statements;

pub use descriptors::*;
pub use ident::{Ident, MAX_IDENTIFIER_BYTES, ObjectName, ParseObjectNameError};
pub use statements::{
    DeclaredField, DeclaredParam, DeclaredRow, DeclaredStatement, ReadableTypes, readable_cast,
};

//! Tenon's host: it loads plugins, keeps one PostgreSQL database true to all of them, and tells when it is
//! not. The way of the data is in `ARCHITECTURE.md`; [`pipeline`] is the whole of it in a few functions.

pub mod config;
pub mod errors;
pub mod secrets;
pub mod telemetry;

pub mod discover;
pub mod inspect;
pub mod load;
pub mod runtime;
mod core_plugin;
pub mod registry;
pub mod postgres;
pub mod pipeline;
pub mod prove;

pub mod host;
pub mod report;
pub mod cli;
pub mod admin;

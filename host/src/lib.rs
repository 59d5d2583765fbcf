//! Tenon's host: it loads plugins, keeps one PostgreSQL database true to all of them, and tells when it is
//! not. The way of the data is in `ARCHITECTURE.md`; [`pipeline`] is the whole of it in a few functions.

pub mod config;
pub mod errors;
mod legible;
pub mod secrets;
mod stamp;
mod state_dir;
pub mod telemetry;
pub mod term;

mod compared;
mod core_plugin;
pub mod discover;
pub mod faults;
pub mod inspect;
pub mod isolate;
pub mod load;
pub mod made_by;
mod plan;
pub mod postgres;
pub mod printed;
pub mod problem;
pub mod prove;
pub mod register;
pub mod registry;
pub mod routes;
pub mod runtime;
pub mod trust;
mod unprinted;
mod version;

pub mod admin;
pub mod cli;
pub mod host;
pub mod memory;
pub mod metrics;
pub mod report;

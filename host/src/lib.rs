
pub mod admin;
pub mod config;
pub mod errors;
pub mod postgres;
pub mod secrets;
pub mod telemetry;
mod core_plugin;
pub mod discover;
pub mod host;
pub mod inspect;
pub mod load;
pub mod pipeline;
pub mod registry;
pub mod report;
pub mod runtime;

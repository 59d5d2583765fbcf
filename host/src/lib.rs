
pub mod config;
pub mod errors;
pub mod postgres;
pub mod secrets;
pub mod telemetry;

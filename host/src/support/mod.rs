//! What every room may use: errors, secrets, the log, the terminal, files of the state directory.

pub(crate) mod child_process;
pub mod code;
pub(crate) mod codes;
pub mod command_code;
pub mod destinations;
pub mod error_code;
pub mod errors;
pub(crate) mod file_access;
pub mod http_client;
pub mod jwk_file;
pub(crate) mod legible;
pub(crate) mod lock;
pub(crate) mod machine;
pub(crate) mod millis;
pub mod outbound;
pub(crate) mod rate_limit;
pub mod secrets;
pub(crate) mod service_manager;
pub(crate) mod state_dir;
pub mod telemetry;
pub mod term;
pub(crate) mod version;

//! From a file to running code: `discover -> inspect -> trust -> load -> register`, and how running code is
//! held to what it may.

pub mod caller;
pub mod cards;
pub mod choice;
pub(crate) mod core_plugin;
pub mod discover;
pub mod emitted;
pub mod events;
pub mod faults;
pub mod functions;
pub mod inspect;
pub mod isolate;
pub mod jobs;
pub mod load;
pub mod pages;
pub mod problem;
pub mod register;
pub mod registry;
pub mod roles;
pub mod routes;
pub mod runtime;
pub mod services;
pub mod settings;
pub(crate) mod stamp;
pub mod standing;
pub mod trust;

//! The console: pages for people, an API for programs, and the way to the plugins' routes.
//!
//! Nothing here decides anything about the database. Each handler asks [`Host`](crate::host::Host) and
//! shows the answer, so that the button, the API and the command line do the same.

pub mod accounts;
pub mod server;

mod api;
mod assets;
mod basic;
mod client;
mod console;
mod csrf;
mod guard;
mod headers;
mod late;
mod limits;
mod metrics;
mod pages;
mod plugin_answers;
mod plugin_routes;
mod problem;
mod routes;
mod runs;
mod session;
mod visitor;

#[cfg(test)]
mod tests;

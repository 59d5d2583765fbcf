//! The console: pages for people, an API for programs, and the way to the plugins' routes.
//!
//! Nothing here decides anything about the database. Each handler asks [`Host`](crate::host::Host) and
//! shows the answer, so that the button, the API and the command line do the same.
//!
//! Plugins and the console share an origin. So what a plugin answers is let through by a list
//! (`plugin_answers.rs`), and the console's pages name their own scripts and styles by a nonce
//! (`headers.rs`), and not by where they come from. A body that is late is ended for whoever reads it
//! (`late.rs`). Sessions are cookies, of which the server keeps only those that were ended before their
//! time (`session/ended.rs`). The suite `wire` holds this.

pub mod accounts;
pub mod server;
pub mod token_uses;

mod account_manager;
mod account_summary;
mod api;
mod assets;
mod audit_query;
mod basic;
mod callers;
mod certificate;
mod client;
#[cfg_attr(windows, path = "closing/windows.rs")]
mod closing;
mod console;
mod csrf;
mod doctor;
mod event_stream;
mod guard;
mod headers;
mod late;
mod limits;
mod metrics;
mod named_user;
#[cfg(feature = "oidc")]
mod oidc;
mod page_files;
mod page_tokens;
mod pages;
mod plugin_answers;
mod plugin_routes;
mod problem;
mod proxy_login;
mod refused;
mod routes;
mod runs;
mod session;
mod strings;
mod verifiers;
mod visitor;

pub use api::document::openapi_document;
pub(crate) use doctor::examine;

#[cfg(test)]
mod tests;

//! Tests of a Tenon plugin, as a host runs it.
//!
//! Each test gets an [`App`]: a host that serves the plugin, and those that it requires, with a PostgreSQL
//! database of its own in which every migration is applied. Tests run in parallel and see nothing of each
//! other.
//!
//! ```no_run
//! use tenon_plugin_test::{App, json};
//!
//! #[tenon_plugin_test::test]
//! fn a_note_that_is_made_can_be_read(app: App) {
//!     let ada = app.as_caller("ada");
//!     let made = ada.post("/notes", &json!({ "text": "milk" })).expect_status(201).json();
//!     let path = format!("/notes/{}", made["id"]);
//!     assert_eq!(ada.get(&path).expect_status(200).json(), made);
//!     app.get(&path).expect_status(401);
//! }
//! # fn main() {}
//! ```
//!
//! A route answers callers whom the host has verified, unless its plugin says otherwise: `as_caller` is how a
//! test is one. What is asked of the app itself comes from nobody.
//!
//! The library is built by `cargo build` before the first test, in the profile of the tests. The host is
//! the program `tenon` of the `PATH`, or the one that `TENON_PROGRAM` names. Without a `DATABASE_URL` it
//! runs a PostgreSQL of its own, below cargo's target folder or in `TENON_TEST_STATE_DIR`; with one, tests
//! make their databases on that server. The libraries of required plugins lie in the folder `plugins`
//! beside `Cargo.toml`, or in the one that `TENON_TEST_PLUGIN_DIR` names.
//!
//! `#[tenon_plugin_test::test(seed = "tests/seed.sql")]` runs a file before the test.
//!
//! With `#[tenon_plugin_test::test(in_process = crate)]` the plugin's code runs in the test's own process,
//! on the thread that asks, so that a debugger's breakpoints hold. Everything else stays as it is: the
//! host serves, and lends the connection under its rules. Such a test stands in the crate itself, or the
//! crate's type is `["cdylib", "rlib"]` and it says `in_process = notes`.
//!
//! All plugins' statements run as the role that owns the database, so what is granted to a plugin is not
//! tested here.

#![expect(clippy::panic, reason = "a test that cannot go on says why, and fails")]

mod answer;
mod app;
mod in_process;
mod library;
mod server;

pub use answer::Answer;
pub use app::{App, AsCaller};
pub use serde_json::{Value, json};
pub use tenon_plugin_macros::test;

/// What the macro names; no part of the crate's interface.
#[doc(hidden)]
pub mod private {
    pub use crate::app::Opening;
}

//! The console over a host without a database: what is answered, and to whom.

mod api;
mod bench;
mod login;
mod pages;
mod server;

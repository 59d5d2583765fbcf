//! Tenon's host: it loads plugins, keeps one PostgreSQL database true to all of them, and tells when it is
//! not.
//!
//! The modules are rooms, listed from the top down: each imports only those below it. `ARCHITECTURE.md` is
//! the map.

pub mod cli;

pub mod author;

pub mod admin;

pub mod host;

pub mod report;

pub mod heal;

pub mod scratch;

pub mod schema;

pub mod audit;

pub mod plugin;

pub mod database;

pub mod config;

pub mod support;

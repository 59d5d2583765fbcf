//! The pure core of Tenon: give it values, get values.
//!
//! Nothing here reads a clock, a file, the environment or a network, and nothing is async. What a plugin
//! brings becomes an ordered [graph](graph); what the ledger says becomes a [history](history); what
//! PostgreSQL says becomes a [snapshot], [compared](compare) with a stored one; and all of it becomes a
//! [plan] that a heal only has to walk.
//!
//! # What is compared, and what is left open
//!
//! - **Owners, grants and comments** are compared where a plugin declares them (`declared`). Of what it
//!   does not declare one thing is reported all the same: what everybody (`PUBLIC`) is granted
//!   (`everybody`).
//! - **What descriptors leave open** a heal fills in from the live database (`carry_over`). Comments that
//!   nobody declares, what a view's `*` stands for and the order of columns are examples.
//! - **Options that may be secrets** leave the catalog reader as a digest (`secret` lists the names of
//!   those that are none).
//! - **Objects of extensions** are named by the schema in which they stand. A snapshot notes where that was,
//!   and is held against another as if it were there, so that an extension that moved is one difference
//!   (`extension`).
//! - **What tools add** beside a plugin's objects the configuration can tolerate. Check and verification
//!   put it aside, and list it (`tolerance`).
//! - **Grants of default privileges** are reported as a warning with that cause (`surroundings`).
//! - **What pending migrations will change** is no drift: the database is held against what the last heal
//!   left. What stood before a heal and does not concern it is reported, and not held against it. What a
//!   heal stores is the declared state, so such drift is reported after it, too.
//! - **What is declared and not there** while nothing is pending is reported by name (`ahead`).
#![forbid(unsafe_code)]

pub mod acknowledgement;
mod ahead;
pub mod applied;
pub mod assess;
pub mod baseline;
pub mod carry_over;
mod cause;
mod checksum;
pub mod claims;
pub mod compare;
pub mod ddl;
pub mod declared;
pub mod deparse;
pub mod describe;
pub mod everybody;
pub mod extension;
pub mod finding;
pub mod former;
pub mod former_tool;
pub mod graph;
pub mod health;
pub mod history;
pub mod lock;
pub mod migration;
pub mod ownership;
pub mod plan;
pub mod probable;
pub mod qualified;
pub mod release;
pub mod repair;
pub mod roles;
pub mod secret;
mod severity;
pub mod snapshot;
pub mod statements;
pub mod surroundings;
mod text_schema;
pub mod tolerance;
pub mod upkeep;

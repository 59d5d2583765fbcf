//! The pure core of Tenon: give it values, get values.
//!
//! Nothing here reads a clock, a file, the environment or a network, and nothing is async. What a plugin
//! brings becomes an ordered [graph](graph); what the ledger says becomes a [history](history); what
//! PostgreSQL says becomes a [reading], [compared](compare) with a stored one; and all of it becomes a
//! [plan] that a heal only has to walk.
#![forbid(unsafe_code)]

pub mod acknowledgement;
mod ahead;
pub mod applied;
pub mod assess;
pub mod baseline;
pub mod borders;
mod cause;
mod checksum;
pub mod claims;
pub mod compare;
pub mod ddl;
pub mod declared;
pub mod deparse;
pub mod everybody;
pub mod extension;
pub mod finding;
pub mod graph;
pub mod health;
pub mod history;
pub mod lock;
pub mod mend;
pub mod migration;
pub mod plan;
pub mod probable;
pub mod qualified;
pub mod reading;
pub mod roles;
pub mod secret;
pub mod settled;
mod severity;
pub mod statements;
pub mod surroundings;
pub mod tolerance;
pub mod upkeep;

//! Databases made for one purpose, and dropped: a copy, a replay, what migrations and descriptors amount to.
//!
//! A scratch database is made for one purpose and dropped (`database.rs`). Whoever made it stays connected,
//! so that PostgreSQL keeps others from dropping it. One to which nobody is connected was left behind, and
//! whoever needs a scratch database next drops it.
//!
//! A copy for a rehearsal (`copy.rs`) is made in this order: the applied migrations again (`replay.rs`;
//! those that cannot be are reported), then the repairs of what still differs, then the ledger. It changes
//! nothing that all databases of a server share.
//!
//! What the migrations of one plugin make, `made_by/maker.rs` sees. What a refused use of an enum value
//! needs instead, `anew.rs` writes from a copy of the database, and tries there.

pub mod anew;
pub mod copy;
pub mod database;
pub(crate) mod elaboration;
pub mod made_by;
pub(crate) mod replay;
pub mod respell;

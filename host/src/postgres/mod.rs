//! Everything that talks to PostgreSQL: how to reach it, and (in the sibling modules) what is asked.

mod address;
pub mod anew;
pub mod audit;
pub mod beside;
pub mod bounds;
pub mod catalog;
pub mod choice;
pub mod connect;
pub mod copy;
pub mod decide;
mod dial;
pub mod elaborate;
pub mod freeze;
pub mod guard;
pub mod heal;
mod hidden_rows;
pub mod ledger;
pub mod managed;
mod migration_session;
mod missing;
mod mover;
mod passwords;
mod pipeline;
pub mod pool;
pub mod replay;
pub mod respell;
pub mod rights;
pub mod roles;
pub mod schema;
pub mod scratch;
pub(crate) mod search_path;
pub mod settings;
mod silence;
pub mod source;
pub mod spelling;
pub mod standing;
pub mod state;
pub mod statements;
pub mod supported;
mod tls;
mod token;
pub mod unavailable;
pub mod weigh;
pub mod who;
mod wire;
mod xact_status;

/// A session's name as `pg_stat_activity` shows it, cut to what PostgreSQL keeps.
pub(crate) fn session_name(name: &str) -> String {
    let mut end = name.len().min(tenon_schema::MAX_IDENTIFIER_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].to_owned()
}

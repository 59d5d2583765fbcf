//! How a server is reached and how sessions with it are kept: addresses, TLS, sockets, the pool, session
//! settings, the managed server.

pub(crate) mod address;
pub mod bounds;
pub mod caller_setting;
pub mod client_access;
pub mod connect;
pub(crate) mod dial;
pub(crate) mod driver;
#[cfg(test)]
mod fake_server;
pub mod freeze;
pub mod guard;
pub(crate) mod inactivity;
pub mod managed;
pub(crate) mod migration_session;
pub(crate) mod missing;
pub(crate) mod passwords;
pub(crate) mod pipeline;
pub mod pool;
pub mod role_identity;
pub(crate) mod search_path;
pub mod settings;
pub(crate) mod socket;
pub mod source;
pub mod statements;
pub mod supported;
pub(crate) mod tls;
pub mod unavailable;
pub(crate) mod xact_status;

/// A session's name as `pg_stat_activity` shows it, cut to what PostgreSQL keeps.
pub(crate) fn session_name(name: &str) -> String {
    let mut end = name.len().min(tenon_schema::MAX_IDENTIFIER_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].to_owned()
}

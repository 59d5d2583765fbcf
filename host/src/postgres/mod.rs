//! Everything that talks to PostgreSQL: how to reach it, and (in the sibling modules) what is asked.

mod address;
pub mod connect;
pub mod pool;
mod tls;

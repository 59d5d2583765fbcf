//! The contract and SDK of Tenon plugins.

pub mod contract;

pub use contract::Manifest;

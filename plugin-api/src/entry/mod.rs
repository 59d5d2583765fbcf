//! The far side of the contract: what `export_plugin!` compiles into a plugin.
//!
//! Everything here is generic over [`Export`], so that it is instantiated in the plugin's own library, where
//! alone a panic of the plugin can be caught.

mod guard;
mod v1;

pub use guard::guard;
pub use v1::{module_v1, root_v1};

use abi_stable::std_types::RVec;
use tenon_schema::Descriptors;

use crate::contract::MigrationV1;
use crate::plugin::Plugin;

/// What `export_plugin!` implements.
pub trait Export: 'static {
    /// The plugin's type.
    type Plugin: Plugin;
    /// The plugin's id.
    const ID: &'static str;

    /// The one value of that type.
    fn plugin() -> &'static Self::Plugin;
    /// The bytes at the manifest's symbol.
    fn manifest() -> &'static [u8];
    /// The schema descriptors.
    fn schema() -> Descriptors;
    /// The lock file, once there is one.
    fn lock() -> Option<&'static str> {
        None
    }
    /// The migrations.
    fn migrations() -> RVec<MigrationV1>;
}

/// How many bytes the parts have together.
pub const fn total_len(parts: &[&str]) -> usize {
    let mut total = 0;
    let mut part = 0;
    while part < parts.len() {
        total += parts[part].len();
        part += 1;
    }
    total
}

/// The parts, one after the other. `N` has to be their [`total_len`]; the compiler stops if it is not.
pub const fn concat<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut bytes = [0; N];
    let mut at = 0;
    let mut part = 0;
    while part < parts.len() {
        let text = parts[part].as_bytes();
        let mut index = 0;
        while index < text.len() {
            bytes[at] = text[index];
            at += 1;
            index += 1;
        }
        part += 1;
    }
    bytes
}

//! What crosses the border between the host and a plugin.
//!
//! Each *generation* of the contract is frozen for ever and has a symbol of its own. abi_stable compares the
//! layout of a root module field by field, so one field or method more would make a newer host refuse every
//! older plugin. A change therefore means: copy the newest to the next number, change that, export both. What
//! a host can do besides is a service, which needs no generation: `HostV2::service`. The test `layout.rs`
//! fails when a frozen type changes.
//!
//! The host looks for the newest symbol first, reads the manifest without running any code, and checks the
//! layout before the first call. See `README.md` for what an author needs, which is nothing of this module.

mod manifest;
#[doc(hidden)]
pub mod services;
mod v1;
mod v2;

pub use manifest::{
    Audience, Build, CALLER_HEADER, DeclaredAsset, DeclaredCard, DeclaredJob, DeclaredPage, Manifest,
    Vocabulary,
};
pub use v1::{
    CellV1, ColumnV1, DbRefV1, DbV1, DbV1_TO, ErrorV1, HeaderV1, HostRefV1, HostV1, HostV1_TO, MigrationV1,
    PairV1, ParamV1, PluginV1, PluginV1Ref, RequestV1, Res, ResponseV1, RowsV1, borrow_db, borrow_host,
};
pub use v2::{HostRefV2, HostV2, HostV2_TO, PluginV2, PluginV2Ref, borrow_host_v2};

/// What every symbol of a contract generation starts with; the generation's number follows.
pub const SYMBOL_PREFIX: &str = "tenon_plugin_v";
/// The symbol of generation 1: an [`abi_stable::library::LibHeader`] whose root module is [`PluginV1`].
pub const SYMBOL_V1: &str = "tenon_plugin_v1";
/// The symbol of generation 2: the header of [`PluginV2`].
pub const SYMBOL_V2: &str = "tenon_plugin_v2";
/// The symbol of the manifest: its JSON as plain bytes, as many as the symbol's size says.
pub const SYMBOL_MANIFEST: &str = "TENON_MANIFEST";
/// The method of a call that runs a job. No HTTP request has it: a route's method is one of HTTP's.
pub const JOB_METHOD: &str = "JOB";
/// The method of a call that has events heard. No HTTP request has it.
pub const EVENT_METHOD: &str = "EVENT";
/// The method of a call that asks for a file of the plugin's pages. No HTTP request has it.
pub const ASSET_METHOD: &str = "ASSET";
/// The method of a call that asks for what a card shows. No HTTP request has it.
pub const CARD_METHOD: &str = "CARD";
/// The method of a call of a function that another plugin calls.
pub const FUNCTION_METHOD: &str = "FUNCTION";
/// The statement by which a plugin emits an event: its name, its key or NULL, and its payload as JSON. The
/// host knows it by this text, and holds the payload against the schema that the plugin declares.
pub const EMIT: &str = "SELECT tenon.emit($1, $2, $3)";
/// The newest generation that this version of the SDK exports.
pub const GENERATION: u32 = 2;
/// The services that a host of this version has, by their names. A plugin says by `needs` in its manifest
/// which of them it cannot do without.
pub use tenon_schema::names::SERVICES;

/// The compiler that built this crate, such as `1.95.0 (59807616e 2026-04-14)`.
pub const RUSTC: &str = env!("TENON_RUSTC");
/// The target triple this crate was built for.
pub const TARGET: &str = env!("TENON_TARGET");
/// The version of this crate.
pub const SDK_VERSION: &str = env!("CARGO_PKG_VERSION");

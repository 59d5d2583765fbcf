//! Generation 2 of the contract. FROZEN: nothing in this file may change, ever.
//!
//! What it has beyond generation 1 is one function of the host, by which every later service can be asked: a
//! name and bytes that describe themselves go in, bytes come out. All types that stayed as they were are
//! those of generation 1. `CONTRACT.md` says how a generation is added, and how a service.

#![expect(unsafe_code, reason = "what abi_stable's macros write contains unsafe blocks; this file has none")]
#![expect(non_local_definitions, reason = "`#[sabi_trait]` writes its impls inside a constant")]

use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::package_version_strings;
use abi_stable::sabi_trait;
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::sabi_types::{RRef, VersionStrings};
use abi_stable::std_types::{RSlice, RStr, RString, RVec};

use super::v1::{DbRefV1, MigrationV1, RequestV1, Res, ResponseV1};

/// The functions of a plugin.
#[repr(C)]
#[derive(StableAbi, Debug)]
#[sabi(kind(Prefix(prefix_ref = PluginV2Ref)))]
#[sabi(missing_field(panic))]
pub struct PluginV2 {
    /// As in generation 1.
    pub manifest: extern "C" fn() -> RString,
    /// As in generation 1.
    pub schema: extern "C" fn() -> Res<RString>,
    /// As in generation 1.
    pub migrations: extern "C" fn() -> Res<RVec<MigrationV1>>,
    /// As in generation 1, with the host of this one.
    pub init: extern "C" fn(HostRefV2<'_>) -> Res<()>,
    /// As in generation 1, with the host of this one.
    pub handle: extern "C" fn(RequestV1<'_>, HostRefV2<'_>, DbRefV1<'_>) -> Res<ResponseV1>,
    /// As in generation 1, with the host of this one.
    #[sabi(last_prefix_field)]
    pub shutdown: extern "C" fn(HostRefV2<'_>) -> Res<()>,
}

impl RootModule for PluginV2Ref {
    abi_stable::declare_root_module_statics! {PluginV2Ref}
    const BASE_NAME: &'static str = "tenon_plugin";
    const NAME: &'static str = "tenon_plugin";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

/// The host's functions for a plugin.
#[sabi_trait]
pub trait HostV2 {
    /// As in generation 1.
    fn log(&self, level: u8, target: RStr<'_>, message: RStr<'_>, fields_json: RStr<'_>);
    /// As in generation 1.
    fn config(&self) -> RString;
    /// As in generation 1.
    fn host_version(&self) -> RString;
    /// Asks a service of the host by its name, on the thread of a call and for as long as that has time. What
    /// goes in and comes out is the service's own: bytes that describe themselves. An unknown name is an
    /// error with the code `no_service`.
    fn service(&self, name: RStr<'_>, input: RSlice<'_, u8>) -> Res<RVec<u8>>;
}

/// The host, lent for the length of one call.
pub type HostRefV2<'a> = HostV2_TO<'a, RRef<'a, ()>>;

/// Lends the host.
pub fn borrow_host_v2<'a, T: HostV2 + 'a>(host: &'a T) -> HostRefV2<'a> {
    HostV2_TO::from_ptr(RRef::new(host), TD_Opaque)
}

//! A library that was built against a changed contract crate: its root module is laid out otherwise.
#![expect(unsafe_code, reason = "symbols with fixed names are what it is for")]

use abi_stable::library::{CheckTypeLayout, LibHeader, RootModule, RootModuleResult};
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::RStr;
use abi_stable::{StableAbi, extern_fn_panic_handling};
use tenon_plugin_api::entry;

const MANIFEST: &[&str] = &[
    r#"{"id":"other","name":"Plugin of Another Layout","version":"1.0.0","contract":[1],"build":{"panic":"unwind"}}"#,
];

#[unsafe(no_mangle)]
pub static TENON_MANIFEST: [u8; entry::total_len(MANIFEST)] = entry::concat(MANIFEST);

#[repr(C)]
#[derive(Debug, StableAbi)]
#[sabi(kind(Prefix(prefix_ref = OtherRef)))]
#[sabi(missing_field(panic))]
pub struct Other {
    #[sabi(last_prefix_field)]
    pub number: u64,
}

impl RootModule for OtherRef {
    abi_stable::declare_root_module_statics! {OtherRef}
    const BASE_NAME: &'static str = "tenon_plugin";
    const NAME: &'static str = "tenon_plugin";
    const VERSION_STRINGS: VersionStrings = VersionStrings { version: RStr::from_str("1.0.0") };
}

extern "C" fn root() -> RootModuleResult {
    extern_fn_panic_handling! {
        abi_stable::library::__call_root_module_loader(|| Other { number: 1 }.leak_into_prefix())
    }
}

#[unsafe(no_mangle)]
// SAFETY: `root` returns an `OtherRef`, erased.
pub static tenon_plugin_v1: LibHeader =
    unsafe { LibHeader::from_constructor::<OtherRef>(root, CheckTypeLayout::Yes) };

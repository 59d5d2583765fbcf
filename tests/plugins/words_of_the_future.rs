//! A plugin of a later SDK, whose descriptors have a word that the host does not know. It speaks the contract
//! without the SDK, which would not let it.
#![expect(unsafe_code, reason = "symbols with fixed names are what it is for")]

use abi_stable::library::RootModuleResult;
use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::{ROk, RString, RVec};
use tenon_plugin_api::contract::{
    DbRefV1, HostRefV1, MigrationV1, PluginV1, PluginV1Ref, RequestV1, Res, ResponseV1,
};
use tenon_plugin_api::entry;
use tenon_plugin_api::private::{CheckTypeLayout, LibHeader};

const MANIFEST: &str = r#"{"id":"words_of_the_future","name":"Plugin With New Words","version":"1.0.0","contract":[1],"descriptors":{"format":1,"minor":99},"build":{"panic":"unwind"}}"#;

#[unsafe(no_mangle)]
pub static TENON_MANIFEST: [u8; MANIFEST.len()] = entry::concat(&[MANIFEST]);

extern "C" fn manifest() -> RString {
    MANIFEST.into()
}

extern "C" fn schema() -> Res<RString> {
    ROk(r#"{"format":1,"wormholes":[{"name":"future.hole"}]}"#.into())
}

extern "C" fn migrations() -> Res<RVec<MigrationV1>> {
    ROk(RVec::new())
}

extern "C" fn nothing(_: HostRefV1<'_>) -> Res<()> {
    ROk(())
}

extern "C" fn handle(_: RequestV1<'_>, _: HostRefV1<'_>, _: DbRefV1<'_>) -> Res<ResponseV1> {
    ROk(ResponseV1 { status: 204, headers: RVec::new(), body: RVec::new() })
}

const MODULE: &WithMetadata<PluginV1> =
    &WithMetadata::new(PluginV1 { manifest, schema, migrations, init: nothing, handle, shutdown: nothing });

extern "C" fn root() -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(|| PluginV1Ref(MODULE.static_as_prefix()))
}

#[unsafe(no_mangle)]
// SAFETY: `root` returns a `PluginV1Ref`, erased.
pub static tenon_plugin_v1: LibHeader =
    unsafe { LibHeader::from_constructor::<PluginV1Ref>(root, CheckTypeLayout::Yes) };

//! A plugin of two generations of the contract, of which each says that it was called. It speaks the contract
//! without the SDK, which does the same in both.
#![expect(unsafe_code, reason = "symbols with fixed names are what it is for")]

use abi_stable::library::RootModuleResult;
use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::{RErr, ROk, RSlice, RString, RVec};
use tenon_plugin_api::contract::{
    DbRefV1, HeaderV1, HostRefV1, HostRefV2, MigrationV1, PluginV1, PluginV1Ref, PluginV2, PluginV2Ref,
    RequestV1, Res, ResponseV1,
};
use tenon_plugin_api::entry;
use tenon_plugin_api::private::{CheckTypeLayout, LibHeader};

const MANIFEST: &str = r#"{"id":"two_generations","name":"Plugin of Two Generations","version":"1.0.0","contract":[1,2],"routes":["GET /generation","GET /service/{name}"],"build":{"panic":"unwind"}}"#;

#[unsafe(no_mangle)]
pub static TENON_MANIFEST: [u8; MANIFEST.len()] = entry::concat(&[MANIFEST]);

extern "C" fn manifest() -> RString {
    MANIFEST.into()
}

extern "C" fn schema() -> Res<RString> {
    ROk(r#"{"format":1}"#.into())
}

extern "C" fn migrations() -> Res<RVec<MigrationV1>> {
    ROk(RVec::new())
}

fn text(body: RVec<u8>) -> Res<ResponseV1> {
    let header = HeaderV1 { name: "content-type".into(), value: "text/plain".into() };
    ROk(ResponseV1 { status: 200, headers: [header].into_iter().collect(), body })
}

extern "C" fn nothing_v1(_: HostRefV1<'_>) -> Res<()> {
    ROk(())
}

extern "C" fn handle_v1(_: RequestV1<'_>, _: HostRefV1<'_>, _: DbRefV1<'_>) -> Res<ResponseV1> {
    text(b"generation 1".to_vec().into())
}

const MODULE_V1: &WithMetadata<PluginV1> = &WithMetadata::new(PluginV1 {
    manifest,
    schema,
    migrations,
    init: nothing_v1,
    handle: handle_v1,
    shutdown: nothing_v1,
});

extern "C" fn root_v1() -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(|| PluginV1Ref(MODULE_V1.static_as_prefix()))
}

#[unsafe(no_mangle)]
// SAFETY: `root_v1` returns a `PluginV1Ref`, erased.
pub static tenon_plugin_v1: LibHeader =
    unsafe { LibHeader::from_constructor::<PluginV1Ref>(root_v1, CheckTypeLayout::Yes) };

extern "C" fn nothing_v2(_: HostRefV2<'_>) -> Res<()> {
    ROk(())
}

extern "C" fn handle_v2(request: RequestV1<'_>, host: HostRefV2<'_>, _: DbRefV1<'_>) -> Res<ResponseV1> {
    match request.path.as_str().strip_prefix("/service/") {
        None => text(b"generation 2".to_vec().into()),
        Some(service) => match host.service(service.into(), RSlice::from_slice(b"{}\n")) {
            ROk(body) => text(body),
            RErr(error) => RErr(error),
        },
    }
}

const MODULE_V2: &WithMetadata<PluginV2> = &WithMetadata::new(PluginV2 {
    manifest,
    schema,
    migrations,
    init: nothing_v2,
    handle: handle_v2,
    shutdown: nothing_v2,
});

extern "C" fn root_v2() -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(|| PluginV2Ref(MODULE_V2.static_as_prefix()))
}

#[unsafe(no_mangle)]
// SAFETY: `root_v2` returns a `PluginV2Ref`, erased.
pub static tenon_plugin_v2: LibHeader =
    unsafe { LibHeader::from_constructor::<PluginV2Ref>(root_v2, CheckTypeLayout::Yes) };

//! A plugin of two generations of the contract: the first by `export_plugin!`, and beside it the one that is
//! for tests alone. Each says by which it was called.
#![expect(unsafe_code, reason = "a symbol with a fixed name is what it is for")]

use abi_stable::library::RootModuleResult;
use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::{RErr, ROk, RSlice, RString, RVec};
use tenon_plugin_api::contract::rehearsal::{HostRefV900, PluginV900, PluginV900Ref};
use tenon_plugin_api::contract::{DbRefV1, HeaderV1, MigrationV1, RequestV1, Res, ResponseV1};
use tenon_plugin_api::prelude::*;
use tenon_plugin_api::private::{CheckTypeLayout, LibHeader};

struct Rehearsal;

impl Plugin for Rehearsal {
    fn handle(&self, _: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        let one: i32 = db.query_one("SELECT 1 AS one", &[])?.get("one")?;
        Ok(Response::text(200, format!("generation {one}")))
    }
}

export_plugin! {
    Rehearsal,
    id: "rehearsal",
    name: "Plugin of Two Generations",
    routes: ["GET /generation", "GET /service/{name}"],
}

extern "C" fn manifest() -> RString {
    String::from_utf8_lossy(&TENON_MANIFEST).into_owned().into()
}

extern "C" fn schema() -> Res<RString> {
    ROk(r#"{"format":1}"#.into())
}

extern "C" fn migrations() -> Res<RVec<MigrationV1>> {
    ROk(RVec::new())
}

extern "C" fn nothing(_: HostRefV900<'_>) -> Res<()> {
    ROk(())
}

/// Says back what the host says back.
extern "C" fn handle(request: RequestV1<'_>, host: HostRefV900<'_>, _: DbRefV1<'_>) -> Res<ResponseV1> {
    let service = request.path.as_str().strip_prefix("/service/").unwrap_or("echo");
    match host.service(service.into(), RSlice::from_slice(b"generation 900")) {
        ROk(body) => {
            let header = HeaderV1 { name: "content-type".into(), value: "text/plain".into() };
            ROk(ResponseV1 { status: 200, headers: [header].into_iter().collect(), body })
        }
        RErr(error) => RErr(error),
    }
}

const MODULE: &WithMetadata<PluginV900> =
    &WithMetadata::new(PluginV900 { manifest, schema, migrations, init: nothing, handle, shutdown: nothing });

extern "C" fn root() -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(|| PluginV900Ref(MODULE.static_as_prefix()))
}

#[unsafe(no_mangle)]
// SAFETY: `root` returns a `PluginV900Ref`, erased.
pub static tenon_plugin_v900: LibHeader =
    unsafe { LibHeader::from_constructor::<PluginV900Ref>(root, CheckTypeLayout::Yes) };

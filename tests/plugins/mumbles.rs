//! A plugin that hands over as text what is none: while it is loaded what stands in its own bytes, where a
//! test writes it, and at a request what its path says. It speaks the contract without the SDK, which would
//! not let it.
#![expect(unsafe_code, reason = "symbols with fixed names, and texts that are none, are what it is for")]

use abi_stable::library::RootModuleResult;
use abi_stable::prefix_type::WithMetadata;
use abi_stable::std_types::{RErr, ROk, RSlice, RString, RVec};
use tenon_plugin_api::contract::{
    DbRefV1, ErrorV1, HeaderV1, HostRefV1, MigrationV1, PluginV1, PluginV1Ref, RequestV1, Res, ResponseV1,
};
use tenon_plugin_api::entry;
use tenon_plugin_api::private::{CheckTypeLayout, LibHeader};

const MANIFEST: &str = r#"{"id":"mumbles","name":"Plugin That Mumbles","version":"1.0.0","contract":[1],"routes":["POST /{what}"],"build":{"panic":"unwind"}}"#;

#[unsafe(no_mangle)]
pub static TENON_MANIFEST: [u8; MANIFEST.len()] = entry::concat(&[MANIFEST]);

/// What of it is no text; padded with blanks.
static ORDER: [u8; 64] = *b"the order of the plugin mumbles:                                ";

/// The text, or what is none in its place.
fn said(what: &str, text: &str) -> RString {
    let order =
        std::hint::black_box(&ORDER).strip_prefix(b"the order of the plugin mumbles:").unwrap_or_default();
    if order.trim_ascii() == what.as_bytes() { mumbled() } else { text.into() }
}

fn mumbled() -> RString {
    // SAFETY: it is not, that is the point.
    unsafe { RString::from_utf8_unchecked(b"mumbled: \xff\xfe".to_vec().into()) }
}

extern "C" fn manifest() -> RString {
    said("manifest", MANIFEST)
}

extern "C" fn schema() -> Res<RString> {
    ROk(said("schema", r#"{"format":1}"#))
}

extern "C" fn migrations() -> Res<RVec<MigrationV1>> {
    let migration = MigrationV1 {
        filename: said("name", "0001_nothing.sql"),
        sql: said("sql", "SELECT 1;\n"),
        requires: [said("requires", "")].into_iter().filter(|requires| !requires.is_empty()).collect(),
    };
    ROk([migration].into_iter().collect())
}

extern "C" fn init(_: HostRefV1<'_>) -> Res<()> {
    let error = error("out", said("error", ""), "");
    if error.message.is_empty() { ROk(()) } else { RErr(error) }
}

fn error(code: impl Into<RString>, message: impl Into<RString>, sqlstate: impl Into<RString>) -> ErrorV1 {
    ErrorV1 {
        code: code.into(),
        status: 409,
        message: message.into(),
        detail: RString::new(),
        sqlstate: sqlstate.into(),
    }
}

extern "C" fn handle(request: RequestV1<'_>, host: HostRefV1<'_>, db: DbRefV1<'_>) -> Res<ResponseV1> {
    let bad = mumbled();
    let answer = |name: RString, value: RString| {
        let headers = [HeaderV1 { name, value }].into_iter().collect();
        ROk(ResponseV1 { status: 200, headers, body: b"\xff".to_vec().into() })
    };
    match request.path.as_str() {
        "/header-name" => answer(bad, "x".into()),
        "/header-value" => answer("x-mumbled".into(), bad),
        "/code" => RErr(error(bad, "x", "")),
        "/message" => RErr(error("x", bad, "")),
        "/sqlstate" => RErr(error("x", "x", bad)),
        "/query" => {
            RErr(db.query(bad.as_rstr(), RSlice::EMPTY).err().unwrap_or_else(|| error("none", "", "")))
        }
        "/execute" => {
            RErr(db.execute(bad.as_rstr(), RSlice::EMPTY).err().unwrap_or_else(|| error("none", "", "")))
        }
        "/savepoint" => RErr(db.savepoint(bad.as_rstr()).err().unwrap_or_else(|| error("none", "", ""))),
        "/log" => {
            host.log(2, bad.as_rstr(), bad.as_rstr(), bad.as_rstr());
            answer("x-logged".into(), "x".into())
        }
        _ => answer("x-well".into(), "x".into()),
    }
}

extern "C" fn shutdown(_: HostRefV1<'_>) -> Res<()> {
    ROk(())
}

const MODULE: &WithMetadata<PluginV1> =
    &WithMetadata::new(PluginV1 { manifest, schema, migrations, init, handle, shutdown });

extern "C" fn root() -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(|| PluginV1Ref(MODULE.static_as_prefix()))
}

#[unsafe(no_mangle)]
// SAFETY: `root` returns a `PluginV1Ref`, erased.
pub static tenon_plugin_v1: LibHeader =
    unsafe { LibHeader::from_constructor::<PluginV1Ref>(root, CheckTypeLayout::Yes) };

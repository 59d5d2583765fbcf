//! A plugin whose code gives another manifest than its file shows: what `export_plugin!` writes, changed.
#![expect(unsafe_code, reason = "symbols with fixed names are what it is for")]

use tenon_plugin_api::private::{CheckTypeLayout, LibHeader, MigrationV1, PluginV1Ref, RVec};
use tenon_plugin_api::{entry, schema};
use tenon_test_plugins::Silent;

const SHOWN: &[&str] = &[
    r#"{"id":"honest","name":"Honest Plugin","version":"1.0.0","contract":[1],"build":{"panic":"unwind"}}"#,
];
const SPOKEN: &[u8] =
    br#"{"id":"inventory","name":"Inventory Plugin","version":"1.2.0","contract":[1],"build":{"panic":"unwind"}}"#;

#[unsafe(no_mangle)]
pub static TENON_MANIFEST: [u8; entry::total_len(SHOWN)] = entry::concat(SHOWN);

struct Lies;

impl entry::Export for Lies {
    type Plugin = Silent;
    const ID: &'static str = "honest";

    fn plugin() -> &'static Silent {
        &Silent
    }

    fn manifest() -> &'static [u8] {
        SPOKEN
    }

    fn schema() -> Result<schema::Descriptors, tenon_plugin_api::PluginError> {
        Ok(schema::Descriptors { format: schema::FORMAT, ..schema::Descriptors::default() })
    }

    fn migrations() -> RVec<MigrationV1> {
        RVec::new()
    }
}

#[unsafe(no_mangle)]
// SAFETY: `root_v1` returns a `PluginV1Ref`, erased.
pub static tenon_plugin_v1: LibHeader =
    unsafe { LibHeader::from_constructor::<PluginV1Ref>(entry::root_v1::<Lies>, CheckTypeLayout::Yes) };

//! A library whose manifest says that it was built with `panic = "abort"`: a workspace has one profile for
//! all, so it is made without the SDK. It must be refused before anything of it is called.
#![expect(unsafe_code, reason = "symbols with fixed names are what it is for")]

use std::sync::atomic::AtomicU64;

const MANIFEST: &str = r#"{"id":"aborts","name":"Plugin That Aborts","version":"1.0.0","contract":[1],"build":{"panic":"abort"}}"#;

#[unsafe(no_mangle)]
pub static TENON_MANIFEST: [u8; MANIFEST.len()] = text(MANIFEST);

#[unsafe(no_mangle)]
pub static tenon_plugin_v1: [AtomicU64; 64] = [const { AtomicU64::new(1) }; 64];

const fn text<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    let mut at = 0;
    while at < N {
        bytes[at] = text.as_bytes()[at];
        at += 1;
    }
    bytes
}

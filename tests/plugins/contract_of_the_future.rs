//! A library of a contract generation that this host does not know, made without the SDK.
#![expect(unsafe_code, reason = "symbols with fixed names are what it is for")]

const MANIFEST: &str = r#"{"id":"tomorrow","name":"Plugin of Tomorrow","version":"7.0.0","contract":[3],"build":{"panic":"unwind"}}"#;

#[unsafe(no_mangle)]
pub static TENON_MANIFEST: [u8; MANIFEST.len()] = text(MANIFEST);

#[unsafe(no_mangle)]
pub static tenon_plugin_v3: [u64; 4] = [3; 4];

const fn text<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    let mut at = 0;
    while at < N {
        bytes[at] = text.as_bytes()[at];
        at += 1;
    }
    bytes
}

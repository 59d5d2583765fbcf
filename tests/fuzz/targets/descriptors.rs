//! Any text at all, read as a plugin's schema descriptors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_host::plugin::load::{Declared, Vocabulary, decode_descriptors};
use tenon_host::plugin::registry::hash;
use tenon_migrations_core::claims;

fuzz_target!(|json: &str| {
    let Ok(Declared { descriptors, .. }) = decode_descriptors(json, Vocabulary::OWN) else { return };
    let _ = claims::of(&descriptors);
    let again = serde_json::to_string(&descriptors).expect("what was read can be written");
    let Declared { descriptors: same, .. } = decode_descriptors(&again, Vocabulary::OWN).expect("what was written can be read");
    assert_eq!(hash(&same), hash(&descriptors));
});

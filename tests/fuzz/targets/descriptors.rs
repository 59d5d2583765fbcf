//! Any text at all, read as a plugin's schema descriptors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_host::plugin::load::{DecodedDescriptors, Vocabulary, decode_descriptors};
use tenon_host::plugin::registry::hash;
use tenon_migrations_core::claims;

fuzz_target!(|json: &str| {
    let Ok(DecodedDescriptors { descriptors, .. }) = decode_descriptors(json, Vocabulary::OWN) else {
        return;
    };
    let _ = claims::of(&descriptors);
    let again = serde_json::to_string(&descriptors).expect("what was read can be written");
    let DecodedDescriptors { descriptors: same, .. } =
        decode_descriptors(&again, Vocabulary::OWN).expect("what was written can be read");
    assert_eq!(hash(&same), hash(&descriptors));
});

//! A plugin that ends the process before anybody has called it: whoever outlives it has not loaded it.
#![expect(unsafe_code, reason = "the loader's own section is what it is for")]

use tenon_plugin_api::prelude::*;
use tenon_test_plugins::Silent;

#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOADING: extern "C" fn() = die;

extern "C" fn die() {
    std::process::abort();
}

export_plugin! { Silent, id: "dies_when_loaded", name: "Plugin That Dies When Loaded" }

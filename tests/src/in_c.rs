//! Libraries that no Rust crate makes by accident, built at test time by the C compiler that also links Rust.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// Builds a library that looks like a plugin with this id, with more source and arguments of the linker.
/// Nothing in it could answer the host.
pub fn c_plugin(place: &Path, id: &str, source: &str, arguments: &[&str]) -> PathBuf {
    let manifest = json!({
        "id": id, "name": format!("Plugin {id}"), "version": "1.0.0", "contract": [1], "build": { "panic": "unwind" },
    });
    let entry = "unsigned long tenon_plugin_v1[64] = {1};";
    c_plugin_of(place, &format!("lib{id}.so"), &manifest, &format!("{entry}\n{source}"), arguments)
}

/// Builds a library of this file name with this manifest. What is at the contract's symbol the source says.
pub fn c_plugin_of(place: &Path, file: &str, manifest: &Value, source: &str, arguments: &[&str]) -> PathBuf {
    let manifest = manifest.to_string();
    // An array of just that size has no zero at its end.
    let (size, text) = (manifest.len(), manifest.replace('\\', "\\\\").replace('"', "\\\""));
    let plugin = format!("const char TENON_MANIFEST[{size}] = \"{text}\";\n{source}\n");
    c_library(place, file, &plugin, arguments)
}

/// Builds a library of this file name.
pub fn c_library(place: &Path, file: &str, source: &str, arguments: &[&str]) -> PathBuf {
    let (code, library) = (place.join(format!("{file}.c")), place.join(file));
    fs::write(&code, source).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-w", "-o"]).arg(&library).arg(&code).args(arguments);
    let output = compiler.current_dir(place).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(code).unwrap();
    library
}

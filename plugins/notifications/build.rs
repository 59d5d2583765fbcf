//! Makes cargo notice new migrations and a new lock file; edits of known files it sees by itself.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=tenon.lock");
}

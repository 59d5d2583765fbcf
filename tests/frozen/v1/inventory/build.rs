//! Makes cargo notice new migrations; edits of known ones it sees by itself.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}

//! What `scripts/package` makes runs by itself, away from the work tree.

#![cfg(test)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// Runs a command to its end and gives what it printed, or everything it said.
fn run(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.code(), said)
}

/// A place the user of the managed database can enter, too: it is another one than root.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    place
}

/// Packs what was built for these tests and unpacks it; returns the tarball's one directory.
fn unpack_into(place: &Path) -> std::path::PathBuf {
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/package");
    let made = Command::new(script)
        .args(["--tarball", "--no-build", "--profile", profile, "--out"])
        .arg(place)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let tarball = String::from_utf8(made.stdout).unwrap();
    let (code, said) = run(Command::new("tar").args(["-xzf", tarball.trim(), "-C"]).arg(place));
    assert_eq!(code, Some(0), "{said}");
    let name = Path::new(tarball.trim()).file_name().unwrap().to_str().unwrap();
    place.join(name.strip_suffix(".tar.gz").unwrap())
}

#[test]
fn a_heal_runs_from_the_unpacked_tarball_with_a_database_of_its_own() {
    let place = place();
    let unpacked = unpack_into(place.path());
    let tenon = |arguments: &[&str]| {
        let mut command = Command::new(unpacked.join("bin/tenon"));
        command.args(arguments).args(["--state-dir", "state"]).current_dir(&unpacked);
        for (name, _) in std::env::vars().filter(|(name, _)| {
            name == "DATABASE_URL"
                || name.starts_with("PG")
                || name.starts_with("TENON_") && name != "TENON_PG_BINDIR"
        }) {
            command.env_remove(name);
        }
        run(&mut command)
    };

    assert_eq!(
        fs::read_dir(unpacked.join("plugins")).unwrap().count(),
        0,
        "the plugin directory starts empty"
    );
    for sample in ["libidentity.so", "libinventory.so", "liborders.so", "libreporting.so"] {
        fs::rename(unpacked.join("sample-plugins").join(sample), unpacked.join("plugins").join(sample))
            .unwrap();
    }

    let (code, said) = tenon(&["plugin", "new", "notes", "--requires", "identity"]);
    assert_eq!(code, Some(0), "{said}");
    let manifest = fs::read_to_string(unpacked.join("notes/Cargo.toml")).unwrap();
    let sdk = unpacked.join("share/tenon/sdk/tenon-plugin-api-1.1.0");
    assert!(manifest.contains(sdk.to_str().unwrap()), "the SDK came with it: {manifest}");

    let (code, said) = tenon(&["check"]);
    assert_eq!(code, Some(3), "there is no database yet, and a check makes none: {said}");
    let (code, said) = tenon(&["heal", "--yes", "--as", "operator"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = tenon(&["check"]);
    assert_eq!(code, Some(0), "a check right after a heal is clean: {said}");
    let (code, said) = tenon(&["audit", "list"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("operator"), "the audit log names who healed: {said}");
}

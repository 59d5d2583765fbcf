//! Packages that were built twice, in two places: no byte of them differs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tenon_tests::is_long;

use crate::{WORK_TREE, said};

/// Where something is built, and how its builder's files are.
struct Place {
    tree: &'static str,
    cargo_home: &'static str,
    /// `None` is where cargo puts it by itself.
    target: Option<&'static str>,
    umask: &'static str,
}

const PLACES: [Place; 2] = [
    Place { tree: "tree", cargo_home: "cargo", target: None, umask: "022" },
    Place { tree: "a/deeper/tree", cargo_home: "somebody/.cargo", target: Some("elsewhere"), umask: "077" },
];

#[test]
fn two_builds_in_two_places_give_the_same_packages() {
    if !is_long() {
        eprintln!("two builds take half an hour: they are compared with TENON_LONG=1");
        return;
    }
    let [first, second] = PLACES.map(|place| sums_of(&place));
    assert!(first.contains(".deb") && first.contains(".rpm") && first.contains(".tar.gz"), "{first}");
    assert_eq!(first, second);
}

/// The sums of all packages, built from nothing in that place.
fn sums_of(place: &Place) -> String {
    let room = tempfile::Builder::new().prefix("tenon-built-").tempdir().unwrap();
    let at = |path: &str| room.path().join(path);
    let tree = at(place.tree);
    fs::create_dir_all(&tree).unwrap();
    let copied = format!(
        "umask {}; tar --create --exclude=./target --exclude=./.git --exclude=node_modules . | \
         tar --extract --no-same-permissions --directory \"$0\"",
        place.umask
    );
    said(Command::new("sh").args(["-c", &copied]).arg(&tree).current_dir(WORK_TREE), 0);
    let target = place.target.map_or_else(|| tree.join("target"), at);
    fs::create_dir_all(&target).unwrap();
    // What is downloaded, and the tools that make the packages, are the same ones.
    link_all(&own_cargo_home(), &at(place.cargo_home));
    symlink(Path::new(WORK_TREE).join("target/tools"), target.join("tools")).unwrap();
    let build = format!("umask {}; exec scripts/package --profile dev --out \"$0\"", place.umask);
    let mut command = Command::new("bash");
    command.args(["-c", &build]).arg(at("packages")).current_dir(&tree);
    command.env("CARGO_HOME", at(place.cargo_home)).env("SOURCE_DATE_EPOCH", "1700000000");
    for inherited in ["CARGO_TARGET_DIR", "RUSTFLAGS", "CFLAGS", "TENON_MINISIGN_KEY_FILE"] {
        command.env_remove(inherited);
    }
    command.envs(place.target.map(|_| ("CARGO_TARGET_DIR", &target)));
    said(&mut command, 0);
    fs::read_to_string(at("packages/SHA256SUMS")).unwrap()
}

fn own_cargo_home() -> PathBuf {
    std::env::var_os("CARGO_HOME").map_or_else(|| std::env::home_dir().unwrap().join(".cargo"), PathBuf::from)
}

/// A directory of links to all that is in another one.
fn link_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        symlink(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

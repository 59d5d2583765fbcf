//! What the build left behind: the program, the sample plugins, the test plugins.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use memchr::memmem;
use tenon_schema::Descriptors;

/// The root of the work tree.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the work tree")
}

/// The folder that the profile of this very test was built into, such as `target/debug`.
pub fn profile_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let exe = std::env::current_exe().expect("this process has a file");
        let dir = exe.parent().expect("a file is in a directory");
        // Tests are in `deps`, programs beside it.
        if dir.ends_with("deps") { dir.parent().expect("deps is in a profile's folder") } else { dir }.into()
    })
}

/// The library of a sample plugin (`inventory`) or of a test plugin (`inventory_1_0`).
pub fn library(name: &str) -> PathBuf {
    let file = format!("lib{name}.so");
    let places = [profile_dir().join("examples").join(&file), profile_dir().join(&file)];
    found(places.into_iter().find(|place| place.is_file()), &file)
}

/// The test plugin `many_migrations` under an id of this shape: `many_000`.
pub fn many_migrations(id: &str) -> Vec<u8> {
    renamed("many_migrations", "many_000", id)
}

/// The test plugin `brings` with these files, which are pairs of name and SQL, under an id of this shape:
/// `brings_00`.
pub fn bringing(id: &str, files: &[(String, String)]) -> Vec<u8> {
    declaring(id, files, &Descriptors { format: tenon_schema::FORMAT, ..Descriptors::default() })
}

/// The test plugin `brings` with these files and descriptors, under an id of its shape: see [`bringing`].
pub fn declaring(id: &str, files: &[(String, String)], descriptors: &Descriptors) -> Vec<u8> {
    const HEAD: &[u8] = b"the files of the plugin brings: ";
    let mut library = renamed("brings", "brings_00", id);
    let files = serde_json::to_vec(&(files, descriptors)).expect("text is JSON");
    // The head stands in the program too, but nothing of the files' room behind it.
    let room = |at: &usize| {
        library.get(*at..at + files.len()).is_some_and(|room| room.iter().all(|byte| *byte == b' '))
    };
    let mut places = memmem::find_iter(&library, HEAD).map(|at| at + HEAD.len());
    let at = places.find(room).expect("there is room for the files");
    drop(places);
    library[at..at + files.len()].copy_from_slice(&files);
    library
}

/// The test plugin `rogue` that does this while it is loaded: `("constructor", "connect-tcp")`.
pub fn rogue(place: &str, act: &str) -> Vec<u8> {
    ordered("rogue", &format!("{place} {act}"))
}

/// The test plugin `mumbles` that hands over this while it is loaded, which is no text: `"sql"`.
pub fn mumbling(what: &str) -> Vec<u8> {
    ordered("mumbles", what)
}

/// A test plugin with an order in its bytes.
fn ordered(plugin: &str, order: &str) -> Vec<u8> {
    let head = format!("the order of the plugin {plugin}:");
    let mut library = std::fs::read(library(plugin)).expect("a library can be read");
    // The head stands in the program too, but without the room behind it.
    let with_room = format!("{head:64}");
    let at = memmem::find(&library, with_room.as_bytes()).expect("there is room for the order");
    library[at + head.len()..][..order.len()].copy_from_slice(order.as_bytes());
    library
}

/// A test plugin in whose bytes one text stands in place of another of the same length, wherever that was:
/// its id with its schema, or what its manifest says.
pub fn renamed(plugin: &str, former: &str, id: &str) -> Vec<u8> {
    replaced(std::fs::read(library(plugin)).expect("a library can be read"), former, id)
}

/// The test plugin `ladder` of this id, which requires and calls the other one.
pub fn ladder(id: &str, next: &str) -> Vec<u8> {
    replaced(renamed("ladder", "ladder_99", next), "ladder_00", id)
}

/// A library with one text in place of another of the same length, wherever that was.
pub fn replaced(mut library: Vec<u8>, former: &str, text: &str) -> Vec<u8> {
    assert_eq!(text.len(), former.len());
    for at in memmem::find_iter(&library.clone(), former) {
        library[at..at + former.len()].copy_from_slice(text.as_bytes());
    }
    library
}

/// What cargo needs in an environment that was cleared: the toolchain that built these tests, and no other.
///
/// Its own programs come first in the `PATH`, so that none of rustup's is called in their place: without a
/// toolchain in the environment those heed the `rust-toolchain.toml` of any dependency, and install or update
/// what it asks for, for everybody on the machine.
pub fn toolchain() -> Vec<(&'static str, std::ffi::OsString)> {
    let cargo = Path::new(env!("CARGO"));
    let mut variables = vec![("CARGO", cargo.into()), ("RUSTUP_AUTO_INSTALL", "0".into())];
    variables.push(("CARGO_NET_OFFLINE", "true".into()));
    // Nobody debugs what tests build, and without it they wait for half as long.
    variables.push(("CARGO_PROFILE_DEV_DEBUG", "0".into()));
    // Two levels up: the toolchain's folder, which rustup takes as it takes a name.
    variables.extend(cargo.ancestors().nth(2).map(|folder| ("RUSTUP_TOOLCHAIN", folder.into())));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let programs = cargo.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&path));
    variables.extend(std::env::join_paths(programs).ok().map(|path| ("PATH", path)));
    let home = ["HOME", "CARGO_HOME", "RUSTUP_HOME"].into_iter();
    variables.extend(home.filter_map(|name| Some((name, std::env::var_os(name)?))));
    variables
}

/// A program, such as `tenon`.
pub fn program(name: &str) -> PathBuf {
    found(Some(profile_dir().join(name)).filter(|place| place.is_file()), name)
}

fn found(place: Option<PathBuf>, what: &str) -> PathBuf {
    let dir = profile_dir().display();
    place.unwrap_or_else(|| panic!("{what} was not built into {dir}: run the tests with scripts/test"))
}

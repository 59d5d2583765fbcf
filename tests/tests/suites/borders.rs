//! The borders of the work tree: who may import whom, what lies where, and what every crate has.

mod docs;
mod names;
mod prose;
mod rooms;
mod unsafe_code;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use tenon_tests::artifacts::root;

/// What cargo says of our own crates, for which nothing has to have been downloaded.
fn metadata() -> Metadata {
    let nothing = tempfile::tempdir().unwrap();
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .env("CARGO_HOME", nothing.path())
        .other_options(["--locked".to_owned(), "--offline".to_owned()])
        .exec()
        .unwrap()
}

/// Our own crates that a crate imports, its tests aside.
fn imports(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let ours: BTreeSet<_> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let of = |dependencies: &[cargo_metadata::Dependency]| {
        let kept = dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
        kept.map(|dependency| dependency.name.clone()).filter(|name| ours.contains(name)).collect()
    };
    metadata
        .workspace_packages()
        .iter()
        .map(|package| (package.name.to_string(), of(&package.dependencies)))
        .collect()
}

#[test]
fn everybody_imports_only_whom_they_may() {
    let told: Vec<_> = imports(&metadata())
        .into_iter()
        .map(|(who, whom)| format!("{who}: {}", whom.into_iter().collect::<Vec<_>>().join(", ")))
        .map(|line| line.trim_end().to_owned())
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r###"
    identity: tenon-plugin-api
    inventory: tenon-plugin-api
    inventory-of-today: tenon-plugin-api
    notifications: tenon-plugin-api
    orders: tenon-plugin-api
    reporting: tenon-plugin-api
    tenon-host: tenon-migrations-core, tenon-plugin-api, tenon-schema
    tenon-migrations-core: tenon-schema
    tenon-plugin-api: tenon-plugin-macros, tenon-schema
    tenon-plugin-macros: tenon-schema
    tenon-plugin-test: tenon-plugin-api, tenon-plugin-macros
    tenon-schema:
    tenon-test-plugins: tenon-plugin-api
    tenon-tests: tenon-host, tenon-migrations-core, tenon-schema
    todo: tenon-plugin-api
    "###);
}

#[test]
fn invariant_8_nothing_below_migrations_core_does_io() {
    // Not of the metadata, which lists what no feature that is in use asks for. Of this platform alone, as
    // cargo does without being told: only its crates were downloaded to build these tests.
    let mut tree = std::process::Command::new(env!("CARGO"));
    tree.args(["tree", "--package", "tenon-migrations-core", "--edges", "normal", "--prefix", "none"]);
    let tree = tree.args(["--offline", "--locked"]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains("tenon-schema"), "the walk went somewhere: {names:?}");
    let forbidden = [
        "tokio",
        "async-std",
        "mio",
        "tokio-postgres",
        "postgres-types",
        "deadpool-postgres",
        "actix-web",
        "hyper",
        "reqwest",
        "rustls",
        "libloading",
        "rustix",
        "tempfile",
        "rand",
        "chrono",
        "tracing",
        "log",
        "config",
        "clap",
        "tenon-host",
        "tenon-plugin-api",
    ];
    let found: Vec<_> = forbidden.into_iter().filter(|name| names.contains(name)).collect();
    assert_eq!(found, Vec::<&str>::new(), "below migrations-core: {names:?}");
}

#[test]
fn invariant_8_the_source_of_migrations_core_asks_nobody_outside() {
    let mut found = Vec::new();
    for file in rust_files("migrations-core/src") {
        let text = fs::read_to_string(&file).unwrap();
        let outside = [
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "std::time",
            "Timestamp::now",
            "Zoned::now",
            "TimeZone::system",
        ];
        found.extend(
            outside
                .iter()
                .filter(|word| text.contains(**word))
                .map(|word| format!("{}: {word}", file.display())),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_types_of_the_border_end_where_plugins_are_loaded() {
    let mut found = Vec::new();
    for file in rust_files("host/src") {
        let place = file.strip_prefix(root().join("host/src")).unwrap();
        if place.starts_with("plugin/load") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let uses = ["abi_stable", "RString", "RVec", "PluginV1Ref"];
        found.extend(
            uses.iter()
                .filter(|word| text.contains(**word))
                .map(|word| format!("{}: {word}", place.display())),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_top_level_is_what_the_map_says() {
    let said = std::process::Command::new("git").args(["ls-files"]).current_dir(root()).output().unwrap();
    assert!(said.status.success());
    let files = String::from_utf8(said.stdout).unwrap();
    let top: BTreeSet<_> = files
        .lines()
        .map(|file| file.split_once('/').map_or(file.to_owned(), |(folder, _)| format!("{folder}/")))
        .collect();
    let shown: Vec<_> = top.into_iter().filter(|name| !name.starts_with('.')).collect();
    insta::assert_snapshot!(shown.join("\n"), @r###"
    ARCHITECTURE.md
    CHANGELOG.md
    CONTRIBUTING.md
    Cargo.lock
    Cargo.toml
    LICENSE-APACHE
    LICENSE-MIT
    README.md
    SECURITY.md
    dist/
    host/
    migrations-core/
    plugin-api/
    plugins/
    scripts/
    tests/
    "###);
}

#[test]
fn every_crate_has_the_workspaces_lints_edition_and_versions() {
    let mut faults = Vec::new();
    for package in metadata().workspace_packages() {
        let text = fs::read_to_string(&package.manifest_path).unwrap();
        let mut wants = |wanted: bool, what: &str| {
            if !wanted {
                faults.push(format!("{}: {what}", package.name));
            }
        };
        wants(text.contains("[lints]\nworkspace = true"), "no [lints] workspace = true");
        wants(text.contains("edition.workspace = true"), "an edition of its own");
        wants(text.contains("rust-version.workspace = true"), "a rust-version of its own");
        let mut section = "";
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            } else if section.contains("dependencies") && line.contains('=') {
                wants(line.contains("workspace = true"), &format!("a version of its own: {line}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

fn rust_files(folder: &str) -> Vec<std::path::PathBuf> {
    let mut ahead = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(path) = ahead.pop() {
        if path.is_dir() {
            ahead.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

//! The SDK grows: words are added, none is taken away, its version says so, and an older host says of a newer
//! plugin what it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use quote::ToTokens;
use semver::Version;
use syn::{Fields, Item, Visibility};
use tenon_tests::{World, artifacts};

/// The words that each minor version of the vocabulary has: a file each.
const WORDS: &str = "plugin-api/schema/vocabulary";

#[test]
fn the_vocabulary_only_grows_and_says_so() {
    let root = artifacts::root();
    let minor = tenon_schema::MINOR;
    let file = root.join(WORDS).join(format!("1.{minor}.txt"));
    let now = words(&root.join("plugin-api/schema/src/descriptors"));
    let text = now.iter().map(|word| format!("{word}\n")).collect::<String>();
    if std::env::var_os("TENON_NEW_VOCABULARY").is_some() {
        assert!(!file.exists(), "raise tenon_schema::MINOR first");
        fs::write(&file, &text).unwrap();
    }
    let told = "the words of descriptors changed: raise tenon_schema::MINOR and the minor version of the SDK's crates, \
                and run this test once with TENON_NEW_VOCABULARY=1";
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), text, "{told}");
    // Whatever an older plugin says has to be understood as it was meant.
    for former in 0..minor {
        let former = fs::read_to_string(root.join(WORDS).join(format!("1.{former}.txt"))).unwrap();
        let gone: Vec<_> = former.lines().filter(|word| !now.contains(*word)).collect();
        assert!(gone.is_empty(), "no longer words: {gone:#?}");
    }
    let manifest = fs::read_to_string(root.join("plugin-api/Cargo.toml")).unwrap();
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = ")).unwrap();
    let version: Version = version.trim_matches('"').parse().unwrap();
    assert!(version.major == 1 && version.minor >= u64::from(minor), "{version} is that of fewer words");
}

#[test]
fn the_first_words_are_those_of_the_frozen_sdk() {
    let root = artifacts::root();
    let frozen = words(&root.join("tests/frozen/v1/plugin-api/schema/src"));
    let file = root.join(WORDS).join("1.0.txt");
    if std::env::var_os("TENON_NEW_VOCABULARY").is_some() && !file.exists() {
        fs::write(&file, frozen.iter().map(|word| format!("{word}\n")).collect::<String>()).unwrap();
    }
    let first = fs::read_to_string(file).unwrap();
    let first: BTreeSet<_> = first.lines().map(str::to_owned).collect();
    assert_eq!(frozen, first);
}

/// Every field of a public struct and every variant of a public enum, by its type's name.
fn words(folder: &Path) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let is_of_descriptors = !["ident.rs", "lib.rs", "names.rs"].iter().any(|name| path.ends_with(name));
        if !is_of_descriptors || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        for item in syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap().items {
            match item {
                Item::Struct(one) if matches!(one.vis, Visibility::Public(_)) => {
                    words.extend(fields(&one.ident.to_string(), &one.fields));
                }
                Item::Enum(one) if matches!(one.vis, Visibility::Public(_)) => {
                    for variant in &one.variants {
                        let name = format!("{}::{}", one.ident, variant.ident);
                        words.extend(fields(&name, &variant.fields));
                        words.insert(name);
                    }
                }
                _ => {}
            }
        }
    }
    words
}

/// `Column.default: Option < String >`
fn fields(of: &str, fields: &Fields) -> Vec<String> {
    let named = fields.iter().filter_map(|field| field.ident.as_ref().map(|name| (name, &field.ty)));
    named.map(|(name, ty)| format!("{of}.{name}: {}", ty.to_token_stream())).collect()
}

#[test]
fn a_plugin_whose_words_are_too_new_is_told_so_and_the_others_serve() {
    let world = World::with(&["identity", "words_of_the_future"]);
    let list = world.tenon(&["plugin", "list", "--json"]).expect_code(0).json()["plugins"].clone();
    let one = list.as_array().unwrap().iter().find(|one| one["id"] == "words_of_the_future").unwrap();
    let findings = one.to_string();
    assert!(findings.contains("its schema descriptors are of version 1.99"), "{findings}");
    assert!(findings.contains("wormholes") && findings.contains("upgrade the host"), "{findings}");
    // Before any of its code runs it is a notice: it may do without its new words.
    let run = world.tenon(&["plugin", "inspect", "words_of_the_future", "--json"]);
    let library = world.plugin_dir().join("libwords_of_the_future.so");
    let run =
        if run.code == 0 { run } else { world.tenon(&["plugin", "inspect", library.to_str().unwrap()]) };
    let told = run.expect_code(0).all();
    assert!(told.contains("descriptors-too-new") && told.contains("1.99"), "{told}");
}

#[test]
fn sources_that_were_written_for_the_first_sdk_compile_with_this_one_and_work() {
    let world = World::with(&[]);
    world.install_as("inventory_of_today", "libinventory.so");
    world.tenon(&["heal", "--yes"]).expect_code(0);
    world.tenon(&["check"]).expect_code(0);
    // Sources that say nothing of callers have routes for those whom the host knows.
    let serving = world.serve();
    serving.get("/plugins/inventory/items/A-1").expect_status(401);
    drop(serving);
    world.set("[callers]\ndevelopment = \"dev\"");
    let serving = world.serve();
    let item =
        serde_json::json!({ "sku": "A-1", "name": "Anvil", "qty": 5, "price": "9.50", "state": "active" });
    serving.post("/plugins/inventory/items", &item).expect_status(201);
    let found = serving.get("/plugins/inventory/items/A-1").expect_status(200).json();
    assert_eq!(found["price"], "9.50");
}

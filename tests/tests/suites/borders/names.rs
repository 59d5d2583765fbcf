//! What public types are called, and how long a file may be.

use std::collections::BTreeMap;
use std::fs;

use syn::visit::{self, Visit};
use syn::{Ident, ItemEnum, ItemMod, ItemStruct, ItemTrait, ItemType, ItemUnion, Visibility};
use tenon_tests::artifacts::root;

use super::rooms::is_for_tests;
use super::rust_files;

/// Where the types of the workspace are; a plugin's own are nobody else's.
const FOLDERS: [&str; 6] = [
    "plugin-api/schema/src",
    "plugin-api/macros/src",
    "plugin-api/src",
    "migrations-core/src",
    "host/src",
    "tests/src",
];

/// How many lines a file may have without its unit tests.
const LINES: usize = 400;
/// What a longer one says in its head, and why it is one piece.
const REASON: &str = "//! Longer than 400 lines: ";

/// Gathers the public types of a file.
#[derive(Default)]
struct Types(Vec<String>);

impl Types {
    fn note(&mut self, visibility: &Visibility, name: &Ident) {
        if matches!(visibility, Visibility::Public(_)) {
            self.0.push(name.to_string());
        }
    }
}

impl<'ast> Visit<'ast> for Types {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.note(&item.vis, &item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.note(&item.vis, &item.ident);
    }

    fn visit_item_union(&mut self, item: &'ast ItemUnion) {
        self.note(&item.vis, &item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.note(&item.vis, &item.ident);
    }

    fn visit_item_type(&mut self, item: &'ast ItemType) {
        self.note(&item.vis, &item.ident);
    }
}

#[test]
fn no_two_public_types_of_the_workspace_share_a_name() {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in FOLDERS.iter().flat_map(|folder| rust_files(folder)) {
        let mut types = Types::default();
        types.visit_file(&syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap());
        let place = file.strip_prefix(root()).unwrap().display().to_string();
        for name in types.0 {
            all.entry(name).or_default().push(place.clone());
        }
    }
    assert!(all.len() > 500, "the walk went somewhere: {}", all.len());
    let shared = all.into_iter().filter(|(_, places)| places.len() > 1);
    let shared: Vec<_> = shared.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect();
    assert_eq!(shared, Vec::<String>::new());
}

/// The lines of a file without its unit tests, which stand at its end.
fn lines_without_tests(text: &str) -> usize {
    let lines: Vec<_> = text.lines().collect();
    let tests = lines.windows(2).position(|two| {
        two[0].starts_with("#[cfg(test)]") && two[1].starts_with("mod ") && two[1].ends_with('{')
    });
    tests.unwrap_or(lines.len())
}

#[test]
fn unit_tests_do_not_count_among_the_lines_of_a_file() {
    assert_eq!(lines_without_tests("a\nb\n#[cfg(test)]\nmod tests {\nc\n}\n"), 2);
    assert_eq!(lines_without_tests("#[cfg(test)]\nmod tests;\na\nb\n"), 4);
}

#[test]
fn no_file_is_long_without_a_reason_in_its_head() {
    let folders = FOLDERS.iter().filter(|folder| **folder != "tests/src");
    let mut long = Vec::new();
    for file in folders.flat_map(|folder| rust_files(folder)) {
        let text = fs::read_to_string(&file).unwrap();
        let lines = lines_without_tests(&text);
        let is_tests = file.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
        let gives_reason = text.lines().take(10).any(|line| line.starts_with(REASON));
        if lines > LINES && !gives_reason && !is_tests {
            long.push(format!("{}: {lines} lines", file.strip_prefix(root()).unwrap().display()));
        }
    }
    assert_eq!(long, Vec::<String>::new(), "split it, or say why not: {REASON:?}");
}

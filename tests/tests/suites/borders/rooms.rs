//! The order of the host's rooms, and that no two files of a crate import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn, ItemImpl, ItemMod, ItemUse, Macro, UseTree};
use tenon_tests::artifacts::root;

use super::rust_files;

/// The path of a module within its crate, such as `database::pool`.
type Module = Vec<String>;

/// The files of a crate by their modules, and which modules each imports.
struct Crate {
    imports: BTreeMap<Module, BTreeSet<Module>>,
}

impl Crate {
    /// What stands in this folder. What is only built for tests, and the crate's own root, does not count.
    fn read(folder: &str) -> Self {
        let base = root().join(folder);
        let files: BTreeMap<Module, PathBuf> = rust_files(folder)
            .into_iter()
            .map(|file| {
                let place = file.strip_prefix(&base).unwrap().with_extension("");
                let mut module: Module = place.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
                module.pop_if(|last| last == "mod");
                (module, file)
            })
            .filter(|(module, _)| ![&["lib"], &["main"]].iter().any(|name| module == name))
            .filter(|(module, _)| !module.iter().any(|part| part == "tests"))
            .collect();
        let modules: BTreeSet<_> = files.keys().cloned().collect();
        let imports = files.iter().map(|(module, file)| {
            let text = fs::read_to_string(file).unwrap();
            let mut imports = Imports { of: module, modules: &modules, found: BTreeSet::new() };
            imports.visit_file(&syn::parse_file(&text).unwrap());
            (module.clone(), imports.found)
        });
        Self { imports: imports.collect() }
    }

    /// Files that import each other, however indirectly. A module's root that calls its own children does not
    /// count: they are its parts.
    fn rings(&self) -> Vec<String> {
        let edges = self.imports.iter().flat_map(|(module, imports)| {
            imports.iter().filter(|import| !import.starts_with(module)).map(move |import| (module, import))
        });
        let graph: DiGraphMap<&Module, ()> = edges.map(|(one, other)| (one, other, ())).collect();
        let rings = tarjan_scc(&graph).into_iter().filter(|ring| ring.len() > 1);
        let told = rings.map(|ring| {
            let mut names: Vec<_> = ring.into_iter().map(|module| module.join("::")).collect();
            names.sort();
            names.join(" <-> ")
        });
        told.collect()
    }
}

/// Gathers which modules of its crate a file names.
struct Imports<'a> {
    of: &'a Module,
    modules: &'a BTreeSet<Module>,
    found: BTreeSet<Module>,
}

impl Imports<'_> {
    /// Takes note of a path, as it stands in the file's own module.
    fn note(&mut self, path: &[String]) {
        let mut absolute = match path.first().map(String::as_str) {
            Some("crate") => Module::new(),
            Some("super" | "self") => self.of.clone(),
            _ => return,
        };
        for part in path {
            match part.as_str() {
                "crate" | "self" => {}
                "super" => _ = absolute.pop(),
                _ => absolute.push(part.clone()),
            }
        }
        while !absolute.is_empty() && !self.modules.contains(&absolute) {
            absolute.pop();
        }
        if !absolute.is_empty() && absolute != *self.of {
            self.found.insert(absolute);
        }
    }

    fn note_tree(&mut self, before: &mut Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.note_tree(before, &path.tree);
                before.pop();
            }
            UseTree::Name(name) => self.note(&[before.as_slice(), &[name.ident.to_string()]].concat()),
            UseTree::Rename(name) => self.note(&[before.as_slice(), &[name.ident.to_string()]].concat()),
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.note_tree(before, item)),
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.note_tree(&mut Vec::new(), &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.note(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    /// What a macro is given is no Rust yet; the names in it are looked at one by one.
    fn visit_macro(&mut self, called: &'ast Macro) {
        visit::visit_macro(self, called);
        let text = called.tokens.to_string().replace(' ', "");
        for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            self.note(&word.split("::").map(str::to_owned).collect::<Vec<_>>());
        }
    }
}

pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// The rooms in the order of the table in ARCHITECTURE.md, the uppermost first.
fn rooms() -> Vec<String> {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = map.lines().skip_while(|line| !line.starts_with("| room |")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('`').nth(1).unwrap().trim_end_matches('/').to_owned()).collect()
}

#[test]
fn the_map_lists_the_rooms_that_there_are() {
    let mut listed = rooms();
    listed.sort();
    let host = Crate::read("host/src");
    let there: BTreeSet<_> = host.imports.keys().map(|module| module[0].clone()).collect();
    assert_eq!(listed, there.into_iter().collect::<Vec<_>>());
}

#[test]
fn a_room_imports_only_rooms_below_it() {
    let rooms = rooms();
    let depth = |module: &Module| rooms.iter().position(|room| *room == module[0]).unwrap();
    let host = Crate::read("host/src");
    let upwards = host.imports.iter().flat_map(|(module, imports)| {
        imports.iter().filter(|import| depth(import) < depth(module)).map(move |import| (module, import))
    });
    let told: Vec<_> =
        upwards.map(|(module, import)| format!("{} -> {}", module.join("::"), import.join("::"))).collect();
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn no_two_files_import_each_other() {
    for folder in ["host/src", "migrations-core/src", "tests/src"] {
        let read = Crate::read(folder);
        assert!(read.imports.values().map(BTreeSet::len).sum::<usize>() > 50, "{folder} was read");
        assert_eq!(read.rings(), Vec::<String>::new(), "{folder}");
    }
}

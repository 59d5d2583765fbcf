//! All unsafe code that is shipped, with its argument: a snapshot lists it, so that none comes or goes
//! unseen.

use std::collections::BTreeMap;
use std::fs;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{ExprUnsafe, ImplItemFn, ItemFn, ItemForeignMod, ItemImpl, ItemMod, TraitItemFn};
use tenon_tests::artifacts::root;

use super::rooms::is_for_tests;
use super::rust_files;

/// What is shipped: the host, the SDK and the samples. What tests do is theirs.
const FOLDERS: [&str; 7] = [
    "plugin-api/schema/src",
    "plugin-api/macros/src",
    "plugin-api/test/src",
    "plugin-api/src",
    "migrations-core/src",
    "host/src",
    "plugins",
];

/// The lines on which unsafe code begins, with what it is.
#[derive(Default)]
struct Unsafe(BTreeMap<usize, &'static str>);

impl Unsafe {
    fn note(&mut self, spanned: &impl Spanned, what: &'static str) {
        self.0.entry(spanned.span().start().line).or_insert(what);
    }
}

impl<'ast> Visit<'ast> for Unsafe {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr_unsafe(&mut self, block: &'ast ExprUnsafe) {
        self.note(&block.unsafe_token, "block");
        visit::visit_expr_unsafe(self, block);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if let Some(token) = &item.sig.unsafety {
            self.note(token, "function");
        }
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if let Some(token) = &item.sig.unsafety {
            self.note(token, "function");
        }
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(token) = &item.sig.unsafety {
            self.note(token, "function");
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let Some(token) = &item.unsafety {
            self.note(token, "impl");
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_foreign_mod(&mut self, item: &'ast ItemForeignMod) {
        if let Some(token) = &item.unsafety {
            self.note(token, "extern block");
        }
        visit::visit_item_foreign_mod(self, item);
    }
}

/// The argument above a line: its comment from `SAFETY:` on, or of a function its doc from `# Safety` on.
fn argument(lines: &[&str], line: usize) -> Option<String> {
    let is_comment = |text: &str| text.starts_with("//");
    // A statement may begin some lines above the word: the comment stands above the statement.
    let above = (0..line - 1).rev().take(8).find(|at| is_comment(lines[*at].trim()))?;
    let first = (0..=above).rev().take_while(|at| is_comment(lines[*at].trim())).last()?;
    let text: Vec<_> =
        lines[first..=above].iter().map(|line| line.trim().trim_start_matches('/').trim()).collect();
    let text = text.join(" ");
    let (_, argument) = text.split_once("SAFETY:").or_else(|| text.split_once("# Safety"))?;
    Some(argument.trim().to_owned())
}

#[test]
fn all_unsafe_code_that_is_shipped_has_its_argument_and_is_on_the_list() {
    let (mut inventory, mut bare) = (Vec::new(), Vec::new());
    for folder in FOLDERS {
        for file in rust_files(folder) {
            let text = fs::read_to_string(&file).unwrap();
            let mut found = Unsafe::default();
            found.visit_file(&syn::parse_file(&text).unwrap());
            let lines: Vec<&str> = text.lines().collect();
            let name = file.strip_prefix(root()).unwrap().display().to_string();
            // Files of tests alone are named so.
            if name.ends_with("tests.rs") || name.contains("/tests/") {
                continue;
            }
            for (line, what) in found.0 {
                match argument(&lines, line) {
                    Some(argument) => inventory.push(format!("{name}: {what}: {argument}")),
                    None => bare.push(format!("{name}:{line}: {what}")),
                }
            }
        }
    }
    assert!(bare.is_empty(), "no comment says why this is sound:\n{}", bare.join("\n"));
    inventory.sort();
    insta::assert_snapshot!("unsafe_code", inventory.join("\n"));
}

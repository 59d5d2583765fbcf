//! Macros of the Tenon plugin SDK, which re-exports and documents them: see `tenon-plugin-api`.
//!
//! All that can be wrong with a plugin's declaration and can be seen in its source is a compile error here,
//! at the place where it is wrong.

mod args;
mod embed;
mod entity;
mod enum_type;
mod export;
mod from_row;
mod names;
mod test_case;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemFn, parse_macro_input};

/// Describes the table that a struct stands for: implements `Entity`.
///
/// Every field is a column, in order. A field of type `Option<T>` may be NULL, any other is `NOT NULL`; the
/// column's type follows from the field's unless `type` is given.
///
/// On the struct: `#[entity(table = "schema.name", …)]` with any of
///
/// - `primary_key(columns(a, b))`, `unique(columns(a, b), include(c), nulls_not_distinct)`
/// - `check("qty >= 0")`
/// - `foreign_key(columns(a), references = "identity.account", referenced(id), on_delete = "cascade",
///   on_update = "…", match_full)`, with `on_delete_columns(a)` where `"set_null"` is meant for some alone
/// - `exclude("USING gist (room WITH =, during WITH &&)")`
/// - `index(keys("lower(name)", "sku DESC"), unique, method = "gin", where = "…", include(c),
///   nulls_not_distinct)`
///
/// each with `name = "…"`, and the constraints with `deferrable = "immediate"` or `"deferred"`. Names of
/// columns may be in quotes, and should where clippy takes one that occurs twice for a duplicated attribute.
///
/// On a field: `#[column(…)]` with any of `primary_key`, `unique`, `check = "…"`, `references =
/// "identity.account(id)"` (with `on_delete`, `on_update`, `deferrable`), `default = "now()"`, `type =
/// "varchar(25)"`, `name = "at"`, `identity = "always"` or `"by_default"`, `generated = "expression"`,
/// `collation = "\"C\""`. Without a name a constraint has the one that PostgreSQL would choose.
#[proc_macro_derive(Entity, attributes(entity, column))]
pub fn derive_entity(input: TokenStream) -> TokenStream {
    finish(entity::derive(&parse_macro_input!(input as DeriveInput)))
}

/// Makes a Rust enum stand for a PostgreSQL enum type: a parameter, a column, a descriptor.
///
/// `#[pg_enum(name = "inventory.state")]` on the enum, which must be `Copy` and have plain variants. A
/// variant's label is its name in snake case, or `#[pg_enum(rename = "…")]`.
#[proc_macro_derive(EnumType, attributes(pg_enum))]
pub fn derive_enum_type(input: TokenStream) -> TokenStream {
    finish(enum_type::derive(&parse_macro_input!(input as DeriveInput)))
}

/// Reads a struct from a row: every field from the column of its name, or of `#[column(name = "…")]`.
#[proc_macro_derive(FromRow, attributes(column))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    finish(from_row::derive(&parse_macro_input!(input as DeriveInput)))
}

/// Embeds the migrations of a directory: `embed_migrations!("migrations")`, relative to the crate.
///
/// Gives a `&'static [EmbeddedMigration]`, sorted by file name. Every `*.sql` file must be named like
/// `0001_first_tables.sql`, with four to fourteen digits, each number once, and none may be in a folder
/// below. A comment line `-- tenon:requires identity/0001_accounts.sql` before the first statement names a
/// file of another plugin that has to be applied before.
///
/// `embed_migrations!(files: ["../a/0001_x.sql"])` takes single files instead.
///
/// Editing a file builds the crate anew. For a *new* file to be noticed the crate needs a `build.rs` that
/// prints `cargo::rerun-if-changed=migrations`.
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    finish(syn::parse::<embed::Source>(input).and_then(|source| embed::expand(&source)))
}

/// Makes a library a plugin: exports its manifest and its functions. Once in a crate, which must be a
/// `cdylib`.
///
/// ```text
/// export_plugin! {
///     Inventory,                              // a unit struct, or `Type = constant expression`
///     id: "inventory",
///     name: "Inventory Plugin",
///     version: "1.2.0",                       // default: the crate's
///     requires: { identity: "^1" },           // plugins, with semver ranges
///     routes: ["GET /items", "GET /items/{sku}", read_only("POST /search"), autocommit("POST /sales")],
///     entities: [Item],
///     enums: [State],
///     views: { "inventory.in_stock": "SELECT …" },
///     sequences: [sequence()],                // expressions of type `schema::Sequence`
///     migrations: "migrations",               // a directory, or an expression that is `IntoMigrations`
///     lock: "tenon.lock",                     // the lock file, which need not be there yet; default: none
///     memory: 64 << 20,                       // what one call may hold, in bytes; default: no bound
/// }
/// ```
///
/// A route of `GET` or `HEAD` has a transaction that only reads; so has one declared `read_only`. A call of
/// one that is declared `autocommit` sends one statement, which is a transaction by itself: it is committed
/// before its result is there, and what fails after it takes nothing back. One that is declared `ddl` may
/// change tables, indexes, views, sequences and types in the plugin's own schemas, where the administrator
/// allows it to the plugin. Where several routes fit a request, a literal segment goes before a `{name}`,
/// from the left.
///
/// With `memory` the plugin's global allocator counts: a call that would hold more stands still until its
/// deadline, and is then abandoned.
///
/// Only the type, `id` and `name` must be there. `schema: expression` of type `schema::Descriptors` may stand
/// for `entities`, `enums`, `views` and `sequences`.
#[proc_macro]
pub fn export_plugin(input: TokenStream) -> TokenStream {
    finish(syn::parse::<export::Declaration>(input).and_then(|plugin| export::expand(&plugin)))
}

/// Makes a test of a function that takes a `tenon_plugin_test::App`: a host that serves the plugin of this
/// crate, with a database of the test's own.
///
/// - `seed = "tests/seed.sql"` runs a file, relative to the crate, in the database before the test.
/// - `in_process = crate` has the plugin's code run in the test's own process, on the thread of whoever asks
///   its routes. So a debugger's breakpoints hold. Statements go over a connection that the host lends, under
///   its rules. The word is the module that `export_plugin!` stands in.
///
/// Other attributes, such as `#[should_panic]` and `#[ignore]`, stand beside it as beside `#[test]`.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let arguments = parse_macro_input!(arguments as test_case::Arguments);
    let function = parse_macro_input!(function as ItemFn);
    finish(test_case::expand(&arguments, &function))
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}

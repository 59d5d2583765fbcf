//! Macros of the Tenon plugin SDK, which re-exports and documents them: see `tenon-plugin-api`.
//!
//! All that can be wrong with a plugin's declaration and can be seen in its source is a compile error here,
//! at the place where it is wrong.

mod args;
mod embed;
mod entity;
mod enum_type;
mod event;
mod export;
mod from_row;
mod names;
mod routes;
mod settings;
mod sql;
mod test_case;
mod vocabulary;

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
/// - `force_row_security`, so that the policies of the table hold its owner too
///
/// each but the last with `name = "…"`, and the constraints with `deferrable = "immediate"` or `"deferred"`.
/// Names of columns may be in quotes, and should where clippy takes one that occurs twice for a duplicated
/// attribute.
///
/// On a field: `#[column(…)]` with any of `primary_key`, `unique`, `check = "…"`, `references =
/// "identity.account(id)"` (with `on_delete`, `on_update`, `deferrable`), `default = "now()"`, `type =
/// "varchar(25)"`, `name = "at"`, `identity = "always"` or `"by_default"`, `generated = "expression"`,
/// `collation = "\"C\""`. Without a name a constraint has the one that PostgreSQL would choose.
#[proc_macro_derive(Entity, attributes(entity, column))]
pub fn derive_entity(input: TokenStream) -> TokenStream {
    derived(input, entity::derive, entity::empty)
}

/// Makes a Rust enum stand for a PostgreSQL enum type: a parameter, a column, a descriptor.
///
/// `#[pg_enum(name = "inventory.state")]` on the enum, which must be `Copy` and have plain variants. A
/// variant's label is its name in snake case, or `#[pg_enum(rename = "…")]`.
#[proc_macro_derive(EnumType, attributes(pg_enum))]
pub fn derive_enum_type(input: TokenStream) -> TokenStream {
    derived(input, enum_type::derive, enum_type::empty)
}

/// Reads a struct from a row: every field from the column of its name, or of `#[column(name = "…")]`.
#[proc_macro_derive(FromRow, attributes(column))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    derived(input, from_row::derive, from_row::empty)
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
///                                             // or `routes!` in `impl Plugin`, and nothing here
///     access: public,                         // whom the routes answer: public, user, admin; default: user
///     credentials: [authorization],           // what it gets of requests' credentials; default: none
///     jobs: [
///         every("1h", remind).retries(5).pause("1m"),
///         cron("0 3 * * *", tidy).zone("Europe/Berlin").deadline("10m").catch_up(none),
///         on_start(warm),
///     ],                                      // each a `fn(&Connection, &Job) -> Result<(), PluginError>`
///     emits: { "inventory.sold": Sold },      // events, each with the type of its payload: `#[event]`
///     events: { "orders.placed": on_placed }, // each a `fn(&Connection, &Event<Placed>) -> Result<(), …>`
///     assets: "web",                          // a folder with the files of its pages
///     pages: [page("board", "Board", "index.html")],  // shown in the console, each a file of that folder
///     cards: [number("open", "Open orders", open)],   // or table, text; a `fn(&Connection, &Card) -> …`
///     entities: [Item],
///     enums: [State],
///     extensions: ["pg_trgm"],                // names, or expressions of type `schema::Extension`
///     views: { "inventory.in_stock": file("sql/in_stock.sql"), "inventory.all": "SELECT …" },
///     functions: { "inventory.touch() RETURNS trigger LANGUAGE plpgsql": file("sql/touch.sql") },
///     triggers: { Item: [touched()] },        // of an entity's table, or of a view by its name
///     policies: { Item: [own_rows()] },       // switches row security on
///     sequences: [sequence()],                // expressions of type `schema::Sequence`
///     descriptors: "descriptors.json",        // a file of the crate, to which all of this is added
///     undeclared: { "table inventory.scratch": "a cache" },
///     migrations: "migrations",               // a directory, or an expression that is `IntoMigrations`
///     lock: "tenon.lock",                     // the lock file, which need not be there yet; default: none
///     memory: 64 << 20,                       // what one call may hold, in bytes; default: no bound
///     settings: Settings,                     // the type of what the operator tells the plugin
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
/// A route answers callers whom the host has verified, unless a word before it says otherwise: `public "GET
/// /items"` answers everybody, `admin autocommit("POST /sales")` administrators alone. `access:` says it for
/// all routes that have no such word. `request.caller()` is who calls.
///
/// A job is called by the host when it is due: once for the database, however many hosts serve it. What it
/// writes and that it has run are committed together.
///
/// An event's name begins with the id of the plugin that emits it. `db.emit("inventory.sold", &sold)` is part
/// of the call's transaction; the functions that hear it are called once that is committed, each until its
/// own transaction is. A plugin hears its own events, and those of plugins that it requires.
///
/// A page is an HTML document among the assets, which the console shows as a tab of the plugin. Scripts in it
/// call the plugin's routes by `tenon.fetch` of the script `tenon.js`, which the host serves beside the
/// assets. A folder has 200 files and 8 MiB at most. For a *new* file to be noticed the crate needs a
/// `build.rs` that prints `cargo::rerun-if-changed=web`.
///
/// With `memory` the plugin's global allocator counts: a call that would hold more stands still until its
/// deadline, and is then abandoned.
///
/// Every list of `schema::Descriptors` has a key of its name: `schemas`, `domains`, `composites`, `ranges`,
/// `collations`, `materialized_views`, `aggregates`, `operators`, `casts` and so on, each with expressions of
/// its type; `tables` is for those that no struct describes. `schema: expression` of type
/// `schema::Descriptors` may stand for all of them.
///
/// `file("…")`, relative to the crate, is the text of a file: the query of a view, where a semicolon at the
/// end is left out, or the body of a function. `tenon plugin diff` writes the migration from it.
///
/// Only the type, `id` and `name` must be there.
#[proc_macro]
pub fn export_plugin(input: TokenStream) -> TokenStream {
    finish(syn::parse::<export::Declaration>(input).and_then(|plugin| export::expand(&plugin)))
}

/// Makes a struct or an enum the payload of an event: `export_plugin!` takes it in `emits:`, and a function
/// that hears the event takes it as `&Event<'_, Placed>`.
///
/// What it stands for is `Clone`, `Debug`, `Serialize`, `Deserialize` and `JsonSchema` (of `serde` and
/// `schemars`), with all that can be said by their attributes. Fields that a listener's type does not have
/// are passed over.
#[proc_macro_attribute]
pub fn event(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(event::expand(&arguments.into(), &parse_macro_input!(item as DeriveInput)))
}

/// Makes a struct a type of settings: `export_plugin!` takes it as `settings:`, and the plugin has a method
/// `self.settings()`.
///
/// The fields' comments are the settings' descriptions. A field that need not be set is an `Option`, or has a
/// default: `#[serde(default)]` on it or on the struct (with an `impl Default`), `#[serde(default =
/// \"path\")]`. Keys that are not known are refused. A field of type `Secret` is one that nobody sees.
///
/// What it stands for is `Deserialize` and `JsonSchema` (of `serde` and `schemars`), with all that can be
/// said by their attributes.
#[proc_macro_attribute]
pub fn settings(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(settings::expand(&arguments.into(), &parse_macro_input!(item as DeriveInput)))
}

/// Binds routes to functions, in the place of [`Plugin`]'s `handle` and of `routes:` in [`export_plugin!`].
///
/// ```text
/// impl Plugin for Notes {
///     routes! {
///         "GET /notes" => list(query),                  // fn list(db, query: Filter) -> …
///         "GET /notes/{id}" => read(id),                // fn read(db, id: i64) -> …
///         autocommit("POST /notes") => write(&body),    // fn write(db, body: &NewNote) -> …
///         "GET /tags/{tag}" => tagged(&tag),            // fn tagged(db, tag: &str) -> …
///         public "GET /notes/count" => count(),         // answers everybody
///         admin "DELETE /notes/{id}" => Self::remove(id, request),
///     }
/// }
/// ```
///
/// A function gets the connection first, and behind it what stands in the parentheses: a `{name}` of the
/// path, read as the type that the function takes (`FromStr`); `query`, the query string as a struct
/// (`Deserialize`); `body`, the body as JSON; `request`, the whole request. What cannot be read is answered
/// with 400. Behind `&` stands what the function takes by reference: a `{name}` is then the text itself.
///
/// It returns something that is `IntoResponse`, or a `Result` of that: `Json(value)`, `(201, Json(value))`,
/// `()` for 204, or a `Response`.
///
/// A name that is not in the path, one that nothing takes, and two routes alike do not compile. A plugin
/// may as well match on `request.route()` in a `handle` of its own, with `routes:` in `export_plugin!`.
#[proc_macro]
pub fn routes(input: TokenStream) -> TokenStream {
    let written = syn::parse::<routes::Arms>(input).and_then(|arms| routes::expand(&arms));
    let written = written.unwrap_or_else(|error| {
        let mut written = error.into_compile_error();
        written.extend(routes::empty());
        written
    });
    written.into()
}

/// A statement that `tenon plugin lock` proves: prepares it in the database that the migrations make.
///
/// ```text
/// sql!("DELETE FROM notes.note")                                         // &'static str
/// sql!("SELECT id, text FROM notes.note WHERE id = $1", (i64) -> Note)   // Sql<(i64,), Note>
/// sql!("UPDATE notes.note SET text = $2 WHERE id = $1", (i64, &str))     // Sql<(i64, &str)>
/// sql!("SELECT {Note.*} FROM notes.note WHERE id = $1", (i64) -> Note)   // all columns of Note
/// sql!("SELECT {Note.* as n} FROM notes.note n", () -> Note)             // "n"."id", "n"."text"
/// ```
///
/// The text alone can be given to every method of `Connection` that takes a statement. That it is SQL, that
/// what it names is there and may be touched, and that a route may send it, is proved.
///
/// With the types of its parameters it is an `Sql`, for `fetch`, `fetch_opt` and `fetch_one`, or `run` where
/// nothing stands behind `->`. As many types have to be declared as there are parameters, and what a call
/// gives has to be of these types, or the plugin does not compile. Proved is then that PostgreSQL takes these
/// types, that there is a column for each field of the row, and that the field can be read from its type.
///
/// A row is a struct with `#[derive(FromRow)]`, whose fields are read by name; a tuple, `-> (i64, String)`,
/// whose values are read by position; or a single value, `-> i64`.
///
/// `{Type.*}` stands for the columns of a type with `#[derive(FromRow)]`, in double quotes; `{Type.* as
/// alias}` has the alias before each. It means that outside of quotes and comments alone, where SQL has no
/// braces: `'{a,b}'` stays what it is.
///
/// The types cannot be generic, nor `Self`: the statement is known once, whatever function it stands in.
#[proc_macro]
pub fn sql(input: TokenStream) -> TokenStream {
    finish(syn::parse::<sql::Statement>(input).and_then(|statement| sql::expand(&statement)))
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

/// What a derive macro writes; beside its error, something that implements the trait.
fn derived(
    input: TokenStream,
    derive: fn(&DeriveInput) -> syn::Result<proc_macro2::TokenStream>,
    empty: fn(&DeriveInput) -> proc_macro2::TokenStream,
) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let written = derive(&input).unwrap_or_else(|error| {
        let mut written = error.into_compile_error();
        written.extend(empty(&input));
        written
    });
    written.into()
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}

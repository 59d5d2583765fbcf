//! A plugin of what is there already: of a database, of a dump, of another tool's migrations.
//!
//! What stands there becomes descriptors (`chosen.rs`), and these become Rust where Rust can say them
//! (`crate_files.rs`); the rest stays in a file of descriptors. The first migration is written from the
//! descriptors too (`first.rs`), so that nothing is in it that a plan refuses. A dump is restored in a
//! scratch database (`dump.rs`). All that is left out or changed is told.

mod chosen;
mod crate_files;
mod dump;
mod error;
mod first;
mod folder;
mod folder_layout;
mod layout;
mod pattern;
mod report;
mod role;
mod rust_name;
mod rust_table;
mod rust_type;
mod sql_file;
mod told;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tenon_migrations_core::migration::{MigrationId, PluginId};
use tenon_migrations_core::snapshot::CatalogSnapshot;

use self::chosen::{Chosen, chosen};
pub use self::dump::FailedStatement;
pub use self::error::{ImportError, StoppingStatement};
pub use self::folder::MigrationsSource;
pub use self::folder_layout::{FolderLayout, LayoutError};
pub use self::pattern::{ImportScope, NamePattern};
pub use self::report::ImportReport;
pub use self::sql_file::SqlFile;
pub use self::told::{ImportNote, ImportNotes};
use super::scaffold::{Scaffold, ScaffoldError, write_crate};
use crate::database::connect::Database;
use crate::scratch::database::{in_scratch, in_session};

/// Where what is imported stands.
#[derive(Debug)]
pub enum ImportSource {
    /// In a database, as it was read.
    Database(Box<CatalogSnapshot>),
    /// In a dump.
    Dump(Vec<SqlFile>),
    /// In the migrations of another tool.
    Migrations(MigrationsSource),
}

/// What is to be imported.
#[derive(Debug)]
pub struct ImportRequest<'a> {
    /// The plugin, which has no tables of its own yet.
    pub plugin: &'a Scaffold,
    pub scope: &'a ImportScope,
    pub source: ImportSource,
    /// Where that is, in words.
    pub told: &'a str,
}

/// A crate that is made of what is there, not yet written.
#[derive(Debug)]
pub struct ImportedCrate {
    files: Vec<(PathBuf, String)>,
    pub report: ImportReport,
}

impl ImportedCrate {
    /// Writes the crate into a folder that is not there yet, or is empty.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, ScaffoldError> {
        write_crate(folder, &self.files)
    }
}

/// Makes a crate of what is there. Everything that has to be run is run in scratch databases of this server.
pub async fn import(request: ImportRequest<'_>, server: &Database) -> Result<ImportedCrate, ImportError> {
    let ImportRequest { plugin, scope, source, told } = request;
    let mut notes = ImportNotes::default();
    let mut former = Vec::new();
    let id: PluginId =
        plugin.id().parse().map_err(|_| ImportError::Nothing(format!("{} is no id", plugin.id())))?;
    let snapshot = match source {
        ImportSource::Database(snapshot) => *snapshot,
        ImportSource::Dump(files) => {
            let restored = in_scratch(server, async |scratch| {
                in_session(&scratch, async |client| dump::restored(&client, &files).await).await
            });
            let restored = restored.await???;
            notes.extend(restored.notes);
            restored.snapshot
        }
        ImportSource::Migrations(source) => {
            let id =
                plugin.id().parse().map_err(|_| ImportError::Nothing(format!("{} is no id", plugin.id())))?;
            let taken = folder::taken(&source, &id, &mut notes)?;
            let made = in_scratch(server, async |scratch| {
                let run = async |client| match source.squash {
                    true => folder::run_one_by_one(&client, &taken).await,
                    false => folder::run(&client, &taken).await,
                };
                in_session(&scratch, run).await
            });
            let made = made.await???;
            if !source.squash {
                let chosen = chosen(&made, scope)?;
                let files = taken.into_iter().map(|taken| (taken.of.filename, taken.migration.sql));
                return assembled(plugin, &chosen, files.collect(), told, notes);
            }
            folder::tell_rows(&taken, &mut notes);
            former = taken;
            made
        }
    };
    let chosen = chosen(&snapshot, scope)?;
    if taken(&chosen).is_empty() {
        return Err(ImportError::Nothing(format!(
            "{told} has nothing in the schemas and tables that were chosen"
        )));
    }
    let title = format!("What {told} had when it was imported");
    let migration = MigrationId { filename: format!("0001_{id}.sql"), plugin: id };
    let first = in_scratch(server, async |scratch| {
        let write = async |client| first::written(&client, &chosen, &migration, &title).await;
        in_session(&scratch, write).await
    });
    let first = first.await???;
    if let Some(path) = &first.path {
        let says =
            format!("they name something without its schema; the first migration says `{path}` for them");
        let advice = "write the schemas in the next version, or give each function a search path with SET: what a \
                      body names is looked for anew whenever it runs";
        notes.worth_knowing.push(ImportNote::new("bodies of functions", says).advice(advice));
    }
    differences(&first.makes, &chosen, scope, &mut notes)?;
    let sql = folder::with_former(&first.sql, &former);
    let migrations = vec![(migration.filename, sql)];
    assembled(plugin, &chosen, migrations, told, notes)
}

/// Puts a crate together.
fn assembled(
    plugin: &Scaffold,
    chosen: &Chosen,
    migrations: Vec<(String, String)>,
    told: &str,
    mut notes: ImportNotes,
) -> Result<ImportedCrate, ImportError> {
    notes.extend(chosen.notes.clone());
    let sources = crate_files::sources(plugin, &chosen.descriptors, told)?;
    notes.extend(sources.notes);
    let mut files = sources.files;
    let report = ImportReport {
        plugin: plugin.id().to_owned(),
        taken: taken(chosen),
        entities: sources.entities,
        migrations: migrations.iter().map(|(name, _)| name.clone()).collect(),
        roles: role::of_descriptors(&chosen.descriptors).into_iter().collect(),
        notes,
    };
    files.extend(migrations.into_iter().map(|(name, sql)| (Path::new("migrations").join(name), sql)));
    files.push(("IMPORT.md".into(), report::document(&report, told)));
    Ok(ImportedCrate { files, report })
}

/// How many there are of each kind of thing.
fn taken(chosen: &Chosen) -> BTreeMap<&'static str, usize> {
    let d = &chosen.descriptors;
    let all = [
        ("extensions", d.extensions.len()),
        ("schemas", chosen.schemas.len()),
        ("tables", d.tables.len()),
        ("enum types", d.enums.len()),
        ("domains", d.domains.len()),
        ("composite types", d.composites.len()),
        ("range types", d.ranges.len()),
        ("collations", d.collations.len()),
        ("sequences", d.sequences.len()),
        ("views", d.views.len()),
        ("materialized views", d.materialized_views.len()),
        ("functions", d.functions.len()),
        ("aggregates", d.aggregates.len()),
        ("operators", d.operators.len()),
        ("operator families", d.operator_families.len()),
        ("operator classes", d.operator_classes.len()),
        ("casts", d.casts.len()),
        ("text search dictionaries", d.text_search_dictionaries.len()),
        ("text search configurations", d.text_search_configurations.len()),
        ("default privileges", d.default_privileges.len()),
        ("foreign servers", d.foreign_servers.len()),
        ("event triggers", d.event_triggers.len()),
        ("publications", d.publications.len()),
        ("triggers", d.tables.iter().map(|table| table.triggers.len()).sum()),
        ("policies", d.tables.iter().map(|table| table.policies.len()).sum()),
    ];
    all.into_iter().filter(|(_, number)| *number > 0).collect()
}

/// Tells what the first migration makes otherwise than it was read, which another major of the server may.
fn differences(
    makes: &CatalogSnapshot,
    chosen: &Chosen,
    scope: &ImportScope,
    notes: &mut ImportNotes,
) -> Result<(), serde_json::Error> {
    let made = self::chosen::chosen(makes, scope)?;
    let (made, wanted) =
        (serde_json::to_value(&made.descriptors)?, serde_json::to_value(&chosen.descriptors)?);
    for (list, wanted) in wanted.as_object().into_iter().flatten() {
        let made = made.get(list).and_then(serde_json::Value::as_array);
        for item in wanted.as_array().into_iter().flatten() {
            if made.is_none_or(|made| !made.contains(item)) {
                let name = item.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
                let kind = list.trim_end_matches('s').replace('_', " ");
                let says = "the first migration makes it otherwise than it was read, or this server prints it \
                            otherwise";
                let note = ImportNote::new(format!("{kind} {name}"), says);
                notes.worth_knowing.push(note.advice("the proof of the plugin tells whether it is the same"));
            }
        }
    }
    Ok(())
}

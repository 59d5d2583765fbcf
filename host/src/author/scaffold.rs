//! The crate of a new plugin: tables, the first migration, routes, a test.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use askama::Template;
use tenon_migrations_core::migration::PluginId;

use super::column::ColumnSpec;
use super::sdk::{self, Sdk};
use super::table::TableSpec;
use super::words::{self, NameError};

/// What a new plugin is to be.
#[derive(Debug, Clone)]
pub struct Scaffold {
    crate_name: String,
    id: String,
    display: String,
    tables: Vec<TableSpec>,
    requires: Vec<Requirement>,
    sdk: Option<Sdk>,
}

/// A plugin that is required, and in which versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    pub id: PluginId,
    pub versions: semver::VersionReq,
}

/// Why there is no new plugin.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    #[error("{name:?} can be no plugin: {reason}")]
    Name { name: String, reason: String },
    #[error("the table {0} is there twice")]
    TableTwice(String),
    #[error("the plugin {0} is required twice")]
    RequiredTwice(PluginId),
    #[error("a plugin does not require itself")]
    RequiresItself,
    #[error("{} is there already, and not empty", .0.display())]
    Exists(PathBuf),
    #[error("{} could not be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("a file of the plugin could not be made of its template")]
    Render(#[from] askama::Error),
}

/// Names of schemas that are somebody else's.
const OTHERS: [&str; 4] = ["tenon", "public", "information_schema", "core"];

impl Scaffold {
    /// A plugin of this name, which is that of its crate and, with `_` for `-`, its id and its schema.
    pub fn new(
        name: &str,
        tables: Vec<TableSpec>,
        requires: Vec<Requirement>,
        sdk: Option<Sdk>,
    ) -> Result<Self, ScaffoldError> {
        let id = name.replace('-', "_");
        let no = |reason: String| ScaffoldError::Name { name: name.to_owned(), reason };
        let id = words::name(&id).map_err(|error: NameError| no(error.to_string()))?;
        if OTHERS.contains(&id.as_str()) || id.starts_with("pg_") || id.starts_with("tenon_") {
            return Err(no(format!("the schema {id} is somebody else's")));
        }
        let known: PluginId = id.parse().map_err(|error| no(format!("{error}")))?;
        let mut seen = BTreeSet::new();
        if let Some(twice) = tables.iter().find(|table| !seen.insert(&table.name)) {
            return Err(ScaffoldError::TableTwice(twice.name.clone()));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = requires.iter().find(|required| !seen.insert(&required.id)) {
            return Err(ScaffoldError::RequiredTwice(twice.id.clone()));
        }
        if requires.iter().any(|required| required.id == known) {
            return Err(ScaffoldError::RequiresItself);
        }
        let display = format!("{} Plugin", words::title_case(&id));
        Ok(Self { crate_name: name.to_owned(), id, display, tables, requires, sdk })
    }

    /// The plugin's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Writes the crate into a folder that is not there yet, or is empty. Gives the files.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, ScaffoldError> {
        write_crate(folder, &self.files()?)
    }

    /// What every crate of a plugin has, whatever the plugin is.
    pub(super) fn frame(&self) -> Result<Vec<(PathBuf, String)>, ScaffoldError> {
        let Self { crate_name, id, sdk, .. } = self;
        let spoken = words::spoken(id);
        let files = [
            (
                "Cargo.toml",
                Manifest { crate_name, spoken: &spoken, sdk_version: sdk::VERSION, sdk }.render()?,
            ),
            ("build.rs", BuildScript.render()?),
            (".gitignore", GitIgnore.render()?),
            (".github/workflows/ci.yml", Ci.render()?),
        ];
        Ok(files.map(|(name, text)| (PathBuf::from(name), text + "\n")).into())
    }

    /// The plugin's name for people.
    pub(super) fn display(&self) -> &str {
        &self.display
    }

    /// Every file with its text.
    fn files(&self) -> Result<Vec<(PathBuf, String)>, ScaffoldError> {
        let Self { id, display, tables, requires, .. } = self;
        let plugin_type = words::camel_case(id);
        let mut files = vec![
            ("README.md".into(), Readme { id, display, tables, requires }.render()?),
            (format!("migrations/0001_{id}.sql"), Migration { id, display, tables }.render()?),
            (
                "src/lib.rs".into(),
                Library { id, display, tables, requires, plugin_type: &plugin_type }.render()?,
            ),
            ("tests/routes.rs".into(), Tests { tables }.render()?),
        ];
        for table in tables {
            let columns = || table.columns.iter();
            let names: Vec<&str> = columns().map(|column| column.name.as_str()).collect();
            let numbered: Vec<_> = (1..=names.len()).map(|number| format!("${number}")).collect();
            let types: Vec<_> = columns().map(ColumnSpec::rust).collect();
            let values: Vec<_> = names.iter().map(|name| format!("new.{name},")).collect();
            let text = Rows {
                id,
                table,
                given: &names.join(", "),
                parameters: &numbered.join(", "),
                types: &types.join(", "),
                values: &format!("({})", values.join(" ")),
            };
            files.push((format!("src/{}.rs", table.name), text.render()?));
        }
        let files = files.into_iter().map(|(name, text)| (PathBuf::from(name), text + "\n"));
        Ok(self.frame()?.into_iter().chain(files).collect())
    }
}

/// Writes a crate into a folder that is not there yet, or is empty: all of it or nothing. Gives the files.
pub(super) fn write_crate(folder: &Path, files: &[(PathBuf, String)]) -> Result<Vec<PathBuf>, ScaffoldError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ScaffoldError::Write { path, source }
    };
    match std::fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if error.kind() != io::ErrorKind::NotADirectory => {
            return Err(failed(folder)(error));
        }
        _ => return Err(ScaffoldError::Exists(folder.to_owned())),
    }
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    // Written beside it, and put into its place when all of it is there.
    let new = folder.with_file_name(name);
    let written = write_files(&new, files).and_then(|names| {
        format_sources(&new, &names);
        std::fs::rename(&new, folder).map_err(failed(folder))?;
        Ok(names)
    });
    if written.is_err() {
        // Of no use by itself; what went wrong is told.
        let _ = std::fs::remove_dir_all(&new);
    }
    written
}

fn write_files(folder: &Path, files: &[(PathBuf, String)]) -> Result<Vec<PathBuf>, ScaffoldError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ScaffoldError::Write { path, source }
    };
    for (name, text) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        std::fs::write(&path, text).map_err(failed(&path))?;
    }
    Ok(files.iter().map(|(name, _)| name.clone()).collect())
}

/// Has rustfmt break the lines, which depends on how long the names are. Without one they stay as they are.
fn format_sources(folder: &Path, names: &[PathBuf]) {
    let sources = names.iter().filter(|name| name.extension().is_some_and(|of| of == "rs"));
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--quiet"]).args(sources).current_dir(folder);
    let ended = rustfmt.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !ended.as_ref().is_ok_and(std::process::ExitStatus::success) {
        tracing::debug!(?ended, "the sources were not formatted");
    }
}

#[derive(Template)]
#[template(path = "plugin/Cargo.toml.txt", escape = "none")]
struct Manifest<'a> {
    crate_name: &'a str,
    spoken: &'a str,
    sdk_version: &'a str,
    sdk: &'a Option<Sdk>,
}

#[derive(Template)]
#[template(path = "plugin/build.rs.txt", escape = "none")]
struct BuildScript;

#[derive(Template)]
#[template(path = "plugin/gitignore.txt", escape = "none")]
struct GitIgnore;

#[derive(Template)]
#[template(path = "plugin/README.md.txt", escape = "none")]
struct Readme<'a> {
    id: &'a str,
    display: &'a str,
    tables: &'a [TableSpec],
    requires: &'a [Requirement],
}

#[derive(Template)]
#[template(path = "plugin/ci.yml.txt", escape = "none")]
struct Ci;

#[derive(Template)]
#[template(path = "plugin/migration.sql.txt", escape = "none")]
struct Migration<'a> {
    id: &'a str,
    display: &'a str,
    tables: &'a [TableSpec],
}

#[derive(Template)]
#[template(path = "plugin/lib.rs.txt", escape = "none")]
struct Library<'a> {
    id: &'a str,
    display: &'a str,
    tables: &'a [TableSpec],
    requires: &'a [Requirement],
    plugin_type: &'a str,
}

#[derive(Template)]
#[template(path = "plugin/table.rs.txt", escape = "none")]
struct Rows<'a> {
    id: &'a str,
    table: &'a TableSpec,
    types: &'a str,
    given: &'a str,
    parameters: &'a str,
    values: &'a str,
}

#[derive(Template)]
#[template(path = "plugin/test.rs.txt", escape = "none")]
struct Tests<'a> {
    tables: &'a [TableSpec],
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaffold(name: &str, tables: &[&str]) -> Result<Scaffold, ScaffoldError> {
        let tables = tables.iter().map(|text| text.parse().unwrap()).collect();
        Scaffold::new(name, tables, Vec::new(), None)
    }

    #[test]
    fn the_first_migration_and_the_entity_say_the_same() {
        let files = scaffold("stock-count", &["note(title text, due date?)"]).unwrap().files().unwrap();
        let text = |name: &str| &files.iter().find(|(path, _)| path == Path::new(name)).unwrap().1;
        insta::assert_snapshot!(text("migrations/0001_stock_count.sql"));
        insta::assert_snapshot!(text("src/note.rs"));
        insta::assert_snapshot!(text("src/lib.rs"));
    }

    #[test]
    fn what_cannot_be_a_plugin_is_told() {
        let why = |name: &str| scaffold(name, &["note"]).unwrap_err().to_string();
        assert!(why("Notes").contains("is no name"));
        assert!(why("tenon").contains("somebody else's"));
        assert!(why("pg_notes").contains("somebody else's"));
        assert!(why("user").contains("reserved word of PostgreSQL"));
        let twice = scaffold("notes", &["note", "note"]).unwrap_err();
        assert_eq!(twice.to_string(), "the table note is there twice");
    }

    #[test]
    fn nothing_that_is_there_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine"), "kept").unwrap();
        let plugin = scaffold("notes", &["note"]).unwrap();
        assert!(matches!(plugin.write(folder.path()), Err(ScaffoldError::Exists(_))));
        assert!(matches!(plugin.write(&folder.path().join("mine")), Err(ScaffoldError::Exists(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(plugin.write(&folder.path().join("new")).unwrap().contains(&"src/lib.rs".into()));
    }
}

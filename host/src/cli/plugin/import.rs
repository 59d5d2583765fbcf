use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use secrecy::SecretString;
use tenon_schema::Ident;

use super::super::app::App;
use super::super::documents::Imported;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::schema::side::named;
use super::super::start::no_source;
use super::new::{SdkOptions, refused};
use crate::author::import::{
    self, FailedStatement, FolderLayout, ImportError, ImportNote, ImportReport, ImportRequest, ImportScope,
    ImportSource, LayoutError, MigrationsSource, NamePattern, SqlFile, StoppingStatement,
};
use crate::author::scaffold::Scaffold;
use crate::database::connect::{Database, install_crypto_provider};
use crate::database::managed::IfMissing;
use crate::database::migration_session::MigrationError;
use crate::database::source::DatabaseSource;
use crate::database::unavailable::Unavailable;
use crate::report::json;
use crate::report::text::counted;
use crate::schema::whole;
use crate::support::command_code::CommandCode;

/// Write the crate of a plugin from what is there already: a database, a dump, migrations of another tool
///
/// The crate has a struct for each table, an enum for each enum type, a file of descriptors for what these
/// cannot say, and the first migration, tried in an empty database made for this and dropped again. It builds
/// as it is, passes its own test and can be proved. What is left out, and what is to be done by hand, stands
/// in its IMPORT.md and is printed. Nothing that is there already is overwritten. The database is only read.
/// Needs a role that may create databases, on the configured server.
///
/// Exits with 0 when the crate is written, 1 when not all can be imported, which is then told, and nothing
/// is written, 3 when the database could not be read.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("from").required(true).args(["from_database", "from_sql"])),
    after_help = "For example:\n  tenon plugin import shop --from-database staging --schema shop\n  \
                  tenon plugin import shop --from-sql schema.sql --exclude-table '*_migrations'"
)]
pub(crate) struct Import {
    /// The plugin's name: of its crate and, with _ for -, its id
    #[arg(value_name = "NAME")]
    name: String,

    /// Import what stands in this database: `database` for the configured one, a name of [databases] in the
    /// configuration, an address postgresql://…, or - to read the address from standard input
    ///
    /// An address with a password is not taken from the command line, where other users could read it.
    #[arg(long, value_name = "DATABASE")]
    from_database: Option<String>,

    /// Import what this file makes, a dump as `pg_dump --schema-only` writes it; or take over the migrations
    /// in this folder, file by file
    #[arg(long, value_name = "FILE|FOLDER")]
    from_sql: Option<PathBuf>,

    /// How the folder is laid out, where its files do not tell
    #[arg(long, value_enum, value_name = "TOOL", requires = "from_sql")]
    layout: Option<FolderLayout>,

    /// The schemas, in their order, in which the tool looked for names without one; by default public
    #[arg(long, value_name = "SCHEMA,…", value_delimiter = ',', requires = "from_sql")]
    search_path: Vec<String>,

    /// The value of a variable in the files, `:NAME` or `${NAME}`, as the tool writes it into the SQL, with
    /// its quotes; repeat it for more
    #[arg(long = "set", value_name = "NAME=VALUE", requires = "from_sql", value_parser = variable)]
    variables: Vec<(String, String)>,

    /// Write one migration of what the files of the folder make, instead of each of them
    #[arg(long, requires = "from_sql")]
    squash: bool,

    /// Take only schemas of this name, in which * stands for any characters; repeat it for more
    #[arg(long = "schema", value_name = "PATTERN")]
    schemas: Vec<NamePattern>,

    /// Take only tables and views of this name, `name` or `schema.name`, and what they need; repeat it for
    /// more
    #[arg(long = "table", value_name = "PATTERN")]
    tables: Vec<NamePattern>,

    /// Leave out tables and views of this name; repeat it for more
    #[arg(long = "exclude-table", value_name = "PATTERN")]
    exclude_tables: Vec<NamePattern>,

    /// Put the crate into this folder; by default one of its name
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,

    #[command(flatten)]
    sdk: SdkOptions,
}

impl Import {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let sdk = self.sdk.sdk()?;
        let plugin =
            Scaffold::new(&self.name, Vec::new(), Vec::new(), sdk).map_err(|error| refused(&error))?;
        let folder = self.into.clone().unwrap_or_else(|| PathBuf::from(&self.name));
        install_crypto_provider();
        let place = DatabaseSource::open(&app.config, IfMissing::Create).await;
        let place = place.map_err(|error| no_source(&error))?;
        let imported = self.imported(&plugin, &place.databases.serving, app).await;
        place.close().await;
        let (imported, told) = imported?;
        let files = imported.write(&folder).map_err(|error| match &error {
            crate::author::scaffold::ScaffoldError::Exists(_) => Failure::of(Exit::Failed, &error)
                .code(CommandCode::FileExists)
                .hint("nothing was written; take another folder with --into FOLDER"),
            _ => refused(&error),
        })?;
        tell(&imported.report, &folder, &files, &told, app);
        Ok(Exit::Done)
    }

    async fn imported(
        &self,
        plugin: &Scaffold,
        place: &Database,
        app: &App,
    ) -> Result<(import::ImportedCrate, String), Failure> {
        let (source, told) = self.source(place, app).await?;
        let scope = ImportScope {
            schemas: self.schemas.clone(),
            tables: self.tables.clone(),
            without: self.exclude_tables.clone(),
        };
        let request = ImportRequest { plugin, scope: &scope, source, told: &told };
        let imported = import::import(request, place).await.map_err(|error| not_imported(&error, &told))?;
        Ok((imported, told))
    }

    fn files(&self, path: &Path) -> Result<ImportSource, Failure> {
        if !path.is_dir() {
            let of_folders = self.layout.is_some() || self.squash;
            return if of_folders {
                Err(Failure::new(
                    Exit::Usage,
                    format!("--layout and --squash are of folders, and {} is none", path.display()),
                ))
            } else {
                Ok(ImportSource::Dump(vec![sql_file(path, path.parent())?]))
            };
        }
        let chooses = !self.schemas.is_empty() || !self.tables.is_empty() || !self.exclude_tables.is_empty();
        if chooses && !self.squash {
            return Err(Failure::new(Exit::Usage, "files that are taken over as they are make all that they make")
                .hint("leave out --schema, --table and --exclude-table, or have one migration written with --squash"));
        }
        Ok(ImportSource::Migrations(MigrationsSource {
            files: folder_files(path)?,
            layout: self.layout,
            search_path: self.search_path.iter().map(|schema| Ident::from(schema.as_str())).collect(),
            variables: self.variables.clone(),
            squash: self.squash,
        }))
    }

    /// What is imported, and what that is called.
    async fn source(&self, place: &Database, app: &App) -> Result<(ImportSource, String), Failure> {
        if let Some(path) = &self.from_sql {
            return Ok((self.files(path)?, path.display().to_string()));
        }
        let from = self.from_database.as_deref().unwrap_or_default();
        let database = match from {
            "database" => place.clone(),
            "-" => {
                let mut address = String::new();
                let read = std::io::stdin().read_to_string(&mut address);
                let address = SecretString::from(address.trim().to_owned());
                read.map_err(|error| {
                    Failure::new(Exit::Usage, "standard input has no address").because(&error)
                })?;
                of_address(&address, "standard input", app)?
            }
            address if address.contains("://") || address.contains('=') => {
                of_address(&SecretString::from(address.to_owned()), "--from-database", app)?
            }
            name => named(app, name)?,
        };
        let told = format!("the database {}", database.redacted());
        let unread = |error: &(dyn std::error::Error + 'static)| {
            let failure = Failure::new(Exit::Unknown, format!("{told} could not be read"));
            failure.code(Unavailable::of(error)).because(error)
        };
        let (client, _) = database.connect().await.map_err(|error| unread(&error))?;
        let read = whole::read(&client, database.bounds(), None).await.map_err(|error| unread(&error))?;
        if !read.unprinted.is_empty() {
            let parts = read
                .unprinted
                .iter()
                .map(|one| Failure::new(Exit::Unknown, format!("{} cannot be printed", one.id)));
            return Err(Failure::new(Exit::Unknown, format!("not all of {told} could be read"))
                .code(CommandCode::NotPrinted)
                .parts(parts));
        }
        Ok((ImportSource::Database(Box::new(read.objects)), told))
    }
}

fn of_address(address: &SecretString, origin: &str, app: &App) -> Result<Database, Failure> {
    let database = Database::new(address, origin, None, None).map_err(|error| no_source(&error.into()))?;
    let mut database = database;
    database.set_timeouts(app.config.database.statement_timeout, app.config.database.lock_timeout);
    database.set_unsupported(app.config.database.unsupported_server);
    Ok(database)
}

fn variable(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write the name, `=` and the value, as schema=shop"),
    }
}

/// All files below a folder, in the order of their names. A link to a folder is not followed: it may lead
/// back.
fn folder_files(folder: &Path) -> Result<Vec<SqlFile>, Failure> {
    let (mut files, mut ahead) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(place) = ahead.pop() {
        let entries = std::fs::read_dir(&place).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        for entry in entries.map_err(|error| unread(&place, &error))? {
            let path = entry.path();
            let is_known = path.extension().is_some_and(|end| end == "sql" || end == "rs");
            if entry.file_type().is_ok_and(|of| of.is_dir()) {
                ahead.push(path);
            } else if is_known {
                files.push(sql_file(&path, Some(folder))?);
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn sql_file(path: &Path, folder: Option<&Path>) -> Result<SqlFile, Failure> {
    let bytes = std::fs::read(path).map_err(|error| unread(path, &error))?;
    if bytes.starts_with(b"PGDMP") {
        let heading = format!("{} is an archive of pg_dump", path.display());
        return Err(Failure::new(Exit::Usage, heading)
            .hint("make SQL of it first: `pg_restore --schema-only --file schema.sql ARCHIVE`"));
    }
    let text = String::from_utf8(bytes).map_err(|error| unread(path, &error))?;
    let name = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
    Ok(SqlFile { name: name.to_string_lossy().into_owned(), text })
}

fn unread(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::new(Exit::Usage, format!("{} cannot be read", path.display())).because(error)
}

fn not_imported(error: &ImportError, told: &str) -> Failure {
    match error {
        ImportError::Nothing(_) => Failure::of(Exit::Failed, error)
            .code(CommandCode::NothingToImport)
            .hint("`tenon schema read` shows what a database has; see --schema and --table"),
        ImportError::Layout(LayoutError::Ambiguous { .. }) => Failure::of(Exit::Usage, error)
            .hint("say which it is with --layout, so that its ledger is read for `tenon baseline`"),
        ImportError::Layout(_) => Failure::of(Exit::Usage, error)
            .hint("name the folder in which the migrations are, and its layout with --layout"),
        ImportError::Stops(stops) => {
            let part = |one: &StoppingStatement| {
                Failure::new(Exit::Failed, format!("{}: {}", one.place, one.why))
                    .detail(one.excerpt.clone())
                    .hint(one.advice.clone())
            };
            Failure::new(Exit::Failed, format!("nothing was written: {error}"))
                .code(CommandCode::NotImported)
                .parts(stops.iter().map(part))
                .hint(
                    "copy the folder and change these statements there; or write one migration of what the files \
                     make, from a database that they were run in: `tenon plugin import NAME --from-database DATABASE`",
                )
        }
        ImportError::Migration { source, .. } => {
            let excerpt = match source {
                MigrationError::Statement { excerpt, .. } => excerpt.clone(),
                _ => None,
            };
            let failure = Failure::of(Exit::Failed, error).code(CommandCode::NotImported);
            let failure = match excerpt {
                Some(excerpt) => failure.detail(format!("it fails at: {excerpt}")),
                None => failure,
            };
            failure.hint(
                "where a value of an enum is used that was added before, one migration of all is the way, with \
                 --squash; where a schema is missing, name it with --search-path; where a variable is, with --set",
            )
        }
        ImportError::Dump(failed) => {
            let part = |one: &FailedStatement| {
                Failure::new(Exit::Failed, format!("{}: {}", one.place, one.reason))
                    .detail(one.excerpt.clone())
            };
            Failure::new(Exit::Failed, format!("nothing was written: not all of {told} can be run"))
                .code(CommandCode::NotImported)
                .parts(failed.iter().map(part))
                .hint(
                    "take out of the file what is not this plugin's, and have the extensions that it needs on \
                     the configured server",
                )
        }
        _ => Failure::new(Exit::Failed, format!("nothing was written: {told} cannot be imported"))
            .code(CommandCode::NotImported)
            .because(error),
    }
}

fn tell(report: &ImportReport, folder: &Path, files: &[PathBuf], told: &str, app: &App) {
    if app.options.json {
        let files = files.iter().map(PathBuf::as_path).collect();
        let value = Imported { folder, files, from: told, import: report };
        app.terminal.data(&json::line(&value));
        return;
    }
    let place = folder.display();
    let listed: String = files.iter().map(|file| format!("  {place}/{}\n", file.display())).collect();
    app.terminal.data(&listed);
    let taken: Vec<_> = report.taken.iter().map(|(what, number)| format!("{number} {what}")).collect();
    app.terminal.message(&format!("Taken from {told}: {}\n", taken.join(", ")));
    for (heading, notes) in report.notes.groups() {
        app.terminal.message(&format!("\n{heading}, {}:\n", counted(notes.len(), "note")));
        for ImportNote { place, says, advice } in notes {
            let advice = advice.as_ref().map_or_else(String::new, |advice| format!("; {advice}"));
            app.terminal.message(&format!("  {place}: {says}{advice}\n"));
        }
    }
    if !report.roles.is_empty() {
        let roles: Vec<_> = report.roles.iter().map(ToString::to_string).collect();
        app.terminal
            .message(&format!("\nThese roles have to be there before a heal: {}\n", roles.join(", ")));
    }
    let id = &report.plugin;
    app.terminal.message(&format!(
        "\nThe plugin {id} is in {place}; its IMPORT.md has these notes. Next:\n\n  cd {place}\n  cargo test\n  cargo build\n  \
         tenon plugin lock {id} --plugin-dir target/debug\n"
    ));
}

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::schema::side::named;
use super::super::start::no_source;
use super::new::{SdkOptions, refused};
use crate::author::import::{
    self, FailedStatement, ImportError, ImportNote, ImportReport, ImportRequest, ImportScope, ImportSource,
    NamePattern, SqlFile,
};
use crate::author::scaffold::Scaffold;
use crate::database::connect::{Database, install_crypto_provider};
use crate::database::managed::IfMissing;
use crate::database::source::DatabaseSource;
use crate::report::json as json_report;
use crate::report::text::counted;
use crate::schema::whole;

/// Write the crate of a plugin from what is there already: a database, or a dump
///
/// The crate has a struct for each table, an enum for each enum type, a file of descriptors for what these
/// cannot say, and the first migration, tried in an empty database made for this and dropped again. It builds
/// as it is, passes its own test and can be proved. What is left out, and what is to be done by hand, stands in its
/// IMPORT.md and is printed. Nothing that is there already is overwritten. The database is only read. Needs
/// a role that may create databases, on the configured server.
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
    /// An address with a password is best named in the configuration or read from standard input: other users
    /// can read arguments.
    #[arg(long, value_name = "DATABASE")]
    from_database: Option<String>,

    /// Import what this file makes, a dump as `pg_dump --schema-only` writes it; or the files of a folder
    #[arg(long, value_name = "FILE|FOLDER")]
    from_sql: Option<PathBuf>,

    /// Take only schemas of this name, in which * stands for any characters; repeat it for more
    #[arg(long = "schema", value_name = "PATTERN")]
    schemas: Vec<NamePattern>,

    /// Take only tables and views of this name, `name` or `schema.name`, and what they need; repeat it for more
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

    /// What is imported, and what that is called.
    async fn source(&self, place: &Database, app: &App) -> Result<(ImportSource, String), Failure> {
        if let Some(path) = &self.from_sql {
            return Ok((ImportSource::Dump(sql_files(path)?), path.display().to_string()));
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
                if has_password(address) {
                    app.terminal.error(
                        "warning: other users can read the password in the arguments; name the address under \
                         [databases] in the configuration, or have it read from standard input with \
                         `--from-database -`\n",
                    );
                }
                of_address(&SecretString::from(address.to_owned()), "--from-database", app)?
            }
            name => named(app, name)?,
        };
        let told = format!("the database {}", database.redacted());
        let unread = |error: &dyn std::error::Error| {
            Failure::new(Exit::Unknown, format!("{told} could not be read")).because(error)
        };
        let (client, _) = database.connect().await.map_err(|error| unread(&error))?;
        let read = whole::read(&client, database.bounds(), None).await.map_err(|error| unread(&error))?;
        if !read.unprinted.is_empty() {
            let parts = read
                .unprinted
                .iter()
                .map(|one| Failure::new(Exit::Unknown, format!("{} cannot be printed", one.id)));
            return Err(Failure::new(Exit::Unknown, format!("not all of {told} could be read")).parts(parts));
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

/// Whether an address as it was typed may have a password in it.
fn has_password(address: &str) -> bool {
    let address = SecretString::from(address.to_owned());
    let text = address.expose_secret();
    let authority = text.split_once("://").map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':')) || text.contains("password=")
}

/// The file, or the files of the folder in the order of their names.
fn sql_files(path: &Path) -> Result<Vec<SqlFile>, Failure> {
    let unread = |path: &Path, error: &dyn std::error::Error| {
        Failure::new(Exit::Usage, format!("{} cannot be read", path.display())).because(error)
    };
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        paths = entries.map_err(|error| unread(path, &error))?.iter().map(std::fs::DirEntry::path).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "sql"));
        paths.sort();
        if paths.is_empty() {
            return Err(Failure::new(Exit::Usage, format!("there is no *.sql in {}", path.display())));
        }
    }
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).map_err(|error| unread(path, &error))?;
        if bytes.starts_with(b"PGDMP") {
            let heading = format!("{} is an archive of pg_dump", path.display());
            return Err(Failure::new(Exit::Usage, heading)
                .hint("make SQL of it first: `pg_restore --schema-only --file schema.sql ARCHIVE`"));
        }
        let text = String::from_utf8(bytes).map_err(|error| unread(path, &error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(SqlFile { name, text })
    };
    paths.iter().map(read).collect()
}

fn not_imported(error: &ImportError, told: &str) -> Failure {
    match error {
        ImportError::Nothing(_) => Failure::of(Exit::Failed, error)
            .hint("`tenon schema read` shows what a database has; see --schema and --table"),
        ImportError::Dump(failed) => {
            let part = |one: &FailedStatement| {
                Failure::new(Exit::Failed, format!("{}: {}", one.place, one.reason))
                    .detail(one.excerpt.clone())
            };
            Failure::new(Exit::Failed, format!("nothing was written: not all of {told} can be run"))
                .parts(failed.iter().map(part))
                .hint(
                    "take out of the file what is not this plugin's, and have the extensions that it needs on \
                     the configured server",
                )
        }
        _ => Failure::new(Exit::Failed, format!("nothing was written: {told} cannot be imported"))
            .because(error),
    }
}

fn tell(report: &ImportReport, folder: &Path, files: &[PathBuf], told: &str, app: &App) {
    if app.options.json {
        let value = json!({ "folder": folder, "files": files, "from": told, "import": report });
        app.terminal.data(&json_report::line(&value));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_password_is_seen_to_have_one() {
        for (address, has) in [
            ("postgresql://u:p@h/d", true),
            ("postgresql://u@h/d", false),
            ("postgresql://h:5432/d", false),
            ("host=h password=p", true),
            ("postgresql:///d?host=/run&user=u", false),
        ] {
            assert_eq!(has_password(address), has, "{address}");
        }
    }
}

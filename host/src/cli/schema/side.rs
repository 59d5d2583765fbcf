//! What a schema is read from: a database, a plugin, or a file.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use tenon_migrations_core::migration::PluginId;
use tenon_schema::Ident;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::{Started, no_source};
use crate::database::connect::{Database, install_crypto_provider};
use crate::database::managed::IfMissing;
use crate::database::source::DatabaseSource;
use crate::database::unavailable::Unavailable;
use crate::heal::prove::ProveError;
use crate::schema::snapshot_file::SnapshotFile;
use crate::schema::whole;
use crate::scratch::made_by::MadeByError;
use crate::support::command_code::CommandCode;

/// What a schema is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Side {
    /// `database`: the configured one.
    Configured,
    /// `database:NAME`: one of `[databases]`.
    Named(String),
    /// `plugin:ID`
    Plugin(PluginId),
    /// Anything else.
    File(PathBuf),
}

impl FromStr for Side {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "database" => Ok(Self::Configured),
            Some(("database", name)) => Ok(Self::Named(name.to_owned())),
            Some(("plugin", id)) => id.parse().map(Self::Plugin).map_err(|error| format!("{error}")),
            _ => Ok(Self::File(text.into())),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configured => f.write_str("database"),
            Self::Named(name) => write!(f, "database:{name}"),
            Self::Plugin(id) => write!(f, "plugin:{id}"),
            Self::File(file) => write!(f, "{}", file.display()),
        }
    }
}

impl Side {
    /// The readings there are: one, or one for each server major a plugin was proved on.
    pub(super) async fn read(
        &self,
        app: &App,
        schema: Option<&Ident>,
        server_major: Option<i32>,
    ) -> Result<Vec<SnapshotFile>, Failure> {
        let all = match self {
            Self::Configured | Self::Named(_) => {
                let Some(source) = self.source(app).await? else { return Ok(Vec::new()) };
                let read = self.of_database(&source.databases.serving, schema).await;
                source.close().await;
                vec![read?]
            }
            Self::Plugin(id) => self.of_plugin(app, id, server_major).await?,
            Self::File(file) => {
                let unread = |error: &dyn std::error::Error| {
                    Failure::new(Exit::Unknown, format!("{self} could not be read")).because(error)
                };
                let text = std::fs::read_to_string(file).map_err(|error| unread(&error))?;
                SnapshotFile::of_file(&text).map_err(|error| unread(&error))?
            }
        };
        let majors: Vec<_> = all.iter().map(|one| one.printer.server_major.to_string()).collect();
        let wanted = |one: &SnapshotFile| server_major.is_none_or(|major| major == one.printer.server_major);
        let read: Vec<_> = all.into_iter().filter(wanted).collect();
        if let (true, Some(major)) = (read.is_empty(), server_major) {
            let heading = format!("{self} has no reading of PostgreSQL {major}");
            return Err(Failure::new(Exit::Unknown, heading)
                .code(CommandCode::NotComparable)
                .detail(format!("it has readings of PostgreSQL {}", majors.join(" and "))));
        }
        Ok(read)
    }

    /// The database itself, to be closed when it was used; `None` for what is none.
    pub(super) async fn source(&self, app: &App) -> Result<Option<DatabaseSource>, Failure> {
        match self {
            Self::Configured => {
                install_crypto_provider();
                let source = DatabaseSource::open(&app.config, IfMissing::Refuse).await;
                let source = source.map_err(|error| no_source(&error))?;
                Ok(Some(source))
            }
            Self::Named(name) => {
                Ok(Some(DatabaseSource { databases: named(app, name)?.into(), managed: None }))
            }
            Self::Plugin(_) | Self::File(_) => Ok(None),
        }
    }

    async fn of_database(
        &self,
        database: &Database,
        schema: Option<&Ident>,
    ) -> Result<SnapshotFile, Failure> {
        let heading = format!("{self} could not be read");
        let unread = |error: &(dyn std::error::Error + 'static)| {
            let failure = Failure::new(Exit::Unknown, heading.clone()).code(Unavailable::of(error));
            let failure = failure.because(error);
            match Unavailable::of(error) {
                Unavailable::NoDatabase | Unavailable::Unsupported => {
                    failure.hint(Unavailable::remedy_of(error))
                }
                _ => failure,
            }
        };
        let (client, _) = database.connect().await.map_err(|error| unread(&error))?;
        whole::read(&client, database.bounds(), schema).await.map_err(|error| unread(&error))
    }

    async fn of_plugin(
        &self,
        app: &App,
        id: &PluginId,
        server_major: Option<i32>,
    ) -> Result<Vec<SnapshotFile>, Failure> {
        let started = Started::open(app).await?;
        let expected = started.host.expected(id, server_major).await;
        started.stop().await;
        expected.map_err(|error| match error {
            ProveError::Made(MadeByError::NoPlugin(_)) => {
                Failure::of(Exit::Usage, &error).hint("`tenon plugin list` shows the plugins")
            }
            _ => Failure::new(Exit::Unknown, format!("{self} could not be read"))
                .code(CommandCode::NotProved)
                .because(&error)
                .hint(format!("`tenon plugin lock {id}` tells more")),
        })
    }
}

/// A database of `[databases]`.
pub(in crate::cli) fn named(app: &App, name: &str) -> Result<Database, Failure> {
    install_crypto_provider();
    let Some(url) = app.config.databases.get(name) else {
        let known: Vec<_> = app.config.databases.keys().map(String::as_str).collect();
        let told = if known.is_empty() { "it names none".to_owned() } else { known.join(", ") };
        return Err(Failure::new(Exit::Usage, format!("there is no database {name} in the configuration"))
            .detail(format!("under [databases]: {told}"))
            .hint(format!(
                "add `{name} = \"postgresql://…\"` to [databases], or set TENON_DATABASES__NAME"
            )));
    };
    let database = Database::new(&url.secret, &url.origin, None, None);
    let mut database = database.map_err(|error| no_source(&error.into()))?;
    database.set_timeouts(app.config.database.statement_timeout, app.config.database.lock_timeout);
    database.set_unsupported(app.config.database.unsupported_server);
    Ok(database)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_told_as_it_was_written() {
        for (text, side) in [
            ("database", Side::Configured),
            ("database:staging", Side::Named("staging".to_owned())),
            ("plugin:inventory", Side::Plugin("inventory".parse().unwrap())),
            ("./database", Side::File("./database".into())),
            ("inventory.lock", Side::File("inventory.lock".into())),
        ] {
            assert_eq!(text.parse(), Ok(side.clone()));
            assert_eq!(side.to_string(), text);
        }
        assert!("plugin:No Id".parse::<Side>().is_err());
    }
}

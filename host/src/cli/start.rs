//! Starting the host for one command, and stopping it again.
//!
//! Only `serve`, `heal` in development, `restore` and the commands for authors (`plugin lock`, `diff`,
//! `import`, `verify`, `test-server`) make a managed database (`IfMissing::Create`). Whatever judges a
//! database has to have a plugin to judge it by. The suite `refused` holds both, and that a session is handed
//! out only if its server is one of those that `database/supported.rs` knows.

use std::sync::Arc;

use crate::database::connect::{Databases, install_crypto_provider};
use crate::database::managed::{IfMissing, ManagedError, ManagedServer};
use crate::database::source::{DatabaseSource, SourceError};
use crate::database::unavailable::Unavailable;
use crate::host::{Tenon, saved_settings};
use crate::plugin::discover::{Discovered, discover};
use crate::plugin::isolate::{self, Enforcement};
use crate::plugin::standing::standing;
use crate::support::command_code::CommandCode;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// What an address is.
const ADDRESS: &str = "an address looks like postgresql://user:password@host:5432/name, with special characters in \
                       the password percent-encoded";

/// The host at work, and the database that was started for it.
pub(super) struct Started {
    pub host: Arc<Tenon>,
    /// The database without its password, for messages; empty without one.
    pub address: String,
    managed: Option<ManagedServer>,
}

/// Whether the plugins are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loads {
    Plugins,
    Nothing,
}

impl Started {
    /// Opens the host with the configured database, or with the managed one, which has to be there.
    ///
    /// A configured database that cannot be reached is no failure here: the host tells.
    pub(crate) async fn open(app: &App) -> Result<Self, Failure> {
        Self::opened(app, IfMissing::Refuse, Loads::Plugins).await
    }

    /// Opens the host like [`open`](Self::open), and makes the managed database if it is not there yet.
    pub(crate) async fn open_making(app: &App) -> Result<Self, Failure> {
        Self::opened(app, IfMissing::Create, Loads::Plugins).await
    }

    /// Opens the host like [`open`](Self::open), and loads no plugin: for commands that need none, whatever
    /// is wrong with them.
    pub(crate) async fn without_plugins(app: &App) -> Result<Self, Failure> {
        Self::opened(app, IfMissing::Refuse, Loads::Nothing).await
    }

    async fn opened(app: &App, if_missing: IfMissing, loads: Loads) -> Result<Self, Failure> {
        if loads == Loads::Plugins {
            enforced_as_required(app)?;
        }
        install_crypto_provider();
        let source =
            DatabaseSource::open(&app.config, if_missing).await.map_err(|error| no_source(&error))?;
        if loads == Loads::Plugins
            && let Err(failure) = held_as_required(app, &source.databases).await
        {
            source.close().await;
            return Err(failure);
        }
        let address = source.databases.serving.redacted();
        let (config, databases) = (app.config.clone(), source.databases);
        let host = match loads {
            Loads::Plugins => {
                let saved = saved_settings::read(&config, &databases).await;
                Tenon::open_with(config, Some(databases), saved)
            }
            Loads::Nothing => Tenon::with(config, Arc::default(), Some(databases)).into(),
        };
        Ok(Self { host, address, managed: source.managed })
    }

    /// Like [`open`](Self::open), but without any database if the managed one cannot be started: the
    /// console is needed most when the database is broken.
    pub(crate) async fn open_anyway(app: &App) -> Result<Self, Failure> {
        match Self::open_making(app).await {
            Err(failure) if failure.exit() == Exit::Unknown => {
                failure.print(&app.terminal);
                app.terminal.error("Serving without a database; start again when that is mended\n");
                Self::without_database(app)
            }
            opened => opened,
        }
    }

    /// Opens the host for what the plugins' files tell by themselves.
    pub(crate) fn without_database(app: &App) -> Result<Self, Failure> {
        enforced_as_required(app)?;
        let host = Tenon::open_with(app.config.clone(), None, saved_settings::read_copy(&app.config));
        Ok(Self { host, address: String::new(), managed: None })
    }

    /// Stops the plugins' threads, then the database if this process started it.
    pub(crate) async fn stop(self) {
        self.host.shutdown().await;
        if let Some(managed) = self.managed {
            managed.stop().await;
        }
    }
}

/// There is no database to use, whatever for.
pub(super) fn no_source(error: &SourceError) -> Failure {
    let code = error.code();
    match error {
        SourceError::Configured(_) => Failure::refused_by(code, error).hint(ADDRESS),
        SourceError::Managed(ManagedError::NotOffered) => Failure::refused_by(code, error),
        SourceError::Managed(_) => Failure::of(Exit::Unknown, error).code(code),
        SourceError::Shared => Failure::refused_by(code, error)
            .hint("take plugins.isolation out of the configuration, or set it to \"roles\""),
    }
}

/// Refuses what would judge a database by no plugin at all: a directory that was mistyped or not mounted is
/// not well. Asked once the database has answered; that it does not is the graver reason.
pub(super) fn some_plugin(app: &App) -> Result<(), Failure> {
    let Discovered { files, troubles } = discover(&app.config.plugin_dirs);
    if !files.is_empty() {
        return Ok(());
    }
    let (extension, places) = (std::env::consts::DLL_EXTENSION, app.config.plugin_dirs_told());
    let heading = format!("there is no plugin (*.{extension}) in {places}; nothing was run");
    let failure = troubles
        .iter()
        .fold(Failure::refused(CommandCode::NoPlugins, heading), |failure, trouble| failure.because(trouble));
    Err(failure.hint(
        "copy the plugins there, or name their directory with --plugin-dir or plugin_dir in the configuration",
    ))
}

/// Before any plugin is loaded: as whom their statements would run.
async fn held_as_required(app: &App, databases: &Databases) -> Result<(), Failure> {
    if !app.config.plugins.require_enforcement {
        return Ok(());
    }
    let seen = standing(databases, &app.config.plugins).await;
    let layer = seen.map_err(|error| {
        Failure::new(
            Exit::Unknown,
            "it could not be found out what plugins' statements may do to the database",
        )
        .code(Unavailable::of(&error))
        .because(&error)
        .hint("start again when the database answers, or without --require-enforcement")
    })?;
    let enforcement = Enforcement { layers: vec![layer] };
    enforcement.required().map_err(|lacking| {
        Failure::refused_by(CommandCode::NotEnforced, &lacking)
            .hint("take from the role what it may too much, or start without --require-enforcement")
    })
}

/// Before any plugin is loaded.
fn enforced_as_required(app: &App) -> Result<(), Failure> {
    if !app.config.plugins.require_enforcement {
        return Ok(());
    }
    let (_, enforcement) = isolate::probe(isolate::FileRules::configured(&app.config));
    enforcement.required().map_err(|lacking| {
        Failure::refused_by(CommandCode::NotEnforced, &lacking)
            .hint("run on a kernel that has what is missing, or without --require-enforcement")
    })
}

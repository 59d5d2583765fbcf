use std::ffi::OsString;

use clap::Args;
use tenon_migrations_core::migration::PluginId;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::signals::Signals;
use super::start::no_source;
use crate::database::client_access::ClientAccess;
use crate::database::connect::{Database, install_crypto_provider};
use crate::database::managed::{IfMissing, client_program};
use crate::database::source::DatabaseSource;
use crate::plugin::roles::{NoSecret, login_of};
use crate::support::child_process;
use crate::support::command_code::CommandCode;

/// Open psql in the database, managed or configured, without typing an address or a password
///
/// The password is given to psql in a private file, and stands in no argument and no variable. A managed
/// database that does not run is started for as long as psql runs.
#[derive(Debug, Args)]
pub(super) struct Psql {
    /// The role: serving, owner (which heals), superuser (of the managed database), or a plugin's id, as
    /// which its routes act
    #[arg(long, default_value = "serving", value_name = "ROLE")]
    role: String,

    /// What psql is given, such as -c 'SELECT 1'
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

impl Psql {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        install_crypto_provider();
        let source = DatabaseSource::open(&app.config, IfMissing::Refuse).await;
        let source = source.map_err(|error| no_source(&error))?;
        let ended = self.in_database(app, &source).await;
        source.close().await;
        ended
    }

    async fn in_database(&self, app: &App, source: &DatabaseSource) -> Result<Exit, Failure> {
        let database = self.database(app, source)?;
        let program =
            client_program("psql").map_err(|error| Failure::of(Exit::Failed, &error).code(error.code()))?;
        let unwritten = |error: std::io::Error| {
            Failure::new(Exit::Failed, "the password cannot be given to psql").because(&error)
        };
        let access = ClientAccess::of(&database).map_err(unwritten)?;
        let mut command = access.command(&program);
        command.args(&self.arguments);
        let failed = |error: std::io::Error| {
            Failure::new(Exit::Failed, format!("{} cannot be run", program.display())).because(&error)
        };
        // Ctrl-C is for psql, which is in the same group: it stops a statement, and psql goes on.
        let mut signals = Signals::new().map_err(failed)?;
        let mut child = tokio::process::Command::from(command).spawn().map_err(failed)?;
        let mut passed_on = false;
        let status = loop {
            tokio::select! {
                status = child.wait() => break status.map_err(failed)?,
                by = signals.next() => match child.id() {
                    Some(_) if by == "Ctrl-C" => {}
                    // psql puts the terminal right and ends; whoever insists has it killed.
                    Some(psql) if !passed_on => {
                        passed_on = true;
                        child_process::ask_to_end_as(psql, &by);
                    }
                    _ => child.start_kill().map_err(failed)?,
                },
            }
        };
        Ok(if status.success() { Exit::Done } else { Exit::Failed })
    }

    fn database(&self, app: &App, source: &DatabaseSource) -> Result<Database, Failure> {
        let databases = &source.databases;
        match self.role.as_str() {
            "serving" => Ok(databases.serving.clone()),
            "owner" => Ok(databases.healing.clone().unwrap_or_else(|| databases.serving.clone())),
            "superuser" => match &source.managed {
                Some(server) => {
                    server.superuser().map_err(|error| Failure::of(Exit::Failed, &error).code(error.code()))
                }
                None => Err(Failure::new(
                    Exit::Usage,
                    "the superuser of a configured database is not Tenon's to be",
                )
                .hint("log in as that with psql itself")),
            },
            id => {
                let plugin: PluginId = id.parse().map_err(|error| {
                    Failure::new(Exit::Usage, format!("{id:?} is no role")).because(&error as &dyn std::error::Error)
                        .hint("there are serving, owner, superuser, and the ids of plugins: `tenon plugin list`")
                })?;
                login_of(&plugin, databases, &app.config.plugins).map_err(|error| {
                    Failure::refused_by(CommandCode::NoRoleSecret, &error).hint(NoSecret::REMEDY)
                })
            }
        }
    }
}

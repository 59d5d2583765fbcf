use clap::Args;
use tenon_migrations_core::migration::PluginId;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::Started;
use crate::support::command_code::CommandCode;

/// Print the SQL that makes the plugins' login roles, for a database administrator
///
/// Where plugins have login roles of their own (see `plugins.isolation`), a heal makes them, and the roles
/// that own their views and functions. If its role may not, somebody who may runs this SQL; the rights are
/// granted by the next heal, as the objects' owner. Of a role that is there already, the second statement
/// gives it the password that the host uses now. The last statements let a role become those of the plugins
/// whose functions its plugin calls: these have to be there. The SQL holds what the server keeps of the
/// passwords (SCRAM), by which nobody can log in; treat it as you treat a dump of the roles.
///
/// Needs no database. Exits with 0, or with 5 when plugins have no login roles of their own here.
#[derive(Debug, Args)]
pub(crate) struct Role {
    /// The plugins' ids; all of them if none is named
    #[arg(value_name = "ID")]
    plugins: Vec<PluginId>,
}

impl Role {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let sql = self.sql(&started);
        started.stop().await;
        app.terminal.data(&sql?);
        Ok(Exit::Done)
    }

    fn sql(&self, started: &Started) -> Result<String, Failure> {
        let Some(roles) = started.host.roles() else {
            return Err(Failure::refused(
                CommandCode::NoLoginRoles,
                "the plugins have no login roles of their own here",
            )
            .hint("set plugins.isolation = \"roles\""));
        };
        let chosen = if self.plugins.is_empty() { roles.plugins() } else { self.plugins.iter().collect() };
        let (mut text, mut joining) = (String::new(), String::new());
        for plugin in chosen {
            let sql = roles.making(plugin).ok_or_else(|| {
                Failure::new(Exit::Usage, format!("there is no plugin {plugin}"))
                    .hint("`tenon plugin list` shows those that there are")
            })?;
            let sql = sql.map_err(|error| {
                Failure::refused_by(CommandCode::NoRoleSecret, &error)
                    .hint(crate::plugin::roles::NoSecret::REMEDY)
            })?;
            text += &sql;
            joining += &roles.joining(plugin);
        }
        Ok(text + &joining)
    }
}

use std::sync::Arc;

use clap::Args;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::start::no_source;
use crate::admin::examine;
use crate::database::connect::install_crypto_provider;
use crate::database::managed::IfMissing;
use crate::database::source::DatabaseSource;
use crate::host::Tenon;
use crate::report::doctor::DoctorState;
use crate::report::{json, text};

/// Look at the whole installation, and say what is wrong and what mends it
///
/// The configuration, files, plugins, isolation, the database with its settings and rights, the host's own
/// tables, backups and accounts. Each line is ok, a warning, a problem, or could not be looked at. Changes
/// nothing, runs no plugin, and can be used while a host serves. Exits with 0, with 2 if there is a problem,
/// and else with 3 if something could not be looked at.
#[derive(Debug, Args)]
pub(super) struct Doctor {}

impl Doctor {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        install_crypto_provider();
        let source = DatabaseSource::open(&app.config, IfMissing::Refuse).await;
        let (databases, managed, none) = match source {
            Ok(source) => (Some(source.databases), source.managed, None),
            Err(error) => (None, None, Some(no_source(&error).told())),
        };
        let host = Tenon::with(app.config.clone(), Arc::default(), databases);
        let report = examine(&host, Some(&app.set), none).await;
        host.shutdown().await;
        if let Some(managed) = managed {
            managed.stop().await;
        }
        app.terminal.data(&if app.options.json {
            json::document(&report)
        } else {
            text::doctor(&report, app.terminal.out())
        });
        Ok(match report.state {
            DoctorState::Ok | DoctorState::Warning => Exit::Done,
            DoctorState::Unknown => Exit::Unknown,
            DoctorState::Problem => Exit::OutOfStep,
        })
    }
}

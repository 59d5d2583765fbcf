use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::health::Status;

use super::many::{FleetRun, Selection, Unusable, summary, table, with_code, worst};
use super::targets::Target;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::host::Tenon;
use crate::report::{HealthReport, json, text};
use crate::support::code::Code;

/// Compare many databases with what the plugins expect
///
/// Writes nothing. With --json, each database is a line of JSON as it is done, and the summary is the last
/// one. Exits with 0 when all are well, 2 when one is out of step, 3 when one could not be checked.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    selection: Selection,
}

/// What a check of one database came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CheckedDatabase {
    pub database: String,
    pub address: String,
    pub status: Status,
    /// How many migrations are pending.
    pub pending: usize,
    /// How many findings there are besides.
    pub differences: usize,
    /// What there is to say of each plugin that is not well.
    pub plugins: Vec<String>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The code of that, which `tenon explain` tells more of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<Code>,
    pub took_ms: u64,
}

impl CheckedDatabase {
    fn of(database: String, report: &HealthReport) -> Self {
        let pending = report.findings().filter(|finding| finding.cause == Cause::Pending).count();
        let wrong = report.plugins.iter().filter(|plugin| plugin.status != Status::Healthy);
        Self {
            database,
            address: report.database.address.clone(),
            status: report.status,
            pending,
            differences: report.counting().count().saturating_sub(pending),
            plugins: wrong.map(|plugin| plugin.line.clone()).collect(),
            error: report.database.trouble.as_ref().map(|trouble| trouble.message.clone()),
            code: report.database.trouble.as_ref().map(|trouble| trouble.kind.into()),
            took_ms: report.took_ms,
        }
    }

    fn failed(database: String, error: Unusable) -> Self {
        Self {
            database,
            address: String::new(),
            status: Status::Unknown,
            pending: 0,
            differences: 0,
            plugins: Vec::new(),
            error: Some(error.message),
            code: Some(error.code),
            took_ms: 0,
        }
    }

    fn row(&self) -> Vec<String> {
        let error = self.error.as_deref().map(|error| with_code(error, self.code));
        let said = error.unwrap_or_else(|| text::clean(&self.plugins.join("; ")));
        vec![
            self.database.clone(),
            self.status.word().to_owned(),
            self.pending.to_string(),
            self.differences.to_string(),
            said,
        ]
    }
}

impl Check {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let began = Instant::now();
        let fleet = FleetRun::open(&self.selection, app).await?;
        let work = |target: Target, host: Result<Arc<Tenon>, Unusable>| async move {
            match host {
                Ok(host) => CheckedDatabase::of(target.name, &*host.check().await),
                Err(error) => CheckedDatabase::failed(target.name, error),
            }
        };
        let tell = |checked: &CheckedDatabase| {
            if app.options.json {
                app.terminal.data(&json::line(checked));
            }
        };
        let checked = fleet.each(fleet.targets(), work, tell).await;
        let shows_all = fleet.shows_all;
        fleet.close().await;
        let summary = summary(checked.iter().map(|one| one.status.word()), began);
        if app.options.json {
            app.terminal.data(&json::line(&summary));
        } else {
            let shown = checked.iter().filter(|one| shows_all || one.status != Status::Healthy);
            let heading = ["database", "verdict", " pending", " differences", "what there is to say"];
            let rows = shown.map(CheckedDatabase::row).collect();
            let told = table(&heading, rows, "database", shows_all, app.terminal.out());
            app.terminal.data(&format!("{told}{}\n", summary.line()));
        }
        Ok(worst(checked.iter().map(|one| one.status.into())))
    }
}

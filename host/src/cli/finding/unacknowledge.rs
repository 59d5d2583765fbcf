use clap::Args;

use super::super::app::App;
use super::super::documents::ChangedFindings;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::heal::admin;
use super::super::start::Started;
use super::refused;
use crate::audit::{Actor, Origin};
use crate::report::{json, text};

/// Take back that findings were acknowledged
///
/// They count again from now on. Of all of them, or of none; exits with 5 for none.
#[derive(Debug, Args)]
pub(crate) struct Unacknowledge {
    /// The findings, as `tenon check` and `tenon finding list` name them
    #[arg(required = true, value_name = "FINDING")]
    findings: Vec<String>,

    /// Record this person as the administrator who says so
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

impl Unacknowledge {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let by = Actor::new(admin::of(self.admin.as_deref(), app.config.environment)?, Origin::Cli);
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let outcome = started.host.unacknowledge(&self.findings.into_iter().collect(), &by).await;
        started.stop().await;
        let findings = outcome.map_err(refused)?;
        if app.options.json {
            app.terminal.data(&json::document(&ChangedFindings { findings: &findings }));
        } else {
            for finding in &findings {
                app.terminal.data(&format!("{}: counts again\n", text::clean(&finding.message)));
            }
        }
        Ok(Exit::Done)
    }
}

use std::collections::BTreeSet;

use clap::Args;
use tenon_migrations_core::migration::PluginId;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::heal::{self, OnRecord};
use super::super::planning;
use super::super::start::Started;
use crate::heal::{HealOutcome, HealRequest, Origin};
use crate::report::text::{self, counted};

/// Forget a plugin that was removed on purpose
///
/// Takes what the ledger knows of it out: its migrations and what was verified of it. What its migrations
/// made stays in the database, and is nobody's from then on; should the plugin come back, its migrations are
/// pending again. Refused while there is a file of the plugin. It is one transaction and one audit entry, as
/// a heal is.
///
/// Exits with 0 when done; the other codes are those of `tenon heal`.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// The plugins' ids, as `tenon check` shows them
    #[arg(value_name = "ID", required = true)]
    plugins: Vec<PluginId>,

    #[command(flatten)]
    record: OnRecord,
}

impl Forget {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let admin = self.record.admin("tenon ledger forget ID --yes", app)?;
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let outcome = self.forget(app, &started, admin).await;
        let exit = outcome.map(|outcome| {
            heal::report(&outcome, None, &[], app);
            Exit::from(&outcome)
        });
        started.stop().await;
        exit
    }

    async fn forget(&self, app: &App, started: &Started, admin: String) -> Result<HealOutcome, Failure> {
        let forget: BTreeSet<_> = self.plugins.iter().cloned().collect();
        let repairs = self.record.repairs();
        let planned = started.host.plan_forgetting(&forget, &repairs).await;
        let plan = planned.map_err(|error| planning::unavailable(&error, started))?;
        if !plan.refusals.is_empty() {
            return Ok(HealOutcome::Refused { plan });
        }
        if !app.options.json {
            app.terminal.message(&text::plan(&plan, &[], app.terminal.err()));
        }
        let question = format!("Forget {} as {admin}?", counted(forget.len(), "plugin"));
        self.record.confirmation.agree(&question, "forgotten", app)?;
        let request = HealRequest {
            reviewed: Some(plan.hash),
            repairs,
            forget,
            ..HealRequest::new(admin, Origin::Cli)
        };
        Ok(heal::watched(&started.host, request, app).await)
    }
}

use clap::Args;
use tenon_migrations_core::migration::Checksum;

use crate::audit::{Actor, Origin};
use crate::cli::app::App;
use crate::cli::documents::ApprovedPlan;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::heal::admin;
use crate::cli::planning::{RepairOptions, Without, unavailable};
use crate::cli::start::Started;
use crate::host::ApproveError;
use crate::report::json;

/// Approve a plan that destroys something, so that somebody else may run it
///
/// With heal.approvals = 2 such a plan takes two people: one approves it, another heals. The approval is for
/// the plan of this hash alone, and stands in the audit log until its time is over (heal.approvals_last).
/// Leave out and repair what is left out and repaired when it is healed. Exits with 5 when nothing was
/// approved: the plan is another one by now, or nobody has to approve it.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The plan's hash, as `tenon plan` shows it
    #[arg(value_name = "HASH")]
    plan_hash: Checksum,

    #[command(flatten)]
    without: Without,

    #[command(flatten)]
    repairs: RepairOptions,

    /// Record this person as the one who approves it
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

impl Approve {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let by = Actor::new(admin::of(self.admin.as_deref(), app.config.environment)?, Origin::Cli);
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let approved = self.approve(&by, &started).await;
        started.stop().await;
        let approved = approved?;
        if app.options.json {
            app.terminal.data(&json::document(&ApprovedPlan { approved: approved.clone() }));
        } else {
            let missing = match approved.approvals.missing(None) {
                0 => "Somebody else may heal now".to_owned(),
                1 => "One more has to approve it".to_owned(),
                more => format!("{more} more have to approve it"),
            };
            let until = approved.until.strftime("%Y-%m-%d %H:%MZ");
            app.terminal.message(&format!("{} approved the plan until {until}. {missing}\n", approved.admin));
        }
        Ok(Exit::Done)
    }

    async fn approve(&self, by: &Actor, started: &Started) -> Result<crate::host::Approved, Failure> {
        let without = self.without.known_to(&started.host)?;
        let approved = started.host.approve(self.plan_hash, &without, &self.repairs.chosen(), by).await;
        approved.map_err(|error| match error {
            ApproveError::Plan(error) => unavailable(&error, started),
            ApproveError::NotRecorded(_) => {
                Failure::of(Exit::Failed, &error).code(error.code()).hint(error.remedy())
            }
            _ => Failure::refused_by(error.code(), &error).hint(error.remedy()),
        })
    }
}

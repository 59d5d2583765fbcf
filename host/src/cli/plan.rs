mod approve;

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use serde::Serialize;
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::Plan;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::heal;
use super::planning::{RepairOptions, Without, refused, unavailable};
use super::start::{Started, some_plugin};
use crate::heal::{HealOutcome, HealRequest, Origin, Purpose, Rehearsal};
use crate::report::{MigrationSql, Remaining, json, remaining, text};
use crate::support::machine;

/// Show what a heal would do, in order
///
/// Writes nothing to the database. Exits with 0 when there is nothing to do, 2 when something is pending or a
/// heal leaves a plugin that is not at work, which is then named, 5 when a heal would be refused; with
/// --rehearse also with 1 when the rehearsal failed, 3 when there could be none, 6 when it was stopped.
#[derive(Debug, Args)]
#[command(name = "plan", args_conflicts_with_subcommands = true)]
pub(super) struct PlanCommand {
    #[command(subcommand)]
    action: Option<PlanAction>,

    #[command(flatten)]
    without: Without,

    #[command(flatten)]
    repairs: RepairOptions,

    /// Show the SQL of each file and repair too, with what is to be known of a statement above it
    #[arg(long)]
    sql: bool,

    /// Run it in a copy of the schema, in a scratch database, and show how that went
    ///
    /// In one transaction that is rolled back; then the database is dropped. The role that heals has to be
    /// able to create one. The copy has no rows but those that migrations insert: what depends on others
    /// (data that a constraint refuses, rewrites, how long anything takes) does not show. `tenon heal
    /// --dry-run` shows that.
    #[arg(long)]
    rehearse: bool,
}

/// What is done to a plan besides showing it.
#[derive(Debug, Subcommand)]
enum PlanAction {
    Approve(approve::Approve),
}

impl PlanCommand {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        if let Some(PlanAction::Approve(command)) = self.action {
            return command.run(app).await;
        }
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let shown = self.show(app, &started).await;
        started.stop().await;
        // Once no plugin's code runs any more: what is printed is printed once.
        let (text, outcome) = shown?;
        app.terminal.data(&text);
        Ok(outcome.unwrap_or_else(|failure| {
            failure.print(&app.terminal);
            failure.exit()
        }))
    }

    /// What is to be printed, and how it ends.
    async fn show(&self, app: &App, started: &Started) -> Result<(String, Result<Exit, Failure>), Failure> {
        let without = self.without.known_to(&started.host)?;
        let planned = started.host.plan(&without, &self.repairs.chosen()).await;
        let planned = planned.map_err(|error| unavailable(&error, started))?;
        some_plugin(app)?;
        let remaining = remaining::after(&*started.host.check().await, &planned);
        let outcome = if self.rehearse && planned.may_be_tried() && !planned.is_empty() {
            Some(heal::watched(&started.host, self.rehearsal(&planned, without), app).await)
        } else {
            None
        };
        let (plan, rehearsal) = match &outcome {
            Some(HealOutcome::Rehearsed { plan, rehearsal }) => (plan, Some(&**rehearsal)),
            _ => (&planned, None),
        };
        let sql = self.sql.then(|| started.host.sql_of(plan));
        let text = if app.options.json {
            let not_rehearsed = match &outcome {
                Some(HealOutcome::NotRehearsed { message, .. }) => Some(message.as_str()),
                _ => None,
            };
            json::document(&PrintedPlan {
                plan,
                sql: sql.as_deref(),
                rehearsal,
                not_rehearsed,
                remaining: &remaining,
            })
        } else {
            let style = app.terminal.out();
            let rehearsed =
                rehearsal.map(|rehearsal| format!("\n{}", text::rehearsal(plan, rehearsal, style)));
            let sql = sql.map(|sql| format!("\n{}", text::plan_sql(plan, &sql))).unwrap_or_default();
            text::plan(plan, &remaining, style) + &sql + &rehearsed.unwrap_or_default()
        };
        let idle = plan.is_empty() && !remaining.iter().any(|one| one.breaks);
        let ended = match outcome.as_ref().map(heal::told) {
            Some(Err(failure)) => Err(failure),
            // With --json the document on standard output holds the refusals already.
            _ if !plan.refusals.is_empty() => Err(refused(plan)),
            // What may be tried may yet not be healed.
            _ if !planned.refusals.is_empty() => Err(refused(&planned)),
            _ if idle => Ok(Exit::Done),
            _ => Ok(Exit::OutOfStep),
        };
        Ok((text, ended))
    }

    fn rehearsal(&self, plan: &Plan, without: BTreeSet<PluginId>) -> HealRequest {
        HealRequest {
            reviewed: Some(plan.hash),
            without,
            repairs: self.repairs.chosen(),
            purpose: Purpose::Rehearsal,
            ..HealRequest::new(machine::user_name(), Origin::Cli)
        }
    }
}

/// The plan as JSON, with what came of rehearsing it.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct PrintedPlan<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    /// The text of each migration, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<&'a [MigrationSql]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rehearsal: Option<&'a Rehearsal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_rehearsed: Option<&'a str>,
    /// What a heal leaves as it is.
    #[serde(skip_serializing_if = "<[Remaining]>::is_empty")]
    remaining: &'a [Remaining],
}

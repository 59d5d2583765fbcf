use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use tenon_migrations_core::migration::{Checksum, PluginId};
use tenon_migrations_core::plan::{self, Refusal, RepairRequest};

use super::many::{FleetRun, Selection, Unusable, summary, table, with_code, worst};
use super::targets::Target;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::planning::{RepairOptions, Without};
use crate::host::Tenon;
use crate::report::json;
use crate::report::text::{Style, counted};
use crate::support::code::Code;
use crate::support::millis::millis;

/// Show what a heal of many databases would do
///
/// Writes nothing. Databases of which the same files are pending stand together. With --json, each database
/// is a line of JSON as it is done, and the summary is the last one. Exits with 0 when there is nothing to
/// do, 2 when something is pending, 3 when one could not be read, 5 when a heal of one would be refused.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    selection: Selection,

    #[command(flatten)]
    without: Without,

    #[command(flatten)]
    repairs: RepairOptions,
}

/// What a heal of one database would do.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct PlannedDatabase {
    pub database: String,
    pub state: PlanState,
    /// Of the plan, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub hash: Option<Checksum>,
    /// The migrations in their order.
    pub files: Vec<String>,
    /// How much there is to do besides: repairs, login roles, the ledger, readings.
    pub besides: usize,
    /// Why it would be refused: the code of each reason is its `rule`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
    /// Why there is no plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The code of that, which `tenon explain` tells more of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<Code>,
    pub took_ms: u64,
    /// Whether somebody is to be reminded of a backup before it.
    #[serde(skip)]
    pub backup_is_due: bool,
}

/// What there is to do in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlanState {
    InStep,
    Pending,
    Refused,
    Unknown,
}

impl PlanState {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::InStep => "in_step",
            Self::Pending => "pending",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    fn exit(self) -> Exit {
        match self {
            Self::InStep => Exit::Done,
            Self::Pending => Exit::OutOfStep,
            Self::Refused => Exit::Refused,
            Self::Unknown => Exit::Unknown,
        }
    }
}

impl PlannedDatabase {
    fn of(database: String, plan: &plan::Plan, began: Instant) -> Self {
        let state = match (plan.refusals.is_empty(), plan.is_empty()) {
            (false, _) => PlanState::Refused,
            (true, true) => PlanState::InStep,
            (true, false) => PlanState::Pending,
        };
        Self {
            database,
            state,
            hash: Some(plan.hash),
            files: plan.steps.iter().map(|step| step.migration.to_string()).collect(),
            besides: plan.repairs.len() + plan.roles.len() + plan.ledger.len(),
            refusals: plan.refusals.clone(),
            error: None,
            code: None,
            took_ms: millis(began.elapsed()),
            backup_is_due: false,
        }
    }

    fn failed(database: String, error: Unusable, began: Instant) -> Self {
        Self {
            database,
            state: PlanState::Unknown,
            hash: None,
            files: Vec::new(),
            besides: 0,
            refusals: Vec::new(),
            error: Some(error.message),
            code: Some(error.code),
            took_ms: millis(began.elapsed()),
            backup_is_due: false,
        }
    }

    /// What there is to do, in a line.
    fn line(&self) -> String {
        if let Some(error) = &self.error {
            return with_code(error, self.code);
        }
        let mut parts = Vec::new();
        if !self.files.is_empty() {
            parts.push(format!("{}: {}", counted(self.files.len(), "migration"), self.files.join(", ")));
        }
        if self.besides > 0 {
            parts.push(format!("{} besides", counted(self.besides, "change")));
        }
        if parts.is_empty() {
            let word = if self.state == PlanState::InStep { "nothing to do" } else { "verify" };
            parts.push(word.to_owned());
        }
        let refused = self.refusals.iter().map(|refusal| format!("refused: {}", refused(refusal)));
        parts.into_iter().chain(refused).collect::<Vec<_>>().join("; ")
    }
}

/// A refusal in a line, with its code behind it as the notes of a plan have it.
pub(super) fn refused(refusal: &Refusal) -> String {
    let Refusal { rule, place, reason, .. } = refusal;
    with_code(&format!("{place}: {reason}"), Some((*rule).into()))
}

/// Decides what a heal of each database would do, and tells of each as it is done.
pub(super) async fn plan_all(
    fleet: &FleetRun,
    without: &BTreeSet<PluginId>,
    repairs: &RepairRequest,
    done: impl FnMut(&PlannedDatabase),
) -> Vec<PlannedDatabase> {
    let work = |target: Target, host: Result<Arc<Tenon>, Unusable>| {
        let (without, repairs) = (without.clone(), repairs.clone());
        async move {
            let began = Instant::now();
            let host = match host {
                Ok(host) => host,
                Err(error) => return PlannedDatabase::failed(target.name, error, began),
            };
            match host.plan(&without, &repairs).await {
                Ok(plan) => {
                    let backup_is_due = host.backup_reminder(&plan).await.is_some();
                    PlannedDatabase { backup_is_due, ..PlannedDatabase::of(target.name, &plan, began) }
                }
                Err(error) => {
                    let error = Unusable::of(error.unavailable(), &error);
                    PlannedDatabase::failed(target.name, error, began)
                }
            }
        }
    };
    fleet.each(fleet.targets(), work, done).await
}

/// The databases with what is to be done in them. Those in which it is the same stand together.
pub(super) fn told(planned: &[PlannedDatabase], shows_all: bool, style: Style) -> String {
    let mut alike: BTreeMap<(PlanState, String), Vec<&str>> = BTreeMap::new();
    for one in planned {
        alike.entry((one.state, one.line())).or_default().push(&one.database);
    }
    let row = |((_, line), databases): (&(PlanState, String), &Vec<&str>)| {
        let names = match databases.as_slice() {
            [first, second, third, _, ..] => format!("{first}, {second}, {third}, …"),
            all => all.join(", "),
        };
        vec![databases.len().to_string(), names, line.clone()]
    };
    if shows_all {
        let rows = planned.iter().map(|one| vec![one.database.clone(), one.line()]).collect();
        return table(&["database", "what a heal would do"], rows, "database", true, style);
    }
    let rows = alike.iter().map(row).collect();
    table(&[" databases", "which", "what a heal would do"], rows, "group", false, style)
}

impl Plan {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let began = Instant::now();
        let fleet = FleetRun::open(&self.selection, app).await?;
        let without = match self.without.known_to(fleet.plugins()) {
            Ok(without) => without,
            Err(failure) => {
                fleet.close().await;
                return Err(failure);
            }
        };
        let tell = |planned: &PlannedDatabase| {
            if app.options.json {
                app.terminal.data(&json::line(planned));
            }
        };
        let planned = plan_all(&fleet, &without, &self.repairs.chosen(), tell).await;
        let shows_all = fleet.shows_all;
        fleet.close().await;
        let summary = summary(planned.iter().map(|one| one.state.word()), began);
        if app.options.json {
            app.terminal.data(&json::line(&summary));
        } else {
            let told = told(&planned, shows_all, app.terminal.out());
            app.terminal.data(&format!("{told}{}\n", summary.line()));
        }
        Ok(worst(planned.iter().map(|one| one.state.exit())))
    }
}

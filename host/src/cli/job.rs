mod history;
mod list;
mod pause;
mod resume;
mod run;

use clap::{Args, Subcommand};

use super::app::App;
use super::documents::ChangedJob;
use super::exit::Exit;
use super::failure::Failure;
use super::heal::admin;
use super::start::Started;
use crate::audit::{Actor, Origin};
use crate::host::jobs::{JobChange, JobError, JobName};
use crate::report::json;
use crate::support::error_code::ErrorCode;

/// See what plugins do without being asked, and have it done now, later or not at all
///
/// A plugin declares its jobs, and hosts that serve run them: each once for the database, however many hosts
/// there are.
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum JobCommand {
    List(list::List),
    History(history::History),
    Run(run::Run),
    Pause(pause::Pause),
    Resume(resume::Resume),
}

impl JobCommand {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::History(command) => command.run(app).await,
            Self::Run(command) => command.run(app).await,
            Self::Pause(command) => command.run(app).await,
            Self::Resume(command) => command.run(app).await,
        }
    }
}

/// A job, and who says what about it.
#[derive(Debug, Args)]
struct Which {
    /// The plugin's id
    #[arg(value_name = "ID")]
    plugin: String,

    /// The job's name
    job: String,

    /// Record this person as the administrator who says so
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

impl Which {
    /// Changes the job, and says what became of it.
    async fn change(self, app: &App, change: JobChange) -> Result<Exit, Failure> {
        let by = Actor::new(admin::of(self.admin.as_deref(), app.config.environment)?, Origin::Cli);
        app.log_quietly()?;
        let job = JobName { plugin: self.plugin, job: self.job };
        let started = Started::without_plugins(app).await?;
        let changed = started.host.change_job(&job, change, &by).await;
        started.stop().await;
        changed.map_err(|error| failed(&error))?;
        let JobName { plugin, job: name } = &job;
        let (word, told) = match change {
            JobChange::Run => (
                "asked",
                "runs as soon as a host that serves takes it: `tenon job history` shows how it ends",
            ),
            JobChange::Pause => ("paused", "is paused"),
            JobChange::Resume => ("resumed", "goes on"),
        };
        app.terminal.data(&if app.options.json {
            json::document(&ChangedJob { plugin, job: name, change: word })
        } else {
            format!("Job {name} of plugin {plugin} {told}\n")
        });
        Ok(Exit::Done)
    }
}

/// Nothing was done.
fn failed(error: &JobError) -> Failure {
    let failure = match error {
        JobError::NoJob { .. } | JobError::SoAlready { .. } | JobError::Runs { .. } => {
            Failure::refused_by(error.code(), error)
        }
        JobError::Pending => Failure::of(Exit::OutOfStep, error).code(error.code()),
        _ => Failure::of(Exit::Unknown, error).code(error.code()),
    };
    failure.hint(error.remedy())
}

/// Tells that nobody knows how the jobs are.
fn unknown(app: &App, trouble: String) -> Exit {
    let failure = Failure::new(Exit::Unknown, "it is not known how the jobs are")
        .code(ErrorCode::Unavailable)
        .detail(trouble)
        .hint("`tenon check` says what is wrong with the database");
    failure.print(&app.terminal);
    failure.exit()
}

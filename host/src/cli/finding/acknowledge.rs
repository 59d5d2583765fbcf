use clap::Args;
use jiff::Timestamp;
use tenon_migrations_core::acknowledgement::Acknowledgement;

use super::super::app::App;
use super::super::documents::ChangedFindings;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::heal::admin;
use super::super::start::Started;
use super::refused;
use crate::audit::Origin;
use crate::report::{json, text};
use crate::support::term;

/// Say that findings are known and may stay so for a while
///
/// They stay in every report with the reason, and no longer make the database Drifted. The word holds for
/// what is found now: if that changes, or the time is over, the finding counts again. Where it is breaking,
/// the plugin's routes stay held back. Only drift can be acknowledged, migrations of a plugin that is gone,
/// and edits that PostgreSQL does not see. All of them are acknowledged, or none; exits with 5 for none.
#[derive(Debug, Args)]
pub(crate) struct Acknowledge {
    /// The findings, as `tenon check` and `tenon finding list` name them
    #[arg(required = true, value_name = "FINDING")]
    findings: Vec<String>,

    /// Why they may stay
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// To the end of this day in UTC, or to this very time; at most 366 days from now
    #[arg(long, value_name = "DATE", conflicts_with = "duration")]
    until: Option<String>,

    /// For so long, such as 12h, 30d or 6w; 30d unless said otherwise
    #[arg(long = "for", value_name = "DURATION")]
    duration: Option<String>,

    /// Record this person as the administrator who says so
    ///
    /// Required in production. Elsewhere the default is the user of the operating system.
    #[arg(long = "as", value_name = "ID", value_parser = admin::parse)]
    admin: Option<String>,
}

impl Acknowledge {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let word = self.word(app)?;
        app.log_quietly()?;
        let started = Started::open(app).await?;
        let outcome =
            started.host.acknowledge(&self.findings.into_iter().collect(), &word, Origin::Cli).await;
        let report = started.host.health();
        started.stop().await;
        let findings = outcome.map_err(refused)?;
        if app.options.json {
            app.terminal.data(&json::document(&ChangedFindings { findings: &findings }));
        } else {
            let style = app.terminal.out();
            for finding in &findings {
                app.terminal.data(&format!("{}: {word}\n", text::clean(&finding.message)));
            }
            if let Some(report) = report {
                app.terminal.data(&format!("{}\n", text::verdict(&report, style)));
            }
        }
        Ok(Exit::Done)
    }

    fn word(&self, app: &App) -> Result<Acknowledgement, Failure> {
        let admin = admin::of(self.admin.as_deref(), app.config.environment)?;
        let now = Timestamp::now();
        let until = match (&self.until, &self.duration) {
            (Some(date), _) => term::until(date),
            (None, Some(duration)) => term::after(now, duration),
            (None, None) => Ok(term::usual(now)),
        };
        let until = until.map_err(|error| Failure::of(Exit::Usage, &error))?;
        Acknowledgement::new(&admin, now, until, &self.reason)
            .map_err(|error| Failure::of(Exit::Usage, &error))
    }
}

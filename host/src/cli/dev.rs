mod announce;
mod build;
mod children;
mod database;
mod process;
mod watch;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use tokio::sync::mpsc::UnboundedReceiver;

use self::announce::Announce;
use self::build::{Built, build};
use self::children::{Children, Judged, Serving};
use self::database::DevDatabase;
use self::watch::watch;
use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::signals::{Signals, within_bound};
use crate::author::built::PluginCrate;
use crate::config::Environment;
use crate::plugin::discover;
use crate::plugin::inspect::{InspectionPolicy, examine};
use crate::support::command_code::CommandCode;

/// Serve a plugin while you write it: every save is built, proved, healed and answers
///
/// Watches the folder of a plugin's crate. When something in it is saved, it runs cargo, looks what a heal
/// would do in a database for development, proves the plugin if that is more than nothing, heals, and serves
/// anew. What cannot be built, proved or healed is told, and the former library goes on answering.
///
/// The database is one that Tenon runs itself, below cargo's target folder; a configured one is never
/// touched. A migration that was applied there and is another by now has the database made anew, with all
/// rows gone; with --keep that is only told. The libraries of required plugins lie in the folder plugins
/// of the crate, or in the plugin directory. Ends with Ctrl-C. Not for production.
#[derive(Debug, Args)]
#[command(after_help = "For example:\n  tenon dev --path notes --listen 127.0.0.1:8080")]
pub(super) struct Dev {
    /// The folder of the plugin's crate
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    path: PathBuf,

    /// Serve at this address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Keep the database, also where its migrations are others by now
    #[arg(long)]
    keep: bool,

    /// Build with optimisations, as cargo's --release does
    #[arg(long)]
    release: bool,
}

impl Dev {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        if app.config.environment == Environment::Production {
            let heading = "this configuration is for production, and tenon dev is not";
            return Err(Failure::refused(CommandCode::NotForProduction, heading)
                .hint("run it with a configuration of its own: --config, or none"));
        }
        if let Some(url) = app.config.database.url.as_ref().filter(|url| !url.origin.starts_with("env")) {
            let heading = format!("{} names a database, and tenon dev uses one of its own", url.origin);
            return Err(Failure::refused(CommandCode::DatabaseConfigured, heading)
                .hint("give it a configuration without a database: --config"));
        }
        let mut signals = Signals::new()
            .map_err(|error| Failure::new(Exit::Failed, "cannot wait for signals").because(&error))?;
        let plugin = PluginCrate::at(&self.path).map_err(|error| {
            Failure::of(Exit::Usage, &error).hint("name the folder of a plugin's crate with --path")
        })?;
        let place = app.options.state_dir.clone();
        let place = place.unwrap_or_else(|| plugin.target.join("tenon-dev").join(&plugin.library));
        let place = std::path::absolute(&place).unwrap_or(place);
        let (watcher, saved) = watch(&plugin.folder)
            .map_err(|error| Failure::new(Exit::Failed, "the crate cannot be watched").because(&error))?;
        let database = DevDatabase::start(&place.join("state")).await?;
        let mut session = Session {
            app,
            options: &self,
            announce: Announce::new(app),
            children: Children::new(app, &place, &plugin, self.listen),
            plugin,
            database,
            serving: None,
            deployed: Vec::new(),
        };
        let ended = tokio::select! {
            ended = session.follow(saved) => ended,
            signal = signals.next() => {
                app.terminal.message(&format!("Stopping: {signal}\n"));
                Ok(())
            }
        };
        drop(watcher);
        if let Some(serving) = session.serving.take() {
            within_bound("the served host", serving.stop()).await;
        }
        session.database.stop().await;
        ended.map(|()| Exit::Done)
    }
}

/// One run, from save to save.
struct Session<'a> {
    app: &'a App,
    options: &'a Dev,
    announce: Announce<'a>,
    children: Children,
    plugin: PluginCrate,
    database: DevDatabase,
    serving: Option<Serving>,
    /// The bytes of the library that answers.
    deployed: Vec<u8>,
}

impl Session<'_> {
    /// Builds and serves once, and again after each save.
    async fn follow(&mut self, mut saved: UnboundedReceiver<Instant>) -> Result<(), Failure> {
        let mut since = Instant::now();
        loop {
            let answers = self.step(since).await?;
            if answers && let Some(serving) = &self.serving {
                self.announce.health(&self.children.checked(serving).await);
            }
            match saved.recv().await {
                Some(first) => since = first,
                None => return Ok(()),
            }
            // More of the same save.
            since = watch::settled(&mut saved, since).await;
        }
    }

    /// From a save to an answer. What stands in the way is told, and is no end; whether something new
    /// answers.
    async fn step(&mut self, since: Instant) -> Result<bool, Failure> {
        let library = match build(&self.plugin, self.options.release).await {
            Ok(Built::Library(library)) => library,
            Ok(Built::Failed) => {
                self.announce.failed("build", "cargo build failed, as it says above", self.answering());
                return Ok(false);
            }
            Err(error) => return Err(Failure::new(Exit::Failed, "cargo cannot be run").because(&error)),
        };
        let bytes = std::fs::read(&library)
            .map_err(|error| Failure::new(Exit::Failed, library.display().to_string()).because(&error))?;
        if bytes == self.deployed && self.serving.is_some() {
            return Ok(false);
        }
        let Some(id) = self.id_of(&library) else { return Ok(false) };
        if let Err(error) = self.children.candidate(&library) {
            return Err(Failure::new(Exit::Failed, "the library could not be copied").because(&error));
        }
        if !self.healed(&id).await? {
            return Ok(false);
        }
        // Only now is the former one in the way.
        if let Some(former) = self.serving.take() {
            former.stop().await;
        }
        self.children.deploy().map_err(|error| {
            Failure::new(Exit::Failed, "the library could not be put into place").because(&error)
        })?;
        match self.children.serve(&self.announce).await {
            Ok(serving) => {
                self.announce.serving(&id, &serving.url, since);
                (self.serving, self.deployed) = (Some(serving), bytes);
                Ok(true)
            }
            Err(said) => {
                self.announce.failed("serve", &said, false);
                Ok(false)
            }
        }
    }

    /// Has the database for development be what the plugin needs; whether it is.
    async fn healed(&mut self, id: &str) -> Result<bool, Failure> {
        let judged = self.children.judge().await;
        if let Judged::OtherHistory(files) = &judged {
            let files = files.join(", ");
            if self.options.keep {
                let said = format!(
                    "{files}: applied in the database for development and another by now; without --keep it is made anew"
                );
                self.announce.failed("heal", &said, self.answering());
                return Ok(false);
            }
            // The new files have to be right before the rows go.
            if !self.proved(id).await {
                return Ok(false);
            }
            self.announce.anew(&files);
            if let Some(former) = self.serving.take() {
                former.stop().await;
            }
            self.database.make_anew().await?;
            let hazards = match self.children.judge().await {
                Judged::Pending(hazards) => hazards,
                _ => Vec::new(),
            };
            return Ok(self.heal(&hazards).await);
        }
        match judged {
            Judged::Nothing => Ok(true),
            Judged::Pending(hazards) => Ok(self.proved(id).await && self.heal(&hazards).await),
            Judged::Refused(said) => {
                self.announce.failed("plan", &said, self.answering());
                Ok(false)
            }
            Judged::OtherHistory(_) => Ok(false),
        }
    }

    async fn proved(&self, id: &str) -> bool {
        match self.children.prove(id).await {
            Ok(()) => true,
            Err(said) => {
                self.announce.failed("proof", &said, self.answering());
                false
            }
        }
    }

    async fn heal(&self, hazards: &[String]) -> bool {
        match self.children.heal(hazards).await {
            Ok(()) => true,
            Err(said) => {
                self.announce.failed("heal", &said, self.answering());
                false
            }
        }
    }

    /// The id that the library says it has.
    fn id_of(&self, library: &Path) -> Option<String> {
        let found = discover::one(library.to_owned());
        let examined = examine(&found, &InspectionPolicy::of(&self.app.config));
        match examined.info {
            Some(info) if !examined.problems.iter().any(crate::plugin::problem::Problem::is_refusal) => {
                Some(info.id.to_string())
            }
            _ => {
                let reasons: Vec<_> = examined.problems.iter().map(ToString::to_string).collect();
                self.announce.failed("load", &reasons.join("\n"), self.answering());
                None
            }
        }
    }

    fn answering(&self) -> bool {
        self.serving.is_some()
    }
}

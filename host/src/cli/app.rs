//! What every command starts from: the options, the configuration and the log.

use crate::config::{Config, LoadOptions, SetKey};
use crate::support::secrets::Secrets;

use super::exit::Exit;
use super::failure::Failure;
use super::options::Options;
use super::terminal::Terminal;

/// One run of the program.
#[derive(Debug)]
pub(super) struct App {
    pub options: Options,
    pub config: Config,
    /// The keys of the configuration that are set.
    pub set: Vec<SetKey>,
    pub terminal: Terminal,
}

impl App {
    /// Reads the configuration. Starts nothing.
    pub(crate) fn new(options: Options, secrets: Secrets, terminal: Terminal) -> Result<Self, Failure> {
        let (config, set) = Config::load_with_keys(&LoadOptions {
            file: options.config.clone(),
            plugin_dirs: options.plugin_dirs.clone(),
            state_dir: options.state_dir.clone(),
            require_enforcement: options.require_enforcement,
            secrets,
            ..LoadOptions::default()
        })
        .map_err(|error| Failure::of(Exit::Refused, &error))?;
        Ok(Self { options, config, set, terminal })
    }

    /// Starts the log of a command that ends by itself: what matters, and more for `--verbose`.
    pub(crate) fn log_quietly(&self) -> Result<(), Failure> {
        let filter = match (self.options.quiet, self.options.verbose) {
            (true, _) => "error",
            // The command itself tells how a heal ended, and what is wrong with a plugin.
            (_, 0) => "warn,tenon_host=error,tenon_host::heal::journal=off",
            (_, 1) => "warn,tenon_host=info",
            _ => "info,tenon_host=debug",
        };
        self.log(filter)
    }

    /// Starts the log of the server, as configured unless the command line says otherwise.
    pub(crate) fn log_as_configured(&self) -> Result<(), Failure> {
        let filter = match (self.options.quiet, self.options.verbose) {
            (true, _) => "warn".to_owned(),
            (_, 0) => self.config.log.filter.clone(),
            (_, 1) => "info,tenon_host=debug".to_owned(),
            _ => "debug".to_owned(),
        };
        self.log(&filter)
    }

    fn log(&self, filter: &str) -> Result<(), Failure> {
        crate::support::telemetry::init(self.config.log.format, filter)
            .map_err(|error| Failure::of(Exit::Refused, &error))
    }
}

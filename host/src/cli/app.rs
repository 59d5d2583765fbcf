//! What every command starts from: the options, the configuration and the log.

use crate::config::{Config, ConfigError, LoadOptions, SetKey, Surroundings};
use crate::support::command_code::CommandCode;
use crate::support::secrets::Secrets;

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
    /// What the configuration is read from.
    sources: LoadOptions,
}

impl App {
    /// Reads the configuration. Starts nothing.
    pub(crate) fn new(options: Options, secrets: Secrets, terminal: Terminal) -> Result<Self, Failure> {
        let mut surroundings = Surroundings::default();
        surroundings.take_credentials_of_service(options.config.as_deref());
        let sources = LoadOptions {
            file: options.config.clone(),
            plugin_dirs: options.plugin_dirs.clone(),
            state_dir: options.state_dir.clone(),
            require_enforcement: options.require_enforcement,
            secrets,
            surroundings,
        };
        let (config, set) = Config::load_with_keys(&sources)
            .map_err(|error| Failure::refused_by(CommandCode::BadConfiguration, &error))?;
        Ok(Self { options, config, set, terminal, sources })
    }

    /// The configuration as it is now, which this run was not started with.
    pub(crate) fn read_again(&self) -> Result<(Config, Vec<SetKey>), ConfigError> {
        Config::load_with_keys(&self.sources)
    }

    /// What was taken out of the environment.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.sources.secrets
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
        self.log(self.filter(&self.config))
    }

    /// The filter of the server's log under this configuration.
    pub(crate) fn filter<'c>(&self, config: &'c Config) -> &'c str {
        match (self.options.quiet, self.options.verbose) {
            (true, _) => "warn",
            (_, 0) => &config.log.filter,
            (_, 1) => "info,tenon_host=debug",
            _ => "debug",
        }
    }

    fn log(&self, filter: &str) -> Result<(), Failure> {
        crate::support::telemetry::init(self.config.log.format, filter)
            .map_err(|error| Failure::refused_by(CommandCode::BadConfiguration, &error))
    }
}

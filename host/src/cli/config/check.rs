use clap::Args;

use super::super::app::App;
use super::super::documents::CheckedConfig;
use super::super::exit::Exit;
use crate::report::{json, text};

/// Read the configuration, and say whether it can be used
///
/// All that is wrong is told at once, with the file or the variable, and the command ends with 5. What is
/// allowed and unwise is told as a warning. Settings of plugins are checked where the plugins are: `tenon
/// plugin list`.
#[derive(Debug, Args)]
pub(crate) struct Check {}

impl Check {
    /// A configuration that cannot be used has ended the command before.
    pub(crate) fn run(self, app: &App) -> Exit {
        let file = app.config.file.as_deref();
        let warnings = &*app.config.warnings;
        if app.options.json {
            app.terminal.data(&json::document(&CheckedConfig { file, warnings }));
            return Exit::Done;
        }
        for warning in warnings {
            app.terminal.message(&format!("Warning: {}\n", text::clean(warning)));
        }
        let told = match file {
            Some(file) => format!("{} can be used", file.display()),
            None => "there is no configuration file: all is default, or set by variables".to_owned(),
        };
        app.terminal.data(&format!("{told}\n"));
        Exit::Done
    }
}

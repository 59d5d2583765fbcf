use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use super::app::App;
use super::exit::Exit;

/// Print the completions of commands and options for a shell
///
/// Packages of Tenon bring them. Without a package, for bash: `tenon completions bash
/// > ~/.local/share/bash-completion/completions/tenon`. Opens no plugin and no database.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, app: &App) -> Exit {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "tenon", &mut script);
        app.terminal.data(&String::from_utf8_lossy(&script));
        Exit::Done
    }
}

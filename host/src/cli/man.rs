use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_mangen::Man as Page;

use super::Cli;
use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// Print the manual page, or write those of all commands
///
/// Packages of Tenon bring them: `man tenon`, `man tenon-plugin-lock`. Opens no plugin and no database.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// Write a page for each command into this directory, which is made
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, app: &App) -> Result<Exit, Failure> {
        match &self.out {
            Some(directory) => write_all(directory).map_err(|error| {
                let told = format!("cannot write the manual pages into {}", directory.display());
                Failure::new(Exit::Failed, told).because(&error)
            })?,
            None => {
                let mut page = Vec::new();
                Page::new(Cli::command()).render(&mut page).map_err(|error| {
                    Failure::new(Exit::Failed, "cannot draw the manual page").because(&error)
                })?;
                app.terminal.data(&String::from_utf8_lossy(&page));
            }
        }
        Ok(Exit::Done)
    }
}

fn write_all(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), directory)
}

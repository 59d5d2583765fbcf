//! The options every command has.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

/// Options that stand before or after any command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Common options")]
pub(super) struct Options {
    /// Read this configuration file instead of ./tenon.toml, ~/.config/tenon/tenon.toml or
    /// /etc/tenon/tenon.toml
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// Load the plugins (*.so) from this directory; of several, repeated or with colons between them, a file
    /// in an earlier one hides those of the same name in later ones
    #[arg(long = "plugin-dir", value_name = "DIR", global = true, value_delimiter = ':')]
    pub plugin_dirs: Vec<PathBuf>,

    /// Keep Tenon's own files, and the managed database, in this directory
    #[arg(long, value_name = "DIR", global = true)]
    pub state_dir: Option<PathBuf>,

    /// Load no plugin unless the kernel enforces all that plugins are held to
    #[arg(long, global = true)]
    pub require_enforcement: bool,

    /// Write JSON to standard output
    #[arg(long, global = true)]
    pub json: bool,

    /// Say nothing but results and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more of what is done; twice for everything
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Use colour; by default on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", global = true, value_enum, default_value_t)]
    pub color: Color,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

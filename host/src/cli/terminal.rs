//! The one place where commands write: data to standard output, messages to standard error.

use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Arc, Mutex};

use console::Term;

use super::child;
use super::exit::Exit;
use super::options::{Color, Options};
use crate::report::text::Style;
use crate::support::lock::LockExt;

/// Where a command writes, and how.
///
/// A reader that went away (`tenon audit list | head`) is no error: the rest is not written, and the
/// command ends as it would have.
#[derive(Debug, Clone, Default)]
pub(super) struct Terminal {
    quiet: bool,
    json: bool,
    color: Color,
    /// The first error of writing data, to be told at the end.
    lost: Arc<Mutex<Option<io::Error>>>,
}

impl Terminal {
    pub(crate) fn new(options: &Options) -> Self {
        Self { quiet: options.quiet, json: options.json, color: options.color, lost: Arc::default() }
    }

    /// The terminal of a command line that cannot be read as a whole.
    pub(crate) fn of_arguments(arguments: &[OsString]) -> Self {
        Self { json: arguments.iter().any(|argument| argument == "--json"), ..Self::default() }
    }

    /// What the command was asked for.
    pub(crate) fn data(&self, text: &str) {
        child::done();
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
            && error.kind() != ErrorKind::BrokenPipe
        {
            self.lost.lock_unpoisoned().get_or_insert(error);
        }
    }

    /// What may be left out with `--quiet`.
    pub(crate) fn message(&self, text: &str) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// What must not be left out. Where it cannot be written there is nobody to tell.
    pub(crate) fn error(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Whether messages are unwanted.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether data is JSON.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Whether there is somebody to ask.
    pub(crate) fn interactive(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a question that a bare Enter answers with no. The terminal stays as it is, so that Ctrl-C
    /// leaves nothing to mend.
    pub(crate) fn ask(&self, question: &str) -> io::Result<bool> {
        self.error(&format!("{} [y/N] ", self.err().strong(question)));
        let mut answer = String::new();
        if io::stdin().read_line(&mut answer)? == 0 {
            self.error("\n");
        }
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether messages go to a terminal that can redraw a line.
    pub(crate) fn draws(&self) -> bool {
        io::stderr().is_terminal() && !dumb()
    }

    /// How to write on standard output.
    pub(crate) fn out(&self) -> Style {
        style(self.color, io::stdout().is_terminal(), &Term::stdout())
    }

    /// How to write on standard error.
    pub(crate) fn err(&self) -> Style {
        style(self.color, io::stderr().is_terminal(), &Term::stderr())
    }

    /// The exit code, changed if results were lost on the way to a full disk or the like.
    pub(crate) fn finish(&self, exit: Exit) -> Exit {
        match self.lost.lock_unpoisoned().take() {
            Some(error) => {
                self.error(&format!("error: the result could not be written to standard output: {error}\n"));
                if exit == Exit::Done { Exit::Failed } else { exit }
            }
            None => exit,
        }
    }
}

fn style(color: Color, terminal: bool, term: &Term) -> Style {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && !unwanted && !dumb(),
    };
    let width = terminal.then(|| term.size_checked().map(|(_, columns)| columns.max(60))).flatten();
    Style { colour, width }
}

fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

//! What the kernel holds plugins to, whatever their code does: a filter on the system calls of their threads
//! and rules for the files they may open.
//!
//! A plugin's first thread puts both on itself before any of the plugin's code is in the process, and all
//! others descend from that thread. Only threads are held: the host's own go on as ever.

mod answer;
mod arguments;
mod calls;
mod crash;
mod ended;
mod files;
mod filter;
mod handlers;
mod journal;
mod kernel;
mod printed;
mod probe;
mod sampled;
mod watch;

pub(crate) use crash::tell_of_crashes;
pub(crate) use ended::{
    GoesWithTheProcess, HeedsSignals, end_in_order, settle, settle_at_the_end, survive_the_limit_on_files,
};
pub use files::FileRules;
pub(crate) use handlers::Handlers;
pub(crate) use journal::settle_all;
pub use kernel::Fatal;
pub(crate) use kernel::end_at_once;
pub use probe::{Enforcement, Layer, NotEnforced, State, probe};
pub use watch::{Attempts, Refused, Watch, watch_plugin};

use kernel::Listener;
use watch::watch;

/// What is put on a plugin's first thread.
#[derive(Debug, Clone, Default)]
pub struct Confinement {
    calls: Option<Telling>,
    files: Option<FileRules>,
}

/// Whether the host hears of a refused system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Telling {
    /// The kernel asks the host, which refuses, counts and names it, and logs what is printed.
    Told,
    /// The kernel refuses by itself, and nobody reads what is printed.
    Silent,
}

/// Why a thread could not be confined.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    #[error("the rules for files could not be put on the plugin's threads")]
    Files(#[from] landlock::RulesetError),
    #[error("the filter on system calls could not be put on the plugin's threads")]
    Calls(#[source] std::io::Error),
}

impl Confinement {
    /// Confines this thread and all that it will start, for ever.
    ///
    /// What listens to the refused system calls has to be handed to a [`watch`]: until then a refused call
    /// waits.
    pub(crate) fn apply(&self) -> Result<Option<Listener>, ConfineError> {
        if let Some(files) = &self.files {
            files.apply()?;
        }
        let Some(telling) = self.calls else { return Ok(None) };
        kernel::install(&filter::program(telling), telling).map_err(ConfineError::Calls)
    }
}

#[cfg(test)]
mod tests;

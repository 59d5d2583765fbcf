//! What the kernel holds plugins to, whatever their code does: a filter on the system calls of their threads
//! and rules for the files they may open.
//!
//! A plugin's first thread puts both on itself before any of the plugin's code is in the process, and all
//! others descend from that thread. Only threads are held: the host's own go on as ever.
//!
//! A plugin's first thread confines itself (`Confinement::apply`): rules for files, then the filter on
//! system calls. It starts all others, which inherit that; only then is the library opened, on one of them.
//! No plugin's thread is started from one of the host's own.
//!
//! - **The filter.** `verdicts.tsv` has a row with a reason for every system call, `calls.rs` reads it,
//!   `arguments.rs` has what is decided by arguments, `filter.rs` makes the program of both. `files.rs` has
//!   the places that may be read or written. A test runs the program as the kernel would, for every number,
//!   and holds it against the table. Another goes through the kernel's tables for all architectures. To
//!   allow more, change the row, or add a case. What the host itself does on a plugin's thread (the loader,
//!   `database/driver.rs`, the log) has to be among it.
//! - **The watch.** The kernel asks the host about what is not allowed (`SECCOMP_RET_USER_NOTIF`): one
//!   thread beside each plugin answers, and counts. While a constructor runs, the loader's lock is held,
//!   and this very thread may be what the constructor waits for. So it neither begins threads nor uses
//!   thread-local values (`watch.rs`), and another one writes the log (`journal.rs`).
//! - **Output.** The kernel asks about what a plugin writes to standard output and standard error, too. The
//!   watch copies the bytes from where they lie (`output.rs`) and answers as if they were written. So the
//!   host's own code may not write there either on a plugin's threads: the log has a descriptor of its own
//!   (`support/telemetry.rs`).
//! - **Ends.** What ends the process is reported in the same way: `exit`, `abort`, and from a signal's
//!   handler a system call that means nothing (`crash.rs`). The watch knows whose thread it is, writes the
//!   library into quarantine with nothing but a few system calls, and lets the process end. The handler
//!   cannot hand the signal on by changing who handles it, which the filter refuses. It leaves the signal
//!   blocked, and the kernel ends the process when it comes again.
//! - **Handlers** of signals that were changed while a library was loaded are put back (`handlers.rs`),
//!   which only happens where there is no filter.
//! - **The end of the program** is in one place (`cli/exit.rs`), by `_exit`: no destructor and no `atexit`
//!   handler of a plugin is called.
//! - **What a system can enforce** is found out by trying it (`probe.rs`). What held then has to hold for
//!   each plugin that is loaded.
//!
//! The suite `isolation` has a plugin, `rogue`, that does whatever it is told, and nothing good.

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
mod output;
mod probe;
mod sampled;
mod watch;

pub(crate) use crash::install_crash_handler;
pub(crate) use ended::{
    GoesWithTheProcess, HeedsSignals, end_in_order, settle, settle_at_the_end, survive_the_limit_on_files,
};
pub use files::FileRules;
pub(crate) use handlers::Handlers;
pub(crate) use journal::settle_all;
pub use kernel::Fatal;
pub(crate) use kernel::end_at_once;
pub use probe::{Enforcement, Layer, LayerState, NotEnforced, probe};
pub use watch::{Attempts, Refused, Watch, watch_plugin};

use kernel::Listener;
use watch::watch;

/// What is put on a plugin's first thread.
#[derive(Debug, Clone, Default)]
pub struct Confinement {
    calls: Option<OnDenied>,
    files: Option<FileRules>,
}

/// What a refused system call leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnDenied {
    /// The kernel asks the host, which refuses, counts and names it, and logs what is printed.
    Notify,
    /// The kernel refuses by itself, and nobody reads what is printed.
    Errno,
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
        let Some(on_denied) = self.calls else { return Ok(None) };
        kernel::install(&filter::program(on_denied), on_denied).map_err(ConfineError::Calls)
    }
}

#[cfg(test)]
mod tests;

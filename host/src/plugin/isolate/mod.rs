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
//! On Windows none of this is there (`windows.rs`): each layer is told as off, at start and by
//! `tenon doctor`, and a host that requires them does not start.
//!
//! The suite `isolation` has a plugin, `rogue`, that does whatever it is told, and nothing good.

mod attempts;
mod fatal;
mod file_rules;
mod layer;

#[cfg(target_os = "linux")]
mod answer;
#[cfg(target_os = "linux")]
mod arguments;
#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod crash;
#[cfg(target_os = "linux")]
mod ended;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod handlers;
#[cfg(target_os = "linux")]
mod held;
#[cfg(target_os = "linux")]
mod journal;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(target_os = "linux")]
mod on_denied;
#[cfg(target_os = "linux")]
mod output;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod sampled;
#[cfg(target_os = "linux")]
mod watch;

#[cfg(windows)]
mod windows;

pub use attempts::{Attempts, Refused};
pub use fatal::Fatal;
pub use file_rules::FileRules;
pub use layer::{Enforcement, Layer, LayerState, NotEnforced};

#[cfg(target_os = "linux")]
pub(crate) use {
    crash::install_crash_handler,
    ended::{
        GoesWithTheProcess, HeedsSignals, end_in_order, settle, settle_at_the_end, survive_the_limit_on_files,
    },
    handlers::Handlers,
    journal::settle_all,
    kernel::{Listener, end_at_once, tell},
};
#[cfg(target_os = "linux")]
pub use {
    held::ConfineError,
    probe::probe,
    watch::{Watch, watch_plugin},
};
#[cfg(target_os = "linux")]
use {held::Held, watch::watch};

#[cfg(windows)]
use windows::Held;
#[cfg(windows)]
pub(crate) use windows::{
    ConfineError, GoesWithTheProcess, Handlers, HeedsSignals, Listener, end_at_once, end_in_order,
    install_crash_handler, probe, settle, settle_all, survive_the_limit_on_files, tell, watch_plugin,
};

/// Whether the end of the process is told from its being ended: by signals that are heard.
pub(crate) const TELLS_ENDS: bool = cfg!(target_os = "linux");

/// What is put on a plugin's first thread.
#[derive(Debug, Clone, Default)]
pub struct Confinement(Held);

impl Confinement {
    /// Confines this thread and all that it will start, for ever.
    ///
    /// What listens to the refused system calls has to be handed to the plugin's watch: until then a refused
    /// call waits.
    pub(crate) fn apply(&self) -> Result<Option<Listener>, ConfineError> {
        self.0.apply()
    }
}

#[cfg(test)]
mod tests;

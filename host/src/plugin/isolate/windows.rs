//! Windows, which has none of the layers: each is told as off, and none of what they do is done.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::Confinement;
use super::Fatal;
use super::attempts::Attempts;
use super::file_rules::FileRules;
use super::layer::{Enforcement, Layer, LayerState};

/// Says of each layer that it is off, and what that means.
#[expect(clippy::needless_pass_by_value, reason = "they are kept where they are put on threads")]
pub(crate) fn probe(rules: FileRules) -> (Confinement, Enforcement) {
    let places = rules.read.len() + rules.write.len();
    let off = |name, means: &str| {
        let why = Some(format!("not on Windows: {means}"));
        Layer { name, state: LayerState::Off, wanted: true, why }
    };
    let files = format!(
        "plugins may open what the host may, and not just the {places} places that the configuration has for them"
    );
    let layers = vec![
        off("system calls", "plugins may do what the host may: connect, start programs, end the process"),
        off("files", &files),
        off("output", "what plugins print goes to the host's own standard output and standard error"),
        off(
            "crashes",
            "a plugin that ends the host is not put into quarantine, and the next start loads it again",
        ),
        off("exit", "what libraries have for the end of the process is called, on the host's own threads"),
        off("supervisor", "a command that a plugin ends is not run again without it"),
    ];
    (Confinement::default(), Enforcement { layers })
}

/// What can be put on a thread: nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Held;

/// Why a thread could not be confined. There is nothing that could fail.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfineError {}

/// What hears of refused system calls, of which there are none.
#[derive(Debug)]
pub(crate) enum Listener {}

impl Held {
    /// Puts nothing on this thread.
    pub(super) fn apply(&self) -> Result<Option<Listener>, ConfineError> {
        Ok(None)
    }
}

/// What is handed a listener, where there is one.
#[derive(Debug)]
pub(crate) struct Watch;

impl Watch {
    /// Cannot be called: there is no listener.
    #[expect(clippy::needless_pass_by_value, reason = "a listener is kept where there is one")]
    pub(crate) fn begin(self, listener: Listener) {
        match listener {}
    }
}

/// Watches nothing, since nothing is refused.
pub(crate) fn watch_plugin(
    _: &str,
    _: Arc<Attempts>,
    _: impl Fn(Fatal) + Send + 'static,
) -> io::Result<Watch> {
    Ok(Watch)
}

/// The handlers of signals: Windows has none that a library could change.
#[derive(Debug)]
pub(crate) struct Handlers;

impl Handlers {
    pub(crate) fn now() -> Self {
        Self
    }

    /// Puts nothing back.
    pub(crate) fn put_back(&self) -> Vec<i32> {
        Vec::new()
    }
}

/// A file that would go when the process is told to end. There is none: crashes are not written down.
#[derive(Debug)]
pub(crate) struct GoesWithTheProcess;

impl GoesWithTheProcess {
    pub(crate) fn new(_: &Path) -> io::Result<Self> {
        Ok(Self)
    }
}

/// Would have signals take such files away.
#[derive(Debug)]
pub(crate) struct HeedsSignals;

impl HeedsSignals {
    pub(crate) fn new() -> Self {
        Self
    }
}

/// Nothing is to be settled.
pub(crate) fn settle() {}

/// Nothing is to be taken away.
pub(crate) fn end_in_order() {}

/// No signal tells of a limit on files.
pub(crate) fn survive_the_limit_on_files() {}

/// Nobody is told of crashes.
pub(crate) fn install_crash_handler() {}

/// What a signal says of a crash: there are no signals.
pub(super) fn called(_: i32) -> Option<&'static str> {
    None
}

/// What plugins print is not read, so that nothing is waited for.
pub(crate) fn settle_all() {}

/// Ends the process. Libraries are told of that (`DLL_PROCESS_DETACH`) once all other threads have ended.
pub(crate) fn end_at_once(status: i32) -> ! {
    std::process::exit(status)
}

/// Writes to standard error.
pub(crate) fn tell(line: &str) {
    let _ = io::stderr().write_all(line.as_bytes());
}

//! What the kernel is asked to hold a plugin's threads to.

use super::file_rules::FileRules;
use super::filter;
use super::kernel::{self, Listener};
use super::on_denied::OnDenied;

/// The layers that are put on a thread, as far as they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    pub(super) calls: Option<OnDenied>,
    pub(super) files: Option<FileRules>,
}

/// Why a thread could not be confined.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    #[error("the rules for files could not be put on the plugin's threads")]
    Files(#[from] landlock::RulesetError),
    #[error("the filter on system calls could not be put on the plugin's threads")]
    Calls(#[source] std::io::Error),
}

impl Held {
    /// Puts them on this thread and all that it will start, for ever.
    pub(super) fn apply(&self) -> Result<Option<Listener>, ConfineError> {
        if let Some(files) = &self.files {
            files.apply()?;
        }
        let Some(on_denied) = self.calls else { return Ok(None) };
        kernel::install(&filter::program(on_denied), on_denied).map_err(ConfineError::Calls)
    }
}

//! Setting up the log: to standard error, for people or as JSON lines.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter's directives cannot be read.
    #[error("log.filter = \"{filter}\" is not a log filter")]
    Filter {
        /// The filter as configured.
        filter: String,
        /// Why.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// Somebody set up another log before.
    #[error("the log is already set up")]
    AlreadySet(#[source] tracing_subscriber::util::TryInitError),
}

/// Sends events of `tracing` and of `log` to standard error. To be called once.
pub fn init(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|source| TelemetryError::Filter { filter: filter.to_owned(), source })?;
    let layer = tracing_subscriber::fmt::layer().with_writer(standard_error());
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        // Colour is only for terminals; NO_COLOR is the usual wish not to have it (no-color.org).
        LogFormat::Text => {
            let colour = std::io::stderr().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            registry.with(layer.with_ansi(colour)).try_init()
        }
        // One flat object a line: the event's fields beside timestamp, level and target.
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
    }
    .map_err(TelemetryError::AlreadySet)
}

/// Standard error by a descriptor of the log's own. The log is also written on plugins' threads, whose
/// standard error is not the host's (`isolate/`).
fn standard_error() -> BoxMakeWriter {
    match rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3) {
        Ok(descriptor) => {
            let file = Arc::new(File::from(descriptor));
            BoxMakeWriter::new(move || Whole(Arc::clone(&file)))
        }
        Err(_) => BoxMakeWriter::new(std::io::stderr),
    }
}

/// Where there is nobody to read the log it is lost, and nothing else.
struct Whole(Arc<File>);

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _ = (&*self.0).write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

//! Setting up the log: to standard error, for people or as JSON lines.

#[cfg_attr(unix, path = "telemetry/unix.rs")]
#[cfg_attr(windows, path = "telemetry/windows.rs")]
mod system;

use std::io::IsTerminal;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

use system::standard_error;

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
        source: FilterError,
    },
    /// There is no log whose filter could be another.
    #[error("the log's filter could not be changed")]
    Unchanged(#[source] Option<reload::Error>),
    /// Somebody set up another log before.
    #[error("the log is already set up")]
    AlreadySet(#[source] tracing_subscriber::util::TryInitError),
}

/// Why a text is not a log filter.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    #[error(
        "{word:?} is no level; there are error, warn, info, debug, trace and off, and what only a part of the \
         program logs is written with its level, as {word}=debug"
    )]
    NoLevel { word: String },
    #[error(transparent)]
    Parse(#[from] tracing_subscriber::filter::ParseError),
}

/// Reads the directives of a filter. Of what they do not name warnings are logged, unless a level for all is
/// among them.
pub fn filter(directives: &str) -> Result<EnvFilter, FilterError> {
    let mut has_level = false;
    for word in directives.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        if word.contains(['=', '[']) {
            continue;
        }
        if word.parse::<LevelFilter>().is_err() {
            return Err(FilterError::NoLevel { word: word.to_owned() });
        }
        has_level = true;
    }
    let all = if has_level { directives.to_owned() } else { format!("warn,{directives}") };
    Ok(EnvFilter::try_new(all.trim_end_matches([',', ' ']))?)
}

/// Sends events of `tracing` and of `log` to standard error. To be called once.
pub fn init(format: LogFormat, directives: &str) -> Result<(), TelemetryError> {
    let (filter, handle) = reload::Layer::new(told_filter(directives)?);
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
    .map_err(TelemetryError::AlreadySet)?;
    let _ = FILTER.set(handle);
    Ok(())
}

/// The filter of the log that was set up.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Has the log go by other directives from now on.
pub fn set_filter(directives: &str) -> Result<(), TelemetryError> {
    let filter = told_filter(directives)?;
    let handle = FILTER.get().ok_or(TelemetryError::Unchanged(None))?;
    handle.reload(filter).map_err(|error| TelemetryError::Unchanged(Some(error)))?;
    // What libraries log by `log` is held back before it comes to the filter.
    if let Ok(level) = LevelFilter::current().to_string().parse() {
        log::set_max_level(level);
    }
    Ok(())
}

fn told_filter(directives: &str) -> Result<EnvFilter, TelemetryError> {
    filter(directives).map_err(|source| TelemetryError::Filter { filter: directives.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_level_is_refused_and_no_filter_silences_the_warnings_of_others_unasked() {
        let told =
            |directives| filter(directives).map(|filter| filter.to_string()).map_err(|e| e.to_string());
        assert!(told("wran").unwrap_err().starts_with("\"wran\" is no level; there are error, warn,"));
        assert!(told("info,tenon_host").is_err(), "its level is missing");
        assert!(told("tenon_host=wran").is_err());
        assert!(told("tenon_hots=debug").unwrap().contains("warn"));
        assert!(!told("off,tenon_host=debug").unwrap().contains("warn"));
        assert_eq!(told("").unwrap(), "warn");
        assert_eq!(told("info, ").unwrap(), "info");
    }
}

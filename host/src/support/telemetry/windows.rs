//! Standard error, which plugins' threads have in common with the host on Windows.

use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// Standard error of the process.
pub(super) fn standard_error() -> BoxMakeWriter {
    BoxMakeWriter::new(std::io::stderr)
}

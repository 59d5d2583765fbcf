//! Standard error, apart from that of plugins.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// Standard error by a descriptor of the log's own. The log is also written on plugins' threads, whose
/// standard error is not the host's (`isolate/`).
pub(super) fn standard_error() -> BoxMakeWriter {
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

//! Marks in memory, which nobody reads when the process has ended.

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use super::{PLACES, Place};

/// No file.
#[derive(Debug)]
pub(super) struct Record;

/// A place for each thread, for as long as the process lives.
pub(super) fn record(_: &Path) -> io::Result<(Record, &'static [Place])> {
    let places: Vec<_> = (0..PLACES).map(|_| Place(AtomicU64::new(0))).collect();
    Ok((Record, places.leak()))
}

impl Record {
    /// Writes nothing down.
    pub(super) fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        Ok(())
    }
}

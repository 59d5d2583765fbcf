//! A file that this process holds locked, and maps.
#![expect(unsafe_code, reason = "mapping a file has no safe form")]

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::ptr;
use std::sync::atomic::AtomicU32;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::mm::{MapFlags, ProtFlags, mmap};

use super::super::folder::UNFINISHED;
use super::{COMPLETE, HEAD, Head, MAGIC, PLACES, Place, SIZE, boot};
use crate::plugin::isolate::{self, GoesWithTheProcess};
use crate::support::state_dir;

/// The file, which goes when the process is told to end.
#[derive(Debug)]
pub(super) struct Record {
    file: File,
    _goes: GoesWithTheProcess,
}

/// Makes the file in this folder, with a place for each thread.
pub(super) fn record(folder: &Path) -> io::Result<(Record, &'static [Place])> {
    state_dir::make_folder(folder)?;
    let mut new = tempfile::Builder::new()
        .prefix(&format!("{}-", std::process::id()))
        .suffix(&format!(".{UNFINISHED}"))
        .tempfile_in(folder)?;
    // Locked before anybody looks at it, which the name is for.
    new.as_file().lock()?;
    // All of it is there before it is mapped: a page that cannot be had later would end the process.
    match fallocate(new.as_file(), FallocateFlags::empty(), 0, SIZE as u64) {
        Err(rustix::io::Errno::OPNOTSUPP) => new.write_all(&vec![0; SIZE])?,
        allocated => allocated?,
    }
    new.as_file().write_all_at(&MAGIC, 0)?;
    new.as_file().write_all_at(&boot()?, MAGIC.len() as u64)?;
    state_dir::give_to_owner(new.as_file(), folder)?;
    let (settled, places) = map(new.as_file())?;
    let path = new.path().with_extension(COMPLETE);
    let goes = GoesWithTheProcess::new(&path)?;
    let file = new.persist(&path)?;
    isolate::settle_at_the_end(settled);
    Ok((Record { file, _goes: goes }, places))
}

impl Record {
    /// Writes behind the places.
    pub(super) fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, at)
    }

    /// The file itself.
    #[cfg(test)]
    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

/// Maps the head and the places for as long as the process lives.
fn map(file: &File) -> io::Result<(&'static AtomicU32, &'static [Place])> {
    let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED | MapFlags::POPULATE);
    // SAFETY: the kernel chooses where, so nothing else is there. The file is as long as that, nobody makes
    // it shorter, and it is never unmapped. The mapping is aligned to a page, and so are the places in it;
    // all bytes of it are values of these types, and what is written to after this is atomic.
    unsafe {
        let start = mmap(ptr::null_mut(), SIZE, protection, flags, file, 0)?.cast::<u8>();
        let head = start.cast::<Head>();
        let places = std::slice::from_raw_parts(start.add(HEAD).cast::<Place>(), PLACES);
        Ok((&(*head).settled, places))
    }
}

//! The file itself, which nobody else may write to, rename or remove while it is open: for ever.
#![expect(unsafe_code, reason = "opening a library and taking a symbol's address have no safe form")]

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::windows::fs::OpenOptionsExt;
use std::path::PathBuf;

use abi_stable::library::AbiHeaderRef;
use libloading::os::windows::{LOAD_LIBRARY_SEARCH_DEFAULT_DIRS, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR, Library};
use object::{Object, ObjectSegment};

use super::{ELSEWHERE, NotOpened};
use crate::plugin::inspect::Inspected;
use crate::support::errors::chain;

/// `FILE_SHARE_READ`: others may read the file meanwhile, as the loader does, and nothing else.
const SHARE_READ: u32 = 1;

/// A library's file with the bytes that were inspected, which nobody can write to any more.
#[derive(Debug)]
pub(crate) struct Held {
    file: File,
    path: PathBuf,
    /// How many bytes of memory it takes.
    size: u64,
}

/// Opens the file so that others only read it, and sees whether it is still what was inspected.
pub(crate) fn hold(inspected: &Inspected) -> io::Result<Held> {
    // The loader looks for what is no whole path in several places.
    let path = std::path::absolute(&inspected.file)?;
    let mut file = OpenOptions::new().read(true).share_mode(SHARE_READ).open(&path)?;
    let mut bytes = Vec::with_capacity(inspected.bytes.len());
    (&mut file).take(inspected.bytes.len() as u64 + 1).read_to_end(&mut bytes)?;
    if bytes != inspected.bytes {
        return Err(io::Error::other("the file has changed since it was looked at"));
    }
    let size = size_in_memory(&bytes).map_err(io::Error::other)?;
    Ok(Held { file, path, size })
}

/// How far the last segment reaches.
fn size_in_memory(bytes: &[u8]) -> object::Result<u64> {
    let library = object::File::parse(bytes)?;
    let base = library.relative_address_base();
    let ends = library.segments().map(|segment| segment.address().saturating_add(segment.size()));
    Ok(ends.max().unwrap_or(base).saturating_sub(base))
}

/// Opens the library, for ever, and gives what is at the contract's symbol.
pub(crate) fn open(held: Held, symbol: &str) -> Result<AbiHeaderRef, NotOpened> {
    // What it needs is looked for beside it and where the system has libraries, and not in the working
    // directory or along PATH.
    let flags = LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS;
    // SAFETY: opening runs the library's `DllMain`, which is what loading a plugin means: its author is
    // trusted with the process (see SECURITY.md).
    let library = unsafe { Library::load_with_flags(&held.path, flags) };
    let library = library.map_err(|error| NotOpened::Refused(chain(&error)))?;
    // Nobody may put another file in its place for as long as it is loaded: for ever.
    std::mem::forget(held.file);
    // SAFETY: what is there is only looked at below.
    let found = unsafe { library.get::<AbiHeaderRef>(symbol) };
    let found = found.map_err(|error| NotOpened::NoSymbol(chain(&error)))?;
    // Never unloaded. The handle of a library is the address at which it begins.
    let begins = library.into_raw().cast_unsigned() as u64;
    // An export may stand for one of another library.
    let address = found.clone().as_raw_ptr().addr() as u64;
    if address.checked_sub(begins).is_none_or(|offset| offset >= held.size) {
        return Err(NotOpened::NoSymbol(ELSEWHERE.to_owned()));
    }
    // The address is in this library. Its format knows no sizes of symbols: that it is a `LibHeader` is what
    // the manifest says beside it, and `export_plugin!` makes. The first field of that is the `AbiHeader`,
    // plain bytes, by which abi_stable sees whether the others are there.
    Ok(*found)
}

//! A sealed copy in memory, opened by its descriptor.
#![expect(unsafe_code, reason = "opening a library and taking a symbol's address have no safe form")]

use std::ffi::{CStr, c_void};
use std::fs::File;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;

use abi_stable::library::AbiHeaderRef;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

use super::{ELSEWHERE, NotOpened};
use crate::plugin::inspect::Inspected;
use crate::support::errors::chain;

/// glibc's `RTLD_NODELETE`: keep the library even if every handle to it is closed.
const RTLD_NODELETE: i32 = 0x1000;

/// A library's bytes in memory, which nobody can write to any more.
#[derive(Debug)]
pub(crate) struct Held(File);

/// Copies the bytes that were inspected into memory, and seals them.
pub(crate) fn hold(inspected: &Inspected) -> io::Result<Held> {
    let name = format!("tenon-{}", inspected.info.id);
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut file = File::from(memfd_create(name, flags)?);
    file.write_all(&inspected.bytes)?;
    fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
    Ok(Held(file))
}

/// Opens the library, for ever, and gives what is at the contract's symbol.
pub(crate) fn open(held: Held, symbol: &str) -> Result<AbiHeaderRef, NotOpened> {
    let path = format!("/proc/self/fd/{}", held.0.as_raw_fd());
    // SAFETY: opening runs the library's constructors, which is what loading a plugin means: its author is
    // trusted with the process (see SECURITY.md).
    let library = unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) };
    let library = library.map_err(|error| NotOpened::Refused(chain(&error)))?;
    // The loader knows a library by its path. While this descriptor is open no other file can come to be
    // named like it, so it is left open for as long as the library is loaded: for ever.
    std::mem::forget(held);
    // SAFETY: what is there is only looked at below.
    let found = unsafe { library.get::<AbiHeaderRef>(symbol) };
    let found = found.map_err(|error| NotOpened::NoSymbol(chain(&error)))?;
    // The loader also looks in the libraries that this one needs.
    if !is_of(found.clone().as_raw_ptr(), &path) {
        return Err(NotOpened::NoSymbol(ELSEWHERE.to_owned()));
    }
    // The address is that of a static of this library, and inspection has seen that it is as large as a
    // `LibHeader`, aligned like one, and in memory for data. The first field of that is the `AbiHeader`,
    // plain bytes, by which abi_stable sees whether the others are there.
    let header = *found;
    // Never unloaded, see above.
    std::mem::forget(library);
    Ok(header)
}

/// Whether an address is in the library of this path, and not null.
fn is_of(address: *const c_void, path: &str) -> bool {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: all zero is an `Dl_info`, which the loader fills if it knows the address; the name is the
    // loader's own, and there as long as the library.
    unsafe {
        if libc::dladdr(address, info.as_mut_ptr()) == 0 {
            return false;
        }
        let name = info.assume_init().dli_fname;
        !name.is_null() && CStr::from_ptr(name).to_bytes() == path.as_bytes()
    }
}

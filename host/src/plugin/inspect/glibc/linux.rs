//! The glibc of this process.
#![expect(unsafe_code, reason = "asking the C library for its version has no safe form")]

use std::ffi::CStr;

/// The glibc's version as it tells it.
pub(super) fn version() -> Option<&'static str> {
    // SAFETY: it takes nothing and returns a string that is never freed (gnu_get_libc_version(3)).
    let version = unsafe { CStr::from_ptr(libc::gnu_get_libc_version()) };
    version.to_str().ok()
}

//! A system whose C library is another.

/// The glibc's version: there is none.
pub(super) fn version() -> Option<&'static str> {
    None
}

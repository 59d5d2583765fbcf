//! What a refused system call leads to.

/// The one who refuses it, and whether anybody hears of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnDenied {
    /// The kernel asks the host, which refuses, counts and names it, and logs what is printed.
    Notify,
    /// The kernel refuses by itself, and nobody reads what is printed.
    Errno,
}

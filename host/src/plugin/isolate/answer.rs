//! What becomes of a system call that a plugin makes.

/// What is answered to a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Allow,
    Refuse,
    /// The call fails as by a kernel that does not know it.
    Absent,
    /// The call ends the process: the host is told first.
    End,
    /// The host takes what was to be written.
    Print,
    /// The host looks at more than numbers, and does it or refuses.
    ByHost,
}

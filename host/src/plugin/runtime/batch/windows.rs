//! How the scheduler of Windows treats the threads that run plugin code: as any others.

/// Leaves this thread as it is.
pub(super) fn batch() {}

//! The roles as which plugins' statements run in tests.

/// The variable that says as whom plugins' statements run.
pub(crate) const ISOLATION: &str = "TENON_PLUGINS__ISOLATION";
/// What it says unless a test is about that.
pub(crate) const SHARED: &str = "shared";

//! The version of this host, which is that of its core plugin.

use semver::Version;

/// The host's version.
pub(crate) fn version() -> Version {
    env!("CARGO_PKG_VERSION").parse().unwrap_or(Version::new(0, 0, 0))
}

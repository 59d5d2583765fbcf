//! The places that plugins may use besides what every program needs.

use std::path::PathBuf;

use crate::config::{Config, PluginsConfig};

/// The places that plugins may use.
#[derive(Debug, Clone, Default)]
pub struct FileRules {
    pub(super) read: Vec<PathBuf>,
    pub(super) write: Vec<PathBuf>,
}

impl FileRules {
    /// What every plugin may read, and these places besides. Places that are not there are passed over.
    pub fn new(read: &[PathBuf], write: &[PathBuf]) -> Self {
        Self { read: read.to_vec(), write: write.to_vec() }
    }

    /// What plugins may use by the configuration: the plugin directories may be read too.
    pub fn configured(config: &Config) -> Self {
        let PluginsConfig { readable, writable, .. } = &config.plugins;
        let readable: Vec<_> = readable.iter().chain(&config.plugin_dirs).cloned().collect();
        Self::new(&readable, writable)
    }
}

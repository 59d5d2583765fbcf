//! What an operator tells the plugin.

use std::num::NonZeroU8;

use tenon_plugin_api::prelude::*;

/// `[plugin.notifications]` in the configuration.
#[settings]
pub(crate) struct Settings {
    /// Where messages are posted, such as `https://hooks.example.com/tenon`. Without it they wait. The host
    /// has to allow it, too: `[plugins.fetch.notifications]`.
    pub(crate) url: Option<String>,
    /// The token that goes with each, as `Authorization: Bearer`.
    pub(crate) token: Option<Secret>,
    /// How many messages are sent in one run, at most.
    #[serde(default = "batch")]
    pub(crate) batch: NonZeroU8,
}

fn batch() -> NonZeroU8 {
    NonZeroU8::MIN.saturating_add(49)
}

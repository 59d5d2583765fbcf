//! The way by which somebody's word came.

use serde::{Deserialize, Serialize};

/// Where the word came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Web,
    Cli,
    Api,
    /// `heal.on_start`, in development only.
    Start,
    /// The host itself.
    Host,
}

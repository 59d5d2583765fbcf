//! How bad something is, in one word.

use serde::{Deserialize, Serialize};

/// How bad it is, mildest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Changes nothing that anybody relies on.
    Cosmetic,
    /// The plugin still works; somebody should look.
    Warning,
    /// The plugin's own statements may fail or give wrong results.
    Breaking,
    /// Somebody may read or write what they should not.
    Security,
}

impl Severity {
    /// Every severity, mildest first.
    pub const ALL: [Self; 4] = [Self::Cosmetic, Self::Warning, Self::Breaking, Self::Security];

    /// The severity in words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Cosmetic => "cosmetic",
            Self::Warning => "warning",
            Self::Breaking => "breaking",
            Self::Security => "security",
        }
    }
}

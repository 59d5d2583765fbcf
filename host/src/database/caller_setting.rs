//! The setting `tenon.caller`, by which a session's SQL is told who calls.

/// What the setting is where it is not said who calls. No id begins with a blank.
pub(super) const UNSAID: &str = " unsaid";

/// What the setting says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerSetting {
    /// Nothing, since no SQL asks.
    Unsaid,
    Nobody,
    /// The caller's id.
    Id(String),
}

impl CallerSetting {
    /// What a session says where nothing was set in it: with our options, that it is unsaid.
    pub(super) fn at_first(has_options: bool) -> Self {
        if has_options { Self::Unsaid } else { Self::Nobody }
    }

    pub fn is_id(&self) -> bool {
        matches!(self, Self::Id(_))
    }

    /// The setting's value.
    pub fn value(&self) -> &str {
        match self {
            Self::Unsaid => UNSAID,
            Self::Nobody => "",
            Self::Id(id) => id,
        }
    }
}

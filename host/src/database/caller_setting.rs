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
    /// What a session of calls has where nothing was set, by what its server says that it is. A pooler may
    /// take our options and drop them: then nobody calls unless it is said.
    pub(super) fn at_first(value: &str) -> Self {
        if value == UNSAID { Self::Unsaid } else { Self::Nobody }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_the_server_says_so_is_it_unsaid_who_calls() {
        assert_eq!(CallerSetting::at_first(UNSAID), CallerSetting::Unsaid);
        for other in ["", "unsaid", "ada"] {
            assert_eq!(CallerSetting::at_first(other), CallerSetting::Nobody, "{other}");
        }
    }
}

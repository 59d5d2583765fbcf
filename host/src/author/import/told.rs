//! What an import tells: of what was left out, what was changed, and what is to be done by hand.

use serde::Serialize;

/// One thing that is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct ImportNote {
    /// The object, or file and line.
    pub place: String,
    pub says: String,
    /// What to do about it, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl ImportNote {
    pub(super) fn new(place: impl Into<String>, says: impl Into<String>) -> Self {
        Self { place: place.into(), says: says.into(), advice: None }
    }

    pub(super) fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

/// All that is told of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ImportNotes {
    /// What the crate does not have.
    pub left_out: Vec<ImportNote>,
    /// What files say otherwise than where they come from.
    pub cleaned: Vec<ImportNote>,
    /// What cannot be in a migration, and what an administrator does instead.
    pub by_hand: Vec<ImportNote>,
    /// What is worth knowing.
    pub worth_knowing: Vec<ImportNote>,
}

impl ImportNotes {
    pub(super) fn extend(&mut self, more: Self) {
        let Self { left_out, cleaned, by_hand, worth_knowing } = more;
        self.left_out.extend(left_out);
        self.cleaned.extend(cleaned);
        self.by_hand.extend(by_hand);
        self.worth_knowing.extend(worth_knowing);
    }

    /// Each group that has something, with its heading.
    pub fn groups(&self) -> impl Iterator<Item = (&'static str, &[ImportNote])> {
        let all = [
            ("Left out", &self.left_out),
            ("Changed in the files", &self.cleaned),
            ("To be done by hand", &self.by_hand),
            ("Worth knowing", &self.worth_knowing),
        ];
        all.into_iter()
            .filter(|(_, notes)| !notes.is_empty())
            .map(|(heading, notes)| (heading, notes.as_slice()))
    }
}

//! The migrations between two looks at what they touch.

use tenon_migrations_core::migration::PluginMigration;

use crate::audit::{HealFailure, Stage};

/// The migrations between two looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range<'a> {
    pub(super) first: &'a PluginMigration,
    pub(super) last: &'a PluginMigration,
}

impl Range<'_> {
    /// The failure of the range: one of its migrations did what is given.
    pub(super) fn failure(self, did: &str) -> HealFailure {
        let (first, last) = (&self.first.id, &self.last.id);
        let who =
            if first == last { "the migration".to_owned() } else { format!("one from {first} to {last}") };
        HealFailure {
            stage: Stage::Migrate,
            file: Some(last.to_string()),
            message: format!("{who} {did}"),
            ..HealFailure::default()
        }
    }
}

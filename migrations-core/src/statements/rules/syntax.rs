//! Text that cannot be split into statements, and so cannot be checked.

use super::super::SyntaxError;
use super::{RuleId, RuleRefusal};
use crate::migration::MigrationId;

pub(super) fn refusals(migration: &MigrationId, errors: &[SyntaxError]) -> Vec<RuleRefusal> {
    errors
        .iter()
        .map(|error| RuleRefusal {
            migration: migration.clone(),
            position: error.position,
            end: error.position,
            excerpt: String::new(),
            rule: RuleId::Syntax,
            reason: error.message.clone(),
            remedy: "correct the file; the plugin has to be built and installed again".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::refused;

    #[test]
    fn all_that_cannot_be_split_is_refused_with_its_place() {
        assert_eq!(
            refused("SELECT 1);\nSELECT \"\";\nSELECT 'a"),
            ["1:9 syntax", "2:8 syntax", "3:8 syntax"]
        );
    }
}

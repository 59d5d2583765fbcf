//! The rules by which a version is held against a former one.

use std::fmt;

use serde::Serialize;

/// What a version may not do, or should say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseRule {
    /// Another content under the same version or a lower one.
    VersionNotRaised,
    /// A released file that PostgreSQL reads otherwise now.
    EditedMigration,
    /// A released file that is gone, and that no other replaces.
    RemovedMigration,
    /// A new file in front of a released one.
    NumberedBefore,
    /// Something that was declared, is declared no longer, and stands there still.
    LostUndropped,
    /// A released file with other comments, blanks or line endings.
    EditedComments,
    /// Something is gone, and the version does not say that it breaks those who used it.
    BreakingVersion,
    /// Something is new, and the version says that nothing is.
    MinorVersion,
    /// A number of a migration was left out.
    NumberGap,
}

impl ReleaseRule {
    /// Whether a release that breaks it is still one that can be healed and told apart.
    pub fn is_advice(self) -> bool {
        matches!(self, Self::EditedComments | Self::BreakingVersion | Self::MinorVersion | Self::NumberGap)
    }
}

impl fmt::Display for ReleaseRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VersionNotRaised => "version-not-raised",
            Self::EditedMigration => "edited-migration",
            Self::RemovedMigration => "removed-migration",
            Self::NumberedBefore => "numbered-before",
            Self::LostUndropped => "lost-undropped",
            Self::EditedComments => "edited-comments",
            Self::BreakingVersion => "breaking-version",
            Self::MinorVersion => "minor-version",
            Self::NumberGap => "number-gap",
        })
    }
}

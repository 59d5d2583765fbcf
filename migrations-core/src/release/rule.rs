//! The rules by which a version is held against a former one.

use std::fmt;

use serde::Serialize;

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a version may not do, or should say.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum ReleaseRule {
            $($(#[$doc])* $variant,)*
        }

        impl ReleaseRule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name, in kebab case.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

rules! {
    /// Another content under the same version or a lower one.
    VersionNotRaised = "version-not-raised",
    /// A released file that PostgreSQL reads otherwise now.
    EditedMigration = "edited-migration",
    /// A released file that is gone, and that no other replaces.
    RemovedMigration = "removed-migration",
    /// A new file in front of a released one.
    NumberedBefore = "numbered-before",
    /// Something that was declared, is declared no longer, and stands there still.
    LostUndropped = "lost-undropped",
    /// A released file with other comments, blanks or line endings.
    EditedComments = "edited-comments",
    /// Something is gone, and the version does not say that it breaks those who used it.
    BreakingVersion = "breaking-version",
    /// Something is new, and the version says that nothing is.
    MinorVersion = "minor-version",
    /// A number of a migration was left out.
    NumberGap = "number-gap",
}

impl ReleaseRule {
    /// Whether a release that breaks it is still one that can be healed and told apart.
    pub fn is_advice(self) -> bool {
        matches!(self, Self::EditedComments | Self::BreakingVersion | Self::MinorVersion | Self::NumberGap)
    }
}

impl fmt::Display for ReleaseRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
